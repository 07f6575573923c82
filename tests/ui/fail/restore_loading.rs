// The new instance does not exist yet; the old state would be lost between the two.

use plugstate::Handle;
use plugstate::state::{Disabled, Loading};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Loading>, previous: &Handle<'static, Core, Disabled>) {
    let _ = core.restore(previous);
}

fn main() {}
