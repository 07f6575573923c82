// The state would be saved into an instance that is about to be thrown away.

use plugstate::Handle;
use plugstate::state::{Disabled, Unloading};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Unloading>, previous: &Handle<'static, Core, Disabled>) {
    let _ = core.restore(previous);
}

fn main() {}
