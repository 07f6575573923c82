//! From registrations to a manager: the link ring.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::Manager;
use super::binding::Bindings;
use super::boundary;
use super::desk::Desk;
use super::engine::{Engine, Limits, Part, Received};
use super::files::{ConfigFile, Files, Layered, Source, shared};
use super::ledger::{Clock, Ledger};
use super::observers::{Observe, Observers};
use super::overdue::Overdue;
use super::pool::Threads;
use super::slot::Slot;
use super::supervise::{Restart, Supervision};
use super::turn::Turn;
use super::types::Types;
use crate::config;
use crate::error::{Error, Problems};
use crate::event::Event;
use crate::explain::{Problem, Reason};
use crate::graph::{Resolution, resolve};
use crate::id::PluginId;
use crate::place::Place;
use crate::plugin::{BoxError, Plugin};
use crate::registry::{MakerRef, Registered, Registration};
use crate::sync::{Instant, Mutex, Numbers, OnceLock, thread};

/// Gathers plugins, configurations and limits, and builds a [`Manager`].
///
/// Nothing is checked before the end: [`build`](Self::build) finds every problem at once. The order
/// of calls does not matter, except where one says so.
///
/// ```
/// use std::time::Duration;
/// # use plugstate::{BoxError, Manager, Meta, Plugin};
/// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
/// #     const META: Meta = Meta::new($name, "1.0.0");
/// #     type Requires = $needs; type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok($t) }
/// # } } }
/// # plugin!(Core, "core", ());
/// # plugin!(Uart, "uart", (Core,));
/// let manager = Manager::builder()
///     .add::<Core>()
///     .add::<Uart>()
///     .expect(["core", "uart"])
///     .guard_deadline(Duration::from_millis(500))
///     .observe(|event| println!("{event}"))
///     .build()?;
/// assert!(manager.enable_all()?.is_good());
/// # Ok::<(), plugstate::Error>(())
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct Builder(Box<Gathered>);

