//! Declared dependencies to edges: who is meant, and whether that one does.

use std::any::TypeId;

use rustc_hash::FxHashMap;
use semver::Version;

use super::NONE;
use super::check::{Requirement, Requirements, Said};
use super::dag::sorted;
use super::names::Index;
use super::nearest::Nearest;
use crate::explain::{Reason, Unmet};
use crate::meta::{Declaration, Dependency, Target};

/// What the binder looks at. Plugins are numbered by name; what is kept by arrival is read in the
/// order in which it lies in memory.
pub(super) struct Suite<'a> {
    /// The declaration of each plugin.
    pub(super) claims: Vec<&'a Declaration>,
    /// For each plugin, the arrival of its declaration.
    pub(super) by_name: &'a [u32],
    /// The plugin of each declaration by arrival; [`NONE`] for one that another takes precedence
    /// over.
    pub(super) number: Vec<u32>,
    /// All declarations by arrival.
    pub(super) arrived: &'a [Declaration],
    /// The names by arrival.
    pub(super) texts: &'a [&'a str],
    /// The versions by arrival; `None` where one is invalid, which has been reported.
    pub(super) versions: Vec<Option<Version>>,
    /// The texts of the valid ones by arrival.
    pub(super) said: Vec<Said>,
    /// The names that count, numbered by arrival.
    pub(super) index: Index,
    pub(super) providers: Providers,
}

impl Suite<'_> {
    /// The version of a plugin.
    pub(super) fn version(&self, plugin: u32) -> Option<&Version> {
        self.versions[self.by_name[plugin as usize] as usize].as_ref()
    }

    /// The arrival of the declaration of the plugin called `name`.
    fn find(&self, name: &str) -> Option<u32> {
        let text = |at: u32| self.texts[at as usize];
        self.index.find(name, self.claims.len(), text, |rank| self.by_name[rank as usize])
    }
}

/// Who provides what.
#[derive(Default)]
pub(super) struct Providers {
    by_key: FxHashMap<TypeId, u32>,
    /// The plugins that provide each capability, ascending.
    pub(super) lists: Vec<Vec<u32>>,
}

impl Providers {
    /// Notes the capabilities of a plugin; to be called in ascending order.
    pub(super) fn add(&mut self, plugin: u32, declaration: &Declaration) {
        for key in declaration.capabilities() {
            let capability = self.number(key.id());
            let list = &mut self.lists[capability as usize];
            if list.last() != Some(&plugin) {
                list.push(plugin);
            }
        }
    }

    /// The providers of a capability.
    pub(super) fn of(&self, key: TypeId) -> &[u32] {
        self.by_key.get(&key).map_or(&[], |&number| &self.lists[number as usize])
    }

    fn number(&mut self, key: TypeId) -> u32 {
        let next = self.lists.len() as u32;
        let number = *self.by_key.entry(key).or_insert(next);
        if number == next {
            self.lists.push(Vec::new());
        }
        number
    }

    /// What is kept of it.
    pub(super) fn into_lists(self) -> FxHashMap<TypeId, Vec<u32>> {
        let mut lists = self.lists;
        let take =
            |(key, number): (TypeId, u32)| (key, std::mem::take(&mut lists[number as usize]));
        self.by_key.into_iter().map(take).collect()
    }
}

/// A dependency on a capability, whose provider is still to be chosen.
pub(super) struct Wish {
    pub(super) plugin: u32,
    pub(super) position: u32,
    pub(super) capability: TypeId,
    pub(super) requirement: Requirement,
    pub(super) optional: bool,
}

/// What became of the declared dependencies.
#[derive(Default)]
pub(super) struct Bound {
    /// Required dependencies by name, sorted, also where the version or the type is wrong: the
    /// cycle that such a dependency closes will still be there when the version is right.
    pub(super) required: Vec<(u32, u32)>,
    /// Optional dependencies by name that do, sorted.
    pub(super) optional: Vec<(u32, u32)>,
    pub(super) wishes: Vec<Wish>,
    /// Dependencies (plugin, position) on plugins that are there but do not do, sorted.
    pub(super) unmet: Vec<(u32, u32, Unmet)>,
    /// Reasons that block a plugin, by plugin.
    pub(super) reasons: Vec<(u32, Reason)>,
}

