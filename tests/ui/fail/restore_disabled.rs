// What the instance has gathered while it served would be overwritten with older state.

use plugstate::Handle;
use plugstate::state::Disabled;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Disabled>, previous: &Handle<'static, Core, Disabled>) {
    let _ = core.restore(previous);
}

fn main() {}
