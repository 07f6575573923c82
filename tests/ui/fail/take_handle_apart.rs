// Taken out of its handle, an instance has no phase: it can be used before it is enabled, and
// nobody stops or unloads it in the end.

use plugstate::Handle;
use plugstate::state::Loaded;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Loaded>) {
    let Handle { body, .. } = core;
    std::mem::forget(body);
}

fn main() {}
