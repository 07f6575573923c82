// The hidden constant is what makes a cycle of types impossible. An implementor who could set it
// would get a plugin that waits for itself.

use plugstate::{BoxError, Meta, Plugin, discover};

struct Ouroboros;

impl Plugin for Ouroboros {
    const META: Meta = Meta::new("ouroboros", "1.0.0");
    const ACYCLIC: () = ();
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
