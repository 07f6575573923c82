//! What will be: who moves, and who provides what to whom then, if no hook fails.

use rustc_hash::FxHashMap;

use super::binding::Bindings;
use super::engine::Engine;
use super::plan::{Standings, closure};
use crate::graph::Resolution;
use crate::phase::Phase;

/// The suite as it will be: as it is, but for what is said of it. Nothing is moved or bound by it.
pub(crate) struct Ahead<'e> {
    engine: &'e Engine,
    bindings: Bindings,
    phases: FxHashMap<u32, Phase>,
}

/// A plugin that was left alone, with the dependencies that are to be bound anew, by position, and to
/// whom.
pub(crate) struct Chance {
    pub(crate) plugin: u32,
    pub(crate) anew: Vec<(usize, u32)>,
}

impl Standings for Ahead<'_> {
    fn phase(&self, plugin: u32) -> Phase {
        self.phases.get(&plugin).copied().unwrap_or_else(|| self.engine.phase(plugin))
    }

    fn is_resident(&self, plugin: u32) -> bool {
        match self.phases.get(&plugin) {
            None => self.engine.is_resident(plugin),
            Some(phase) => phase.is_resident(),
        }
    }

    fn resolution(&self) -> &Resolution {
        self.engine.resolution()
    }

    fn bindings(&self) -> &Bindings {
        &self.bindings
    }
}

impl<'e> Ahead<'e> {
    pub(crate) fn of(engine: &'e Engine) -> Self {
        Ahead { engine, bindings: engine.bindings.clone(), phases: FxHashMap::default() }
    }

    pub(crate) fn will_be(&mut self, plugin: u32, phase: Phase) {
        self.phases.insert(plugin, phase);
    }

    /// Whether all that the plugin requires is enabled.
    pub(crate) fn stands(&self, plugin: u32) -> bool {
        self.required(plugin).iter().all(|&below| self.phase(below) == Phase::Enabled)
    }

    /// Gives a plugin other providers for what those have provided that have failed.
    pub(crate) fn rebind(&mut self, plugin: u32) -> Vec<(usize, u32)> {
        let required = self.required(plugin).into_owned();
        let failed = required.into_iter().filter(|&below| self.phase(below) == Phase::Failed);
        let is_up = |other| self.phase(other) == Phase::Enabled;
        failed
            .flat_map(|from| self.bindings.elsewhere(self.resolution(), plugin, from, is_up))
            .collect()
    }

    /// The second chances of plugins that come in the order in which they were left alone, in the order
    /// in which they are to be taken: what each gets from another provider comes before it, as does what
    /// it wants. Those that come are enabled from then on; the others stay where they are.
    ///
    /// One that comes may be the provider for which one before it has waited. So all are looked at again
    /// until nothing changes; who is left has then nobody.
    pub(crate) fn chances(&mut self, mut left: Vec<u32>) -> Vec<Chance> {
        let mut anew: FxHashMap<u32, Vec<(usize, u32)>> = FxHashMap::default();
        let mut has_changed = true;
        while has_changed {
            has_changed = false;
            for &plugin in &left {
                if self.phase(plugin) == Phase::Enabled {
                    continue;
                }
                anew.entry(plugin).or_default().extend(self.rebind(plugin));
                if self.phase(plugin) != Phase::Failed && self.stands(plugin) {
                    self.will_be(plugin, Phase::Enabled);
                    has_changed = true;
                }
            }
        }
        left.sort_unstable_by_key(|&plugin| self.rank(plugin));
        let chance = |plugin| Chance { plugin, anew: anew.remove(&plugin).unwrap_or_default() };
        left.into_iter().map(chance).collect()
    }
}

/// The plugin that `plugin` wants and that may yet come: it was left alone because a provider has
/// failed, and others provide the same.
pub(crate) fn waits_for(standings: &impl Standings, plugin: u32, order: &[u32]) -> Option<u32> {
    let is_left = |at: u32| {
        let rank = |at: u32| standings.rank(at);
        !matches!(standings.phase(at), Phase::Enabled | Phase::Failed)
            && order.binary_search_by_key(&rank(at), |&other| rank(other)).is_ok()
    };
    let may_come = |wanted: u32| {
        let waiting = closure(wanted, |at| {
            let below = [standings.required(at), standings.optional(at)].concat();
            below.into_iter().filter(|&below| is_left(below))
        });
        waiting.into_iter().any(|at| has_choice(standings, at))
    };
    let wanted = standings.optional(plugin);
    wanted.iter().copied().find(|&wanted| is_left(wanted) && may_come(wanted))
}

/// Whether a capability that `plugin` requires has lost its provider to a failure, and has others.
fn has_choice(standings: &impl Standings, plugin: u32) -> bool {
    let resolution = standings.resolution();
    let declared = resolution.declaration_at(plugin).dependencies();
    declared.iter().enumerate().any(|(position, dependency)| {
        let Some(key) = dependency.capability() else { return false };
        let bound = standings.bindings().bound(resolution, plugin, position);
        bound.is_some_and(|bound| standings.phase(bound) == Phase::Failed)
            && resolution.providers(key.id()).len() > 1
    })
}
