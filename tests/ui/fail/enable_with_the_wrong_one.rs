// The clock of `uart` would be read from a plugin that has none.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(1)?.enable(())?;
    let spi = discover::<Spi>().load()?.configure(())?.enable((&core,))?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&spi,))?;
    println!("{}", uart.ticks);
    Ok(())
}
