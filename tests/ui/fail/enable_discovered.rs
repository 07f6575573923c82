// There is no instance: the caller would hold a plugin in service that does not exist, and the
// first use of it would have nothing to call.

use plugstate::Handle;
use plugstate::state::Discovered;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Discovered>) {
    let _ = core.enable(());
}

fn main() {}
