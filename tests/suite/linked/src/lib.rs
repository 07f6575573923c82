//! A crate with one plugin that is named by the test that is linked with it.

use plugstate::{BoxError, Meta, Plugin};

/// The plugin `linked`.
pub struct Linked;

impl Plugin for Linked {
    const META: Meta = Meta::new("linked", "0.1.0");
    type Requires = ();
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Linked)
    }
}

plugstate::register!(Linked);
