// The same as reaching past the end of the tuple: an undeclared plugin that may not be there would
// be taken for one that is.

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

    fn enable(&mut self, (_core, _spi): Deps<'_, Self>) -> Result<(), BoxError> {
        Ok(())
    }
}

fn main() {}
