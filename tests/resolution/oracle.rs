//! A naive reading of the rules, compared with the resolver on many small suites.

use std::collections::{BTreeMap, BTreeSet};

use plugstate::explain::{Cause, Unmet, Warning};
use plugstate::{Declaration, Resolution, resolve};

trait Clock {}

#[derive(Clone, Debug)]
struct Plugin {
    version: u64,
    /// Target, major version that is asked for or 0 for any, optional.
    dependencies: Vec<(usize, u64, bool)>,
    provides: bool,
    uses: bool,
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % bound
    }
}

fn name(i: usize) -> String {
    format!("p{i:02}")
}

/// A suite of up to 9 plugins; targets beyond the last are missing.
fn suite(random: &mut Random, capabilities: bool) -> Vec<Plugin> {
    let count = 1 + random.below(9);
    let often = 1 + random.below(3);
    (0..count)
        .map(|_| Plugin {
            version: 1 + random.below(2),
            dependencies: (0..random.below(1 + often))
                .map(|_| {
                    let missing = random.below(25) == 0;
                    let target = if missing { count } else { random.below(count) };
                    let asked = [0, 0, 0, 0, 0, 1][random.below(6) as usize];
                    (target as usize, asked, random.below(5) < 2)
                })
                .collect(),
            provides: capabilities && random.below(3) == 0,
            uses: capabilities && random.below(4) == 0,
        })
        .collect()
}

fn declared(suite: &[Plugin]) -> Vec<Declaration> {
    let declaration = |(i, plugin): (usize, &Plugin)| {
        let mut declaration = Declaration::new(name(i), format!("{}.0.0", plugin.version));
        for &(target, asked, optional) in &plugin.dependencies {
            let asked = if asked == 0 { "*".to_owned() } else { format!("^{asked}") };
            declaration = match optional {
                false => declaration.requires(name(target), asked),
                true => declaration.wants(name(target), asked),
            };
        }
        if plugin.provides {
            declaration = declaration.provides::<dyn Clock>();
        }
        if plugin.uses {
            declaration = declaration.requires_capability::<dyn Clock>();
        }
        declaration
    };
    suite.iter().enumerate().map(declaration).collect()
}

type Edges = BTreeSet<(usize, usize)>;

fn reaches(edges: &Edges, from: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    loop {
        let more: Vec<usize> = edges
            .iter()
            .filter(|(a, b)| (*a == from || reached.contains(a)) && !reached.contains(b))
            .map(|&(_, b)| b)
            .collect();
        if more.is_empty() {
            return reached;
        }
        reached.extend(more);
    }
}

/// Required edges, optional edges that do, and who is blocked by a dependency of its own.
fn read(suite: &[Plugin]) -> (Edges, Edges, BTreeSet<usize>) {
    let (mut required, mut optional, mut bad) = (Edges::new(), Edges::new(), BTreeSet::new());
    for (i, plugin) in suite.iter().enumerate() {
        let mut by_target: BTreeMap<usize, (bool, bool)> = BTreeMap::new();
        for &(target, asked, is_optional) in &plugin.dependencies {
            let does = suite.get(target).is_some_and(|t| asked == 0 || t.version == asked);
            let (needed, met) = by_target.entry(target).or_insert((false, true));
            *needed |= !is_optional;
            *met &= does;
        }
        for (target, (needed, met)) in by_target {
            if needed && target < suite.len() {
                required.insert((i, target));
            }
            if needed && !met {
                bad.insert(i);
            }
            if !needed && met {
                optional.insert((i, target));
            }
        }
    }
    (required, optional, bad)
}

fn index(resolution: &Resolution, id: &plugstate::PluginId) -> usize {
    resolution.plugins().position(|plugin| plugin == id).expect("a plugin")
}

