// A loaded instance would change places with an enabled one: the program uses one that was never
// started, and the one that serves would be unloaded without being stopped.

use plugstate::Handle;
use plugstate::state::{Enabled, Loaded};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn evil(mut a: Handle<'static, Core, Enabled>, mut b: Handle<'static, Core, Loaded>) {
    std::mem::swap(&mut a.body, &mut b.body);
}

fn main() {}
