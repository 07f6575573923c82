//! The [`Manager`]: a suite of plugins, and the operations that move them.

mod boundary;
mod builder;
mod engine;
mod exec;
pub(crate) mod guard;
mod info;
mod ledger;
mod observers;
pub(crate) mod plan;
pub(crate) mod slot;
mod turn;

use std::any::{Any, TypeId, type_name};
use std::panic::Location;
use std::sync::Arc;

use serde::Serialize;

use crate::config;
use crate::error::{Error, Misuse};
use crate::event::Event;
use crate::explain::{Problem, Warning};
use crate::graph::{Binding, Resolution};
use crate::id::PluginId;
use crate::phase::{Op, Phase};
use crate::plugin::{Cast, Plugin};
use crate::report::{Outcome, Report};
use crate::stage::Stage;

pub use builder::Builder;
use engine::{Engine, Trouble};
use exec::Outcomes;
pub use guard::Guard;
use guard::NoGuard;
pub use info::{Info, Snapshot, Standing};
use observers::Observers;
pub use observers::{LostObserver, ObserverId};
use plan::{Down, NoPlan, Standings, Step, Up};
pub use plan::{Plan, Request};
pub use slot::Times;

/// A suite of plugins, and the operations that move them along the law.
///
/// Operations take `&self`, exclude each other, and either do all that they say or say what
/// prevented it; see each one for what it leaves behind when a hook fails. Reads wait for nobody's
/// hook. Dropping a manager shuts it down.
///
/// A hook must not call operations of the manager that runs it (it gets [`Misuse::Reentrant`]); an
/// observer may.
///
/// ```
/// use plugstate::{BoxError, Deps, Manager, Meta, Phase, Plugin};
///
/// struct Core;
///
/// impl Plugin for Core {
///     const META: Meta = Meta::new("core", "1.0.0");
///     type Requires = ();
///     type Config = ();
///     type Error = BoxError;
///
///     fn load() -> Result<Self, BoxError> {
///         Ok(Core)
///     }
/// }
///
/// struct Uart;
///
/// impl Plugin for Uart {
///     const META: Meta = Meta::new("uart", "1.0.0");
///     type Requires = (Core,);
///     type Config = ();
///     type Error = BoxError;
///
///     fn load() -> Result<Self, BoxError> {
///         Ok(Uart)
///     }
/// }
///
/// let manager = Manager::builder().add::<Uart>().add::<Core>().build()?;
/// manager.enable("uart")?; // brings `core` up first
/// assert_eq!(manager.phase("core")?, Phase::Enabled);
///
/// let refused = manager.disable("core").unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     "plugin `core` cannot be disabled: `uart` needs it; take that down first, or cascade",
/// );
/// manager.shutdown()?;
/// # Ok::<(), plugstate::Error>(())
/// ```
pub struct Manager {
    engine: Engine,
    observers: Observers,
    problems: Vec<Problem>,
}

impl Manager {
    /// Starts to gather plugins.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Brings a plugin to `Loaded`, with all that it requires.
    ///
    /// # Errors
    ///
    /// If a hook fails, what this call has loaded is unloaded again, and the plugin whose hook failed
    /// is `Failed`.
    pub fn load(&self, plugin: &str) -> Result<Report, Error> {
        self.operate(Request::Load, plugin, |engine, plugin| {
            let steps = self.plan_up(plugin, Up::Loaded)?;
            engine.up(&steps).map_err(|trouble| self.error(trouble))
        })
    }

    /// Hands a plugin that is `Loaded`, `Configured` or `Disabled` a configuration: any value that
    /// serializes as the plugin's table. It is kept for later, and replaces the one from before.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if it does not fit, [`Error::Illegal`] where the law does not allow it; both
    /// change nothing. If the hook fails the plugin is `Failed`.
    pub fn configure(&self, plugin: &str, table: impl Serialize) -> Result<Report, Error> {
        let read = config::read(table);
        self.operate(Request::Configure, plugin, |engine, plugin| {
            let slot = &engine.slots[plugin as usize];
            let table = Arc::new(config::table(engine.id(plugin), read)?);
            let before = slot.record(|record| record.config.replace(table));
            let from = engine.phase(plugin);
            match engine.step(plugin, Stage::Configure, false) {
                Ok(()) => Ok(vec![(plugin, engine.change(plugin, from))]),
                Err(trouble) => {
                    if !matches!(trouble, Trouble::Failed(_)) {
                        slot.record(|record| record.config = before);
                    }
                    Err(self.error(trouble))
                }
            }
        })
    }

