//! The parts of a manager, and the five steps that call hooks on them.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

use super::boundary::{self, Broke};
use super::guard::Desk;
use super::ledger::Ledger;
use super::plan::Standings;
use super::slot::{Running, Slot};
use super::turn::Turn;
use crate::chart::Refused;
use crate::config::ConfigError;
use crate::event::EventKind;
use crate::failure::Failure;
use crate::graph::Resolution;
use crate::id::PluginId;
use crate::phase::Phase;
use crate::place::Place;
use crate::plugin::Bound;
use crate::registry::{MakerRef, View};
use crate::stage::Stage;

/// The parts of a manager.
pub(crate) struct Engine {
    /// Tells managers of one program apart.
    pub(crate) number: usize,
    pub(crate) resolution: Resolution,
    pub(crate) parts: Box<[Part]>,
    pub(crate) slots: Box<[Slot]>,
    pub(crate) ledger: Ledger,
    pub(crate) desk: Desk,
    pub(crate) turn: Turn,
    pub(crate) limits: Limits,
    /// Which plugin has which type: the one that bears the name that the type declares.
    pub(crate) types: FxHashMap<TypeId, u32>,
    /// Who can be seen as which trait, by name, with the number of the view.
    pub(crate) services: FxHashMap<TypeId, Vec<(u32, u32)>>,
}

/// What is fixed about a plugin beside its place in the resolution.
pub(crate) struct Part {
    pub(crate) maker: MakerRef,
    pub(crate) views: Cow<'static, [View]>,
    /// The dependencies that the `enable` hook receives, by position: for a capability, which one.
    pub(crate) bound: Box<[Option<TypeId>]>,
}

/// How long to wait for whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// For an operation that is under way.
    pub(crate) turn: Duration,
    /// For guards to be dropped.
    pub(crate) guards: Duration,
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
    Busy(u32, Vec<Place>),
}

impl Standings for Engine {
    fn phase(&self, plugin: u32) -> Phase {
        self.ledger.phase(plugin)
    }

    fn is_resident(&self, plugin: u32) -> bool {
        match self.ledger.phase(plugin) {
            Phase::Failed => self.slots[plugin as usize].record(|record| record.instance.is_some()),
            phase => phase.is_resident(),
        }
    }
}

impl Engine {
    pub(crate) fn id(&self, plugin: u32) -> &PluginId {
        self.resolution.id(plugin)
    }

    /// Whose record is being written.
    fn slot(&self, plugin: u32) -> &Slot {
        &self.slots[plugin as usize]
    }

    /// Calls one hook and writes down what came of it. `serve` says whether a plugin that was
    /// enabled is in service at once, or when the operation says so.
    pub(crate) fn step(&self, plugin: u32, stage: Stage, serve: bool) -> Result<(), Trouble> {
        let _span = tracing::debug_span!(
            "plugstate.hook",
            plugin = self.id(plugin).as_str(),
            hook = stage.name()
        )
        .entered();
        match stage {
            Stage::Load => self.load(plugin),
            Stage::Configure => self.configure(plugin),
            Stage::Enable => self.enable(plugin, serve),
            Stage::Disable => self.disable(plugin),
            Stage::Unload => self.unload(plugin),
            Stage::Restore | Stage::Fault => Ok(()),
        }
    }

    fn load(&self, plugin: u32) -> Result<(), Trouble> {
        let began = self.begin(plugin, EventKind::WillLoad, EventKind::DidLoad)?;
        let maker = &self.parts[plugin as usize].maker;
        match self.call(plugin, Stage::Load, || maker.load()) {
            Ok(instance) => {
                self.slot(plugin).put(Arc::new(Running { instance }));
                self.finish(plugin, Stage::Load, EventKind::DidLoad, began, || ())
            }
            Err(broke) => Err(self.broke(plugin, Stage::Load, began, broke)),
        }
    }

