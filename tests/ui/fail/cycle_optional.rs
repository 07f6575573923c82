// `Hen` could do without `Egg`, but it orders after it when it is there, and `Egg` needs `Hen`:
// whether the suite starts would depend on who was tried first.

use plugstate::{BoxError, Meta, Optional, Plugin, discover};

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
    type Requires = (Optional<Egg>,);
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Hen)
    }
}

fn main() {
    let _ = discover::<Egg>();
}
