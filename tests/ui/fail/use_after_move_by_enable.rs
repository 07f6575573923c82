// Two enabled handles of one instance: stopping one leaves the other in service, on a plugin that
// has stopped.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(1)?;
    let first = core.enable(())?;
    let second = core.enable(())?;
    println!("{} {}", first.ticks, second.ticks);
    Ok(())
}
