//! The one error type: what was met, what was expected, and what to do.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::config::ConfigError;
use crate::explain::{FileFlaw, Problem, Reason};
use crate::failure::Failure;
use crate::id::PluginId;
use crate::phase::{Op, Phase};
use crate::place::Place;
use crate::report::{Outcome, Report, held};
use crate::stage::Stage;
use crate::text::{Shown, ShownPath};

/// Whatever can go wrong with a call of this crate.
///
/// [`Error::Misuse`] is the caller's own doing; everything else happens in the world. Texts are lower
/// case, without a full stop, and say what was met and what to do; names from outside are shown
/// escaped. Cheap to clone.
///
/// ```
/// use plugstate::Error;
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
///
/// match manager.disable("core") {
///     Err(Error::Needed { by, .. }) => assert_eq!(by, ["uart"]),
///     other => panic!("{other:?}"),
/// }
/// assert_eq!(
///     manager.load("uartt").unwrap_err().to_string(),
///     "no plugin is called `uartt`; did you mean `uart`?",
/// );
/// # Ok::<(), plugstate::Error>(())
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The suite cannot be built as it is linked and configured: every problem at once.
    #[error("{0}")]
    Link(Problems),

    /// No plugin has this name.
    #[error("no plugin is called `{}`{}", Shown(name), did_you_mean(.nearest.as_ref()))]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The registered name that is most like it, if one is like it at all.
        nearest: Option<PluginId>,
    },

    /// The plugin could not be resolved when the suite was built.
    #[error("plugin `{}` is blocked: it {reason}", shown(.plugin))]
    Blocked {
        /// The plugin.
        plugin: PluginId,
        /// Why.
        reason: Box<Reason>,
    },

    /// The law has no such row. Nothing has changed.
    #[error(
        "plugin `{}` is {phase}, where {op} is not legal; legal here: {}{}",
        shown(.plugin),
        list(.legal),
        if *.phase == Phase::Failed { " (retry it, or unload it)" } else { "" }
    )]
    Illegal {
        /// The plugin.
        plugin: PluginId,
        /// The phase that it is in.
        phase: Phase,
        /// The operation that was refused.
        op: Op,
        /// What would have been legal.
        legal: Vec<Op>,
    },

    /// Other plugins stand on this one. Nothing has changed.
    #[error(
        "plugin `{plugin}` cannot be {verb}: {} {} down first, or cascade",
        names(.by),
        if .by.len() == 1 { "needs it; take that" } else { "need it; take those" }
    )]
    Needed {
        /// The plugin.
        plugin: PluginId,
        /// What was asked for, `disabled` or `unloaded`.
        verb: &'static str,
        /// Who needs it, in canonical order.
        by: Vec<PluginId>,
    },

    /// A plugin that this one requires has failed earlier. Nothing has changed.
    #[error(
        "plugin `{plugin}` requires `{dependency}`, which is Failed; retry or unload \
         `{dependency}` first{}",
        because(.failure.as_deref())
    )]
    DependencyFailed {
        /// The plugin that was asked for.
        plugin: PluginId,
        /// The dependency that has failed.
        dependency: PluginId,
        /// Its last failure.
        failure: Option<Arc<Failure>>,
    },

    /// There is nothing to retry. Nothing has changed.
    #[error("plugin `{}` is {phase}, not Failed: there is nothing to retry", shown(.plugin))]
    NotFailed {
        /// The plugin.
        plugin: PluginId,
        /// The phase that it is in.
        phase: Phase,
    },

    /// A hook failed or panicked. What the operation had moved has been moved back.
    #[error("{0}")]
    Hook(Arc<Failure>),

    /// A configuration does not fit its plugin. Nothing has changed.
    #[error("{0}")]
    Config(#[from] ConfigError),

    /// The plugin does not serve now. One that is `Enabled` all the same is about to be stopped, or has
    /// just been started, by an operation that is under way.
    #[error("plugin `{}` is {phase}, not in service; {}", shown(.plugin), service(*.phase))]
    NotEnabled {
        /// The plugin.
        plugin: PluginId,
        /// The phase that it is in.
        phase: Phase,
    },

    /// Guards on the plugin were not dropped within the deadline. Nothing has changed.
    #[error(
        "plugin `{plugin}` is in use and was not given free within {waited:?}{}; drop the guards \
         and try again",
        held(.holders)
    )]
    Busy {
        /// The plugin.
        plugin: PluginId,
        /// Where guards on it were taken that are still alive, as far as it is known.
        holders: Vec<Place>,
        /// How long the operation has waited.
        waited: Duration,
    },

    /// Another operation was still under way at the deadline. Nothing has changed.
    #[error("{operation} had to wait for {running} and gave up after {waited:?}; try again")]
    Turn {
        /// What was asked for.
        operation: String,
        /// What was under way.
        running: String,
        /// How long the operation has waited.
        waited: Duration,
    },

    /// Something went wrong while everything was being shut down. All that could be stopped has
    /// been stopped.
    #[error("shutdown: {}", summary(.0))]
    Shutdown(Box<Report>),

    /// A watched file cannot be used. Nothing has changed.
    #[error("file {} {flaw}", ShownPath(path))]
    File {
        /// The file, from the root.
        path: PathBuf,
        /// What is wrong with it.
        flaw: FileFlaw,
    },

    /// The caller's own doing.
    #[error("{0}")]
    Misuse(#[from] Misuse),
}

