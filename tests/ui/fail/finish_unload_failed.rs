// A failed plugin would look as if it had never been loaded before anyone took the wreck away, so
// the next `load` stumbles over it.

use plugstate::Handle;
use plugstate::state::Failed;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Failed>) {
    let _ = core.finish_unload();
}

fn main() {}
