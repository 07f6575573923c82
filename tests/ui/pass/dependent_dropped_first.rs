// Dropping the dependent frees the dependency as well as disabling it does; so does a fault.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(7)?.enable(())?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    drop(uart);
    let core = core.disable()?.enable(())?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    let failed = uart.fail("the line is dead");
    let core = core.disable()?.unload()?;
    let uart = failed.into_handle().unload()?;
    println!("{core:?} {uart:?}");
    Ok(())
}
