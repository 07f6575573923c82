// The old instance is still being torn down, so two of them would fight over the same files.

use plugstate::Handle;
use plugstate::state::Unloading;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Unloading>) {
    let _ = core.begin_load();
}

fn main() {}