/// One dependency by name, while the plugin that declares it is looked at.
struct Named {
    target: u32,
    position: u32,
    optional: bool,
    flaw: Option<Unmet>,
}

/// Binds the dependencies of all plugins, in O(V + E) expected.
pub(super) fn bind<'a>(suite: &Suite<'a>, requirements: &mut Requirements<'a>) -> Bound {
    let declared = suite.arrived.iter().map(|claim| claim.dependencies().len()).sum();
    let mut bound = Bound { required: Vec::with_capacity(declared), ..Bound::default() };
    let mut nearest = Nearest::new();
    let mut row: Vec<u32> = Vec::new();
    let mut careful: Vec<Named> = Vec::new();
    let mut missing: Vec<u32> = Vec::new();
    // For each plugin by arrival a requirement that it is known to meet: those who depend on it often
    // say the same.
    let mut meets = vec![Requirement::ANY; suite.arrived.len()];
    for (declaration, &plugin) in suite.arrived.iter().zip(&suite.number) {
        if plugin == NONE {
            continue;
        }
        row.clear();
        careful.clear();
        missing.clear();
        for (position, dependency) in (0u32..).zip(declaration.dependencies()) {
            let (name, key) = match &dependency.target {
                Target::Named(name) => (Some(name), None),
                Target::Typed(name, key) => (Some(name), Some(key)),
                Target::Capability(_) => (None, None),
            };
            let found = name.and_then(|name| suite.find(name.as_str()));
            if let Some(at) = found
                && key.is_none()
                && !dependency.optional
                && suite.said[at as usize]
                    .is(&dependency.requirement, || suite.arrived[at as usize].version())
            {
                row.push(suite.number[at as usize]);
                continue;
            }
            let requirement = requirements.parse(&dependency.requirement);
            if let Some(at) = found
                && key.is_none()
                && !dependency.optional
                && meets[at as usize] == requirement
            {
                row.push(suite.number[at as usize]);
                continue;
            }
            let mut flaw = None;
            if let Some(why) = requirements.flaw(requirement) {
                let reason = Reason::InvalidRequirement {
                    dependency: label(dependency).to_owned(),
                    text: dependency.requirement.to_string(),
                    why: why.to_owned(),
                };
                bound.reasons.push((plugin, reason));
                flaw = Some(Unmet::InvalidRequirement);
            }
            if let Target::Capability(key) = &dependency.target {
                if let Some(flaw) = flaw {
                    bound.unmet.push((plugin, position, flaw));
                } else {
                    let (capability, optional) = (key.id(), dependency.optional);
                    bound.wishes.push(Wish { plugin, position, capability, requirement, optional });
                }
                continue;
            }
            let Some(at) = found else {
                if !dependency.optional {
                    missing.push(position);
                }
                continue;
            };
            let owner = &suite.arrived[at as usize];
            if key.is_some() && owner.key().as_ref() != key {
                flaw = flaw.or(Some(Unmet::WrongType { found: owner.key().map(|k| k.name()) }));
            } else if let Some(version) = &suite.versions[at as usize] {
                if !requirements.meets(requirement, version) {
                    let found = owner.version().to_owned();
                    flaw = flaw.or(Some(Unmet::WrongVersion { found }));
                } else if flaw.is_none() {
                    meets[at as usize] = requirement;
                }
            }
            let target = suite.number[at as usize];
            if dependency.optional || flaw.is_some() {
                careful.push(Named { target, position, optional: dependency.optional, flaw });
            } else {
                row.push(target);
            }
        }
        if !careful.is_empty() {
            settle(plugin, declaration, suite, &mut careful, &mut row, &mut bound);
        }
        row.sort_unstable();
        row.dedup();
        bound.required.extend(row.iter().map(|&target| (plugin, target)));
        if !missing.is_empty() {
            report_missing(plugin, declaration, suite, &mut missing, &mut nearest, &mut bound);
        }
    }
    bound.required = sorted(suite.claims.len(), bound.required);
    bound.optional = sorted(suite.claims.len(), bound.optional);
    bound.wishes.sort_unstable_by_key(|wish| (wish.plugin, wish.position));
    bound.unmet.sort_unstable_by_key(|&(plugin, position, _)| (plugin, position));
    bound
}

