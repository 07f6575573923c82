//! Who provides what to whom now: the resolution, but for capabilities that were bound anew.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::plan::closure;
use crate::graph::Resolution;
use crate::sync::{AtomicBool, Mutex, MutexGuard, Ordering};

/// The capability dependencies that are not bound as they were resolved.
///
/// There are few, if any: the plugins without one are answered from the resolution, without a lock.
#[derive(Default)]
pub(crate) struct Bindings {
    /// Set when `now` has been written first: who reads sees all that follows from a change, or
    /// nothing of it.
    any: AtomicBool,
    now: Mutex<Now>,
}

impl Clone for Bindings {
    fn clone(&self) -> Self {
        match self.now() {
            None => Bindings::default(),
            Some(now) => Bindings { any: AtomicBool::new(true), now: Mutex::new(Now::clone(&now)) },
        }
    }
}

#[derive(Clone, Default)]
struct Now {
    /// For a plugin and the position of a dependency, who provides it.
    bound: FxHashMap<(u32, usize), u32>,
    /// The canonical order by the dependencies as they are bound now.
    order: Vec<u32>,
    ranks: FxHashMap<u32, u32>,
}

impl Bindings {
    /// Binds a dependency to another provider, unless that depends on `plugin` itself, and says
    /// whether it did. Whoever calls this has the turn. Cost: linear in the suite, for everything is
    /// put into order anew.
    pub(crate) fn rebind(
        &self,
        resolution: &Resolution,
        plugin: u32,
        position: usize,
        provider: u32,
    ) -> bool {
        let mut now = self.now.lock().clone();
        let below = |at: u32| {
            let mut below = now.required(resolution, at).into_owned();
            below.extend(&*now.optional(resolution, at));
            below.into_iter()
        };
        if closure(provider, below).contains(&plugin) {
            return false;
        }
        now.bound.insert((plugin, position), provider);
        now.order = now.ordered(resolution);
        now.ranks = now.order.iter().copied().zip(0..).collect();
        *self.now.lock() = now;
        self.any.store(true, Ordering::Release);
        true
    }

    /// Gives `plugin` another provider for each capability that it has from `from`: the first by name
    /// that `is_up` and does not depend on `plugin` itself. Answers which dependencies were bound anew, by
    /// position, and to whom.
    pub(crate) fn elsewhere(
        &self,
        resolution: &Resolution,
        plugin: u32,
        from: u32,
        is_up: impl Fn(u32) -> bool,
    ) -> Vec<(usize, u32)> {
        let declared = resolution.declaration_at(plugin).dependencies().iter().enumerate();
        let lost = declared.filter_map(|(position, dependency)| {
            let key = dependency.capability()?;
            (self.bound(resolution, plugin, position) == Some(from)).then_some((position, key))
        });
        lost.filter_map(|(position, key)| {
            let mut others = resolution.providers(key.id()).iter().copied();
            let other = others
                .find(|&other| is_up(other) && self.rebind(resolution, plugin, position, other))?;
            Some((position, other))
        })
        .collect()
    }

