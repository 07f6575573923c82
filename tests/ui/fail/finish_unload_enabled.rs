// `unload` would run on a plugin in service: no `disable`, so its worker goes on with an instance
// that is gone.

use plugstate::Handle;
use plugstate::state::Enabled;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Enabled>) {
    let _ = core.finish_unload();
}

fn main() {}
