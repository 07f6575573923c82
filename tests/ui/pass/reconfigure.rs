// A configuration may come again before the plugin is enabled, and while it is disabled.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(1)?.configure(2)?.enable(())?;
    assert_eq!(core.ticks, 2);
    let core = core.disable()?.configure(3)?.enable(())?;
    assert_eq!(core.ticks, 3);
    Ok(())
}
