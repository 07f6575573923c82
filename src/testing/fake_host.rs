//! A host for one plugin under test: its dependencies or stand-ins for them, a clock that stands
//! still, faults, and a look at every invariant after each operation.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use super::command::{Command, Step};
use super::inject::{Faults, Timing};
use super::invariants::{Checker, Ended, Touch};
use super::life::{Taken, Violations};
use super::picture::Picture;
use super::stand_in::{Gathered, gather};
use super::standing::standing_violations;
use super::world::host;
use crate::config;
use crate::error::Error;
use crate::event::Event;
use crate::manager::{Backoff, Builder, Manager, Poll, Restart};
use crate::meta::TypeKey;
use crate::phase::Phase;
use crate::place::Place;
use crate::plugin::{BoxError, Plugin};
use crate::registry::Registration;
use crate::report::Report;
use crate::sync::Mutex;

/// A host for the tests of one plugin.
///
/// It holds the plugin with what that requires: plugins that are given
/// ([`with`](FakeHostBuilder::with)), plugins that are linked, and, for names that nobody has, stand-ins
/// that do nothing. Time stands still until [`advance`](Self::advance) is called. Every operation is
/// followed by a look at all invariants, and hooks fail when they are told to ([`faults`](Self::faults)).
/// A plugin that failed while it ran is restarted once, after a second.
///
/// ```
/// use std::time::Duration;
/// use plugstate::testing::{FakeHost, Fault};
/// use plugstate::{BoxError, Meta, Phase, Plugin, Stage};
///
/// struct Uart;
///
/// impl Plugin for Uart {
///     const META: Meta = Meta::new("uart", "1.0.0").requires(&[("clock", "^2")]);
/// #     type Requires = (); type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
/// }
///
/// let mut host = FakeHost::of::<Uart>().build()?; // nobody is called `clock`: something stands in
/// host.enable()?;
/// assert_eq!(host.manager().enabled(), ["clock", "uart"]);
///
/// host.fault("the line is cut")?;
/// assert_eq!(host.phase(), Phase::Failed);
/// host.faults().inject("uart", Stage::Enable, Fault::Error);
/// host.advance(Duration::from_secs(1))?; // the restart is due, and fails
/// assert_eq!(host.phase(), Phase::Failed);
/// host.faults().heal();
/// host.retry()?;
/// assert!(host.manager().get::<Uart>().is_ok());
/// host.end().expect("nothing is left");
/// # Ok::<(), plugstate::Error>(())
/// ```
#[derive(Debug)]
pub struct FakeHost {
    manager: Arc<Manager>,
    faults: Faults,
    clock: Arc<Mutex<Duration>>,
    checker: Checker,
    /// The plugin under test first, then the others in canonical order.
    names: Vec<String>,
    tables: Map<String, Value>,
    /// What the plugin under test can be configured with by number.
    choices: Vec<Value>,
}

/// What a [`FakeHost`] is built from.
#[must_use = "a host is there when `build` was called"]
pub struct FakeHostBuilder {
    builder: Builder,
    under_test: Vec<Registration>,
    given: Vec<Registration>,
    tables: Map<String, Value>,
    choices: Vec<Value>,
    /// Nothing stands in for what is missing, and no table is left out.
    is_whole: bool,
}

impl FakeHostBuilder {
    fn new(under_test: Vec<Registration>) -> Self {
        let policy = Restart::OnFailure {
            max: 1,
            within: Duration::from_secs(1_000),
            backoff: Backoff::starting_with(Duration::from_secs(1)),
        };
        FakeHostBuilder {
            // Reloads of long histories are to be seen from their beginning.
            builder: host().restart_all(policy).threads(1).journal_capacity(1 << 16),
            under_test,
            given: Vec::new(),
            tables: Map::new(),
            choices: Vec::new(),
            is_whole: false,
        }
    }

    /// A host for a suite as it is: what is missing is missing.
    pub(super) fn of_suite(plugins: Vec<Registration>) -> Self {
        FakeHostBuilder { is_whole: true, ..FakeHostBuilder::new(plugins) }
    }

    /// Gives a plugin that is to be there: what the one under test requires, or requires it. It goes
    /// before a linked one of the same name.
    pub fn with(mut self, plugin: Registration) -> Self {
        self.given.push(plugin);
        self
    }

