// The instance of `core` would be gone while `uart` serves: the one thing that a lifecycle manager
// is there to prevent.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(1)?.enable(())?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    core.disable()?.unload()?;
    println!("{}", uart.ticks);
    Ok(())
}