/// A call that is wrong whatever the plugins do.
///
/// ```
/// use plugstate::{Error, Misuse};
/// # use plugstate::{BoxError, Manager, Meta, Plugin};
/// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
/// #     const META: Meta = Meta::new($name, "1.0.0");
/// #     type Requires = $needs; type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok($t) }
/// # } } }
/// # plugin!(Core, "core", ());
/// # plugin!(Uart, "uart", (Core,));
/// let manager = Manager::builder().add::<Core>().build()?;
/// assert!(matches!(manager.get::<Uart>(), Err(Error::Misuse(Misuse::NotRegistered { .. }))));
///
/// manager.enable("core")?;
/// let wrong = manager.get_as::<String>("core").map(drop).unwrap_err();
/// assert_eq!(wrong.to_string(), "plugin `core` is not of type `alloc::string::String`");
/// # Ok::<(), plugstate::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// A hook called an operation of the manager that is running it.
    #[error(
        "the {stage} hook of plugin `{plugin}` called {operation}; a hook must not move plugins: \
         leave it to the host, or to an observer"
    )]
    Reentrant {
        /// Whose hook it was.
        plugin: PluginId,
        /// Which hook.
        stage: Stage,
        /// What it called.
        operation: String,
    },

    /// A type that no plugin of this manager has.
    #[error(
        "no plugin of type `{type_name}` is registered; write `plugstate::register!` for it, or \
         add it to the builder"
    )]
    NotRegistered {
        /// The type.
        type_name: &'static str,
    },

    /// The plugin of this name has another type.
    #[error("plugin `{plugin}` is not of type `{type_name}`")]
    WrongType {
        /// The plugin.
        plugin: PluginId,
        /// The type that was asked for.
        type_name: &'static str,
    },

    /// The global manager was set a second time.
    #[error("the global manager is set already, at {first}; it can be set only once")]
    GlobalSetTwice {
        /// Where it was set.
        first: Place,
    },

    /// The global manager was asked for before it was set.
    #[error("there is no global manager yet; call `plugstate::set_global` first")]
    NoGlobal,
}

/// Every problem of a suite that could not be built, by plugin.
///
/// ```
/// use plugstate::{Error, Manager, explain::Reason};
///
/// let Err(Error::Link(problems)) = Manager::builder().expect(["uart", "spi"]).build() else {
///     panic!("neither is there")
/// };
/// assert_eq!(problems.len(), 2);
/// for problem in &problems {
///     assert_eq!(problem.reason(), &Reason::NotLinked);
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Problems(pub(crate) Vec<Problem>);

impl Problems {
    /// The problems, by plugin name.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// How many there are; at least one.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "there is always one")]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0[..] {
            [problem] => problem.fmt(f),
            problems => {
                write!(f, "{} problems:", problems.len())?;
                problems.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
            }
        }
    }
}

/// A name that may be no name: a plugin that is blocked has its name from anywhere.
fn shown(id: &PluginId) -> Shown<'_> {
    Shown(id.as_str())
}

fn service(phase: Phase) -> &'static str {
    match phase {
        Phase::Enabled => "an operation is moving it, try again after that",
        _ => "enable it first",
    }
}

fn list(ops: &[Op]) -> String {
    ops.iter().map(|op| op.name()).collect::<Vec<_>>().join(", ")
}

/// Names in backquotes; long lists are cut, for the data holds them all.
fn names(ids: &[PluginId]) -> String {
    const SHOWN: usize = 8;
    let mut text =
        ids.iter().take(SHOWN).map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
    if ids.len() > SHOWN {
        text.push_str(&format!(" and {} more", ids.len() - SHOWN));
    }
    text
}

fn did_you_mean(nearest: Option<&PluginId>) -> String {
    nearest.map_or_else(String::new, |id| format!("; did you mean `{}`?", shown(id)))
}

fn because(failure: Option<&Failure>) -> String {
    failure.map_or_else(String::new, |failure| format!(" ({failure})"))
}

fn summary(report: &Report) -> String {
    report
        .troubles()
        .map(|(id, outcome)| match outcome {
            Outcome::Failed(failure) => failure.to_string(),
            other => format!("plugin `{}` was {other}", shown(id)),
        })
        .collect::<Vec<_>>()
        .join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_names_the_first_eight_are_shown() {
        let ids: Vec<PluginId> = (0..10).map(|at| PluginId::from(format!("n{at}"))).collect();
        assert_eq!(names(&ids[..2]), "`n0`, `n1`");
        let eight = "`n0`, `n1`, `n2`, `n3`, `n4`, `n5`, `n6`, `n7`";
        assert_eq!(names(&ids[..8]), eight);
        assert_eq!(names(&ids), format!("{eight} and 2 more"));
    }

    #[test]
    fn problems_can_be_gone_through() {
        use crate::explain::Reason;
        use crate::place::Place;
        let problem =
            |name| Problem::new(PluginId::from(name), Place::new("p.rs", 1), Reason::NotLinked);
        let problems = Problems(vec![problem("a"), problem("b")]);
        let mut named = Vec::new();
        for problem in &problems {
            named.push(problem.plugin().as_str());
        }
        assert_eq!((named, problems.len()), (vec!["a", "b"], 2));
    }
}
