//! From registrations to a manager: the link ring.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::Value;

use super::Manager;
use super::binding::Bindings;
use super::boundary;
use super::desk::Desk;
use super::engine::{Engine, Limits, Part, Received};
use super::ledger::{Clock, Ledger};
use super::observers::{Observe, Observers};
use super::overdue::Overdue;
use super::pool::Threads;
use super::slot::Slot;
use super::supervise::{Restart, Supervision};
use super::turn::Turn;
use crate::config;
use crate::error::{Error, Problems};
use crate::event::Event;
use crate::explain::{Problem, Reason};
use crate::graph::{Resolution, resolve};
use crate::id::PluginId;
use crate::meta::{Declaration, Target};
use crate::place::Place;
use crate::plugin::Plugin;
use crate::registry::{MakerRef, Registration};
use crate::sync::{AtomicU32, Mutex, Ordering};

/// Gathers plugins, configurations and limits, and builds a [`Manager`].
#[must_use = "a builder does nothing until `build` is called"]
pub struct Builder {
    registrations: Vec<Registration>,
    discovered: bool,
    expected: Vec<(PluginId, Place)>,
    tables: BTreeMap<String, (Value, Place)>,
    unreadable: Vec<(String, Place)>,
    observers: Vec<Observe>,
    limits: Limits,
    capacity: usize,
    clock: Option<Clock>,
    hooks: Option<Duration>,
    restart: Restart,
    restarts: Vec<(String, Restart, Place)>,
}

impl Builder {
    pub(super) fn new() -> Self {
        Builder {
            registrations: Vec::new(),
            discovered: false,
            expected: Vec::new(),
            tables: BTreeMap::new(),
            unreadable: Vec::new(),
            observers: Vec::new(),
            limits: Limits {
                turn: Duration::from_secs(30),
                guards: Duration::from_secs(5),
                threads: Threads { count: cores(), eager: false },
            },
            capacity: 4096,
            clock: None,
            hooks: None,
            restart: Restart::Never,
            restarts: Vec::new(),
        }
    }

    /// Adds every plugin that is linked into the program and registered with
    /// [`register!`](crate::register).
    pub fn discover(mut self) -> Self {
        if !self.discovered {
            self.discovered = true;
            self.registrations.extend(Registration::linked().cloned());
        }
        self
    }

    /// Adds one plugin by its type, without views.
    #[track_caller]
    pub fn add<P: Plugin + Send + Sync>(self) -> Self {
        self.register(Registration::of::<P>(&[], Place::caller()))
    }

    /// Adds one plugin by its registration: see [`registration!`](crate::registration) and
    /// [`Registration::dynamic`].
    pub fn register(mut self, registration: Registration) -> Self {
        self.registrations.push(registration);
        self
    }

    /// Says which plugins must be there. One that is not is a problem that tells how to link it.
    ///
    /// Nothing else can find out: a crate that was left out of the program leaves no trace in it.
    #[track_caller]
    pub fn expect(mut self, plugins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let place = Place::caller();
        let names = plugins.into_iter().map(|name| (PluginId::from(name.into()), place));
        self.expected.extend(names);
        self
    }

    /// Gives configurations: any value that serializes as a map with a table for each plugin, as
    /// `toml::Table`, `serde_json::Value` or a struct of yours. Later calls add to earlier ones, and
    /// win where both name a plugin.
    ///
    /// Whether each table fits its plugin is checked when the manager is built.
    #[track_caller]
    pub fn config(mut self, tables: impl Serialize) -> Self {
        let place = Place::caller();
        match config::tables(tables) {
            Ok(tables) => self
                .tables
                .extend(tables.into_iter().map(|(plugin, table)| (plugin, (table, place)))),
            Err(why) => self.unreadable.push((why, place)),
        }
        self
    }

    /// Calls `observe` with each event, in order, when the operation that made it is over. An
    /// observer may call operations of the manager; one that panics is not called again.
    pub fn observe(mut self, observe: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.observers.push(Arc::new(observe));
        self
    }

    /// How long an operation waits for guards to be dropped before it answers
    /// [`Error::Busy`]. The default is 5 seconds.
    pub fn guard_deadline(mut self, limit: Duration) -> Self {
        self.limits.guards = limit;
        self
    }

