// The order would be turned round: the instance is being torn down, and its `disable` hook would
// use what is torn down already.

use plugstate::Handle;
use plugstate::state::Unloading;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Unloading>) {
    let _ = core.disable();
}

fn main() {}
