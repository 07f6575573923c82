// The second error would hide the first, which is the one that says what broke.

use plugstate::Handle;
use plugstate::state::Failed;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Failed>) {
    let _ = core.fail("the port is gone");
}

fn main() {}
