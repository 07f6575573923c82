// The instance is half built: the answer would come from fields that `load` has not filled in.

use plugstate::Handle;
use plugstate::state::Loading;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: &Handle<'static, Core, Loading>) -> u64 {
    core.ticks()
}

fn main() {}
