//! The [`Manager`]: a suite of plugins, and the operations that move them.

mod ahead;
mod binding;
mod boundary;
mod builder;
mod changes;
mod desk;
mod engine;
mod exec;
mod files;
mod fingerprint;
mod follow;
pub(crate) mod guard;
mod health;
mod info;
#[cfg(all(test, plugstate_shuttle))]
mod interleavings;
mod ledger;
mod observers;
mod operations;
mod overdue;
pub(crate) mod plan;
mod pool;
mod reading;
mod record;
mod reload;
pub(crate) mod slot;
mod start;
mod supervise;
mod times;
mod turn;
mod types;

use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::explain::Problem;
use crate::id::PluginId;
use crate::phase::Op;
use crate::report::{Outcome, Report};
use crate::stage::Stage;
use crate::sync::thread;

pub use builder::Builder;
pub use changes::{ChangeReport, Changes, FileChange, FileState, Refusal, UnownedTable};
use engine::{Engine, Trouble};
use exec::Outcomes;
use files::Files;
pub use guard::Guard;
pub use health::{Degradation, Health, Poll};
pub use info::{Info, Snapshot, Standing};
use observers::Observers;
pub use observers::{LostObserver, ObserverId};
use plan::{Down, NoPlan, Standings, Step, Up};
pub use plan::{Plan, Request};
pub use record::Record;
pub use supervise::{Backoff, Prospect, Restart};
pub use times::Times;

/// A suite of plugins, and the operations that move them along the law.
///
/// *Operations* take `&self`, exclude each other, and either do all that they say or say what
/// prevented it; see each one for what it leaves behind when a hook fails. To repeat one that is
/// true already is fine, and moves nothing. Their cost follows the plugins that move and their
/// dependencies, not the size of the suite, unless they say otherwise.
///
/// *Reading functions* wait for nobody's hook and change nothing. Dropping a manager shuts it down.
///
/// | to | call |
/// | --- | --- |
/// | move everything | [`enable_all`](Self::enable_all), [`enable_all_strict`](Self::enable_all_strict), [`enable_each`](Self::enable_each), [`shutdown`](Self::shutdown) |
/// | move one plugin up | [`load`](Self::load), [`configure`](Self::configure), [`enable`](Self::enable) |
/// | move one plugin down | [`disable`](Self::disable), [`unload`](Self::unload), or with its dependents [`disable_cascade`](Self::disable_cascade), [`unload_cascade`](Self::unload_cascade) |
/// | replace an instance | [`reload`](Self::reload), [`reload_with`](Self::reload_with), [`retry`](Self::retry) |
/// | deal with a failure | [`fault`](Self::fault), [`call`](Self::call), [`poll`](Self::poll), [`degradation`](Self::degradation), [`health`](Self::health) |
/// | look before it happens | [`plan`](Self::plan) |
/// | use a plugin | [`get`](Self::get), [`get_as`](Self::get_as), [`services`](Self::services) |
/// | see what is | [`phase`](Self::phase), [`info`](Self::info), [`enabled`](Self::enabled), [`snapshot`](Self::snapshot), [`resolution`](Self::resolution) |
/// | see what was | [`events`](Self::events), [`replay`](Self::replay), [`record`](Self::record), [`observe`](Self::observe) |
///
/// # Errors of every operation
///
/// Beside its own errors, an operation answers [`Error::Unknown`] for a name that no plugin has,
/// [`Error::Turn`] if another operation is still under way at the deadline, and
/// [`Misuse::Reentrant`](crate::Misuse::Reentrant) to a hook: a hook must not call operations of the
/// manager that runs it. An observer may. None of these changes anything.
///
/// # Examples
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
    files: Files,
    problems: Vec<Problem>,
}

