//! What was found, as problems and warnings in canonical order.

use rustc_hash::FxHashMap;

use super::NONE;
use super::bind::{Bound, Suite, label};
use super::facts::Found;
use super::provide::Settled;
use super::weaken::GivenUp;
use crate::explain::{Cause, Cycle, Problem, Reason, Unmet, Warning};
use crate::meta::Target;

/// Adds to the unmet dependencies those that were given up, and wishes that nobody grants.
pub(super) fn note_unmet(
    suite: &Suite<'_>,
    bound: &mut Bound,
    settled: &Settled,
    given_up: &[GivenUp],
) {
    let choices = bound.wishes.iter().zip(&settled.chosen);
    for (wish, _) in choices.filter(|(_, chosen)| **chosen == NONE) {
        bound.unmet.push((wish.plugin, wish.position, Unmet::NoProvider));
    }
    for GivenUp { from, to, .. } in given_up {
        for position in positions(suite, *from, *to) {
            bound.unmet.push((*from, position, Unmet::GivenUp));
        }
    }
    bound.unmet.sort_by_key(|&(plugin, position, _)| (plugin, position));
}

/// The dependencies by which `from` names `to`.
fn positions(suite: &Suite<'_>, from: u32, to: u32) -> impl Iterator<Item = u32> {
    let name = suite.claim(to).id().as_str();
    (0u32..).zip(suite.claim(from).dependencies()).filter_map(move |(at, dependency)| {
        match &dependency.target {
            Target::Named(id) | Target::Typed(id, _) => (id == name).then_some(at),
            Target::Capability(_) => None,
        }
    })
}

/// What plugins that run go without, by plugin.
pub(super) fn warn(
    suite: &Suite<'_>,
    bound: &Bound,
    blocked: impl Fn(u32) -> bool,
    given_up: &[GivenUp],
) -> Vec<Warning> {
    let mut warnings: Vec<(u32, Warning)> = Vec::new();
    let unmet = |plugin: u32, position: u32, why: Unmet| {
        let claim = suite.claim(plugin);
        let dependency = &claim.dependencies()[position as usize];
        let warning = Warning::OptionalUnmet {
            plugin: claim.id().clone(),
            dependency: label(dependency).to_owned(),
            requirement: dependency.requirement.to_string(),
            why,
        };
        (plugin, warning)
    };
    for (plugin, position, why) in &bound.unmet {
        let told_below = matches!(why, Unmet::GivenUp | Unmet::NoProvider);
        if !blocked(*plugin) && !told_below {
            warnings.push(unmet(*plugin, *position, why.clone()));
        }
    }
    for (from, to) in bound.optional.pairs() {
        if blocked(to) && !blocked(from) {
            warnings.extend(positions(suite, from, to).map(|at| unmet(from, at, Unmet::Blocked)));
        }
    }
    let id = |plugin: u32| suite.claim(plugin).id().clone();
    for GivenUp { from, to, way } in given_up {
        let steps = std::iter::once(from).chain(way).filter(|_| !way.is_empty());
        let path = steps.map(|&p| (id(p), suite.claim(p).place())).collect();
        warnings.push((*from, Warning::CycleBroken { from: id(*from), to: id(*to), path }));
    }
    warnings.sort_by_key(|&(plugin, _)| plugin);
    warnings.into_iter().map(|(_, warning)| warning).collect()
}

/// All problems by plugin, and for each plugin the one that blocks it.
pub(super) fn report(
    suite: &Suite<'_>,
    bound: &Bound,
    settled: &Settled,
    mut found: Vec<Found>,
) -> (Vec<Problem>, Vec<u32>) {
    let plugins = suite.plugins();
    let mut cause: Vec<Option<Cause>> = vec![None; plugins];
    for (plugin, _, reason) in found.iter().rev() {
        cause[*plugin as usize] = Some(reason.cause());
    }
    // Members of a cycle that have no reason of their own share the cycle's.
    let mut in_cycle = Vec::new();
    for (number, (members, cycle)) in settled.cycles.iter().enumerate() {
        for &member in members {
            if cause[member as usize].is_none() {
                cause[member as usize] = Some(Cause::Cycle);
                in_cycle.push((member, number));
            }
        }
        let id = |&p: &u32| suite.claim(p).id().clone();
        let step = |p: &u32| (id(p), suite.claim(*p).place());
        let path = cycle.path.iter().chain(cycle.path.first()).map(step).collect();
        let cycle = Cycle::new(path, members.iter().map(id).collect(), cycle.shortest);
        let (first, place) = (settled.cycles[number].1.path[0], cycle.path()[0].1);
        found.push((first, place, Reason::Cycle(cycle)));
    }
    found.extend(blocked_by_others(suite, bound, settled, &cause));
    found.sort_by_key(|&(plugin, ..)| plugin);

    let mut blocked_by = if found.is_empty() { Vec::new() } else { vec![NONE; plugins] };
    let mut cycles = vec![NONE; settled.cycles.len()];
    let starts: FxHashMap<u32, usize> =
        settled.cycles.iter().enumerate().map(|(n, (_, cycle))| (cycle.path[0], n)).collect();
    for (number, (plugin, _, reason)) in found.iter().enumerate() {
        let by = &mut blocked_by[*plugin as usize];
        if *by == NONE {
            *by = number as u32;
        }
        if matches!(reason, Reason::Cycle(_)) {
            cycles[starts[plugin]] = number as u32;
        }
    }
    for (member, cycle) in in_cycle {
        blocked_by[member as usize] = cycles[cycle];
    }
    let problem = |(plugin, place, reason): Found| {
        Problem::new(suite.claim(plugin).id().clone(), place, reason)
    };
    (found.into_iter().map(problem).collect(), blocked_by)
}

/// The plugins that are blocked only by what they require, each with the root of its trouble.
fn blocked_by_others(
    suite: &Suite<'_>,
    bound: &Bound,
    settled: &Settled,
    cause: &[Option<Cause>],
) -> Vec<Found> {
    let plugins = suite.plugins();
    let mut by = vec![NONE; plugins];
    for (from, to) in bound.required.pairs() {
        let by = &mut by[from as usize];
        if *by == NONE && settled.blocked[to as usize] {
            *by = to;
        }
    }
    let mut root: Vec<u32> =
        (0..plugins as u32).map(|p| if cause[p as usize].is_some() { p } else { NONE }).collect();
    let mut blocked = Vec::new();
    let mut chain = Vec::new();
    for plugin in 0..plugins as u32 {
        if !settled.blocked[plugin as usize] || cause[plugin as usize].is_some() {
            continue;
        }
        let mut at = plugin;
        while root[at as usize] == NONE {
            chain.push(at);
            at = by[at as usize];
        }
        let end = root[at as usize];
        chain.drain(..).for_each(|p| root[p as usize] = end);
        let id = |p: u32| suite.claim(p).id().clone();
        let reason = Reason::Blocked {
            by: id(by[plugin as usize]),
            root: id(end),
            cause: cause[end as usize].expect("a root has a reason of its own"),
        };
        blocked.push((plugin, suite.claim(plugin).place(), reason));
    }
    blocked
}
