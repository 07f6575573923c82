//! From declarations to a resolution: versions, optional edges, canonical order.

use std::mem;

use super::NONE;
use super::bind::{Bound, Providers, Suite, bind, label};
use super::check::{self, Requirements};
use super::dag::{Dag, Levels, Rows};
use super::facts::{Facts, Found};
use super::names::{Entries, Index, NEAR, fetch};
use super::plain::Plain;
use super::provide::{self, first_choice};
use super::report::{note_unmet, report, warn};
use super::resolution::Resolution;
use super::sort;
use super::weaken::weaken;
use crate::explain::Reason;
use crate::meta::Declaration;
use crate::place::Place;

/// Puts plugins into an order in which each comes after what it depends on, or says why there is
/// none: every problem at once.
///
/// ```
/// use plugstate::{Declaration, resolve};
///
/// let resolution = resolve([
///     Declaration::new("uart", "1.2.0").requires("sampler", "^1.0"),
///     Declaration::new("stats", "0.3.0").wants("uart", "*").requires("clock", "*"),
///     Declaration::new("sampler", "1.4.0"),
/// ]);
/// let order: Vec<&str> = resolution.order().map(|id| id.as_str()).collect();
/// assert_eq!(order, ["sampler", "uart"]);
/// assert!(resolution.is_blocked("stats").is_some());
/// ```
///
/// The order is *canonical*: by level, and by name within a level. The level of a plugin is 0 if
/// it depends on nothing, otherwise one more than the highest among its dependencies, optional
/// ones included if they are there. Neither the order of registration nor anything random has a
/// say in the order, the problems or the warnings.
///
/// # What counts
///
/// - A name has 1 to 214 characters out of `A-Z a-z 0-9 - _ . @ / + :`, and one owner; versions and
///   requirements are semver, of at most 256 bytes. `*` is met by any version; other requirements
///   are met by a pre-release only if they name one of the same version. A plugin that breaks one
///   of these rules is kept, blocked.
/// - Of plugins with the same name the first by place is kept, blocked. The names, versions and
///   requirements of the others are still checked.
/// - Dependencies on the same plugin count as one: all their requirements hold, and it is required
///   if one of them is.
/// - A required dependency that is not there, or does not do, blocks; so does one that is blocked.
///   An optional one that is not there is ignored; one that is there and does not do, or is
///   blocked, is ignored with a warning.
/// - A capability is granted by the first plugin by name that provides it and can be had: that
///   is not blocked, not the plugin itself, and closes no cycle of required dependencies if
///   another provider closes none. Where all of them do, it is the first, and the cycle is
///   reported.
/// - Every strongly connected component of required dependencies is reported once, as a
///   [`Cycle`](crate::explain::Cycle), and its members are blocked; this also holds for dependencies in a wrong version.
/// - A cycle with an optional dependency is broken by giving up optional dependencies on it, with a
///   warning each. No plugin is dropped for it.
///
/// # Cost
///
/// O(V + E) expected, plus sorting the names, which looks at each of their bytes a few times, for V plugins with E
/// dependencies; nothing recurses.
/// Two answers are exact up to a budget, so that they stay linear: the path of a [`Cycle`](crate::explain::Cycle) is a
/// shortest one for components of up to 4,096 plugins as long as all searches for them together
/// look at no more than 2^26 edges, and for larger ones as long as a search looks at no more than 8
/// for each of its plugins and edges ([`is_shortest`](crate::explain::Cycle::is_shortest) tells); and no optional dependency is
/// given up that would have closed no cycle with those that are kept, as long as 2^24 edges, or 8
/// for each plugin and edge, are enough to make sure. Choosing among providers is linear for each
/// time that a choice had to be changed.
///
/// Names are sorted by a radix sort, levels are Kahn's algorithm, components Tarjan's in Pearce's form, cycles breadth-first
/// searches; see the files for their sources.
///
/// # Panics
///
/// If there are 2^32 - 1 declarations or more.
#[must_use]
pub fn resolve(declarations: impl IntoIterator<Item = Declaration>) -> Resolution {
    let claims: Vec<Declaration> = declarations.into_iter().collect();
    assert!(claims.len() < NONE as usize, "plugins are numbered in 32 bits");
    let (by_name, facts) = examine(&claims);
    Resolution::new(claims, by_name, facts)
}

