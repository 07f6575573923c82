//! Runs plans: the one place that decides what follows when a step goes wrong.

use std::sync::Arc;
use std::time::Duration;

use rustc_hash::{FxHashMap, FxHashSet};

use super::ahead::{Ahead, Chance, waits_for};
use super::engine::{Engine, Trouble};
use super::plan::{Down, Standings, Step, Up, closure, down_steps};
use super::pool::{self, Done, Job, Rows};
use super::times::Times;
use crate::failure::Failure;
use crate::phase::Phase;
use crate::report::Outcome;
use crate::stage::Stage;

/// What became of each plugin that an operation concerned, by index, in canonical order.
pub(crate) type Outcomes = Vec<(u32, Outcome)>;

impl Engine {
    /// Runs a plan upwards. If a step fails, what this call enabled is disabled and what it loaded
    /// is unloaded, in reverse.
    ///
    /// Plugins are put in service when all steps are made, so that none has to be taken back from
    /// under somebody's guard.
    pub(crate) fn up(&self, steps: &[Step]) -> Result<Outcomes, Trouble> {
        let before = self.standing(steps);
        let mut made = Vec::with_capacity(steps.len());
        if let Err((trouble, failed)) = self.climb(steps, &mut made) {
            self.undo(&made, failed);
            return Err(trouble);
        }
        self.serve(steps);
        Ok(self.moved(before, &FxHashMap::default()))
    }

    /// Makes steps until one goes wrong; adds those that were made to `made`, and says whose step it
    /// was that was not.
    pub(crate) fn climb(&self, steps: &[Step], made: &mut Vec<Step>) -> Result<(), (Trouble, u32)> {
        for &step in steps {
            self.step(step.plugin, step.stage, false).map_err(|trouble| (trouble, step.plugin))?;
            made.push(step);
        }
        Ok(())
    }

    /// Puts what was enabled in service.
    pub(crate) fn serve(&self, steps: &[Step]) {
        for step in steps.iter().filter(|step| step.stage == Stage::Enable) {
            self.open(step.plugin);
        }
    }

    /// Takes back the steps that were made, the last first.
    ///
    /// What a failed instance requires is not unloaded under it: it may be needed to tear the
    /// instance down.
    pub(crate) fn undo(&self, made: &[Step], failed: u32) {
        let kept = if self.phase(failed) == Phase::Failed && self.is_resident(failed) {
            closure(failed, |at| self.required(at).into_owned().into_iter())
        } else {
            FxHashSet::default()
        };
        let forgotten = usize::from(cfg!(plugstate_bug = "executor"));
        for step in made.iter().rev().skip(forgotten) {
            let back = match step.stage {
                Stage::Enable => Stage::Disable,
                Stage::Load if !kept.contains(&step.plugin) => Stage::Unload,
                _ => continue,
            };
            // A hook that fails here is on the plugin's record; the way back goes on.
            let _ = self.step(step.plugin, back, false);
        }
    }

    /// Runs a plan downwards, past hooks that fail, for there is no way back from half a stop.
    pub(crate) fn down(&self, steps: &[Step]) -> Result<(Outcomes, Failures), Trouble> {
        let serving: Vec<_> = (steps.iter())
            .filter(|step| step.stage == Stage::Disable)
            .map(|step| step.plugin)
            .collect();
        self.close_all(&serving)?;
        let before = self.standing(steps);
        let failures = self.go_down(steps)?;
        Ok((self.moved(before, &failures), failures))
    }

    fn go_down(&self, steps: &[Step]) -> Result<Failures, Trouble> {
        let mut failures = Failures::default();
        for step in steps {
            match self.step(step.plugin, step.stage, false) {
                Ok(_) => {}
                Err(Trouble::Failed(failure)) => {
                    failures.insert(step.plugin, failure);
                }
                Err(other) => return Err(other),
            }
        }
        Ok(failures)
    }

    /// Enables everything that can be: see [`up_these`](Self::up_these).
    pub(crate) fn up_all(&self) -> Result<Outcomes, Trouble> {
        let mut outcomes = self.up_these(&self.order())?;
        self.second_chance(&mut outcomes)?;
        outcomes.extend(self.unresolved());
        Ok(outcomes)
    }

