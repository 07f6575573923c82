// The `unload` hook would run twice: a double free in everything but name.

use plugstate::Handle;
use plugstate::state::Unloading;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Unloading>) {
    let _ = core.unload();
}

fn main() {}