    /// How long an operation waits for one that is under way before it answers [`Error::Turn`]. The
    /// default is 30 seconds.
    pub fn turn_deadline(mut self, limit: Duration) -> Self {
        self.limits.turn = limit;
        self
    }

    /// How long a hook may run before it is reported as overdue: at once, by an event and a warning,
    /// and in the report of the operation. It goes on running, for code in one process cannot be
    /// stopped from outside. Without this call hooks are not watched.
    ///
    /// Operations are watched by a thread of their own, which ends with them.
    pub fn hook_deadline(mut self, limit: Duration) -> Self {
        self.hooks = Some(limit);
        self
    }

    /// What to do about plugins that fail while they are running, unless
    /// [`restart`](Self::restart) says otherwise. The default is [`Restart::Never`].
    pub fn restart_all(mut self, policy: Restart) -> Self {
        self.restart = policy;
        self
    }

    /// What to do about one plugin if it fails while it is running. A plugin that is not registered
    /// is a problem.
    #[track_caller]
    pub fn restart(mut self, plugin: impl Into<String>, policy: Restart) -> Self {
        self.restarts.push((plugin.into(), policy, Place::caller()));
        self
    }

    /// How many hooks may run at a time when everything is enabled or shut down. The default is the
    /// number of processors, and threads are started only once hooks have taken long; where this
    /// is called, they are there as soon as the first hook is slow. With 1, plugins move one after
    /// the other, in canonical order. What comes out does not depend on it.
    pub fn threads(mut self, count: usize) -> Self {
        self.limits.threads = Threads { count: count.max(1), eager: true };
        self
    }

    /// How many events the journal keeps. The default is 4096.
    pub fn journal_capacity(mut self, events: usize) -> Self {
        self.capacity = events;
        self
    }

    /// Where the times in events come from, in place of the machine's clock: what `clock` answers
    /// must not go back. It is read while events are written, so it must neither panic nor call the
    /// manager.
    pub fn clock(mut self, clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.clock = Some(Box::new(clock));
        self
    }

    /// Builds the manager, if nothing at all is wrong with the suite.
    ///
    /// # Errors
    ///
    /// [`Error::Link`] with every problem: what is not linked, names with two owners, dependencies
    /// that are missing or have the wrong version, cycles, configurations that do not fit or belong
    /// to nobody.
    pub fn build(self) -> Result<Manager, Error> {
        let manager = self.build_partial();
        match manager.problems() {
            [] => Ok(manager),
            problems => Err(Error::Link(Problems(problems.to_vec()))),
        }
    }

