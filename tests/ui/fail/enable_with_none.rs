// `uart` would be in service without the clock that it declared: its `enable` hook would have
// nothing to read.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let uart = discover::<Uart>().load()?.configure(())?.enable(())?;
    println!("{}", uart.ticks);
    Ok(())
}
