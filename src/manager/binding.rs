//! Who provides what to whom now: the resolution, but for capabilities that were bound anew.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::plan::closure;
use crate::graph::Resolution;
use crate::sync::{AtomicBool, Mutex, Ordering};

/// The capability dependencies that are not bound as they were resolved.
///
/// There are few, if any: the plugins without one are answered from the resolution, without a lock.
#[derive(Default)]
pub(crate) struct Bindings {
    any: AtomicBool,
    /// For a plugin and the position of a dependency, who provides it.
    bound: Mutex<FxHashMap<(u32, usize), u32>>,
    order: Mutex<Order>,
}

/// The canonical order by the dependencies as they are bound now.
#[derive(Default)]
struct Order {
    order: Vec<u32>,
    ranks: FxHashMap<u32, u32>,
}

impl Bindings {
    /// Binds a dependency to another provider, unless that depends on `plugin` itself, and says
    /// whether it did. Cost: linear in the suite, for everything is put into order anew.
    pub(crate) fn rebind(
        &self,
        resolution: &Resolution,
        plugin: u32,
        position: usize,
        provider: u32,
    ) -> bool {
        let below = |at: u32| {
            let mut below = self.required(resolution, at).into_owned();
            below.extend_from_slice(&self.optional(resolution, at));
            below.into_iter()
        };
        if closure(provider, below).contains(&plugin) {
            return false;
        }
        self.bound.lock().insert((plugin, position), provider);
        self.any.store(true, Ordering::Release);
        let order = self.ordered(resolution);
        let ranks = order.iter().copied().zip(0..).collect();
        *self.order.lock() = Order { order, ranks };
        true
    }

    /// The plugins that can run by level, and by name within a level, as they are bound now.
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

    /// The plugins that can run, in canonical order.
    pub(crate) fn order<'r>(&self, resolution: &'r Resolution) -> Cow<'r, [u32]> {
        if self.any.load(Ordering::Acquire) {
            Cow::Owned(self.order.lock().order.clone())
        } else {
            Cow::Borrowed(resolution.order_indices())
        }
    }

    /// The position of a plugin in the canonical order; `None` if it cannot run.
    pub(crate) fn rank(&self, resolution: &Resolution, plugin: u32) -> Option<u32> {
        if self.any.load(Ordering::Acquire) {
            self.order.lock().ranks.get(&plugin).copied()
        } else {
            resolution.rank(plugin)
        }
    }

    /// What the dependency at `position` of `plugin` is bound to.
    pub(crate) fn bound(
        &self,
        resolution: &Resolution,
        plugin: u32,
        position: usize,
    ) -> Option<u32> {
        self.now(plugin, position).or_else(|| resolution.bound(plugin, position))
    }

    /// What the dependency at `position` of `plugin` was bound to since it was resolved.
    pub(crate) fn now(&self, plugin: u32, position: usize) -> Option<u32> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        self.bound.lock().get(&(plugin, position)).copied()
    }

    /// What `plugin` requires.
    pub(crate) fn required<'r>(&self, resolution: &'r Resolution, plugin: u32) -> Cow<'r, [u32]> {
        let resolved = resolution.required(plugin);
        if !self.any.load(Ordering::Acquire) || !self.is_rebound(plugin) {
            return Cow::Borrowed(resolved);
        }
        let dependencies = resolution.declaration_at(plugin).dependencies();
        let mut required: Vec<u32> = (dependencies.iter().enumerate())
            // A plugin that can run has all that it requires; what it wants is in another list.
            .filter(|(_, dependency)| !dependency.optional)
            .filter_map(|(position, _)| self.bound(resolution, plugin, position))
            .collect();
        required.sort_unstable();
        required.dedup();
        Cow::Owned(required)
    }

    /// What `plugin` wants, is there, and is not what it requires too.
    ///
    /// What it was resolved to require and also wants, it still wants when it requires another.
    pub(crate) fn optional<'r>(&self, resolution: &'r Resolution, plugin: u32) -> Cow<'r, [u32]> {
        if !self.any.load(Ordering::Acquire) || !self.is_rebound(plugin) {
            return Cow::Borrowed(resolution.optional(plugin));
        }
        let required = self.required(resolution, plugin);
        let dependencies = resolution.declaration_at(plugin).dependencies();
        let mut optional: Vec<u32> = (dependencies.iter().enumerate())
            .filter(|(_, dependency)| dependency.optional)
            .filter_map(|(position, _)| self.bound(resolution, plugin, position))
            .filter(|wanted| !required.contains(wanted))
            .collect();
        optional.sort_unstable();
        optional.dedup();
        Cow::Owned(optional)
    }

    /// Who wants `plugin`, and does not require it.
    pub(crate) fn dependents_optional<'r>(
        &self,
        resolution: &'r Resolution,
        plugin: u32,
    ) -> Cow<'r, [u32]> {
        let resolved = resolution.dependents_optional(plugin);
        if !self.any.load(Ordering::Acquire) {
            return Cow::Borrowed(resolved);
        }
        let mut dependents: Vec<u32> = resolved.to_vec();
        dependents.extend(self.bound.lock().keys().map(|&(rebound, _)| rebound));
        dependents.sort_unstable();
        dependents.dedup();
        dependents.retain(|&above| self.optional(resolution, above).contains(&plugin));
        Cow::Owned(dependents)
    }

    /// Who requires `plugin`.
    pub(crate) fn dependents<'r>(&self, resolution: &'r Resolution, plugin: u32) -> Cow<'r, [u32]> {
        let resolved = resolution.dependents_required(plugin);
        if !self.any.load(Ordering::Acquire) {
            return Cow::Borrowed(resolved);
        }
        let mut dependents: Vec<u32> = resolved.to_vec();
        let bound = self.bound.lock();
        dependents.extend(bound.iter().filter(|entry| *entry.1 == plugin).map(|entry| entry.0.0));
        drop(bound);
        dependents.sort_unstable();
        dependents.dedup();
        dependents.retain(|&above| self.required(resolution, above).contains(&plugin));
        Cow::Owned(dependents)
    }

    fn is_rebound(&self, plugin: u32) -> bool {
        self.bound.lock().keys().any(|(rebound, _)| *rebound == plugin)
    }
}
