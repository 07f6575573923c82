//! The parts of a manager, and the five steps that call hooks on them.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashMap;
use tracing::level_filters::LevelFilter;

use super::binding::Bindings;
use super::boundary::{self, Broke};
use super::desk::Desk;
use super::ledger::{Hook, Lane, Ledger, Seat};
use super::overdue::Overdue;
use super::plan::Standings;
use super::pool::Threads;
use super::slot::{Running, Slot};
use super::supervise::Supervision;
use super::turn::Turn;
use super::types::Types;
use crate::chart::Refused;
use crate::config::ConfigError;
use crate::event::EventKind;
use crate::failure::Failure;
use crate::graph::Resolution;
use crate::id::PluginId;
use crate::instance::Instance;
use crate::phase::Phase;
use crate::place::Place;
use crate::plugin::{Bound, BoxError};
use crate::registry::{MakerRef, View};
use crate::stage::Stage;
use crate::sync::{Instant, Mutex};

/// The parts of a manager.
pub(crate) struct Engine {
    /// Tells managers of one program apart.
    pub(crate) number: u32,
    /// Shared with reports, which name plugins by it.
    pub(crate) resolution: Arc<Resolution>,
    pub(crate) parts: Box<[Part]>,
    pub(crate) slots: Box<[Slot]>,
    pub(crate) ledger: Ledger,
    pub(crate) desk: Desk,
    pub(crate) turn: Turn,
    pub(crate) limits: Limits,
    pub(crate) overdue: Overdue,
    /// The capability dependencies that are not bound as they were resolved.
    pub(crate) bindings: Bindings,
    pub(crate) supervision: Mutex<Supervision>,
    /// Which plugin has which type: the one that bears the name that the type declares.
    pub(crate) types: Types,
    /// Who can be seen as which trait, by name, with the number of the view.
    pub(crate) services: FxHashMap<TypeId, Vec<(u32, u32)>>,
}

/// What is fixed about a plugin beside its place in the resolution.
pub(crate) struct Part {
    pub(crate) maker: MakerRef,
    pub(crate) views: Cow<'static, [View]>,
    /// The dependencies that the `enable` hook receives, by position.
    pub(crate) bound: Box<[Received]>,
}

/// A dependency that an `enable` hook receives.
pub(crate) struct Received {
    /// The capability that is asked for, if it is one: in a box, for most dependencies are on plugins.
    pub(crate) capability: Option<Box<TypeId>>,
    /// The plugin that it was resolved to, found once: names are not looked up at every start.
    pub(crate) resolved: Option<u32>,
}

/// How long to wait for whom, and how many may work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// For an operation that is under way.
    pub(crate) turn: Duration,
    /// For guards to be dropped.
    pub(crate) guards: Duration,
    /// How many hooks may run at a time.
    pub(crate) threads: Threads,
}

impl Limits {
    /// Until when guards may be waited for that are to be dropped from now on.
    pub(crate) fn guards_until(&self) -> Instant {
        /// As long as anybody will wait, and less than what a clock can count.
        const EVER: Duration = Duration::from_hours(8_760);
        Instant::now() + self.guards.min(EVER)
    }
}

/// Why a step was not made, or what came of it.
pub(crate) enum Trouble {
    /// The hook failed, and the plugin's phase says so.
    Failed(Arc<Failure>),
    /// The configuration does not fit; nothing has changed.
    Config(ConfigError),
    /// The chart refuses; nothing has changed.
    Refused(u32, Refused),
    /// Guards were not dropped; nothing has changed.
    Busy(u32, Box<[Place]>),
}

impl Standings for Engine {
    fn phase(&self, plugin: u32) -> Phase {
        self.ledger.phase(plugin)
    }

    fn resolution(&self) -> &Resolution {
        &self.resolution
    }

    fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    fn is_resident(&self, plugin: u32) -> bool {
        match self.ledger.phase(plugin) {
            Phase::Failed => self.ledger.has_instance(plugin),
            phase => phase.is_resident(),
        }
    }
}