    /// Enables some plugins with all that they require, as far as that can be.
    pub(crate) fn up_each(&self, plugins: &[u32]) -> Result<Outcomes, Trouble> {
        let mut outcomes = self.up_these(&self.order_of(plugins))?;
        self.second_chance(&mut outcomes)?;
        outcomes.extend(self.unresolved().filter(|(plugin, _)| plugins.contains(plugin)));
        Ok(outcomes)
    }

    /// Starts after all what was left alone and can have another provider, or stands on what can: see
    /// [`Ahead::chances`]. One after the other, when all else is done: who comes first must not depend
    /// on threads. What wants such a plugin has waited for it.
    fn second_chance(&self, outcomes: &mut Outcomes) -> Result<(), Trouble> {
        let mut places: FxHashMap<u32, usize> = (outcomes.iter().enumerate())
            .filter(|(_, (_, outcome))| matches!(outcome, Outcome::BlockedBy(_)))
            .map(|(place, (plugin, _))| (*plugin, place))
            .collect();
        while !places.is_empty() {
            let mut left: Vec<_> = places.keys().copied().collect();
            left.sort_unstable_by_key(|&plugin| self.rank(plugin));
            let mut ahead = Ahead::of(self);
            for Chance { plugin, mut anew } in ahead.chances(left) {
                anew.retain(|&(position, other)| {
                    self.bindings.rebind(&self.resolution, plugin, position, other)
                });
                self.note_rebound(plugin, anew);
                let mut took = Duration::ZERO;
                let place = places.remove(&plugin).expect("each has one chance");
                outcomes[place].1 = self.up_one(plugin, false, &mut took)?;
                if self.phase(plugin) != ahead.phase(plugin) {
                    // It does not come: what counted on it may have yet another provider.
                    break;
                }
            }
        }
        Ok(())
    }

    /// Some plugins with all that they require, in canonical order; blocked ones are left out.
    pub(crate) fn order_of(&self, plugins: &[u32]) -> Vec<u32> {
        let mut found = FxHashSet::default();
        for &plugin in plugins {
            if !found.contains(&plugin) && self.resolution.blocked(plugin).is_none() {
                found.extend(closure(plugin, |at| self.required(at).into_owned().into_iter()));
            }
        }
        let mut order: Vec<_> = found.into_iter().collect();
        order.sort_unstable_by_key(|&plugin| self.rank(plugin));
        order
    }

    /// Enables plugins, which come in canonical order: past failures, leaving alone what requires a
    /// plugin that is not enabled. Plugins that do not depend on each other start at the same time.
    fn up_these(&self, order: &[u32]) -> Result<Outcomes, Trouble> {
        let job = Job {
            order,
            plugins: self.slots.len(),
            before: &|plugin| self.below(plugin),
            after: &|plugin| self.above(plugin),
            weights: &|| {
                let book = self.ledger.book();
                Box::new(move |plugin| starting(book.times(plugin)))
            },
            trusted: self.ledger.keeps_time(),
        };
        let span = tracing::Span::current();
        let results = pool::run(&job, self.limits.threads, |plugin, soon| {
            let _span = span.enter();
            let mut took = Duration::ZERO;
            let outcome = match waits_for(self, plugin, order) {
                Some(wanted) => Ok(Outcome::BlockedBy(self.id(wanted).clone())),
                None => self.up_one(plugin, soon, &mut took),
            };
            let just_now = matches!(outcome, Ok(Outcome::Moved { .. }));
            Done { result: outcome.map(|outcome| (plugin, outcome)), took, just_now }
        });
        results.into_iter().collect()
    }