/// What was gathered, on the heap: every method of a builder moves it.
struct Gathered {
    registrations: Vec<Registration>,
    discovered: bool,
    expected: Vec<(PluginId, Place)>,
    sources: Vec<(Source, Place)>,
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
        Builder(Box::new(Gathered {
            registrations: Vec::new(),
            discovered: false,
            expected: Vec::new(),
            sources: Vec::new(),
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
        }))
    }

    /// Adds every plugin that is linked into the program and registered with
    /// [`register!`](crate::register).
    ///
    /// ```standalone_crate
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # struct Uart;
    /// # impl Plugin for Uart {
    /// #     const META: Meta = Meta::new("uart", "1.0.0");
    /// #     type Requires = (); type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
    /// # }
    /// plugstate::register!(Uart); // where the plugin is written
    ///
    /// fn main() -> Result<(), plugstate::Error> {
    ///     let manager = Manager::builder().discover().build()?;
    ///     assert_eq!(manager.resolution().order().next().unwrap(), "uart");
    ///     Ok(())
    /// }
    /// ```
    ///
    /// A crate that is never named in the program is not linked, and what it registers is not found: see
    /// [`expect`](Self::expect).
    pub fn discover(mut self) -> Self {
        if !self.0.discovered {
            self.0.discovered = true;
            self.0.registrations.extend(Registration::linked().cloned());
        }
        self
    }

    /// Adds one plugin by its type, without views: it provides no capability. To add one with views,
    /// see [`register`](Self::register).
    ///
    /// ```
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// let manager = Manager::builder().add::<Core>().build()?;
    /// manager.enable("core")?;
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    #[track_caller]
    pub fn add<P: Plugin + Send + Sync>(self) -> Self {
        self.register(Registration::of::<P>(&[], Place::caller()))
    }

    /// Adds one plugin by its registration: see [`registration!`](crate::registration) and
    /// [`Registration::dynamic`], each with an example.
    pub fn register(mut self, registration: Registration) -> Self {
        self.0.registrations.push(registration);
        self
    }

    /// Says which plugins must be there. One that is not is a problem that tells how to link it.
    ///
    /// Nothing else can find out: a crate that was left out of the program leaves no trace in it.
    ///
    /// ```
    /// use plugstate::Manager;
    ///
    /// let refused = Manager::builder().discover().expect(["uart"]).build().unwrap_err();
    /// assert!(refused.to_string().ends_with(
    ///     " is expected, but not linked: a crate that is never named in the program registers nothing, \
    ///      so name the crate that has it, as in `plugstate::link!(crate_name);`, or add it to the builder",
    /// ));
    /// ```
    #[track_caller]
    pub fn expect(mut self, plugins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let place = Place::caller();
        let names = plugins.into_iter().map(|name| (PluginId::from(name.into()), place));
        self.0.expected.extend(names);
        self
    }

    /// Gives configurations: any value that serializes as a map with a table for each plugin, as
    /// `toml::Table`, `serde_json::Value` or a struct of yours. Later calls add to earlier ones, and
    /// win where both name a plugin.
    ///
    /// Whether each table fits its plugin is checked when the manager is built.
    ///
    /// ```
    /// use plugstate::{BoxError, Manager, Meta, Plugin};
    /// use serde::Deserialize;
    ///
    /// #[derive(Default, Deserialize)]
    /// struct UartConfig {
    ///     baud: u32,
    /// }
    ///
    /// struct Uart {
    ///     baud: u32,
    /// }
    ///
    /// impl Plugin for Uart {
    ///     type Config = UartConfig;
    /// #     const META: Meta = Meta::new("uart", "1.0.0");
    /// #     type Requires = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok(Uart { baud: 0 }) }
    ///     fn configure(&mut self, config: UartConfig) -> Result<(), BoxError> {
    ///         self.baud = config.baud;
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let tables: toml::Table = toml::from_str("[uart]\nbaud = 9600").unwrap();
    /// let manager = Manager::builder().add::<Uart>().config(tables).build()?;
    /// manager.enable("uart")?;
    /// assert_eq!(manager.get::<Uart>()?.baud, 9600);
    ///
    /// let misspelt: toml::Table = toml::from_str("[uart]\nbaut = 9600\n[usrt]\nbaud = 1").unwrap();
    /// let refused = Manager::builder().add::<Uart>().config(misspelt).build().unwrap_err().to_string();
    /// assert!(refused.contains("is given a config that does not fit: missing field `baud`"), "{refused}");
    /// assert!(refused.contains("is given a config, but is not registered"), "{refused}");
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    #[track_caller]
    pub fn config(mut self, tables: impl Serialize) -> Self {
        let place = Place::caller();
        match config::tables(tables) {
            Ok(tables) => self.0.sources.push((Source::Given(shared(tables)), place)),
            Err(why) => self.0.unreadable.push((why, place)),
        }
        self
    }

    /// Gives configurations from a file, with a table for each plugin, and remembers the file for
    /// [`Manager::check_for_changes`] and [`Manager::reload_changed`].
    ///
    /// The file is read when the manager is built, and again when it has changed. `parse` makes of
    /// its text any value that [`config`](Self::config) takes. What is said there of later calls
    /// holds for both: a table of this file wins over those of earlier calls, also once the file has
    /// changed.
    ///
    /// A file that is not there or does not parse is a problem.
    ///
    /// ```
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # struct Uart;
    /// # impl Plugin for Uart {
    /// #     const META: Meta = Meta::new("uart", "1.0.0");
    /// #     type Requires = ();
    /// #     type Config = toml::Table;
    /// #     type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
    /// # }
    /// # let file = std::env::temp_dir().join(format!("plugstate-{}.toml", std::process::id()));
    /// std::fs::write(&file, "[uart]\nbaud = 9600")?;
    /// let manager = Manager::builder()
    ///     .add::<Uart>()
    ///     .config_file(&file, |text| toml::from_str::<toml::Table>(text))
    ///     .build()?;
    /// # std::fs::remove_file(file)?;
    /// # Ok::<(), BoxError>(())
    /// ```
    #[track_caller]
    pub fn config_file<T, E>(
        mut self,
        path: impl AsRef<Path>,
        parse: impl Fn(&str) -> Result<T, E> + Send + Sync + 'static,
    ) -> Self
    where
        T: Serialize,
        E: Into<BoxError>,
    {
        let file = ConfigFile::new(path.as_ref(), parse);
        self.0.sources.push((Source::File(file), Place::caller()));
        self
    }

    /// Calls `observe` with each event, in order, when the operation that made it is over. An
    /// observer may call operations of the manager; one that panics is not called again.
    ///
    /// ```
    /// use std::sync::mpsc;
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// # plugin!(Uart, "uart", (Core,));
    /// let (sender, receiver) = mpsc::channel();
    /// let manager = Manager::builder()
    ///     .add::<Core>()
    ///     .observe(move |event| sender.send(event.to_string()).unwrap())
    ///     .build()?;
    /// manager.load("core")?;
    /// let told: Vec<String> = receiver.try_iter().collect();
    /// assert_eq!(told, ["#0 core#1 will load", "#1 core#1 did load"]);
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn observe(mut self, observe: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.0.observers.push(Arc::new(observe));
        self
    }

    /// How long an operation waits for guards to be dropped before it answers
    /// [`Error::Busy`]. The default is 5 seconds. See [`Guard`](crate::Guard) for an example.
    pub fn guard_deadline(mut self, limit: Duration) -> Self {
        self.0.limits.guards = limit;
        self
    }

    /// How long an operation waits for one that is under way before it answers [`Error::Turn`]. The
    /// default is 30 seconds.
    ///
    /// ```
    /// use std::sync::Barrier;
    /// use std::time::Duration;
    /// use plugstate::{BoxError, Manager, Meta, Phase, Plugin};
    ///
    /// static STARTED: Barrier = Barrier::new(2);
    /// static SEEN: Barrier = Barrier::new(2);
    ///
    /// struct Slow;
    ///
    /// impl Plugin for Slow {
    /// #     const META: Meta = Meta::new("slow", "1.0.0");
    /// #     type Requires = (); type Config = (); type Error = BoxError;
    ///     fn load() -> Result<Self, BoxError> {
    ///         STARTED.wait();
    ///         SEEN.wait();
    ///         Ok(Slow)
    ///     }
    /// }
    ///
    /// let manager = Manager::builder().add::<Slow>().turn_deadline(Duration::ZERO).build()?;
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| manager.load("slow"));
    ///     STARTED.wait();
    ///     let refused = manager.enable("slow").unwrap_err();
    ///     let loading = manager.phase("slow").unwrap(); // reading waits for nobody
    ///     SEEN.wait();
    ///     assert_eq!(
    ///         refused.to_string(),
    ///         "enable of `slow` had to wait for load of `slow` and gave up after 0ns; try again",
    ///     );
    ///     assert_eq!(loading, Phase::Loading);
    /// });
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn turn_deadline(mut self, limit: Duration) -> Self {
        self.0.limits.turn = limit;
        self
    }

    /// How long a hook may run before it is reported as overdue: at once, by an event and a warning,
    /// and in the report of the operation. It goes on running, for code in one process cannot be
    /// stopped from outside. Without this call hooks are not watched.
    ///
    /// Operations are watched by a thread of their own, which ends with them.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
    /// use std::time::Duration;
    /// use plugstate::Stage;
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// static SECONDS: AtomicU64 = AtomicU64::new(0);
    ///
    /// let manager = Manager::builder()
    ///     .add::<Core>()
    ///     .hook_deadline(Duration::from_millis(500))
    ///     .clock(|| Duration::from_secs(SECONDS.fetch_add(1, SeqCst))) // every hook takes long
    ///     .build()?;
    /// let report = manager.load("core")?;
    /// let (id, stage, took) = &report.overdue()[0];
    /// assert_eq!((id.as_str(), *stage), ("core", Stage::Load));
    /// assert!(*took >= Duration::from_secs(1));
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn hook_deadline(mut self, limit: Duration) -> Self {
        self.0.hooks = Some(limit);
        self
    }

    /// What to do about plugins that fail while they are running, unless
    /// [`restart`](Self::restart), where there is an example, says otherwise. The default is
    /// [`Restart::Never`].
    pub fn restart_all(mut self, policy: Restart) -> Self {
        self.0.restart = policy;
        self
    }

    /// What to do about one plugin if it fails while it is running. A plugin that is not registered
    /// is a problem.
    ///
    /// ```
    /// use std::time::Duration;
    /// use plugstate::{Backoff, Restart};
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// # plugin!(Uart, "uart", (Core,));
    /// let policy = Restart::OnFailure {
    ///     max: 3,
    ///     within: Duration::from_secs(60),
    ///     backoff: Backoff::starting_with(Duration::from_millis(100)),
    /// };
    /// let manager = Manager::builder()
    ///     .add::<Core>()
    ///     .add::<Uart>()
    ///     .restart_all(policy)
    ///     .restart("core", Restart::Never) // the host sees to that one itself
    ///     .build()?;
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    ///
    /// See [`Manager::poll`] for what becomes of it.
    #[track_caller]
    pub fn restart(mut self, plugin: impl Into<String>, policy: Restart) -> Self {
        self.0.restarts.push((plugin.into(), policy, Place::caller()));
        self
    }

    /// How many hooks may run at a time when everything is enabled or shut down. The default is the
    /// number of processors, and threads are started only once hooks have taken long; where this
    /// is called, they are there as soon as a hook is slow that is not known to be quick from the last
    /// time. With 1, plugins move one after the other, in canonical order. What comes out does not
    /// depend on it.
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
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().threads(1).build()?;
    /// assert!(manager.enable_all()?.is_good());
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn threads(mut self, count: usize) -> Self {
        self.0.limits.threads = Threads { count: count.max(1), eager: true };
        self
    }

    /// How many events the journal keeps. The default is 4096.
    ///
    /// At least one is kept. The phases that a [`replay`](Manager::replay) gives do not depend on it.
    ///
    /// ```
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// let manager = Manager::builder().add::<Core>().journal_capacity(2).build()?;
    /// manager.enable("core")?;
    /// let kept: Vec<u64> = manager.events(0).iter().map(|event| event.seq).collect();
    /// assert_eq!(kept, [4, 5]); // of six
    /// assert_eq!(manager.replay(), manager.snapshot());
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn journal_capacity(mut self, events: usize) -> Self {
        self.0.capacity = events;
        self
    }

    /// Where the times in events come from, in place of the machine's clock: what `clock` answers
    /// must not go back. It is read while events are written, so it must neither panic nor call the
    /// manager. [`hook_deadline`](Self::hook_deadline) and [`Manager::poll`] count by it; the other
    /// deadlines are real time.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
    /// use std::time::Duration;
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// static SECONDS: AtomicU64 = AtomicU64::new(7);
    ///
    /// let manager = Manager::builder()
    ///     .add::<Core>()
    ///     .clock(|| Duration::from_secs(SECONDS.load(SeqCst)))
    ///     .build()?;
    /// manager.load("core")?;
    /// SECONDS.store(9, SeqCst);
    /// manager.unload("core")?;
    /// let times: Vec<u64> = manager.events(0).iter().map(|event| event.at.as_secs()).collect();
    /// assert_eq!(times, [7, 7, 9, 9]);
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn clock(mut self, clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.0.clock = Some(Clock::Host(Box::new(clock)));
        self
    }

    /// Builds the manager, if nothing at all is wrong with the suite. No hook is called, but
    /// each configuration is read once as its plugin's own type. Cost: that, and [`resolve`].
    ///
    /// # Errors
    ///
    /// [`Error::Link`] with every problem: what is not linked, names with two owners, dependencies
    /// that are missing or have the wrong version, cycles, configurations that do not fit or belong
    /// to nobody, config files that cannot be used.
    ///
    /// # Examples
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
    /// let refused = Manager::builder().add::<Uart>().expect(["spi"]).build().unwrap_err();
    /// let text = refused.to_string();
    /// assert!(text.starts_with("2 problems:\n  - "));
    /// assert!(text.contains("plugin `spi`") && text.contains("is expected, but not linked"));
    /// assert!(text.contains("plugin `uart`") && text.contains("requires `core`, which is not registered"));
    /// ```
    pub fn build(self) -> Result<Manager, Error> {
        let manager = self.build_partial();
        match manager.problems() {
            [] => Ok(manager),
            problems => Err(Error::Link(Problems(problems.to_vec()))),
        }
    }

    /// Builds the manager with the plugins that can be resolved. The others are blocked, each with
    /// its reason, and so is what requires them; [`Manager::problems`] holds what is wrong.
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
    /// # plugin!(Spi, "spi", ());
    /// let manager = Manager::builder().add::<Uart>().add::<Spi>().build_partial(); // without `core`
    /// manager.enable_all()?;
    /// assert_eq!(manager.enabled(), ["spi"]);
    /// assert_eq!(manager.problems().len(), 1);
    /// assert!(matches!(manager.enable("uart"), Err(Error::Blocked { .. })));
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    #[must_use]
    pub fn build_partial(self) -> Manager {
        static NUMBERS: Numbers = Numbers::new();
        boundary::remember_places();
        let gathered = *self.0;
        let (declarations, registered): (Vec<_>, Vec<_>) =
            gathered.registrations.into_iter().map(Registration::into_parts).unzip();
        let resolution = resolve(declarations);
        let (parts, types, services) = parts(&resolution, registered);
        let mut problems = resolution.problems().to_vec();
        problems.extend(not_linked(&resolution, &gathered.expected));
        let (files, mut tables, unusable) = Files::open(gathered.sources, &resolution);
        problems.extend(unowned_tables(&resolution, &tables));
        problems.extend(unusable);
        problems.extend(gathered.unreadable.into_iter().map(|(why, place)| {
            Problem::new(PluginId::from_static("*"), place, Reason::UnreadableConfig { why })
        }));
        let mut places = FxHashMap::default();
        let slots = (0..resolution.len() as u32)
            .map(|plugin| {
                // Most suites have no tables, and the names need not be read.
                let table = match tables.is_empty() {
                    true => None,
                    false => tables.remove(resolution.id(plugin).as_str()),
                };
                Slot::new(table.map(|Layered { table, place, .. }| {
                    places.insert(plugin, place);
                    table
                }))
            })
            .collect();
        let plugins = resolution.len();
        let mut supervision = Supervision::default();
        supervision.default = gathered.restart;
        for (name, policy, place) in gathered.restarts {
            match resolution.index_of(&name) {
                Some(plugin) => drop(supervision.policies.insert(plugin, policy)),
                None => {
                    let nearest = resolution.nearest(&name);
                    let reason = Reason::NobodysRestart { nearest };
                    problems.push(Problem::new(name.into(), place, reason));
                }
            }
        }
        let engine = Engine {
            number: NUMBERS.next() as u32,
            resolution: Arc::new(resolution),
            parts,
            slots,
            ledger: Ledger::new(
                plugins,
                gathered.capacity,
                gathered.clock.unwrap_or_else(|| Clock::Machine(Instant::now())),
            ),
            desk: Desk::new(),
            turn: Turn::default(),
            limits: gathered.limits,
            overdue: Overdue::new(gathered.hooks),
            bindings: Bindings::default(),
            supervision: Mutex::new(supervision),
            types,
            services,
        };
        problems.extend(misfits(&engine, &places));
        problems.sort_by(|a, b| a.plugin().cmp(b.plugin()));
        let observers = Observers::default();
        for observe in gathered.observers {
            observers.add(&engine.ledger, observe);
        }
        Manager { engine, observers, files, problems }
    }
}

