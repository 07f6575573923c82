// `core` was never started: its `disable` hook would join a thread that does not run and close a
// port that another program holds.

use plugstate::Handle;
use plugstate::state::Configured;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Configured>) {
    let _ = core.disable();
}

fn main() {}
