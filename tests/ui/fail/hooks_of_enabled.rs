// Every hook is a public method of a public trait. Called on the plugin behind an enabled handle
// they would run past the law: `enable` twice, settings changed under the callers, state written
// over, a `disable` that the handle does not know of and repeats.

use plugstate::Handle;
use plugstate::state::Enabled;

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(core: &mut Handle<'static, Core, Enabled>, other: &Core) {
    let _ = Plugin::configure(&mut **core, 1);
    let _ = Plugin::enable(&mut **core, ());
    let _ = Plugin::restore(&mut **core, other);
    let _ = Plugin::disable(&mut **core);
    let _ = Plugin::unload(**core);
}

fn main() {}
