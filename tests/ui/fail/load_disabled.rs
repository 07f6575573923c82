// To start `core` again is `enable`; loading it again leaks the instance that is there, one more
// at every pause.

use plugstate::Handle;
use plugstate::state::Disabled;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Disabled>) {
    let _ = core.load();
}

fn main() {}
