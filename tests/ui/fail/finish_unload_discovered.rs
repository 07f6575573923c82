// The journal would show an end without a beginning, and a replay of it would not give the phases
// that are.

use plugstate::Handle;
use plugstate::state::Discovered;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Discovered>) {
    let _ = core.finish_unload();
}

fn main() {}
