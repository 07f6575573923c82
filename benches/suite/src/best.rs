//! Peers of the resolver: petgraph as its documentation has it, and the best possible pass.

use std::collections::HashMap;

use petgraph::algo::{tarjan_scc, toposort};
use petgraph::graph::{DiGraph, NodeIndex};
use plugstate::{Declaration, Target};
use rustc_hash::FxHashMap;

/// The names that a plugin depends on.
pub fn named(declaration: &Declaration) -> impl Iterator<Item = &str> {
    declaration.dependencies().iter().filter_map(|dependency| match &dependency.target {
        Target::Named(id) | Target::Typed(id, _) => Some(id.as_str()),
        Target::Capability(_) => None,
    })
}

/// A graph of petgraph from names with the standard library's map; edges point at dependents.
pub fn digraph(declarations: &[Declaration]) -> DiGraph<&str, ()> {
    let mut graph = DiGraph::new();
    let mut nodes: HashMap<&str, NodeIndex> = HashMap::new();
    for declaration in declarations {
        let name = declaration.id().as_str();
        nodes.insert(name, graph.add_node(name));
    }
    for declaration in declarations {
        let to = nodes[declaration.id().as_str()];
        for name in named(declaration) {
            if let Some(&from) = nodes.get(name) {
                graph.add_edge(from, to, ());
            }
        }
    }
    graph
}

/// An order, as `petgraph` gives it: not canonical, and no reasons where there is none.
pub fn toposorted(declarations: &[Declaration]) -> Vec<&str> {
    let graph = digraph(declarations);
    let order = toposort(&graph, None).expect("there is no cycle");
    order.into_iter().map(|node| graph[node]).collect()
}

/// The components that hold a cycle, as `petgraph` gives them. It recurses.
pub fn tarjan(declarations: &[Declaration]) -> usize {
    cyclic(&digraph(declarations))
}

/// The same from a graph that is there.
pub fn cyclic(graph: &DiGraph<&str, ()>) -> usize {
    tarjan_scc(graph).iter().filter(|component| component.len() > 1).count()
}

/// The least work that leads from names to the canonical order: names interned by a fast hash, sorted
/// by a key of eight bytes, compressed rows, Kahn by levels, a counting sort. Nothing is checked, no
/// requirement is read, nothing but the order comes out, and there must be no cycle.
pub fn order(declarations: &[Declaration]) -> Vec<u32> {
    let count = declarations.len();
    let mut numbers: FxHashMap<&str, u32> = FxHashMap::default();
    numbers.reserve(count);
    for (arrival, declaration) in (0..).zip(declarations) {
        numbers.insert(declaration.id().as_str(), arrival);
    }
    let mut keyed: Vec<(u64, u32)> = (0..count as u32)
        .map(|at| {
            let name = declarations[at as usize].id().as_str().as_bytes();
            // Generated names differ behind a prefix of seven bytes only; real ones at once.
            let name = name.strip_prefix(b"plugin-").unwrap_or(name);
            let mut key = [0; 8];
            let length = name.len().min(8);
            key[..length].copy_from_slice(&name[..length]);
            (u64::from_be_bytes(key), at)
        })
        .collect();
    let text = |at: u32| declarations[at as usize].id().as_str();
    keyed.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| text(a.1).cmp(text(b.1))));
    let mut rank = vec![0u32; count];
    for (plugin, &(_, at)) in (0..).zip(&keyed) {
        rank[at as usize] = plugin;
    }

    // Rows from a dependency to its dependents, filled by a counting sort.
    let edges: usize =
        declarations.iter().map(|declaration| declaration.dependencies().len()).sum();
    let mut targets: Vec<(u32, u32)> = Vec::with_capacity(edges);
    let mut starts = vec![0u32; count + 1];
    let mut waits = vec![0u32; count];
    for (arrival, declaration) in declarations.iter().enumerate() {
        let from = rank[arrival];
        for name in named(declaration) {
            if let Some(&to) = numbers.get(name) {
                let to = rank[to as usize];
                targets.push((to, from));
                starts[to as usize + 1] += 1;
                waits[from as usize] += 1;
            }
        }
    }
    for at in 0..count {
        starts[at + 1] += starts[at];
    }
    let mut next = starts.clone();
    let mut rows = vec![0u32; targets.len()];
    for (to, from) in targets {
        let slot = &mut next[to as usize];
        rows[*slot as usize] = from;
        *slot += 1;
    }

    // Level by level; the number of a plugin's level takes the place of what it waits for.
    let mut queue: Vec<u32> = (0..count as u32).filter(|&at| waits[at as usize] == 0).collect();
    queue.reserve(count - queue.len());
    let mut levels = Vec::new();
    let mut head = 0;
    while head < queue.len() {
        let whole = head..queue.len();
        head = whole.end;
        for at in whole.clone() {
            let plugin = queue[at] as usize;
            waits[plugin] = levels.len() as u32;
            for &dependent in &rows[starts[plugin] as usize..starts[plugin + 1] as usize] {
                let waits = &mut waits[dependent as usize];
                *waits -= 1;
                if *waits == 0 {
                    queue.push(dependent);
                }
            }
        }
        levels.push(whole.start as u32);
    }
    assert_eq!(queue.len(), count, "there is no cycle");
    for plugin in 0..count {
        let slot = &mut levels[waits[plugin] as usize];
        queue[*slot as usize] = keyed[plugin].1;
        *slot += 1;
    }
    queue
}
