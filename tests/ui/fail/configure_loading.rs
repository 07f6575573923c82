// The instance is half built; a configuration that arrives now is read by a constructor that has
// not decided yet what it is for.

use plugstate::Handle;
use plugstate::state::Loading;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Loading>) {
    let _ = core.configure(1);
}

fn main() {}
