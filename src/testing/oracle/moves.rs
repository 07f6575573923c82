//! Up and down, as the oracle sees it.

use std::collections::BTreeSet;

use super::{Answer, Needs, Oracle, Stop};
use crate::phase::Phase;
use crate::phase::Phase::{Configured, Disabled, Discovered, Enabled, Failed, Loaded};
use crate::stage::Stage;

impl Oracle {
    pub(super) fn bring_up(&mut self, at: usize, goal: Phase) -> Answer {
        let reached = |it: &Self, at: usize| match goal {
            Loaded => matches!(it.plugins[at].phase, Loaded | Configured | Enabled | Disabled),
            _ => it.plugins[at].phase == Enabled,
        };
        if self.plugins[at].blocked {
            return Err(Stop::Refused);
        }
        if reached(self, at) {
            return Ok(());
        }
        let moving = self.below(at, |below| !reached(self, below));
        if moving.iter().any(|&below| self.plugins[below].phase == Failed) {
            return Err(Stop::Refused);
        }
        self.all_or_nothing(&moving, |it, at| it.start(at, goal))
    }

    pub(super) fn enable_all_strict(&mut self) -> Answer {
        let order = self.order();
        if order.iter().any(|&at| self.plugins[at].phase == Failed) {
            return Err(Stop::Refused);
        }
        self.all_or_nothing(&order, |it, at| it.start(at, Enabled))
    }

    /// Does something to each plugin; if that fails, what was enabled is disabled and what was loaded
    /// is unloaded, the last first, but for what an instance that failed stands on.
    pub(super) fn all_or_nothing(
        &mut self,
        plugins: &[usize],
        mut deed: impl FnMut(&mut Self, usize) -> Answer,
    ) -> Answer {
        let before = self.plugins.clone();
        let failed = plugins.iter().find_map(|&at| Some((at, deed(self, at).err()?)));
        let Some((failed, stop)) = failed else { return Ok(()) };
        let is_left = self.plugins[failed].phase == Failed && self.plugins[failed].instance;
        let kept = if is_left { self.below(failed, |_| true) } else { Vec::new() };
        for &at in plugins.iter().rev() {
            if self.is_enabled(at) && before[at].phase != Enabled {
                self.make(at, Stage::Disable).ok();
            }
            if self.plugins[at].instance && !before[at].instance && !kept.contains(&at) {
                self.make(at, Stage::Unload).ok();
            }
        }
        Err(stop)
    }

    /// Past failures; what requires something that is not enabled is left alone. Where that is because
    /// a provider has failed, another one is asked when all else is done; what wants such a plugin
    /// waits for it.
    pub(super) fn enable_what_can_be(&mut self, order: Vec<usize>) {
        let (mut left, mut may_come) = (BTreeSet::new(), BTreeSet::new());
        for at in order {
            let needs = &self.plugins[at].needs;
            let waits = needs.iter().any(|it| may_come.contains(&it.on));
            if !self.stands(at) || waits {
                let has_choice = |it: &Needs| {
                    it.capability.is_some_and(|number| self.providers[number].len() > 1)
                        && self.plugins[it.on].phase == Failed
                };
                let is_down = !matches!(self.plugins[at].phase, Enabled | Failed);
                if is_down && (waits || needs.iter().any(has_choice)) {
                    may_come.insert(at);
                }
                left.insert(at);
            } else if self.plugins[at].phase != Failed {
                self.start(at, Enabled).ok();
            }
        }
        while !left.is_empty() {
            let hoped = self.second_chances(&left);
            for at in hoped.in_order(left.clone()) {
                left.remove(&at);
                self.told |= self.plugins[at].needs != hoped.plugins[at].needs;
                self.plugins[at].needs.clone_from(&hoped.plugins[at].needs);
                if hoped.is_enabled(at) && self.start(at, Enabled).is_err() {
                    break;
                }
            }
        }
    }

    /// How all stand in the end if no hook fails: each of `left` is asked, again and again, whether it can
    /// be had with another provider, until nothing changes.
    fn second_chances(&self, left: &BTreeSet<usize>) -> Self {
        let mut hoped = self.clone();
        let order = self.in_order(left.clone());
        let mut before = usize::MAX;
        while before != hoped.count_enabled() {
            before = hoped.count_enabled();
            for &at in &order {
                for below in hoped.required(at) {
                    if hoped.plugins[below].phase == Failed {
                        hoped.rebind(below, at);
                    }
                }
                if hoped.stands(at) && hoped.plugins[at].phase != Failed {
                    hoped.plugins[at].phase = Enabled;
                }
            }
        }
        hoped
    }

    fn count_enabled(&self) -> usize {
        self.plugins.iter().filter(|it| it.phase == Enabled).count()
    }

    pub(super) fn configure(&mut self, at: usize, value: u64) -> Answer {
        if !matches!(self.plugins[at].phase, Loaded | Configured | Disabled) {
            return Err(Stop::Refused);
        }
        self.plugins[at].kept = value;
        self.make(at, Stage::Configure)
    }

    pub(super) fn take_down(&mut self, at: usize, goal: Phase, cascade: bool) -> Answer {
        let phase = self.plugins[at].phase;
        if phase == goal {
            self.forget(at);
            return Ok(());
        }
        if goal == Disabled && phase != Enabled {
            return Err(Stop::Refused);
        }
        let mut moving = self.above(at, |above| match goal {
            Disabled => self.is_enabled(above),
            _ => self.plugins[above].instance,
        });
        if moving.len() > 1 && !cascade {
            return Err(Stop::Refused);
        }
        moving.reverse();
        self.nobody_holds(&moving)?;
        let mut answer = Ok(());
        for &plugin in &moving {
            if self.is_enabled(plugin)
                && let Err(failed) = self.make(plugin, Stage::Disable)
                && plugin == at
                && goal == Disabled
            {
                answer = Err(failed);
            }
        }
        for &plugin in moving.iter().filter(|_| goal == Discovered) {
            self.make(plugin, Stage::Unload).ok();
        }
        moving.into_iter().for_each(|plugin| self.forget(plugin));
        answer
    }

    pub(super) fn shutdown(&mut self) -> Answer {
        self.cases.clear();
        let (mut going, mut staying) = (Vec::new(), BTreeSet::new());
        for at in self.order().into_iter().rev() {
            let needed = staying.iter().any(|&above| self.required(above).contains(&at));
            if self.plugins[at].phase == Discovered {
                continue;
            } else if needed || self.nobody_holds(&[at]).is_err() {
                staying.insert(at);
            } else {
                going.push(at);
            }
        }
        let mut well = staying.is_empty();
        for &at in &going {
            if self.is_enabled(at) {
                well &= self.make(at, Stage::Disable).is_ok();
            }
        }
        for &at in &going {
            well &= self.make(at, Stage::Unload).is_ok();
        }
        if well { Ok(()) } else { Err(Stop::Incomplete) }
    }
}
