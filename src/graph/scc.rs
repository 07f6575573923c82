//! Strongly connected components, without recursion.

use super::NONE;
use super::dag::Rows;

/// The components that hold a cycle: more than one plugin, or one with an edge to itself.
#[derive(Debug, Default)]
pub(super) struct Components {
    /// The plugins of all components, ascending within each.
    members: Vec<u32>,
    /// Where each component starts in `members`; one entry more than there are components.
    starts: Vec<u32>,
    /// The component of each plugin, or [`NONE`]. Empty where there is no component.
    of: Vec<u32>,
}

impl Components {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The members of each, ascending; the components are in the order of their first member.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        self.starts.windows(2).map(|w| &self.members[w[0] as usize..w[1] as usize])
    }

    /// Which component `plugin` is in; [`NONE`] if in none.
    pub(super) fn of(&self, plugin: u32) -> u32 {
        self.of.get(plugin as usize).copied().unwrap_or(NONE)
    }
}

/// All components of the plugins `0..plugins` that hold a cycle, in O(V + E).
///
/// What can be put in order from below or from above is peeled off first, since it is on no cycle:
/// in most graphs nothing is left. If in what is left everyone has one edge, the components are
/// plain rings. Otherwise Tarjan's algorithm (R. Tarjan, 1972) in the form of D. Pearce ("A
/// space-efficient algorithm for finding strongly connected components", 2016), with its stack on
/// the heap.
pub(super) fn components(plugins: usize, rows: &Rows, back: &Rows) -> Components {
    let mut degree: Vec<u32> = (0..plugins as u32).map(|p| rows.row(p).len() as u32).collect();
    let mut left = peel(&mut degree, back, plugins);
    if left == 0 {
        return Components::default();
    }
    // Degrees now count what is left below; count what is left above, and peel from there.
    let mut above = vec![NONE; plugins];
    for plugin in (0..plugins as u32).filter(|&p| degree[p as usize] != NONE) {
        let dependents = back.row(plugin).iter().filter(|&&p| degree[p as usize] != NONE);
        above[plugin as usize] = dependents.count() as u32;
    }
    left = peel_above(&mut above, &mut degree, rows, left);
    let mut number = degree;
    if number.iter().all(|&d| d == NONE || d == 1) {
        rings(&mut number, rows);
    } else {
        tarjan(&mut number, rows, left);
    }
    gather(number, rows)
}

/// Takes away what depends on nothing that is left, again and again: their degree becomes
/// [`NONE`]. Answers how many are left.
fn peel(degree: &mut [u32], back: &Rows, mut left: usize) -> usize {
    let mut stack: Vec<u32> = Vec::new();
    for plugin in 0..degree.len() {
        if degree[plugin] == 0 {
            stack.push(plugin as u32);
        }
    }
    while let Some(plugin) = stack.pop() {
        degree[plugin as usize] = NONE;
        left -= 1;
        for &dependent in back.row(plugin) {
            let degree = &mut degree[dependent as usize];
            *degree -= 1;
            if *degree == 0 {
                stack.push(dependent);
            }
        }
    }
    left
}

/// The same from the other side: takes away what nothing that is left depends on.
fn peel_above(above: &mut [u32], degree: &mut [u32], rows: &Rows, mut left: usize) -> usize {
    let mut stack: Vec<u32> =
        (0..above.len() as u32).filter(|&plugin| above[plugin as usize] == 0).collect();
    while let Some(plugin) = stack.pop() {
        degree[plugin as usize] = NONE;
        left -= 1;
        for &dependency in rows.row(plugin) {
            let above = &mut above[dependency as usize];
            if *above != NONE {
                *above -= 1;
                if *above == 0 {
                    stack.push(dependency);
                }
            }
        }
    }
    left
}

/// Numbers the rings, where everyone that is left has one edge to what is left.
fn rings(number: &mut [u32], rows: &Rows) {
    // Until it is numbered, a plugin's entry is its degree; the top bit marks a number.
    const DONE: u32 = 1 << 31;
    let mut ring = 0;
    for plugin in 0..number.len() {
        if number[plugin] != 1 {
            continue;
        }
        let mut at = plugin;
        while number[at] == 1 {
            number[at] = DONE | ring;
            let next = rows.row(at as u32).iter().find(|&&next| number[next as usize] != NONE);
            at = *next.expect("everyone that is left has an edge to what is left") as usize;
        }
        ring += 1;
    }
    for number in number.iter_mut().filter(|number| **number != NONE) {
        *number &= !DONE;
    }
}

