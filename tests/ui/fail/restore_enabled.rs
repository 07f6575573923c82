// The plugin is serving already: callers would see its counters jump back to what an older
// instance remembers.

use plugstate::Handle;
use plugstate::state::Enabled;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Enabled>, previous: &Core) {
    let _ = core.restore(previous);
}

fn main() {}
