// The handle would say that nothing is left while the `load` hook is still at work: its instance
// would be nobody's.

use plugstate::Handle;
use plugstate::state::Loading;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Loading>) {
    let _ = core.finish_unload();
}

fn main() {}
