// The old handle still says that an instance exists: a second `unload` would tear down what is
// gone.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let core = discover::<Core>().load()?;
    let gone = core.unload()?;
    let again = core.unload()?;
    println!("{:?} {:?}", gone.phase(), again.phase());
    Ok(())
}