fn examine(claims: &[Declaration]) -> (Vec<u32>, Facts) {
    let Looked { mut entries, mut index, own, provides, declared } = look(claims);
    let (mut by_name, runs) = sort::sorted(&entries);
    let mut requirements = Requirements::default();
    let mut found: Vec<Found> = Vec::new();
    if !runs.is_empty() {
        by_name = one_each(claims, by_name, &runs, &mut requirements, &mut found);
    }
    for (plugin, &at) in (0..).zip(&by_name) {
        entries.list[at as usize].number = plugin;
    }
    if !runs.is_empty() {
        index = entries.index();
    }
    let number = |at: u32| entries.list[at as usize].number;
    // What blocks by its text blocks like what blocks by its dependencies.
    let own = own.into_iter().filter(|&(at, _)| number(at) != NONE);
    found.extend(own.map(|(at, reason)| (number(at), claims[at as usize].place(), reason)));
    let mut suite = Suite {
        providers: providers(claims, provides, number),
        by_name: &by_name,
        arrived: claims,
        entries,
        declared,
        index,
    };
    let mut bound = bind(&suite, &mut requirements);
    suite.index.renumber(|at| suite.entries.list[at as usize].number);
    let facts = match straight(&suite, &mut bound, found.is_empty()) {
        Some((dag, levels, granted)) => Facts {
            dag: Some(dag),
            levels,
            granted,
            warnings: warn(&suite, &bound, |_| false, &[]),
            unmet: bound.unmet,
            index: suite.index,
            providers: suite.providers.into_lists(),
            ..Facts::default()
        },
        None => {
            let place = |plugin: u32| suite.claim(plugin).place();
            let own: Vec<(u32, Reason)> = mem::take(&mut bound.reasons);
            found.extend(own.into_iter().map(|(plugin, reason)| (plugin, place(plugin), reason)));
            around(suite, bound, found)
        }
    };
    (by_name, facts)
}

/// What is seen when each declaration is looked at by itself.
struct Looked<'a> {
    entries: Entries<'a>,
    /// The names numbered by arrival, those with several claims included.
    index: Index,
    /// What is wrong with names and versions, by arrival.
    own: Vec<(u32, Reason)>,
    /// Those who provide capabilities, by arrival.
    provides: Vec<u32>,
    /// How many dependencies there are.
    declared: usize,
}

/// Looks at every declaration once, in the order in which they lie in memory.
fn look(claims: &[Declaration]) -> Looked<'_> {
    let mut index = Index::of(claims.len());
    let mut entries = Entries::of(claims);
    let (mut own, mut provides, mut declared) = (Vec::new(), Vec::new(), 0);
    let mut last: Option<(&str, Plain)> = None;
    for (at, claim) in (0..).zip(claims) {
        if claims.len() > NEAR && at % AHEAD == 0 {
            let next = claims[at as usize..].iter().take(AHEAD as usize);
            fetch(next.map(|claim| claim.id().as_str()));
        }
        let name = claim.id().as_str();
        if let Some(why) = check::name_flaw(name) {
            own.push((at, Reason::InvalidName { why }));
        }
        // Plugins that are released together have the same version.
        let version = match last {
            Some((text, version)) if text == claim.version() => version,
            _ => match version(claim.version()) {
                Ok(version) => last.insert((claim.version(), version)).1,
                Err(why) => {
                    let text = claim.version().to_owned();
                    own.push((at, Reason::InvalidVersion { text, why }));
                    Plain::INVALID
                }
            },
        };
        entries.push(version);
        index.insert(name.as_bytes(), at);
        declared += claim.dependencies().len();
        if !claim.capabilities().is_empty() {
            provides.push(at);
        }
    }
    Looked { entries, index, own, provides, declared }
}

/// How many names are fetched before they are looked at. Only speed depends on it.
const AHEAD: u32 = 64;

/// The version that `text` says, as a plain one if it is one, or what is wrong with it.
fn version(text: &str) -> Result<Plain, String> {
    match Plain::version(text) {
        Some(plain) => Ok(plain),
        None => check::version(text).map(|_| Plain::OTHER),
    }
}

/// Who provides what, of those who count.
fn providers(claims: &[Declaration], provides: Vec<u32>, number: impl Fn(u32) -> u32) -> Providers {
    let mut provides: Vec<(u32, u32)> = provides.into_iter().map(|at| (number(at), at)).collect();
    provides.sort_unstable();
    let mut providers = Providers::default();
    for (plugin, at) in provides.into_iter().filter(|&(plugin, _)| plugin != NONE) {
        providers.add(plugin, &claims[at as usize]);
    }
    providers
}

