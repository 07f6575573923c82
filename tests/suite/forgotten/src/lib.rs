//! A crate with one plugin that nobody names, so that it is left out of the program.

use plugstate::{BoxError, Meta, Plugin};

/// The plugin `forgotten`.
pub struct Forgotten;

impl Plugin for Forgotten {
    const META: Meta = Meta::new("forgotten", "0.1.0");
    type Requires = ();
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Forgotten)
    }
}

plugstate::register!(Forgotten);
