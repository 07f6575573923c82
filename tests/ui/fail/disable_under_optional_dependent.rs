// `statistics` can do without `spi`, but it was told that `spi` is there: with `spi` stopped it
// would count the frames of a decoder that is silent for another reason.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(1)?.enable(())?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    let spi = discover::<Spi>().load()?.configure(())?.enable((&core,))?;
    let statistics = discover::<Statistics>().load()?.configure(())?.enable((&uart, Some(&spi)))?;
    spi.disable()?;
    println!("{}", statistics.with_spi);
    Ok(())
}
