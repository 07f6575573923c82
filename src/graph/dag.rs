//! Compressed rows, the way back along them, and levels.
//!
//! Plugins are numbers in the order of their names, so whatever walks a row, or counts upwards,
//! walks in canonical order.

use std::borrow::Cow;

use super::NONE;

/// The edges of a graph: a sorted row of targets for each source.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Where each row starts, and the end of the last. Empty where there is no edge.
    starts: Vec<u32>,
    targets: Vec<u32>,
}

impl Rows {
    /// Rows from edges that are sorted and without repetition.
    pub(super) fn from_sorted(edges: &[(u32, u32)]) -> Self {
        debug_assert!(edges.is_sorted_by(|a, b| a < b));
        let Some(&(last, _)) = edges.last() else { return Rows::default() };
        let mut starts = Vec::with_capacity(last as usize + 2);
        for (at, &(source, _)) in (0..).zip(edges) {
            while starts.len() <= source as usize {
                starts.push(at);
            }
        }
        starts.push(edges.len() as u32);
        Rows { starts, targets: edges.iter().map(|&(_, target)| target).collect() }
    }

    /// The same rows in another order: what was the row `order[n]` is the row `n`.
    pub(super) fn in_order(&self, order: &[u32]) -> Self {
        if self.targets.is_empty() {
            return Rows::default();
        }
        let mut starts = Vec::with_capacity(order.len() + 1);
        let mut targets = Vec::with_capacity(self.targets.len());
        for &at in order {
            starts.push(targets.len() as u32);
            // Rows are short: one by one is faster than a call.
            self.row(at).iter().for_each(|&target| targets.push(target));
        }
        starts.push(targets.len() as u32);
        Rows { starts, targets }
    }

    /// The way back along the edges of the plugins `0..plugins`: a sorted row of sources for each target.
    /// Made by a counting sort, in linear time.
    pub(super) fn back(&self, plugins: usize) -> Self {
        if self.targets.is_empty() {
            return Rows::default();
        }
        let mut starts = vec![0u32; plugins + 1];
        for &target in &self.targets {
            starts[target as usize] += 1;
        }
        // Each start is the end of its row first, and comes down as the row is filled from its end.
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut sources = vec![0; self.targets.len()];
        let mut end = self.targets.len();
        for (source, &start) in self.starts.iter().enumerate().rev().skip(1) {
            for &target in &self.targets[start as usize..end] {
                let start = &mut starts[target as usize];
                *start -= 1;
                sources[*start as usize] = source as u32;
            }
            end = start as usize;
        }
        Rows { starts, targets: sources }
    }

    /// How many edges there are.
    pub(super) fn edges(&self) -> usize {
        self.targets.len()
    }

    /// The targets of `source`, ascending. There are none beyond the last row.
    #[inline]
    pub(super) fn row(&self, source: u32) -> &[u32] {
        match self.starts.get(source as usize..) {
            Some(&[start, end, ..]) => &self.targets[start as usize..end as usize],
            _ => &[],
        }
    }

    /// Whether no row has more than so many targets.
    pub(super) fn none_is_longer_than(&self, most: u32) -> bool {
        // Without a way out in between, the compiler asks it of many at once.
        let few = |all, row: &[u32]| all & (row[1] - row[0] <= most);
        self.starts.windows(2).fold(true, few)
    }

    /// The only target of each of the rows `0..rows`, none of which is longer than one; [`NONE`] where it is
    /// empty.
    pub(super) fn only(&self, rows: usize) -> Cow<'_, [u32]> {
        if self.targets.len() == rows {
            return Cow::Borrowed(&self.targets);
        }
        let row = |at| self.row(at).first().copied().unwrap_or(NONE);
        (0..rows as u32).map(row).collect()
    }

    /// All edges as pairs, sorted.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (u32, u32)> {
        let sources = 0..self.starts.len().saturating_sub(1) as u32;
        sources.flat_map(|source| self.row(source).iter().map(move |&target| (source, target)))
    }
}

/// Rows that are written one after the other.
pub(super) struct Writer {
    starts: Vec<u32>,
    targets: Vec<u32>,
}

impl Writer {
    /// Room for so many rows and targets.
    pub(super) fn with_room(rows: usize, targets: usize) -> Self {
        let mut starts = Vec::with_capacity(rows + 1);
        starts.push(0);
        Writer { starts, targets: Vec::with_capacity(targets) }
    }

    /// Adds a target to the row that is being written.
    #[inline]
    pub(super) fn push(&mut self, target: u32) {
        self.targets.push(target);
    }

