//! One instance in place of another, as the oracle sees it: reloads, faults, and what comes back.

use std::collections::BTreeSet;

use super::{Answer, Holds, Needs, Oracle, Restarts, Stop};
use crate::phase::Phase::{Configured, Disabled, Discovered, Enabled, Failed, Loaded};
use crate::stage::Stage;
use crate::testing::world::Fault;

impl Oracle {
    pub(super) fn reload(&mut self, at: usize) -> Answer {
        let phase = self.plugins[at].phase;
        if matches!(phase, Discovered | Failed) {
            return if phase == Failed { Err(Stop::Refused) } else { Ok(()) };
        }
        let mut above = self.above(at, |above| phase == Enabled && self.is_enabled(above));
        above.retain(|&above| above != at);
        self.make_beside(at, phase != Loaded)?;
        if phase == Enabled {
            let going: Vec<_> = above.iter().rev().copied().chain([at]).collect();
            if let Err(busy) = self.nobody_holds(&going) {
                self.hook(at, Stage::Unload).ok();
                return Err(busy);
            }
            going.into_iter().for_each(|at| drop(self.make(at, Stage::Disable)));
        }
        let mut new = if phase == Loaded { Ok(()) } else { self.hook(at, Stage::Restore) };
        if new.is_ok() && phase == Enabled {
            new = self.hook(at, Stage::Enable);
        }
        if new.is_ok() {
            self.plugins[at].generation = self.plugins[at].begun;
            self.plugins[at].phase = if phase == Disabled { Configured } else { phase };
            let plugin = &mut self.plugins[at];
            plugin.holds = match phase {
                Loaded => Holds::default(),
                _ => Holds { config: plugin.kept, memory: plugin.holds.memory + 1 },
            };
        } else {
            self.hook(at, Stage::Unload).ok();
            if phase == Enabled && !self.start_again(at) {
                above.iter().for_each(|&above| self.rebind(at, above));
            }
        }
        self.bring_back(&above);
        if new.is_ok() {
            self.hook(at, Stage::Unload).ok();
        }
        new
    }

    pub(super) fn fault(&mut self, at: usize) -> Answer {
        let phase = self.plugins[at].phase;
        if matches!(phase, Discovered | Failed) {
            return Err(Stop::Refused);
        }
        let mut above = self.above(at, |above| phase == Enabled && self.is_enabled(above));
        above.retain(|&above| above != at);
        let going: Vec<_> = above.iter().rev().copied().chain([at]).collect();
        self.nobody_holds(&going)?;
        going[..above.len()].iter().for_each(|&at| drop(self.make(at, Stage::Disable)));
        self.told = true;
        self.plugins[at].phase = Failed;
        above.iter().for_each(|&above| self.rebind(at, above));
        if phase == Enabled {
            self.failed(at, 0, true);
        }
        self.bring_back(&above);
        Ok(())
    }

    pub(super) fn retry(&mut self, at: usize) -> Answer {
        if self.plugins[at].phase != Failed {
            return Err(Stop::Refused);
        }
        let moving = self.below(at, |below| !self.is_enabled(below));
        if moving.iter().any(|&below| below != at && self.plugins[below].phase == Failed) {
            return Err(Stop::Refused);
        }
        self.all_or_nothing(&moving, |it, below| {
            if below == at && it.plugins[at].instance {
                it.make_beside(at, true)?;
                it.plugins[at].generation = it.plugins[at].begun;
                it.plugins[at].phase = Configured;
                it.plugins[at].holds = Holds { config: it.plugins[at].kept, memory: 0 };
                it.hook(at, Stage::Unload).ok();
            } else if below == at {
                it.make(at, Stage::Unload).ok();
            }
            it.start(below, Enabled)
        })?;
        let case = self.cases.entry(at).or_default();
        case.open = false;
        let stopped: BTreeSet<usize> = std::mem::take(&mut case.stopped);
        self.bring_back(&self.in_order(stopped));
        Ok(())
    }

    /// Enables again what was stopped; says whether it is enabled.
    pub(super) fn start_again(&mut self, at: usize) -> bool {
        if self.is_stopped(at) && self.stands(at) {
            self.make(at, Stage::Enable).ok();
        }
        self.plugins[at].phase != Failed
    }

    /// Enables again what was stopped, as far as it stands; the rest comes back with what keeps it
    /// down.
    pub(super) fn bring_back(&mut self, stopped: &[usize]) {
        for &at in stopped {
            self.start_again(at);
        }
        for &at in stopped {
            if self.is_stopped(at)
                && let Some(cause) = self.cause(at)
            {
                let case = self.cases.entry(cause).or_default();
                if !case.open {
                    case.open = true;
                    case.due = None;
                }
                case.stopped.insert(at);
            }
        }
    }

    /// The first plugin below that has failed. Where none has, what has stopped it before has it still.
    pub(super) fn cause(&self, at: usize) -> Option<usize> {
        let below = self.below(at, |below| !self.is_enabled(below));
        below.into_iter().find(|&below| self.plugins[below].phase == Failed)
    }

    /// Gives a plugin another provider for what this one has provided, the first by name that is
    /// enabled and does not depend on the plugin itself.
    pub(super) fn rebind(&mut self, from: usize, at: usize) {
        for position in 0..self.plugins[at].needs.len() {
            let Needs { capability: Some(capability), on, .. } = self.plugins[at].needs[position]
            else {
                continue;
            };
            if on != from {
                continue;
            }
            let other = self.providers[capability].iter().copied().find(|&other| {
                let needs = |from: usize, to| self.plugins[from].needs.iter().any(|it| it.on == to);
                self.is_enabled(other) && !self.closure(other, needs, |_| true).contains(&at)
            });
            if let Some(other) = other {
                self.plugins[at].needs[position].on = other;
                self.told = true;
            }
        }
    }

    /// A plugin has failed: when is it started again?
    pub(super) fn failed(&mut self, at: usize, now: u64, recoverable: bool) {
        let Restarts { most, wait } = self.policy;
        let case = self.cases.entry(at).or_default();
        case.open = true;
        case.due = None;
        if recoverable && case.restarts < most {
            case.due = Some(now + (wait << case.restarts));
            case.restarts += 1;
        }
    }

    pub(super) fn forget(&mut self, at: usize) {
        self.cases.remove(&at);
        for case in self.cases.values_mut() {
            case.stopped.remove(&at);
        }
    }

    /// Each plugin that is due has one try, dependencies first.
    pub(super) fn poll(&mut self, now: u64) {
        let is_due = |it: &Self, at: usize| {
            let case = it.cases.get(&at).filter(|case| case.open);
            case.and_then(|case| case.due).is_some_and(|due| due <= now)
        };
        let due = (0..self.plugins.len()).filter(|&at| is_due(self, at)).collect();
        for at in self.in_order(due) {
            if is_due(self, at)
                && let Err(stop) = self.retry(at)
            {
                let fatal = matches!(stop, Stop::Failed(who, Fault::Fatal) if who == at);
                self.failed(at, now, !fatal);
            }
            self.over();
        }
    }
}
