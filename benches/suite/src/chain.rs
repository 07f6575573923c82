//! A chain of typestate transitions, and the bare calls that it stands for.

use std::hint::black_box;

use plugstate::{BoxError, Deps, Meta, Plugin, discover};

/// A plugin whose hooks do a little that the compiler cannot leave out.
pub struct Counter(u64);

impl Plugin for Counter {
    const META: Meta = Meta::new("counter", "1.0.0");
    type Requires = ();
    type Config = u64;
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Counter(black_box(1)))
    }

    fn configure(&mut self, by: u64) -> Result<(), BoxError> {
        self.0 = black_box(self.0 + by);
        Ok(())
    }

    fn enable(&mut self, (): Deps<'_, Self>) -> Result<(), BoxError> {
        self.0 = black_box(self.0 * 3);
        Ok(())
    }

    fn disable(&mut self) -> Result<(), BoxError> {
        self.0 = black_box(self.0 - 1);
        Ok(())
    }

    fn unload(self) -> Result<(), BoxError> {
        black_box(self.0);
        Ok(())
    }
}

/// The chain of verbs, each consuming the handle before.
#[inline(never)]
pub fn typestate(by: u64) -> Result<u64, BoxError> {
    let counter = discover::<Counter>().load()?.configure(by)?.enable(())?;
    let value = counter.0;
    let _ = counter.disable()?.unload()?;
    Ok(value)
}

/// The same hooks on a plugin in a box, called by hand; a panic or an error drops the box.
#[inline(never)]
pub fn bare(by: u64) -> Result<u64, BoxError> {
    let mut counter = Box::new(Counter::load()?);
    counter.configure(by)?;
    counter.enable(())?;
    let value = counter.0;
    counter.disable()?;
    counter.unload()?;
    Ok(value)
}

/// The same hooks by hand with the duty that a handle has: whatever happens, `unload` is called once.
#[inline(never)]
pub fn dutiful(by: u64) -> Result<u64, BoxError> {
    struct Duty(Option<Box<Counter>>);

    impl Drop for Duty {
        fn drop(&mut self) {
            if let Some(counter) = self.0.take() {
                last(counter);
            }
        }
    }

    #[inline(never)]
    #[allow(clippy::boxed_local, reason = "as in the crate")]
    fn last(counter: Box<Counter>) {
        let _ = counter.unload();
    }

    let mut duty = Duty(Some(Box::new(Counter::load()?)));
    let counter = duty.0.as_mut().expect("it is there");
    counter.configure(by)?;
    counter.enable(())?;
    let value = counter.0;
    counter.disable()?;
    duty.0.take().expect("it is there").unload()?;
    Ok(value)
}
