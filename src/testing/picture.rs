//! The suite between two operations, as it can be seen from outside.

use std::collections::{BTreeMap, BTreeSet};

use super::world::World;
use crate::graph::Need;
use crate::manager::Manager;
use crate::phase::Phase;

/// Pairs of a plugin and one that it depends on.
pub type Edges = BTreeSet<(String, String)>;

/// The suite between two operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The phase of each plugin.
    pub phases: BTreeMap<String, Phase>,
    /// How many instances there are of each plugin.
    pub alive: BTreeMap<String, i64>,
    /// Each required dependency, as it is bound.
    pub required: Edges,
    /// Each dependency, required or wanted.
    pub ordered: Edges,
}

impl Picture {
    /// What can be seen of a manager whose plugins write into `world`.
    ///
    /// # Panics
    ///
    /// Never: it asks of plugins that the manager names.
    #[must_use]
    pub fn of(world: &World, manager: &Manager) -> Self {
        let mut picture = Picture {
            phases: BTreeMap::new(),
            alive: BTreeMap::new(),
            required: BTreeSet::new(),
            ordered: BTreeSet::new(),
        };
        for standing in manager.snapshot().plugins {
            let name = standing.id.to_string();
            for binding in manager.dependencies(&name).unwrap() {
                let Ok(bound) = binding.bound else { continue };
                let edge = (name.clone(), bound.to_string());
                if binding.need == Need::Required {
                    picture.required.insert(edge.clone());
                }
                picture.ordered.insert(edge);
            }
            picture.alive.insert(name.clone(), world.alive(&name));
            picture.phases.insert(name, standing.phase);
        }
        picture
    }

    /// `start` and all that requires it, by any way.
    #[must_use]
    pub fn above(&self, start: &str) -> BTreeSet<String> {
        self.closure(start, |(plugin, dependency)| (dependency, plugin))
    }

    /// `start` and all that it requires, by any way.
    #[must_use]
    pub fn below(&self, start: &str) -> BTreeSet<String> {
        self.closure(start, |(plugin, dependency)| (plugin, dependency))
    }

    fn closure(
        &self,
        start: &str,
        turn: impl Fn(&(String, String)) -> (&String, &String),
    ) -> BTreeSet<String> {
        let mut found = BTreeSet::from([start.to_owned()]);
        loop {
            let more: Vec<String> = (self.required.iter().map(&turn))
                .filter(|(from, to)| found.contains(*from) && !found.contains(*to))
                .map(|(_, to)| to.clone())
                .collect();
            if more.is_empty() {
                return found;
            }
            found.extend(more);
        }
    }

    pub(super) fn is_resident(&self, plugin: &str) -> bool {
        self.alive[plugin] > 0
    }

    pub(super) fn is_enabled(&self, plugin: &str) -> bool {
        self.phases[plugin] == Phase::Enabled
    }
}
