// Two dependents share a dependency, and a fourth plugin stands on both.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(7)?.enable(())?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    let spi = discover::<Spi>().load()?.configure(())?.enable((&core,))?;
    let statistics = discover::<Statistics>().load()?.configure(())?.enable((&uart, Some(&spi)))?;
    let _ = statistics.disable()?;
    let _ = spi.disable()?;
    let _ = uart.disable()?;
    let _ = core.disable()?;
    Ok(())
}
