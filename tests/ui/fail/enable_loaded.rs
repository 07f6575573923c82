// The plugin would serve before it has seen its configuration: on the wrong port, with the default
// password, writing to the default file.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::Core;

fn main() -> Result<(), BoxError> {
    discover::<Core>().load()?.enable(())?;
    Ok(())
}
