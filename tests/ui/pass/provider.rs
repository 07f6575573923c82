// A dependency on a capability is shown as the trait, and borrows the plugin behind it.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(7)?.enable(())?;
    let sampler = discover::<Sampler>().load()?.configure(())?.enable((&*core,))?;
    assert_eq!(sampler.started, 7);
    let _ = sampler.disable()?;
    let _ = core.disable()?;
    Ok(())
}
