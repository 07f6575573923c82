//! Real graphs, and graphs of a million.

use std::collections::HashMap;

use plugstate::explain::{Reason, Warning};
use plugstate::{Declaration, Need, Resolution, resolve};

/// The declarations of a file of `benches/data`; its README tells the format. Constraints are
/// taken as they are, or as `*`.
fn declarations(text: &'static str, constraints: bool) -> Vec<Declaration> {
    let names: Vec<&str> = text.lines().filter_map(|line| line.split('\t').next()).collect();
    let declaration = |line: &'static str| {
        let mut fields = line.split('\t');
        let (name, version) = (fields.next().expect("a name"), fields.next().expect("a version"));
        fields.fold(Declaration::new(name, version), |declaration, dependency| {
            let (to, constraint) = dependency.split_once(' ').expect("a constraint");
            let target = names[to[1..].parse::<usize>().expect("a line number")];
            let constraint = if constraints { constraint } else { "*" };
            match &to[..1] {
                "r" => declaration.requires(target, constraint),
                _ => declaration.wants(target, constraint),
            }
        })
    };
    text.lines().map(declaration).collect()
}

const DENO: &str = include_str!("../../benches/data/deno.tsv");
const NPM: &str = include_str!("../../benches/data/npm.tsv");

/// Every plugin comes after what it depends on, and levels grow along dependencies.
fn in_order(resolution: &Resolution) {
    let order: Vec<_> = resolution.order().collect();
    let position: HashMap<_, _> = order.iter().zip(0..).map(|(id, at)| (*id, at)).collect();
    for plugin in &order {
        for binding in resolution.dependencies(plugin) {
            match binding.bound {
                Ok(on) => {
                    assert!(position[on] < position[*plugin], "{plugin} before {on}");
                    assert!(resolution.level(on) < resolution.level(plugin));
                }
                Err(why) => assert_eq!(binding.need, Need::Optional, "{plugin}: {why}"),
            }
        }
    }
    let canonical = |id: &&plugstate::PluginId| (resolution.level(id), (*id).clone());
    assert!(order.is_sorted_by_key(canonical));
}

#[test]
fn deno() {
    let resolution = resolve(declarations(DENO, true));
    assert_eq!(resolution.problems(), []);
    assert_eq!(resolution.warnings(), []);
    assert_eq!((resolution.len(), resolution.order().len()), (1_046, 1_046));
    assert_eq!(resolution.levels().len(), 39);
    in_order(&resolution);
}

#[test]
fn npm() {
    let resolution = resolve(declarations(NPM, false));
    assert_eq!(resolution.len(), 1_846);
    in_order(&resolution);
    // All edges of the file count for its eight cycles; those with an optional edge are broken.
    let everything = NPM.replace("\to", "\tr").leak();
    let strict = resolve(declarations(everything, false));
    assert_eq!(strict.cycles().count(), 8);
    assert_eq!(strict.cycles().map(|cycle| cycle.members().len()).max(), Some(7));
    assert!(strict.cycles().all(|cycle| cycle.is_shortest()));
    let broken = resolution.warnings().iter().filter(|w| matches!(w, Warning::CycleBroken { .. }));
    assert!(broken.count() + resolution.cycles().count() >= 8);
}

const MILLION: u32 = 1_000_000;

/// Plugins `0..count` that depend on what `on` says, in an order of registration that is not that
/// of their names.
fn suite(count: u32, on: impl Fn(u32) -> Vec<(u32, Need)>) -> impl Iterator<Item = Declaration> {
    let name = |i: u32| format!("p{i:07}");
    (0..count).map(move |at| {
        let plugin = (u64::from(at) * 7_919 % u64::from(count)) as u32;
        let declaration = Declaration::new(name(plugin), "1.0.0");
        on(plugin).into_iter().fold(declaration, |declaration, (target, need)| match need {
            Need::Required => declaration.requires(name(target), "*"),
            Need::Optional => declaration.wants(name(target), "*"),
        })
    })
}

/// Runs `test` on a stack of 256 KiB.
fn small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(256 * 1_024).spawn(test);
    thread.expect("a thread").join().expect("no overflow and no panic");
}

#[test]
fn a_chain_of_a_million_on_a_small_stack() {
    small_stack(|| {
        let below = |p: u32| p.checked_sub(1).map(|p| (p, Need::Required)).into_iter().collect();
        let resolution = resolve(suite(MILLION, below));
        assert_eq!(resolution.levels().len(), MILLION as usize);
        assert!(resolution.order().is_sorted());
        assert_eq!(resolution.problems(), []);
    });
}

#[test]
fn a_cycle_of_a_million_on_a_small_stack() {
    small_stack(|| {
        let resolution = resolve(suite(MILLION, |p| vec![((p + 1) % MILLION, Need::Required)]));
        let cycle = resolution.cycles().next().expect("a cycle");
        assert_eq!(cycle.path().len(), MILLION as usize + 1);
        assert!(cycle.is_shortest());
        assert!(cycle.to_string().len() < 1_000, "{cycle}");
        assert_eq!((resolution.problems().len(), resolution.order().len()), (1, 0));
    });
}

#[test]
fn an_optional_cycle_of_a_million_on_a_small_stack() {
    small_stack(|| {
        let resolution = resolve(suite(MILLION, |p| vec![((p + 1) % MILLION, Need::Optional)]));
        assert_eq!(resolution.order().len(), MILLION as usize);
        let [Warning::CycleBroken { from, to, path }] = resolution.warnings() else {
            panic!("{} warnings", resolution.warnings().len());
        };
        assert_eq!((from.as_str(), to.as_str()), ("p0999999", "p0000000"));
        assert_eq!(path.len(), MILLION as usize + 1);
    });
}

#[test]
fn neighbours_that_want_each_other_are_linear() {
    let count = 100_000;
    let neighbours = |p: u32| {
        let next = Some(p + 1).filter(|&p| p < count);
        [p.checked_sub(1), next].into_iter().flatten().map(|p| (p, Need::Optional)).collect()
    };
    let resolution = resolve(suite(count, neighbours));
    assert_eq!(resolution.order().len(), count as usize);
    assert_eq!(resolution.warnings().len(), count as usize - 1);
}

#[test]
fn required_tails_that_many_optional_edges_lead_to_are_linear() {
    // y0 -> y1 -> ... -> yn -> every w, and every w ~> y0: whoever walks the chain again for each
    // w takes n * n steps.
    let half = 50_000;
    let on = |p: u32| {
        if p < half {
            vec![(half, Need::Optional)]
        } else if p + 1 < 2 * half {
            vec![(p + 1, Need::Required)]
        } else {
            (0..half).map(|w| (w, Need::Required)).collect()
        }
    };
    let resolution = resolve(suite(2 * half, on));
    assert_eq!(resolution.order().len(), 2 * half as usize);
    assert_eq!(resolution.warnings().len(), half as usize);
}

#[test]
fn a_hundred_thousand_blocked_by_one() {
    const COUNT: u32 = 100_000;
    small_stack(|| {
        let below = |p: u32| vec![(if p == 0 { COUNT } else { p - 1 }, Need::Required)];
        let resolution = resolve(suite(COUNT, below));
        assert_eq!(resolution.problems().len(), COUNT as usize);
        let last = resolution.is_blocked("p0099999");
        assert!(matches!(last, Some(Reason::Blocked { root, .. }) if root == "p0000000"));
    });
}
