//! Plugins that write down what is done to them, and that fail when they are told to.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part of this")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};

use plugstate::{BoxError, Builder, Declaration, DynDeps, DynPlugin, Manager, Registration, Stage};

/// How a hook is told to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Error,
    Panic,
}

/// What the probes of one test share: a log of hooks, the faults to inject, a count of instances.
#[derive(Clone, Default)]
pub struct World(Arc<Shared>);

#[derive(Default)]
struct Shared {
    log: Mutex<Vec<String>>,
    faults: Mutex<BTreeMap<(String, Stage), Fault>>,
    alive: Mutex<BTreeMap<String, Arc<AtomicI64>>>,
}

impl World {
    pub fn new() -> Self {
        World::default()
    }

    /// From now on, this hook of this plugin fails.
    pub fn fail(&self, plugin: &str, stage: Stage, fault: Fault) {
        self.0.faults.lock().unwrap().insert((plugin.to_owned(), stage), fault);
    }

    /// No hook fails any more.
    pub fn heal(&self) {
        self.0.faults.lock().unwrap().clear();
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
        declarations.into_iter().fold(Manager::builder(), |builder, declaration| {
            builder.register(self.probe(declaration))
        })
    }

    fn counter(&self, plugin: &str) -> Arc<AtomicI64> {
        Arc::clone(self.0.alive.lock().unwrap().entry(plugin.to_owned()).or_default())
    }

    fn hook(&self, plugin: &str, stage: Stage) -> Result<(), BoxError> {
        self.0.log.lock().unwrap().push(format!("{stage} {plugin}"));
        let fault = self.0.faults.lock().unwrap().get(&(plugin.to_owned(), stage)).copied();
        match fault {
            None => Ok(()),
            Some(Fault::Error) => Err(format!("{plugin} cannot {stage}").into()),
            Some(Fault::Panic) => panic!("{plugin} panics in {stage}"),
        }
    }
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
    pub config: u64,
    pub enabled: bool,
    /// The names of the dependencies that were enabled when this was.
    pub saw: Vec<String>,
    /// What a reload hands on.
    pub memory: u64,
}

impl Probe {
    fn load(world: &World, name: &str) -> Result<Self, BoxError> {
        world.hook(name, Stage::Load)?;
        let alive = world.counter(name);
        alive.fetch_add(1, Ordering::SeqCst);
        Ok(Probe {
            world: world.clone(),
            name: name.to_owned(),
            alive,
            config: 0,
            enabled: false,
            saw: Vec::new(),
            memory: 0,
        })
    }

    pub fn name(&self) -> &str {
        &self.name
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
        self.world.hook(&self.name, Stage::Configure)?;
        self.config = config.value;
        Ok(())
    }

    fn enable(&mut self, deps: DynDeps<'_>) -> Result<(), BoxError> {
        assert!(!self.enabled, "{} is enabled twice", self.name);
        for id in deps.ids() {
            let seen = deps.get::<Probe>(id.as_str()).is_some_and(|probe| probe.enabled);
            assert!(seen, "{} was handed {id}, which is not enabled", self.name);
        }
        self.world.hook(&self.name, Stage::Enable)?;
        self.saw = deps.ids().map(ToString::to_string).collect();
        self.enabled = true;
        Ok(())
    }

    fn disable(&mut self) -> Result<(), BoxError> {
        assert!(self.enabled, "{} is disabled, and is not enabled", self.name);
        self.enabled = false;
        self.world.hook(&self.name, Stage::Disable)
    }

    fn restore(&mut self, previous: &Self) -> Result<(), BoxError> {
        self.world.hook(&self.name, Stage::Restore)?;
        self.memory = previous.memory;
        Ok(())
    }

    fn unload(self) -> Result<(), BoxError> {
        self.world.hook(&self.name, Stage::Unload)
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::SeqCst);
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
