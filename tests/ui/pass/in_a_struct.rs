// An enabled handle lives in a struct like anything else that borrows.

use plugstate::{BoxError, Handle, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;
use plugstate::state::Enabled;

struct Bench<'core> {
    uarts: Vec<Handle<'core, Uart, Enabled>>,
}

impl Bench<'_> {
    fn ticks(&self) -> u64 {
        self.uarts.iter().map(|uart| uart.ticks).sum()
    }

    fn stop(self) -> Result<(), BoxError> {
        for uart in self.uarts {
            let _ = uart.disable()?.unload()?;
        }
        Ok(())
    }
}

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(7)?.enable(())?;
    let mut bench = Bench { uarts: Vec::new() };
    for _ in 0..3 {
        bench.uarts.push(discover::<Uart>().load()?.configure(())?.enable((&core,))?);
    }
    assert_eq!(bench.ticks(), 21);
    bench.stop()?;
    let _ = core.disable()?;
    Ok(())
}
