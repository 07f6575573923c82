// The other side of `fail/disable_under_dependent.rs`: with the dependent stopped, the dependency
// is free.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(7)?.enable(())?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    assert_eq!(uart.ticks, 7);
    let uart = uart.disable()?;
    let core = core.disable()?.configure(8)?.enable(())?;
    let uart = uart.enable((&core,))?;
    assert_eq!(uart.ticks, 8);
    Ok(())
}
