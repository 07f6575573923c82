// The old instance is still serving: what it does after the state was read is lost, and both would
// hold what only one can.

use plugstate::Handle;
use plugstate::state::{Configured, Enabled};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Configured>, previous: &Handle<'static, Core, Enabled>) {
    let _ = core.restore(previous);
}

fn main() {}
