// What the instance kept for its next time in service (counters, open sessions) would be lost, and
// its `unload` hook would never hear that it is over.

use plugstate::Handle;
use plugstate::state::Disabled;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Disabled>) {
    let _ = core.begin_load();
}

fn main() {}