    /// Brings a plugin to `Enabled`, with all that it requires, each loaded and configured on the
    /// way as far as it is not.
    ///
    /// # Errors
    ///
    /// If a step fails, what this call has enabled is disabled and what it has loaded is unloaded, in
    /// reverse; what was running before is not touched. The plugin whose hook failed is `Failed`; if
    /// it has an instance, what that requires stays loaded under it.
    pub fn enable(&self, plugin: &str) -> Result<Report, Error> {
        self.operate(Request::Enable, plugin, |engine, plugin| {
            let steps = self.plan_up(plugin, Up::Enabled)?;
            engine.up(&steps).map_err(|trouble| self.error(trouble))
        })
    }

    /// Enables everything that can be. A plugin that fails is left `Failed`, what requires it is left
    /// alone, and everything else is enabled; the report tells of each.
    ///
    /// # Errors
    ///
    /// Only what keeps the whole operation from starting, as [`Error::Turn`].
    pub fn enable_all(&self) -> Result<Report, Error> {
        self.operate_all(&Request::EnableAll, |engine| {
            engine.up_all().map_err(|trouble| self.error(trouble))
        })
    }

    /// Enables everything that was resolved, or nothing: if a step fails, all that this call has done
    /// is undone, as by [`enable`](Self::enable).
    ///
    /// # Errors
    ///
    /// What prevented the first plugin, in canonical order, that could not be enabled.
    pub fn enable_all_strict(&self) -> Result<Report, Error> {
        self.operate_all(&Request::EnableAll, |engine| {
            let steps = engine.all_steps().map_err(|no_plan| self.no_plan(no_plan))?;
            let mut outcomes = engine.up(&steps).map_err(|trouble| self.error(trouble))?;
            outcomes.extend(engine.unresolved());
            Ok(outcomes)
        })
    }

    /// Disables a plugin that no enabled plugin requires.
    ///
    /// # Errors
    ///
    /// [`Error::Needed`] names those who do, [`Error::Busy`] those who hold guards on it; both change
    /// nothing. If its hook fails the plugin is `Failed`: it is stopped all the same.
    pub fn disable(&self, plugin: &str) -> Result<Report, Error> {
        self.take_down(Request::Disable, plugin, Down::Disabled, false)
    }

    /// Disables a plugin and, before it, all that require it.
    ///
    /// # Errors
    ///
    /// As [`disable`](Self::disable). A dependent whose hook fails is `Failed` and in the report; it
    /// is stopped, and keeps nothing else from stopping.
    pub fn disable_cascade(&self, plugin: &str) -> Result<Report, Error> {
        self.take_down(Request::DisableCascade, plugin, Down::Disabled, true)
    }

    /// Brings a plugin that no resident plugin requires back to `Discovered`, and disables it first
    /// if need be. A hook that fails is in the report; the instance is gone all the same.
    ///
    /// # Errors
    ///
    /// [`Error::Needed`] and [`Error::Busy`], which change nothing.
    pub fn unload(&self, plugin: &str) -> Result<Report, Error> {
        self.take_down(Request::Unload, plugin, Down::Discovered, false)
    }

    /// Brings a plugin and, before it, all that require it back to `Discovered`.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`], which changes nothing.
    pub fn unload_cascade(&self, plugin: &str) -> Result<Report, Error> {
        self.take_down(Request::UnloadCascade, plugin, Down::Discovered, true)
    }

    /// Unloads what is left of a plugin that is `Failed`, and brings it to `Enabled`.
    ///
    /// # Errors
    ///
    /// [`Error::NotFailed`] if the plugin is not `Failed`, [`Error::Needed`] while other plugins stand
    /// on the failed instance, [`Error::DependencyFailed`] if what it requires has failed too; these
    /// change nothing. If a step fails, as [`enable`](Self::enable): the failed instance is gone.
    pub fn retry(&self, plugin: &str) -> Result<Report, Error> {
        self.operate(Request::Retry, plugin, |engine, plugin| {
            let steps = self.plan_again(plugin)?;
            engine.again(plugin, &steps).map_err(|trouble| self.error(trouble))
        })
    }

