// A bare `Core` where a list belongs. Read as a list it would have no entries that anyone could
// match, and the dependency would silently not be one.

use plugstate::{BoxError, Meta};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

struct Reader;

impl Plugin for Reader {
    const META: Meta = Meta::new("reader", "1.0.0");
    type Requires = Core;
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Reader)
    }
}

fn main() {}
