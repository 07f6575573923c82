//! What every plugin must do, whatever else it does, and [`conformance!`](crate::conformance), which
//! makes tests of it.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};

use super::any_history;
use super::fake_host::{FakeHost, FakeHostBuilder, as_linked};
use super::world::Fault;
use crate::config;
use crate::manager::Manager;
use crate::plugin::Plugin;
use crate::registry::Registration;
use crate::sync::Mutex;

/// Checks a plugin that needs nothing to be said: its default configuration will do, and what it
/// requires is linked or can be stood in for. [`Conformance`] takes what there is to say.
///
/// # Errors
///
/// The first rule that the plugin breaks, and how.
///
/// # Examples
///
/// ```
/// use plugstate::testing::conformance;
/// use plugstate::{BoxError, Deps, Meta, Plugin};
///
/// struct Uart {
///     port: Option<&'static str>,
/// }
///
/// impl Plugin for Uart {
///     const META: Meta = Meta::new("uart", "1.0.0");
/// #     type Requires = (); type Config = (); type Error = BoxError;
///     fn load() -> Result<Self, BoxError> {
///         Ok(Uart { port: Some("/dev/ttyS0") })
///     }
///
///     fn enable(&mut self, (): Deps<'_, Self>) -> Result<(), BoxError> {
///         self.port.take().ok_or("no port")?; // and nobody puts it back
///         Ok(())
///     }
/// }
///
/// let failed = conformance::check::<Uart>().unwrap_err();
/// assert_eq!(
///     failed.to_string(),
///     "plugin `uart` does not conform: it can be enabled and disabled any number of times
///   met: plugin `uart` failed to enable: no port
///   expected: no hook fails but those that are told to
///   history:
///     1. enable uart
///     2. disable uart
///     3. enable uart",
/// );
/// ```
#[track_caller]
pub fn check<P: Plugin + Send + Sync>() -> Result<(), Failed> {
    Conformance::of::<P>().check()
}

/// A rule that every plugin must keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// A whole life works, and works again: load, configure, enable, disable, unload.
    Lives,
    /// It can be enabled and disabled any number of times, with a new configuration in between.
    Restarts,
    /// It can be reloaded wherever it stands, any number of times, and goes on.
    Reloads,
    /// Nothing is left of it when it is unloaded, replaced, broken and unloaded, or dropped.
    LeavesNothing,
    /// It takes its configurations and keeps them; a table that does not fit is refused by its name.
    Configures,
    /// A hook that fails, whichever, does not keep it from being unloaded, enabled and tried again.
    OutlivesErrors,
    /// Nor does a hook that panics.
    OutlivesPanics,
    /// All that holds in any history, with hooks failing on the way.
    AnyHistory,
}

impl Rule {
    /// Every rule, in the order in which they are checked.
    pub const ALL: &'static [Rule] = &[
        Rule::Lives,
        Rule::Restarts,
        Rule::Reloads,
        Rule::LeavesNothing,
        Rule::Configures,
        Rule::OutlivesErrors,
        Rule::OutlivesPanics,
        Rule::AnyHistory,
    ];
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Rule::Lives => "it lives from load to unload, and again",
            Rule::Restarts => "it can be enabled and disabled any number of times",
            Rule::Reloads => "it can be reloaded wherever it stands, and goes on",
            Rule::LeavesNothing => "nothing is left of it when it is gone",
            Rule::Configures => {
                "it takes and keeps its configuration, and refuses what does not fit"
            }
            Rule::OutlivesErrors => "it is not poisoned by a hook that fails",
            Rule::OutlivesPanics => "it is not poisoned by a hook that panics",
            Rule::AnyHistory => "it lives through any history",
        })
    }
}

/// How a plugin broke a rule. See [`check`] for what it looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    pub(super) plugin: String,
    pub(super) rule: Rule,
    pub(super) met: String,
    pub(super) expected: String,
    pub(super) history: Vec<String>,
}

impl Failed {
    /// The plugin under test.
    #[must_use]
    pub fn plugin(&self) -> &str {
        &self.plugin
    }

    /// The rule.
    #[must_use]
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// What was met. It names another plugin if that is the one that did it.
    #[must_use]
    pub fn met(&self) -> &str {
        &self.met
    }

