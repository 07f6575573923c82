// One life would have two ends, so whoever counts them to see that all is gone would believe it
// too early.

use plugstate::Handle;
use plugstate::state::Unloading;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Unloading>) {
    let _ = core.begin_unload();
}

fn main() {}
