// There is no instance; watchers would be told of the end of a plugin that never lived.

use plugstate::Handle;
use plugstate::state::Discovered;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Discovered>) {
    let _ = core.begin_unload();
}

fn main() {}
