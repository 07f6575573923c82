//! Who provides what to whom now: the resolution, but for capabilities that were bound anew.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

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
}

impl Bindings {
    /// Binds a dependency to another provider.
    pub(crate) fn rebind(&self, plugin: u32, position: usize, provider: u32) {
        self.bound.lock().insert((plugin, position), provider);
        self.any.store(true, Ordering::Release);
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