/// Keeps one claim for each name, and reports the names that have more.
fn one_each<'a>(
    claims: &'a [Declaration],
    mut by_name: Vec<u32>,
    runs: &[std::ops::Range<usize>],
    requirements: &mut Requirements<'a>,
    found: &mut Vec<Found>,
) -> Vec<u32> {
    let mut extra = vec![false; by_name.len()];
    let mut before = 0;
    for run in runs {
        let plugin = (run.start - before) as u32;
        before += run.len() - 1;
        let same = &mut by_name[run.clone()];
        same.sort_by_cached_key(|&at| rank(&claims[at as usize]));
        let places: Vec<Place> = same.iter().map(|&at| claims[at as usize].place()).collect();
        found.push((plugin, places[0], Reason::Clash { places }));
        for at in run.start + 1..run.end {
            extra[at] = true;
            let claim = &claims[by_name[at] as usize];
            if let Err(why) = check::version(claim.version()) {
                let reason = Reason::InvalidVersion { text: claim.version().to_owned(), why };
                found.push((plugin, claim.place(), reason));
            }
            for dependency in claim.dependencies() {
                let requirement = requirements.parse(&dependency.requirement);
                if let Some(why) = requirements.flaw(requirement) {
                    let reason = Reason::InvalidRequirement {
                        dependency: label(dependency).to_owned(),
                        text: dependency.requirement.to_string(),
                        why: why.to_owned(),
                    };
                    found.push((plugin, claim.place(), reason));
                }
            }
        }
    }
    let mut at = 0..;
    by_name.retain(|_| !at.next().is_some_and(|at: usize| extra[at]));
    by_name
}

/// Orders claims to one name by what they say, so that it does not matter which came first.
fn rank(claim: &Declaration) -> (Place, String) {
    let targets = (claim.version(), claim.about(), claim.dependencies(), claim.capabilities());
    (claim.place(), format!("{targets:?} {:?} {:?}", claim.key(), claim.watched()))
}

/// The way of a suite without problems and cycles, which is most: one pass. `None` if there is
/// anything in the way.
#[expect(clippy::type_complexity, reason = "three parts of one answer, taken apart at once")]
fn straight(
    suite: &Suite<'_>,
    bound: &mut Bound,
    clean: bool,
) -> Option<(Dag, Levels, Vec<(u32, u32, u32)>)> {
    if !clean || !bound.reasons.is_empty() {
        return None;
    }
    let plugins = suite.plugins();
    let mut granted = Vec::new();
    let dag = if bound.wishes.is_empty() {
        Dag::new(plugins, mem::take(&mut bound.required), mem::take(&mut bound.optional))
    } else {
        let mut required: Vec<(u32, u32)> = bound.required.pairs().collect();
        for wish in &bound.wishes {
            let provider = first_choice(wish, suite)?;
            required.push((wish.plugin, provider));
            granted.push((wish.plugin, wish.position, provider));
        }
        required.sort();
        required.dedup();
        let optional = without(bound.optional.pairs(), &required);
        Dag::new(plugins, Rows::from_sorted(&required), Rows::from_sorted(&optional))
    };
    match dag.levels(plugins, |_| true) {
        Some(levels) => Some((dag, levels, granted)),
        None if bound.wishes.is_empty() => {
            // The long way looks at them again.
            (bound.required, bound.optional) = (dag.required, dag.optional);
            None
        }
        None => None,
    }
}

/// The edges of one sorted list that are not in another.
fn without(edges: impl IntoIterator<Item = (u32, u32)>, others: &[(u32, u32)]) -> Vec<(u32, u32)> {
    edges.into_iter().filter(|edge| others.binary_search(edge).is_err()).collect()
}

