// There is no instance that could take the old one's state over: it would be read, dropped, and
// reported as saved.

use plugstate::Handle;
use plugstate::state::{Disabled, Discovered};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Discovered>, previous: &Handle<'static, Core, Disabled>) {
    let _ = core.restore(previous);
}

fn main() {}
