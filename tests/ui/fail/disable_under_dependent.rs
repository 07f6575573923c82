// `uart` decodes with the ticks of `core`. With `core` stopped under it, it would go on decoding
// with a clock that stands still: wrong bytes, no error.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(1)?.enable(())?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    core.disable()?;
    println!("{}", uart.ticks);
    Ok(())
}
