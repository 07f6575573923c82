// The `load` hook would run a second time, and the instance that it made first would be gone
// without its `unload`.

use plugstate::Handle;
use plugstate::state::Loaded;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Loaded>) {
    let _ = core.finish_load();
}

fn main() {}