    /// The row that is being written.
    pub(super) fn row(&mut self) -> &mut [u32] {
        let start = self.starts[self.starts.len() - 1];
        &mut self.targets[start as usize..]
    }

    /// Ends the row: it is sorted, and what is in it twice counts once.
    #[inline]
    pub(super) fn end_row(&mut self) {
        let start = self.starts[self.starts.len() - 1] as usize;
        let row = &self.targets[start..];
        if row.windows(2).any(|two| two[0] >= two[1]) {
            self.put_in_order(start);
        }
        self.starts.push(self.targets.len() as u32);
    }

    fn put_in_order(&mut self, start: usize) {
        let row = &mut self.targets[start..];
        row.sort_unstable();
        let mut kept = 1;
        for at in 1..row.len() {
            if row[at] != row[kept - 1] {
                row[kept] = row[at];
                kept += 1;
            }
        }
        self.targets.truncate(start + kept);
    }

    /// The rows.
    pub(super) fn rows(self) -> Rows {
        Rows { starts: self.starts, targets: self.targets }
    }
}

/// Dependencies of the two kinds, each with its way back. No edge is in both.
#[derive(Debug)]
pub(super) struct Dag {
    pub(super) required: Rows,
    pub(super) optional: Rows,
    pub(super) required_back: Rows,
    pub(super) optional_back: Rows,
}

/// The plugins by (level, name), and where each level starts.
#[derive(Debug, Default)]
pub(super) struct Levels {
    /// The plugins, in canonical order.
    pub(super) order: Vec<u32>,
    /// Where each level starts in `order`; one entry more than there are levels.
    pub(super) starts: Vec<u32>,
    /// For each plugin its position in `order`, or [`NONE`].
    pub(super) rank: Vec<u32>,
}

impl Dag {
    pub(super) fn new(plugins: usize, required: Rows, optional: Rows) -> Self {
        let (required_back, optional_back) = (required.back(plugins), optional.back(plugins));
        Dag { required, optional, required_back, optional_back }
    }

