// Whoever receives `core` by value may end its life whenever it likes, and `uart` would not hear
// of it.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(1)?.enable(())?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    let shelf = vec![core];
    println!("{} {}", uart.ticks, shelf.len());
    Ok(())
}