    fn below(&self, plugin: u32) -> Rows<'_> {
        [self.required(plugin), self.optional(plugin)]
    }

    fn above(&self, plugin: u32) -> Rows<'_> {
        [self.dependents(plugin), self.bindings.dependents_optional(&self.resolution, plugin)]
    }

    fn up_one(&self, plugin: u32, soon: bool, took: &mut Duration) -> Result<Outcome, Trouble> {
        let from = self.phase(plugin);
        let required = self.required(plugin);
        let missing = required.iter().find(|&&below| self.phase(below) != Phase::Enabled);
        if let Some(&below) = missing {
            return Ok(Outcome::BlockedBy(self.id(below).clone()));
        }
        let Ok(hooks) = Up::Enabled.hooks(from) else {
            let last = self.slots[plugin as usize].record(|record| record.failures.back().cloned());
            return Ok(last.map_or(Outcome::Unchanged(from), Outcome::Failed));
        };
        match self.start(plugin, hooks, soon, took) {
            Ok(()) => Ok(self.change(plugin, from)),
            Err(Trouble::Failed(failure)) => Ok(Outcome::Failed(failure)),
            Err(Trouble::Config(error)) => {
                if hooks.contains(&Stage::Load) {
                    // It was built for nothing; a hook that fails now is on its record.
                    let _ = self.step(plugin, Stage::Unload, false);
                }
                Ok(Outcome::Refused(error))
            }
            Err(other) => Err(other),
        }
    }

    /// The steps that enable everything that can be, for a run that is undone if one fails.
    pub(crate) fn all_steps(&self) -> Result<Vec<Step>, super::plan::NoPlan> {
        let mut steps = Vec::new();
        for &plugin in &*self.order() {
            match Up::Enabled.hooks(self.phase(plugin)) {
                Ok(hooks) => steps.extend(hooks.iter().map(|&stage| Step { plugin, stage })),
                Err(op) => return Err(super::plan::NoPlan::Illegal { plugin, op }),
            }
        }
        Ok(steps)
    }

    /// The steps that [`up_these`](Self::up_these) makes if no hook fails, and those of second chances.
    pub(crate) fn able_steps(&self, order: &[u32]) -> Vec<Step> {
        let mut ahead = Ahead::of(self);
        let (mut left, mut come) = (Vec::new(), Vec::new());
        for &plugin in order {
            if !ahead.stands(plugin) || waits_for(&ahead, plugin, order).is_some() {
                left.push(plugin);
            } else if Up::Enabled.hooks(self.phase(plugin)).is_ok() {
                ahead.will_be(plugin, Phase::Enabled);
                come.push(plugin);
            }
        }
        let chances = ahead.chances(left).into_iter().map(|chance| chance.plugin);
        come.extend(chances.filter(|&plugin| ahead.phase(plugin) == Phase::Enabled));
        let hooks = |plugin| Up::Enabled.hooks(self.phase(plugin)).unwrap_or_default();
        (come.into_iter())
            .flat_map(|plugin| hooks(plugin).iter().map(move |&stage| Step { plugin, stage }))
            .collect()
    }

    /// What was left out when the suite was resolved, by name.
    pub(crate) fn unresolved(&self) -> impl Iterator<Item = (u32, Outcome)> {
        (0..self.resolution.len() as u32).filter_map(|plugin| {
            let reason = self.resolution.blocked(plugin)?;
            Some((plugin, Outcome::Unresolved(Box::new(reason.clone()))))
        })
    }

    /// Stops everything: dependents first. What somebody holds on to past the deadline stays, with
    /// what it requires; all else goes.
    pub(crate) fn down_all(&self) -> Result<Outcomes, Trouble> {
        let deadline = self.limits.guards_until();
        let mut held: FxHashMap<u32, Outcome> = FxHashMap::default();
        let mut order = Vec::new();
        for &plugin in self.order().iter().rev() {
            if self.phase(plugin) == Phase::Discovered {
                continue;
            }
            let dependents = self.dependents(plugin);
            let needed = dependents.iter().find(|&&above| held.contains_key(&above));
            if let Some(&above) = needed {
                held.insert(plugin, Outcome::NeededBy(self.id(above).clone()));
            } else if self.phase(plugin) == Phase::Enabled && !self.close(plugin, deadline) {
                held.insert(plugin, Outcome::Busy(self.desk.holders(plugin)));
            } else {
                order.push(plugin);
            }
        }
        let before = order.iter().rev().map(|&plugin| (plugin, self.phase(plugin))).collect();
        let mut failures = self.down_pass(&order, Stage::Disable)?;
        failures.extend(self.down_pass(&order, Stage::Unload)?);
        let mut outcomes = self.moved(before, &failures);
        outcomes.extend(held);
        outcomes.sort_unstable_by_key(|(plugin, _)| self.rank(*plugin));
        Ok(outcomes)
    }

    /// Calls one hook on each plugin that it is legal for: dependents first, and plugins that do not
    /// depend on each other at the same time.
    fn down_pass(&self, order: &[u32], stage: Stage) -> Result<Failures, Trouble> {
        let steps = down_steps(self, order, Down::Discovered);
        let order: Vec<_> =
            steps.iter().filter(|step| step.stage == stage).map(|step| step.plugin).collect();
        let job = Job {
            order: &order,
            plugins: self.slots.len(),
            before: &|plugin| self.above(plugin),
            after: &|plugin| self.below(plugin),
            weights: &|| {
                let book = self.ledger.book();
                Box::new(move |plugin| {
                    let times = book.times(plugin);
                    if stage == Stage::Disable { times.disable } else { times.unload }
                })
            },
            trusted: self.ledger.keeps_time(),
        };
        let span = tracing::Span::current();
        let results = pool::run(&job, self.limits.threads, |plugin, soon| {
            let _span = span.enter();
            let result = self.step_at(plugin.into(), stage, false, soon);
            let took = result.as_ref().copied().unwrap_or_default();
            let just_now = result.is_ok();
            Done { result, took, just_now }
        });
        let mut failures = Failures::default();
        for (&plugin, result) in order.iter().zip(results) {
            match result {
                Ok(_) => {}
                Err(Trouble::Failed(failure)) => {
                    failures.insert(plugin, failure);
                }
                Err(other) => return Err(other),
            }
        }
        Ok(failures)
    }

    /// The plugins of a plan with their phases, in canonical order.
    pub(crate) fn standing(&self, steps: &[Step]) -> Vec<(u32, Phase)> {
        let mut before: Vec<_> =
            steps.iter().map(|step| (step.plugin, self.phase(step.plugin))).collect();
        before.sort_unstable_by_key(|(plugin, _)| self.rank(*plugin));
        before.dedup_by_key(|(plugin, _)| *plugin);
        before
    }

    pub(crate) fn moved(&self, before: Vec<(u32, Phase)>, failures: &Failures) -> Outcomes {
        (before.into_iter())
            .map(|(plugin, from)| match failures.get(&plugin) {
                Some(failure) => (plugin, Outcome::Failed(Arc::clone(failure))),
                None => (plugin, self.change(plugin, from)),
            })
            .collect()
    }

    /// The outcome of an operation that has nothing to do.
    pub(crate) fn unchanged(&self, plugin: u32) -> Outcomes {
        vec![(plugin, Outcome::Unchanged(self.phase(plugin)))]
    }

    pub(crate) fn change(&self, plugin: u32, from: Phase) -> Outcome {
        match self.phase(plugin) {
            to if to == from => Outcome::Unchanged(to),
            to => Outcome::Moved { from, to },
        }
    }
}

/// How long the hooks of a start took when they were last called.
fn starting(Times { load, configure, enable, .. }: Times) -> Option<Duration> {
    Some([load, configure].into_iter().flatten().sum::<Duration>() + enable?)
}

/// The plugins whose hooks failed while something was taken down, with the last failure of each.
pub(crate) type Failures = FxHashMap<u32, Arc<Failure>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_takes_what_its_hooks_took_and_is_unknown_before_the_first() {
        let ms = |ms| Some(Duration::from_millis(ms));
        let all = Times { load: ms(1), configure: ms(2), enable: ms(4), ..Times::default() };
        assert_eq!(starting(all), ms(7));
        assert_eq!(starting(Times { load: None, configure: None, ..all }), ms(4));
        assert_eq!(starting(Times { enable: None, ..all }), None);
    }
}
