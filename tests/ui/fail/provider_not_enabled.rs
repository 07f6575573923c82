// `core` is a clock, but one that does not run yet: the sampler would take its start from a
// counter that nobody set.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(1)?;
    let sampler = discover::<Sampler>().load()?.configure(())?.enable((&*core,))?;
    println!("{}", sampler.started);
    Ok(())
}
