//! Why there is no order: the reasons as data, and the one place that words them.
//!
//! A [`Problem`] blocks a plugin; a [`Warning`] does not. Both are found by
//! [`resolve`](crate::resolve), all of them at once. Their texts are lower case, without a full
//! stop, and say what was met, what was expected and what to do; text that came from outside is
//! shown escaped and shortened, so that no name can forge a line of a log.

use std::fmt;
use std::path::PathBuf;

use crate::config::ConfigError;
use crate::id::PluginId;
use crate::place::Place;

mod words;

pub use crate::text::Shown;

/// Why one plugin cannot run.
///
/// ```
/// use plugstate::{Declaration, Place, resolve};
///
/// let uart = Declaration::new("uart", "1.0.0").requires("sampler", "^1").at(Place::new("uart.rs", 7));
/// let resolution = resolve([uart]);
/// assert_eq!(
///     resolution.problems()[0].to_string(),
///     "plugin `uart` (uart.rs:7) requires `sampler` ^1, which is not registered: \
///      register it, or correct the name",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    plugin: PluginId,
    place: Place,
    reason: Reason,
}

impl Problem {
    pub(crate) fn new(plugin: PluginId, place: Place, reason: Reason) -> Self {
        Problem { plugin, place, reason }
    }

    /// The plugin that cannot run. For a cycle, the one at which its path starts.
    #[must_use]
    pub fn plugin(&self) -> &PluginId {
        &self.plugin
    }

    /// Where that plugin was registered.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// Why it cannot run.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reason
    }
}

/// The reasons for which a plugin is blocked, as data; `Display` words them.
///
/// ```
/// use plugstate::{Declaration, explain::Reason, resolve};
///
/// let resolution = resolve([
///     Declaration::new("core", "2.0.0"),
///     Declaration::new("uart", "1.0.0").requires("core", "^1"),
///     Declaration::new("stats", "1.0.0").requires("uart", "*"),
/// ]);
/// match resolution.is_blocked("uart") {
///     Some(Reason::WrongVersion { found, .. }) => assert_eq!(found, "2.0.0"),
///     other => panic!("{other:?}"),
/// }
/// assert_eq!(
///     resolution.is_blocked("stats").unwrap().to_string(),
///     "requires `uart`, which requires another version of a plugin",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Its name cannot be a name.
    InvalidName {
        /// What is wrong with it.
        why: NameFlaw,
    },
    /// Its version is not semver.
    InvalidVersion {
        /// The declared version.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// The requirement of one of its dependencies is not a semver requirement.
    InvalidRequirement {
        /// The plugin or the trait that it depends on.
        dependency: String,
        /// The declared requirement.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// It requires a plugin that is not registered.
    Missing {
        /// The name that nobody owns.
        dependency: PluginId,
        /// The version that was asked for.
        requirement: String,
        /// A registered plugin whose name is only a slip of the pen away.
        nearest: Option<PluginId>,
    },
    /// It requires another version of a plugin.
    WrongVersion {
        /// The plugin that it requires.
        dependency: PluginId,
        /// The version that was asked for.
        requirement: String,
        /// The version that is registered.
        found: String,
        /// Where that one was registered.
        place: Place,
    },
    /// It requires a plugin by type, and the name of that type belongs to another one.
    WrongType {
        /// The name.
        dependency: PluginId,
        /// The type that was asked for.
        expected: &'static str,
        /// The type that owns the name; `None` for a declaration made by hand.
        found: Option<&'static str>,
        /// Where the owner was registered.
        place: Place,
    },
    /// It requires a capability, and no plugin that provides it can be had.
    NoProvider {
        /// The trait.
        capability: &'static str,
        /// The plugins that provide the trait, by name, and why each cannot be had.
        rejected: Vec<(PluginId, Unmet)>,
    },
    /// Its name was registered more than once; no claim to it counts.
    Clash {
        /// Where: all the places, sorted.
        places: Vec<Place>,
    },
    /// It requires itself, directly or through others.
    Cycle(Cycle),
    /// The host expects it, and it is not registered.
    NotLinked,
    /// There is a configuration for it, and it is not registered.
    NobodysConfig {
        /// A registered plugin whose name is only a slip of the pen away.
        nearest: Option<PluginId>,
    },
    /// There is a restart policy for it, and it is not registered.
    NobodysRestart {
        /// A registered plugin whose name is only a slip of the pen away.
        nearest: Option<PluginId>,
    },
    /// The configuration that it was given does not fit.
    Config(ConfigError),
    /// A value that was given as the configurations of all plugins is no table of tables.
    UnreadableConfig {
        /// What is wrong with it.
        why: String,
    },
    /// A file that was given as the configurations of all plugins cannot be used.
    ConfigFile {
        /// The file, from the root.
        path: PathBuf,
        /// What is wrong with it.
        flaw: FileFlaw,
    },
    /// It is in order, but what it requires is blocked.
    Blocked {
        /// The first by name of the blocked plugins that it requires.
        by: PluginId,
        /// The plugin at the end of the chain, which has a reason of its own.
        root: PluginId,
        /// What is wrong with that one.
        cause: Cause,
    },
}

/// The kinds of reasons, for the root of a chain of blocked plugins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Cause {
    /// [`Reason::InvalidName`].
    InvalidName,
    /// [`Reason::InvalidVersion`].
    InvalidVersion,
    /// [`Reason::InvalidRequirement`].
    InvalidRequirement,
    /// [`Reason::Missing`].
    Missing,
    /// [`Reason::WrongVersion`].
    WrongVersion,
    /// [`Reason::WrongType`].
    WrongType,
    /// [`Reason::NoProvider`].
    NoProvider,
    /// [`Reason::Clash`].
    Clash,
    /// [`Reason::Cycle`].
    Cycle,
    /// [`Reason::NotLinked`] or [`Reason::NobodysRestart`].
    NotLinked,
    /// [`Reason::NobodysConfig`], [`Reason::Config`], [`Reason::UnreadableConfig`] or
    /// [`Reason::ConfigFile`].
    Config,
    /// [`Reason::Blocked`].
    Blocked,
}

