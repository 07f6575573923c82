//! What an operation did: one outcome for each plugin that it concerned.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::config::ConfigError;
use crate::explain::Reason;
use crate::failure::Failure;
use crate::graph::Resolution;
use crate::id::PluginId;
use crate::phase::Phase;
use crate::place::Place;
use crate::stage::Stage;
use crate::text::Shown;

/// What an operation did, plugin by plugin, in canonical order.
///
/// Its `Display` is one line for each plugin.
///
/// ```
/// use plugstate::{Outcome, Phase};
/// # use plugstate::{BoxError, Manager, Meta, Plugin};
/// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
/// #     const META: Meta = Meta::new($name, "1.0.0");
/// #     type Requires = $needs; type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok($t) }
/// # } } }
/// # plugin!(Core, "core", ());
/// # plugin!(Uart, "uart", (Core,));
/// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
/// manager.load("core")?;
/// let report = manager.enable("uart")?;
/// assert!(report.is_good());
/// assert_eq!(report.to_string(), "core: Loaded -> Enabled\nuart: Discovered -> Enabled");
/// assert!(matches!(report.outcome("core"), Some(Outcome::Moved { from: Phase::Loaded, .. })));
///
/// let again = manager.enable("uart")?; // it is true already: nothing moves
/// assert_eq!(again.to_string(), "uart: stays Enabled");
/// # Ok::<(), plugstate::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Report {
    /// Plugins by number, which the suite turns into names when somebody asks: most reports are
    /// looked at as a whole.
    pub(crate) outcomes: Vec<(u32, Outcome)>,
    /// `None` in a report on nothing.
    pub(crate) suite: Option<Arc<Resolution>>,
    pub(crate) overdue: Vec<(PluginId, Stage, Duration)>,
    pub(crate) took: Duration,
}

/// What became of one plugin.
///
/// ```
/// use plugstate::{BoxError, Manager, Meta, Outcome, Plugin};
///
/// struct Core;
///
/// impl Plugin for Core {
/// #     const META: Meta = Meta::new("core", "1.0.0");
/// #     type Requires = (); type Config = (); type Error = BoxError;
///     fn load() -> Result<Self, BoxError> {
///         Err("no such bus".into())
///     }
/// }
///
/// struct Uart;
///
/// impl Plugin for Uart {
///     type Requires = (Core,);
/// #     const META: Meta = Meta::new("uart", "1.0.0");
/// #     type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
/// }
///
/// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?;
/// let report = manager.enable_all()?;
/// for (id, outcome) in report.troubles() {
///     match outcome {
///         Outcome::Failed(failure) => assert_eq!(failure.chain(), ["no such bus"]),
///         Outcome::BlockedBy(below) => assert_eq!((id.as_str(), below.as_str()), ("uart", "core")),
///         other => panic!("{id} {other}"),
///     }
/// }
/// # Ok::<(), plugstate::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// It went from one phase to another.
    Moved {
        /// Where it stood.
        from: Phase,
        /// Where it stands.
        to: Phase,
    },
    /// A new instance is in the place of the one before.
    Replaced {
        /// Where the old one stood.
        from: Phase,
        /// Where the new one stands.
        to: Phase,
        /// The number of the new one.
        generation: u32,
    },
    /// It was disabled and enabled again, for one that it requires was replaced.
    Restarted,
    /// It stood where it should be already.
    Unchanged(Phase),
    /// One of its hooks failed.
    Failed(Arc<Failure>),
    /// It was left alone because a plugin that it requires is not enabled.
    BlockedBy(PluginId),
    /// It was left alone because a plugin that requires it was not stopped.
    NeededBy(PluginId),
    /// It was left alone because it could not be resolved when the suite was built.
    Unresolved(Box<Reason>),
    /// It was left alone because its configuration does not fit.
    Refused(ConfigError),
    /// It was left alone because guards on it were not dropped in time.
    Busy(Vec<Place>),
}

impl Report {
    /// Each plugin with what became of it, in canonical order.
    pub fn iter(&self) -> impl Iterator<Item = (&PluginId, &Outcome)> {
        // Without a suite there are no outcomes.
        self.suite.iter().flat_map(|suite| {
            self.outcomes.iter().map(|(plugin, outcome)| (suite.id(*plugin), outcome))
        })
    }

    /// What became of one plugin; `None` if the operation did not concern it.
    #[must_use]
    pub fn outcome(&self, plugin: &str) -> Option<&Outcome> {
        self.iter().find(|(id, _)| id.as_str() == plugin).map(|(_, outcome)| outcome)
    }

    /// The plugins that did not get where they should be, and those whose hooks failed on the way.
    pub fn troubles(&self) -> impl Iterator<Item = (&PluginId, &Outcome)> {
        self.iter().filter(|(_, outcome)| !outcome.is_good())
    }

    /// Whether every plugin got where it should be.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.outcomes.iter().all(|(_, outcome)| outcome.is_good())
    }

    /// The hooks that ran for longer than the host has allowed, and for how long: see
    /// [`Builder::hook_deadline`](crate::Builder::hook_deadline).
    ///
    /// Each with its hook and the time that it took. Empty where no limit was set.
    #[must_use]
    pub fn overdue(&self) -> &[(PluginId, Stage, Duration)] {
        &self.overdue
    }

    /// How long the operation ran.
    #[must_use]
    pub fn took(&self) -> Duration {
        self.took
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("outcomes", &self.iter().collect::<Vec<_>>())
            .field("overdue", &self.overdue)
            .field("took", &self.took)
            .finish()
    }
}

impl Outcome {
    /// Whether the plugin got where it should be.
    #[must_use]
    pub fn is_good(&self) -> bool {
        matches!(
            self,
            Outcome::Moved { .. }
                | Outcome::Replaced { .. }
                | Outcome::Restarted
                | Outcome::Unchanged(_)
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (id, outcome)) in self.iter().enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            write!(f, "{end}{}: {outcome}", Shown(id.as_str()))?;
        }
        Ok(())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Moved { from, to } => write!(f, "{from} -> {to}"),
            Outcome::Replaced { from, to, generation } => {
                write!(f, "{from} -> {to}, replaced by instance {generation}")
            }
            Outcome::Restarted => f.write_str("restarted"),
            Outcome::Unchanged(phase) => write!(f, "stays {phase}"),
            Outcome::Failed(failure) => failure.fmt(f),
            Outcome::BlockedBy(id) => write!(f, "left alone, for it requires `{id}`"),
            Outcome::NeededBy(id) => write!(f, "left alone, for `{id}` needs it"),
            Outcome::Unresolved(reason) => write!(f, "left alone, for it {reason}"),
            Outcome::Refused(error) => error.fmt(f),
            Outcome::Busy(holders) => {
                f.write_str("left alone, for guards on it were not dropped in time")?;
                f.write_str(&held(holders))
            }
        }
    }
}

/// Where guards were taken, as far as it is known.
pub(crate) fn held(holders: &[Place]) -> String {
    if holders.is_empty() {
        return String::new();
    }
    let places: Vec<_> = holders.iter().map(Place::to_string).collect();
    format!(" (guards taken at {})", places.join(", "))
}
