// The answer to `unload` would be a new instance: a shutdown that waits for `core` to be gone
// would wait for ever.

use plugstate::Handle;
use plugstate::state::Unloading;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Unloading>) {
    let _ = core.finish_load();
}

fn main() {}
