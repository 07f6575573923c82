// A drop ends the whole life of `core`, stop and teardown; `uart` would still be serving, on an
// instance that is gone.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(1)?.enable(())?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    drop(core);
    println!("{}", uart.ticks);
    Ok(())
}
