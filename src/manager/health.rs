//! What works, what does not and why, and what takes its place.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashMap;

use super::Manager;
use super::engine::Engine;
use super::plan::Standings;
use super::reload::is_stopped;
use super::supervise::Prospect;
use crate::error::Error;
use crate::explain::Reason;
use crate::failure::Failure;
use crate::id::PluginId;
use crate::meta::TypeKey;
use crate::phase::Phase;
use crate::report::Report;

/// What is left of one plugin.
///
/// ```
/// use plugstate::Prospect;
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
/// manager.fault("core", "the bus is stuck")?;
///
/// let core = manager.degradation("core")?;
/// assert!(core.is_degraded() && core.is_recoverable());
/// assert_eq!(core.stopped, ["uart"]);
/// assert_eq!(core.prospect, Some(Prospect::Stays)); // nobody has asked for restarts
/// assert_eq!(core.advice(), "mend the cause, then retry `core`");
///
/// let uart = manager.degradation("uart")?;
/// assert_eq!(uart.because_of.as_ref().unwrap(), "core");
/// assert_eq!(uart.to_string(), "`uart` is Disabled because of `core`; see to `core` first");
/// # Ok::<(), plugstate::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Degradation {
    /// The plugin.
    pub plugin: PluginId,
    /// Where it stands.
    pub phase: Phase,
    /// Its last failure, if it is `Failed`.
    pub failure: Option<Arc<Failure>>,
    /// The plugin that keeps this one down: the one that it requires, at the end of the chain, that
    /// has failed or is blocked.
    pub because_of: Option<PluginId>,
    /// Why it could not be resolved.
    pub blocked: Option<Reason>,
    /// What its restart policy has in store, if it failed while it was running.
    pub prospect: Option<Prospect>,
    /// The plugins that were disabled with it, in canonical order.
    pub stopped: Vec<PluginId>,
    /// Its capabilities, each with the enabled plugins that provide the same, by name.
    pub alternatives: Vec<(TypeKey, Vec<PluginId>)>,
}

impl Degradation {
    /// Whether something is wrong with the plugin. One that is enabled, or that nobody has enabled
    /// yet, is well.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        self.phase == Phase::Failed || self.because_of.is_some() || self.blocked.is_some()
    }

    /// Whether trying again may help.
    #[must_use]
    pub fn is_recoverable(&self) -> bool {
        match (&self.blocked, &self.failure) {
            (Some(_), _) => false,
            (None, Some(failure)) => failure.is_recoverable(),
            (None, None) => true,
        }
    }

    /// What the host can do now, in words.
    #[must_use]
    pub fn advice(&self) -> String {
        let plugin = &self.plugin;
        if let Some(cause) = &self.because_of {
            return format!("see to `{cause}` first");
        }
        if self.blocked.is_some() {
            return "mend the suite and build it again".to_owned();
        }
        match self.prospect {
            _ if self.phase != Phase::Failed => "nothing to do".to_owned(),
            Some(Prospect::RestartAt(at)) => {
                format!("`{plugin}` is started again by a poll at {at:?} or later")
            }
            Some(Prospect::Fatal) => {
                format!("`{plugin}` says that trying again is of no use; unload it")
            }
            Some(Prospect::GivenUp { restarts, within }) => format!(
                "`{plugin}` was restarted {restarts} {} within {within:?} and given up; mend the \
                 cause, then retry it",
                if restarts == 1 { "time" } else { "times" }
            ),
            Some(Prospect::Stays) | None => format!("mend the cause, then retry `{plugin}`"),
        }
    }
}

impl fmt::Display for Degradation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_degraded() {
            return write!(f, "`{}` is {} and well", self.plugin, self.phase);
        }
        write!(f, "`{}` is {}", self.plugin, self.phase)?;
        if let Some(failure) = &self.failure {
            write!(f, ": {failure}")?;
        }
        if let Some(reason) = &self.blocked {
            write!(f, ": it {reason}")?;
        }
        if let Some(cause) = &self.because_of {
            write!(f, " because of `{cause}`")?;
        }
        if !self.stopped.is_empty() {
            write!(f, "; with it stopped {}", listed(&self.stopped))?;
        }
        for (key, others) in self.alternatives.iter().filter(|(_, others)| !others.is_empty()) {
            write!(f, "; `{key}` is still provided by {}", listed(others))?;
        }
        write!(f, "; {}", self.advice())
    }
}

fn listed(ids: &[PluginId]) -> String {
    ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}

/// How the whole suite is.
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
/// # plugin!(Spi, "spi", ());
/// # plugin!(Clock, "clock", ());
/// let manager = (Manager::builder())
///     .add::<Core>().add::<Uart>() // `uart` requires `core`
///     .add::<Spi>().add::<Clock>()
///     .build()?;
/// manager.enable_each(["uart", "spi"])?;
/// manager.fault("core", "the bus is stuck")?;
///
/// let health = manager.health();
/// assert!(!health.is_good());
/// assert_eq!((health.works, health.idle), (vec!["spi".into()], vec!["clock".into()]));
/// let degraded: Vec<&str> = health.degraded.iter().map(|d| d.plugin.as_str()).collect();
/// assert_eq!(degraded, ["core", "uart"]);
/// # Ok::<(), plugstate::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Health {
    /// The plugins that are enabled, in canonical order.
    pub works: Vec<PluginId>,
    /// The plugins with which something is wrong, in canonical order, blocked ones last.
    pub degraded: Vec<Degradation>,
    /// The plugins that nobody has enabled, or that were disabled on purpose, in canonical order.
    pub idle: Vec<PluginId>,
}

