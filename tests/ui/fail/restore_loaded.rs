// The new instance does not know its configuration yet: the old state would be taken over by the
// wrong settings, and `configure` then writes over it.

use plugstate::Handle;
use plugstate::state::{Disabled, Loaded};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Loaded>, previous: &Handle<'static, Core, Disabled>) {
    let _ = core.restore(previous);
}

fn main() {}
