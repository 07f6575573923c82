// To start `Ouroboros` there must be an `Ouroboros` in service: no program could ever start it,
// and each would find out at its user's.

use plugstate::{BoxError, Meta, Plugin, discover};

struct Ouroboros;

impl Plugin for Ouroboros {
    const META: Meta = Meta::new("ouroboros", "1.0.0");
    type Requires = (Ouroboros,);
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Ouroboros)
    }
}

fn main() {
    let _ = discover::<Ouroboros>();
}
