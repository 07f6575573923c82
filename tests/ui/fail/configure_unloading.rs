// The settings would go to an instance that is on its way out; the operator is told that they were
// taken over, and after the next load they are not there.

use plugstate::Handle;
use plugstate::state::Unloading;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Unloading>) {
    let _ = core.configure(1);
}

fn main() {}
