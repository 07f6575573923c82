//! What a plugin under test stands on: what is given, what is linked, and stand-ins for the rest.

use std::collections::VecDeque;

use semver::{Comparator, Version, VersionReq};

use super::world::World;
use crate::meta::{Declaration, Dependency, Target, TypeKey};
use crate::registry::Registration;

/// The plugins under test with all that they require, directly or not, and with what they want as far
/// as it is given or linked.
///
/// A named plugin that nobody has is stood in for by a probe in a version that will do. So is a
/// capability, for a plugin that was declared at run time, since that is handed no provider. What is
/// required by type cannot be stood in for: building the manager will say that it is missing.
pub(super) fn gather(
    under_test: Vec<Registration>,
    given: Vec<Registration>,
    world: &World,
) -> Gathered {
    let mut linked: Vec<_> = Registration::linked().map(|it| (it.declaration(), it)).collect();
    linked.sort_by(|(a, _), (b, _)| a.id().cmp(b.id()));
    let mut gathered = Gathered::default();
    let mut open = VecDeque::new();
    for registration in under_test.into_iter().chain(given) {
        open.push_back(registration.declaration());
        gathered.add(registration);
    }
    while let Some(declaration) = open.pop_front() {
        for dependency in declaration.dependencies() {
            if gathered.declarations.iter().any(|other| serves(other, &declaration, dependency)) {
                continue;
            }
            let found = linked.iter().find(|(other, _)| serves(other, &declaration, dependency));
            if let Some((other, registration)) = found {
                open.push_back(other.clone());
                gathered.add(Registration::clone(registration));
            } else if !dependency.optional {
                gathered.stand_in(&declaration, dependency, world);
            }
        }
    }
    gathered
}

/// Registrations, in no order that means anything.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) registrations: Vec<Registration>,
    /// What they, and the stand-ins, declare.
    pub(super) declarations: Vec<Declaration>,
    pub(super) stand_ins: Vec<Registration>,
}

impl Gathered {
    fn add(&mut self, registration: Registration) {
        self.declarations.push(registration.declaration());
        self.registrations.push(registration);
    }

    fn stand_in(&mut self, plugin: &Declaration, dependency: &Dependency, world: &World) {
        let made = match &dependency.target {
            Target::Typed(..) => return,
            Target::Named(id) => match version_for(&dependency.requirement) {
                None => return,
                Some(version) => world.probe(Declaration::new(id.clone(), version.to_string())),
            },
            // The hook of a typed plugin is handed the provider as the trait, which no probe has.
            Target::Capability(_) if plugin.key().is_some() => return,
            Target::Capability(key) => self.capability(*key, world),
        };
        self.declarations.push(made.declaration());
        self.stand_ins.push(made);
    }

    fn capability(&self, key: TypeKey, world: &World) -> Registration {
        let name = format!("stand-in/{}", self.stand_ins.len() + 1);
        world.probe(Declaration::new(name, "1.0.0")).standing_in_for(key)
    }
}

/// Whether `other` is what a dependency of `plugin` points at. Versions are for the resolver to judge.
fn serves(other: &Declaration, plugin: &Declaration, dependency: &Dependency) -> bool {
    match &dependency.target {
        Target::Named(id) | Target::Typed(id, _) => other.id() == id,
        Target::Capability(key) => other.id() != plugin.id() && other.capabilities().contains(key),
    }
}

/// A version that meets a requirement: the lowest one that one of its bounds names, or one right above;
/// where nothing but an upper bound is named, the lowest of all.
fn version_for(requirement: &str) -> Option<Version> {
    let requirement = VersionReq::parse(requirement).ok()?;
    let named = |bound: &Comparator| Version {
        pre: bound.pre.clone(),
        ..Version::new(bound.major, bound.minor.unwrap_or(0), bound.patch.unwrap_or(0))
    };
    let with_above = |at: Version| {
        let (major, minor, patch) = (at.major, at.minor, at.patch);
        let above = [
            Version::new(major, minor, patch.saturating_add(1)),
            Version::new(major, minor.saturating_add(1), 0),
            Version::new(major.saturating_add(1), 0, 0),
        ];
        [at].into_iter().chain(above)
    };
    let mut candidates: Vec<Version> =
        requirement.comparators.iter().map(named).flat_map(with_above).collect();
    candidates.push(Version::new(1, 0, 0));
    candidates.sort();
    candidates.push(Version::new(0, 0, 0));
    candidates.into_iter().find(|version| requirement.matches(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_in_has_a_version_that_will_do() {
        let version = |requirement| version_for(requirement).map(|version| version.to_string());
        for requirement in
            ["*", "^1", "=0.3.7", ">2", "<1", "<0.0.1", ">=1.2, <1.3", "~4.5", ">1.2.3, <1.2.5"]
        {
            let found = version_for(requirement).unwrap_or_else(|| panic!("{requirement}"));
            assert!(
                VersionReq::parse(requirement).unwrap().matches(&found),
                "{requirement} {found}"
            );
        }
        assert_eq!(version("*").as_deref(), Some("1.0.0"));
        assert_eq!(version(">1.2.3").as_deref(), Some("1.2.4"));
        assert_eq!(version(">1.2").as_deref(), Some("1.3.0"));
        assert_eq!(version(">2").as_deref(), Some("3.0.0"));
        assert_eq!(version("<0.2").as_deref(), Some("0.0.0"));
        assert_eq!(version(">=3.0.0-beta.2").as_deref(), Some("3.0.0-beta.2"));
        assert_eq!(version(">2, <1"), None);
        assert_eq!(version("no version"), None);
    }
}
