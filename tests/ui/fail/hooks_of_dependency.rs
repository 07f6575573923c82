// A dependent that stops its dependency from inside its own `enable` leaves every other dependent
// standing on nothing, and the handle of `core` would still say `Enabled`.

use plugstate::{BoxError, Deps, Meta};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

struct Greedy;

impl Plugin for Greedy {
    const META: Meta = Meta::new("greedy", "1.0.0");
    type Requires = (Core,);
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Greedy)
    }

    fn enable(&mut self, (core,): Deps<'_, Self>) -> Result<(), BoxError> {
        core.disable()
    }
}

fn main() {}
