// Two handles of one instance could be in two states at once, and each would unload it.

use plugstate::Handle;
use plugstate::state::Configured;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Configured>) {
    let _ = core.clone();
}

fn main() {}
