// The plugin is `Copy`, so `*marker` is an instance to spare: the `unload` hook would run on the
// copy while the plugin serves, and once more when the handle comes to its end.

use plugstate::{BoxError, Meta, Plugin, discover};

#[derive(Clone, Copy)]
struct Marker;

impl Plugin for Marker {
    const META: Meta = Meta::new("marker", "1.0.0");
    type Requires = ();
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Marker)
    }
}

fn main() -> Result<(), BoxError> {
    let marker = discover::<Marker>().load()?.configure(())?.enable(())?;
    marker.unload()?;
    Ok(())
}
