// The `enable` hook would run twice and `disable` once: the second thread, the second socket, the
// second subscription is never given back.

use plugstate::Handle;
use plugstate::state::Enabled;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Enabled>) {
    let _ = core.enable(());
}

fn main() {}
