// `core` is two steps below `statistics`. Stopped first, it would take the ground from under
// `uart` and with it from under `statistics`, which never named it.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(1)?.enable(())?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    let statistics = discover::<Statistics>().load()?.configure(())?.enable((&uart, None))?;
    core.disable()?;
    println!("{}", statistics.with_spi);
    Ok(())
}