/// Asked once, for the answer is read out of files.
fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, std::num::NonZero::get))
}

type Parts = (Box<[Part]>, Types, FxHashMap<TypeId, Vec<(u32, u32)>>);

/// Lays the registrations in the order of the resolution, which holds their declarations in the order
/// in which they came. Where a name has several owners the plugin is blocked, and the one that the
/// resolution keeps stands here.
fn parts(resolution: &Resolution, registered: Vec<Registered>) -> Parts {
    let mut types = Vec::new();
    let mut services: FxHashMap<TypeId, Vec<(u32, u32)>> = FxHashMap::default();
    let mut registered: Vec<Option<Registered>> = registered.into_iter().map(Some).collect();
    let parts: Box<[Part]> = (0..resolution.len() as u32)
        .map(|plugin| {
            let registered = registered[resolution.arrival(plugin)].take();
            let Registered { maker, views } = registered.expect("each claim has one name");
            let bound = received(resolution, plugin, &maker);
            if let Some(key) = resolution.declaration_at(plugin).key() {
                // A maker that was made at run time may stand around another one.
                types.push((key.id(), plugin, matches!(maker, MakerRef::Static(_))));
            }
            for (number, view) in (0..).zip(views.iter()) {
                services.entry(view.key().id()).or_default().push((plugin, number));
            }
            Part { maker, views, bound }
        })
        .collect();
    // The others that claim a name have types too.
    let others = registered.iter().enumerate().filter(|(_, others)| others.is_some());
    for declaration in others.map(|(arrival, _)| resolution.arrived(arrival)) {
        let plugin = resolution.index_of(declaration.id().as_str());
        if let (Some(plugin), Some(key)) = (plugin, declaration.key()) {
            types.push((key.id(), plugin, false));
        }
    }
    (parts, Types::new(types), services)
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
            capability: dependency.capability().map(|key| Box::new(key.id())),
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

fn unowned_tables(resolution: &Resolution, tables: &BTreeMap<String, Layered>) -> Vec<Problem> {
    (tables.iter())
        .filter(|(name, _)| resolution.index_of(name).is_none())
        .map(|(name, layered)| {
            let nearest = resolution.nearest(name);
            Problem::new(name.clone().into(), layered.place, Reason::NobodysConfig { nearest })
        })
        .collect()
}

/// The tables that do not fit their plugins.
fn misfits(engine: &Engine, places: &FxHashMap<u32, Place>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (&plugin, &place) in places {
        let table = engine.slot(plugin).config();
        if let Err(error) = engine.parse(plugin, table.as_deref()) {
            engine.slot(plugin).record(|record| record.misfit = true);
            problems.push(Problem::new(engine.id(plugin).clone(), place, Reason::Config(error)));
        }
    }
    problems
}
