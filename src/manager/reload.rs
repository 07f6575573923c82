//! One instance in place of another: reload, retry, faults, and what comes back after them.

use std::sync::Arc;

use super::ahead::Ahead;
use super::boundary::Broke;
use super::engine::{Engine, Trouble};
use super::exec::{Failures, Outcomes};
use super::ledger::Seat;
use super::plan::{NoPlan, Standings, Step, Up, closure};
use crate::chart::Refused;
use crate::event::EventKind;
use crate::failure::Failure;
use crate::phase::{Op, Phase};
use crate::report::Outcome;
use crate::stage::Stage;

impl Engine {
    /// Puts a new instance in the place of the one that there is.
    ///
    /// The new one is loaded and configured while the old one still serves. Then the dependents are
    /// disabled, the old one is disabled, the new one takes over its state and is enabled, the
    /// dependents are enabled again, and the old one is unloaded. A hook of the new instance that
    /// fails ends it, and the old one is back in service with its dependents.
    pub(crate) fn reload(&self, plugin: u32) -> Result<Outcomes, Trouble> {
        let phase = self.phase(plugin);
        match phase {
            Phase::Discovered => return Ok(vec![(plugin, Outcome::Unchanged(phase))]),
            Phase::Loaded | Phase::Configured | Phase::Enabled | Phase::Disabled => {}
            Phase::Failed | Phase::Loading | Phase::Unloading => {
                return Err(self.refused(plugin, Op::BeginLoad));
            }
        }
        self.prepare(plugin, phase != Phase::Loaded)?;
        let above = if phase == Phase::Enabled { self.enabled_above(plugin) } else { Vec::new() };
        let mut failures = Failures::default();
        if phase == Phase::Enabled {
            let going: Vec<_> = above.iter().rev().copied().chain([plugin]).collect();
            if let Err(trouble) = self.close_all(&going) {
                self.discard(plugin);
                return Err(trouble);
            }
            // A hook that fails here is on its plugin's record. What broke while it stopped is
            // stopped; a new instance is all the more welcome.
            self.stop(&going, &mut failures)?;
        }
        if let Err(trouble) = self.take_over(plugin, phase) {
            self.discard(plugin);
            if phase == Phase::Enabled {
                self.start_again(&[plugin], &mut failures)?;
                if self.phase(plugin) == Phase::Failed {
                    self.rebind(plugin, &above);
                }
                self.start_again(&above, &mut failures)?;
            }
            self.leave_down(&above);
            return Err(trouble);
        }
        self.replace(plugin);
        self.start_again(&above, &mut failures)?;
        self.leave_down(&above);
        if let Err(trouble) = self.step(Seat::side(plugin), Stage::Unload, false) {
            self.note(plugin, trouble, &mut failures)?;
        }
        Ok(self.reloaded(plugin, phase, &above, &failures))
    }

    /// Loads and configures an instance beside the plugin.
    fn prepare(&self, plugin: u32, configure: bool) -> Result<(), Trouble> {
        let side = Seat::side(plugin);
        let hooks = if configure { &[Stage::Load, Stage::Configure][..] } else { &[Stage::Load] };
        for &hook in hooks {
            if let Err(trouble) = self.step(side, hook, false) {
                self.discard(plugin);
                return Err(trouble);
            }
        }
        Ok(())
    }

    /// The last steps of the new instance before it is the plugin.
    fn take_over(&self, plugin: u32, phase: Phase) -> Result<(), Trouble> {
        let side = Seat::side(plugin);
        if phase != Phase::Loaded {
            self.step(side, Stage::Restore, false)?;
        }
        if phase == Phase::Enabled {
            self.step(side, Stage::Enable, false)?;
        }
        Ok(())
    }

    /// Ends the instance beside the plugin.
    fn discard(&self, plugin: u32) {
        // If its unload hook fails too, that is on the plugin's record, and it is gone all the same.
        let _ = self.step(Seat::side(plugin), Stage::Unload, false);
    }

