// `uart` is no clock: whatever method lies where `now` would be is called in its place.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(1)?.enable(())?;
    let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    let sampler = discover::<Sampler>().load()?.configure(())?.enable((&*uart,))?;
    println!("{}", sampler.started);
    Ok(())
}
