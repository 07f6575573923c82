// One discovered handle, two instances: the second `load` would take the port that the first one
// holds.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>();
    let first = core.load()?;
    let second = core.load()?;
    println!("{:?} {:?}", first.phase(), second.phase());
    Ok(())
}