    /// Gives a table for each plugin, as [`Builder::config`] takes them. Tables of plugins that are not
    /// there are left out, so that the configuration of a whole suite can be given.
    #[track_caller]
    pub fn config(mut self, tables: impl Serialize) -> Self {
        match config::tables(&tables) {
            Ok(tables) => self.tables.extend(tables),
            // The builder will say why it cannot be read.
            Err(_) => self.builder = self.builder.config(tables),
        }
        self
    }

    /// Gives tables for the plugin under test to choose from: what
    /// [`Command::Configure`] and the like mean by their number.
    pub(super) fn choices(mut self, choices: &[Value]) -> Self {
        self.choices = choices.to_vec();
        self
    }

    pub(super) fn threads(mut self, threads: usize) -> Self {
        self.builder = self.builder.threads(threads);
        self
    }

    #[track_caller]
    pub(super) fn expect(mut self, plugins: &[String]) -> Self {
        self.builder = self.builder.expect(plugins.iter().map(String::as_str));
        self
    }

    /// Builds the host.
    ///
    /// # Errors
    ///
    /// [`Error::Link`] with everything that is wrong: a plugin that is required by type and neither
    /// given nor linked, a capability that nobody provides, a configuration that does not fit.
    #[track_caller]
    pub fn build(self) -> Result<FakeHost, Error> {
        let faults = Faults::new();
        let clock = Arc::new(Mutex::new(Duration::ZERO));
        let first = (self.under_test.first().filter(|_| !self.is_whole))
            .map(|plugin| plugin.declaration().id().to_string());
        let gathered = if self.is_whole {
            Gathered { registrations: self.under_test, ..Gathered::default() }
        } else {
            gather(self.under_test, self.given, faults.world())
        };
        let mut tables = self.tables;
        let there: Vec<_> = (gathered.registrations.iter())
            .map(|plugin| plugin.declaration().id().to_string())
            .collect();
        tables.retain(|name, _| self.is_whole || there.contains(name));
        let now = Arc::clone(&clock);
        let mut builder = self.builder.clock(move || *now.lock()).config(&tables);
        for registration in gathered.registrations {
            builder = builder.register(faults.wrap(registration));
        }
        for stand_in in gathered.stand_ins {
            builder = builder.register(stand_in);
        }
        let manager = Arc::new(builder.build()?);
        faults.world().trace_on();
        let seen = Arc::downgrade(&manager);
        let look = move || seen.upgrade().map_or_else(Vec::new, |it| standing_violations(&it));
        faults.world().inspect(look);
        let order = manager.resolution().order().map(ToString::to_string);
        let others = order.filter(|name| first.as_ref() != Some(name));
        let names = first.clone().into_iter().chain(others).collect();
        let checker = Checker::default();
        Ok(FakeHost { manager, faults, clock, checker, names, tables, choices: self.choices })
    }
}

impl FakeHost {
    /// A host for this plugin: as it is linked, with its capabilities, if it is.
    #[track_caller]
    pub fn of<P: Plugin + Send + Sync>() -> FakeHostBuilder {
        FakeHost::of_registration(as_linked::<P>())
    }

    /// A host for a plugin that was declared at run time, or that is not linked and has capabilities.
    ///
    /// ```
    /// use plugstate::testing::FakeHost;
    /// use plugstate::{Declaration, DynPlugin, Registration};
    ///
    /// struct Script;
    /// # impl DynPlugin for Script { type Config = (); }
    ///
    /// let script = Registration::dynamic(Declaration::new("a.lua", "1.0.0"), || Ok(Script));
    /// let mut host = FakeHost::of_registration(script).build()?;
    /// host.enable()?;
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn of_registration(plugin: Registration) -> FakeHostBuilder {
        FakeHostBuilder::new(vec![plugin])
    }

    /// The name of the plugin under test.
    #[must_use]
    pub fn plugin(&self) -> &str {
        &self.names[0]
    }

    /// All plugins: the one under test, then the others in canonical order. By their positions here,
    /// they are meant in a [`Command`].
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The manager, for whatever a host reads off it. Operations are better asked for here, or by
    /// [`run`](Self::run), for then they are checked.
    #[must_use]
    pub fn manager(&self) -> &Manager {
        &self.manager
    }

