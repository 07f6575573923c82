// The plugin would serve while it is being torn down: callers would reach files that are closed
// and threads that were joined.

use plugstate::Handle;
use plugstate::state::Unloading;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Unloading>) {
    let _ = core.enable(());
}

fn main() {}
