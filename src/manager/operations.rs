//! The operations of a [`Manager`].

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::Manager;
use super::boundary;
use super::engine::Trouble;
use super::exec::Outcomes;
use super::health::Poll;
use super::plan::{self, Down, Plan, Request, Standings, Step, Up};
use crate::config;
use crate::error::Error;
use crate::id::PluginId;
use crate::phase::Op;
use crate::plugin::{BoxError, Plugin};
use crate::report::Report;
use crate::stage::Stage;

impl Manager {
    /// Brings a plugin to `Loaded`, with all that it requires, dependencies first. One that is further
    /// already stays where it is.
    ///
    /// # Errors
    ///
    /// [`Error::Blocked`], [`Error::Illegal`] if the plugin is `Failed`, and [`Error::DependencyFailed`] if
    /// what it requires has failed earlier; these change nothing. [`Error::Hook`] if a hook fails: what
    /// this call has loaded is unloaded again, and the plugin whose hook failed is `Failed`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use plugstate::Phase;
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// # plugin!(Uart, "uart", (Core,));
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
    /// manager.load("uart")?;
    /// assert_eq!(manager.phase("core")?, Phase::Loaded);
    /// assert_eq!(manager.phase("uart")?, Phase::Loaded);
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn load(&self, plugin: &str) -> Result<Report, Error> {
        self.operate(Request::Load, plugin, |engine, plugin| {
            let steps = self.plan_up(plugin, Up::Loaded)?;
            if steps.is_empty() {
                return Ok(engine.unchanged(plugin));
            }
            engine.up(&steps).map_err(|trouble| self.error(trouble))
        })
    }

