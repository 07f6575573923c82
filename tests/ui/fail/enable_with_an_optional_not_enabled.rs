// `Some` tells `statistics` that `spi` is in service. It is not, and `statistics` would report its
// silence as a measurement.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(1)?.enable(())?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    let spi = discover::<Spi>().load()?.configure(())?;
    let statistics = discover::<Statistics>().load()?.configure(())?.enable((&uart, Some(&spi)))?;
    println!("{}", statistics.with_spi);
    Ok(())
}
