//! Faults in real plugins: chosen hooks fail though the plugin's own code is fine.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::world::{Fault, World};
use crate::config::ConfigError;
use crate::id::PluginId;
use crate::instance::{Instance, Maker};
use crate::meta::Dependency;
use crate::plugin::{Bound, BoxError};
use crate::registry::{MakerRef, Registration};
use crate::stage::Stage;
use crate::sync::Mutex;

/// When an injected fault comes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, arbitrary::Arbitrary,
)]
pub enum Timing {
    /// In place of the hook's own code, which does not run. An `unload` hook runs all the same, for the
    /// instance goes whatever happens; only its answer is replaced.
    #[default]
    Instead,
    /// When the hook's own code has run, and was fine. After a `load` the instance that was built is
    /// unloaded again, for nobody gets it.
    After,
}

/// A hook that failed: one that was told to, or one that did so by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Whose.
    pub plugin: String,
    /// Which hook.
    pub stage: Stage,
    /// The fault that was injected, and when it came; `None` where the plugin's own code failed.
    pub injected: Option<(Fault, Timing)>,
}

/// Makes hooks of real plugins fail. A clone shares the faults.
///
/// A registration that was [`wrap`](Faults::wrap)ped is the same plugin, typed or declared at run time:
/// same name, dependencies, capabilities and configuration, and guards on it borrow the plugin itself.
///
/// ```
/// use plugstate::testing::{Fault, Faults};
/// use plugstate::{Manager, Phase, Stage, registration};
/// # use plugstate::{BoxError, Meta, Plugin};
/// # struct Uart;
/// # impl Plugin for Uart {
/// #     const META: Meta = Meta::new("uart", "1.0.0");
/// #     type Requires = (); type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
/// # }
///
/// let faults = Faults::new();
/// let manager = Manager::builder().register(faults.wrap(registration!(Uart))).build()?;
/// faults.inject("uart", Stage::Enable, Fault::Panic);
/// let met = manager.enable("uart").unwrap_err().to_string();
/// assert!(met.ends_with("uart panics in enable"), "{met}");
/// assert_eq!(manager.phase("uart")?, Phase::Failed);
///
/// faults.heal();
/// manager.retry("uart")?;
/// assert!(manager.get::<Uart>().is_ok());
/// # Ok::<(), plugstate::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Faults {
    world: World,
    noted: Arc<Mutex<Noted>>,
}

/// What the world does not know of real plugins.
#[derive(Default)]
struct Noted {
    timings: BTreeMap<(String, Stage), Timing>,
    /// When those faults come that were set by number.
    scripted: Timing,
    hits: Vec<Hit>,
}

impl Faults {
    /// No hook fails yet.
    #[must_use]
    pub fn new() -> Self {
        Faults { world: World::new(), noted: Arc::default() }
    }

    /// From now on, this hook of this plugin fails instead of running.
    pub fn inject(&self, plugin: &str, stage: Stage, fault: Fault) {
        self.inject_at(plugin, stage, fault, Timing::Instead);
    }

    /// From now on, this hook of this plugin fails when it has run.
    ///
    /// ```
    /// use plugstate::testing::{Fault, FakeHost};
    /// use plugstate::{Deps, Meta, Plugin, Stage};
    /// # use plugstate::BoxError;
    ///
    /// struct Logger;
    ///
    /// impl Plugin for Logger {
    /// #     const META: Meta = Meta::new("logger", "1.0.0");
    /// #     type Requires = (); type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok(Logger) }
    ///     fn enable(&mut self, (): Deps<'_, Self>) -> Result<(), BoxError> {
    ///         println!("the file is open"); // and now something else breaks
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let mut host = FakeHost::of::<Logger>().build()?;
    /// host.faults().inject_after("logger", Stage::Enable, Fault::Error);
    /// assert!(host.enable().is_err());
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn inject_after(&self, plugin: &str, stage: Stage, fault: Fault) {
        self.inject_at(plugin, stage, fault, Timing::After);
    }

    /// The same, with the time as an argument.
    pub fn inject_at(&self, plugin: &str, stage: Stage, fault: Fault, timing: Timing) {
        self.noted.lock().timings.insert((plugin.to_owned(), stage), timing);
        self.world.fail(plugin, stage, fault);
    }

    /// From now on, the hook calls with these numbers fail, counted from 0 over all wrapped plugins.
    pub fn inject_calls(&self, faults: impl IntoIterator<Item = (usize, Fault)>, timing: Timing) {
        self.noted.lock().scripted = timing;
        self.world.fail_calls(faults);
    }

    /// No fault is injected any more.
    pub fn heal(&self) {
        self.noted.lock().timings.clear();
        self.world.heal();
    }

