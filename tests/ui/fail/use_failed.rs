// The plugin broke half way through something: its answer would be computed from state that nobody
// vouches for.

use plugstate::Handle;
use plugstate::state::Failed;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: &Handle<'static, Core, Failed>) -> u64 {
    core.ticks()
}

fn main() {}
