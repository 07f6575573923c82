// `sampler` asked for any clock and was given `core`. That it does not know the name does not make
// it need the clock less: its samples would all bear one time.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?.configure(1)?.enable(())?;
    let sampler = discover::<Sampler>().load()?.configure(())?.enable((&*core,))?;
    core.disable()?;
    println!("{}", sampler.started);
    Ok(())
}
