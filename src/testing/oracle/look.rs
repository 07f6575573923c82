//! What the oracle knows of its suite, found by looking at all plugins, and the hooks that it counts.

use std::collections::BTreeSet;

use super::{Answer, Holds, Oracle, Stop};
use crate::phase::Phase;
use crate::phase::Phase::{Configured, Disabled, Discovered, Enabled, Failed, Loaded};
use crate::stage::Stage;
use crate::testing::suite::Suite;

impl Oracle {
    pub(super) fn is_stopped(&self, at: usize) -> bool {
        matches!(self.plugins[at].phase, Configured | Disabled)
    }

    pub(super) fn is_enabled(&self, at: usize) -> bool {
        self.plugins[at].phase == Enabled
    }

    pub(super) fn required(&self, at: usize) -> BTreeSet<usize> {
        self.plugins[at].needs.iter().filter(|it| it.required).map(|it| it.on).collect()
    }

    pub(super) fn stands(&self, at: usize) -> bool {
        self.required(at).into_iter().all(|below| self.is_enabled(below))
    }

    /// `start` and what requires it, as far as it `counts`, in canonical order.
    pub(super) fn above(&self, start: usize, counts: impl Fn(usize) -> bool) -> Vec<usize> {
        self.closure(start, |from, to| self.required(to).contains(&from), counts)
    }

    /// `start` and what it requires, as far as it `counts`, in canonical order.
    pub(super) fn below(&self, start: usize, counts: impl Fn(usize) -> bool) -> Vec<usize> {
        self.closure(start, |from, to| self.required(from).contains(&to), counts)
    }

    pub(super) fn closure(
        &self,
        start: usize,
        is_next: impl Fn(usize, usize) -> bool,
        counts: impl Fn(usize) -> bool,
    ) -> Vec<usize> {
        let mut found = BTreeSet::from([start]);
        while let Some(more) = (0..self.plugins.len()).find(|&to| {
            !found.contains(&to) && counts(to) && found.iter().any(|&from| is_next(from, to))
        }) {
            found.insert(more);
        }
        self.in_order(found)
    }

    /// By level, which is one more than the highest of what it depends on, and by name.
    pub(super) fn in_order(&self, plugins: BTreeSet<usize>) -> Vec<usize> {
        let mut levels = vec![0; self.plugins.len()];
        let edges = || {
            (self.plugins.iter().enumerate())
                .flat_map(|(at, it)| it.needs.iter().map(move |needs| (at, needs.on)))
        };
        while let Some((at, on)) = edges().find(|&(at, on)| levels[at] <= levels[on]) {
            levels[at] = levels[on] + 1;
        }
        let mut order: Vec<_> = plugins.into_iter().collect();
        order.sort_by_key(|&at| (levels[at], at));
        order
    }

    /// All that can run, in canonical order: by level, and by name within a level.
    pub(super) fn order(&self) -> Vec<usize> {
        self.in_order((0..self.plugins.len()).filter(|&at| !self.plugins[at].blocked).collect())
    }

    pub(super) fn hook(&mut self, at: usize, stage: Stage) -> Answer {
        self.log.push(format!("{stage} {}", Suite::name(at)));
        self.calls += 1;
        match self.faults.get(&(self.calls - 1)) {
            None => Ok(()),
            Some(&fault) => Err(Stop::Failed(at, fault)),
        }
    }

    /// Calls a hook of the instance that is the plugin.
    pub(super) fn make(&mut self, at: usize, stage: Stage) -> Answer {
        self.told = true;
        if stage == Stage::Load {
            self.plugins[at].begun += 1;
            self.plugins[at].generation = self.plugins[at].begun;
        }
        if stage == Stage::Unload {
            let answer = if self.plugins[at].instance { self.hook(at, stage) } else { Ok(()) };
            self.plugins[at].phase = Discovered;
            self.plugins[at].instance = false;
            return answer;
        }
        let answer = self.hook(at, stage);
        let plugin = &mut self.plugins[at];
        plugin.phase = match (&answer, stage) {
            (Err(_), _) => Failed,
            (Ok(()), Stage::Load) => Loaded,
            (Ok(()), Stage::Configure) => Configured,
            (Ok(()), Stage::Enable) => Enabled,
            (Ok(()), _) => Disabled,
        };
        match plugin.phase {
            Loaded => (plugin.instance, plugin.holds) = (true, Holds::default()),
            Configured => plugin.holds.config = plugin.kept,
            _ => {}
        }
        answer
    }

    /// Makes a second instance beside the plugin; if that fails it is gone again.
    pub(super) fn make_beside(&mut self, at: usize, configure: bool) -> Answer {
        self.told = true;
        self.plugins[at].begun += 1;
        self.hook(at, Stage::Load)?;
        if configure && let Err(failed) = self.hook(at, Stage::Configure) {
            self.hook(at, Stage::Unload).ok();
            return Err(failed);
        }
        Ok(())
    }

    /// All hooks up to a phase that it has not reached.
    pub(super) fn start(&mut self, at: usize, goal: Phase) -> Answer {
        while self.plugins[at].phase != goal {
            let stage = match self.plugins[at].phase {
                Discovered => Stage::Load,
                Loaded => Stage::Configure,
                Configured | Disabled => Stage::Enable,
                _ => return Err(Stop::Refused),
            };
            self.make(at, stage)?;
        }
        Ok(())
    }

    pub(super) fn nobody_holds(&self, plugins: &[usize]) -> Answer {
        let held = plugins.iter().find(|&&at| self.held.contains(&at) && self.is_enabled(at));
        held.map_or(Ok(()), |&at| Err(Stop::Busy(at)))
    }
}