/// Checks one suite against the rules; says what it showed.
fn check(suite: &[Plugin]) -> (usize, usize, usize) {
    let resolution = resolve(declared(suite));
    let (mut required, mut optional, mut blocked) = read(suite);
    let chosen: Vec<Option<usize>> = (0..suite.len())
        .map(|i| resolution.provider_of::<dyn Clock>(name(i)).map(|id| index(&resolution, id)))
        .collect();
    let by_name: Edges = required.clone();
    let runs = |i: usize| resolution.is_blocked(name(i)).is_none();
    for (i, _) in suite.iter().enumerate().filter(|(_, plugin)| plugin.uses) {
        let candidates: Vec<usize> =
            (0..suite.len()).filter(|&c| suite[c].provides && c != i).collect();
        match chosen[i] {
            Some(provider) => {
                assert!(candidates.contains(&provider));
                if runs(i) {
                    assert!(runs(provider));
                    required.insert((i, provider));
                    // Whoever comes before it is blocked, or leads back: by any choice there is.
                    let mut possible = by_name.clone();
                    for (j, _) in suite.iter().enumerate().filter(|(_, other)| other.uses) {
                        possible.extend(
                            (0..suite.len()).filter(|&c| suite[c].provides).map(|c| (j, c)),
                        );
                    }
                    for &before in candidates.iter().filter(|&&c| c < provider) {
                        assert!(!runs(before) || reaches(&possible, before).contains(&i));
                    }
                }
            }
            None => {
                assert!(!runs(i), "{}: no provider", name(i));
                assert!(candidates.iter().all(|&c| !runs(c)) || resolution.cycles().count() > 0);
            }
        }
    }
    // Blocked is who has a reason, is in a cycle, or requires someone who is.
    let cycles: BTreeSet<usize> =
        (0..suite.len()).filter(|&i| reaches(&by_name, i).contains(&i)).collect();
    blocked.extend(&cycles);
    for (i, plugin) in suite.iter().enumerate() {
        // What became of capabilities was checked above.
        if plugin.uses && !runs(i) {
            blocked.insert(i);
        }
    }
    let capabilities = suite.iter().any(|plugin| plugin.uses);
    for problem in resolution.problems() {
        if capabilities && problem.reason().cause() == Cause::Cycle {
            let plugstate::explain::Reason::Cycle(cycle) = problem.reason() else { unreachable!() };
            blocked.extend(cycle.members().iter().map(|id| index(&resolution, id)));
        }
    }
    loop {
        let more = required.iter().filter(|(a, b)| blocked.contains(b) && !blocked.contains(a));
        let more: Vec<usize> = more.map(|&(a, _)| a).collect();
        if more.is_empty() {
            break;
        }
        blocked.extend(more);
    }
    let theirs: BTreeSet<usize> = (0..suite.len()).filter(|&i| !runs(i)).collect();
    assert_eq!(theirs, blocked);
    // Each component once, by its members.
    let components: BTreeSet<Vec<usize>> = cycles
        .iter()
        .map(|&i| {
            let mutual =
                |j: &usize| reaches(&by_name, i).contains(j) && reaches(&by_name, *j).contains(&i);
            (0..suite.len()).filter(mutual).collect()
        })
        .collect();
    let reported: Vec<Vec<usize>> = resolution
        .cycles()
        .map(|cycle| cycle.members().iter().map(|id| index(&resolution, id)).collect())
        .collect();
    assert!(components.iter().all(|component| reported.contains(component)));
    assert!(capabilities || reported.len() == components.len());

    // What is given up lay on a cycle, was optional, and would close a cycle with what is kept.
    let alive = |&(a, b): &(usize, usize)| !blocked.contains(&a) && !blocked.contains(&b);
    required.retain(alive);
    optional.retain(|edge| alive(edge) && !required.contains(edge));
    let original: Edges = required.union(&optional).copied().collect();
    let mut kept = original.clone();
    let mut given_up = Vec::new();
    for warning in resolution.warnings() {
        if let Warning::CycleBroken { from, to, path } = warning {
            let edge = (index(&resolution, from), index(&resolution, to));
            assert!(optional.contains(&edge) && kept.remove(&edge), "{warning}");
            let steps: Vec<usize> = path.iter().map(|(id, _)| index(&resolution, id)).collect();
            assert!(steps.windows(2).all(|w| original.contains(&(w[0], w[1]))), "{warning}");
            assert_eq!((steps[0], steps[1], steps[steps.len() - 1]), (edge.0, edge.1, edge.0));
            given_up.push(edge);
        }
    }
    assert!((0..suite.len()).all(|i| !reaches(&kept, i).contains(&i)), "a cycle is left");
    for &(from, to) in &given_up {
        assert!(from == to || reaches(&kept, to).contains(&from), "given up in vain");
    }

    // The order is that of levels, then of names.
    let mut level = vec![0; suite.len()];
    for _ in 0..suite.len() {
        for &(a, b) in &kept {
            level[a] = level[a].max(level[b] + 1);
        }
    }
    let mut order: Vec<usize> = (0..suite.len()).filter(|i| !blocked.contains(i)).collect();
    order.sort_by_key(|&i| (level[i], i));
    let names: Vec<String> = order.iter().map(|&i| name(i)).collect();
    assert_eq!(resolution.order().map(ToString::to_string).collect::<Vec<_>>(), names);
    for &i in &order {
        assert_eq!(resolution.level(name(i)), Some(level[i]));
        for (binding, &(target, ..)) in resolution.dependencies(name(i)).zip(&suite[i].dependencies)
        {
            match binding.bound {
                Ok(id) => assert!(kept.contains(&(i, index(&resolution, id)))),
                Err(Unmet::Missing) => assert!(target >= suite.len()),
                Err(Unmet::Blocked) => assert!(blocked.contains(&target)),
                Err(Unmet::GivenUp) => assert!(given_up.contains(&(i, target))),
                Err(_) => assert!(!optional.contains(&(i, target))),
            }
        }
    }
    (given_up.len(), reported.len(), chosen.iter().flatten().count())
}

fn check_many(suites: u64, capabilities: bool) -> (usize, usize, usize) {
    let mut random = Random(11);
    let mut shown = (0, 0, 0);
    for round in 0..suites {
        let suite = suite(&mut random, capabilities);
        let result = std::panic::catch_unwind(|| check(&suite));
        let (given_up, cycles, chosen) =
            result.unwrap_or_else(|_| panic!("round {round}: {suite:#?}"));
        shown = (shown.0 + given_up, shown.1 + cycles, shown.2 + chosen);
    }
    shown
}

#[test]
fn names_versions_and_optional_edges() {
    let (given_up, cycles, _) = check_many(6_000, false);
    // The suites are not all trivial.
    assert!(given_up > 1_000 && cycles > 1_000, "{given_up} {cycles}");
}

#[test]
fn capabilities() {
    let (given_up, cycles, chosen) = check_many(6_000, true);
    assert!(given_up > 500 && cycles > 1_000 && chosen > 1_000, "{given_up} {cycles} {chosen}");
}
