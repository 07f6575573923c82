//! Plugins whose hooks do nothing, and the same hooks called bare.

use std::hint::black_box;
use std::time::{Duration, Instant};

use plugstate::{BoxError, Builder, Declaration, DynPlugin, Manager, Registration};

/// One pointer's worth of state, so that there is something to point at.
pub struct Idle(pub usize);

impl DynPlugin for Idle {
    type Config = ();
}

/// The name of a plugin by number.
pub fn name(at: usize) -> String {
    format!("plugin-{at:06}")
}

/// The registration of an idle plugin that requires `on`.
pub fn registration(at: usize, on: impl IntoIterator<Item = usize>) -> Registration {
    let declaration =
        on.into_iter().fold(Declaration::new(name(at), "1.0.0"), |declaration, on| {
            declaration.requires(name(on), "*")
        });
    Registration::dynamic(declaration, move || Ok::<_, BoxError>(Idle(at)))
}

/// A builder with these plugins.
pub fn builder(registrations: impl IntoIterator<Item = Registration>) -> Builder {
    registrations.into_iter().fold(Manager::builder(), Builder::register)
}

/// Plugins where each but the first ten requires two of those before it.
pub fn suite(plugins: usize) -> Vec<Registration> {
    (0..plugins)
        .map(|at| match at {
            0..10 => registration(at, []),
            _ => registration(at, [at / 10, at / 10 + 1]),
        })
        .collect()
}

/// The five hooks as a trait object has them, and no more: what a life costs without a manager.
pub trait Hooks {
    fn configure(&mut self, config: ()) -> Result<(), BoxError>;
    fn enable(&mut self) -> Result<(), BoxError>;
    fn disable(&mut self) -> Result<(), BoxError>;
    fn unload(self: Box<Self>) -> Result<(), BoxError>;
}

/// What makes one.
pub trait Make {
    fn load(&self) -> Result<Box<dyn Hooks>, BoxError>;
}

impl Hooks for Idle {
    #[inline(never)]
    fn configure(&mut self, config: ()) -> Result<(), BoxError> {
        black_box(config);
        Ok(())
    }

    #[inline(never)]
    fn enable(&mut self) -> Result<(), BoxError> {
        black_box(self.0);
        Ok(())
    }

    #[inline(never)]
    fn disable(&mut self) -> Result<(), BoxError> {
        black_box(self.0);
        Ok(())
    }

    #[inline(never)]
    fn unload(self: Box<Self>) -> Result<(), BoxError> {
        black_box(self.0);
        Ok(())
    }
}

/// Makes [`Idle`]s.
pub struct Maker(pub usize);

impl Make for Maker {
    #[inline(never)]
    fn load(&self) -> Result<Box<dyn Hooks>, BoxError> {
        Ok(Box::new(Idle(self.0)))
    }
}

/// Calls one hook with a clock read on either side, and answers how long it took.
fn clocked<R>(start: Instant, hook: impl FnOnce() -> R) -> (R, Duration) {
    let began = start.elapsed();
    let answer = hook();
    (answer, start.elapsed() - began)
}

/// One whole life through `dyn`, with a clock read around each hook.
pub fn bare_life(start: Instant, maker: &dyn Make) -> Duration {
    let mut sum = Duration::ZERO;
    let (plugin, took) = clocked(start, || maker.load());
    let mut plugin = plugin.expect("it does not fail");
    sum += took;
    sum += clocked(start, || black_box(&mut plugin).configure(())).1;
    sum += clocked(start, || black_box(&mut plugin).enable()).1;
    sum += clocked(start, || black_box(&mut plugin).disable()).1;
    sum += clocked(start, || plugin.unload()).1;
    sum
}

/// The first half of a life for all, then the second half in reverse, as a host has it.
pub fn bare_lives(start: Instant, makers: &[Box<dyn Make>]) -> Duration {
    let mut sum = Duration::ZERO;
    let mut up = Vec::with_capacity(makers.len());
    for maker in makers {
        let (plugin, took) = clocked(start, || maker.load());
        let mut plugin = plugin.expect("it does not fail");
        sum += took;
        sum += clocked(start, || black_box(&mut plugin).configure(())).1;
        sum += clocked(start, || black_box(&mut plugin).enable()).1;
        up.push(plugin);
    }
    for plugin in up.iter_mut().rev() {
        sum += clocked(start, || black_box(plugin).disable()).1;
    }
    for plugin in up.into_iter().rev() {
        sum += clocked(start, || plugin.unload()).1;
    }
    sum
}