impl Manager {
    /// Starts to gather plugins.
    ///
    /// ```
    /// use plugstate::Manager;
    ///
    /// let manager = Manager::builder().discover().build()?; // no plugins are linked here
    /// assert!(manager.resolution().is_empty());
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn builder() -> Builder {
        Builder::new()
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
        let id = |plugin| self.engine.id(plugin).clone();
        boundary::refuse_reentry(self.engine.number, request, id)?;
        let turn = self.engine.turn.take(request, self.engine.limits.turn)?;
        let _span = tracing::info_span!("plugstate.operation", %request).entered();
        let began = self.engine.ledger.now();
        let outcomes = self.watched(operation);
        let took = self.engine.ledger.now().saturating_sub(began);
        let late = self.engine.overdue.late();
        if let Ok(outcomes) = &outcomes {
            self.take_note(request, outcomes);
        }
        drop(turn);
        self.observers.tell(&self.engine.ledger, &self.engine.resolution);
        Ok(Report {
            outcomes: outcomes?,
            suite: Some(Arc::clone(&self.engine.resolution)),
            overdue: late.into_iter().map(|(at, stage, took)| (id(at), stage, took)).collect(),
            took,
        })
    }

    /// Runs an operation, with somebody who looks for overdue hooks if the host wants that.
    fn watched(
        &self,
        operation: impl FnOnce(&Engine) -> Result<Outcomes, Error>,
    ) -> Result<Outcomes, Error> {
        let engine = &self.engine;
        let Some(limit) = engine.overdue.limit() else { return operation(engine) };
        engine.overdue.watch();
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut wait = limit;
                while !engine.overdue.wait_for_end(wait.max(Duration::from_millis(1))) {
                    let now = engine.ledger.now();
                    let next = engine.report_overdue(now);
                    wait = next.map_or(limit, |next| next.saturating_sub(now));
                }
            });
            let _end = End(engine);
            operation(engine)
        })
    }

    /// Whoever moves a plugin by hand takes its fate out of the supervisor's. Who takes one down has
    /// done so already, even if the operation fails.
    fn take_note(&self, request: &Request, outcomes: &Outcomes) {
        use Request::{Configure, Enable, EnableAll, EnableEach, Load};
        if !matches!(request, Load(_) | Configure(_) | Enable(_) | EnableAll | EnableEach(_)) {
            return;
        }
        let moved = outcomes.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Moved { .. }));
        self.engine.supervision.lock().forget_each(moved.map(|(plugin, _)| *plugin));
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
            if steps.is_empty() {
                // One that a fault has disabled already does not move, and stays down all the same.
                engine.supervision.lock().forget_each([plugin]);
                return Ok(engine.unchanged(plugin));
            }
            let (outcomes, mut failures) =
                engine.down(&steps).map_err(|trouble| self.error(trouble))?;
            // Whatever their hooks said, they are down by the host's word.
            let down_now = outcomes.iter().map(|(plugin, _)| *plugin);
            engine.supervision.lock().forget_each(down_now);
            match failures.remove(&plugin) {
                Some(failure) if down == Down::Disabled => Err(Error::Hook(failure)),
                _ => Ok(outcomes),
            }
        })
    }

    fn plan_up(&self, plugin: u32, up: Up) -> Result<Vec<Step>, Error> {
        let steps = plan::bring_up(&self.engine.resolution, &self.engine, plugin, up)
            .map_err(|no_plan| self.no_plan(no_plan))?;
        // A configuration that will not fit is found before anything moves.
        for step in steps.iter().filter(|step| step.stage == Stage::Configure) {
            // What fitted when the suite was built, or when it was given, fits still.
            let slot = self.engine.slot(step.plugin);
            if let Some(table) = slot.config()
                && slot.record(|record| record.misfit)
            {
                self.engine.parse(step.plugin, Some(&table))?;
            }
        }
        Ok(steps)
    }

    fn plan_down(&self, plugin: u32, down: Down, cascade: bool) -> Result<Vec<Step>, Error> {
        plan::take_down(&self.engine, plugin, down, cascade)
            .map_err(|no_plan| self.no_plan(no_plan))
    }

    fn plan_again(&self, plugin: u32) -> Result<Vec<Step>, Error> {
        plan::try_again(&self.engine, plugin).map_err(|no_plan| self.no_plan(no_plan))
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
                holders: holders.into_vec(),
                waited: self.engine.limits.guards,
            },
        }
    }
}

/// Says that an operation is over, however it ends.
struct End<'a>(&'a Engine);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.overdue.end();
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
