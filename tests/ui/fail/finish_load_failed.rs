// A load that failed would be declared finished, and the program would go on to configure an
// instance that does not exist.

use plugstate::Handle;
use plugstate::state::Failed;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Failed>) {
    let _ = core.finish_load();
}

fn main() {}
