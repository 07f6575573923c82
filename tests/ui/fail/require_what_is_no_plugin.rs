// A `String` has no life: nothing could be started before `Reader`, and nothing kept in service
// for it.

use plugstate::{BoxError, Meta};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

struct Reader;

impl Plugin for Reader {
    const META: Meta = Meta::new("reader", "1.0.0");
    type Requires = (Core, String);
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Reader)
    }
}

fn main() {}
