// The two halves of a load and of an unload, for who wants to stand between them.

use plugstate::{BoxError, Phase, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().begin_load();
    assert_eq!(core.phase(), Phase::Loading);
    let core = core.finish_load()?;
    assert_eq!(core.phase(), Phase::Loaded);
    let core = core.begin_unload();
    assert_eq!(core.phase(), Phase::Unloading);
    let core = core.finish_unload()?;
    assert_eq!(core.phase(), Phase::Discovered);
    let core = core.begin_load().finish_load()?.configure(1)?.enable(())?.disable()?;
    let _ = core.begin_unload().finish_unload()?;
    Ok(())
}
