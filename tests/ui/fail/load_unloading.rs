// The new instance would open what the old one has not closed yet; whether that works depends on
// which is faster.

use plugstate::Handle;
use plugstate::state::Unloading;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Unloading>) {
    let _ = core.load();
}

fn main() {}
