// The plugin was told to stop and has given its port back: the call would reach into a port that
// may be another program's by now.

use plugstate::Handle;
use plugstate::state::Disabled;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: &Handle<'static, Core, Disabled>) -> u64 {
    core.ticks()
}

fn main() {}