/// The way around problems and cycles.
fn around(suite: Suite<'_>, mut bound: Bound, mut found: Vec<Found>) -> Facts {
    let plugins = suite.plugins();
    bound.reasons = Vec::new();
    let own: Vec<u32> = found.iter().map(|&(plugin, ..)| plugin).collect();
    let mut settled = provide::settle(&suite, &bound, &own);
    let place = |plugin: u32| suite.claim(plugin).place();
    let reasons = mem::take(&mut settled.reasons);
    found.extend(reasons.into_iter().map(|(plugin, reason)| (plugin, place(plugin), reason)));
    let blocked = |plugin: u32| settled.blocked[plugin as usize];

    let required = provide::edges(&bound, &settled);
    let runs = |&(from, to): &(u32, u32)| !blocked(from) && !blocked(to);
    let optional = without(bound.optional.pairs().filter(runs), &required);

    let mut given_up = Vec::new();
    let mut dag = Dag::new(plugins, Rows::from_sorted(&required), Rows::from_sorted(&optional));
    let mut levels = dag.levels(plugins, |plugin| !blocked(plugin));
    if levels.is_none() {
        given_up = weaken(plugins, &required, &optional);
        let gone: Vec<(u32, u32)> = given_up.iter().map(|g| (g.from, g.to)).collect();
        let optional = Rows::from_sorted(&without(optional, &gone));
        dag = Dag::new(plugins, Rows::from_sorted(&required), optional);
        levels = dag.levels(plugins, |plugin| !blocked(plugin));
    }
    let levels = levels.expect("every cycle has lost an edge or is blocked");

    note_unmet(&suite, &mut bound, &settled, &given_up);
    let warnings = warn(&suite, &bound, blocked, &given_up);
    let granted = bound.wishes.iter().zip(&settled.chosen);
    let granted = granted.filter(|(_, chosen)| **chosen != NONE && !blocked(**chosen));
    let granted = granted.map(|(wish, &chosen)| (wish.plugin, wish.position, chosen)).collect();
    let (problems, blocked_by) = report(&suite, &bound, &settled, found);
    Facts {
        dag: Some(dag),
        levels,
        granted,
        unmet: bound.unmet,
        problems,
        blocked_by,
        warnings,
        index: suite.index,
        providers: suite.providers.into_lists(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::Reason;

    fn problems(declarations: Vec<Declaration>) -> Vec<(String, String)> {
        let resolution = resolve(declarations);
        let all = resolution.problems().iter();
        all.map(|p| (p.plugin().to_string(), p.reason().to_string())).collect()
    }

    #[test]
    fn what_one_version_meets_is_not_said_of_another() {
        let suite = vec![
            Declaration::new("a", "1.0.0"),
            Declaration::new("b", "1.0.0"),
            Declaration::new("c", "2.0.0"),
            Declaration::new("d", "1.0.0-a"),
            Declaration::new("p", "1.0.0")
                .requires("a", "^1")
                .requires("b", "=1.0.0")
                .requires("c", "2"),
            Declaration::new("q", "1.0.0").requires("c", "^1"),
            Declaration::new("r", "1.0.0").requires("c", "^1"),
            Declaration::new("s", "1.0.0").requires("c", "^2").requires("d", "=1.0.0-a"),
            Declaration::new("t", "1.0.0").requires("d", "=1.0.0-b"),
            Declaration::new("u", "1.0.0").requires("d", "=1.0.0-b"),
        ];
        let blocked: Vec<String> = problems(suite).into_iter().map(|(plugin, _)| plugin).collect();
        assert_eq!(blocked, ["q", "r", "t", "u"]);
    }

    #[test]
    fn every_invalid_version_is_told_and_names_lead_to_the_claim_that_is_kept() {
        let at = |line| Place::new("suite.rs", line);
        let suite = vec![
            Declaration::new("clash", "9.0.0").at(at(9)),
            Declaration::new("clash", "1.0.0").at(at(1)),
            Declaration::new("x", "1"),
            Declaration::new("y", "1"),
            Declaration::new("z", "1.0.0").requires("clash", "^9"),
        ];
        let resolution = resolve(suite);
        let told: Vec<(&str, bool)> = (resolution.problems().iter())
            .map(|p| (p.plugin().as_str(), matches!(p.reason(), Reason::InvalidVersion { .. })))
            .collect();
        assert_eq!(told, [("clash", false), ("x", true), ("y", true), ("z", false)]);
        let z = resolution.is_blocked("z").expect("it requires another version");
        assert!(matches!(z, Reason::WrongVersion { found, .. } if found == "1.0.0"), "{z}");
    }

    #[test]
    fn many_are_resolved_as_few_are() {
        let name = |at: u32| format!("plugin-{at}");
        let suite: Vec<Declaration> = (0..3 * NEAR as u32)
            .map(|at| {
                let plugin = Declaration::new(name(at), "1.0.0");
                (1..=at % 5).fold(plugin, |plugin, back| plugin.requires(name(at - back), "^1"))
            })
            .collect();
        let resolution = resolve(suite.clone());
        assert!(resolution.problems().is_empty());
        for (at, plugin) in (0..).zip(&suite) {
            let bound = resolution.dependencies(plugin.id()).map(|binding| binding.bound.cloned());
            let meant = (1..=at % 5).map(|back| Ok(name(at - back).into()));
            assert!(bound.eq(meant), "{at}");
            assert_eq!(resolution.level(plugin.id()), Some(at as usize % 5));
        }
    }
}
