// What is left of the failed instance is not cleaned up, so a program that tries again in a loop
// would leak a broken instance every time round.

use plugstate::Handle;
use plugstate::state::Failed;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Failed>) {
    let _ = core.load();
}

fn main() {}
