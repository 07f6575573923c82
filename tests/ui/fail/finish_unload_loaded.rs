// The instance would be gone without a word to those who watch for the beginning of its end, who
// are the ones that save its data.

use plugstate::Handle;
use plugstate::state::Loaded;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: Handle<'static, Core, Loaded>) {
    let _ = core.finish_unload();
}

fn main() {}
