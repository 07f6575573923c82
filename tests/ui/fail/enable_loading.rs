// The `load` hook has not finished; `enable` would open the doors of a plugin that is not built.

use plugstate::Handle;
use plugstate::state::Loading;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Loading>) {
    let _ = core.enable(());
}

fn main() {}
