// A dependency is enabled for longer than two dependents that come and go, in scopes of their own.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(7)?.enable(())?;
    {
        let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
        assert_eq!(uart.ticks, 7);
    }
    {
        let spi = discover::<Spi>().load()?.configure(())?.enable((&core,))?;
        let _ = spi.disable()?;
    }
    let _ = core.disable()?;
    Ok(())
}
