// A new instance takes over from the one that it replaces, which has been disabled.

use std::cell::Cell;
use std::error::Error;

use plugstate::{BoxError, Meta, Plugin, discover};

struct Counter {
    seen: Cell<u32>,
}

impl Plugin for Counter {
    const META: Meta = Meta::new("counter", "1.0.0");
    type Requires = ();
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Counter { seen: Cell::new(0) })
    }

    fn restore(&mut self, previous: &Self) -> Result<(), BoxError> {
        self.seen.set(previous.seen.get());
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let old = discover::<Counter>().load()?.configure(())?.enable(())?;
    old.seen.set(3);
    let new = discover::<Counter>().load()?.configure(())?;
    let old = old.disable()?;
    let new = new.restore(&old)?.enable(())?;
    let _ = old.unload()?;
    assert_eq!(new.seen.get(), 3);
    Ok(())
}