    /// Disables and unloads everything, dependents first. The manager can be used again afterwards.
    ///
    /// # Errors
    ///
    /// [`Error::Shutdown`] if a hook failed, or if somebody held on to a plugin past the deadline;
    /// that one stays, with what it requires, and everything else is stopped all the same.
    pub fn shutdown(&self) -> Result<(), Error> {
        let report = self.operate_all(&Request::Shutdown, |engine| {
            engine.down_all().map_err(|trouble| self.error(trouble))
        })?;
        if report.is_good() { Ok(()) } else { Err(Error::Shutdown(Box::new(report))) }
    }

    /// What a request would do now, without doing it.
    ///
    /// # Errors
    ///
    /// What the request itself would answer before it moves anything.
    pub fn plan(&self, request: &Request) -> Result<Plan, Error> {
        let down = |plugin: &PluginId, down, cascade| {
            self.plan_down(self.find(plugin.as_str())?, down, cascade)
        };
        let steps = match request {
            Request::Load(plugin) => self.plan_up(self.find(plugin.as_str())?, Up::Loaded)?,
            Request::Enable(plugin) => self.plan_up(self.find(plugin.as_str())?, Up::Enabled)?,
            Request::Configure(plugin) => {
                let plugin = self.find(plugin.as_str())?;
                if self.engine.phase(plugin).after(Op::Configure).is_none() {
                    return Err(self.illegal(plugin, Op::Configure));
                }
                vec![Step { plugin, stage: Stage::Configure }]
            }
            Request::Retry(plugin) => self.plan_again(self.find(plugin.as_str())?)?,
            Request::Disable(plugin) => down(plugin, Down::Disabled, false)?,
            Request::DisableCascade(plugin) => down(plugin, Down::Disabled, true)?,
            Request::Unload(plugin) => down(plugin, Down::Discovered, false)?,
            Request::UnloadCascade(plugin) => down(plugin, Down::Discovered, true)?,
            Request::EnableAll => self.engine.able_steps(),
            Request::Shutdown => {
                let order: Vec<_> =
                    self.engine.resolution.order_indices().iter().rev().copied().collect();
                plan::down_steps(&self.engine, &order, Down::Discovered)
            }
        };
        let name = |step: Step| (self.engine.id(step.plugin).clone(), step.stage);
        Ok(Plan { request: request.clone(), steps: steps.into_iter().map(name).collect() })
    }

