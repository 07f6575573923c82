// The instance in service would be exchanged for one that was never configured or enabled; the
// handle would stop that one, and nobody the first.

use plugstate::Handle;
use plugstate::state::Enabled;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: &mut Handle<'static, Core, Enabled>) -> Core {
    std::mem::replace(&mut **core, Core { ticks: 0 })
}

fn main() {}
