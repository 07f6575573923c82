// The load would end without having begun: the journal would show an instance that came from
// nowhere, and a replay of it would go wrong.

use plugstate::Handle;
use plugstate::state::Discovered;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Discovered>) {
    let _ = core.finish_load();
}

fn main() {}
