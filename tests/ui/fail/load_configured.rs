// The fresh instance has seen no configuration, but everyone believes that it has: it would run
// with defaults in place of what the operator wrote.

use plugstate::Handle;
use plugstate::state::Configured;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Configured>) {
    let _ = core.load();
}

fn main() {}
