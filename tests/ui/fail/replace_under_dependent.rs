// `&mut` on the handle is enough to put another instance in its place: the one that `uart` was
// given would be stopped and torn down by the assignment.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let mut core = discover::<Core>().load()?.configure(1)?.enable(())?;
    let spare = discover::<Core>().load()?.configure(2)?.enable(())?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    let old = std::mem::replace(&mut core, spare);
    println!("{} {}", uart.ticks, old.ticks);
    Ok(())
}
