// The instance that only pauses would be overwritten by one that knows nothing of what came
// before.

use plugstate::Handle;
use plugstate::state::Disabled;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Disabled>) {
    let _ = core.finish_load();
}

fn main() {}
