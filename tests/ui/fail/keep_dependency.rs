// A dependent that keeps the reference could use `core` after both were stopped: the borrow lasts
// for the hook, the plugin for as long as it likes.

use plugstate::{BoxError, Deps, Meta};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

struct Clinging {
    core: Option<&'static Core>,
}

impl Plugin for Clinging {
    const META: Meta = Meta::new("clinging", "1.0.0");
    type Requires = (Core,);
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Clinging { core: None })
    }

    fn enable(&mut self, (core,): Deps<'_, Self>) -> Result<(), BoxError> {
        self.core = Some(core);
        Ok(())
    }
}

fn main() {}
