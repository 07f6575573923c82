// What watches for `Unloading` to take a last copy of the settings would never get its turn.

use plugstate::Handle;
use plugstate::state::Configured;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Configured>) {
    let _ = core.finish_unload();
}

fn main() {}
