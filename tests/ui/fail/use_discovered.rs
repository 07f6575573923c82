// There is no instance: the call would have nothing to run on.

use plugstate::Handle;
use plugstate::state::Discovered;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: &Handle<'static, Core, Discovered>) -> u64 {
    core.ticks()
}

fn main() {}
