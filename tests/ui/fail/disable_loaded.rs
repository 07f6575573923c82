// The `disable` hook gives back what `enable` took. Without an `enable` it would give back what
// belongs to somebody else, as a count that goes below zero.

use plugstate::Handle;
use plugstate::state::Loaded;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Loaded>) {
    let _ = core.disable();
}

fn main() {}