    /// What was expected.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// What was done up to then, a line for each step; after shrinking, where it was found by chance.
    #[must_use]
    pub fn history(&self) -> &[String] {
        &self.history
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "plugin `{}` does not conform: {}", self.plugin, self.rule)?;
        writeln!(f, "  met: {}", self.met)?;
        write!(f, "  expected: {}", self.expected)?;
        if !self.history.is_empty() {
            write!(f, "\n  history:")?;
        }
        for (at, line) in self.history.iter().enumerate() {
            write!(f, "\n    {}. {line}", at + 1)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failed {}

/// How to see what a plugin shows.
type Shows = Arc<dyn Fn(&Manager, &str) -> Option<String> + Send + Sync>;

/// A plugin, and what there is to say for its conformance to be checked: what
/// [`conformance!`](crate::conformance) makes of its arguments.
///
/// A check holds a lock of the whole program, so that plugins that take what only one can have (a port,
/// a file) do not meet themselves in another test.
///
/// ```
/// use plugstate::testing::Conformance;
/// use plugstate::{Deps, Provider, registration};
/// # use plugstate::{BoxError, Meta, Plugin};
/// # trait Clock: Send + Sync {}
/// # struct Quartz;
/// # impl Clock for Quartz {}
/// # impl Plugin for Quartz {
/// #     const META: Meta = Meta::new("quartz", "1.0.0");
/// #     type Requires = (); type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Quartz) }
/// # }
///
/// struct Uart {
///     baud: u32,
/// }
///
/// impl Plugin for Uart {
///     type Requires = (Provider<dyn Clock>,);
///     type Config = u32;
/// #     const META: Meta = Meta::new("uart", "1.0.0");
/// #     type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Uart { baud: 0 }) }
///     fn configure(&mut self, baud: u32) -> Result<(), BoxError> {
///         self.baud = baud;
///         Ok(())
///     }
/// }
///
/// Conformance::of::<Uart>()
///     .with(registration!(Quartz as dyn Clock))
///     .config(9600)
///     .config(115_200)
///     .wrong("fast")
///     .shows(|uart: &Uart| uart.baud)
///     .check()?;
/// # Ok::<(), plugstate::testing::conformance::Failed>(())
/// ```
#[must_use = "nothing is checked before `check` is called"]
pub struct Conformance {
    plugin: Registration,
    given: Vec<Registration>,
    suite: Map<String, Value>,
    pub(super) configs: Vec<Value>,
    pub(super) wrong: Vec<Value>,
    holds: Option<Arc<dyn Fn() -> usize + Send + Sync>>,
    shows: Option<Shows>,
    cases: u32,
}

impl Conformance {
    /// Of this plugin, as it is linked if it is.
    #[track_caller]
    pub fn of<P: Plugin + Send + Sync>() -> Self {
        Conformance::of_registration(as_linked::<P>())
    }

    /// Of a plugin that was declared at run time.
    ///
    /// ```
    /// use plugstate::testing::Conformance;
    /// use plugstate::{Declaration, DynPlugin, Registration};
    ///
    /// struct Script;
    /// # impl DynPlugin for Script { type Config = (); }
    ///
    /// let script = Registration::dynamic(Declaration::new("a.lua", "1.0.0"), || Ok(Script));
    /// Conformance::of_registration(script).check()?;
    /// # Ok::<(), plugstate::testing::conformance::Failed>(())
    /// ```
    pub fn of_registration(plugin: Registration) -> Self {
        Conformance {
            plugin,
            given: Vec::new(),
            suite: Map::new(),
            configs: Vec::new(),
            wrong: Vec::new(),
            holds: None,
            shows: None,
            cases: 256,
        }
    }

    /// Gives a plugin that this one requires. Those that are linked are found, and stand-ins are made
    /// of those that are required by name alone.
    pub fn with(mut self, plugin: Registration) -> Self {
        self.given.push(plugin);
        self
    }

    /// Gives a table for each of the other plugins, as [`Builder::config`](crate::Builder::config)
    /// takes them. Tables of plugins that are not there are left out.
    ///
    /// # Panics
    ///
    /// If the value cannot be read as tables.
    #[track_caller]
    pub fn suite_config(mut self, tables: impl Serialize) -> Self {
        match config::tables(tables) {
            Ok(tables) => self.suite.extend(tables),
            Err(why) => panic!("the configuration of the suite {why}"),
        }
        self
    }

    /// Gives a table that the plugin takes. The first one is what it starts with; without any, it is
    /// the default of its type that it must take.
    ///
    /// # Panics
    ///
    /// If the value cannot be read as a table.
    #[track_caller]
    pub fn config(mut self, table: impl Serialize) -> Self {
        self.configs.push(read(table));
        self
    }

    /// Gives a table that the plugin must refuse. Some that hardly any plugin takes are tried anyway.
    ///
    /// # Panics
    ///
    /// If the value cannot be read as a table.
    #[track_caller]
    pub fn wrong(mut self, table: impl Serialize) -> Self {
        self.wrong.push(read(table));
        self
    }

    /// Says how many things the plugin holds outside of itself: open ports, threads, instances that it
    /// counts. There must be as many when it is gone as before it came. Without this, an instance that
    /// `unload` forgets cannot be seen.
    pub fn holds(mut self, count: impl Fn() -> usize + Send + Sync + 'static) -> Self {
        self.holds = Some(Arc::new(count));
        self
    }

    /// Says what to look at in the running plugin that depends on its configuration alone: it must be
    /// the same when it is enabled again, when it is reloaded, and when the same configuration comes
    /// back.
    pub fn shows<P: Any, D: fmt::Debug>(
        mut self,
        see: impl Fn(&P) -> D + Send + Sync + 'static,
    ) -> Self {
        self.shows = Some(Arc::new(move |manager, plugin| {
            manager.get_as::<P>(plugin).ok().map(|plugin| format!("{:?}", see(&plugin)))
        }));
        self
    }

    /// Says how many histories are tried for [`Rule::AnyHistory`]: 256 if nothing is said. They are the
    /// same in every run.
    pub fn cases(mut self, cases: u32) -> Self {
        self.cases = cases;
        self
    }

    /// Checks every rule.
    ///
    /// # Errors
    ///
    /// The first rule that the plugin breaks, and how.
    #[track_caller]
    pub fn check(&self) -> Result<(), Failed> {
        for &rule in Rule::ALL {
            self.check_rule(rule)?;
        }
        Ok(())
    }

    /// Checks one rule.
    ///
    /// # Errors
    ///
    /// How the plugin breaks it.
    #[track_caller]
    pub fn check_rule(&self, rule: Rule) -> Result<(), Failed> {
        let _alone = alone();
        match rule {
            Rule::Lives => self.lives(),
            Rule::Restarts => self.restarts(),
            Rule::Reloads => self.reloads(),
            Rule::LeavesNothing => self.leaves_nothing(),
            Rule::Configures => self.configures(),
            Rule::OutlivesErrors => self.outlives(rule, Fault::Error),
            Rule::OutlivesPanics => self.outlives(rule, Fault::Panic),
            Rule::AnyHistory => any_history::check(self, self.cases),
        }
    }

    /// Checks one rule: what the tests call that [`conformance!`](crate::conformance) makes.
    ///
    /// # Panics
    ///
    /// If the plugin breaks it, with the whole text.
    #[track_caller]
    pub fn assert(&self, rule: Rule) {
        if let Err(failed) = self.check_rule(rule) {
            panic!("{failed}");
        }
    }

    pub(super) fn name(&self) -> String {
        self.plugin.declaration().id().to_string()
    }

    pub(super) fn held_now(&self) -> usize {
        self.holds.as_ref().map_or(0, |count| count())
    }

    pub(super) fn shows_now(&self, manager: &Manager, plugin: &str) -> Option<String> {
        self.shows.as_ref().and_then(|see| see(manager, plugin))
    }

    /// The plugin with what it requires, configured with its first table.
    pub(super) fn host(&self) -> FakeHostBuilder {
        let mut tables = self.suite.clone();
        if let Some(first) = self.configs.first() {
            tables.insert(self.name(), first.clone());
        }
        let host = FakeHost::of_registration(self.plugin.clone()).config(tables);
        let host = host.choices(&self.configs);
        self.given.iter().cloned().fold(host, FakeHostBuilder::with)
    }
}

impl fmt::Debug for Conformance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conformance")
            .field("plugin", &self.plugin)
            .field("given", &self.given)
            .field("configs", &self.configs)
            .field("cases", &self.cases)
            .finish_non_exhaustive()
    }
}

#[track_caller]
fn read(table: impl Serialize) -> Value {
    config::read(table).unwrap_or_else(|why| panic!("the configuration {why}"))
}

/// Until this is dropped, no other plugin is checked in this program.
pub(super) fn alone() -> impl Drop {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock()
}
