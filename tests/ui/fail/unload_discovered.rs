// There is no instance to end; the caller has mixed up two handles, and the plugin that should
// have ended runs on.

use plugstate::Handle;
use plugstate::state::Discovered;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Discovered>) {
    let _ = core.unload();
}

fn main() {}
