// Locals are dropped in reverse, so `core` would be stopped and torn down before `uart`, whose own
// `disable` then runs on a dependency that is gone.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let uart;
    let core = discover::<Core>().load()?.configure(1)?.enable(())?;
    uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    println!("{}", uart.ticks);
    Ok(())
}
