// The wreck of the failed instance may still hold the port; a second one would be built beside it,
// and fail to bind for a reason that nobody can see.

use plugstate::Handle;
use plugstate::state::Failed;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Failed>) {
    let _ = core.begin_load();
}

fn main() {}
