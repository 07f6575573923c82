// The instance is about to be gone; as `Failed` it would be kept, unloaded again by the next
// attempt, and so be torn down twice.

use plugstate::Handle;
use plugstate::state::Unloading;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Unloading>) {
    let _ = core.fail("the port is gone");
}

fn main() {}
