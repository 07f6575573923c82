//! Plugins that write down what is done to them, and that fail when they are told to.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part of this")]

pub mod invariants;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once, OnceLock, Weak};

use plugstate::{
    BoxError, Builder, Declaration, DynDeps, DynPlugin, Fatal, Manager, Registration, Stage,
};

/// How a hook is told to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Error,
    Panic,
    /// An error that says that trying again is of no use.
    Fatal,
}

/// What a test does while a hook runs.
type During = Arc<dyn Fn() + Send + Sync>;

/// One side of one hook call: what really happened, as the plugins themselves saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Which instance, counted over all plugins of the world.
    pub instance: usize,
    pub plugin: String,
    pub what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Starts(Stage),
    /// With `false` if it failed.
    Ends(Stage, bool),
    Dropped,
}

/// What the probes of one test share: a log of hooks, the faults to inject, a count of instances.
#[derive(Clone, Default)]
pub struct World(Arc<Shared>);

#[derive(Default)]
struct Shared {
    log: Mutex<Vec<String>>,
    faults: Mutex<BTreeMap<(String, Stage), Fault>>,
    alive: Mutex<BTreeMap<String, Arc<AtomicI64>>>,
    instances: AtomicUsize,
    during: Mutex<BTreeMap<(String, Stage), During>>,
    /// The number of hooks that were called since faults were set by number, and these faults.
    script: Mutex<(usize, BTreeMap<usize, Fault>)>,
    traced: AtomicBool,
    trace: Mutex<Vec<Mark>>,
    wrong: Mutex<Vec<String>>,
}

impl World {
    pub fn new() -> Self {
        silence_panics();
        World::default()
    }

    /// From now on, this hook of this plugin fails.
    pub fn fail(&self, plugin: &str, stage: Stage, fault: Fault) {
        self.0.faults.lock().unwrap().insert((plugin.to_owned(), stage), fault);
    }

    /// From now on, the hook calls with these numbers fail, counted from 0 over all plugins.
    pub fn fail_calls(&self, faults: impl IntoIterator<Item = (usize, Fault)>) {
        *self.0.script.lock().unwrap() = (0, faults.into_iter().collect());
    }

    /// How many hooks were called since [`fail_calls`](Self::fail_calls).
    pub fn calls(&self) -> usize {
        self.0.script.lock().unwrap().0
    }

    /// No hook fails any more.
    pub fn heal(&self) {
        self.0.faults.lock().unwrap().clear();
        self.fail_calls([]);
    }

    /// From now on, `what` is called while this hook of this plugin runs.
    pub fn during(&self, plugin: &str, stage: Stage, what: impl Fn() + Send + Sync + 'static) {
        self.0.during.lock().unwrap().insert((plugin.to_owned(), stage), Arc::new(what));
    }

    /// From now on, every call is written down for [`trace`](Self::trace).
    pub fn traced(self) -> Self {
        self.0.traced.store(true, Ordering::SeqCst);
        self
    }

    /// What hooks met that they must never meet, since the last look.
    pub fn wrong(&self) -> Vec<String> {
        std::mem::take(&mut self.0.wrong.lock().unwrap())
    }

    /// What was written down since the last look.
    pub fn trace(&self) -> Vec<Mark> {
        std::mem::take(&mut self.0.trace.lock().unwrap())
    }

    /// The hooks that were called since the last look, as `enable uart`.
    pub fn log(&self) -> Vec<String> {
        std::mem::take(&mut self.0.log.lock().unwrap())
    }

    /// How many instances of a plugin there are.
    pub fn alive(&self, plugin: &str) -> i64 {
        self.counter(plugin).load(Ordering::SeqCst)
    }

    /// A plugin that writes into this world.
    pub fn probe(&self, declaration: Declaration) -> Registration {
        let world = self.clone();
        let name = declaration.id().to_string();
        Registration::dynamic(declaration, move || Probe::load(&world, &name))
    }

    /// A probe, for a registration that a test makes itself.
    pub fn instance(&self, name: &str) -> Result<Probe, BoxError> {
        Probe::load(self, name)
    }

    /// A manager of probes.
    pub fn build(&self, declarations: impl IntoIterator<Item = Declaration>) -> Manager {
        self.builder(declarations).build().expect("a suite without problems")
    }

    pub fn builder(&self, declarations: impl IntoIterator<Item = Declaration>) -> Builder {
        declarations
            .into_iter()
            .fold(host(), |builder, declaration| builder.register(self.probe(declaration)))
    }

    fn counter(&self, plugin: &str) -> Arc<AtomicI64> {
        Arc::clone(self.0.alive.lock().unwrap().entry(plugin.to_owned()).or_default())
    }

    fn mark(&self, instance: usize, plugin: &str, what: What) {
        if self.0.traced.load(Ordering::SeqCst) {
            let mark = Mark { instance, plugin: plugin.to_owned(), what };
            self.0.trace.lock().unwrap().push(mark);
        }
    }

    fn hook(&self, instance: usize, plugin: &str, stage: Stage) -> Result<(), BoxError> {
        self.0.log.lock().unwrap().push(format!("{stage} {plugin}"));
        self.mark(instance, plugin, What::Starts(stage));
        let scripted = {
            let (calls, faults) = &mut *self.0.script.lock().unwrap();
            *calls += 1;
            faults.get(&(*calls - 1)).copied()
        };
        let key = (plugin.to_owned(), stage);
        let during = self.0.during.lock().unwrap().get(&key).cloned();
        during.into_iter().for_each(|what| what());
        let fault = scripted.or_else(|| self.0.faults.lock().unwrap().get(&key).copied());
        self.mark(instance, plugin, What::Ends(stage, fault.is_none()));
        match fault {
            None => Ok(()),
            Some(Fault::Error) => Err(format!("{plugin} cannot {stage}").into()),
            Some(Fault::Fatal) => Err(Fatal::new(format!("{plugin} will never {stage}")).into()),
            Some(Fault::Panic) => panic!("{plugin} panics in {stage}"),
        }
    }
}