impl Health {
    /// Whether nothing is wrong with any plugin.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.degraded.is_empty()
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (works, degraded, idle) = (self.works.len(), self.degraded.len(), self.idle.len());
        write!(f, "{works} work, {degraded} degraded, {idle} idle")?;
        self.degraded.iter().try_for_each(|degradation| write!(f, "\n{degradation}"))
    }
}

/// What [`Manager::poll`] did; see there for an example.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Poll {
    /// When there will be something to do; `None` if nothing is planned.
    pub next: Option<Duration>,
    /// The plugins that were started again, with what came of it.
    pub restarts: Vec<(PluginId, Result<Report, Error>)>,
}

impl Manager {
    /// What is left of a plugin: its last failure, what was stopped with it, who else provides what
    /// it provides, and what to do. Asking changes nothing; see [`Degradation`] for an example.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is none of that name.
    pub fn degradation(&self, plugin: &str) -> Result<Degradation, Error> {
        let plugin = self.find(plugin)?;
        Ok(self.engine.degradation(plugin, self.engine.cause(plugin)))
    }

    /// How the whole suite is. Asking changes nothing; see [`Health`] for an example.
    ///
    /// Cost: the whole suite and its dependencies, and for each plugin that is not enabled the providers
    /// of its capabilities. Ask now and then, and not for every request.
    #[must_use]
    pub fn health(&self) -> Health {
        let engine = &self.engine;
        let order = engine.order().into_owned();
        let blocked = (0..engine.resolution.len() as u32)
            .filter(|&plugin| engine.resolution.blocked(plugin).is_some());
        // What fails holds down what is above it, and the order goes upwards: one pass will do.
        let mut causes: FxHashMap<u32, u32> = FxHashMap::default();
        let stopped = engine.supervision.lock().all_stopped();
        let mut health = Health { works: Vec::new(), degraded: Vec::new(), idle: Vec::new() };
        for plugin in order.into_iter().chain(blocked) {
            if engine.phase(plugin) == Phase::Enabled {
                health.works.push(engine.id(plugin).clone());
                continue;
            }
            let below = engine.required(plugin);
            let inherited = (below.iter())
                .filter_map(|below| causes.get(below).copied())
                .min_by_key(|&cause| engine.rank(cause));
            let cause = match engine.phase(plugin) {
                Phase::Failed => plugin,
                _ => inherited.or_else(|| stopped.get(&plugin).copied()).unwrap_or(plugin),
            };
            let is_root = cause == plugin;
            if !is_root || engine.phase(plugin) == Phase::Failed {
                causes.insert(plugin, cause);
            }
            if causes.contains_key(&plugin) || engine.resolution.blocked(plugin).is_some() {
                let because_of = (!is_root).then_some(cause);
                health.degraded.push(engine.degradation(plugin, because_of));
            } else {
                health.idle.push(engine.id(plugin).clone());
            }
        }
        health
    }
}

impl Engine {
    fn degradation(&self, plugin: u32, because_of: Option<u32>) -> Degradation {
        let id = |plugin: u32| self.id(plugin).clone();
        let phase = self.phase(plugin);
        let failure = (phase == Phase::Failed)
            .then(|| self.slot(plugin).record(|record| record.failures.back().cloned()))
            .flatten();
        let (prospect, mut stopped) = match self.supervision.lock().case(plugin) {
            Some((prospect, stopped)) if phase == Phase::Failed => {
                (Some(prospect), stopped.to_vec())
            }
            _ => (None, Vec::new()),
        };
        stopped.retain(|&at| is_stopped(self.phase(at)));
        stopped.sort_unstable_by_key(|&at| self.rank(at));
        let capabilities = self.resolution.declaration_at(plugin).capabilities();
        let alternatives = capabilities.iter().map(|key| {
            let providers = self.resolution.providers(key.id()).iter().copied();
            let others = providers
                .filter(|&other| other != plugin && self.phase(other) == Phase::Enabled)
                .map(id);
            (*key, others.collect())
        });
        Degradation {
            plugin: id(plugin),
            phase,
            failure,
            because_of: because_of.map(id),
            blocked: self.resolution.blocked(plugin).cloned(),
            prospect,
            stopped: stopped.into_iter().map(id).collect(),
            alternatives: alternatives.collect(),
        }
    }

    /// The plugin whose fault has stopped this one, if it is down still.
    fn stopped_by(&self, plugin: u32) -> Option<u32> {
        let stopped_by = self.supervision.lock().stopped_by(plugin);
        stopped_by.filter(|&cause| self.phase(cause) == Phase::Failed)
    }

    /// The plugin whose failure keeps this one down: the first in canonical order.
    pub(crate) fn cause(&self, plugin: u32) -> Option<u32> {
        if matches!(self.phase(plugin), Phase::Enabled | Phase::Failed) {
            return None;
        }
        let below = super::plan::closure(plugin, |at| {
            let required = self.required(at).into_owned();
            required.into_iter().filter(|&below| self.phase(below) != Phase::Enabled)
        });
        let failed = below.into_iter().filter(|&at| self.phase(at) == Phase::Failed);
        failed.min_by_key(|&at| self.rank(at)).or_else(|| self.stopped_by(plugin))
    }
}