/// Dependencies on the same plugin count as one: each must be met, and it is required if one of
/// them is. `row` holds the required ones that are met; what is required is added to it.
fn settle(
    plugin: u32,
    declaration: &Declaration,
    suite: &Suite<'_>,
    careful: &mut [Named],
    row: &mut Vec<u32>,
    bound: &mut Bound,
) {
    row.sort_unstable();
    careful.sort_unstable_by_key(|named| (named.target, named.position));
    let met = row.len();
    let first = bound.optional.len();
    for group in careful.chunk_by_mut(|a, b| a.target == b.target) {
        let target = group[0].target;
        let required =
            group.iter().any(|named| !named.optional) || row[..met].binary_search(&target).is_ok();
        let flaw = group.iter().find_map(|named| named.flaw.clone());
        if required {
            row.push(target);
            for named in &*group {
                if let Some(flaw) = &named.flaw {
                    let dependency = &declaration.dependencies()[named.position as usize];
                    let owner = suite.claims[target as usize];
                    if let Some(reason) = reason(dependency, owner, flaw) {
                        bound.reasons.push((plugin, reason));
                    }
                }
            }
        } else if flaw.is_none() {
            bound.optional.push((plugin, target));
        }
        if let Some(flaw) = flaw {
            for named in group {
                let why = named.flaw.take().unwrap_or_else(|| flaw.clone());
                bound.unmet.push((plugin, named.position, why));
            }
        }
    }
    debug_assert!(bound.optional[first..].is_sorted());
}

/// The reason why a required dependency blocks; `None` if that has been reported by itself.
fn reason(dependency: &Dependency, owner: &Declaration, flaw: &Unmet) -> Option<Reason> {
    let place = owner.place();
    match (&dependency.target, flaw) {
        (Target::Typed(name, key), Unmet::WrongType { found }) => Some(Reason::WrongType {
            dependency: name.clone(),
            expected: key.name(),
            found: *found,
            place,
        }),
        (Target::Typed(name, _) | Target::Named(name), Unmet::WrongVersion { found }) => {
            Some(Reason::WrongVersion {
                dependency: name.clone(),
                requirement: dependency.requirement.to_string(),
                found: found.clone(),
                place,
            })
        }
        _ => None,
    }
}

/// One reason for each name that is missing, in the order of declaration.
fn report_missing(
    plugin: u32,
    declaration: &Declaration,
    suite: &Suite<'_>,
    missing: &mut Vec<u32>,
    nearest: &mut Nearest,
    bound: &mut Bound,
) {
    let dependency = |&position: &u32| &declaration.dependencies()[position as usize];
    // The version that is shown is the first that says something.
    missing.sort_by_key(|at| (label(dependency(at)), dependency(at).requirement == "*"));
    missing.dedup_by_key(|at| label(dependency(at)));
    missing.sort_unstable();
    for at in missing {
        let dependency = dependency(at);
        let (Target::Named(name) | Target::Typed(name, _)) = &dependency.target else { continue };
        let names = suite.claims.iter().map(|claim| claim.id().as_str());
        let near = nearest.to(name.as_str(), names);
        let near = near.map(|number| suite.claims[number as usize].id().clone());
        let reason = Reason::Missing {
            dependency: name.clone(),
            requirement: dependency.requirement.to_string(),
            nearest: near,
        };
        bound.reasons.push((plugin, reason));
    }
}

/// The plugin or the trait that a dependency points at, for people.
pub(super) fn label(dependency: &Dependency) -> &str {
    match &dependency.target {
        Target::Named(name) | Target::Typed(name, _) => name.as_str(),
        Target::Capability(key) => key.name(),
    }
}
