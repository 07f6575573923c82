// Whoever could call a short borrow `'static` could keep `uart` in a global and end `core` the
// next moment.

use plugstate::Handle;
use plugstate::state::Enabled;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil<'a>(uart: Handle<'a, Uart, Enabled>) -> Handle<'static, Uart, Enabled> {
    uart
}

fn main() {}