/// Silences the panics of hooks, which come by the thousand; all others are shown.
///
/// This goes before the first manager is built: the manager remembers the places of panics by a panic
/// hook of its own, which calls the one that it finds.
pub fn silence_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
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

/// Runs a test whose managers may use so many threads; with `None` that is left to the machine.
pub fn with_threads<R>(count: Option<usize>, test: impl FnOnce() -> R) -> R {
    let before = THREADS.replace(count);
    let answer = test();
    THREADS.set(before);
    answer
}

/// What [`with_threads`] was given.
pub fn threads() -> Option<usize> {
    THREADS.get()
}

/// A builder for a manager that may use as many threads as [`with_threads`] says.
pub fn host() -> Builder {
    silence_panics();
    threads().into_iter().fold(Manager::builder(), Builder::threads)
}

/// Calls `visit` with every order of the numbers below `n`.
pub fn permute(n: usize, mut visit: impl FnMut(&[usize])) {
    fn place(order: &mut Vec<usize>, fixed: usize, visit: &mut dyn FnMut(&[usize])) {
        if fixed == order.len() {
            return visit(order);
        }
        for at in fixed..order.len() {
            order.swap(fixed, at);
            place(order, fixed + 1, visit);
            order.swap(fixed, at);
        }
    }
    place(&mut (0..n).collect(), 0, &mut visit);
}

/// A declaration without dependencies, in version 1.0.0.
pub fn plugin(name: &str) -> Declaration {
    Declaration::new(name.to_owned(), "1.0.0")
}

/// A plugin that writes down what is done to it. Its configuration is any number.
pub struct Probe {
    world: World,
    name: String,
    alive: Arc<AtomicI64>,
    /// The number of this instance, counted over all plugins of the world.
    pub instance: usize,
    pub config: u64,
    pub enabled: bool,
    /// The names of the dependencies that were enabled when this was.
    pub saw: Vec<String>,
    /// What a reload hands on: how many reloads there were before this instance.
    pub memory: u64,
}

impl Probe {
    fn load(world: &World, name: &str) -> Result<Self, BoxError> {
        let instance = world.0.instances.fetch_add(1, Ordering::SeqCst);
        world.hook(instance, name, Stage::Load)?;
        let alive = world.counter(name);
        alive.fetch_add(1, Ordering::SeqCst);
        Ok(Probe {
            world: world.clone(),
            name: name.to_owned(),
            alive,
            instance,
            config: 0,
            enabled: false,
            saw: Vec::new(),
            memory: 0,
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// A configuration that fits.
    pub fn table() -> BTreeMap<&'static str, u64> {
        BTreeMap::from([("value", 1)])
    }

    /// What a hook may rely on. A panic alone would pass for a hook that fails.
    fn expect(&self, holds: bool, what: &str) {
        if !holds {
            self.world.0.wrong.lock().unwrap().push(format!("{} {what}", self.name));
            panic!("{} {what}", self.name);
        }
    }

    fn hook(&self, stage: Stage) -> Result<(), BoxError> {
        self.world.hook(self.instance, &self.name, stage)
    }
}

/// What a probe is configured with.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub struct ProbeConfig {
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
        self.alive.fetch_sub(1, Ordering::SeqCst);
        self.world.mark(self.instance, &self.name, What::Dropped);
    }
}

/// What a scripted plugin does in each of its hooks.
type Script = dyn Fn(Stage) -> Result<(), BoxError> + Send + Sync;

/// A plugin whose hooks all call one function of the test.
pub struct Scripted(Arc<Script>);

/// The registration of a plugin whose hooks all call `script`.
pub fn scripted(
    declaration: Declaration,
    script: impl Fn(Stage) -> Result<(), BoxError> + Send + Sync + 'static,
) -> Registration {
    let script: Arc<Script> = Arc::new(script);
    Registration::dynamic(declaration, move || {
        script(Stage::Load)?;
        Ok(Scripted(Arc::clone(&script)))
    })
}

impl DynPlugin for Scripted {
    type Config = ();

    fn configure(&mut self, (): ()) -> Result<(), BoxError> {
        (self.0)(Stage::Configure)
    }

    fn enable(&mut self, _: DynDeps<'_>) -> Result<(), BoxError> {
        (self.0)(Stage::Enable)
    }

    fn disable(&mut self) -> Result<(), BoxError> {
        (self.0)(Stage::Disable)
    }

    fn unload(self) -> Result<(), BoxError> {
        (self.0)(Stage::Unload)
    }
}

/// A manager that its own hooks and observers can find.
#[derive(Clone, Default)]
pub struct Finder(Arc<OnceLock<Weak<Manager>>>);

impl Finder {
    /// Makes `manager` the one that is found.
    pub fn show(&self, manager: Manager) -> Arc<Manager> {
        let manager = Arc::new(manager);
        self.0.set(Arc::downgrade(&manager)).expect("a finder finds one manager");
        manager
    }

    /// The manager, in a hook or an observer.
    pub fn find(&self) -> Arc<Manager> {
        let manager = self.0.get().expect("the manager was shown");
        manager.upgrade().expect("the test holds it")
    }
}