/// Numbers the components of what is left, in any order: on return, plugins of the same component
/// have the same number.
fn tarjan(number: &mut [u32], rows: &Rows, left: usize) {
    // Plugins that are taken away count as done: no visit lowers itself to `NONE`.
    for number in number.iter_mut().filter(|number| **number != NONE) {
        *number = 0;
    }
    let mut index = 1u32;
    let mut done = NONE - 1;
    let mut waiting: Vec<u32> = Vec::new();
    // Each frame: a plugin, its next edge, the index it was met with.
    let mut frames: Vec<(u32, u32, u32)> = Vec::new();
    let mut found = 0;
    for root in 0..number.len() as u32 {
        if number[root as usize] != 0 {
            continue;
        }
        number[root as usize] = index;
        frames.push((root, 0, index));
        index += 1;
        'frames: while let Some(&mut (plugin, ref mut edge, met)) = frames.last_mut() {
            let row = rows.row(plugin);
            let mut lowest = number[plugin as usize];
            while let Some(&next) = row.get(*edge as usize) {
                let seen = number[next as usize];
                if seen == 0 {
                    // The edge is looked at again after the visit: then it lowers this plugin.
                    number[plugin as usize] = lowest;
                    number[next as usize] = index;
                    frames.push((next, 0, index));
                    index += 1;
                    continue 'frames;
                }
                lowest = lowest.min(seen);
                *edge += 1;
            }
            frames.pop();
            if lowest < met {
                number[plugin as usize] = lowest;
                waiting.push(plugin);
                continue;
            }
            // The root of a component: all that waits and was met later belongs to it.
            while let Some(&member) = waiting.last() {
                if number[member as usize] < met {
                    break;
                }
                waiting.pop();
                number[member as usize] = done;
                index -= 1;
                found += 1;
            }
            number[plugin as usize] = done;
            index -= 1;
            found += 1;
            done -= 1;
        }
    }
    debug_assert_eq!(found, left);
    for number in number.iter_mut().filter(|number| **number != NONE) {
        *number = NONE - 1 - *number;
    }
}

/// Sorts what is numbered into components, and leaves out those without a cycle.
fn gather(mut number: Vec<u32>, rows: &Rows) -> Components {
    let most = number.iter().filter(|&&n| n != NONE).max().map_or(0, |&most| most as usize + 1);
    let mut size = vec![0u32; most];
    for &n in number.iter().filter(|&&n| n != NONE) {
        size[n as usize] += 1;
    }
    // New numbers, in the order of the first member.
    let mut renamed = vec![NONE; most];
    let mut starts = vec![0u32];
    let mut next: Vec<u32> = Vec::new();
    for (plugin, n) in number.iter_mut().enumerate().filter(|(_, n)| **n != NONE) {
        let old = *n as usize;
        if size[old] == 1 && rows.row(plugin as u32).binary_search(&(plugin as u32)).is_err() {
            *n = NONE;
            continue;
        }
        if renamed[old] == NONE {
            renamed[old] = next.len() as u32;
            let start = starts[next.len()];
            next.push(start);
            starts.push(start + size[old]);
        }
        *n = renamed[old];
    }
    if next.is_empty() {
        return Components::default();
    }
    let mut members = vec![0; starts[next.len()] as usize];
    for (plugin, &n) in number.iter().enumerate().filter(|(_, n)| **n != NONE) {
        let slot = &mut next[n as usize];
        members[*slot as usize] = plugin as u32;
        *slot += 1;
    }
    Components { members, starts, of: number }
}

#[cfg(test)]
mod tests {
    use super::super::dag::reversed;
    use super::*;

    fn of(plugins: usize, edges: &[(u32, u32)]) -> Vec<Vec<u32>> {
        let back = Rows::from_sorted(&reversed(plugins, edges));
        let found = components(plugins, &Rows::from_sorted(edges), &back);
        for (i, members) in found.iter().enumerate() {
            assert!(members.iter().all(|&m| found.of(m) == i as u32));
        }
        found.iter().map(<[u32]>::to_vec).collect()
    }

    #[test]
    fn rings_and_knots() {
        assert!(of(3, &[(0, 1), (1, 2)]).is_empty());
        assert_eq!(of(2, &[(1, 1)]), [[1]]);
        // Two rings with a bridge between them and a tail on either side.
        let edges = [(0, 2), (1, 5), (2, 4), (3, 1), (4, 2), (4, 5), (5, 3), (6, 6), (7, 0)];
        assert_eq!(of(9, &edges), [vec![1, 3, 5], vec![2, 4], vec![6]]);
        // A knot: two rings that share a plugin.
        assert_eq!(of(4, &[(0, 1), (1, 0), (1, 2), (2, 1), (3, 2)]), [[0, 1, 2]]);
    }

    #[test]
    fn agrees_with_petgraph() {
        let mut random = 1u64;
        let mut next = move |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) % below
        };
        for _ in 0..3_000 {
            let plugins = 1 + next(9);
            let mut edges: Vec<(u32, u32)> =
                (0..next(20)).map(|_| (next(plugins) as u32, next(plugins) as u32)).collect();
            edges.sort_unstable();
            edges.dedup();
            let graph = petgraph::graph::DiGraph::<(), ()>::from_edges(&edges);
            let mut theirs: Vec<Vec<u32>> = petgraph::algo::kosaraju_scc(&graph)
                .into_iter()
                .map(|c| c.into_iter().map(|n| n.index() as u32).collect::<Vec<_>>())
                .filter(|c| c.len() > 1 || edges.contains(&(c[0], c[0])))
                .collect();
            theirs.iter_mut().for_each(|c| c.sort_unstable());
            theirs.sort_unstable();
            assert_eq!(of(plugins as usize, &edges), theirs, "{edges:?}");
        }
    }
}