impl Reason {
    /// The kind of this reason.
    ///
    /// ```
    /// use plugstate::{Declaration, explain::Cause, resolve};
    ///
    /// let resolution = resolve([Declaration::new("uart", "one")]);
    /// assert_eq!(resolution.is_blocked("uart").unwrap().cause(), Cause::InvalidVersion);
    /// ```
    #[must_use]
    pub fn cause(&self) -> Cause {
        match self {
            Reason::InvalidName { .. } => Cause::InvalidName,
            Reason::InvalidVersion { .. } => Cause::InvalidVersion,
            Reason::InvalidRequirement { .. } => Cause::InvalidRequirement,
            Reason::Missing { .. } => Cause::Missing,
            Reason::WrongVersion { .. } => Cause::WrongVersion,
            Reason::WrongType { .. } => Cause::WrongType,
            Reason::NoProvider { .. } => Cause::NoProvider,
            Reason::Clash { .. } => Cause::Clash,
            Reason::Cycle { .. } => Cause::Cycle,
            Reason::NotLinked | Reason::NobodysRestart { .. } => Cause::NotLinked,
            Reason::NobodysConfig { .. }
            | Reason::Config(_)
            | Reason::UnreadableConfig { .. }
            | Reason::ConfigFile { .. } => Cause::Config,
            Reason::Blocked { .. } => Cause::Blocked,
        }
    }
}

/// What is wrong with a name. A name has 1 to 214 bytes out of `A-Z a-z 0-9 - _ . @ / + :`.
///
/// ```
/// use plugstate::{Declaration, explain::{NameFlaw, Reason}, resolve};
///
/// let resolution = resolve([Declaration::new("my uart", "1.0.0")]);
/// assert_eq!(
///     resolution.is_blocked("my uart"),
///     Some(&Reason::InvalidName { why: NameFlaw::Character { found: ' ', at: 2 } }),
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameFlaw {
    /// It is empty.
    Empty,
    /// It has more than 214 bytes.
    TooLong {
        /// How many.
        bytes: usize,
    },
    /// It has a character that no name may have.
    Character {
        /// The first such character.
        found: char,
        /// Where it starts, in bytes from the start of the name.
        at: usize,
    },
}

/// Why a file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileFlaw {
    /// There is none.
    Missing,
    /// It is there, and cannot be read.
    Unreadable {
        /// What the system says.
        why: String,
    },
    /// It can be read, and its parser refuses it.
    Unparsable {
        /// What the parser says: one line, the middle of which is left out where it is very long.
        why: String,
    },
    /// Nobody can be told when it changes.
    Unwatchable {
        /// What the system says.
        why: String,
    },
}

