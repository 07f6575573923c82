// A plugin that failed counts as stopped; its `disable` hook would wait for a worker that died,
// and the shutdown would hang.

use plugstate::Handle;
use plugstate::state::Failed;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Failed>) {
    let _ = core.disable();
}

fn main() {}
