// A path where a number of ticks belongs: without types this is found when the first user starts
// the program, or never, if the text happens to parse.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure("/etc/core.toml")?;
    println!("{:?}", core.phase());
    Ok(())
}
