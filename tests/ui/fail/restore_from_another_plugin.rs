// The counters of one plugin would be read as those of another: state from the wrong place, which
// looks like state.

use plugstate::Handle;
use plugstate::state::{Configured, Disabled};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Configured>, previous: &Handle<'static, Spi, Disabled>) {
    let _ = core.restore(previous);
}

fn main() {}
