// The instance is not there yet. To end it now means that the one which appears a moment later is
// never ended.

use plugstate::Handle;
use plugstate::state::Loading;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Loading>) {
    let _ = core.unload();
}

fn main() {}
