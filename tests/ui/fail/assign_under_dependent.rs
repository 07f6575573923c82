// The assignment would drop the instance that `uart` stands on, and leave another one that `uart`
// never saw.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let mut core = discover::<Core>().load()?.configure(1)?.enable(())?;
    let spare = discover::<Core>().load()?.configure(2)?.enable(())?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    core = spare;
    println!("{} {}", uart.ticks, core.ticks);
    Ok(())
}
