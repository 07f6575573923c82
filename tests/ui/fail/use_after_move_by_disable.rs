// The old handle still says `Enabled`: through it the program would use a plugin that it stopped a
// line before.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(1)?.enable(())?;
    let stopped = core.disable()?;
    println!("{} {:?}", core.ticks(), stopped.phase());
    Ok(())
}
