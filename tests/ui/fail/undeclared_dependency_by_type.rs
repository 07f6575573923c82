// The declared dependency would be read as another plugin: whatever lies in `Core` would be taken
// for the fields of `Spi`.

use plugstate::{BoxError, Meta};

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

    fn enable(&mut self, (core,): (&Spi,)) -> Result<(), BoxError> {
        let _ = core;
        Ok(())
    }
}

fn main() {}
