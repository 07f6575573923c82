// The serving instance would be replaced by a raw one in the middle of a call's life, and never be
// told to stop.

use plugstate::Handle;
use plugstate::state::Enabled;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Enabled>) {
    let _ = core.finish_load();
}

fn main() {}
