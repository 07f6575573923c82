//! Cycles with optional dependencies in them: which of those are given up.

use super::NONE;
use super::dag::Rows;
use super::scc::{Components, components};
use super::walk::postorder;

/// Edges that may be looked at for each plugin and edge, and at least, when the choice is checked.
const SHARE: u64 = 8;
const FLOOR: u64 = 1 << 24;

/// An optional dependency that is given up.
#[derive(Debug)]
pub(super) struct GivenUp {
    pub(super) from: u32,
    pub(super) to: u32,
    /// A shortest way `to`, ..., `from` by what is kept; empty where the budget did not allow it.
    pub(super) way: Vec<u32>,
}

/// Chooses optional dependencies so that no cycle is left without them, in linear time. The edges
/// are sorted, those of the two kinds differ, and the required ones alone have no cycle.
///
/// Only edges within a strongly connected component are given up, so each lies on a cycle, and of
/// a cycle with one optional dependency it is that one. A depth-first search over all edges, by
/// name, gives the order in which plugins would be finished if cycles were cut where they close; a
/// second one over the required edges alone, in that order, gives an order that keeps all of those.
/// What is optional and runs against it is given up: if all edges are optional these are just the
/// edges that close a cycle.
///
/// Then each of them is checked: if what is kept has no way back from its end to its start, it
/// closes no cycle any more and is kept after all. So none is given up in vain, as long as the
/// checks look at no more than 2^24 edges, or 8 for each plugin and edge if that is more. Beyond
/// that, edges stay given up unchecked and have no `way`.
pub(super) fn weaken(
    plugins: usize,
    required: &[(u32, u32)],
    optional: &[(u32, u32)],
) -> Vec<GivenUp> {
    let mut all = [required, optional].concat();
    all.sort();
    let found = components(plugins, &Rows::from_sorted(&all));
    let inside =
        |&(from, to): &(u32, u32)| found.of(from) != NONE && found.of(from) == found.of(to);
    all.retain(inside);
    let must: Vec<(u32, u32)> = required.iter().copied().filter(inside).collect();
    let would = postorder(plugins, &Rows::from_sorted(&all), found.iter().flatten().copied());
    let order = postorder(plugins, &Rows::from_sorted(&must), would);
    let mut position = vec![NONE; plugins];
    for (at, &plugin) in order.iter().enumerate() {
        position[plugin as usize] = at as u32;
    }
    let against = |&(from, to): &(u32, u32)| position[to as usize] >= position[from as usize];
    let given: Vec<(u32, u32)> = optional.iter().copied().filter(inside).filter(against).collect();
    let budget = FLOOR.max(SHARE * (plugins + required.len() + optional.len()) as u64);
    check(plugins, &all, &given, &found, budget)
}