    /// Makes the instance beside the plugin the plugin.
    fn replace(&self, plugin: u32) {
        self.ledger.replace(plugin, |instance| self.slot(plugin).serve(instance));
    }

    /// Disables plugins that are out of service, in the order given, past hooks that fail.
    fn stop(&self, plugins: &[u32], failures: &mut Failures) -> Result<(), Trouble> {
        for &plugin in plugins {
            if let Err(trouble) = self.step(plugin, Stage::Disable, false) {
                self.note(plugin, trouble, failures)?;
            }
        }
        Ok(())
    }

    /// Enables those plugins that were stopped and can stand, in the order given, past hooks that
    /// fail.
    fn start_again(&self, plugins: &[u32], failures: &mut Failures) -> Result<(), Trouble> {
        for &plugin in plugins {
            let stands =
                self.required(plugin).iter().all(|&below| self.phase(below) == Phase::Enabled);
            if stands
                && is_stopped(self.phase(plugin))
                && let Err(trouble) = self.step(plugin, Stage::Enable, true)
            {
                self.note(plugin, trouble, failures)?;
            }
        }
        Ok(())
    }

    fn note(&self, plugin: u32, trouble: Trouble, failures: &mut Failures) -> Result<(), Trouble> {
        match trouble {
            Trouble::Failed(failure) => drop(failures.insert(plugin, failure)),
            other => return Err(other),
        }
        Ok(())
    }

    /// The enabled plugins that cannot stand without `plugin`, in canonical order.
    fn enabled_above(&self, plugin: u32) -> Vec<u32> {
        let above = closure(plugin, |at| {
            let dependents = self.dependents(at).into_owned();
            dependents.into_iter().filter(|&above| self.phase(above) == Phase::Enabled)
        });
        let mut above: Vec<_> = above.into_iter().filter(|&at| at != plugin).collect();
        above.sort_unstable_by_key(|&at| self.rank(at));
        above
    }

    fn reloaded(&self, plugin: u32, from: Phase, above: &[u32], failures: &Failures) -> Outcomes {
        let to = self.phase(plugin);
        let generation = self.ledger.generation(plugin);
        let mut outcomes = vec![(plugin, Outcome::Replaced { from, to, generation })];
        outcomes.extend(self.restarted(above, failures));
        outcomes
    }

    /// What became of plugins that were enabled, and were stopped and started again as far as they
    /// can stand.
    fn restarted(&self, above: &[u32], failures: &Failures) -> Outcomes {
        (above.iter())
            .map(|&at| match (failures.get(&at), self.phase(at)) {
                (Some(failure), _) => (at, Outcome::Failed(Arc::clone(failure))),
                (None, Phase::Enabled) => (at, Outcome::Restarted),
                (None, to) => (at, Outcome::Moved { from: Phase::Enabled, to }),
            })
            .collect()
    }

    /// Makes the steps of a retry. If one fails, what this call enabled is disabled and what it
    /// loaded is unloaded, in reverse.
    pub(crate) fn retry(&self, plugin: u32, steps: &[Step]) -> Result<Outcomes, Trouble> {
        // A configuration that does not fit is met before anything has moved.
        let table = self.slot(plugin).config();
        self.parse(plugin, table.as_deref()).map_err(Trouble::Config)?;
        let before = self.standing(steps);
        let below: Vec<_> = steps.iter().copied().filter(|step| step.plugin != plugin).collect();
        let mut made = Vec::with_capacity(steps.len());
        if let Err((trouble, failed)) = self
            .climb(&below, &mut made)
            .and_then(|()| self.renew(plugin).map_err(|trouble| (trouble, plugin)))
            .and_then(|()| {
                let hooks = Up::Enabled.hooks(self.phase(plugin));
                let hooks = hooks.map_err(|op| (self.refused(plugin, op), plugin))?;
                let own: Vec<_> = hooks.iter().map(|&stage| Step { plugin, stage }).collect();
                self.climb(&own, &mut made)
            })
        {
            self.undo(&made, failed);
            return Err(trouble);
        }
        self.serve(&made);
        let mut outcomes = self.moved(before, &Failures::default());
        outcomes.extend(self.bring_back(plugin)?);
        Ok(outcomes)
    }

