// `core` was stopped: `uart` would start on a clock that stands still.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(1)?.enable(())?.disable()?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    println!("{}", uart.ticks);
    Ok(())
}
