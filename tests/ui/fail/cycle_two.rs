// Each must be in service before the other: neither ever starts, and which of the two is to blame
// depends on whom you ask.

use plugstate::{BoxError, Meta, Plugin, discover};

struct Egg;

impl Plugin for Egg {
    const META: Meta = Meta::new("egg", "1.0.0");
    type Requires = (Hen,);
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Egg)
    }
}

struct Hen;

impl Plugin for Hen {
    const META: Meta = Meta::new("hen", "1.0.0");
    type Requires = (Egg,);
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Hen)
    }
}

fn main() {
    let _ = discover::<Egg>();
}
