// An optional dependency that is there, and one that is not.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(7)?.enable(())?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    let spi = discover::<Spi>().load()?.configure(())?.enable((&core,))?;
    let statistics = discover::<Statistics>().load()?.configure(())?.enable((&uart, Some(&spi)))?;
    assert!(statistics.with_spi);
    let statistics = statistics.disable()?;
    let spi = spi.disable()?;
    let statistics = statistics.enable((&uart, None))?;
    assert!(!statistics.with_spi);
    let spi = spi.enable((&core,))?; // nobody was given it, so it comes and goes as it likes
    let _ = spi.disable()?.unload()?;
    Ok(())
}
