//! Rows as a graph of petgraph, and its walks along them: the only file that names petgraph.

use std::iter::{Copied, Rev};
use std::slice::Iter;

use petgraph::visit::{DfsPostOrder, GraphBase, GraphRef, IntoNeighbors, VisitMap, Visitable};

use super::dag::Rows;

/// The plugins in the order in which a depth-first search from `roots` is done with them; where there is a
/// choice it takes the lowest plugin.
pub(super) fn postorder(
    plugins: usize,
    rows: &Rows,
    roots: impl IntoIterator<Item = u32>,
) -> Vec<u32> {
    let graph = Graph { plugins, rows };
    let mut walk = DfsPostOrder::empty(graph);
    let mut done = Vec::new();
    for root in roots {
        walk.move_to(root);
        done.extend(std::iter::from_fn(|| walk.next(graph)));
    }
    done
}

/// The face of rows for petgraph.
#[derive(Clone, Copy)]
struct Graph<'a> {
    plugins: usize,
    rows: &'a Rows,
}

impl GraphBase for Graph<'_> {
    type EdgeId = (u32, u32);
    type NodeId = u32;
}

impl GraphRef for Graph<'_> {}

impl<'a> IntoNeighbors for Graph<'a> {
    type Neighbors = Rev<Copied<Iter<'a, u32>>>;

    /// The highest first: petgraph puts them on a stack, and takes the lowest from its top.
    fn neighbors(self, plugin: u32) -> Self::Neighbors {
        self.rows.row(plugin).iter().copied().rev()
    }
}

impl Visitable for Graph<'_> {
    type Map = Met;

    fn visit_map(&self) -> Met {
        Met(vec![false; self.plugins])
    }

    fn reset_map(&self, map: &mut Met) {
        *map = self.visit_map();
    }
}

/// The plugins that a walk has met.
struct Met(Vec<bool>);

impl VisitMap<u32> for Met {
    fn visit(&mut self, plugin: u32) -> bool {
        !std::mem::replace(&mut self.0[plugin as usize], true)
    }

    fn is_visited(&self, plugin: &u32) -> bool {
        self.0[*plugin as usize]
    }

    fn unvisit(&mut self, plugin: u32) -> bool {
        std::mem::replace(&mut self.0[plugin as usize], false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive(rows: &Rows, plugin: u32, met: &mut [bool], done: &mut Vec<u32>) {
        if !std::mem::replace(&mut met[plugin as usize], true) {
            rows.row(plugin).iter().for_each(|&next| naive(rows, next, met, done));
            done.push(plugin);
        }
    }

    #[test]
    fn a_walk_is_done_with_plugins_as_a_search_that_recurses_is() {
        let mut random = 5u64;
        let mut next = move |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((random >> 33) % below) as u32
        };
        for _ in 0..500 {
            let plugins = 1 + u64::from(next(9));
            let mut edges: Vec<(u32, u32)> =
                (0..next(25)).map(|_| (next(plugins), next(plugins))).collect();
            edges.sort_unstable();
            edges.dedup();
            let rows = Rows::from_sorted(&edges);
            let roots: Vec<u32> = (0..next(6)).map(|_| next(plugins)).collect();
            let (mut met, mut done) = (vec![false; plugins as usize], Vec::new());
            roots.iter().for_each(|&root| naive(&rows, root, &mut met, &mut done));
            assert_eq!(postorder(plugins as usize, &rows, roots), done, "{edges:?}");
        }
    }

    #[test]
    fn what_was_met_can_be_forgotten() {
        let rows = Rows::default();
        let graph = Graph { plugins: 2, rows: &rows };
        let mut met = graph.visit_map();
        assert!(met.visit(1) && !met.visit(1) && met.is_visited(&1) && !met.is_visited(&0));
        assert!(met.unvisit(1) && !met.unvisit(1) && !met.is_visited(&1));
        assert!(met.visit(0));
        graph.reset_map(&mut met);
        assert!(!met.is_visited(&0) && met.visit(1));
    }
}