    /// The fault injector of all plugins but the stand-ins.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Where the plugin under test stands.
    ///
    /// # Panics
    ///
    /// Never: the plugin was registered.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.manager.phase(self.plugin()).expect("it was registered")
    }

    /// All that has happened.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.manager.events(0)
    }

    /// [`Manager::load`] of the plugin under test.
    ///
    /// # Errors
    ///
    /// What the manager answers.
    ///
    /// # Panics
    ///
    /// If an invariant does not hold afterwards: so do all operations of this host.
    #[track_caller]
    pub fn load(&mut self) -> Result<Report, Error> {
        self.operate(Touch::Below, Manager::load)
    }

    /// [`Manager::configure`] of the plugin under test.
    ///
    /// # Errors
    ///
    /// What the manager answers.
    #[track_caller]
    pub fn configure(&mut self, table: impl Serialize) -> Result<Report, Error> {
        self.operate(Touch::Only, |manager, plugin| manager.configure(plugin, table))
    }

    /// [`Manager::enable`] of the plugin under test.
    ///
    /// # Errors
    ///
    /// What the manager answers.
    #[track_caller]
    pub fn enable(&mut self) -> Result<Report, Error> {
        self.operate(Touch::Below, Manager::enable)
    }

    /// [`Manager::disable`] of the plugin under test.
    ///
    /// # Errors
    ///
    /// What the manager answers.
    #[track_caller]
    pub fn disable(&mut self) -> Result<Report, Error> {
        self.operate(Touch::Only, Manager::disable)
    }

    /// [`Manager::unload`] of the plugin under test.
    ///
    /// # Errors
    ///
    /// What the manager answers.
    #[track_caller]
    pub fn unload(&mut self) -> Result<Report, Error> {
        self.operate(Touch::Only, Manager::unload)
    }

    /// [`Manager::reload`] of the plugin under test.
    ///
    /// # Errors
    ///
    /// What the manager answers.
    #[track_caller]
    pub fn reload(&mut self) -> Result<Report, Error> {
        self.operate(Touch::Above, Manager::reload)
    }

    /// [`Manager::fault`] of the plugin under test.
    ///
    /// # Errors
    ///
    /// What the manager answers.
    #[track_caller]
    pub fn fault(&mut self, error: impl Into<BoxError>) -> Result<Report, Error> {
        self.operate(Touch::Above, |manager, plugin| manager.fault(plugin, error))
    }

    /// [`Manager::retry`] of the plugin under test.
    ///
    /// # Errors
    ///
    /// What the manager answers.
    #[track_caller]
    pub fn retry(&mut self) -> Result<Report, Error> {
        self.operate(Touch::Around, Manager::retry)
    }

    /// Lets time pass, and does what is due: [`Manager::poll`].
    ///
    /// # Errors
    ///
    /// What the manager answers.
    ///
    /// # Panics
    ///
    /// If an invariant does not hold afterwards.
    #[track_caller]
    pub fn advance(&mut self, by: Duration) -> Result<Poll, Error> {
        self.pass(by);
        holding(self.run(&Touch::Several, |manager| manager.poll(manager.now())))
    }

    fn pass(&self, by: Duration) {
        let mut now = self.clock.lock();
        *now = now.saturating_add(by);
    }

    /// Any operation, with the plugins that it may move, and a look at every invariant.
    ///
    /// ```
    /// use plugstate::testing::{FakeHost, Touch};
    /// # use plugstate::{BoxError, Meta, Plugin};
    /// # struct Uart;
    /// # impl Plugin for Uart {
    /// #     const META: Meta = Meta::new("uart", "1.0.0");
    /// #     type Requires = (); type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
    /// # }
    /// let mut host = FakeHost::of::<Uart>().build()?;
    /// let report = host.run(&Touch::All, |manager| manager.enable_all()).expect("all invariants hold")?;
    /// assert!(report.is_good());
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The invariants that do not hold afterwards; inside, what the manager answers.
    pub fn run<R>(
        &mut self,
        touch: &Touch,
        operation: impl FnOnce(&Manager) -> Result<R, Error>,
    ) -> Result<Result<R, Error>, Violations> {
        let before = Picture::of(self.faults.world(), &self.manager);
        let answer = operation(&self.manager);
        let ended = if answer.is_ok() { Ended::Well } else { Ended::Badly };
        self.look(&before, touch, ended)?;
        Ok(answer)
    }

    fn look(&mut self, before: &Picture, touch: &Touch, ended: Ended) -> Result<(), Violations> {
        let world = self.faults.world();
        let wrong = self.checker.check(world, &self.manager, before, touch, ended);
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    #[track_caller]
    fn operate<R>(
        &mut self,
        touch: fn(String) -> Touch,
        operation: impl FnOnce(&Manager, &str) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let plugin = self.plugin().to_owned();
        holding(self.run(&touch(plugin.clone()), |manager| operation(manager, &plugin)))
    }

    /// Takes a step of a history. Plugins are meant by their positions in [`names`](Self::names);
    /// [`Command::Poll`] lets so many seconds pass.
    ///
    /// # Errors
    ///
    /// The invariants that do not hold afterwards.
    pub fn step(&mut self, step: &Step) -> Result<Taken, Violations> {
        self.step_at(step, Timing::Instead)
    }

    /// The same with the faults at that time.
    pub(super) fn step_at(&mut self, step: &Step, timing: Timing) -> Result<Taken, Violations> {
        let before = Picture::of(self.faults.world(), &self.manager);
        let faults = step.faults.iter().map(|&(call, fault)| (call.into(), fault));
        self.faults.inject_calls(faults, timing);
        let name = |at| self.name(at).to_owned();
        let answer = match step.command {
            Command::Poll(seconds) => {
                self.pass(Duration::from_secs(seconds.into()));
                self.manager.poll(self.manager.now()).map(drop)
            }
            ref command => command.run_as(&self.manager, name, |at, value| self.table(at, value)),
        };
        let calls = self.faults.world().calls();
        let touch = step.command.touch_as(name);
        self.faults.inject_calls([], timing);
        let ended = step.command.ended(&answer);
        self.look(&before, &touch, ended)?;
        Ok(Taken { answer, calls })
    }

    pub(super) fn name(&self, at: u8) -> &str {
        &self.names[usize::from(at) % self.names.len()]
    }

    /// The table that a command means by a number.
    pub(super) fn table(&self, at: u8, value: u8) -> Value {
        let name = self.name(at);
        match self.choices.len() {
            count if count > 0 && name == self.plugin() => {
                self.choices[usize::from(value) % count].clone()
            }
            _ => self.tables.get(name).cloned().unwrap_or_default(),
        }
    }

    /// Drops the manager, which takes everything down.
    ///
    /// # Errors
    ///
    /// What does not hold while it does, and what is left.
    pub fn end(self) -> Result<(), Violations> {
        let FakeHost { manager, faults, mut checker, .. } = self;
        drop(manager);
        let mut wrong = checker.finish(faults.world());
        if !checker.nothing_is_left() {
            wrong.push("Residency: an instance is left, and the manager is gone".to_owned());
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

impl fmt::Debug for FakeHostBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeHostBuilder")
            .field("under_test", &self.under_test)
            .field("given", &self.given)
            .finish_non_exhaustive()
    }
}

/// The registration of a plugin as it is linked, with its capabilities, or else without any.
#[track_caller]
pub(super) fn as_linked<P: Plugin + Send + Sync>() -> Registration {
    let key = Some(TypeKey::of::<P>());
    let linked = Registration::linked().find(|plugin| plugin.declaration().key() == key);
    linked.cloned().unwrap_or_else(|| Registration::of::<P>(&[], Place::caller()))
}

/// What the manager answered, if all invariants hold.
#[track_caller]
fn holding<R>(answer: Result<Result<R, Error>, Violations>) -> Result<R, Error> {
    answer.unwrap_or_else(|wrong| panic!("invariants do not hold:\n{}", wrong.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamic::DynPlugin;
    use crate::meta::Declaration;

    struct Idle;

    impl DynPlugin for Idle {
        type Config = ();
    }

    #[test]
    fn what_is_wrong_while_a_host_is_dropped_is_told() {
        let plugin = || Registration::dynamic(Declaration::new("idle", "1.0.0"), || Ok(Idle));
        let host = || FakeHost::of_registration(plugin()).build().expect("it is sound");
        let mut it = host();
        it.step(&Command::Enable(0).into()).expect("all invariants hold");
        assert_eq!(it.end(), Ok(()));
        let mut it = host();
        it.step(&Command::Enable(0).into()).expect("all invariants hold");
        // Nothing is known of the instance that goes.
        it.checker = Checker::default();
        let wrong = it.end().expect_err("it was not loaded");
        assert_eq!(
            wrong[0],
            "Pairing: Mark { instance: 0, plugin: \"idle\", what: Starts(Disable) }: no such instance",
        );
    }
}
