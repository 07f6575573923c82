//! A shortest cycle of a strongly connected component, always the same one.

use std::ops::ControlFlow;

use super::NONE;
use super::dag::Rows;
use super::scc::Components;

/// Edges that may be looked at for components of at most [`SMALL`] plugins, all together.
const SMALL_BUDGET: u64 = 1 << 26;
const SMALL: usize = 4_096;
/// Edges that may be looked at for each plugin and edge of a larger component.
const SHARE: u64 = 8;

/// Looks for shortest cycles, one component after the other.
pub(super) struct Search<'a> {
    rows: &'a Rows,
    components: &'a Components,
    small_budget: u64,
    /// Who led here in the present round.
    parent: Vec<u32>,
    /// The round in which a plugin was met last.
    met: Vec<u32>,
    round: u32,
    queue: Vec<u32>,
    /// The place of a plugin among the members of a narrow component.
    place: Vec<u8>,
}

/// A cycle: its plugins from the lowest on, each depending on the next and the last on the first.
pub(super) struct Found {
    pub(super) path: Vec<u32>,
    /// Whether it is known that no cycle of the component is shorter.
    pub(super) shortest: bool,
}

/// The members that a set in a machine word can have.
const WORD: usize = u64::BITS as usize;

/// There are no steps left.
struct Spent;

impl<'a> Search<'a> {
    pub(super) fn new(rows: &'a Rows, components: &'a Components) -> Self {
        Search {
            rows,
            components,
            small_budget: SMALL_BUDGET,
            parent: Vec::new(),
            met: Vec::new(),
            round: 0,
            queue: Vec::new(),
            place: Vec::new(),
        }
    }

    /// A shortest cycle of the component with these members, starting at its lowest plugin.
    ///
    /// A ring is followed directly, then cycles of one and of two are looked for, then
    /// breadth-first searches start from every member that has a choice, ascending, no deeper than
    /// the best cycle so far: each cycle but a ring goes through one of those. A search leaves out
    /// those that were started from before, since their cycles are known. That is exact, in
    /// O(members * edges) at worst, as long as the budget lasts: 2^26 edges looked at for all
    /// components of up to 4,096 plugins together; 8 for each plugin and edge of a larger one. Where a
    /// component has no more members than a machine word has bits, a step of a search is an operation on
    /// words, and only the search that will answer walks its rows.
    ///
    /// Of several shortest cycles it is the first one met, so always the same.
    pub(super) fn shortest(&mut self, members: &[u32]) -> Found {
        let component = self.components.of(members[0]);
        if let Some(path) = self.ring(members, component) {
            return Found { path, shortest: true };
        }
        if let Some(path) = self.tiny(members, component) {
            return Found { path, shortest: true };
        }
        if members.len() <= WORD {
            return Found { path: self.narrow(members, component), shortest: true };
        }
        self.wide(members, component)
    }

    /// The searches of [`shortest`](Self::shortest), one plugin at a time.
    fn wide(&mut self, members: &[u32], component: u32) -> Found {
        let edges: usize = members.iter().map(|&m| self.rows.row(m).len()).sum();
        let mut budget = SHARE * (members.len() + edges) as u64;
        if members.len() <= SMALL {
            budget = budget.max(self.small_budget);
        }
        let given = budget;
        self.make_room(members);
        let starts = members.iter().copied().filter(|&m| self.rows.row(m).len() > 1);
        let starts: Vec<u32> = starts.collect();
        // There is a cycle through every member; the first one's is the one to beat.
        let mut unlimited = u64::MAX;
        let first = self.through(starts[0], component, usize::MAX, &mut unlimited);
        let mut best = first.ok().flatten().expect("a component has a cycle through each member");
        // A shallow round first: a short cycle found late would be paid for by deep searches.
        let searched = [8, usize::MAX].iter().try_for_each(|&depth| {
            for &start in &starts {
                let limit = depth.min(best.len() - 1);
                if limit < 3 {
                    return ControlFlow::Break(true);
                }
                match self.through(start, component, limit, &mut budget) {
                    Ok(Some(path)) => best = path,
                    Ok(None) => {}
                    Err(Spent) => return ControlFlow::Break(false),
                }
            }
            let done = best.len() - 1 <= depth;
            if done { ControlFlow::Break(true) } else { ControlFlow::Continue(()) }
        });
        if members.len() <= SMALL {
            self.small_budget = self.small_budget.saturating_sub(given - budget);
        }
        let shortest = !matches!(searched, ControlFlow::Break(false));
        Found { path: from_lowest(best), shortest }
    }

    fn make_room(&mut self, members: &[u32]) {
        let size = self.met.len().max(members[members.len() - 1] as usize + 1);
        self.met.resize(size, 0);
        self.parent.resize(size, NONE);
    }

