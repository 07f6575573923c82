// The instance is there and may hold data already; a load that begins now would put a handle
// without an instance in its place, and what it held would be gone.

use plugstate::Handle;
use plugstate::state::Loaded;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Loaded>) {
    let _ = core.begin_load();
}

fn main() {}
