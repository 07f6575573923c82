//! The golden table as it is written: suites, states, and what comes of each operation.

#![allow(unreachable_pub, reason = "a test has no outside")]

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// A suite, with all its states and operations.
#[derive(Debug)]
pub struct Suite {
    /// Its first line.
    pub title: String,
    pub plugins: Vec<String>,
    pub edges: Vec<Edge>,
    /// The states in which nothing is under way, by number, in words.
    pub states: Vec<String>,
    pub lines: Vec<Line>,
}

#[derive(Clone, Debug)]
pub struct Edge {
    pub plugin: String,
    pub kind: Kind,
    /// One plugin, or those of which any will do.
    pub others: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Requires,
    Wants,
    NeedsOneOf,
}

/// An operation from one state, with one outcome of each of its hooks.
#[derive(Debug)]
pub struct Line {
    pub from: usize,
    /// `enable`, or `enable_all`.
    pub operation: String,
    /// Whom it is about; empty if everybody.
    pub plugin: String,
    /// What comes of it; `None` if it is refused.
    pub answer: Option<Answer>,
}

#[derive(Debug)]
pub struct Answer {
    /// Hooks, deeds of the manager and verdicts of the policy.
    pub steps: Vec<String>,
    pub end: usize,
    pub fails: bool,
}

impl Suite {
    /// Reads a table.
    pub fn read(text: &str) -> Vec<Suite> {
        let mut suites: Vec<Suite> = Vec::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(declared) = line.strip_prefix("suite ") {
                suites.push(Suite::declared(declared));
                continue;
            }
            let suite = suites.last_mut().expect("a suite comes first");
            if let Some(state) = line.strip_prefix("state ") {
                let (number, words) = state.split_once(": ").expect("a state has a number");
                assert_eq!(number, suite.states.len().to_string());
                suite.states.push(words.to_owned());
            } else {
                suite.lines.push(Line::read(suite.states.len() - 1, line));
            }
        }
        suites
    }

    fn declared(words: &str) -> Suite {
        let list = |words: &str| words.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let (plugins, edges) = words.split_once(": ").expect("plugins and edges");
        let edge = |words: &str| {
            let (plugin, rest) = words.split_once(' ').expect("an edge has a plugin");
            let kinds = [
                ("requires ", Kind::Requires),
                ("wants ", Kind::Wants),
                ("needs one of ", Kind::NeedsOneOf),
            ];
            let found = kinds.iter().find_map(|(word, kind)| {
                Some(Edge {
                    plugin: plugin.to_owned(),
                    kind: *kind,
                    others: list(rest.strip_prefix(word)?),
                })
            });
            found.unwrap_or_else(|| panic!("what is {words:?}?"))
        };
        let edges = match edges {
            "no edges" => Vec::new(),
            edges => edges.split("; ").map(edge).collect(),
        };
        let title = format!("suite {words}");
        Suite { title, plugins: list(plugins), edges, states: Vec::new(), lines: Vec::new() }
    }

    /// For each state, the lines that lead there from the first: as few restarts as can be, for those
    /// take a schedule, and few steps.
    pub fn ways(&self) -> Vec<Vec<usize>> {
        let mut ways: Vec<Option<Vec<usize>>> = vec![None; self.states.len()];
        let mut from: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, line) in self.lines.iter().enumerate() {
            from.entry(line.from).or_default().push(at);
        }
        let mut open = BinaryHeap::from([Reverse((0, 0, Vec::new()))]);
        while let Some(Reverse((cost, state, way))) = open.pop() {
            if ways[state].is_some() {
                continue;
            }
            for &at in from.get(&state).into_iter().flatten() {
                let line = &self.lines[at];
                if let Some(answer) = &line.answer {
                    let cost = cost + if line.operation == "restart" { 100 } else { 1 };
                    let way = [&way[..], &[at]].concat();
                    open.push(Reverse((cost, answer.end, way)));
                }
            }
            ways[state] = Some(way);
        }
        ways.into_iter().map(|way| way.expect("every state can be reached")).collect()
    }

    /// An operation in words, with what is to happen in it.
    pub fn words(&self, line: &Line) -> String {
        let name = line.name();
        match &line.answer {
            None => format!("{name}: refused"),
            Some(Answer { steps, end, fails }) => {
                let fails = if *fails { ", and an error" } else { "" };
                let end = &self.states[*end];
                format!("{name}: {}; then {end}{fails}", or_nothing(steps))
            }
        }
    }
}

pub fn or_nothing(steps: &[String]) -> String {
    if steps.is_empty() { "no hook".to_owned() } else { steps.join(", ") }
}

impl Line {
    fn read(from: usize, line: &str) -> Line {
        let (name, answer) = line.split_once(':').expect("an operation and what comes of it");
        let (operation, plugin) = name.split_once(' ').unwrap_or((name, ""));
        let answer = answer.trim_start();
        let answer = (answer != "refused").then(|| {
            let (steps, end) = answer.split_once("-> ").expect("it ends in a state");
            let fails = end.ends_with(" fails");
            let end = end.trim_end_matches(" fails").parse().expect("the number of a state");
            let steps = steps.trim_end().split(", ").filter(|step| !step.is_empty());
            Answer { steps: steps.map(str::to_owned).collect(), end, fails }
        });
        Line { from, operation: operation.to_owned(), plugin: plugin.to_owned(), answer }
    }

    pub fn name(&self) -> String {
        format!("{} {}", self.operation, self.plugin).trim_end().to_owned()
    }

    /// The number of the state in which it ends.
    pub fn end(&self) -> usize {
        self.answer.as_ref().map_or(self.from, |answer| answer.end)
    }

    /// Whether hooks of several plugins can run at the same time.
    pub fn is_bulk(&self) -> bool {
        ["enable_all", "shutdown"].contains(&&*self.operation)
    }

    pub fn steps(&self) -> &[String] {
        self.answer.as_ref().map_or(&[], |answer| &answer.steps)
    }

    /// The hooks that are really called, in order.
    pub fn hooks(&self) -> impl Iterator<Item = &str> {
        let deeds = ["replace", "break", "bind", "clear", "due", "not"];
        let is_hook = move |step: &&str| !deeds.contains(&step.split(' ').next().unwrap());
        self.steps().iter().map(String::as_str).filter(is_hook)
    }

    /// What the journal has of it, in order.
    pub fn told(&self) -> Vec<String> {
        let steps = self.steps().iter().filter(|step| !["due", "not due"].contains(&&***step));
        steps.map(|step| step.replacen("clear", "unload", 1)).collect()
    }

    /// What the restart policy says in it, if it is asked.
    pub fn verdict(&self) -> Option<bool> {
        match self.steps().last().map(String::as_str) {
            Some("due") => Some(true),
            Some("not due") => Some(false),
            _ => None,
        }
    }
}
