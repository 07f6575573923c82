// The configuration that was just read would vanish with the instance, and the program would go on
// with defaults that nobody chose.

use plugstate::Handle;
use plugstate::state::Configured;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Configured>) {
    let _ = core.begin_load();
}

fn main() {}
