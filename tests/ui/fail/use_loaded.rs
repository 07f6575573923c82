// The plugin has seen no configuration and opened nothing: the answer would be a default that
// looks like a measurement.

use plugstate::Handle;
use plugstate::state::Loaded;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: &Handle<'static, Core, Loaded>) -> u64 {
    core.ticks()
}

fn main() {}
