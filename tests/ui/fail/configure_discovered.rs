// There is no instance that could take the configuration over: it would be swallowed, and `load`
// would start from defaults.

use plugstate::Handle;
use plugstate::state::Discovered;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Discovered>) {
    let _ = core.configure(1);
}

fn main() {}
