// `spi` would look like a dependency to whoever reads the call, but nothing in `uart` declares it,
// so nothing keeps it in service.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(1)?.enable(())?;
    let spi = discover::<Spi>().load()?.configure(())?.enable((&core,))?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core, &spi))?;
    println!("{}", uart.ticks);
    Ok(())
}
