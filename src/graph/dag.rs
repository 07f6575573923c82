//! Compressed rows, the way back along them, and levels: the only file that names petgraph.
//!
//! Plugins are numbers in the order of their names, so whatever walks a row, or counts upwards,
//! walks in canonical order.

use petgraph::Directed;
use petgraph::csr::Csr;

/// The edges of a graph, a sorted row of targets for each source.
#[derive(Debug)]
pub(super) struct Rows(Csr<(), (), Directed, u32>);

impl Rows {
    /// Rows from edges that are sorted and without repetition.
    pub(super) fn from_sorted(edges: &[(u32, u32)]) -> Self {
        debug_assert!(edges.is_sorted_by(|a, b| a < b));
        let rows = Csr::from_sorted_edges(edges).expect("the caller sorted the edges");
        // petgraph grows its column by doubling; what stays in memory is the copy that fits.
        Rows(rows.clone())
    }

    /// How many edges there are.
    pub(super) fn edges(&self) -> usize {
        self.0.edge_count()
    }

    /// The targets of `source`, ascending. There are none beyond the last edge's ends.
    pub(super) fn row(&self, source: u32) -> &[u32] {
        if (source as usize) < self.0.node_count() { self.0.neighbors_slice(source) } else { &[] }
    }
}

/// The way back along the edges of a graph: a sorted row of sources for each target. An index of
/// [`Rows`], which hold the graph: made by a counting sort, in linear time.
#[derive(Debug, Default)]
pub(super) struct Back {
    /// Where each row starts, and the end. Empty where there is no edge.
    starts: Vec<u32>,
    sources: Vec<u32>,
}

impl Back {
    /// The way back along edges of the plugins `0..plugins`, which are sorted.
    pub(super) fn along(plugins: usize, edges: &[(u32, u32)]) -> Self {
        if edges.is_empty() {
            return Back::default();
        }
        let mut starts = vec![0u32; plugins + 1];
        for &(_, target) in edges {
            starts[target as usize] += 1;
        }
        // Each start is the end of its row first, and comes down as the row is filled from its end.
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut sources = vec![0; edges.len()];
        for &(source, target) in edges.iter().rev() {
            let start = &mut starts[target as usize];
            *start -= 1;
            sources[*start as usize] = source;
        }
        Back { starts, sources }
    }

    /// The sources of the edges to `target`, ascending.
    pub(super) fn row(&self, target: u32) -> &[u32] {
        match self.starts.get(target as usize..) {
            Some(&[start, end, ..]) => &self.sources[start as usize..end as usize],
            _ => &[],
        }
    }
}

/// Sorts edges of plugins `0..plugins` whose rows each are sorted already and in one piece; a
/// counting sort by source, in linear time.
pub(super) fn sorted(plugins: usize, edges: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    if edges.is_sorted_by_key(|&(source, _)| source) {
        return edges;
    }
    let mut next = vec![0u32; plugins + 1];
    for &(source, _) in &edges {
        next[source as usize + 1] += 1;
    }
    for i in 1..next.len() {
        next[i] += next[i - 1];
    }
    let mut sorted = vec![(0, 0); edges.len()];
    for edge in edges {
        let slot = &mut next[edge.0 as usize];
        sorted[*slot as usize] = edge;
        *slot += 1;
    }
    sorted
}

/// Dependencies of the two kinds, each with its way back. No edge is in both.
#[derive(Debug)]
pub(super) struct Dag {
    pub(super) required: Rows,
    pub(super) optional: Rows,
    pub(super) required_back: Back,
    pub(super) optional_back: Back,
}

/// The plugins by (level, name), and where each level starts.
#[derive(Debug, Default)]
pub(super) struct Levels {
    /// The plugins, in canonical order.
    pub(super) order: Vec<u32>,
    /// Where each level starts in `order`; one entry more than there are levels.
    pub(super) starts: Vec<u32>,
}

impl Dag {
    pub(super) fn new(plugins: usize, required: &[(u32, u32)], optional: &[(u32, u32)]) -> Self {
        Dag {
            required: Rows::from_sorted(required),
            optional: Rows::from_sorted(optional),
            required_back: Back::along(plugins, required),
            optional_back: Back::along(plugins, optional),
        }
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
        let sorts = !cfg!(plugstate_bug = "order");
        for plugin in (0..count).filter(|&plugin| sorts && runs(plugin)) {
            let slot = &mut next[state[plugin as usize] as usize];
            order[*slot as usize] = plugin;
            *slot += 1;
        }
        order.shrink_to_fit();
        starts.shrink_to_fit();
        Some(Levels { order, starts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_by_depth_then_number() {
        let required = [(0, 3), (2, 0), (4, 3)];
        let optional = [(1, 2)];
        let dag = Dag::new(6, &required, &optional);
        let levels = dag.levels(6, |_| true).expect("no cycle");
        assert_eq!(levels.order, [3, 5, 0, 4, 2, 1]);
        assert_eq!(levels.starts, [0, 2, 4, 5, 6]);
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
        let dag = Dag::new(3, &[(0, 1)], &[(1, 0)]);
        assert!(dag.levels(3, |_| true).is_none());
        let dag = Dag::new(3, &[], &[]);
        assert_eq!(dag.levels(3, |p| p != 1).expect("no cycle").order, [0, 2]);
        assert!(dag.levels(0, |_| true).expect("no cycle").order.is_empty());
    }
}