    /// What the searches of [`shortest`](Self::shortest) find in a component of at most [`WORD`]
    /// members: which of them finds it, and how long it is, is found out on sets of members as words.
    fn narrow(&mut self, members: &[u32], component: u32) -> Vec<u32> {
        self.place.resize(self.place.len().max(members[members.len() - 1] as usize + 1), 0);
        for (place, &member) in (0..).zip(members) {
            self.place[member as usize] = place;
        }
        let mut next = [0u64; WORD];
        let mut starts = 0u64;
        for (place, &member) in members.iter().enumerate() {
            let row = self.rows.row(member);
            let inside = row.iter().filter(|&&to| self.components.of(to) == component);
            next[place] = inside.fold(0, |set, &to| set | 1 << self.place[to as usize]);
            starts |= u64::from(row.len() > 1) << place;
        }
        let (mut shortest, mut by) = (usize::MAX, 0);
        // Those that a search was started from are left out by the later ones.
        let mut open = u64::MAX;
        let mut left = starts;
        while left != 0 {
            let start = left & left.wrapping_neg();
            left ^= start;
            let (mut reached, mut level, mut depth) = (0, start, 0);
            while level != 0 && depth + 1 < shortest {
                depth += 1;
                let mut on = 0;
                while level != 0 {
                    on |= next[level.trailing_zeros() as usize];
                    level &= level - 1;
                }
                level = on & open & !reached;
                reached |= level;
                if level & start != 0 {
                    (shortest, by) = (depth, start.trailing_zeros() as usize);
                }
            }
            open &= !start;
        }
        self.make_room(members);
        let mut unlimited = u64::MAX;
        let path = self.through(members[by], component, shortest, &mut unlimited);
        from_lowest(path.ok().flatten().expect("a component has a cycle through one of its starts"))
    }

    /// Follows the component if it is one simple cycle.
    fn ring(&self, members: &[u32], component: u32) -> Option<Vec<u32>> {
        let mut path = Vec::with_capacity(members.len());
        let mut at = members[0];
        loop {
            path.push(at);
            at = match self.rows.row(at) {
                // A member has an edge inside; if it is the only one, there is no need to look.
                [next] => *next,
                row => {
                    let mut inside = row.iter().filter(|&&p| self.components.of(p) == component);
                    let next = *inside.next()?;
                    inside.next().is_none().then_some(next)?
                }
            };
            if at == members[0] {
                break;
            }
        }
        // Whoever has one way to go comes by everyone.
        debug_assert_eq!(path.len(), members.len());
        Some(path)
    }

    /// A cycle of one, or else of two.
    fn tiny(&self, members: &[u32], component: u32) -> Option<Vec<u32>> {
        let points = |from: u32, to: u32| self.rows.row(from).binary_search(&to).is_ok();
        if let Some(&own) = members.iter().find(|&&m| points(m, m)) {
            return Some(vec![own]);
        }
        members.iter().find_map(|&m| {
            let inside = |p: &&u32| **p > m && self.components.of(**p) == component;
            let other = self.rows.row(m).iter().filter(inside).find(|&&p| points(p, m))?;
            Some(vec![m, *other])
        })
    }

    /// A shortest cycle of at most `limit` plugins through `start` that has no lower start on it.
    fn through(
        &mut self,
        start: u32,
        component: u32,
        limit: usize,
        budget: &mut u64,
    ) -> Result<Option<Vec<u32>>, Spent> {
        self.round += 1;
        self.queue.clear();
        self.queue.push(start);
        let (mut head, mut depth) = (0, 0);
        while head < self.queue.len() && depth < limit {
            depth += 1;
            let level = head..self.queue.len();
            head = level.end;
            for at in level {
                let plugin = self.queue[at];
                let row = self.rows.row(plugin);
                *budget = budget.checked_sub(1 + row.len() as u64).ok_or(Spent)?;
                for &next in row {
                    if next == start {
                        return Ok(Some(self.trace(plugin, start)));
                    }
                    if self.components.of(next) == component
                        && self.met[next as usize] != self.round
                        && (next > start || self.rows.row(next).len() == 1)
                    {
                        self.met[next as usize] = self.round;
                        self.parent[next as usize] = plugin;
                        self.queue.push(next);
                    }
                }
            }
        }
        Ok(None)
    }

    fn trace(&self, mut plugin: u32, start: u32) -> Vec<u32> {
        let mut path = vec![plugin];
        while plugin != start {
            plugin = self.parent[plugin as usize];
            path.push(plugin);
        }
        path.reverse();
        path
    }
}

/// The same cycle, beginning at its lowest plugin.
fn from_lowest(mut path: Vec<u32>) -> Vec<u32> {
    let lowest = (0..path.len()).min_by_key(|&at| path[at]).unwrap_or(0);
    path.rotate_left(lowest);
    path
}

#[cfg(test)]
mod tests {
    use super::super::scc::components;
    use super::*;

    fn of(plugins: usize, edges: &[(u32, u32)]) -> Vec<(Vec<u32>, bool)> {
        let rows = Rows::from_sorted(edges);
        let found = components(plugins, &rows);
        let mut search = Search::new(&rows, &found);
        found.iter().map(|m| search.shortest(m)).map(|f| (f.path, f.shortest)).collect()
    }

