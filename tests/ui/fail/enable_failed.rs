// A plugin that is known to be broken would be put back in service with its state half changed,
// and everything that depends on it would trust it.

use plugstate::Handle;
use plugstate::state::Failed;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Failed>) {
    let _ = core.enable(());
}

fn main() {}
