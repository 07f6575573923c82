// `core` would be torn down at the inner brace without a word in the source, and `uart` would
// serve on without it: the kind of bug that appears when a block is moved.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let uart;
    {
        let core = discover::<Core>().load()?.configure(1)?.enable(())?;
        uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    }
    println!("{}", uart.ticks);
    Ok(())
}
