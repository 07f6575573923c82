// Nothing ran, so nothing broke: an alarm would name a plugin that was never started, and a
// supervisor would restart what nobody wanted.

use plugstate::Handle;
use plugstate::state::Discovered;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Discovered>) {
    let _ = core.fail("the port is gone");
}

fn main() {}
