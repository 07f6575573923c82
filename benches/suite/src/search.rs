//! The search for components and cycles by itself, built from the very files of the crate: its public
//! face, `resolve`, does more than the peer can.

// Parts of these files are not used here.
#![allow(dead_code)]

#[path = "../../../src/graph/cycle.rs"]
mod cycle;
#[path = "../../../src/graph/dag.rs"]
mod dag;
#[path = "../../../src/graph/scc.rs"]
mod scc;

/// No plugin, no component, no level.
const NONE: u32 = u32::MAX;

/// A graph as the resolver has it when it starts to search.
pub struct Rows(usize, dag::Rows);

impl Rows {
    /// From edges that are sorted and without repetition.
    pub fn new(plugins: usize, edges: &[(u32, u32)]) -> Self {
        Rows(plugins, dag::Rows::from_sorted(edges))
    }

    /// All components that hold a cycle, and a shortest cycle of each: how many, and how long.
    pub fn cycles(&self) -> (usize, usize) {
        let Rows(plugins, rows) = self;
        let components = scc::components(*plugins, rows);
        let mut search = cycle::Search::new(rows, &components);
        let length = components.iter().map(|members| search.shortest(members).path.len()).sum();
        (components.len(), length)
    }
}
