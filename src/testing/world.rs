//! Plugins that write down what is done to them, and that fail when they are told to.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::panic;
use std::sync::Arc;

use serde::Deserialize;

use crate::dynamic::{DynDeps, DynPlugin};
use crate::failure::Fatal;
use crate::manager::{Builder, Manager};
use crate::meta::Declaration;
use crate::plugin::BoxError;
use crate::registry::Registration;
use crate::stage::Stage;
use crate::sync::{Mutex, MutexGuard, Once};

/// How a hook is told to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, arbitrary::Arbitrary)]
pub enum Fault {
    /// It answers an error.
    Error,
    /// It panics.
    Panic,
    /// It answers an error that says that trying again is of no use ([`Fatal`]).
    Fatal,
}

/// What is done while a hook runs.
type During = Arc<dyn Fn() + Send + Sync>;

/// Who looks around while hooks run, and answers what must not be.
type Inspector = Arc<dyn Fn() -> Vec<String> + Send + Sync>;

/// One side of one hook call: what really happened, as the plugins themselves saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Which instance, counted over all plugins of the world.
    pub instance: usize,
    /// Whose.
    pub plugin: String,
    /// What happened.
    pub what: What,
}

/// What happened to an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A hook was called.
    Starts(Stage),
    /// A hook has returned; with `false` if it failed.
    Ends(Stage, bool),
    /// The instance was dropped.
    Dropped,
}

/// What the [`Probe`]s of one test share: a log of their hooks, the faults to inject, a count of
/// instances. A clone is the same world.
///
/// ```
/// use plugstate::Stage;
/// use plugstate::testing::{Fault, World, plugin};
///
/// let world = World::new();
/// let manager = world.build([plugin("core"), plugin("uart").requires("core", "*")]);
/// world.fail("uart", Stage::Load, Fault::Error);
/// assert!(manager.enable("uart").unwrap_err().to_string().contains("uart cannot load"));
/// assert_eq!(
///     world.log(),
///     ["load core", "configure core", "enable core", "load uart", "disable core", "unload core"],
/// );
/// ```
#[derive(Clone, Default)]
pub struct World(Arc<Shared>);

#[derive(Default)]
struct Shared(Mutex<State>);

#[derive(Default)]
struct State {
    log: Vec<String>,
    faults: BTreeMap<(String, Stage), Fault>,
    during: BTreeMap<(String, Stage), During>,
    inspector: Option<Inspector>,
    alive: BTreeMap<String, i64>,
    instances: usize,
    /// The number of hooks that were called since faults were set by number, and these faults.
    script: (usize, BTreeMap<usize, Fault>),
    traced: bool,
    trace: Vec<Mark>,
    wrong: Vec<String>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("alive", &self.state().alive).finish_non_exhaustive()
    }
}

impl World {
    /// A world in which nothing has happened, and nothing fails.
    #[must_use]
    pub fn new() -> Self {
        silence_panics();
        World::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.0.lock()
    }

    /// From now on, this hook of this plugin fails.
    pub fn fail(&self, plugin: &str, stage: Stage, fault: Fault) {
        self.state().faults.insert((plugin.to_owned(), stage), fault);
    }

    /// From now on, the hook calls with these numbers fail, counted from 0 over all plugins.
    pub fn fail_calls(&self, faults: impl IntoIterator<Item = (usize, Fault)>) {
        self.state().script = (0, faults.into_iter().collect());
    }

    /// How many hooks were called since [`fail_calls`](Self::fail_calls).
    #[must_use]
    pub fn calls(&self) -> usize {
        self.state().script.0
    }

    /// No hook fails any more.
    pub fn heal(&self) {
        let mut state = self.state();
        state.faults.clear();
        state.script = Default::default();
    }

    /// From now on, `what` is called while this hook of this plugin runs.
    pub fn during(&self, plugin: &str, stage: Stage, what: impl Fn() + Send + Sync + 'static) {
        self.state().during.insert((plugin.to_owned(), stage), Arc::new(what));
    }