    /// The plugins that can run, in canonical order.
    pub(crate) fn order<'r>(&self, resolution: &'r Resolution) -> Cow<'r, [u32]> {
        match self.now() {
            None => Cow::Borrowed(resolution.order_indices()),
            Some(now) => Cow::Owned(now.order.clone()),
        }
    }

    /// The position of a plugin in the canonical order; `None` if it cannot run.
    pub(crate) fn rank(&self, resolution: &Resolution, plugin: u32) -> Option<u32> {
        match self.now() {
            None => resolution.rank(plugin),
            Some(now) => now.ranks.get(&plugin).copied(),
        }
    }

    /// What the dependency at `position` of `plugin` is bound to.
    pub(crate) fn bound(
        &self,
        resolution: &Resolution,
        plugin: u32,
        position: usize,
    ) -> Option<u32> {
        self.anew(plugin, position).or_else(|| resolution.bound(plugin, position))
    }

    /// What the dependency at `position` of `plugin` was bound to since it was resolved.
    pub(crate) fn anew(&self, plugin: u32, position: usize) -> Option<u32> {
        self.now()?.bound.get(&(plugin, position)).copied()
    }

    /// What `plugin` requires.
    pub(crate) fn required<'r>(&self, resolution: &'r Resolution, plugin: u32) -> Cow<'r, [u32]> {
        match self.now() {
            None => Cow::Borrowed(resolution.required(plugin)),
            Some(now) => now.required(resolution, plugin),
        }
    }

    /// Who requires `plugin`.
    pub(crate) fn dependents<'r>(&self, resolution: &'r Resolution, plugin: u32) -> Cow<'r, [u32]> {
        let resolved = resolution.dependents_required(plugin);
        let Some(now) = self.now() else { return Cow::Borrowed(resolved) };
        let mut dependents: Vec<u32> = resolved.to_vec();
        dependents.extend(now.bound.iter().filter(|entry| *entry.1 == plugin).map(|it| it.0.0));
        dependents.sort_unstable();
        dependents.dedup();
        dependents.retain(|&above| now.required(resolution, above).contains(&plugin));
        Cow::Owned(dependents)
    }

    /// What `plugin` wants and does not require as well. One that has provided what it requires, and
    /// that it wants too, is wanted still when another provides that.
    pub(crate) fn optional<'r>(&self, resolution: &'r Resolution, plugin: u32) -> Cow<'r, [u32]> {
        match self.now() {
            None => Cow::Borrowed(resolution.optional(plugin)),
            Some(now) => now.optional(resolution, plugin),
        }
    }

    /// Who wants `plugin` and does not require it as well.
    pub(crate) fn dependents_optional<'r>(
        &self,
        resolution: &'r Resolution,
        plugin: u32,
    ) -> Cow<'r, [u32]> {
        let resolved = resolution.dependents_optional(plugin);
        let Some(now) = self.now() else { return Cow::Borrowed(resolved) };
        let mut dependents = [resolved, resolution.dependents_required(plugin)].concat();
        dependents.sort_unstable();
        dependents.retain(|&above| now.optional(resolution, above).contains(&plugin));
        Cow::Owned(dependents)
    }

    /// Whether a dependency of `plugin` is not bound as it was resolved.
    pub(crate) fn is_rebound(&self, plugin: u32) -> bool {
        self.now().is_some_and(|now| now.is_rebound(plugin))
    }

    /// What differs from the resolution, if anything does.
    fn now(&self) -> Option<MutexGuard<'_, Now>> {
        self.any.load(Ordering::Acquire).then(|| self.now.lock())
    }
}

impl Now {
    /// The plugins that can run by level, and by name within a level.
    fn ordered(&self, resolution: &Resolution) -> Vec<u32> {
        let mut levels: FxHashMap<u32, u32> = FxHashMap::default();
        for &start in resolution.order_indices() {
            // Each plugin is met twice: when it is opened, and when all below it has its level.
            let mut open = vec![(start, false)];
            while let Some((plugin, ready)) = open.pop() {
                if levels.contains_key(&plugin) {
                    continue;
                }
                let required = self.required(resolution, plugin);
                let optional = self.optional(resolution, plugin);
                let below = required.iter().chain(&*optional);
                if ready {
                    let highest = below.filter_map(|below| levels.get(below)).max();
                    let level = highest.map_or(0, |highest| highest + 1);
                    levels.insert(plugin, level);
                } else {
                    open.push((plugin, true));
                    open.extend(below.map(|&below| (below, false)));
                }
            }
        }
        let mut order = resolution.order_indices().to_vec();
        order.sort_unstable_by_key(|plugin| (levels[plugin], *plugin));
        order
    }

    fn required<'r>(&self, resolution: &'r Resolution, plugin: u32) -> Cow<'r, [u32]> {
        if !self.is_rebound(plugin) {
            return Cow::Borrowed(resolution.required(plugin));
        }
        // A plugin that can run has all that it requires; what it wants is in another list.
        Cow::Owned(self.below(resolution, plugin, false))
    }

    fn optional<'r>(&self, resolution: &'r Resolution, plugin: u32) -> Cow<'r, [u32]> {
        if !self.is_rebound(plugin) {
            return Cow::Borrowed(resolution.optional(plugin));
        }
        let required = self.below(resolution, plugin, false);
        let mut optional = self.below(resolution, plugin, true);
        optional.retain(|wanted| !required.contains(wanted));
        Cow::Owned(optional)
    }

    /// What the dependencies of `plugin`, optional or not, are bound to.
    fn below(&self, resolution: &Resolution, plugin: u32, optional: bool) -> Vec<u32> {
        let dependencies = resolution.declaration_at(plugin).dependencies();
        let mut below: Vec<u32> = (dependencies.iter().enumerate())
            .filter(|(_, dependency)| dependency.optional == optional)
            .filter_map(|(position, _)| {
                let anew = self.bound.get(&(plugin, position)).copied();
                anew.or_else(|| resolution.bound(plugin, position))
            })
            .collect();
        below.sort_unstable();
        below.dedup();
        below
    }

    fn is_rebound(&self, plugin: u32) -> bool {
        self.bound.keys().any(|(rebound, _)| *rebound == plugin)
    }
}
