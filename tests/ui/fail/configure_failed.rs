// The instance is broken in a way that nobody knows; with a configuration it would look healthy,
// and be enabled.

use plugstate::Handle;
use plugstate::state::Failed;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Failed>) {
    let _ = core.configure(1);
}

fn main() {}
