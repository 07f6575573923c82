// The instance is being torn down: the call would race with its end.

use plugstate::Handle;
use plugstate::state::Unloading;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: &Handle<'static, Core, Unloading>) -> u64 {
    core.ticks()
}

fn main() {}
