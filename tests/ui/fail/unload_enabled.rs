// The plugin is still serving: `disable` would be skipped, so what `enable` took (the port, the
// thread, the lock file) is never given back.

use plugstate::Handle;
use plugstate::state::Enabled;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Enabled>) {
    let _ = core.unload();
}

fn main() {}
