// Callers would go on with an instance that was never enabled, while the one that was is forgotten
// with its threads running.

use plugstate::Handle;
use plugstate::state::Enabled;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Enabled>) {
    let _ = core.load();
}

fn main() {}