    /// From now on, `look` is called while any hook runs, and answers what must not be: it is added to
    /// what is [`wrong`](Self::wrong).
    pub fn inspect(&self, look: impl Fn() -> Vec<String> + Send + Sync + 'static) {
        self.state().inspector = Some(Arc::new(look));
    }

    /// From now on, every call is written down for [`trace`](Self::trace).
    #[must_use]
    pub fn traced(self) -> Self {
        self.trace_on();
        self
    }

    pub(super) fn trace_on(&self) {
        self.state().traced = true;
    }

    /// What hooks met that they must never meet, since the last look.
    #[must_use]
    pub fn wrong(&self) -> Vec<String> {
        std::mem::take(&mut self.state().wrong)
    }

    /// What was written down since the last look.
    pub fn trace(&self) -> Vec<Mark> {
        std::mem::take(&mut self.state().trace)
    }

    /// The hooks that were called since the last look, as `enable uart`.
    pub fn log(&self) -> Vec<String> {
        std::mem::take(&mut self.state().log)
    }

    /// How many instances of a plugin there are.
    #[must_use]
    pub fn alive(&self, plugin: &str) -> i64 {
        self.state().alive.get(plugin).copied().unwrap_or(0)
    }

    /// A plugin that writes into this world.
    #[must_use]
    pub fn probe(&self, declaration: Declaration) -> Registration {
        let world = self.clone();
        let name = declaration.id().to_string();
        Registration::dynamic(declaration, move || Probe::load(&world, &name))
    }

    /// A probe, for a registration that is made by hand.
    ///
    /// # Errors
    ///
    /// What its `load` hook was told to answer.
    pub fn instance(&self, name: &str) -> Result<Probe, BoxError> {
        Probe::load(self, name)
    }

    /// A manager of probes.
    ///
    /// # Panics
    ///
    /// If the suite has a problem; [`builder`](Self::builder) answers it instead.
    #[must_use]
    #[track_caller]
    pub fn build(&self, declarations: impl IntoIterator<Item = Declaration>) -> Manager {
        match self.builder(declarations).build() {
            Ok(manager) => manager,
            Err(error) => panic!("a suite without problems: {error}"),
        }
    }

    /// A builder of a manager of probes, from [`host`].
    pub fn builder(&self, declarations: impl IntoIterator<Item = Declaration>) -> Builder {
        declarations
            .into_iter()
            .fold(host(), |builder, declaration| builder.register(self.probe(declaration)))
    }

    fn mark(&self, instance: usize, plugin: &str, what: What) {
        let mut state = self.state();
        if state.traced {
            state.trace.push(Mark { instance, plugin: plugin.to_owned(), what });
        }
    }

    /// The number of the next instance.
    pub(super) fn number(&self) -> usize {
        let mut state = self.state();
        state.instances += 1;
        state.instances - 1
    }

    /// There is one more instance of a plugin.
    pub(super) fn born(&self, plugin: &str) {
        *self.state().alive.entry(plugin.to_owned()).or_default() += 1;
    }

    /// An instance is gone.
    pub(super) fn gone(&self, instance: usize, plugin: &str) {
        *self.state().alive.entry(plugin.to_owned()).or_default() -= 1;
        self.mark(instance, plugin, What::Dropped);
    }

    /// Writes down that a hook begins, and answers how it is to fail.
    pub(super) fn begins(&self, instance: usize, plugin: &str, stage: Stage) -> Option<Fault> {
        let key = (plugin.to_owned(), stage);
        self.mark(instance, plugin, What::Starts(stage));
        let (during, inspector, scripted) = {
            let state = &mut *self.state();
            state.log.push(format!("{stage} {plugin}"));
            let (calls, faults) = &mut state.script;
            *calls += 1;
            let scripted = faults.get(&(*calls - 1)).copied();
            (state.during.get(&key).cloned(), state.inspector.clone(), scripted)
        };
        // With no lock held: they may call the manager, or this world.
        during.into_iter().for_each(|what| what());
        for wrong in inspector.into_iter().flat_map(|look| look()) {
            self.state().wrong.push(format!("{wrong}, while {plugin} is in {stage}"));
        }
        scripted.or_else(|| self.state().faults.get(&key).copied())
    }

