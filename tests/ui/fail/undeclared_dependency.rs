// `Spi` was not declared, so nothing orders it before `Reader` and nothing keeps it in service:
// the read would work on the author's machine, where `Spi` happens to start first.

use plugstate::{BoxError, Deps, Meta};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

struct Reader;

impl Plugin for Reader {
    const META: Meta = Meta::new("reader", "1.0.0");
    type Requires = (Core,);
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Reader)
    }

    fn enable(&mut self, deps: Deps<'_, Self>) -> Result<(), BoxError> {
        let _spi: &Spi = deps.1;
        Ok(())
    }
}

fn main() {}