    /// A guard on the running plugin of type `P`.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnabled`] unless it is enabled, [`Misuse::NotRegistered`] if nothing has that type.
    #[track_caller]
    pub fn get<P: Plugin>(&self) -> Result<Guard<'_, P>, Error> {
        let Some(&plugin) = self.engine.types.get(&TypeId::of::<P>()) else {
            return Err(Misuse::NotRegistered { type_name: type_name::<P>() }.into());
        };
        self.guard(plugin, <dyn Any>::downcast_ref::<P>, Location::caller())
    }

    /// A guard on the running plugin of this name, which must have the type `P`: for plugins that were
    /// declared at run time, where one type bears many names.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], [`Error::NotEnabled`], and [`Misuse::WrongType`].
    #[track_caller]
    pub fn get_as<P: Any>(&self, plugin: &str) -> Result<Guard<'_, P>, Error> {
        self.guard(self.find(plugin)?, <dyn Any>::downcast_ref::<P>, Location::caller())
    }

    /// Every enabled plugin that was registered as the trait `T`, by name.
    ///
    /// Each is borrowed when the iterator comes to it, and skipped if it is not in service then.
    #[track_caller]
    pub fn services<T: ?Sized + 'static>(&self) -> impl Iterator<Item = (&PluginId, Guard<'_, T>)> {
        let place = Location::caller();
        let found = self.engine.services.get(&TypeId::of::<T>());
        found.into_iter().flatten().filter_map(move |&(plugin, view)| {
            let view = &self.engine.parts[plugin as usize].views[view as usize];
            let cast = view.cast().downcast_ref::<Cast<T>>()?.0;
            let slot = &self.engine.slots[plugin as usize];
            let guard = Guard::take(&self.engine.desk, slot, plugin, cast, place).ok()?;
            Some((self.engine.id(plugin), guard))
        })
    }

    /// Where a plugin stands.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is none of that name.
    pub fn phase(&self, plugin: &str) -> Result<Phase, Error> {
        Ok(self.engine.phase(self.find(plugin)?))
    }

    /// Everything about one plugin.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is none of that name.
    pub fn info(&self, plugin: &str) -> Result<Info<'_>, Error> {
        let plugin = self.find(plugin)?;
        let resolution = &self.engine.resolution;
        let (failures, times) = self.engine.slots[plugin as usize]
            .record(|record| (record.failures.iter().cloned().collect(), record.times));
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
            times,
            id,
        })
    }

    /// The plugins that are enabled, in canonical order.
    #[must_use]
    pub fn enabled(&self) -> Vec<PluginId> {
        let order = self.engine.resolution.order_indices().iter().copied();
        order
            .filter(|&plugin| self.engine.phase(plugin) == Phase::Enabled)
            .map(|plugin| self.engine.id(plugin).clone())
            .collect()
    }

    /// What a plugin depends on, as declared, with what became of each dependency.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is none of that name.
    pub fn dependencies(&self, plugin: &str) -> Result<Vec<Binding<'_>>, Error> {
        self.find(plugin)?;
        Ok(self.engine.resolution.dependencies(plugin).collect())
    }

    /// Who requires a plugin directly, in canonical order.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is none of that name.
    pub fn dependents(&self, plugin: &str) -> Result<Vec<PluginId>, Error> {
        let plugin = self.find(plugin)?;
        let mut above = self.engine.resolution.dependents_required(plugin).to_vec();
        above.sort_unstable_by_key(|&above| self.engine.resolution.rank(above));
        Ok(above.into_iter().map(|above| self.engine.id(above).clone()).collect())
    }

    /// Every plugin's phase, at one moment between two events of the journal.
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
    #[must_use]
    pub fn events(&self, seq: u64) -> Vec<Event> {
        let book = self.engine.ledger.book();
        let since = book.journal.since(seq);
        since.map(|(seq, record)| record.event(seq, &self.engine.resolution)).collect()
    }

    /// What all events since the manager was built add up to: the same as
    /// [`snapshot`](Self::snapshot), got from the journal alone.
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
    #[must_use]
    pub fn resolution(&self) -> &Resolution {
        &self.engine.resolution
    }

    /// What is wrong with the suite; empty unless it was built with
    /// [`Builder::build_partial`].
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What is odd about the suite, and does not keep it from running.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        self.engine.resolution.warnings()
    }

    /// Calls `observe` with each event from now on: see [`Builder::observe`].
    pub fn observe(&self, observe: impl Fn(&Event) + Send + Sync + 'static) -> ObserverId {
        self.observers.add(&self.engine.ledger, Arc::new(observe))
    }

    /// Ends an observer. Answers whether it was there.
    pub fn unobserve(&self, observer: ObserverId) -> bool {
        self.observers.remove(&self.engine.ledger, observer)
    }

    /// The observers that panicked, and are not called any more.
    #[must_use]
    pub fn lost_observers(&self) -> Vec<LostObserver> {
        self.observers.lost()
    }

    fn guard<T: ?Sized + 'static>(
        &self,
        plugin: u32,
        cast: for<'a> fn(&'a dyn Any) -> Option<&'a T>,
        place: &'static Location<'static>,
    ) -> Result<Guard<'_, T>, Error> {
        let slot = &self.engine.slots[plugin as usize];
        let id = || self.engine.id(plugin).clone();
        match Guard::take(&self.engine.desk, slot, plugin, cast, place) {
            Ok(guard) => Ok(guard),
            Err(NoGuard::NotSo) => {
                Err(Misuse::WrongType { plugin: id(), type_name: type_name::<T>() }.into())
            }
            Err(NoGuard::NotServing) => {
                Err(Error::NotEnabled { plugin: id(), phase: self.engine.phase(plugin) })
            }
        }
    }

    fn find(&self, plugin: &str) -> Result<u32, Error> {
        self.engine.resolution.index_of(plugin).ok_or_else(|| Error::Unknown {
            name: plugin.to_owned(),
            nearest: self.engine.resolution.nearest(plugin),
        })
    }

    fn operate(
        &self,
        request: fn(PluginId) -> Request,
        plugin: &str,
        operation: impl FnOnce(&Engine, u32) -> Result<Outcomes, Error>,
    ) -> Result<Report, Error> {
        let plugin = self.find(plugin)?;
        let request = request(self.engine.id(plugin).clone());
        self.operate_all(&request, |engine| operation(engine, plugin))
    }

    /// Waits for the turn, runs an operation, and tells the observers when the turn is over.
    fn operate_all(
        &self,
        request: &Request,
        operation: impl FnOnce(&Engine) -> Result<Outcomes, Error>,
    ) -> Result<Report, Error> {
        boundary::refuse_reentry(self.engine.number, request)?;
        let turn = self.engine.turn.take(request, self.engine.limits.turn)?;
        let _span = tracing::info_span!("plugstate.operation", %request).entered();
        let began = self.engine.ledger.now();
        let outcomes = operation(&self.engine);
        let took = self.engine.ledger.now().saturating_sub(began);
        drop(turn);
        self.observers.tell(&self.engine.ledger, &self.engine.resolution);
        let name = |(plugin, outcome): (u32, Outcome)| (self.engine.id(plugin).clone(), outcome);
        Ok(Report { outcomes: outcomes?.into_iter().map(name).collect(), took })
    }

    fn take_down(
        &self,
        request: fn(PluginId) -> Request,
        plugin: &str,
        down: Down,
        cascade: bool,
    ) -> Result<Report, Error> {
        self.operate(request, plugin, |engine, plugin| {
            let steps = self.plan_down(plugin, down, cascade)?;
            let (outcomes, mut failures) =
                engine.down(&steps).map_err(|trouble| self.error(trouble))?;
            match failures.remove(&plugin) {
                Some(failure) if down == Down::Disabled => Err(Error::Hook(failure)),
                _ => Ok(outcomes),
            }
        })
    }

    fn plan_up(&self, plugin: u32, up: Up) -> Result<Vec<Step>, Error> {
        plan::bring_up(&self.engine.resolution, &self.engine, plugin, up)
            .map_err(|no_plan| self.no_plan(no_plan))
    }

    fn plan_down(&self, plugin: u32, down: Down, cascade: bool) -> Result<Vec<Step>, Error> {
        plan::take_down(&self.engine.resolution, &self.engine, plugin, down, cascade)
            .map_err(|no_plan| self.no_plan(no_plan))
    }

    fn plan_again(&self, plugin: u32) -> Result<Vec<Step>, Error> {
        plan::try_again(&self.engine.resolution, &self.engine, plugin)
            .map_err(|no_plan| self.no_plan(no_plan))
    }

    fn illegal(&self, plugin: u32, op: Op) -> Error {
        let phase = self.engine.phase(plugin);
        Error::Illegal {
            plugin: self.engine.id(plugin).clone(),
            phase,
            op,
            legal: phase.legal().collect(),
        }
    }

    fn no_plan(&self, no_plan: NoPlan) -> Error {
        let id = |plugin: u32| self.engine.id(plugin).clone();
        match no_plan {
            NoPlan::Blocked(plugin) => Error::Blocked {
                plugin: id(plugin),
                reason: Box::new(
                    self.engine.resolution.blocked(plugin).cloned().expect("it is blocked"),
                ),
            },
            NoPlan::DependencyFailed { plugin, dependency } => Error::DependencyFailed {
                plugin: id(plugin),
                dependency: id(dependency),
                failure: self.engine.slots[dependency as usize]
                    .record(|record| record.failures.back().cloned()),
            },
            NoPlan::NotFailed(plugin) => {
                Error::NotFailed { plugin: id(plugin), phase: self.engine.phase(plugin) }
            }
            NoPlan::Illegal { plugin, op } => self.illegal(plugin, op),
            NoPlan::Needed { plugin, verb, by } => {
                Error::Needed { plugin: id(plugin), verb, by: by.into_iter().map(id).collect() }
            }
        }
    }

    fn error(&self, trouble: Trouble) -> Error {
        match trouble {
            Trouble::Failed(failure) => Error::Hook(failure),
            Trouble::Config(error) => Error::Config(error),
            Trouble::Refused(plugin, refused) => Error::Illegal {
                plugin: self.engine.id(plugin).clone(),
                phase: refused.phase,
                op: refused.op,
                legal: refused.phase.legal().collect(),
            },
            Trouble::Busy(plugin, holders) => Error::Busy {
                plugin: self.engine.id(plugin).clone(),
                holders,
                waited: self.engine.limits.guards,
            },
        }
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        // Guards borrow the manager, so none is left, and nobody waits for a turn.
        if self.engine.down_all().is_ok() {
            self.observers.tell(&self.engine.ledger, &self.engine.resolution);
        }
    }
}

impl std::fmt::Debug for Manager {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Manager")
            .field("plugins", &self.engine.resolution.len())
            .field("enabled", &self.enabled())
            .finish_non_exhaustive()
    }
}
