// Whoever watches phases would see the load of `core` begin twice and finish once, and would wait
// for the second for ever.

use plugstate::Handle;
use plugstate::state::Loading;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Loading>) {
    let _ = core.begin_load();
}

fn main() {}
