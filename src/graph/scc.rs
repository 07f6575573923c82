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
    /// If it is known that all components are rings, the members of each as they follow each other, from
    /// the lowest on; each where its `members` are. Otherwise empty.
    rounds: Vec<u32>,
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

    /// The members of a component as they follow each other, if it is known to be a ring.
    pub(super) fn round(&self, component: u32) -> Option<&[u32]> {
        let (start, end) = (self.starts[component as usize], self.starts[component as usize + 1]);
        self.rounds.get(start as usize..end as usize)
    }

    /// Which component `plugin` is in; [`NONE`] if in none.
    pub(super) fn of(&self, plugin: u32) -> u32 {
        self.of.get(plugin as usize).copied().unwrap_or(NONE)
    }
}

/// All components of the plugins `0..plugins` that hold a cycle, in O(V + E).
///
/// Tarjan's algorithm (R. Tarjan, "Depth-first search and linear graph algorithms", 1972) in the
/// form of D. Pearce ("A space-efficient algorithm for finding strongly connected components",
/// 2016), with its stacks on the heap. Plugins on no cycle leave no trace.
pub(super) fn components(plugins: usize, rows: &Rows) -> Components {
    if rows.none_is_longer_than(1) {
        return rings(plugins, rows);
    }
    // 0 until it is met, then the lowest index that it is known to lead to, in the end `DONE`.
    const DONE: u32 = NONE;
    let mut state = vec![0u32; plugins];
    let mut index = 0u32;
    // What was met, is no root and waits for its root to be done.
    let mut waiting: Vec<u32> = Vec::new();
    let mut frames: Vec<Frame> = Vec::new();
    // The members of all components, and where each component ends.
    let mut members: Vec<u32> = Vec::new();
    let mut ends: Vec<u32> = Vec::new();
    for root in 0..plugins as u32 {
        if state[root as usize] != 0 {
            continue;
        }
        index += 1;
        state[root as usize] = index;
        let mut frame = Frame { plugin: root, met: index, edge: 0 };
        let mut row = rows.row(root);
        let mut lowest = index;
        loop {
            // Walk on to the first plugin that was not met yet.
            let mut deeper = None;
            while let Some(&next) = row.get(frame.edge as usize) {
                frame.edge += 1;
                let seen = &mut state[next as usize];
                if *seen == 0 {
                    let below = rows.row(next);
                    if below.is_empty() {
                        *seen = DONE;
                        continue;
                    }
                    index += 1;
                    *seen = index;
                    deeper = Some((next, below));
                    break;
                }
                lowest = lowest.min(*seen);
            }
            if let Some((next, below)) = deeper {
                state[frame.plugin as usize] = lowest;
                frames.push(frame);
                frame = Frame { plugin: next, met: index, edge: 0 };
                (row, lowest) = (below, index);
                continue;
            }
            let Frame { plugin, met, .. } = frame;
            if lowest < met {
                state[plugin as usize] = lowest;
                waiting.push(plugin);
            } else {
                // The root of a component: what waits and was met later belongs to it.
                let first = members.len();
                while let Some(&member) = waiting.last()
                    && state[member as usize] >= met
                {
                    waiting.pop();
                    state[member as usize] = DONE;
                    members.push(member);
                }
                state[plugin as usize] = DONE;
                if members.len() > first || row.binary_search(&plugin).is_ok() {
                    members.push(plugin);
                    ends.push(members.len() as u32);
                }
            }
            let Some(below) = frames.pop() else { break };
            frame = below;
            row = rows.row(frame.plugin);
            lowest = state[frame.plugin as usize].min(state[plugin as usize]);
        }
    }
    if ends.is_empty() { Components::default() } else { gather(state, &members, &ends) }
}

/// The components where nobody depends on more than one: each is a ring, and following everyone
/// until a plugin comes up again finds them.
fn rings(plugins: usize, rows: &Rows) -> Components {
    let only = rows.only(plugins);
    // The walk on which a plugin was met; 0 until it is.
    let mut walk = vec![0u32; plugins];
    // All rings that were found, then the present walk, up to `end`.
    let mut rounds = vec![0u32; plugins];
    let mut starts = vec![0u32];
    for root in 0..plugins as u32 {
        let number = root + 1;
        let start = starts[starts.len() - 1] as usize;
        let (mut at, mut end) = (root, start);
        while let Some(met) = walk.get_mut(at as usize)
            && *met == 0
        {
            *met = number;
            rounds[end] = at;
            end += 1;
            at = only[at as usize];
        }
        // A walk of its own that came back, and not one that ended or met an older one.
        if walk.get(at as usize) != Some(&number) {
            continue;
        }
        // A ring that its lowest plugin did not meet first was met from outside.
        if at != root {
            let way = &rounds[start..end];
            let first = start + way.iter().position(|&plugin| plugin == at).unwrap_or(0);
            rounds.copy_within(first..end, start);
            end -= first - start;
            let ring = &mut rounds[start..end];
            let lowest = (0..ring.len()).min_by_key(|&at| ring[at]).unwrap_or(0);
            ring.rotate_left(lowest);
        }
        starts.push(end as u32);
    }
    if starts.len() == 1 {
        return Components::default();
    }
    rounds.truncate(starts[starts.len() - 1] as usize);
    in_order(&mut starts, &mut rounds);
    let mut of = walk;
    let members = if starts[1..] == [plugins as u32] {
        of.fill(0);
        (0..plugins as u32).collect()
    } else {
        members_of(&starts, &rounds, &mut of)
    };
    Components { members, starts, of, rounds }
}

