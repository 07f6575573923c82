//! How long does it take from names and requirements to a canonical order, or to the cycles?

use std::collections::HashMap;

use plugstate::resolve;
use plugstate_benches::inputs::{self, Input};
use plugstate_benches::rounds::{Table, asked, short, timed, with_stack};
use plugstate_benches::{best, search};

fn main() {
    // tarjan_scc recurses: what it needs is lent to it, and to the other side as well.
    with_stack(2 << 30, || {
        toposort();
        best_possible();
        components();
    });
}

fn sizes(sizes: &[usize]) -> &[usize] {
    if short() { &sizes[..1] } else { sizes }
}

fn toposort() {
    let mut table = Table::new("resolve against petgraph's toposort");
    let mut inputs: Vec<Input> = Vec::new();
    inputs.extend(sizes(&[1, 8, 57]).iter().map(|&copies| inputs::deno(copies)));
    inputs.extend(sizes(&[1, 8, 33]).iter().map(|&copies| inputs::npm_without_cycles(copies)));
    let real = inputs.len();
    for &plugins in sizes(&[1_000, 10_000, 100_000]) {
        inputs.extend([inputs::layered(plugins), inputs::chain(plugins), inputs::star(plugins)]);
    }
    for (at, input) in inputs.iter().enumerate().filter(|(_, input)| asked(&input.name)) {
        let clone = || input.declarations.clone();
        assert_eq!(resolve(clone()).order().len(), input.plugins(), "{} is whole", input.name);
        let ours = timed(clone, resolve);
        let theirs = timed(clone, |all| (best::toposorted(&all).len(), all));
        table.compare(&input.name, "toposort", (at < real).then_some(0.8), ours, theirs);
    }
}

fn best_possible() {
    let mut table = Table::new("resolve against the best possible pass");
    for &plugins in sizes(&[1_000, 10_000, 100_000, 1_000_000]) {
        against_best(&mut table, &inputs::layered(plugins));
        if plugins < 1_000_000 {
            against_best(&mut table, &inputs::chain(plugins));
            against_best(&mut table, &inputs::star(plugins));
        }
    }
    for &copies in sizes(&[1, 57]) {
        against_best(&mut table, &inputs::deno(copies));
    }
}

fn against_best(table: &mut Table, input: &Input) {
    if !asked(&input.name) {
        return;
    }
    let clone = || input.declarations.clone();
    let resolution = resolve(clone());
    let order = best::order(&input.declarations);
    let same =
        (resolution.order()).eq(order.iter().map(|&at| input.declarations[at as usize].id()));
    assert!(same, "{}: the same order", input.name);
    let ours = timed(clone, resolve);
    let theirs = timed(clone, |all| (best::order(&all), all));
    table.compare(&input.name, "best possible", 1.25, ours, theirs);
}

fn components() {
    let mut inputs: Vec<Input> = Vec::new();
    inputs.extend(sizes(&[1, 33]).iter().map(|&copies| inputs::npm(copies)));
    for &plugins in sizes(&[1_000, 10_000, 100_000]) {
        inputs.extend([inputs::cycle(plugins), inputs::knots(plugins), inputs::layered(plugins)]);
    }
    inputs.retain(|input| asked(&input.name));
    let mut table =
        Table::new("components and a shortest cycle each against petgraph's tarjan_scc");
    for input in &inputs {
        let rows = rows(input);
        let graph = best::digraph(&input.declarations);
        assert_eq!(rows.cycles().0, best::cyclic(&graph), "{}: as many", input.name);
        let ours = timed(|| (), |()| rows.cycles());
        let theirs = timed(|| (), |()| best::cyclic(&graph));
        table.compare(
            format!("{}, search alone", input.name),
            "tarjan_scc alone",
            0.4,
            ours,
            theirs,
        );
    }
    // The same through the public face, which also numbers, checks, sorts, and words every problem.
    for input in &inputs {
        let clone = || input.declarations.clone();
        let ours = timed(clone, resolve);
        let theirs = timed(clone, |all| (best::tarjan(&all), all));
        table.compare(
            format!("{}, from names", input.name),
            "tarjan_scc from names",
            None,
            ours,
            theirs,
        );
    }
}

/// Rows as the resolver builds them: plugins numbered by name.
fn rows(input: &Input) -> search::Rows {
    let mut names: Vec<&str> = input.declarations.iter().map(|d| d.id().as_str()).collect();
    names.sort_unstable();
    let numbers: HashMap<&str, u32> = names.iter().copied().zip(0..).collect();
    let mut edges: Vec<(u32, u32)> = (input.declarations.iter())
        .flat_map(|declaration| {
            let from = numbers[declaration.id().as_str()];
            best::named(declaration).filter_map(|name| numbers.get(name)).map(move |&to| (from, to))
        })
        .collect();
    edges.sort_unstable();
    edges.dedup();
    search::Rows::new(names.len(), &edges)
}
