// The `load` hook would build a new instance over the configured one: the setting is lost, and
// nothing says so.

use plugstate::Handle;
use plugstate::state::Configured;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Configured>) {
    let _ = core.finish_load();
}

fn main() {}