    /// Puts a new instance in the place of one that failed, as far as `Configured`; what stands on the
    /// plugin keeps standing. One that failed without an instance is `Discovered` afterwards.
    fn renew(&self, plugin: u32) -> Result<(), Trouble> {
        if self.phase(plugin) != Phase::Failed {
            return Err(self.refused(plugin, Op::BeginUnload));
        }
        if !self.is_resident(plugin) {
            self.step(plugin, Stage::Unload, false)?;
            return Ok(());
        }
        self.prepare(plugin, true)?;
        self.replace(plugin);
        // The failed instance goes before the new one is enabled: it may hold what that needs.
        match self.step(Seat::side(plugin), Stage::Unload, false) {
            Ok(_) | Err(Trouble::Failed(_)) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// Brings back what a failure of `plugin` stopped, now that it is up again.
    fn bring_back(&self, plugin: u32) -> Result<Outcomes, Trouble> {
        let mut stopped = self.supervision.lock().recovered(plugin);
        stopped.sort_unstable_by_key(|&at| self.rank(at));
        let before: Vec<_> = stopped.iter().map(|&at| (at, self.phase(at))).collect();
        let mut failures = Failures::default();
        self.start_again(&stopped, &mut failures)?;
        self.leave_down(&stopped);
        Ok(self.moved(before, &failures))
    }

    /// Has those plugins that are still down come back with the failed plugin that keeps them there.
    fn leave_down(&self, stopped: &[u32]) {
        for &at in stopped.iter().filter(|&&at| is_stopped(self.phase(at))) {
            if let Some(cause) = self.cause(at) {
                self.supervision.lock().stopped_with(cause, at);
            }
        }
    }

    /// Records that a running plugin broke: what cannot stand without it is disabled, it becomes
    /// `Failed`, and its policy says what comes next.
    pub(crate) fn fault(
        &self,
        plugin: u32,
        broke: Box<Broke>,
    ) -> Result<(Arc<Failure>, Outcomes), Trouble> {
        let phase = self.phase(plugin);
        self.ledger
            .would(plugin.into(), EventKind::DidFail(Stage::Fault))
            .map_err(|refused| Trouble::Refused(plugin, refused))?;
        let above = if phase == Phase::Enabled { self.enabled_above(plugin) } else { Vec::new() };
        let mut failures = Failures::default();
        if phase == Phase::Enabled {
            let going: Vec<_> = above.iter().rev().copied().chain([plugin]).collect();
            self.close_all(&going)?;
            self.stop(&going[..above.len()], &mut failures)?;
        }
        let failure = match self.broke(plugin.into(), Stage::Fault, None, None, broke) {
            Trouble::Failed(failure) => failure,
            other => return Err(other),
        };
        self.rebind(plugin, &above);
        self.start_again(&above, &mut failures)?;
        if phase == Phase::Enabled {
            // What was not running is not started.
            let (now, name) = (self.ledger.now(), self.id(plugin).as_str());
            let prospect = self.supervision.lock().failed(plugin, name, now, failure.recoverable);
            tracing::warn!(plugin = name, ?prospect, "fault");
        }
        self.leave_down(&above);
        let mut outcomes = vec![(plugin, Outcome::Failed(Arc::clone(&failure)))];
        outcomes.extend(self.restarted(&above, &failures));
        Ok((failure, outcomes))
    }

    /// Binds the capabilities that `plugin` provided to other enabled providers, where there are any.
    fn rebind(&self, plugin: u32, above: &[u32]) {
        for &dependent in above {
            // One that is on its way down with the dependent is not enabled any more.
            let is_up = |other| self.phase(other) == Phase::Enabled;
            let anew = self.bindings.elsewhere(&self.resolution, dependent, plugin, is_up);
            self.note_rebound(dependent, anew);
        }
    }

    /// Writes down that a plugin has other providers.
    pub(crate) fn note_rebound(&self, plugin: u32, anew: Vec<(usize, u32)>) {
        for (position, other) in anew {
            self.ledger.note_rebind(plugin, position, other);
            let declared = self.resolution.declaration_at(plugin).dependencies();
            tracing::warn!(
                plugin = self.id(plugin).as_str(),
                capability = declared[position].capability().map(|key| key.name()),
                provider = self.id(other).as_str(),
                "bound to another provider"
            );
        }
    }

    /// The hooks that [`reload`](Self::reload) calls if none fails.
    pub(crate) fn reload_steps(&self, plugin: u32) -> Result<Vec<Step>, NoPlan> {
        let phase = self.phase(plugin);
        let own = |stage| Step { plugin, stage };
        let mut steps = Vec::new();
        match phase {
            Phase::Discovered => return Ok(steps),
            phase if phase.is_resident() => {}
            _ => return Err(NoPlan::Illegal { plugin, op: Op::BeginLoad }),
        }
        steps.push(own(Stage::Load));
        if phase != Phase::Loaded {
            steps.push(own(Stage::Configure));
        }
        let above = if phase == Phase::Enabled { self.enabled_above(plugin) } else { Vec::new() };
        if phase == Phase::Enabled {
            let going = above.iter().rev().chain([&plugin]);
            steps.extend(going.map(|&plugin| Step { plugin, stage: Stage::Disable }));
        }
        if phase != Phase::Loaded {
            steps.push(own(Stage::Restore));
        }
        if phase == Phase::Enabled {
            let coming = [plugin].into_iter().chain(above);
            steps.extend(coming.map(|plugin| Step { plugin, stage: Stage::Enable }));
        }
        steps.push(own(Stage::Unload));
        Ok(steps)
    }

    /// The hooks that [`fault`](Self::fault) calls if none fails.
    pub(crate) fn fault_steps(&self, plugin: u32) -> Result<Vec<Step>, NoPlan> {
        let phase = self.phase(plugin);
        if phase.after(Op::Fail).is_none() {
            return Err(NoPlan::Illegal { plugin, op: Op::Fail });
        }
        let above = if phase == Phase::Enabled { self.enabled_above(plugin) } else { Vec::new() };
        let mut ahead = Ahead::of(self);
        let mut steps = Vec::new();
        for &at in above.iter().rev() {
            steps.push(Step { plugin: at, stage: Stage::Disable });
            ahead.will_be(at, Phase::Disabled);
        }
        ahead.will_be(plugin, Phase::Failed);
        for &at in &above {
            ahead.rebind(at);
        }
        for at in above {
            if ahead.stands(at) {
                steps.push(Step { plugin: at, stage: Stage::Enable });
                ahead.will_be(at, Phase::Enabled);
            }
        }
        Ok(steps)
    }

    /// The steps of a retry, `steps`, with those that bring back what the failure stopped.
    pub(crate) fn retry_steps(&self, plugin: u32, mut steps: Vec<Step>) -> Vec<Step> {
        let mut stopped = match self.supervision.lock().case(plugin) {
            Some((_, stopped)) => stopped.to_vec(),
            None => Vec::new(),
        };
        stopped.sort_unstable_by_key(|&at| self.rank(at));
        for at in stopped.into_iter().filter(|&at| is_stopped(self.phase(at))) {
            let stands = self.required(at).iter().all(|&below| {
                let comes = Step { plugin: below, stage: Stage::Enable };
                self.phase(below) == Phase::Enabled || steps.contains(&comes)
            });
            if stands {
                steps.push(Step { plugin: at, stage: Stage::Enable });
            }
        }
        steps
    }

    pub(crate) fn refused(&self, plugin: u32, op: Op) -> Trouble {
        Trouble::Refused(plugin, Refused { phase: self.phase(plugin), op })
    }
}

/// Whether a plugin that was stopped with another one, and may have been reloaded since, is still
/// where it can be started from.
pub(crate) fn is_stopped(phase: Phase) -> bool {
    matches!(phase, Phase::Disabled | Phase::Configured)
}
