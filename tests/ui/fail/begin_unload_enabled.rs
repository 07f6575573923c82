// `core` would be torn down without having been told to stop: requests in flight would meet an
// instance that is half gone, and its dependents would not know.

use plugstate::Handle;
use plugstate::state::Enabled;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Enabled>) {
    let _ = core.begin_unload();
}

fn main() {}
