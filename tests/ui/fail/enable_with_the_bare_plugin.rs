// An instance outside any handle has no phase: nobody enabled it, nobody keeps it in service, and
// `uart` would stand on it all the same.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = Core { ticks: 1 };
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    println!("{}", uart.ticks);
    Ok(())
}