    /// Builds the manager with the plugins that can be resolved. The others are blocked, each with
    /// its reason, and so is what requires them; [`Manager::problems`] holds what is wrong.
    #[must_use]
    pub fn build_partial(self) -> Manager {
        static NUMBERS: AtomicU32 = AtomicU32::new(0);
        boundary::remember_places();
        let declarations: Vec<Declaration> =
            self.registrations.iter().map(Registration::declaration).collect();
        let resolution = resolve(declarations);
        let (parts, types, services) = parts(&resolution, self.registrations);
        let mut problems = resolution.problems().to_vec();
        problems.extend(not_linked(&resolution, &self.expected));
        problems.extend(unowned_tables(&resolution, &self.tables));
        problems.extend(self.unreadable.into_iter().map(|(why, place)| {
            Problem::new(PluginId::from_static("*"), place, Reason::UnreadableConfig { why })
        }));
        let mut places = FxHashMap::default();
        let mut tables = self.tables;
        let slots = (0..resolution.len() as u32)
            .map(|plugin| {
                let table = tables.remove(resolution.id(plugin).as_str());
                Slot::new(table.map(|(table, place)| {
                    places.insert(plugin, place);
                    table
                }))
            })
            .collect();
        let plugins = resolution.len();
        let mut supervision = Supervision::default();
        supervision.default = self.restart;
        for (name, policy, place) in self.restarts {
            match resolution.index_of(&name) {
                Some(plugin) => drop(supervision.policies.insert(plugin, policy)),
                None => problems.push(Problem::new(name.into(), place, Reason::NotLinked)),
            }
        }
        let engine = Engine {
            number: NUMBERS.fetch_add(1, Ordering::Relaxed) as usize,
            resolution,
            parts,
            slots,
            ledger: Ledger::new(plugins, self.capacity, self.clock.unwrap_or_else(machine_clock)),
            desk: Desk::new(),
            turn: Turn::default(),
            limits: self.limits,
            overdue: Overdue::new(self.hooks),
            bindings: Bindings::default(),
            supervision: Mutex::new(supervision),
            types,
            services,
        };
        problems.extend(misfits(&engine, &places));
        problems.sort_by(|a, b| a.plugin().cmp(b.plugin()));
        let observers = Observers::default();
        for observe in self.observers {
            observers.add(&engine.ledger, observe);
        }
        Manager { engine, observers, problems }
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Counts from now on.
fn machine_clock() -> Clock {
    let start = Instant::now();
    Box::new(move || start.elapsed())
}

type Parts = (Box<[Part]>, FxHashMap<TypeId, u32>, FxHashMap<TypeId, Vec<(u32, u32)>>);

/// Lays the registrations in the order of the resolution, which holds their declarations in the order
/// in which they came. Where a name has several owners the plugin is blocked, and the one that the
/// resolution keeps stands here.
fn parts(resolution: &Resolution, registrations: Vec<Registration>) -> Parts {
    let mut types = FxHashMap::default();
    let mut services: FxHashMap<TypeId, Vec<(u32, u32)>> = FxHashMap::default();
    let mut registrations: Vec<Option<Registration>> =
        registrations.into_iter().map(Some).collect();
    let parts: Box<[Part]> = (0..resolution.len() as u32)
        .map(|plugin| {
            let registration = registrations[resolution.arrival(plugin)].take();
            let (maker, views) = registration.expect("each claim has one name").into_parts();
            let bound = received(resolution, plugin, &maker);
            if let Some(key) = resolution.declaration_at(plugin).key() {
                types.insert(key.id(), plugin);
            }
            for (number, view) in (0..).zip(views.iter()) {
                services.entry(view.key().id()).or_default().push((plugin, number));
            }
            Part { maker, views, bound }
        })
        .collect();
    // The others that claim a name have types too.
    for declaration in registrations.iter().flatten().map(Registration::declaration) {
        let plugin = resolution.index_of(declaration.id().as_str());
        if let (Some(plugin), Some(key)) = (plugin, declaration.key()) {
            types.insert(key.id(), plugin);
        }
    }
    (parts, types, services)
}

/// The dependencies that the hook of a registered plugin receives: those declared by type, or all
/// where the plugin was declared at run time.
fn received(resolution: &Resolution, plugin: u32, maker: &MakerRef) -> Box<[Received]> {
    let declaration = resolution.declaration_at(plugin);
    let typed = match declaration.key() {
        Some(_) => maker.typed().len(),
        None => declaration.dependencies().len(),
    };
    (declaration.dependencies()[..typed].iter().enumerate())
        .map(|(position, dependency)| Received {
            capability: match &dependency.target {
                Target::Capability(key) => Some(key.id()),
                Target::Named(_) | Target::Typed(..) => None,
            },
            resolved: resolution.bound(plugin, position),
        })
        .collect()
}

fn not_linked(resolution: &Resolution, expected: &[(PluginId, Place)]) -> Vec<Problem> {
    let missing = expected.iter().filter(|(id, _)| resolution.index_of(id.as_str()).is_none());
    let mut problems: Vec<_> =
        missing.map(|(id, place)| Problem::new(id.clone(), *place, Reason::NotLinked)).collect();
    problems.sort_by(|a, b| a.plugin().cmp(b.plugin()));
    problems.dedup_by(|a, b| a.plugin() == b.plugin());
    problems
}

fn unowned_tables(
    resolution: &Resolution,
    tables: &BTreeMap<String, (Value, Place)>,
) -> Vec<Problem> {
    (tables.iter())
        .filter(|(name, _)| resolution.index_of(name).is_none())
        .map(|(name, (_, place))| {
            let nearest = resolution.nearest(name);
            Problem::new(name.clone().into(), *place, Reason::NobodysConfig { nearest })
        })
        .collect()
}

/// The tables that do not fit their plugins.
fn misfits(engine: &Engine, places: &FxHashMap<u32, Place>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (&plugin, &place) in places {
        let table = engine.slots[plugin as usize].record(|record| record.config.clone());
        if let Err(error) = engine.parse(plugin, table.as_deref()) {
            engine.slot(plugin).record(|record| record.misfit = true);
            problems.push(Problem::new(engine.id(plugin).clone(), place, Reason::Config(error)));
        }
    }
    problems
}