/// Puts rings into the order of their first plugins.
fn in_order(starts: &mut Vec<u32>, rounds: &mut Vec<u32>) {
    let round = |ring: usize| &rounds[starts[ring] as usize..starts[ring + 1] as usize];
    let mut order: Vec<usize> = (0..starts.len() - 1).collect();
    if order.is_sorted_by_key(|&ring| round(ring)[0]) {
        return;
    }
    order.sort_unstable_by_key(|&ring| round(ring)[0]);
    let mut ends = vec![0];
    let mut sorted = Vec::with_capacity(rounds.len());
    for ring in order {
        sorted.extend_from_slice(round(ring));
        ends.push(sorted.len() as u32);
    }
    (*starts, *rounds) = (ends, sorted);
}

/// The members of each ring, ascending, each ring where its round is; `of` becomes the ring of each plugin.
fn members_of(starts: &[u32], rounds: &[u32], of: &mut [u32]) -> Vec<u32> {
    of.fill(NONE);
    for (ring, bounds) in (0..).zip(starts.windows(2)) {
        for &member in &rounds[bounds[0] as usize..bounds[1] as usize] {
            of[member as usize] = ring;
        }
    }
    let mut next = starts.to_vec();
    let mut members = vec![0; rounds.len()];
    for (plugin, &ring) in (0..).zip(&*of).filter(|(_, ring)| **ring != NONE) {
        let place = &mut next[ring as usize];
        members[*place as usize] = plugin;
        *place += 1;
    }
    members
}

/// A plugin whose dependencies are being walked. The lowest index that it leads to waits in its
/// state meanwhile.
struct Frame {
    plugin: u32,
    /// The index that it was met with.
    met: u32,
    /// How many of its dependencies have been walked.
    edge: u32,
}

/// Sorts the members of each component, and the components by their first members. `of` is one
/// entry for each plugin, whatever it holds.
fn gather(mut of: Vec<u32>, members: &[u32], ends: &[u32]) -> Components {
    of.fill(NONE);
    let mut from = 0;
    for (number, &end) in (0..).zip(ends) {
        for &member in &members[from as usize..end as usize] {
            of[member as usize] = number;
        }
        from = end;
    }
    // New numbers, in the order of the first member.
    let mut renamed = vec![NONE; ends.len()];
    let mut starts = vec![0u32];
    let mut next: Vec<u32> = Vec::with_capacity(ends.len());
    let mut sorted = vec![0; members.len()];
    for (plugin, of) in (0..).zip(&mut of).filter(|(_, of)| **of != NONE) {
        let old = *of as usize;
        if renamed[old] == NONE {
            renamed[old] = next.len() as u32;
            let size = ends[old] - if old == 0 { 0 } else { ends[old - 1] };
            next.push(starts[next.len()]);
            starts.push(starts[starts.len() - 1] + size);
        }
        *of = renamed[old];
        let slot = &mut next[*of as usize];
        sorted[*slot as usize] = plugin;
        *slot += 1;
    }
    Components { members: sorted, starts, of, rounds: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(plugins: usize, edges: &[(u32, u32)]) -> Vec<Vec<u32>> {
        let found = components(plugins, &Rows::from_sorted(edges));
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
    fn rings_are_told_as_they_go_round() {
        // Three rings: one that is met from a tail, one of one, and a lower one that is met later.
        let edges =
            [(0, 7), (1, 3), (2, 1), (3, 2), (4, 9), (5, 5), (7, 9), (9, 8), (8, 7), (6, 0)];
        let mut edges = edges.to_vec();
        edges.sort_unstable();
        let found = components(11, &Rows::from_sorted(&edges));
        let rounds: Vec<_> = (0..3).map(|component| found.round(component)).collect();
        assert_eq!(rounds, [Some(&[1, 3, 2][..]), Some(&[5]), Some(&[7, 9, 8])]);
        let one = components(4, &Rows::from_sorted(&[(0, 3), (1, 2), (2, 1), (3, 1)]));
        assert_eq!((one.len(), one.round(0)), (1, Some(&[1, 2][..])));
        // Where somebody has a choice it is not known.
        let knot = components(3, &Rows::from_sorted(&[(0, 1), (0, 2), (1, 0)]));
        assert_eq!((knot.len(), knot.round(0)), (1, None));
    }

    #[test]
    fn agrees_with_petgraph() {
        let mut random = 1u64;
        let mut next = move |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) % below
        };
        for number in 0..6_000 {
            let plugins = 1 + next(9);
            let mut edges: Vec<(u32, u32)> =
                (0..next(20)).map(|_| (next(plugins) as u32, next(plugins) as u32)).collect();
            edges.sort_unstable();
            edges.dedup();
            if number % 2 == 0 {
                edges.dedup_by_key(|(plugin, _)| *plugin);
                let found = components(plugins as usize, &Rows::from_sorted(&edges));
                for (ring, members) in (0..).zip(found.iter()) {
                    let round = found.round(ring).expect("nobody has a choice");
                    assert_eq!((round[0], round.len()), (members[0], members.len()), "{edges:?}");
                    let mut pairs = round.iter().zip(round[1..].iter().chain([&round[0]]));
                    assert!(pairs.all(|(&from, &to)| edges.contains(&(from, to))), "{edges:?}");
                }
            }
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
