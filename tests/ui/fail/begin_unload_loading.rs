// The instance that `load` is about to answer would have no owner: it is built after its own end
// was announced.

use plugstate::Handle;
use plugstate::state::Loading;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Loading>) {
    let _ = core.begin_unload();
}

fn main() {}
