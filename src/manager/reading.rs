//! What can be read off a [`Manager`] at any time: no read waits for a hook.

use std::any::{Any, TypeId, type_name};
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::Manager;
use super::guard::{Guard, NoGuard, Sight};
use super::info::{Info, Snapshot, Standing};
use super::observers::{LostObserver, ObserverId};
use super::plan::Standings;
use crate::error::{Error, Misuse};
use crate::event::Event;
use crate::explain::{Problem, Warning};
use crate::graph::{Binding, Need, Resolution};
use crate::id::PluginId;
use crate::phase::Phase;
use crate::plugin::{Cast, Plugin};

impl Manager {
    /// A guard on the running plugin of type `P`. It costs one hash look-up and waits for nobody.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnabled`] unless it is enabled, [`Misuse::NotRegistered`] if nothing has that type.
    ///
    /// # Examples
    ///
    /// ```
    /// # use plugstate::Phase;
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// # plugin!(Uart, "uart", (Core,));
    /// # impl Uart { fn baud(&self) -> u32 { 9600 } }
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
    /// assert_eq!(
    ///     manager.get::<Uart>().map(drop).unwrap_err().to_string(),
    ///     "plugin `uart` is Discovered, not in service; enable it first",
    /// );
    /// manager.enable("uart")?;
    /// assert_eq!(manager.get::<Uart>()?.baud(), 9600); // the guard ends with the statement
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    #[track_caller]
    #[inline]
    pub fn get<P: Plugin>(&self) -> Result<Guard<'_, P>, Error> {
        let Some((plugin, sure)) = self.engine.types.find(TypeId::of::<P>()) else {
            return Err(*not_registered(type_name::<P>));
        };
        if !sure {
            return match self.get_perhaps(plugin, Location::caller()) {
                Ok(guard) => Ok(*guard),
                Err(error) => Err(*error),
            };
        }
        match self.guard(plugin, Sight::<P>::TYPED, sure, Location::caller()) {
            Ok(guard) => Ok(guard),
            Err(error) => Err(*error),
        }
    }

    /// The same where the instance may be of another type, or have something around it.
    #[cold]
    #[inline(never)]
    #[allow(clippy::type_complexity, reason = "a box on either side keeps it out of the way")]
    fn get_perhaps<P: Plugin>(
        &self,
        plugin: u32,
        place: &'static Location<'static>,
    ) -> Result<Box<Guard<'_, P>>, Box<Error>> {
        self.guard(plugin, Sight::Plugin(<dyn Any>::downcast_ref::<P>), false, place).map(Box::new)
    }

    /// A guard on the running plugin of this name, which must have the type `P`: for plugins that were
    /// declared at run time, where one type bears many names.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], [`Error::NotEnabled`], and [`Misuse::WrongType`].
    ///
    /// # Examples
    ///
    /// ```
    /// use plugstate::{Declaration, DynPlugin, Manager, Registration};
    ///
    /// struct Script(&'static str);
    /// # impl DynPlugin for Script { type Config = (); }
    ///
    /// let script = |name: &'static str, text| {
    ///     Registration::dynamic(Declaration::new(name, "1.0.0"), move || Ok(Script(text)))
    /// };
    /// let manager = Manager::builder()
    ///     .register(script("hello.lua", "print 'hello'"))
    ///     .register(script("bye.lua", "print 'bye'"))
    ///     .build()?;
    /// manager.enable_all()?;
    /// assert_eq!(manager.get_as::<Script>("bye.lua")?.0, "print 'bye'");
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    #[track_caller]
    pub fn get_as<P: Any>(&self, plugin: &str) -> Result<Guard<'_, P>, Error> {
        let plugin = self.find(plugin)?;
        self.guard(plugin, Sight::Plugin(<dyn Any>::downcast_ref::<P>), false, Location::caller())
            .map_err(|error| *error)
    }

    /// Every enabled plugin that was registered as the trait `T`, by name.
    ///
    /// Each is borrowed when the iterator comes to it, and skipped if it is not in service then.
    ///
    /// Cost: the plugins that were registered as `T`. It waits for nobody.
    ///
    /// ```
    /// use plugstate::registration;
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// # plugin!(Uart, "uart", (Core,));
    /// trait Bus: Send + Sync {
    ///     fn wires(&self) -> u32;
    /// }
    ///
    /// impl Bus for Uart {
    ///     fn wires(&self) -> u32 {
    ///         2
    ///     }
    /// }
    ///
    /// let manager =
    ///     Manager::builder().add::<Core>().register(registration!(Uart as dyn Bus)).build()?;
    /// assert_eq!(manager.services::<dyn Bus>().count(), 0); // it does not serve yet
    /// manager.enable_all()?;
    /// let wires: Vec<(String, u32)> =
    ///     manager.services::<dyn Bus>().map(|(id, bus)| (id.to_string(), bus.wires())).collect();
    /// assert_eq!(wires, [("uart".to_owned(), 2)]);
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    #[track_caller]
    pub fn services<T: ?Sized + 'static>(&self) -> impl Iterator<Item = (&PluginId, Guard<'_, T>)> {
        let place = Location::caller();
        let found = self.engine.services.get(&TypeId::of::<T>());
        found.into_iter().flatten().filter_map(move |&(plugin, view)| {
            let view = &self.engine.parts[plugin as usize].views[view as usize];
            let sight = Sight::Plugin(view.cast().downcast_ref::<Cast<T>>()?.0);
            let slot = &self.engine.slots[plugin as usize];
            let guard =
                Guard::take(&self.engine.desk, slot, plugin, sight, false, place, |_| ()).ok()?;
            Some((self.engine.id(plugin), guard))
        })
    }

    /// What time it is for the manager: counted from the moment at which it was built, or as the
    /// clock has it that was given to [`Builder::clock`](crate::Builder::clock).
    ///
    /// ```
    /// use std::time::Duration;
    /// use plugstate::Manager;
    ///
    /// let manager = Manager::builder().clock(|| Duration::from_secs(5)).build()?;
    /// assert_eq!(manager.now(), Duration::from_secs(5));
    /// let _poll = manager.poll(manager.now())?;
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    #[must_use]
    pub fn now(&self) -> Duration {
        self.engine.ledger.now()
    }

    /// Where a plugin stands. It costs one hash look-up and waits for nobody.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is none of that name.
    ///
    /// # Examples
    ///
    /// ```
    /// use plugstate::Phase;
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// # plugin!(Uart, "uart", (Core,));
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
    /// manager.load("uart")?;
    /// assert_eq!(manager.phase("uart")?, Phase::Loaded);
    /// assert!(manager.phase("spi").is_err());
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn phase(&self, plugin: &str) -> Result<Phase, Error> {
        Ok(self.engine.phase(self.find(plugin)?))
    }

    /// Everything about one plugin; see [`Info`] for an example.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is none of that name.
    pub fn info(&self, plugin: &str) -> Result<Info<'_>, Error> {
        let plugin = self.find(plugin)?;
        let resolution = &self.engine.resolution;
        let failures = self.engine.slots[plugin as usize]
            .record(|record| record.failures.iter().cloned().collect());
        let id = resolution.id(plugin).clone();
        let declared = resolution.declaration_at(plugin);
        Ok(Info {
            version: declared.version().to_owned(),
            about: declared.about().to_owned(),
            place: declared.place(),
            phase: self.engine.phase(plugin),
            generation: self.engine.ledger.generation(plugin),
            dependencies: self.dependencies(id.as_str())?,
            dependents: self.dependents(id.as_str())?,
            blocked: resolution.blocked(plugin).cloned(),
            failures,
            times: self.engine.ledger.times(plugin),
            id,
        })
    }

    /// The plugins that are enabled, in canonical order. Linear in the size of the suite.
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
    /// let manager = Manager::builder().add::<Uart>().add::<Core>().build()?;
    /// manager.enable("uart")?;
    /// assert_eq!(manager.enabled(), ["core", "uart"]);
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    #[must_use]
    pub fn enabled(&self) -> Vec<PluginId> {
        let order = self.engine.order();
        order
            .iter()
            .copied()
            .filter(|&plugin| self.engine.phase(plugin) == Phase::Enabled)
            .map(|plugin| self.engine.id(plugin).clone())
            .collect()
    }

    /// What a plugin depends on, as declared, with the plugin that each dependency is bound to now: a
    /// capability may have been bound anew since the suite was resolved.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is none of that name.
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
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
    /// let bindings = manager.dependencies("uart")?;
    /// assert_eq!(bindings.len(), 1);
    /// assert_eq!(bindings[0].bound, Ok(&"core".into()));
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn dependencies(&self, plugin: &str) -> Result<Vec<Binding<'_>>, Error> {
        let index = self.find(plugin)?;
        let resolved = self.engine.resolution.dependencies(plugin).enumerate();
        let rebound = self.engine.bindings.is_rebound(index);
        let required = self.engine.required(index);
        let now = resolved.map(|(position, mut binding)| {
            if let Some(provider) = self.engine.bound(index, position) {
                binding.bound = Ok(self.engine.id(provider));
                if rebound {
                    let needed = !binding.declared.optional || required.contains(&provider);
                    binding.need = if needed { Need::Required } else { Need::Optional };
                }
            }
            binding
        });
        Ok(now.collect())
    }

    /// Who requires a plugin directly, in canonical order.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is none of that name.
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
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
    /// assert_eq!(manager.dependents("core")?, ["uart"]);
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn dependents(&self, plugin: &str) -> Result<Vec<PluginId>, Error> {
        let plugin = self.find(plugin)?;
        let mut above = self.engine.dependents(plugin).into_owned();
        above.sort_unstable_by_key(|&above| self.engine.rank(above));
        Ok(above.into_iter().map(|above| self.engine.id(above).clone()).collect())
    }

    /// Every plugin's phase, at one moment between two events of the journal. Linear in the size of
    /// the suite; hooks that run meanwhile go on, and their end is noted after it.
    ///
    /// ```
    /// use plugstate::Phase;
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// # plugin!(Uart, "uart", (Core,));
    /// let manager = Manager::builder().add::<Uart>().add::<Core>().build()?;
    /// manager.load("core")?;
    /// let snapshot = manager.snapshot();
    /// assert_eq!(snapshot.to_string(), "core: Loaded\nuart: Discovered");
    ///
    /// manager.load("uart")?;
    /// assert_eq!(manager.events(snapshot.next_seq).len(), 2); // what has happened since
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let book = self.engine.ledger.book();
        let plugins = (0..self.engine.resolution.len() as u32)
            .map(|plugin| Standing {
                id: self.engine.id(plugin).clone(),
                phase: self.engine.phase(plugin),
                generation: self.engine.ledger.generation(plugin),
            })
            .collect();
        Snapshot { next_seq: book.journal.next_seq(), plugins }
    }

    /// The events from number `seq` on, as far as the journal still has them.
    ///
    /// How many it keeps is said by [`Builder::journal_capacity`](crate::Builder::journal_capacity). An
    /// answer that starts later than `seq` tells that what came before is gone.
    ///
    /// ```
    /// use plugstate::EventKind;
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
    /// let started: Vec<String> = (manager.events(0).iter())
    ///     .filter(|event| event.kind == EventKind::DidEnable)
    ///     .map(|event| event.plugin.to_string())
    ///     .collect();
    /// assert_eq!(started, ["core", "uart"]);
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    #[must_use]
    pub fn events(&self, seq: u64) -> Vec<Event> {
        let book = self.engine.ledger.book();
        let since = book.journal.since(seq);
        since.map(|(seq, record)| record.event(seq, &self.engine.resolution)).collect()
    }

    /// What all events since the manager was built add up to: the same as
    /// [`snapshot`](Self::snapshot), got from the journal alone.
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
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
    /// manager.enable("uart")?;
    /// assert_eq!(manager.replay(), manager.snapshot());
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    #[must_use]
    pub fn replay(&self) -> Snapshot {
        let book = self.engine.ledger.book();
        let standings = book.journal.replay().into_iter().enumerate();
        let plugins = standings
            .map(|(plugin, standing)| Standing {
                id: self.engine.id(plugin as u32).clone(),
                phase: standing.phase,
                generation: standing.generation,
            })
            .collect();
        Snapshot { next_seq: book.journal.next_seq(), plugins }
    }

    /// How the suite was resolved: order, levels, dependencies.
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
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
    /// let order: Vec<&str> = manager.resolution().order().map(|id| id.as_str()).collect();
    /// assert_eq!(order, ["core", "uart"]);
    /// assert_eq!(manager.resolution().level("uart"), Some(1));
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    #[must_use]
    pub fn resolution(&self) -> &Resolution {
        &self.engine.resolution
    }

    /// What is wrong with the suite; empty unless it was built with
    /// [`Builder::build_partial`](crate::Builder::build_partial).
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
    /// let manager = Manager::builder().add::<Uart>().build_partial(); // without the `core` it requires
    /// let problem = &manager.problems()[0];
    /// assert_eq!(problem.plugin(), "uart");
    /// assert!(problem.to_string().contains("requires `core`, which is not registered"));
    /// ```
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What is odd about the suite, and does not keep it from running.
    ///
    /// ```
    /// use plugstate::{Declaration, DynPlugin, Manager, Registration};
    /// # struct P;
    /// # impl DynPlugin for P { type Config = (); }
    /// # let plugin = |declaration| Registration::dynamic(declaration, || Ok(P));
    /// let manager = Manager::builder()
    ///     .register(plugin(Declaration::new("clock", "1.0.0")))
    ///     .register(plugin(Declaration::new("uart", "1.0.0").wants("clock", "^2")))
    ///     .build()?;
    /// assert_eq!(
    ///     manager.warnings()[0].to_string(),
    ///     "plugin `uart` goes without `clock` ^2, which is optional and is registered in version 1.0.0",
    /// );
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        self.engine.resolution.warnings()
    }

    /// Calls `observe` with each event from now on: see [`Builder::observe`](crate::Builder::observe).
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
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
    /// let (sender, receiver) = mpsc::channel();
    /// let observer = manager.observe(move |event| sender.send(event.to_string()).unwrap());
    /// manager.load("core")?;
    /// assert_eq!(receiver.try_iter().last().as_deref(), Some("#1 core#1 did load"));
    ///
    /// assert!(manager.unobserve(observer));
    /// manager.load("uart")?;
    /// assert_eq!(receiver.try_iter().count(), 0);
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn observe(&self, observe: impl Fn(&Event) + Send + Sync + 'static) -> ObserverId {
        self.observers.add(&self.engine.ledger, Arc::new(observe))
    }

    /// Ends an observer. Answers whether it was there.
    ///
    /// See [`observe`](Self::observe) for an example.
    pub fn unobserve(&self, observer: ObserverId) -> bool {
        self.observers.remove(&self.engine.ledger, observer)
    }

    /// The observers that panicked, and are not called any more.
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
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
    /// manager.observe(|event| panic!("cannot read {event}"));
    /// manager.load("core")?;
    /// let lost = manager.lost_observers();
    /// assert_eq!((lost[0].seq, lost[0].message.as_str()), (0, "cannot read #0 core#1 will load"));
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    #[must_use]
    pub fn lost_observers(&self) -> Vec<LostObserver> {
        self.observers.lost()
    }

    /// The error comes in a box: were it written where the answer will stand, so would be the guard.
    #[inline(always)]
    fn guard<T: ?Sized + 'static>(
        &self,
        plugin: u32,
        sight: Sight<T>,
        sure: bool,
        place: &'static Location<'static>,
    ) -> Result<Guard<'_, T>, Box<Error>> {
        let slot = &self.engine.slots[plugin as usize];
        let refuse = |why| self.no_guard(plugin, why, type_name::<T>);
        Guard::take(&self.engine.desk, slot, plugin, sight, sure, place, refuse)
    }

    /// Out of the way of those who get one.
    #[cold]
    fn no_guard(&self, plugin: u32, why: NoGuard, type_name: fn() -> &'static str) -> Box<Error> {
        let plugin_id = self.engine.id(plugin).clone();
        Box::new(match why {
            NoGuard::NotSo => {
                Misuse::WrongType { plugin: plugin_id, type_name: type_name() }.into()
            }
            NoGuard::NotServing => {
                Error::NotEnabled { plugin: plugin_id, phase: self.engine.phase(plugin) }
            }
        })
    }
}

#[cold]
fn not_registered(type_name: fn() -> &'static str) -> Box<Error> {
    Box::new(Misuse::NotRegistered { type_name: type_name() }.into())
}
