// That an optional dependency is absent is a decision. Left out by accident, the statistics would
// lack a decoder and nobody would have chosen that.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(1)?.enable(())?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    let statistics = discover::<Statistics>().load()?.configure(())?.enable((&uart,))?;
    println!("{}", statistics.with_spi);
    Ok(())
}