    /// Hands a plugin that is `Loaded`, `Configured` or `Disabled` a configuration: any value that
    /// serializes as the plugin's table. It is kept for later, and replaces the one from before.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if it does not fit, [`Error::Illegal`] where the law does not allow it; both
    /// change nothing. If the hook fails the plugin is `Failed`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use plugstate::{Error, Phase};
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty, $configure:expr) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = u32; type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// #     fn configure(&mut self, baud: u32) -> Result<(), BoxError> { ($configure)(baud) }
    /// # } } }
    /// # plugin!(Core, "core", (), |_| Ok(()));
    /// # plugin!(Uart, "uart", (Core,), |baud| if baud == 0 { Err("baud must not be 0".into()) } else { Ok(()) });
    /// # plugin!(Spi, "spi", (Core,), |_| Ok(()));
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // a baud rate is its config
    /// manager.load("uart")?;
    /// assert!(matches!(manager.configure("uart", "fast"), Err(Error::Config(_))));
    /// assert_eq!(manager.phase("uart")?, Phase::Loaded); // nothing has changed
    ///
    /// manager.configure("uart", 9600)?;
    /// assert_eq!(manager.phase("uart")?, Phase::Configured);
    ///
    /// let failed = manager.configure("uart", 0).unwrap_err(); // it fits, and the hook does not want it
    /// assert_eq!(failed.to_string(), "plugin `uart` failed to configure: baud must not be 0");
    /// assert_eq!(manager.phase("uart")?, Phase::Failed);
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn configure(&self, plugin: &str, table: impl Serialize) -> Result<Report, Error> {
        let read = config::read(table);
        self.operate(Request::Configure, plugin, |engine, plugin| {
            let slot = engine.slot(plugin);
            let table = Arc::new(config::table(engine.id(plugin), read)?);
            let before = slot.set_config(Some(table));
            let from = engine.phase(plugin);
            match engine.step(plugin, Stage::Configure, false) {
                Ok(_) => {
                    slot.record(|record| record.misfit = false);
                    Ok(vec![(plugin, engine.change(plugin, from))])
                }
                Err(trouble) => {
                    if !matches!(trouble, Trouble::Failed(_)) {
                        slot.set_config(before);
                    }
                    Err(self.error(trouble))
                }
            }
        })
    }

    /// Keeps a configuration for the next time that the plugin is configured, which happens on the way
    /// to `Enabled` or at a reload. No hook is called, so that this is right in every phase. A value
    /// that serializes as nothing, such as `()`, takes a kept one away.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if it does not fit, which changes nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty, $configure:expr) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = u32; type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// #     fn configure(&mut self, baud: u32) -> Result<(), BoxError> { ($configure)(baud) }
    /// # } } }
    /// # plugin!(Core, "core", (), |_| Ok(()));
    /// # plugin!(Uart, "uart", (Core,), |baud| if baud == 0 { Err("baud must not be 0".into()) } else { Ok(()) });
    /// # plugin!(Spi, "spi", (Core,), |_| Ok(()));
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // a baud rate is its config
    /// manager.set_config("uart", 9600)?; // before it is loaded
    /// manager.enable("uart")?;
    ///
    /// manager.set_config("uart", 115_200)?; // while it serves with the other
    /// manager.reload("uart")?;
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn set_config(&self, plugin: &str, table: impl Serialize) -> Result<(), Error> {
        let read = config::read(table);
        self.operate(Request::Configure, plugin, |engine, plugin| {
            let table = config::table(engine.id(plugin), read)?;
            engine.parse(plugin, Some(&table))?;
            let kept = (!table.is_null()).then(|| Arc::new(table));
            engine.slot(plugin).set_config(kept);
            engine.slot(plugin).record(|record| record.misfit = false);
            Ok(Outcomes::new())
        })?;
        Ok(())
    }

    /// Brings a plugin to `Enabled`, with all that it requires, each loaded and configured on the
    /// way as far as it is not. Optional dependencies are not brought along. Guards can
    /// be taken when all of them are enabled.
    ///
    /// # Errors
    ///
    /// [`Error::Blocked`], [`Error::Illegal`] if the plugin is `Failed`, and [`Error::DependencyFailed`] if
    /// what it requires has failed earlier; these change nothing. [`Error::Hook`] or [`Error::Config`]
    /// if a step fails: what this call has enabled is disabled and what it has loaded is unloaded, in
    /// reverse; what was running before is not touched. The plugin whose hook failed is `Failed`; if
    /// it has an instance, what that requires stays loaded under it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use plugstate::{Error, Phase};
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty, $configure:expr) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = u32; type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// #     fn configure(&mut self, baud: u32) -> Result<(), BoxError> { ($configure)(baud) }
    /// # } } }
    /// # plugin!(Core, "core", (), |_| Ok(()));
    /// # plugin!(Uart, "uart", (Core,), |baud| if baud == 0 { Err("baud must not be 0".into()) } else { Ok(()) });
    /// # plugin!(Spi, "spi", (Core,), |_| Ok(()));
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().add::<Spi>().build()?;
    /// manager.enable("spi")?; // and `core`, which it requires
    /// assert_eq!(manager.enabled(), ["core", "spi"]);
    ///
    /// // The default baud rate is 0, which the `configure` hook of `uart` refuses.
    /// let Err(Error::Hook(failure)) = manager.enable("uart") else { panic!("baud is 0") };
    /// assert_eq!(failure.plugin(), "uart");
    /// assert_eq!(manager.phase("uart")?, Phase::Failed);
    /// assert_eq!(manager.enabled(), ["core", "spi"]); // what was running before is not touched
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn enable(&self, plugin: &str) -> Result<Report, Error> {
        self.operate(Request::Enable, plugin, |engine, plugin| {
            let steps = self.plan_up(plugin, Up::Enabled)?;
            if steps.is_empty() {
                return Ok(engine.unchanged(plugin));
            }
            engine.up(&steps).map_err(|trouble| self.error(trouble))
        })
    }

    /// Enables everything that can be. A plugin that fails is left `Failed`, what requires it is left
    /// alone, and everything else is enabled; the report tells of each. What requires a capability whose
    /// provider failed gets it from another one that is enabled by the end, if there is one.
    ///
    /// Plugins that do not depend on each other start at the same time: see
    /// [`Builder::threads`](crate::Builder::threads). Cost: the whole suite and its dependencies.
    ///
    /// # Errors
    ///
    /// Only what keeps the whole operation from starting, as [`Error::Turn`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty, $configure:expr) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = u32; type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// #     fn configure(&mut self, baud: u32) -> Result<(), BoxError> { ($configure)(baud) }
    /// # } } }
    /// # plugin!(Core, "core", (), |_| Ok(()));
    /// # plugin!(Uart, "uart", (Core,), |baud| if baud == 0 { Err("baud must not be 0".into()) } else { Ok(()) });
    /// # plugin!(Spi, "spi", (Core,), |_| Ok(()));
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().add::<Spi>().build()?;
    /// let report = manager.enable_all()?;
    /// assert_eq!(manager.enabled(), ["core", "spi"]);
    /// assert_eq!(
    ///     report.to_string(),
    ///     "core: Discovered -> Enabled\n\
    ///      spi: Discovered -> Enabled\n\
    ///      uart: plugin `uart` failed to configure: baud must not be 0",
    /// );
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn enable_all(&self) -> Result<Report, Error> {
        self.operate_all(&Request::EnableAll, |engine| {
            engine.up_all().map_err(|trouble| self.error(trouble))
        })
    }

    /// Enables some plugins, with all that they require, as far as that can be: as
    /// [`enable_all`](Self::enable_all) does, and everything else is left alone.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is no plugin of one of these names, before anything is moved.
    ///
    /// # Examples
    ///
    /// ```
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty, $configure:expr) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = u32; type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// #     fn configure(&mut self, baud: u32) -> Result<(), BoxError> { ($configure)(baud) }
    /// # } } }
    /// # plugin!(Core, "core", (), |_| Ok(()));
    /// # plugin!(Uart, "uart", (Core,), |baud| if baud == 0 { Err("baud must not be 0".into()) } else { Ok(()) });
    /// # plugin!(Spi, "spi", (Core,), |_| Ok(()));
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().add::<Spi>().build()?;
    /// let report = manager.enable_each(["spi"])?;
    /// assert!(report.is_good());
    /// assert_eq!(manager.enabled(), ["core", "spi"]);
    /// assert!(manager.enable_each(["spi", "i2c"]).is_err()); // nobody is called `i2c`
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn enable_each(
        &self,
        plugins: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Report, Error> {
        let plugins = self.find_each(plugins)?;
        let ids = plugins.iter().map(|&plugin| self.engine.id(plugin).clone()).collect();
        self.operate_all(&Request::EnableEach(ids), |engine| {
            engine.up_each(&plugins).map_err(|trouble| self.error(trouble))
        })
    }

    fn find_each(
        &self,
        plugins: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Vec<u32>, Error> {
        plugins.into_iter().map(|plugin| self.find(plugin.as_ref())).collect()
    }

    /// Enables everything that was resolved, or nothing: if a step fails, all that this call has done
    /// is undone, as by [`enable`](Self::enable).
    ///
    /// # Errors
    ///
    /// What prevented the first plugin, in canonical order, that could not be enabled.
    ///
    /// # Examples
    ///
    /// ```
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty, $configure:expr) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = u32; type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// #     fn configure(&mut self, baud: u32) -> Result<(), BoxError> { ($configure)(baud) }
    /// # } } }
    /// # plugin!(Core, "core", (), |_| Ok(()));
    /// # plugin!(Uart, "uart", (Core,), |baud| if baud == 0 { Err("baud must not be 0".into()) } else { Ok(()) });
    /// # plugin!(Spi, "spi", (Core,), |_| Ok(()));
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().add::<Spi>().build()?;
    /// let failed = manager.enable_all_strict().unwrap_err();
    /// assert_eq!(failed.to_string(), "plugin `uart` failed to configure: baud must not be 0");
    /// assert!(manager.enabled().is_empty());
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn enable_all_strict(&self) -> Result<Report, Error> {
        self.operate_all(&Request::EnableAll, |engine| {
            let steps = engine.all_steps().map_err(|no_plan| self.no_plan(no_plan))?;
            let mut outcomes = engine.up(&steps).map_err(|trouble| self.error(trouble))?;
            outcomes.extend(engine.unresolved());
            Ok(outcomes)
        })
    }

    /// Disables a plugin that no enabled plugin requires.
    ///
    /// # Errors
    ///
    /// [`Error::Needed`] names those who do, [`Error::Busy`] those who hold guards on it, and
    /// [`Error::Illegal`] tells of a plugin that is neither enabled nor disabled; these change nothing.
    /// [`Error::Hook`] if its hook fails: the plugin is `Failed`, and stopped all the same.
    ///
    /// # Examples
    ///
    /// ```
    /// # use plugstate::Phase;
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// # plugin!(Uart, "uart", (Core,));
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
    /// manager.enable("uart")?;
    /// assert_eq!(
    ///     manager.disable("core").unwrap_err().to_string(),
    ///     "plugin `core` cannot be disabled: `uart` needs it; take that down first, or cascade",
    /// );
    /// manager.disable("uart")?;
    /// manager.disable("core")?;
    /// manager.disable("core")?; // it is true already
    /// assert_eq!(manager.phase("core")?, Phase::Disabled);
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn disable(&self, plugin: &str) -> Result<Report, Error> {
        self.take_down(Request::Disable, plugin, Down::Disabled, false)
    }

    /// Disables a plugin and, before it, all that require it.
    ///
    /// # Errors
    ///
    /// As [`disable`](Self::disable). A dependent whose hook fails is `Failed` and in the report; it
    /// is stopped, and keeps nothing else from stopping.
    ///
    /// # Examples
    ///
    /// ```
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// # plugin!(Uart, "uart", (Core,));
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
    /// manager.enable("uart")?;
    /// let report = manager.disable_cascade("core")?; // `uart` first
    /// assert_eq!(report.to_string(), "core: Enabled -> Disabled\nuart: Enabled -> Disabled");
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn disable_cascade(&self, plugin: &str) -> Result<Report, Error> {
        self.take_down(Request::DisableCascade, plugin, Down::Disabled, true)
    }

    /// Brings a plugin that no resident plugin requires back to `Discovered`, and disables it first
    /// if need be. A hook that fails is in the report; the instance is gone all the same.
    ///
    /// # Errors
    ///
    /// [`Error::Needed`] and [`Error::Busy`], which change nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use plugstate::Phase;
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// # plugin!(Uart, "uart", (Core,));
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
    /// manager.enable("uart")?;
    /// assert_eq!(
    ///     manager.unload("core").unwrap_err().to_string(),
    ///     "plugin `core` cannot be unloaded: `uart` needs it; take that down first, or cascade",
    /// );
    /// manager.unload("uart")?; // it is disabled first
    /// assert_eq!(manager.phase("uart")?, Phase::Discovered);
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn unload(&self, plugin: &str) -> Result<Report, Error> {
        self.take_down(Request::Unload, plugin, Down::Discovered, false)
    }

    /// Brings a plugin and, before it, all that require it back to `Discovered`.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`], which changes nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// # plugin!(Uart, "uart", (Core,));
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
    /// manager.enable("uart")?;
    /// manager.load("uart")?; // it is loaded, and more
    /// let report = manager.unload_cascade("core")?;
    /// assert_eq!(report.to_string(), "core: Enabled -> Discovered\nuart: Enabled -> Discovered");
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn unload_cascade(&self, plugin: &str) -> Result<Report, Error> {
        self.take_down(Request::UnloadCascade, plugin, Down::Discovered, true)
    }

    /// Puts a new instance of a plugin in the place of the one that there is, without losing the one
    /// that works.
    ///
    /// The new instance is loaded and configured, with the last configuration, while the old one
    /// still serves. Then what requires the plugin is disabled, dependents first; the old instance is
    /// disabled; the new one is given [`restore`](Plugin::restore)`(&old)` and enabled; the dependents
    /// are enabled again; and the old instance is unloaded. A plugin that is not enabled is as it was
    /// afterwards, only newer; one that was disabled is `Configured`. An old instance that fails to
    /// stop has stopped: the new one is enabled all the same.
    ///
    /// # Errors
    ///
    /// If a hook of the new instance fails, that instance is ended, and the old one is in service
    /// again with its dependents. A failure before the first disable has stopped nothing, and neither
    /// has [`Error::Busy`]. [`Error::Illegal`] if the plugin is `Failed`: see [`retry`](Self::retry).
    ///
    /// # Examples
    ///
    /// ```
    /// # use plugstate::{Outcome, Phase};
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// # plugin!(Uart, "uart", (Core,));
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
    /// manager.enable("uart")?;
    /// let report = manager.reload("core")?;
    /// assert_eq!(
    ///     report.to_string(),
    ///     "core: Enabled -> Enabled, replaced by instance 2\nuart: restarted",
    /// );
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    ///
    /// See [`Plugin::restore`] for what the new instance takes over from the old one.
    pub fn reload(&self, plugin: &str) -> Result<Report, Error> {
        self.operate(Request::Reload, plugin, |engine, plugin| {
            engine.reload(plugin).map_err(|trouble| self.error(trouble))
        })
    }

    /// The same with another configuration, which is kept if the reload succeeds.
    ///
    /// # Errors
    ///
    /// As [`reload`](Self::reload), and [`Error::Config`], which changes nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty, $configure:expr) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = u32; type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// #     fn configure(&mut self, baud: u32) -> Result<(), BoxError> { ($configure)(baud) }
    /// # } } }
    /// # plugin!(Core, "core", (), |_| Ok(()));
    /// # plugin!(Uart, "uart", (Core,), |baud| if baud == 0 { Err("baud must not be 0".into()) } else { Ok(()) });
    /// # plugin!(Spi, "spi", (Core,), |_| Ok(()));
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().config([("uart", 9600)].into_iter()
    ///     .collect::<std::collections::BTreeMap<_, _>>()).build()?;
    /// manager.enable("uart")?;
    /// manager.reload_with("uart", 115_200)?;
    ///
    /// let failed = manager.reload_with("uart", 0).unwrap_err();
    /// assert_eq!(failed.to_string(), "plugin `uart` failed to configure: baud must not be 0");
    /// assert_eq!(manager.info("uart")?.generation, 2); // the one from before still serves
    /// assert_eq!(manager.enabled(), ["core", "uart"]);
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn reload_with(&self, plugin: &str, table: impl Serialize) -> Result<Report, Error> {
        let read = config::read(table);
        self.operate(Request::Reload, plugin, |engine, plugin| {
            let table = Arc::new(config::table(engine.id(plugin), read)?);
            engine.parse(plugin, Some(&table))?;
            let slot = engine.slot(plugin);
            let before = slot.set_config(Some(table));
            engine.reload(plugin).map_err(|trouble| {
                slot.set_config(before);
                self.error(trouble)
            })
        })
    }

    /// Puts a new instance of a plugin in the place of one that is `Failed`, and enables it, with
    /// what it requires. What its failure has stopped is enabled again.
    ///
    /// # Errors
    ///
    /// [`Error::NotFailed`] if the plugin is not `Failed`, [`Error::DependencyFailed`] if what it requires
    /// has failed too; both change nothing. If a hook of the new instance fails the plugin is `Failed`,
    /// as before, and what this call has enabled is disabled again, and unloaded if it was not loaded.
    ///
    /// # Examples
    ///
    /// ```
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty, $configure:expr) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = u32; type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// #     fn configure(&mut self, baud: u32) -> Result<(), BoxError> { ($configure)(baud) }
    /// # } } }
    /// # plugin!(Core, "core", (), |_| Ok(()));
    /// # plugin!(Uart, "uart", (Core,), |baud| if baud == 0 { Err("baud must not be 0".into()) } else { Ok(()) });
    /// # plugin!(Spi, "spi", (Core,), |_| Ok(()));
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?;
    /// manager.enable("uart").unwrap_err(); // baud is 0
    /// manager.set_config("uart", 9600)?;
    /// let report = manager.retry("uart")?;
    /// assert_eq!(report.to_string(), "core: Disabled -> Enabled\nuart: Failed -> Enabled");
    /// assert_eq!(
    ///     manager.retry("uart").unwrap_err().to_string(),
    ///     "plugin `uart` is Enabled, not Failed: there is nothing to retry",
    /// );
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn retry(&self, plugin: &str) -> Result<Report, Error> {
        self.operate(Request::Retry, plugin, |engine, plugin| {
            let outcomes = self.start_anew(plugin)?;
            // Who retries by hand has mended the cause: the policy starts to count anew.
            engine.supervision.lock().start_over(plugin);
            Ok(outcomes)
        })
    }

    pub(super) fn start_anew(&self, plugin: u32) -> Result<Outcomes, Error> {
        let steps = self.plan_again(plugin)?;
        self.engine.retry(plugin, &steps).map_err(|trouble| self.error(trouble))
    }

    /// Says that a running plugin broke. What requires it is disabled, dependents first, it becomes
    /// `Failed`, and its [`Restart`](crate::Restart) policy says what comes next; see
    /// [`poll`](Self::poll); a plugin that was not enabled is not started by it. A dependent that
    /// required one of its capabilities, and that another enabled plugin can give the same, is bound
    /// to that one and enabled again.
    ///
    /// # Errors
    ///
    /// [`Error::Illegal`] if nothing is there that could break, and [`Error::Busy`], which changes
    /// nothing. That the fault was recorded is no error.
    ///
    /// # Examples
    ///
    /// ```
    /// # use plugstate::Phase;
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// # plugin!(Uart, "uart", (Core,));
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
    /// manager.enable("uart")?;
    /// let report = manager.fault("core", "the bus is stuck")?;
    /// assert_eq!(
    ///     report.to_string(),
    ///     "core: plugin `core` failed to run: the bus is stuck\nuart: Enabled -> Disabled",
    /// );
    /// manager.retry("core")?; // somebody has freed it
    /// assert_eq!(manager.enabled(), ["core", "uart"]); // what the fault has stopped is back
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    ///
    /// A capability that somebody else can give:
    ///
    /// ```
    /// use plugstate::{Provider, registration};
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// trait Clock: Send + Sync {}
    /// # plugin!(Atomic, "atomic", ());
    /// # plugin!(Quartz, "quartz", ());
    /// # plugin!(Uart, "uart", (Provider<dyn Clock>,));
    /// impl Clock for Atomic {}
    /// impl Clock for Quartz {}
    ///
    /// let manager = Manager::builder()
    ///     .register(registration!(Atomic as dyn Clock))
    ///     .register(registration!(Quartz as dyn Clock))
    ///     .add::<Uart>() // requires `Provider<dyn Clock>`
    ///     .build()?;
    /// manager.enable_all()?;
    /// let report = manager.fault("atomic", "no signal")?;
    /// assert_eq!(
    ///     report.to_string(),
    ///     "atomic: plugin `atomic` failed to run: no signal\nuart: restarted",
    /// );
    /// assert_eq!(manager.dependencies("uart")?[0].bound, Ok(&"quartz".into()));
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn fault(&self, plugin: &str, error: impl Into<BoxError>) -> Result<Report, Error> {
        let broke = boundary::failed(&error.into());
        self.operate(Request::Fault, plugin, |engine, plugin| {
            let (_, outcomes) =
                engine.fault(plugin, broke).map_err(|trouble| self.error(trouble))?;
            Ok(outcomes)
        })
    }

    /// Calls `code` with the running plugin of type `P`. If it panics, that is a
    /// [`fault`](Self::fault) of the plugin, and an error here.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), and [`Error::Hook`] with the panic. If the instance that panicked has been
    /// replaced or stopped by then, or has failed already, the panic is on the plugin's record
    /// ([`Info::failures`](crate::Info::failures)) and moves nobody. [`Error::Busy`] if other guards were
    /// not dropped in time after a panic: nothing has changed then but that record.
    ///
    /// # Examples
    ///
    /// ```
    /// # use plugstate::{Error, Phase};
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// # plugin!(Uart, "uart", (Core,));
    /// # impl Uart { fn decode(&self, bits: &[bool]) -> char { if bits[0] { '1' } else { '0' } } }
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
    /// manager.enable("uart")?;
    /// assert_eq!(manager.call(|uart: &Uart| uart.decode(&[true]))?, '1');
    ///
    /// let Err(Error::Hook(failure)) = manager.call(|uart: &Uart| uart.decode(&[])) else {
    ///     panic!("there is no first bit")
    /// };
    /// assert!(failure.to_string().starts_with("plugin `uart` panicked in run at "));
    /// assert_eq!(manager.phase("uart")?, Phase::Failed);
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    #[track_caller]
    pub fn call<P: Plugin, R>(&self, code: impl FnOnce(&P) -> R) -> Result<R, Error> {
        let guard = self.get::<P>()?;
        match boundary::outside(|| code(&guard)) {
            Ok(answer) => Ok(answer),
            Err(broke) => {
                let plugin = self.find(P::META.name())?;
                // Nobody replaces an instance that somebody has a guard on.
                let generation = self.engine.ledger.generation(plugin);
                drop(guard);
                Err(self.broke_in_use(plugin, generation, broke))
            }
        }
    }

    /// Faults an instance that panicked in use, unless it is gone or has failed by now: then the panic
    /// is on the plugin's record, and nothing moves.
    #[cold]
    fn broke_in_use(&self, plugin: u32, generation: u32, broke: Box<boundary::Broke>) -> Error {
        let mut failure = None;
        let answer =
            self.operate(Request::Fault, self.engine.id(plugin).as_str(), |engine, plugin| {
                let is_there = engine.ledger.generation(plugin) == generation
                    && engine.phase(plugin).is_resident();
                if !is_there {
                    return Ok(Outcomes::new());
                }
                let (fault, outcomes) =
                    engine.fault(plugin, broke.clone()).map_err(|trouble| self.error(trouble))?;
                failure = Some(fault);
                Ok(outcomes)
            });
        // What it said is not lost, though nothing could be stopped.
        let failure = failure.unwrap_or_else(|| self.engine.remark(plugin, generation, broke));
        match answer {
            Ok(_) => Error::Hook(failure),
            Err(error) => error,
        }
    }

    /// Does what is due at `now`: starts plugins again whose [`Restart`](crate::Restart) policy says
    /// so, with what their faults have stopped, and reports hooks that are overdue.
    ///
    /// The manager has no timer of its own: a host calls this now and then, or when
    /// [`Poll::next`] says. `now` is counted as the times in events are; see [`now`](Self::now).
    ///
    /// # Errors
    ///
    /// [`Error::Turn`] and [`Misuse::Reentrant`](crate::Misuse::Reentrant). What became of each
    /// restart is in the answer.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use plugstate::{Backoff, Phase, Restart};
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// # plugin!(Uart, "uart", (Core,));
    /// let second = Duration::from_secs(1);
    /// let manager = Manager::builder()
    ///     .add::<Core>()
    ///     .add::<Uart>() // requires `core`
    ///     .restart_all(Restart::OnFailure {
    ///         max: 3,
    ///         within: 60 * second,
    ///         backoff: Backoff::starting_with(second),
    ///     })
    ///     .clock(|| Duration::ZERO) // so that this example needs no sleep
    ///     .build()?;
    /// manager.enable("uart")?;
    /// manager.fault("core", "the bus is stuck")?;
    ///
    /// let poll = manager.poll(Duration::ZERO)?;
    /// assert_eq!(poll.next, Some(second)); // nothing is due yet
    /// let poll = manager.poll(second)?;
    /// assert_eq!(poll.restarts[0].0, "core");
    /// assert_eq!(poll.next, None);
    /// assert_eq!(manager.enabled(), ["core", "uart"]);
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn poll(&self, now: Duration) -> Result<Poll, Error> {
        let engine = &self.engine;
        let overdue = engine.report_overdue(now);
        let mut restarts = Vec::new();
        let mut due = engine.supervision.lock().due(now);
        // Dependencies first. Each has one try, lest a policy without a wait keeps us here.
        due.sort_unstable_by_key(|&plugin| engine.rank(plugin));
        for plugin in due {
            let id = engine.id(plugin).clone();
            let mut overtaken = false;
            let result = self.operate(Request::Retry, id.as_str(), |_, plugin| {
                if !engine.supervision.lock().due(now).contains(&plugin) {
                    // Somebody came first while we waited for the turn.
                    overtaken = true;
                    return Ok(Outcomes::new());
                }
                self.start_anew(plugin).inspect_err(|error| {
                    let fatal = matches!(error, Error::Hook(failure)
                        if *failure.plugin() == id && !failure.is_recoverable());
                    engine.supervision.lock().failed(plugin, id.as_str(), now, !fatal);
                })
            });
            match result {
                Err(error @ (Error::Turn { .. } | Error::Misuse(_))) => return Err(error),
                _ if overtaken => {}
                result => restarts.push((id, result)),
            }
        }
        let restart = engine.supervision.lock().next().map(|(at, _)| at);
        Ok(Poll { next: [restart, overdue].into_iter().flatten().min(), restarts })
    }

    /// Disables and unloads everything, dependents first. The manager can be used again afterwards.
    /// Plugins that do not depend on each other stop at the same time.
    ///
    /// # Errors
    ///
    /// [`Error::Shutdown`] if a hook failed, or if somebody held on to a plugin past the deadline;
    /// that one stays, with what it requires, and everything else is stopped all the same.
    ///
    /// # Examples
    ///
    /// ```
    /// # use plugstate::Phase;
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// # plugin!(Uart, "uart", (Core,));
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
    /// manager.enable_all()?;
    /// manager.shutdown()?;
    /// assert_eq!(manager.phase("core")?, Phase::Discovered);
    /// manager.enable_all()?; // new instances
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn shutdown(&self) -> Result<(), Error> {
        let report = self.operate_all(&Request::Shutdown, |engine| {
            engine.supervision.lock().forget_all();
            engine.down_all().map_err(|trouble| self.error(trouble))
        })?;
        if report.is_good() { Ok(()) } else { Err(Error::Shutdown(Box::new(report))) }
    }

    /// What a request would do now, without doing it.
    ///
    /// # Errors
    ///
    /// What the request itself would answer before it moves anything.
    ///
    /// # Examples
    ///
    /// ```
    /// use plugstate::Request;
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// # plugin!(Uart, "uart", (Core,));
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
    /// manager.enable("uart")?;
    /// let plan = manager.plan(&Request::Reload("core".into()))?;
    /// assert_eq!(
    ///     plan.to_string(),
    ///     "1. load core\n2. configure core\n3. disable uart\n4. disable core\n\
    ///      5. restore core\n6. enable core\n7. enable uart\n8. unload core",
    /// );
    /// let refused = manager.plan(&Request::Unload("core".into())).unwrap_err();
    /// assert!(refused.to_string().starts_with("plugin `core` cannot be unloaded"));
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn plan(&self, request: &Request) -> Result<Plan, Error> {
        let down = |plugin: &PluginId, down, cascade| {
            self.plan_down(self.find(plugin.as_str())?, down, cascade)
        };
        let steps = match request {
            Request::Load(plugin) => self.plan_up(self.find(plugin.as_str())?, Up::Loaded)?,
            Request::Enable(plugin) => self.plan_up(self.find(plugin.as_str())?, Up::Enabled)?,
            Request::Configure(plugin) => {
                let plugin = self.find(plugin.as_str())?;
                if self.engine.phase(plugin).after(Op::Configure).is_none() {
                    return Err(self.illegal(plugin, Op::Configure));
                }
                vec![Step { plugin, stage: Stage::Configure }]
            }
            Request::Reload(plugin) => {
                let steps = self.engine.reload_steps(self.find(plugin.as_str())?);
                steps.map_err(|no_plan| self.no_plan(no_plan))?
            }
            Request::Fault(plugin) => {
                let steps = self.engine.fault_steps(self.find(plugin.as_str())?);
                steps.map_err(|no_plan| self.no_plan(no_plan))?
            }
            Request::Retry(plugin) => {
                let plugin = self.find(plugin.as_str())?;
                self.engine.retry_steps(plugin, self.plan_again(plugin)?)
            }
            Request::Disable(plugin) => down(plugin, Down::Disabled, false)?,
            Request::DisableCascade(plugin) => down(plugin, Down::Disabled, true)?,
            Request::Unload(plugin) => down(plugin, Down::Discovered, false)?,
            Request::UnloadCascade(plugin) => down(plugin, Down::Discovered, true)?,
            Request::EnableAll => self.engine.able_steps(&self.engine.order()),
            Request::EnableEach(plugins) => {
                let plugins = self.find_each(plugins)?;
                self.engine.able_steps(&self.engine.order_of(&plugins))
            }
            Request::Shutdown => {
                let order: Vec<_> = self.engine.order().iter().rev().copied().collect();
                plan::down_steps(&self.engine, &order, Down::Discovered)
            }
        };
        let name = |step: Step| (self.engine.id(step.plugin).clone(), step.stage);
        Ok(Plan { request: request.clone(), steps: steps.into_iter().map(name).collect() })
    }
}
