// Two dependents, and only one of them was stopped: `spi` would go on without a clock because
// `uart` happened to be remembered.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(1)?.enable(())?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    let spi = discover::<Spi>().load()?.configure(())?.enable((&core,))?;
    uart.disable()?;
    core.disable()?;
    println!("{:?}", spi.phase());
    Ok(())
}