    /// Writes down that a hook has returned.
    pub(super) fn ends(&self, instance: usize, plugin: &str, stage: Stage, well: bool) {
        self.mark(instance, plugin, What::Ends(stage, well));
    }

    fn hook(&self, instance: usize, plugin: &str, stage: Stage) -> Result<(), BoxError> {
        let fault = self.begins(instance, plugin, stage);
        self.ends(instance, plugin, stage, fault.is_none());
        fault.map_or(Ok(()), |fault| Err(fault.strike(plugin, stage)))
    }
}

impl Fault {
    /// Fails as a hook of this plugin.
    pub(super) fn strike(self, plugin: &str, stage: Stage) -> BoxError {
        match self {
            Fault::Error => format!("{plugin} cannot {stage}").into(),
            Fault::Fatal => Fatal::new(format!("{plugin} will never {stage}")).into(),
            Fault::Panic => panic!("{plugin} panics in {stage}"),
        }
    }
}

/// Silences the panics that probes are told to have, which come by the thousand; all others are
/// shown as before.
///
/// This goes before the first manager is built, because a manager remembers the places of panics by a
/// panic hook of its own, which calls the one that it finds. [`World::new`] and [`host`] call it.
pub fn silence_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let payload = info.payload();
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
            if !text.is_some_and(|text| text.contains(" panics in ")) {
                before(info);
            }
        }));
    });
}

thread_local! {
    static THREADS: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Runs a test in which [`host`] gives managers so many threads; with `None` that is left to the
/// machine.
///
/// ```
/// use plugstate::testing::{threads, with_threads};
///
/// with_threads(Some(8), || assert_eq!(threads(), Some(8)));
/// assert_eq!(threads(), None);
/// ```
pub fn with_threads<R>(count: Option<usize>, test: impl FnOnce() -> R) -> R {
    let before = THREADS.replace(count);
    let answer = test();
    THREADS.set(before);
    answer
}

/// What [`with_threads`] was given.
#[must_use]
pub fn threads() -> Option<usize> {
    THREADS.get()
}

/// A builder for a manager that may use as many threads as [`with_threads`] says.
pub fn host() -> Builder {
    silence_panics();
    threads().into_iter().fold(Manager::builder(), Builder::threads)
}

/// A declaration without dependencies, in version 1.0.0.
#[must_use]
#[track_caller]
pub fn plugin(name: &str) -> Declaration {
    Declaration::new(name.to_owned(), "1.0.0")
}

/// A plugin that writes down what is done to it. Its configuration is any number.
///
/// ```
/// use plugstate::testing::{Probe, World, plugin};
///
/// let manager = World::new().build([plugin("core")]);
/// manager.set_config("core", Probe::table())?;
/// manager.enable("core")?;
/// assert_eq!(manager.get_as::<Probe>("core")?.config, 1);
/// # Ok::<(), plugstate::Error>(())
/// ```
#[derive(Debug)]
pub struct Probe {
    world: World,
    name: String,
    /// The number of this instance, counted over all plugins of the world.
    pub instance: usize,
    /// What it was configured with.
    pub config: u64,
    /// Whether it is enabled, as it has seen it.
    pub enabled: bool,
    /// The names of the dependencies that were enabled when this was.
    pub saw: Vec<String>,
    /// What a reload hands on: how many reloads there were before this instance.
    pub memory: u64,
}

impl Probe {
    fn load(world: &World, name: &str) -> Result<Self, BoxError> {
        let instance = world.number();
        world.hook(instance, name, Stage::Load)?;
        world.born(name);
        Ok(Probe {
            world: world.clone(),
            name: name.to_owned(),
            instance,
            config: 0,
            enabled: false,
            saw: Vec::new(),
            memory: 0,
        })
    }

    /// Its name in the suite.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A configuration that fits.
    #[must_use]
    pub fn table() -> BTreeMap<&'static str, u64> {
        BTreeMap::from([("value", 1)])
    }

    /// What a hook may rely on. A panic alone would pass for a hook that fails.
    fn expect(&self, holds: bool, what: &str) {
        if !holds {
            self.world.state().wrong.push(format!("Support: {} {what}", self.name));
            panic!("{} {what}", self.name);
        }
    }

    fn hook(&self, stage: Stage) -> Result<(), BoxError> {
        self.world.hook(self.instance, &self.name, stage)
    }
}

