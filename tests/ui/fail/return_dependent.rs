// `core` ends with the function, so the caller would receive a `uart` in service whose clock was
// torn down before the caller ever saw it.

use plugstate::state::Enabled;
use plugstate::{BoxError, Handle, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn start<'a>() -> Result<Handle<'a, Uart, Enabled>, BoxError> {
    let core = discover::<Core>().load()?.configure(1)?.enable(())?;
    Ok(discover::<Uart>().load()?.configure(())?.enable((&core,))?)
}

fn main() {
    let _ = start();
}
