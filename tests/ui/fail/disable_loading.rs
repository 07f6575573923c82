// The `disable` hook would run on what does not exist yet; it gives back what `enable` took, and
// `enable` was never called.

use plugstate::Handle;
use plugstate::state::Loading;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Loading>) {
    let _ = core.disable();
}

fn main() {}
