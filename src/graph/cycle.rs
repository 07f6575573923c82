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
    /// Whether a plugin has more than one way to go within its component; known of members of wide ones.
    choice: Vec<bool>,
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
            choice: Vec::new(),
            place: Vec::new(),
        }
    }

    /// A shortest cycle of the component with these members, starting at its lowest plugin.
    ///
    /// A ring is followed directly, then cycles of one and of two are looked for, then
    /// breadth-first searches start from every member that has a choice within the component, ascending, no deeper than
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
        if let Some(round) = self.components.round(component) {
            return Found { path: round.to_vec(), shortest: true };
        }
        if members.len() <= WORD {
            return Found { path: self.narrow(members, component), shortest: true };
        }
        if let Some(path) = self.ring(members, component) {
            return Found { path, shortest: true };
        }
        if let Some(path) = self.tiny(members) {
            return Found { path, shortest: true };
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
        for &member in members {
            let inside = |to: &&u32| self.components.of(**to) == component;
            let ways = self.rows.row(member).iter().filter(inside).take(2).count();
            self.choice[member as usize] = ways > 1;
        }
        let starts = members.iter().copied().filter(|&m| self.choice[m as usize]);
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
        self.choice.resize(size, false);
    }

    /// What [`shortest`](Self::shortest) finds in a component of at most [`WORD`] members: all of it on
    /// sets of members as words.
    fn narrow(&mut self, members: &[u32], component: u32) -> Vec<u32> {
        self.place.resize(self.place.len().max(members[members.len() - 1] as usize + 1), 0);
        for (place, &member) in (0..).zip(members) {
            self.place[member as usize] = place;
        }
        let mut next = [0u64; WORD];
        let mut choices = 0u64;
        for (place, &member) in members.iter().enumerate() {
            let row = self.rows.row(member);
            let inside = row.iter().filter(|&&to| self.components.of(to) == component);
            let ways = inside.fold(0, |set, &to| set | 1 << self.place[to as usize]);
            next[place] = ways;
            choices |= u64::from(ways & (ways - 1) != 0) << place;
        }
        let path =
            if choices == 0 { round(&next) } else { shortest(&next, members.len(), choices) };
        let path = path.into_iter().map(|place| members[usize::from(place)]).collect();
        from_lowest(path)
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
    fn tiny(&self, members: &[u32]) -> Option<Vec<u32>> {
        let points = |from: u32, to: u32| self.rows.row(from).binary_search(&to).is_ok();
        if let Some(&own) = members.iter().find(|&&m| points(m, m)) {
            return Some(vec![own]);
        }
        members.iter().find_map(|&m| {
            // Who points back is in the same component.
            let other = self.rows.row(m).iter().find(|&&p| p > m && points(p, m))?;
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
                        && (next > start || !self.choice[next as usize])
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

/// The places of a set, ascending.
fn places(mut set: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = set.trailing_zeros() as usize;
        set &= set.checked_sub(1)?;
        Some(place)
    })
}

/// The members of a ring in turn, the first one first.
fn round(next: &[u64; WORD]) -> Vec<u8> {
    let mut path = vec![0];
    loop {
        let on = next[usize::from(path[path.len() - 1])].trailing_zeros() as u8;
        if on == 0 {
            return path;
        }
        path.push(on);
    }
}

/// A shortest cycle among the first `count` places. `next` are the places that each leads to, and those in
/// `choices` have more than one.
fn shortest(next: &[u64; WORD], count: usize, choices: u64) -> Vec<u8> {
    if let Some(own) = (0..count).find(|&at| next[at] >> at & 1 == 1) {
        return vec![own as u8];
    }
    for at in 0..count {
        let above = next[at] & (u64::MAX << at << 1);
        if let Some(other) = places(above).find(|&other| next[other] >> at & 1 == 1) {
            return vec![at as u8, other as u8];
        }
    }
    let (mut best, mut by) = (usize::MAX, 0);
    for place in places(choices) {
        let (start, open) = (1 << place, open(choices, place));
        let (mut reached, mut level, mut depth) = (0, start, 0);
        while level != 0 && depth + 1 < best {
            depth += 1;
            level = places(level).fold(0, |on, at| on | next[at]) & open & !reached;
            reached |= level;
            if level & start != 0 {
                (best, by) = (depth, place);
            }
        }
    }
    through(next, by, open(choices, by))
}

/// Where a search from `start` may go: those that one was started from before are left out.
fn open(choices: u64, start: usize) -> u64 {
    !(choices & ((1 << start) - 1))
}

/// A shortest cycle through `start` and otherwise places that are `open`, of which there is one.
fn through(next: &[u64; WORD], start: usize, open: u64) -> Vec<u8> {
    let mut parent = [0u8; WORD];
    // The start is not met again: whoever points at it ends the search.
    let mut queue = [start as u8; WORD];
    let (mut head, mut end, mut reached) = (0, 1, 0);
    while head < end {
        let at = queue[head];
        head += 1;
        if next[usize::from(at)] >> start & 1 == 1 {
            let mut path = vec![at];
            while usize::from(path[path.len() - 1]) != start {
                path.push(parent[usize::from(path[path.len() - 1])]);
            }
            path.reverse();
            return path;
        }
        for on in places(next[usize::from(at)] & open & !reached) {
            reached |= 1 << on;
            parent[on] = at;
            queue[end] = on as u8;
            end += 1;
        }
    }
    unreachable!("a component has a cycle through one that has a choice")
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
        // Of two pairs the one with the lowest plugin, even if that has no other way to go.
        let edges = [(1, 5), (2, 3), (2, 4), (3, 2), (4, 1), (5, 1), (5, 2)];
        assert_eq!(of(6, &edges), [(vec![1, 5], true)]);
    }

    #[test]
    fn the_lowest_pair_comes_first_wherever_its_two_stand() {
        // Ways through all of 64, with some edges more that point back.
        let of = |way: &[u32], more: &[(u32, u32)]| {
            let steps = way.iter().zip(way.iter().cycle().skip(1)).map(|(&from, &to)| (from, to));
            let mut edges: Vec<(u32, u32)> = steps.chain(more.iter().copied()).collect();
            edges.sort_unstable();
            of(64, &edges)
        };
        let ring: Vec<u32> = (0..64).collect();
        assert_eq!(of(&ring, &[(2, 63), (63, 2), (4, 3)]), [(vec![2, 63], true)]);
        // Of the two of the lowest pair only the higher one has more than one way to go.
        let way: Vec<u32> = [0, 1].into_iter().chain(50..64).chain(2..50).collect();
        assert_eq!(of(&way, &[(50, 1), (4, 3)]), [(vec![1, 50], true)]);
    }

    #[test]
    fn a_long_cycle_in_a_large_component_is_found_within_the_budget() {
        // A ring where everyone may also skip one, but for the way back to the start.
        let skipping = |size: u32| {
            let skips = (0..size - 2).map(|i| (i, i + 2));
            let mut edges: Vec<(u32, u32)> =
                (0..size).map(|i| (i, (i + 1) % size)).chain(skips).collect();
            edges.sort_unstable();
            of(size as usize, &edges)
        };
        let size = 20_000u32;
        let found = skipping(size);
        assert_eq!(found.len(), 1);
        // The first search finds what is the shortest; that nothing is shorter is beyond the
        // budget.
        assert_eq!((found[0].0.len(), found[0].1), (size as usize / 2 + 1, false));
        // In a small one the budget is that of all small ones, and larger.
        let found = skipping(2_000);
        assert_eq!((found[0].0.len(), found[0].1), (1_001, true));
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
    fn wide_components_are_searched_for_what_is_shorter_than_the_first_find() {
        // A ring of a hundred, with ways across that close shorter cycles behind the lowest member.
        let ring = |chords: &[(u32, u32)]| {
            let mut edges: Vec<(u32, u32)> = (0..100).map(|i| (i, (i + 1) % 100)).collect();
            edges.extend(chords);
            edges.sort_unstable();
            of(100, &edges)
        };
        // The first search finds 0 to 20 and back; shorter ones begin later, the shortest last.
        let found = ring(&[(20, 0), (44, 30), (84, 77)]);
        assert_eq!(found, [((77..=84).collect(), true)]);
        // Of two that are as short the one that was found first stays.
        let found = ring(&[(20, 0), (47, 40), (84, 77)]);
        assert_eq!(found, [((40..=47).collect(), true)]);
        // Deeper than the shallow round.
        let found = ring(&[(60, 0), (92, 77)]);
        assert_eq!(found, [((77..=92).collect(), true)]);
        // One of two, and one of one, however large the rest is.
        assert_eq!(ring(&[(20, 0), (78, 77)]), [(vec![77, 78], true)]);
        assert_eq!(ring(&[(20, 0), (78, 77), (5, 5)]), [(vec![5], true)]);
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
            let narrow = search.narrow(members, 0);
            let short = search.ring(members, 0).or_else(|| search.tiny(members));
            seen += u32::from(short.is_none());
            let wide = short.unwrap_or_else(|| {
                let wide = search.wide(members, 0);
                assert!(wide.shortest);
                wide.path
            });
            assert_eq!(narrow, wide, "{edges:?}");
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