/// What a [`Probe`] is configured with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ProbeConfig {
    /// Any number.
    pub value: u64,
}

impl DynPlugin for Probe {
    type Config = ProbeConfig;

    fn configure(&mut self, config: ProbeConfig) -> Result<(), BoxError> {
        self.hook(Stage::Configure)?;
        self.config = config.value;
        Ok(())
    }

    fn enable(&mut self, deps: DynDeps<'_>) -> Result<(), BoxError> {
        self.expect(!self.enabled, "is enabled twice");
        for id in deps.ids() {
            // A plugin of another type has nothing that could be looked at.
            let seen = deps.get::<Probe>(id.as_str()).is_none_or(|probe| probe.enabled);
            self.expect(seen, &format!("was handed {id}, which is not enabled"));
        }
        self.hook(Stage::Enable)?;
        self.saw = deps.ids().map(ToString::to_string).collect();
        self.enabled = true;
        Ok(())
    }

    fn disable(&mut self) -> Result<(), BoxError> {
        self.expect(self.enabled, "is disabled, and is not enabled");
        self.enabled = false;
        self.hook(Stage::Disable)
    }

    fn restore(&mut self, previous: &Self) -> Result<(), BoxError> {
        self.hook(Stage::Restore)?;
        self.memory = previous.memory + 1;
        Ok(())
    }

    fn unload(self) -> Result<(), BoxError> {
        self.hook(Stage::Unload)
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.world.gone(self.instance, &self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_inspector_says_is_told_with_the_hook_that_ran() {
        let world = World::new();
        let manager = world.build([plugin("core")]);
        world.inspect(|| vec!["Odd: it rains".to_owned()]);
        manager.load("core").unwrap();
        assert_eq!(world.wrong(), ["Odd: it rains, while core is in load"]);
        assert_eq!(world.wrong(), [""; 0]);
    }

    #[test]
    fn a_test_has_the_threads_that_it_is_given_and_no_other_has() {
        assert_eq!(with_threads(Some(3), || with_threads(Some(8), threads)), Some(8));
        assert_eq!(
            with_threads(Some(3), || (with_threads(None, threads), threads())),
            (None, Some(3))
        );
        assert_eq!(threads(), None);
    }

    /// Calls hooks of the probe in it that nobody should call.
    struct Rash(Probe);

    impl DynPlugin for Rash {
        type Config = ProbeConfig;

        fn configure(&mut self, config: ProbeConfig) -> Result<(), BoxError> {
            if config.value == 1 { self.0.disable() } else { Ok(()) }
        }

        fn enable(&mut self, deps: DynDeps<'_>) -> Result<(), BoxError> {
            self.0.enable(deps)?;
            self.0.enable(deps)
        }
    }

    #[test]
    fn a_probe_tells_what_must_not_be_done_to_it() {
        let world = World::new();
        let inside = world.clone();
        let rash = Registration::dynamic(plugin("rash"), move || inside.instance("rash").map(Rash));
        let manager = host().register(rash).build().unwrap();
        manager.load("rash").unwrap();
        manager.configure("rash", Probe::table()).unwrap_err();
        assert_eq!(world.wrong(), ["Support: rash is disabled, and is not enabled"]);
        manager.unload("rash").unwrap();
        manager.set_config("rash", ()).unwrap();
        manager.enable("rash").unwrap_err();
        assert_eq!(world.wrong(), ["Support: rash is enabled twice"]);
    }
}
