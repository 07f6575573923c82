// The `disable` hook would run twice for one `enable`: a double close, and by now the descriptor
// may be another plugin's.

use plugstate::Handle;
use plugstate::state::Disabled;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Disabled>) {
    let _ = core.disable();
}

fn main() {}
