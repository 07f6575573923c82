//! The operations of a [`Manager`].

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::Manager;
use super::boundary;
use super::engine::Trouble;
use super::exec::Outcomes;
use super::health::Poll;
use super::plan::{self, Down, Plan, Request, Standings, Step, Up};
use super::reload::broken;
use crate::config;
use crate::error::Error;
use crate::id::PluginId;
use crate::phase::{Op, Phase};
use crate::plugin::{BoxError, Plugin};
use crate::report::{Outcome, Report};
use crate::stage::Stage;

impl Manager {
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
        self.operate(Request::Configure, plugin, |engine, plugin| {
            let slot = &engine.slots[plugin as usize];
            let table = Arc::new(config::table(engine.id(plugin), &table)?);
            let before = slot.record(|record| record.config.replace(table));
            let from = engine.phase(plugin);
            match engine.step(plugin, Stage::Configure, false) {
                Ok(_) => Ok(vec![(plugin, engine.change(plugin, from))]),
                Err(trouble) => {
                    if !matches!(trouble, Trouble::Failed(_)) {
                        slot.record(|record| record.config = before);
                    }
                    Err(self.error(trouble))
                }
            }
        })
    }

    /// Keeps a configuration for the next time that the plugin is configured, which happens on the way
    /// to `Enabled` or at a reload. No hook is called, so that this is right in every phase. A value
    /// that serializes as nothing, such as `()`, takes a kept one away.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if it does not fit, which changes nothing.
    pub fn set_config(&self, plugin: &str, table: impl Serialize) -> Result<(), Error> {
        self.operate(Request::Configure, plugin, |engine, plugin| {
            let table = config::table(engine.id(plugin), &table)?;
            engine.parse(plugin, Some(&table))?;
            let kept = (!table.is_null()).then(|| Arc::new(table));
            engine.slot(plugin).record(|record| record.config = kept);
            Ok(Outcomes::new())
        })?;
        Ok(())
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

    /// Enables some plugins, with all that they require, as far as that can be: as
    /// [`enable_all`](Self::enable_all) does, and everything else is left alone.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is no plugin of one of these names, before anything is moved.
    pub fn enable_each(
        &self,
        plugins: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Report, Error> {
        let plugins = self.find_each(plugins)?;
        let ids = plugins.iter().map(|&plugin| self.engine.id(plugin).clone()).collect();
        self.operate_all(&Request::EnableEach(ids), |engine| {
            engine.up_each(&plugins).map_err(|trouble| self.error(trouble))
        })
    }

    fn find_each(
        &self,
        plugins: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Vec<u32>, Error> {
        plugins.into_iter().map(|plugin| self.find(plugin.as_ref())).collect()
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

    /// Puts a new instance of a plugin in the place of the one that there is, without losing the one
    /// that works.
    ///
    /// The new instance is loaded and configured, with the last configuration, while the old one
    /// still serves. Then what requires the plugin is disabled, dependents first; the old instance is
    /// disabled; the new one is given [`restore`](Plugin::restore)`(&old)` and enabled; the dependents
    /// are enabled again; and the old instance is unloaded. A plugin that is not enabled is as it was
    /// afterwards, only newer; one that was disabled is `Configured`.
    ///
    /// # Errors
    ///
    /// If a hook of the new instance fails, that instance is ended, and the old one is in service
    /// again with its dependents. A failure before the first disable has stopped nothing, and neither
    /// has [`Error::Busy`]. [`Error::Illegal`] if the plugin is `Failed`: see [`retry`](Self::retry).
    pub fn reload(&self, plugin: &str) -> Result<Report, Error> {
        self.operate(Request::Reload, plugin, |engine, plugin| {
            engine.reload(plugin).map_err(|trouble| self.error(trouble))
        })
    }

    /// The same with another configuration, which is kept if the reload succeeds.
    ///
    /// # Errors
    ///
    /// As [`reload`](Self::reload), and [`Error::Config`], which changes nothing.
    pub fn reload_with(&self, plugin: &str, table: impl Serialize) -> Result<Report, Error> {
        self.operate(Request::Reload, plugin, |engine, plugin| {
            let table = Arc::new(config::table(engine.id(plugin), &table)?);
            engine.parse(plugin, Some(&table))?;
            let slot = engine.slot(plugin);
            let before = slot.record(|record| record.config.replace(table));
            engine.reload(plugin).map_err(|trouble| {
                slot.record(|record| record.config = before);
                self.error(trouble)
            })
        })
    }

    /// Puts a new instance of a plugin in the place of one that is `Failed`, and enables it, with
    /// what it requires. What a fault of it has stopped is enabled again.
    ///
    /// # Errors
    ///
    /// [`Error::NotFailed`] if the plugin is not `Failed`, [`Error::DependencyFailed`] if what it requires
    /// has failed too; both change nothing. If a hook of the new instance fails the plugin is `Failed`,
    /// as before.
    pub fn retry(&self, plugin: &str) -> Result<Report, Error> {
        self.operate(Request::Retry, plugin, |_, plugin| self.start_anew(plugin))
    }

    pub(super) fn start_anew(&self, plugin: u32) -> Result<Outcomes, Error> {
        let engine = &self.engine;
        let mut below = self.plan_again(plugin)?;
        below.retain(|step| step.plugin != plugin);
        engine.up(&below).map_err(|trouble| self.error(trouble))?;
        engine.renew(plugin).map_err(|trouble| self.error(trouble))?;
        let steps = self.plan_up(plugin, Up::Enabled)?;
        engine.up(&steps).map_err(|trouble| self.error(trouble))?;
        let mut outcomes =
            vec![(plugin, Outcome::Moved { from: Phase::Failed, to: engine.phase(plugin) })];
        outcomes.extend(engine.bring_back(plugin).map_err(|trouble| self.error(trouble))?);
        Ok(outcomes)
    }

    /// Says that a running plugin broke. What requires it is disabled, dependents first, it becomes
    /// `Failed`, and its [`Restart`](crate::Restart) policy says what comes next; see
    /// [`poll`](Self::poll). A dependent that required one of its capabilities, and that another
    /// enabled plugin can give the same, is bound to that one and enabled again.
    ///
    /// # Errors
    ///
    /// [`Error::Illegal`] if nothing is there that could break, and [`Error::Busy`], which changes
    /// nothing. That the fault was recorded is no error.
    pub fn fault(&self, plugin: &str, error: impl Into<BoxError>) -> Result<Report, Error> {
        self.record_fault(plugin, broken(error.into())).map(|(report, _)| report)
    }

    fn record_fault(
        &self,
        plugin: &str,
        broke: boundary::Broke,
    ) -> Result<(Report, Option<Arc<crate::Failure>>), Error> {
        let mut failure = None;
        let report = self.operate(Request::Fault, plugin, |engine, plugin| {
            let (fault, outcomes) =
                engine.fault(plugin, broke).map_err(|trouble| self.error(trouble))?;
            failure = Some(fault);
            Ok(outcomes)
        })?;
        Ok((report, failure))
    }

    /// Calls `code` with the running plugin of type `P`. If it panics, that is a
    /// [`fault`](Self::fault) of the plugin, and an error here.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), and [`Error::Hook`] with the panic.
    #[track_caller]
    pub fn call<P: Plugin, R>(&self, code: impl FnOnce(&P) -> R) -> Result<R, Error> {
        let guard = self.get::<P>()?;
        match boundary::outside(|| code(&guard)) {
            Ok(answer) => Ok(answer),
            Err(broke) => {
                drop(guard);
                let (_, failure) = self.record_fault(P::META.name(), broke)?;
                Err(Error::Hook(failure.expect("a fault that was recorded has a record")))
            }
        }
    }

    /// Does what is due at `now`: starts plugins again whose [`Restart`](crate::Restart) policy says
    /// so, with what their faults have stopped, and reports hooks that are overdue.
    ///
    /// The manager has no timer of its own: a host calls this now and then, or when
    /// [`Poll::next`] says. `now` is counted as the times in events are; see [`now`](Self::now).
    ///
    /// # Errors
    ///
    /// [`Error::Turn`] and [`Misuse::Reentrant`](crate::Misuse::Reentrant). What became of each
    /// restart is in the answer.
    pub fn poll(&self, now: Duration) -> Result<Poll, Error> {
        let engine = &self.engine;
        let overdue = engine.report_overdue(now);
        let mut restarts = Vec::new();
        loop {
            let due = engine.supervision.lock().next().filter(|(at, _)| *at <= now);
            let Some((_, plugin)) = due else { break };
            let id = engine.id(plugin).clone();
            let result = self.operate(Request::Retry, id.as_str(), |_, plugin| {
                self.start_anew(plugin).inspect_err(|error| {
                    let recoverable = match error {
                        Error::Hook(failure) => failure.is_recoverable(),
                        _ => true,
                    };
                    let name = engine.id(plugin).as_str();
                    engine.supervision.lock().failed(plugin, name, now, recoverable, Vec::new());
                })
            });
            if let Err(error @ (Error::Turn { .. } | Error::Misuse(_))) = result {
                return Err(error);
            }
            restarts.push((id, result));
        }
        let restart = engine.supervision.lock().next().map(|(at, _)| at);
        Ok(Poll { next: [restart, overdue].into_iter().flatten().min(), restarts })
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
        self.engine.supervision.lock().forget_all();
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
            Request::Reload(plugin) => self.engine.reload_steps(self.find(plugin.as_str())?),
            Request::Fault(plugin) => self.engine.fault_steps(self.find(plugin.as_str())?),
            Request::Retry(plugin) => self.plan_again(self.find(plugin.as_str())?)?,
            Request::Disable(plugin) => down(plugin, Down::Disabled, false)?,
            Request::DisableCascade(plugin) => down(plugin, Down::Disabled, true)?,
            Request::Unload(plugin) => down(plugin, Down::Discovered, false)?,
            Request::UnloadCascade(plugin) => down(plugin, Down::Discovered, true)?,
            Request::EnableAll => self.engine.able_steps(self.engine.resolution.order_indices()),
            Request::EnableEach(plugins) => {
                let plugins = self.find_each(plugins)?;
                self.engine.able_steps(&self.engine.order_of(&plugins))
            }
            Request::Shutdown => {
                let order: Vec<_> =
                    self.engine.resolution.order_indices().iter().rev().copied().collect();
                plan::down_steps(&self.engine, &order, Down::Discovered)
            }
        };
        let name = |step: Step| (self.engine.id(step.plugin).clone(), step.stage);
        Ok(Plan { request: request.clone(), steps: steps.into_iter().map(name).collect() })
    }
}
