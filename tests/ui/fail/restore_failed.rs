// Good state would be handed to a broken instance; the old one may then be unloaded, and the state
// is gone with it.

use plugstate::Handle;
use plugstate::state::{Disabled, Failed};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Failed>, previous: &Handle<'static, Core, Disabled>) {
    let _ = core.restore(previous);
}

fn main() {}
