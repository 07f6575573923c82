// `core` is configured, not in service: `uart` would read a clock that nobody has started.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(1)?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    println!("{}", uart.ticks);
    Ok(())
}
