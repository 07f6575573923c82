// A second instance would take the place of the first, whose `unload` hook would not run: whatever
// `load` has opened stays open until the process ends.

use plugstate::Handle;
use plugstate::state::Loaded;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Loaded>) {
    let _ = core.load();
}

fn main() {}