    fn configure(&self, plugin: u32) -> Result<(), Trouble> {
        let done = EventKind::DidConfigure;
        self.ledger.would(plugin, done).map_err(|refused| Trouble::Refused(plugin, refused))?;
        let table = self.slot(plugin).record(|record| record.config.clone());
        let config = self.parse(plugin, table.as_deref()).map_err(Trouble::Config)?;
        let began = self.begin(plugin, EventKind::WillConfigure, done)?;
        self.with_instance(plugin, Stage::Configure, began, done, |instance| {
            instance.configure(config)
        })
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

    fn enable(&self, plugin: u32, serve: bool) -> Result<(), Trouble> {
        let done = EventKind::DidEnable;
        let part = &self.parts[plugin as usize];
        let shared: Vec<_> =
            (0..part.bound.len()).map(|position| self.dependency(plugin, position)).collect();
        let bounds: Vec<_> = (shared.iter().zip(&part.bound))
            .map(|(dependency, capability)| {
                let (index, running) = dependency.as_ref()?;
                let view = capability.and_then(|key| self.view(*index, key));
                Some(Bound { plugin: running.instance.plugin(), view })
            })
            .collect();
        let began = self.begin(plugin, EventKind::WillEnable, done)?;
        let mut running = self.take(plugin);
        let instance = alone(&mut running);
        let answer = self.call(plugin, Stage::Enable, || instance.enable(&bounds));
        self.slot(plugin).put(running);
        match answer {
            Ok(()) => self.finish(plugin, Stage::Enable, done, began, || {
                if serve {
                    self.slot(plugin).open();
                }
            }),
            Err(broke) => Err(self.broke(plugin, Stage::Enable, began, broke)),
        }
    }

    /// The plugin must be out of service: see [`Slot::close`].
    fn disable(&self, plugin: u32) -> Result<(), Trouble> {
        let done = EventKind::DidDisable;
        let began = self.begin(plugin, EventKind::WillDisable, done)?;
        self.with_instance(plugin, Stage::Disable, began, done, |instance| instance.disable())
    }

    /// A hook that fails is reported, and the plugin is `Discovered` all the same.
    fn unload(&self, plugin: u32) -> Result<(), Trouble> {
        let done = EventKind::DidUnload;
        let began = self.begin(plugin, EventKind::WillUnload, done)?;
        let answer = match self.slot(plugin).take() {
            // It failed before there was an instance.
            None => Ok(()),
            Some(running) => {
                let running = Arc::into_inner(running).expect(ALONE);
                self.call(plugin, Stage::Unload, || running.instance.unload())
            }
        };
        let failed = answer.map_err(|broke| self.broke(plugin, Stage::Unload, began, broke));
        self.finish(plugin, Stage::Unload, done, began, || ())?;
        failed
    }

    fn with_instance(
        &self,
        plugin: u32,
        stage: Stage,
        began: Duration,
        done: EventKind,
        hook: impl FnOnce(&mut dyn crate::instance::Instance) -> Result<(), crate::BoxError>,
    ) -> Result<(), Trouble> {
        let mut running = self.take(plugin);
        let instance = alone(&mut running);
        let answer = self.call(plugin, stage, || hook(instance));
        self.slot(plugin).put(running);
        match answer {
            Ok(()) => self.finish(plugin, stage, done, began, || ()),
            Err(broke) => Err(self.broke(plugin, stage, began, broke)),
        }
    }

    fn take(&self, plugin: u32) -> Arc<Running> {
        self.slot(plugin).take().expect("a resident plugin out of service has its instance here")
    }

    fn call<R>(
        &self,
        plugin: u32,
        stage: Stage,
        hook: impl FnOnce() -> Result<R, crate::BoxError>,
    ) -> Result<R, Broke> {
        boundary::call(self.number, self.id(plugin), stage, hook)
    }

    fn begin(&self, plugin: u32, will: EventKind, done: EventKind) -> Result<Duration, Trouble> {
        self.ledger.begin(plugin, will, done).map_err(|refused| Trouble::Refused(plugin, refused))
    }

    fn finish(
        &self,
        plugin: u32,
        stage: Stage,
        done: EventKind,
        began: Duration,
        publish: impl FnOnce(),
    ) -> Result<(), Trouble> {
        let took = self
            .ledger
            .finish(plugin, done, Some(began), publish)
            .map_err(|refused| Trouble::Refused(plugin, refused))?;
        self.slot(plugin).record(|record| record.times.note(stage, took));
        tracing::trace!(plugin = self.id(plugin).as_str(), hook = stage.name(), ?took, "done");
        Ok(())
    }

    /// Records a hook that failed, and makes the transition.
    pub(crate) fn broke(
        &self,
        plugin: u32,
        stage: Stage,
        began: Duration,
        broke: Broke,
    ) -> Trouble {
        let failure = Arc::new(Failure {
            plugin: self.id(plugin).clone(),
            generation: self.ledger.generation(plugin),
            stage,
            chain: broke.chain,
            panic: broke.panic,
            at: self.ledger.now(),
            recoverable: broke.recoverable,
        });
        let slot = self.slot(plugin);
        slot.fail(Arc::clone(&failure));
        match self.ledger.finish(plugin, EventKind::DidFail(stage), Some(began), || ()) {
            Ok(took) => slot.record(|record| record.times.note(stage, took)),
            Err(refused) => return Trouble::Refused(plugin, refused),
        }
        // Last, for whoever listens may panic, and the phase must not wait for that.
        tracing::error!(plugin = self.id(plugin).as_str(), hook = stage.name(), "{failure}");
        Trouble::Failed(failure)
    }

    /// What the dependency at `position` is bound to, if that is enabled.
    fn dependency(&self, plugin: u32, position: usize) -> Option<(u32, Arc<Running>)> {
        let index = self.resolution.bound(plugin, position)?;
        let enabled = self.ledger.phase(index) == Phase::Enabled;
        enabled.then(|| self.slot(index).share()).flatten().map(|running| (index, running))
    }

    /// How `plugin` is seen as the trait `key`.
    pub(crate) fn view(&self, plugin: u32, key: TypeId) -> Option<&(dyn Any + Send + Sync)> {
        let views = self.parts[plugin as usize].views.iter();
        views.into_iter().find(|view| view.key().id() == key).map(View::cast)
    }

    /// Takes plugins out of service: all of them, or none and the first that is held.
    pub(crate) fn close_all(&self, plugins: &[u32]) -> Result<(), Trouble> {
        let deadline = Instant::now() + self.limits.guards;
        for (at, &plugin) in plugins.iter().enumerate() {
            if !self.slot(plugin).close(&self.desk, deadline) {
                let holders = self.desk.holders(plugin);
                plugins[..at].iter().for_each(|&plugin| self.slot(plugin).open());
                return Err(Trouble::Busy(plugin, holders));
            }
        }
        Ok(())
    }
}

const ALONE: &str = "a plugin that is out of service is borrowed by nobody";

fn alone(running: &mut Arc<Running>) -> &mut dyn crate::instance::Instance {
    &mut *Arc::get_mut(running).expect(ALONE).instance
}
