// Enabled, disabled and enabled again: one instance, which keeps what it knew.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(7)?.enable(())?;
    let core = core.disable()?;
    let core = core.enable(())?;
    assert_eq!(core.ticks, 7);
    Ok(())
}
