// What the programs beside this file have in common: a few small plugins.

#![allow(dead_code, reason = "each program uses its own part of this")]

// In scope everywhere beside this file, as it is for everyone who writes a plugin: a call that the
// law refuses must not find a hook of the same name instead.
pub use plugstate::Plugin;
use plugstate::{BoxError, Deps, Meta, Optional, Provider};

pub trait Clock {
    fn now(&self) -> u64;
}

pub trait Log {
    fn write(&self, line: &str);
}

/// Needs nothing.
pub struct Core {
    pub ticks: u64,
}

impl Core {
    pub fn ticks(&self) -> u64 {
        self.ticks
    }
}

impl Clock for Core {
    fn now(&self) -> u64 {
        self.ticks
    }
}

impl Plugin for Core {
    const META: Meta = Meta::new("core", "1.0.0");
    type Requires = ();
    type Config = u64;
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Core { ticks: 0 })
    }

    fn configure(&mut self, ticks: u64) -> Result<(), BoxError> {
        self.ticks = ticks;
        Ok(())
    }

    fn unload(self) -> Result<(), BoxError> {
        Ok(())
    }
}

/// Requires `Core`.
pub struct Uart {
    pub ticks: u64,
}

impl Plugin for Uart {
    const META: Meta = Meta::new("uart", "1.0.0");
    type Requires = (Core,);
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Uart { ticks: 0 })
    }

    fn enable(&mut self, (core,): Deps<'_, Self>) -> Result<(), BoxError> {
        self.ticks = core.ticks();
        Ok(())
    }
}

/// Requires `Core`, as `Uart` does.
pub struct Spi;

impl Plugin for Spi {
    const META: Meta = Meta::new("spi", "1.0.0");
    type Requires = (Core,);
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Spi)
    }
}

/// Requires `Uart`, and `Spi` if it is there.
pub struct Statistics {
    pub with_spi: bool,
}

impl Plugin for Statistics {
    const META: Meta = Meta::new("statistics", "1.0.0");
    type Requires = (Uart, Optional<Spi>);
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Statistics { with_spi: false })
    }

    fn enable(&mut self, (_uart, spi): Deps<'_, Self>) -> Result<(), BoxError> {
        self.with_spi = spi.is_some();
        Ok(())
    }
}

/// Requires whatever is a `Clock`.
pub struct Sampler {
    pub started: u64,
}

impl Plugin for Sampler {
    const META: Meta = Meta::new("sampler", "1.0.0");
    type Requires = (Provider<dyn Clock>,);
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Sampler { started: 0 })
    }

    fn enable(&mut self, (clock,): Deps<'_, Self>) -> Result<(), BoxError> {
        self.started = clock.now();
        Ok(())
    }
}