/// Keeps those of the `given` edges that close no cycle with what is kept.
fn check(
    plugins: usize,
    all: &[(u32, u32)],
    given: &[(u32, u32)],
    found: &Components,
    mut budget: u64,
) -> Vec<GivenUp> {
    let kept: Vec<(u32, u32)> =
        all.iter().copied().filter(|edge| given.binary_search(edge).is_err()).collect();
    let kept = Rows::from_sorted(&kept);
    // Edges that turn out to be harmless: they are few, and kept too.
    let mut restored: Vec<(u32, u32)> = Vec::new();
    let mut met = vec![0u32; plugins];
    let mut parent = vec![NONE; plugins];
    let mut queue: Vec<u32> = Vec::new();
    let mut given_up = Vec::new();
    for (&(from, to), round) in given.iter().zip(1u32..) {
        debug_assert_eq!(found.of(from), found.of(to));
        queue.clear();
        queue.push(to);
        met[to as usize] = round;
        let mut head = 0;
        let reached = loop {
            if met[from as usize] == round {
                break Some(true);
            }
            let Some(&plugin) = queue.get(head) else { break Some(false) };
            head += 1;
            let row = kept.row(plugin);
            let start = restored.partition_point(|&(p, _)| p < plugin);
            let more = restored[start..].iter().take_while(|(p, _)| *p == plugin);
            let Some(left) = budget.checked_sub(1 + row.len() as u64) else { break None };
            budget = left;
            for next in row.iter().copied().chain(more.map(|&(_, next)| next)) {
                if met[next as usize] != round {
                    met[next as usize] = round;
                    parent[next as usize] = plugin;
                    queue.push(next);
                }
            }
        };
        let mut way = Vec::new();
        match reached {
            // Edges are checked in order, so this stays sorted.
            Some(false) => {
                restored.push((from, to));
                continue;
            }
            Some(true) => {
                let mut at = from;
                way.push(at);
                while at != to {
                    at = parent[at as usize];
                    way.push(at);
                }
                way.reverse();
            }
            None => budget = 0,
        }
        given_up.push(GivenUp { from, to, way });
    }
    given_up
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given_up(plugins: usize, required: &[(u32, u32)], optional: &[(u32, u32)]) -> Vec<Vec<u32>> {
        let given = weaken(plugins, required, optional);
        for g in &given {
            assert!(optional.contains(&(g.from, g.to)));
            assert_eq!((g.way.first(), g.way.last()), (Some(&g.to), Some(&g.from)));
        }
        given.into_iter().map(|g| std::iter::once(g.from).chain(g.way).collect()).collect()
    }

    #[test]
    fn only_what_is_optional_and_closes_a_cycle() {
        assert!(given_up(3, &[(0, 1)], &[(1, 2)]).is_empty());
        assert_eq!(given_up(1, &[], &[(0, 0)]), [[0, 0]]);
        assert_eq!(given_up(2, &[(0, 1)], &[(1, 0)]), [[1, 0, 1]]);
        // All optional: the edge that closes it when one starts at the first name.
        assert_eq!(given_up(3, &[], &[(0, 1), (1, 2), (2, 0)]), [[2, 0, 1, 2]]);
        // 0 ~> 1 ~> 2 -> 0, and 3 ~> 0 from outside.
        assert_eq!(given_up(4, &[(2, 0)], &[(0, 1), (1, 2), (3, 0)]), [[0, 1, 2, 0]]);
    }

    #[test]
    fn two_neighbours_each_give_up_one_of_two() {
        let edges: Vec<(u32, u32)> = (0..9).flat_map(|i| [(i, i + 1), (i + 1, i)]).collect();
        let mut edges = edges;
        edges.sort_unstable();
        let given = given_up(10, &[], &edges);
        assert_eq!(given.len(), 9);
        assert!(given.iter().all(|g| g.len() == 3 && g[0] == g[1] + 1), "{given:?}");
    }

    #[test]
    fn no_cycle_is_left_and_none_is_given_up_in_vain() {
        let mut random = 5u64;
        let mut next = move |below: u32| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) as u32 % below
        };
        let mut together = 0;
        for _ in 0..4_000 {
            let plugins = 3 + next(6);
            let mut edges: Vec<(u32, u32)> =
                (0..next(4 * plugins)).map(|_| (next(plugins), next(plugins))).collect();
            edges.sort_unstable();
            edges.dedup();
            // What is required leads downwards, so that it has no cycle.
            let (required, optional): (Vec<_>, Vec<_>) =
                edges.into_iter().partition(|&(from, to)| from > to && next(2) == 0);
            let given = weaken(plugins as usize, &required, &optional);
            let given: Vec<(u32, u32)> = given.iter().map(|g| (g.from, g.to)).collect();
            let with = |back: &[(u32, u32)]| {
                let stays = |edge: &&(u32, u32)| !given.contains(edge) || back.contains(edge);
                let mut kept = [&required[..], &optional].concat();
                kept = kept.iter().filter(stays).copied().collect();
                kept.sort_unstable();
                components(plugins as usize, &Rows::from_sorted(&kept)).len() > 0
            };
            assert!(!with(&[]), "{required:?} {optional:?} without {given:?}");
            for edge in &given {
                assert!(with(&[*edge]), "{required:?} {optional:?}: {edge:?} in vain");
            }
            together += usize::from(given.len() > 1);
        }
        assert!(together > 500, "{together}");
    }

    #[test]
    fn without_a_budget_all_stay_given_up_and_none_has_a_way() {
        let edges = [(0, 1), (1, 0)];
        let found = components(2, &Rows::from_sorted(&edges));
        let given = check(2, &edges, &[(1, 0)], &found, 0);
        assert_eq!((given.len(), given[0].way.len()), (1, 0));
    }
}
