// The plugin is configured and not started: a decoder without its port would answer `nothing
// received`, which reads like silence on the wire.

use plugstate::Handle;
use plugstate::state::Configured;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: &Handle<'static, Core, Configured>) -> u64 {
    core.ticks()
}

fn main() {}
