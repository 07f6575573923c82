// There is nothing to stop: a shutdown that reports success here may have missed the plugin that
// it meant.

use plugstate::Handle;
use plugstate::state::Discovered;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Discovered>) {
    let _ = core.disable();
}

fn main() {}