/// A strongly connected component of required dependencies: plugins that all require each other.
///
/// ```
/// use plugstate::{Declaration, Place, resolve};
///
/// let a = Declaration::new("a", "1.0.0").requires("b", "*").at(Place::new("a.rs", 1));
/// let b = Declaration::new("b", "1.0.0").requires("a", "*").at(Place::new("b.rs", 1));
/// let resolution = resolve([a, b]);
/// let cycle = resolution.cycles().next().expect("there is one");
/// assert!(cycle.is_shortest());
/// assert_eq!(
///     cycle.to_string(),
///     "is in a cycle of 2: `a` (a.rs:1) -> `b` (b.rs:1) -> `a`: \
///      make one of these dependencies optional, or remove it",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    path: Vec<(PluginId, Place)>,
    members: Vec<PluginId>,
    shortest: bool,
}

impl Cycle {
    pub(crate) fn new(
        path: Vec<(PluginId, Place)>,
        members: Vec<PluginId>,
        shortest: bool,
    ) -> Self {
        Cycle { path, members, shortest }
    }

    /// One cycle through the component, closed: `a`, `b`, `c`, `a`. Each plugin requires the next.
    /// It starts at the first of its names.
    #[must_use]
    pub fn path(&self) -> &[(PluginId, Place)] {
        &self.path
    }

    /// All plugins of the component, by name.
    #[must_use]
    pub fn members(&self) -> &[PluginId] {
        &self.members
    }

    /// Whether the path is known to be a shortest one. It is, but for large components of long
    /// cycles only; [`resolve`](crate::resolve) says which.
    #[must_use]
    pub fn is_shortest(&self) -> bool {
        self.shortest
    }
}

/// Why a declared dependency is bound to no plugin, or why a plugin was no candidate for one.
///
/// See [`Binding`](crate::Binding) for an example.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unmet {
    /// No plugin of that name is registered.
    Missing,
    /// It is registered in a version that does not do.
    WrongVersion {
        /// That version.
        found: String,
    },
    /// Its name is owned by another type; `None` for a declaration made by hand.
    WrongType {
        /// That type.
        found: Option<&'static str>,
    },
    /// It is blocked itself.
    Blocked,
    /// No plugin provides the capability and can be had.
    NoProvider,
    /// The requirement is not a semver requirement.
    InvalidRequirement,
    /// The dependency was optional and closed a cycle, which was broken here.
    GivenUp,
    /// A plugin is no provider for itself.
    Itself,
}

/// What was met on the way and stops nobody.
///
/// ```
/// use plugstate::{Declaration, explain::Warning, resolve};
///
/// let resolution = resolve([
///     Declaration::new("clock", "1.0.0").wants("uart", "*"),
///     Declaration::new("uart", "1.0.0").requires("clock", "*"),
/// ]);
/// match &resolution.warnings()[0] {
///     Warning::CycleBroken { from, to, .. } => assert_eq!((from.as_str(), to.as_str()), ("clock", "uart")),
///     other => panic!("{other}"),
/// }
/// assert_eq!(resolution.order().len(), 2); // both run
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// An optional dependency closed a cycle and was given up: `from` runs as if `to` were absent.
    CycleBroken {
        /// The plugin that wanted the other.
        from: PluginId,
        /// The plugin that it wanted.
        to: PluginId,
        /// The cycle, closed: `from`, `to`, ..., `from`. A shortest one by the dependencies that
        /// were kept; empty where looking for it would have cost too much.
        path: Vec<(PluginId, Place)>,
    },
    /// An optional dependency is there, but cannot be used. One that is not there at all is normal.
    OptionalUnmet {
        /// The plugin that wanted it.
        plugin: PluginId,
        /// The plugin or the trait that it wanted.
        dependency: String,
        /// The version that was asked for.
        requirement: String,
        /// Why it cannot be used.
        why: Unmet,
    },
}

impl Warning {
    /// The plugin that goes without something.
    #[must_use]
    pub fn plugin(&self) -> &PluginId {
        match self {
            Warning::CycleBroken { from, .. } => from,
            Warning::OptionalUnmet { plugin, .. } => plugin,
        }
    }
}

impl std::error::Error for Problem {}

/// Compiles only while the reasons may travel between threads.
const _: fn() = || {
    fn travels<T: Send + Sync + fmt::Display>() {}
    travels::<Problem>();
    travels::<Warning>();
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_says_whether_it_is_known_to_be_a_shortest_one() {
        assert!(Cycle::new(Vec::new(), Vec::new(), true).is_shortest());
        assert!(!Cycle::new(Vec::new(), Vec::new(), false).is_shortest());
    }
}
