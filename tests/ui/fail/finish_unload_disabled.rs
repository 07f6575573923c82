// The teardown would be over before it was announced; a manager that lets dependents go first at
// the announcement would let go too late.

use plugstate::Handle;
use plugstate::state::Disabled;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Disabled>) {
    let _ = core.finish_unload();
}

fn main() {}