    /// The hooks that failed since the last look, in that order.
    #[must_use]
    pub fn hits(&self) -> Vec<Hit> {
        std::mem::take(&mut self.noted.lock().hits)
    }

    /// Where the hooks of the wrapped plugins are written down, and where more can be done while they
    /// run.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The same plugin, whose hooks fail when they are told to.
    #[must_use]
    pub fn wrap(&self, registration: Registration) -> Registration {
        let name = registration.declaration().id().clone();
        let faults = self.clone();
        registration.made_by(|own| Arc::new(FaultyMaker { own, faults, name }))
    }

    /// Calls a hook, unless it is told to fail instead.
    fn call<R>(
        &self,
        number: usize,
        plugin: &str,
        stage: Stage,
        own: impl FnOnce() -> Result<R, BoxError>,
    ) -> Result<R, BoxError> {
        let mut call = Call { faults: self, number, plugin, stage, injected: None, well: false };
        let told = self.world.begins(number, plugin, stage).map(|fault| {
            let noted = self.noted.lock();
            let own = noted.timings.get(&(plugin.to_owned(), stage));
            (fault, own.copied().unwrap_or(noted.scripted))
        });
        if let Some((fault, Timing::Instead)) = told {
            drop(own); // with the instance, if this ends it
            call.injected = told;
            return Err(fault.strike(plugin, stage));
        }
        let answer = own()?;
        if let Some((fault, Timing::After)) = told {
            drop(answer);
            call.injected = told;
            return Err(fault.strike(plugin, stage));
        }
        call.well = true;
        Ok(answer)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").field("world", &self.world).finish_non_exhaustive()
    }
}

/// A hook that is running. However it ends, that is written down.
struct Call<'a> {
    faults: &'a Faults,
    number: usize,
    plugin: &'a str,
    stage: Stage,
    injected: Option<(Fault, Timing)>,
    well: bool,
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let Call { faults, number, plugin, stage, injected, well } = *self;
        faults.world.ends(number, plugin, stage, well);
        if !well {
            faults.noted.lock().hits.push(Hit { plugin: plugin.to_owned(), stage, injected });
        }
    }
}

/// Stands around a plugin's own maker.
struct FaultyMaker {
    own: MakerRef,
    faults: Faults,
    name: PluginId,
}

impl Maker for FaultyMaker {
    fn load(&self) -> Result<Box<dyn Instance>, BoxError> {
        let number = self.faults.world.number();
        let own = || self.own.load();
        let own = self.faults.call(number, self.name.as_str(), Stage::Load, own)?;
        let counted = Counted { faults: self.faults.clone(), number, name: self.name.clone() };
        self.faults.world.born(self.name.as_str());
        Ok(Box::new(Faulty { own, counted }))
    }

    fn parse(&self, plugin: &PluginId, table: Option<&Value>) -> Result<Box<dyn Any>, ConfigError> {
        self.own.parse(plugin, table)
    }

    fn takes_no_config(&self) -> bool {
        self.own.takes_no_config()
    }

    fn typed(&self) -> Vec<Dependency> {
        self.own.typed()
    }
}

/// Stands around an instance of a plugin.
struct Faulty {
    own: Box<dyn Instance>,
    /// Dropped after the instance.
    counted: Counted,
}

/// An instance that is there until this is dropped.
struct Counted {
    faults: Faults,
    number: usize,
    name: PluginId,
}

impl Counted {
    fn call(
        &self,
        stage: Stage,
        own: impl FnOnce() -> Result<(), BoxError>,
    ) -> Result<(), BoxError> {
        self.faults.call(self.number, self.name.as_str(), stage, own)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.faults.world.gone(self.number, self.name.as_str());
    }
}

impl Instance for Faulty {
    fn configure(&mut self, config: Box<dyn Any>) -> Result<(), BoxError> {
        let Faulty { own, counted } = self;
        counted.call(Stage::Configure, || own.configure(config))
    }

    fn enable(&mut self, bounds: &[Option<Bound<'_>>]) -> Result<(), BoxError> {
        let Faulty { own, counted } = self;
        counted.call(Stage::Enable, || own.enable(bounds))
    }

    fn disable(&mut self) -> Result<(), BoxError> {
        let Faulty { own, counted } = self;
        counted.call(Stage::Disable, || own.disable())
    }

    fn restore(&mut self, previous: &dyn Any) -> Result<(), BoxError> {
        let Faulty { own, counted } = self;
        counted.call(Stage::Restore, || own.restore(previous))
    }

    fn unload(self: Box<Self>) -> Result<(), BoxError> {
        let Faulty { own, counted } = *self;
        counted.call(Stage::Unload, move || own.unload())
    }

    fn plugin(&self) -> &dyn Any {
        self.own.plugin()
    }
}
