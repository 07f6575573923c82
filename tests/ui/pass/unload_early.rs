// A life may end from every phase in which an instance is at rest.

use plugstate::{BoxError, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;

fn main() -> Result<(), BoxError> {
    let _ = discover::<Core>().load()?.unload()?;
    let _ = discover::<Core>().load()?.configure(1)?.unload()?;
    let _ = discover::<Core>().load()?.configure(1)?.enable(())?.disable()?.unload()?;
    let _ = discover::<Core>().load()?.fail("a fault").into_handle().unload()?;
    let _ = discover::<Core>().load()?.configure(1)?.fail("a fault").into_handle().unload()?;
    let _ = discover::<Core>()
        .load()?
        .configure(1)?
        .enable(())?
        .fail("a fault")
        .into_handle()
        .unload()?;
    let disabled = discover::<Core>().load()?.configure(1)?.enable(())?.disable()?;
    let _ = disabled.fail("a fault").into_handle().begin_unload().finish_unload()?;
    Ok(())
}