impl Engine {
    /// The plugins that can run, in canonical order, as dependencies are bound now.
    pub(crate) fn order(&self) -> Cow<'_, [u32]> {
        self.bindings.order(&self.resolution)
    }

    /// What the dependency at `position` is bound to.
    pub(crate) fn bound(&self, plugin: u32, position: usize) -> Option<u32> {
        self.bindings.bound(&self.resolution, plugin, position)
    }

    #[inline]
    pub(crate) fn id(&self, plugin: u32) -> &PluginId {
        self.resolution.id(plugin)
    }

    #[inline]
    pub(crate) fn slot(&self, plugin: u32) -> &Slot {
        &self.slots[plugin as usize]
    }

    /// Calls one hook and writes down what came of it. `serve` says whether a plugin that was
    /// enabled is in service at once, or when the operation says so. Answers how long the hook ran.
    pub(crate) fn step(
        &self,
        seat: impl Into<Seat>,
        stage: Stage,
        serve: bool,
    ) -> Result<Duration, Trouble> {
        self.step_at(seat.into(), stage, serve, false)
    }

    /// The same; `soon` says that the newest event is the end of another hook, and that this follows at
    /// once.
    pub(crate) fn step_at(
        &self,
        seat: Seat,
        stage: Stage,
        serve: bool,
        soon: bool,
    ) -> Result<Duration, Trouble> {
        // Who listens to spans may take its time.
        let soon = soon && !tells_spans();
        let _span = tracing::debug_span!(
            "plugstate.hook",
            plugin = self.id(seat.plugin).as_str(),
            hook = stage.name()
        )
        .entered();
        match stage {
            Stage::Load => self.load(seat),
            Stage::Configure => self.configure(seat),
            Stage::Enable => self.enable(seat, serve),
            Stage::Disable => self.disable(seat, soon),
            Stage::Restore => self.restore(seat),
            Stage::Unload => self.unload(seat, soon),
            Stage::Fault => Ok(Duration::ZERO),
        }
    }

    fn load(&self, seat: Seat) -> Result<Duration, Trouble> {
        let (began, _) = self.begin(seat, Hook::LOAD, false)?;
        let maker = &self.parts[seat.plugin as usize].maker;
        match self.call(seat.plugin, Stage::Load, || maker.load()) {
            Ok(instance) => {
                let running = Arc::new(Running { instance });
                self.finish(seat, Hook::LOAD, began, Some(running), || ())
            }
            Err(broke) => Err(self.broke(seat, Stage::Load, Some(began), None, broke)),
        }
    }

    fn configure(&self, seat: Seat) -> Result<Duration, Trouble> {
        let would = self.ledger.would(seat, Hook::CONFIGURE.done);
        would.map_err(|refused| Trouble::Refused(seat.plugin, refused))?;
        let table = self.slot(seat.plugin).config();
        let config = self.parse(seat.plugin, table.as_deref()).map_err(Trouble::Config)?;
        self.on_instance(seat, Hook::CONFIGURE, false, |instance| instance.configure(config))
    }

    /// Reads a table as the plugin's own type of configuration, which is the plugin's code too.
    pub(crate) fn parse(
        &self,
        plugin: u32,
        table: Option<&serde_json::Value>,
    ) -> Result<Box<dyn Any>, ConfigError> {
        let id = self.id(plugin);
        let maker = &self.parts[plugin as usize].maker;
        match self.call(plugin, Stage::Configure, || Ok(maker.parse(id, table))) {
            Ok(parsed) => parsed,
            Err(broke) => Err(ConfigError::panicked(id, &broke.chain.concat())),
        }
    }

    fn enable(&self, seat: Seat, serve: bool) -> Result<Duration, Trouble> {
        self.with_dependencies(seat.plugin, |bounds| self.enable_on(seat, serve, bounds))
    }

    /// Hands out what the `enable` hook of a plugin receives.
    #[inline(always)]
    pub(crate) fn with_dependencies<R>(
        &self,
        plugin: u32,
        enable: impl FnOnce(&[Option<Bound<'_>>]) -> R,
    ) -> R {
        let part = &self.parts[plugin as usize];
        if part.bound.is_empty() {
            return enable(&[]);
        }
        let shared: Vec<_> = (part.bound.iter().enumerate())
            .map(|(position, received)| {
                self.dependency(self.bindings.anew(plugin, position).or(received.resolved)?)
            })
            .collect();
        let bounds: Vec<_> = (shared.iter().zip(&part.bound))
            .map(|(dependency, received)| {
                let (index, running) = dependency.as_ref()?;
                let key = received.capability.as_deref();
                let view = key.and_then(|&key| self.view(*index, key));
                Some(Bound { plugin: running.instance.plugin(), view })
            })
            .collect();
        enable(&bounds)
    }

    /// The same with the dependencies at hand.
    fn enable_on(
        &self,
        seat: Seat,
        serve: bool,
        bounds: &[Option<Bound<'_>>],
    ) -> Result<Duration, Trouble> {
        let Seat { plugin, lane } = seat;
        let (began, running) = self.begin(seat, Hook::ENABLE, false)?;
        let mut running = running.expect(HERE);
        let instance = alone(&mut running);
        match self.call(plugin, Stage::Enable, || instance.enable(bounds)) {
            Ok(()) if serve && lane == Lane::Main => {
                let serve = || self.slot(plugin).serve(running);
                self.finish(seat, Hook::ENABLE, began, None, serve)
            }
            Ok(()) => self.finish(seat, Hook::ENABLE, began, Some(running), || ()),
            Err(broke) => Err(self.broke(seat, Stage::Enable, Some(began), Some(running), broke)),
        }
    }

    /// The plugin must be out of service: see [`Slot::close`].
    fn disable(&self, seat: Seat, soon: bool) -> Result<Duration, Trouble> {
        self.on_instance(seat, Hook::DISABLE, soon, |instance| instance.disable())
    }

    /// Has the instance beside the plugin take over what it wants from the one that is the plugin.
    fn restore(&self, seat: Seat) -> Result<Duration, Trouble> {
        let old = self.ledger.take(seat.plugin.into()).expect(HERE);
        let answer = self.on_instance(seat, Hook::RESTORE, false, |instance| {
            instance.restore(old.instance.plugin())
        });
        self.ledger.put(seat.plugin.into(), old);
        answer
    }

    /// A hook that fails is reported, and the instance is gone all the same.
    fn unload(&self, seat: Seat, soon: bool) -> Result<Duration, Trouble> {
        let (began, running) = self.begin(seat, Hook::UNLOAD, soon)?;
        let answer = match running {
            // It failed before there was an instance.
            None => Ok(()),
            Some(running) => {
                let running = Arc::into_inner(running).expect(ALONE);
                self.call(seat.plugin, Stage::Unload, || running.instance.unload())
            }
        };
        let broke = |broke| self.broke(seat, Stage::Unload, Some(began), None, broke);
        let failed = answer.map_err(broke);
        let took = self.finish(seat, Hook::UNLOAD, began, None, || ())?;
        failed.map(|()| took)
    }

    /// Calls a hook on an instance that is out of service.
    #[inline(always)]
    fn on_instance(
        &self,
        seat: Seat,
        hook: Hook,
        soon: bool,
        code: impl FnOnce(&mut dyn Instance) -> Result<(), BoxError>,
    ) -> Result<Duration, Trouble> {
        let (began, running) = self.begin(seat, hook, soon)?;
        let mut running = running.expect(HERE);
        let instance = alone(&mut running);
        match self.call(seat.plugin, hook.stage, || code(instance)) {
            Ok(()) => self.finish(seat, hook, began, Some(running), || ()),
            Err(broke) => Err(self.broke(seat, hook.stage, Some(began), Some(running), broke)),
        }
    }

    #[inline(always)]
    pub(crate) fn call<R>(
        &self,
        plugin: u32,
        stage: Stage,
        hook: impl FnOnce() -> Result<R, BoxError>,
    ) -> Result<R, Box<Broke>> {
        boundary::call(self.number, plugin, stage, hook)
    }

    #[inline(always)]
    pub(crate) fn begin(
        &self,
        seat: Seat,
        hook: Hook,
        soon: bool,
    ) -> Result<(Duration, Option<Arc<Running>>), Trouble> {
        let begun = self.ledger.begin(seat, hook, soon);
        let begun = begun.map_err(|refused| Trouble::Refused(seat.plugin, refused))?;
        self.overdue.begin(seat.plugin, hook.stage, begun.0);
        Ok(begun)
    }

    #[inline(always)]
    pub(crate) fn finish(
        &self,
        seat: Seat,
        hook: Hook,
        began: Duration,
        instance: Option<Arc<Running>>,
        publish: impl FnOnce(),
    ) -> Result<Duration, Trouble> {
        let Hook { stage, done, .. } = hook;
        let took = self
            .ledger
            .finish(seat, stage, done, Some(began), instance, publish)
            .map_err(|refused| Trouble::Refused(seat.plugin, refused))?;
        self.overdue.finish(seat.plugin, stage, took);
        tracing::trace!(plugin = self.id(seat.plugin).as_str(), hook = stage.name(), ?took, "done");
        Ok(took)
    }

    /// Ends one hook on an instance and begins the next at the same moment. Answers how long the first
    /// ran, when the next began, and the instance.
    #[inline(always)]
    pub(crate) fn pass(
        &self,
        seat: Seat,
        hook: Hook,
        began: Duration,
        instance: Arc<Running>,
        next: Hook,
    ) -> Result<(Duration, Duration, Option<Arc<Running>>), Trouble> {
        let passed = self.ledger.pass(seat, hook, began, instance, next);
        let passed = passed.map_err(|refused| Trouble::Refused(seat.plugin, refused))?;
        self.overdue.finish(seat.plugin, hook.stage, passed.0);
        self.overdue.begin(seat.plugin, next.stage, passed.1);
        Ok(passed)
    }

    /// Records a hook that failed, or a fault, and makes the transition. `instance` is the one that the
    /// hook was called on.
    #[cold]
    pub(crate) fn broke(
        &self,
        seat: Seat,
        stage: Stage,
        began: Option<Duration>,
        instance: Option<Arc<Running>>,
        broke: Box<Broke>,
    ) -> Trouble {
        let generation = self.ledger.generation_of(&self.ledger.book(), seat);
        let failure = self.failure(seat.plugin, generation, stage, broke);
        self.slot(seat.plugin).fail(Arc::clone(&failure));
        let done = EventKind::DidFail(stage);
        match self.ledger.finish(seat, stage, done, began, instance, || ()) {
            Ok(took) => self.overdue.finish(seat.plugin, stage, took),
            Err(refused) => return Trouble::Refused(seat.plugin, refused),
        }
        // Last, for whoever listens may panic, and the phase must not wait for that.
        tracing::error!(plugin = failure.plugin.as_str(), hook = stage.name(), "{failure}");
        Trouble::Failed(failure)
    }

    #[expect(clippy::boxed_local, reason = "it comes in a box")]
    fn failure(
        &self,
        plugin: u32,
        generation: u32,
        stage: Stage,
        broke: Box<Broke>,
    ) -> Arc<Failure> {
        Arc::new(Failure {
            plugin: self.id(plugin).clone(),
            generation,
            stage,
            chain: broke.chain,
            panic: broke.panic,
            key: broke.key,
            at: self.ledger.now(),
            recoverable: broke.recoverable,
        })
    }

    /// Writes a fault of an instance on the plugin's record, and changes nothing else: the instance
    /// is gone, or cannot be stopped now.
    pub(crate) fn remark(&self, plugin: u32, generation: u32, broke: Box<Broke>) -> Arc<Failure> {
        let failure = self.failure(plugin, generation, Stage::Fault, broke);
        let has_failed = self.phase(plugin) == Phase::Failed;
        self.slot(plugin).remark(Arc::clone(&failure), has_failed);
        tracing::error!(plugin = failure.plugin.as_str(), generation, "{failure}");
        failure
    }

    /// A plugin that another depends on, if it is enabled.
    fn dependency(&self, index: u32) -> Option<(u32, Arc<Running>)> {
        let enabled = self.ledger.phase(index) == Phase::Enabled;
        if !enabled {
            return None;
        }
        let running = self.slot(index).running().or_else(|| self.ledger.instance(index));
        running.map(|running| (index, running))
    }

    /// How `plugin` is seen as the trait `key`.
    pub(crate) fn view(&self, plugin: u32, key: TypeId) -> Option<&(dyn Any + Send + Sync)> {
        let views = self.parts[plugin as usize].views.iter();
        views.into_iter().find(|view| view.key().id() == key).map(View::cast)
    }

    /// Reports the hooks that are overdue, and answers when the next one will be.
    pub(crate) fn report_overdue(&self, now: Duration) -> Option<Duration> {
        let (overdue, next) = self.overdue.due(now);
        for (plugin, stage, running) in overdue {
            self.ledger.note(plugin, EventKind::IsOverdue(stage));
            tracing::warn!(
                plugin = self.id(plugin).as_str(),
                hook = stage.name(),
                ?running,
                "a hook is overdue"
            );
        }
        next
    }

    /// Puts a plugin in service, unless it is.
    pub(crate) fn open(&self, plugin: u32) {
        if let Some(instance) = self.ledger.take(plugin.into()) {
            self.slot(plugin).serve(instance);
        }
    }

    /// Takes a plugin out of service: see [`Slot::close`].
    #[inline]
    pub(crate) fn close(&self, plugin: u32, deadline: Instant) -> bool {
        self.slot(plugin).close(plugin, &self.ledger, &self.desk, deadline)
    }

    /// Takes plugins out of service: all of them, or none and the first that is held.
    pub(crate) fn close_all(&self, plugins: &[u32]) -> Result<(), Trouble> {
        let deadline = self.limits.guards_until();
        for (at, &plugin) in plugins.iter().enumerate() {
            if !self.close(plugin, deadline) {
                let holders = self.desk.holders(plugin);
                plugins[..at].iter().for_each(|&plugin| self.open(plugin));
                return Err(Trouble::Busy(plugin, holders.into()));
            }
        }
        Ok(())
    }
}

pub(crate) const HERE: &str = "a resident plugin out of service has its instance in the book";
const ALONE: &str = "a plugin that is out of service is borrowed by nobody";

/// Whether somebody may listen to the spans around hooks.
pub(crate) fn tells_spans() -> bool {
    LevelFilter::current() >= LevelFilter::DEBUG
}

pub(crate) fn alone(running: &mut Arc<Running>) -> &mut dyn Instance {
    &mut *Arc::get_mut(running).expect(ALONE).instance
}
