// `core` is serving: to change its settings under the callers' feet tears the baud rate, the
// buffer, the address out of the middle of what they are doing. It must be disabled first.

use plugstate::Handle;
use plugstate::state::Enabled;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Enabled>) {
    let _ = core.configure(1);
}

fn main() {}