    /// The levels of the plugins `0..plugins` for which `runs` holds; a plugin stands one level
    /// above the highest of its dependencies. `None` if there is a cycle.
    ///
    /// Kahn's algorithm (A. B. Kahn, "Topological sorting of large networks", 1962) with a plain
    /// queue, which meets the plugins level by level, then a counting sort by level: O(V + E),
    /// with no heap, since plugins are already numbered by name.
    pub(super) fn levels(&self, plugins: usize, runs: impl Fn(u32) -> bool) -> Option<Levels> {
        let count = plugins as u32;
        let optional = self.optional.edges() > 0;
        // The dependencies that are still to come; once there are none, the plugin's level.
        let mut state = vec![0u32; plugins];
        let mut queue = Vec::with_capacity(plugins);
        let mut running = 0;
        for plugin in 0..count {
            if !runs(plugin) {
                continue;
            }
            running += 1;
            let mut waits = self.required.row(plugin).len();
            if optional {
                waits += self.optional.row(plugin).len();
            }
            state[plugin as usize] = waits as u32;
            if waits == 0 {
                queue.push(plugin);
            }
        }
        let mut starts = Vec::new();
        let mut head = 0;
        while head < queue.len() {
            // What is in the queue now is one whole level.
            let level = starts.len() as u32;
            starts.push(head as u32);
            let whole = head..queue.len();
            head = whole.end;
            for at in whole {
                let plugin = queue[at];
                state[plugin as usize] = level;
                for &dependent in self.required_back.row(plugin) {
                    let waits = &mut state[dependent as usize];
                    *waits -= 1;
                    if *waits == 0 {
                        queue.push(dependent);
                    }
                }
                if optional {
                    for &dependent in self.optional_back.row(plugin) {
                        let waits = &mut state[dependent as usize];
                        *waits -= 1;
                        if *waits == 0 {
                            queue.push(dependent);
                        }
                    }
                }
            }
        }
        if queue.len() < running {
            return None;
        }
        starts.push(head as u32);
        let mut next = starts.clone();
        let mut order = queue;
        // The state of a plugin was its level, and becomes its position.
        let mut rank = state;
        for (plugin, rank) in (0..count).zip(&mut rank) {
            if !runs(plugin) {
                *rank = NONE;
            } else if !cfg!(plugstate_bug = "order") {
                let slot = &mut next[*rank as usize];
                order[*slot as usize] = plugin;
                *rank = std::mem::replace(slot, *slot + 1);
            }
        }
        if cfg!(plugstate_bug = "order") {
            (0..).zip(&order).for_each(|(at, &plugin)| rank[plugin as usize] = at);
        }
        order.shrink_to_fit();
        starts.shrink_to_fit();
        Some(Levels { order, starts, rank })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_by_depth_then_number() {
        let required = Rows::from_sorted(&[(0, 3), (2, 0), (4, 3)]);
        let optional = Rows::from_sorted(&[(1, 2)]);
        let dag = Dag::new(6, required, optional);
        let levels = dag.levels(6, |_| true).expect("no cycle");
        assert_eq!(levels.order, [3, 5, 0, 4, 2, 1]);
        assert_eq!(levels.starts, [0, 2, 4, 5, 6]);
        assert_eq!(levels.rank, [2, 5, 4, 0, 3, 1]);
        assert_eq!(dag.required_back.row(3), [0, 4]);
        assert_eq!(dag.optional_back.row(2), [1]);
        assert!(dag.required.row(5).is_empty());
        assert_eq!(dag.required_back.row(0), [2]);
        for plugin in [1, 2, 4, 5, 6, u32::MAX] {
            assert!(dag.required_back.row(plugin).is_empty(), "{plugin}");
        }
    }

    #[test]
    fn a_cycle_has_no_levels_but_what_does_not_run_is_no_part_of_it() {
        let rows = |edges: &[(u32, u32)]| Rows::from_sorted(edges);
        let dag = Dag::new(3, rows(&[(0, 1)]), rows(&[(1, 0)]));
        assert!(dag.levels(3, |_| true).is_none());
        let dag = Dag::new(3, rows(&[]), rows(&[]));
        let levels = dag.levels(3, |p| p != 1).expect("no cycle");
        assert_eq!((levels.order, levels.rank), (vec![0, 2], vec![0, NONE, 1]));
        assert!(dag.levels(0, |_| true).expect("no cycle").order.is_empty());
    }

    #[test]
    fn rows_hold_what_was_put_in_them() {
        let edges = [(1, 2), (1, 4), (3, 0), (4, 4)];
        let rows = Rows::from_sorted(&edges);
        assert_eq!(rows.edges(), 4);
        assert_eq!(rows.pairs().collect::<Vec<_>>(), edges);
        let all: Vec<&[u32]> = (0..7).map(|source| rows.row(source)).collect();
        assert_eq!(all, [&[][..], &[2, 4], &[], &[0], &[4], &[], &[]]);
        assert!(rows.row(u32::MAX).is_empty());
        let back: Vec<_> = rows.back(6).pairs().collect();
        assert_eq!(back, [(0, 3), (2, 1), (4, 1), (4, 4)]);
        let other: Vec<_> = rows.in_order(&[4, 1, 0]).pairs().collect();
        assert_eq!(other, [(0, 4), (1, 2), (1, 4)]);
        assert!(rows.none_is_longer_than(2) && !rows.none_is_longer_than(1));
        let none = Rows::from_sorted(&[]);
        assert!(none.none_is_longer_than(0));
        assert_eq!((none.edges(), none.pairs().count(), none.in_order(&[0, 1]).edges()), (0, 0, 0));
        assert!(none.row(0).is_empty() && none.back(3).row(0).is_empty());
    }

    #[test]
    fn rows_of_one_are_told_with_the_empty_ones_between_and_after_them() {
        let rows = Rows::from_sorted(&[(1, 4), (3, 0)]);
        assert_eq!(*rows.only(5), [NONE, 4, NONE, 0, NONE]);
        let full = Rows::from_sorted(&[(0, 1), (1, 0)]);
        assert!(matches!(full.only(2), Cow::Borrowed([1, 0])));
        assert_eq!(*full.only(3), [1, 0, NONE]);
        // As many edges as rows, and one of two.
        let other = Rows::from_sorted(&[(0, 1), (2, 0), (2, 1)]);
        assert!(!other.none_is_longer_than(1) && other.none_is_longer_than(2));
    }

    #[test]
    fn a_writer_sorts_each_row_and_keeps_each_target_once() {
        let mut writer = Writer::with_room(0, 0);
        for row in [&[][..], &[5], &[2, 1, 2, 3, 1], &[7, 7], &[1, 2, 9]] {
            row.iter().for_each(|&target| writer.push(target));
            assert_eq!(writer.row(), row);
            writer.end_row();
        }
        let edges: Vec<_> = writer.rows().pairs().collect();
        assert_eq!(edges, [(1, 5), (2, 1), (2, 2), (2, 3), (3, 7), (4, 1), (4, 2), (4, 9)]);
    }
}
