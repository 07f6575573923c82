// Every phase that a plugin passes through when nothing fails, and round again.

use plugstate::{BoxError, Phase, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>();
    assert_eq!(core.phase(), Phase::Discovered);
    let core = core.load()?;
    assert_eq!(core.phase(), Phase::Loaded);
    let core = core.configure(7)?;
    assert_eq!(core.phase(), Phase::Configured);
    let core = core.enable(())?;
    assert_eq!(core.phase(), Phase::Enabled);
    assert_eq!(core.ticks(), 7);
    let core = core.disable()?;
    assert_eq!(core.phase(), Phase::Disabled);
    let core = core.unload()?;
    assert_eq!(core.phase(), Phase::Discovered);
    let core = core.load()?.configure(8)?.enable(())?;
    assert_eq!(core.ticks, 8);
    Ok(())
}
