// `core` would be declared broken, and `uart`, which stands on it, would go on and answer as if
// nothing had happened.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(1)?.enable(())?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    let failed = core.fail("the crystal stopped");
    println!("{} {failed}", uart.ticks);
    Ok(())
}