    #[test]
    fn shortest_and_lowest() {
        assert_eq!(of(3, &[(0, 2), (1, 0), (2, 1)]), [(vec![0, 2, 1], true)]);
        // 0 -> 1 -> 2 -> 3 -> 0 with the shortcut 3 -> 1.
        let edges = [(0, 1), (1, 2), (2, 3), (3, 0), (3, 1)];
        assert_eq!(of(4, &edges), [(vec![1, 2, 3], true)]);
        assert_eq!(of(3, &[(0, 1), (1, 2), (2, 0), (2, 2)]), [(vec![2], true)]);
        assert_eq!(of(3, &[(0, 1), (1, 2), (2, 0), (2, 1)]), [(vec![1, 2], true)]);
    }

    #[test]
    fn a_long_cycle_in_a_large_component_is_found_within_the_budget() {
        // A ring of 20,000 where everyone may also skip one, but for the way back to the start.
        let size = 20_000u32;
        let skips = (0..size - 2).map(|i| (i, i + 2));
        let mut edges: Vec<(u32, u32)> =
            (0..size).map(|i| (i, (i + 1) % size)).chain(skips).collect();
        edges.sort_unstable();
        let found = of(size as usize, &edges);
        assert_eq!(found.len(), 1);
        // The first search finds what is the shortest; that nothing is shorter is beyond the
        // budget.
        assert_eq!((found[0].0.len(), found[0].1), (size as usize / 2 + 1, false));
        // One chord in a ring, however long, leaves one place to search from.
        let mut edges: Vec<(u32, u32)> = (0..size).map(|i| (i, (i + 1) % size)).collect();
        edges.push((7, 9));
        edges.sort_unstable();
        let found = of(size as usize, &edges);
        assert_eq!((found[0].0.len(), found[0].1), (size as usize - 1, true));
    }

    #[test]
    fn agrees_with_a_search_of_all_paths() {
        let mut random = 7u64;
        let mut next = move |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) % below
        };
        for _ in 0..2_000 {
            let plugins = 3 + next(12) as usize;
            let mut edges: Vec<(u32, u32)> = (0..next(2 * plugins as u64))
                .map(|_| (next(plugins as u64) as u32, next(plugins as u64) as u32))
                .filter(|(a, b)| a != b)
                .collect();
            edges.sort_unstable();
            edges.dedup();
            for (path, shortest) in of(plugins, &edges) {
                assert!(shortest);
                let closed = path.iter().zip(path.iter().cycle().skip(1));
                assert!(closed.clone().all(|(&a, &b)| edges.contains(&(a, b))), "{path:?}");
                assert_eq!(path.iter().min(), path.first());
                assert_eq!(path.len(), girth(plugins, &edges, path[0]), "{edges:?}");
            }
        }
    }

    #[test]
    fn narrow_components_are_answered_as_if_they_were_wide() {
        let mut random = 3u64;
        let mut next = move |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((random >> 33) % below) as u32
        };
        let mut seen = 0;
        for _ in 0..2_000 {
            let plugins = 3 + u64::from(next(62));
            // A ring with a few chords, and some edges that lead out of it.
            let mut edges: Vec<(u32, u32)> = (0..plugins as u32 - 1).map(|i| (i, i + 1)).collect();
            edges.push((plugins as u32 - 1, 0));
            for _ in 0..1 + next(6) {
                edges.push((next(plugins), next(plugins)));
            }
            for _ in 0..next(4) {
                edges.push((next(plugins), plugins as u32));
            }
            edges.sort_unstable();
            edges.dedup();
            let rows = Rows::from_sorted(&edges);
            let found = components(plugins as usize + 1, &rows);
            let members = found.iter().next().expect("the ring");
            let mut search = Search::new(&rows, &found);
            if search.ring(members, 0).is_some() || search.tiny(members, 0).is_some() {
                continue;
            }
            seen += 1;
            let narrow = search.narrow(members, 0);
            let wide = search.wide(members, 0);
            assert_eq!((narrow, true), (wide.path, wide.shortest), "{edges:?}");
        }
        assert!(seen > 1_000, "{seen}");
    }

    /// The length of a shortest cycle among the plugins that `member` is on a cycle with.
    fn girth(plugins: usize, edges: &[(u32, u32)], member: u32) -> usize {
        let mut far = vec![vec![usize::MAX / 4; plugins]; plugins];
        for &(a, b) in edges {
            far[a as usize][b as usize] = 1;
        }
        for k in 0..plugins {
            for i in 0..plugins {
                for j in 0..plugins {
                    far[i][j] = far[i][j].min(far[i][k] + far[k][j]);
                }
            }
        }
        let m = member as usize;
        let with = |p: usize| p == m || far[m][p] + far[p][m] < usize::MAX / 4;
        (0..plugins).filter(|&p| with(p)).map(|p| far[p][p]).min().unwrap_or(0)
    }
}
