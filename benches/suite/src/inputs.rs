//! Graphs: the two real ones, copies of them, and generated ones.

use std::collections::HashMap;

use plugstate::Declaration;

const DENO: &str = include_str!("../../data/deno.tsv");
const NPM: &str = include_str!("../../data/npm.tsv");

/// A graph with a name for the table.
pub struct Input {
    pub name: String,
    pub declarations: Vec<Declaration>,
}

impl Input {
    fn new(name: impl Into<String>, declarations: Vec<Declaration>) -> Self {
        Input { name: name.into(), declarations }
    }

    pub fn plugins(&self) -> usize {
        self.declarations.len()
    }

    pub fn edges(&self) -> usize {
        self.declarations.iter().map(|declaration| declaration.dependencies().len()).sum()
    }
}

/// A number with its thousands set apart, for the table.
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The crates of a large program: no cycles.
pub fn deno(copies: usize) -> Input {
    let declarations = real(DENO, copies, true);
    Input::new(format!("deno × {copies} ({})", count(declarations.len())), declarations)
}

/// The packages of a large web project: eight cycles in each copy. Constraints are npm's and not
/// semver's, so they are left out.
pub fn npm(copies: usize) -> Input {
    let declarations = real(NPM, copies, false);
    Input::new(format!("npm × {copies} ({})", count(declarations.len())), declarations)
}

/// The same without the dependencies that close the cycles, optional ones too: within a component,
/// those that do not point at an earlier line.
pub fn npm_without_cycles(copies: usize) -> Input {
    let once = real(NPM, 1, false);
    let graph = crate::best::digraph(&once);
    let mut component: HashMap<&str, usize> = HashMap::new();
    for (number, nodes) in petgraph::algo::kosaraju_scc(&graph).iter().enumerate() {
        component.extend(nodes.iter().map(|&node| (graph[node], number)));
    }
    let line: HashMap<&str, usize> = once.iter().map(|d| d.id().as_str()).zip(0..).collect();
    let keep = |from: &str, to: &str| component[from] != component[to] || line[to] < line[from];
    let declarations = real_with(NPM, copies, false, keep);
    let name = format!("npm without cycles × {copies} ({})", count(declarations.len()));
    Input::new(name, declarations)
}

fn real(text: &'static str, copies: usize, constraints: bool) -> Vec<Declaration> {
    real_with(text, copies, constraints, |_, _| true)
}

fn real_with(
    text: &'static str,
    copies: usize,
    constraints: bool,
    keep: impl Fn(&str, &str) -> bool,
) -> Vec<Declaration> {
    let names: Vec<&str> = text.lines().filter_map(|line| line.split('\t').next()).collect();
    let mut all = Vec::new();
    for copy in 0..copies {
        // The first copy bears the real names; each has its own strings, as plugins have.
        let name = |plain: &str| match copy {
            0 => plain.to_owned(),
            copy => format!("{plain}+{copy}"),
        };
        for line in text.lines() {
            let mut fields = line.split('\t');
            let plain = fields.next().expect("a name");
            let version = fields.next().expect("a version").to_owned();
            let start = Declaration::new(name(plain), version);
            all.push(fields.fold(start, |declaration, dependency| {
                let (to, constraint) = dependency.split_once(' ').expect("a constraint");
                let target = names[to[1..].parse::<usize>().expect("a line number")];
                if !keep(plain, target) {
                    return declaration;
                }
                let constraint = if constraints { constraint } else { "*" };
                match &to[..1] {
                    "r" => declaration.requires(name(target), constraint),
                    _ => declaration.wants(name(target), constraint),
                }
            }));
        }
    }
    all
}

/// Plugins from edges, in an order of registration that has nothing to do with the graph.
fn generated(what: &str, plugins: usize, edges: impl Fn(usize) -> Vec<usize>) -> Input {
    let name = |at: usize| format!("plugin-{at:07}");
    let mut declarations: Vec<_> = (0..plugins)
        .map(|at| {
            let start = Declaration::new(name(at), "1.0.0");
            edges(at)
                .into_iter()
                .fold(start, |declaration, on| declaration.requires(name(on), "^1.0"))
        })
        .collect();
    let mut random = Random(plugins as u64);
    for at in (1..plugins).rev() {
        declarations.swap(at, random.below(at + 1));
    }
    Input::new(format!("{what} {}", count(plugins)), declarations)
}

/// Ten layers; everybody depends on up to four of the layer below, names scattered over the layers.
pub fn layered(plugins: usize) -> Input {
    let scatter = scattered(plugins);
    let place = |at: usize| scatter[at];
    let mut who = vec![0; plugins];
    (0..plugins).for_each(|at| who[place(at)] = at);
    let width = (plugins / 10).max(1);
    generated("layered", plugins, |at| {
        let place = place(at);
        let layer = place / width;
        if layer == 0 {
            return Vec::new();
        }
        let mut random = Random(place as u64 + 1);
        let mut below: Vec<_> =
            (0..4).map(|_| who[(layer - 1) * width + random.below(width)]).collect();
        below.sort_unstable();
        below.dedup();
        below
    })
}

/// Each depends on the next by number, names scattered along the chain.
pub fn chain(plugins: usize) -> Input {
    let scatter = scattered(plugins);
    let mut who = vec![0; plugins];
    (0..plugins).for_each(|at| who[scatter[at]] = at);
    generated("chain", plugins, |at| {
        scatter[at].checked_sub(1).map(|below| who[below]).into_iter().collect()
    })
}

/// All depend on one.
pub fn star(plugins: usize) -> Input {
    generated("star", plugins, |at| if at == plugins / 2 { vec![] } else { vec![plugins / 2] })
}

/// One cycle through all.
pub fn cycle(plugins: usize) -> Input {
    generated("cycle", plugins, |at| vec![(at + 1) % plugins])
}

/// Knots of sixteen plugins, each knot one component with chords, each on top of the one before.
pub fn knots(plugins: usize) -> Input {
    generated("knots", plugins, |at| {
        let (knot, own) = (at / 16 * 16, at % 16);
        let size = 16.min(plugins - knot);
        let mut on = vec![knot + (own + 1) % size];
        if own % 5 == 0 {
            on.push(knot + (own + 7) % size);
        }
        if knot > 0 {
            on.push(knot - 16 + own);
        }
        on.sort_unstable();
        on.dedup();
        on
    })
}

fn scattered(plugins: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..plugins).collect();
    let mut random = Random(7);
    for at in (1..plugins).rev() {
        places.swap(at, random.below(at + 1));
    }
    places
}

/// The same numbers every time.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit
    }
}
