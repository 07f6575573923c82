// `core` is serving: to begin a load would throw the serving instance away under everyone who
// calls it, without telling it to stop.

use plugstate::Handle;
use plugstate::state::Enabled;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Enabled>) {
    let _ = core.begin_load();
}

fn main() {}
