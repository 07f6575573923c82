// Two instances would be built where one was asked for, and nobody would ever unload the first.

use plugstate::Handle;
use plugstate::state::Loading;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Loading>) {
    let _ = core.load();
}

fn main() {}
