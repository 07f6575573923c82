// Two plugins, two settings, one typed into the place of the other: `uart` would run with the
// ticks of `core`.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let uart = discover::<Uart>().load()?.configure(9_600_u64)?;
    println!("{:?}", uart.phase());
    Ok(())
}
