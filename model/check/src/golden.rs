//! The golden table: from each state in which nothing is under way, each operation with each outcome
//! of its hooks.
//!
//! The table is text that a person can read and a test can replay; `model/README.md` describes it. Of
//! a boot and a shutdown, whose hooks interleave, it has the serial run; all other runs are walked
//! here, and each must end where the serial run with the same outcomes ends.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::Path;

use tla_checker::ast::{State, Value};

use crate::spec;
use crate::steps::{Deed, Hook, Step, is_due, is_quiet, steps};
use crate::walk::{Walk, action, ask_one, field, items, members, number, text, truth};

const NAMES: [&str; 4] = ["", "a", "b", "c"];

/// What was seen on the way through the spec.
pub struct Table {
    pub text: String,
    /// How many distinct states there are, those within operations too.
    pub states: usize,
    pub lines: usize,
}

/// Writes the table of a configuration, or compares it with the one that is committed.
pub fn run(config: &str, write: bool) -> Result<(), String> {
    let directory = spec::directory();
    let Table { text, states, lines } = table(&directory, config, None)?;
    let path = directory.join("golden").join(config).with_extension("txt");
    if write {
        fs::write(&path, &text).map_err(|error| format!("{}: {error}", path.display()))?;
        println!("{config}: {lines} lines of {states} states written");
        return Ok(());
    }
    let committed =
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    compare(config, &committed, &text)?;
    // What this program does not know of the spec it would pass over.
    let (pinned, _) = spec::pinned(&directory, config)?;
    if states != pinned {
        return Err(format!("{config}: {states} states were walked, and there are {pinned}"));
    }
    println!("{config}: {lines} lines of {states} states, as they are committed");
    Ok(())
}

/// Prints the table of one suite of a configuration, or says which suites there are.
pub fn print(config: &str, suite: usize) -> Result<(), String> {
    let table = table(&spec::directory(), config, Some(suite))?;
    print!("{}", table.text);
    eprintln!("{config}, suite {suite}: {} lines of {} states", table.lines, table.states);
    Ok(())
}

/// Says where two tables differ first.
fn compare(config: &str, committed: &str, walked: &str) -> Result<(), String> {
    if committed == walked {
        return Ok(());
    }
    let (mut suite, mut state) = ("", "");
    let mut walked = walked.lines();
    for (at, line) in committed.lines().enumerate() {
        let now = walked.next().unwrap_or("nothing more");
        if line != now {
            return Err(format!(
                "model/golden of {config} is not what the spec says, first in line {}\n{suite}\n\
                 {state}\nthe table: {line}\nthe spec:  {now}\nIf the spec is right: \
                 scripts/model-check --golden --write",
                at + 1
            ));
        }
        match line {
            _ if line.starts_with("suite") => suite = line,
            _ if line.starts_with("state") => state = line,
            _ => {}
        }
    }
    Err(format!("model/golden of {config} has too few lines"))
}

/// Walks the suites of a configuration, or one of them.
pub fn table(directory: &Path, config: &str, only: Option<usize>) -> Result<Table, String> {
    let mut walk = Walk::new(directory, config)?;
    let mut table = Table { text: String::new(), states: 0, lines: 0 };
    let initial = walk.initial()?;
    if only.is_some_and(|only| only >= initial.len()) {
        return Err(format!("{config} has {} suites, numbered from 0", initial.len()));
    }
    for (number, first) in initial.into_iter().enumerate() {
        if only.is_none_or(|only| only == number) {
            Suite::new(&mut walk, first).write(&mut table)?;
        }
    }
    Ok(table)
}

/// One way through an operation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    /// The hooks, the deeds of the manager and the verdicts of the policy.
    steps: Vec<String>,
    end: usize,
    fails: bool,
}

/// What each hook that has been called has returned.
type Outcomes = BTreeMap<String, bool>;

/// A suite on its way through the spec.
struct Suite<'w> {
    walk: &'w mut Walk,
    plugins: usize,
    /// The states in which nothing is under way, as they were found.
    quiet: Vec<State>,
    numbers: HashMap<State, usize>,
    /// The hashes of all states.
    seen: HashSet<u64>,
}

impl<'w> Suite<'w> {
    fn new(walk: &'w mut Walk, first: State) -> Self {
        let plugins = items(walk.variable("now", &first)).len();
        let mut suite = Suite {
            walk,
            plugins,
            quiet: Vec::new(),
            numbers: HashMap::new(),
            seen: HashSet::new(),
        };
        suite.number(first);
        suite
    }

    fn write(mut self, table: &mut Table) -> Result<(), String> {
        let mut say = |line: String| {
            table.text.push_str(&line);
            table.text.push('\n');
        };
        say(format!("suite {}", self.declared()));
        let asked = self.walk.says("Asked", &self.quiet[0])?;
        let mut at = 0;
        while let Some(state) = self.quiet.get(at).cloned() {
            say(format!("state {at}: {}", self.describe(&state)));
            for op in members(&asked).into_iter().map(text) {
                let on_all = ["enable_all", "enable_all_strict", "shutdown"].contains(&op);
                for plugin in if on_all { 0..=0 } else { 1..=self.plugins } {
                    let lines = self.operation(&state, op, plugin)?;
                    table.lines += lines.len();
                    lines.into_iter().for_each(&mut say);
                }
            }
            at += 1;
        }
        table.states += self.seen.len();
        Ok(())
    }

    /// All lines of one operation from one state.
    fn operation(&mut self, from: &State, op: &str, plugin: usize) -> Result<Vec<String>, String> {
        let name = format!("{op} {}", NAMES[plugin]).trim_end().to_owned();
        let ask = match op {
            "enable_all" => action("EnableAll"),
            "enable_all_strict" => action("EnableStrict"),
            "shutdown" => action("Shutdown"),
            _ => ask_one(op, plugin),
        };
        let begun = self.walk.after(&ask, from)?;
        let refused = self.is_refused(from, op, plugin)?;
        let mut ways = BTreeSet::new();
        for start in &begun {
            if refused {
                return Err(format!("{name} is refused, and begins, in {}", self.describe(from)));
            }
            if is_quiet(self.walk, start) {
                // Only a restart that cannot even begin asks the policy.
                let fails = op == "restart";
                let verdict = || words(Deed::Verdict(is_due(self.walk, start, plugin)));
                let steps = fails.then(verdict).into_iter().collect();
                let end = self.number(start.clone());
                ways.insert(Way { steps, end, fails });
                continue;
            }
            let mut order = items(&self.walk.says("Canonical", start)?).to_vec();
            if op == "shutdown" {
                order.reverse();
            }
            let order: Vec<_> = order.iter().map(number).collect();
            let mut serial = Vec::new();
            self.follow(start, &order, Vec::new(), &mut serial)?;
            self.interleave(&name, start, &serial)?;
            ways.extend(serial);
        }
        let mut lines: Vec<_> = ways.iter().map(|way| way.line(&name)).collect();
        if refused {
            lines.push(format!("{name}: refused"));
        } else if lines.is_empty() && op != "restart" {
            // A restart of what is not due is no operation at all.
            lines.push(format!("{name}: -> {}", self.numbers[from]));
        }
        Ok(lines)
    }

    fn is_refused(&mut self, state: &State, op: &str, plugin: usize) -> Result<bool, String> {
        if plugin == 0 {
            let refused = self.walk.says("RefusedAll", state)?;
            return Ok(members(&refused).into_iter().any(|refused| text(refused) == op));
        }
        let refused = self.walk.says("Refused", state)?;
        let mut pairs = members(&refused).into_iter().map(items);
        Ok(pairs.any(|pair| text(&pair[0]) == op && number(&pair[1]) == plugin))
    }

    /// Follows an operation to all its ends. Where hooks could run at the same time, the first plugin
    /// of `order` goes first, to its end.
    fn follow(
        &mut self,
        state: &State,
        order: &[usize],
        steps: Vec<String>,
        ways: &mut Vec<Way>,
    ) -> Result<(), String> {
        let mut moves = self.moves(state)?;
        let first = (moves.iter())
            .filter_map(|(step, _)| match step {
                Step::Starts(hook) => order.iter().position(|at| *at == hook.plugin),
                _ => None,
            })
            .min();
        let is_running = moves.iter().any(|(step, _)| matches!(step, Step::Ends(..)));
        moves.retain(|(step, _)| match step {
            Step::Starts(hook) => {
                !is_running && order.iter().position(|at| *at == hook.plugin) == first
            }
            _ => true,
        });
        if moves.is_empty() {
            return Err(format!("the spec goes no further than {state:?}"));
        }
        for (step, next) in moves {
            let mut steps = steps.clone();
            match step {
                Step::Starts(_) => {}
                Step::Ends(hook, true) => steps.push(name_of(&hook)),
                Step::Ends(hook, false) => steps.push(format!("{}!", name_of(&hook))),
                Step::Deeds(deeds) => steps.extend(deeds.into_iter().map(words)),
            }
            if is_quiet(self.walk, &next) {
                let fails = truth(&self.walk.says("Fails", state)?);
                ways.push(Way { steps, end: self.number(next), fails });
            } else {
                self.follow(&next, order, steps, ways)?;
            }
        }
        Ok(())
    }

    /// Walks an operation in every order of its hooks: each run must end where the serial run ends in
    /// which the same hooks were called and failed.
    fn interleave(&mut self, name: &str, start: &State, serial: &[Way]) -> Result<(), String> {
        let mut ends: BTreeMap<Outcomes, BTreeSet<usize>> = BTreeMap::new();
        if !["boot", "stop", "clear"].contains(&text(field(self.walk.variable("job", start), "op")))
        {
            return Ok(());
        }
        let mut met = HashSet::from([(start.clone(), Outcomes::new())]);
        let mut open = VecDeque::from([(start.clone(), Outcomes::new())]);
        while let Some((state, outcomes)) = open.pop_front() {
            for (step, next) in self.moves(&state)? {
                let mut outcomes = outcomes.clone();
                if let Step::Ends(hook, well) = step
                    && outcomes.insert(name_of(&hook), well).is_some()
                {
                    return Err(format!("{name} calls {} twice", name_of(&hook)));
                }
                if is_quiet(self.walk, &next) {
                    let end = self.number(next);
                    ends.entry(outcomes).or_default().insert(end);
                } else if met.insert((next.clone(), outcomes.clone())) {
                    open.push_back((next, outcomes));
                }
            }
        }
        let serial: BTreeMap<Outcomes, BTreeSet<usize>> =
            serial.iter().map(|way| (way.outcomes(), BTreeSet::from([way.end]))).collect();
        if ends == serial {
            return Ok(());
        }
        Err(format!("{name} depends on the order of its hooks, from {}", self.describe(start)))
    }

    /// The steps that an operation can make from a state within it.
    fn moves(&mut self, state: &State) -> Result<Vec<(Step, State)>, String> {
        self.see(state);
        steps(self.walk, state)
    }

    fn see(&mut self, state: &State) {
        let mut hasher = DefaultHasher::new();
        state.hash(&mut hasher);
        self.seen.insert(hasher.finish());
    }

    /// The number of a state in which nothing is under way.
    fn number(&mut self, state: State) -> usize {
        self.see(&state);
        let next = self.quiet.len();
        *self.numbers.entry(state.clone()).or_insert_with(|| {
            self.quiet.push(state);
            next
        })
    }

    /// The plugins and their edges, in words.
    fn declared(&self) -> String {
        let suite = self.walk.variable("suite", &self.quiet[0]);
        let mut edges = Vec::new();
        for (kind, word) in [("req", "requires"), ("opt", "wants"), ("cap", "needs one of")] {
            for (plugin, others) in items(field(suite, kind)).iter().enumerate() {
                let others = names(others);
                if !others.is_empty() {
                    edges.push(format!("{} {word} {others}", NAMES[plugin + 1]));
                }
            }
        }
        let plugins = NAMES[1..=self.plugins].join(" ");
        format!(
            "{plugins}: {}",
            if edges.is_empty() { "no edges".to_owned() } else { edges.join("; ") }
        )
    }

    /// A state in which nothing is under way, in words.
    fn describe(&self, state: &State) -> String {
        let variable = |name| self.walk.variable(name, state);
        let mut words = Vec::new();
        let all = NAMES[1..=self.plugins].iter().enumerate();
        for (at, name) in all.clone() {
            let of = |value: &'_ Value| items(&items(value)[at])[0].clone();
            let (phase, loads) = (of(variable("life")), of(variable("loads")));
            let phase = text(&phase).to_owned();
            let mark = if phase == "Failed" && number(&loads) > 0 { "*" } else { "" };
            words.push(format!("{name} {phase}{mark}"));
        }
        for (at, name) in all {
            let bound = number(&items(variable("bound"))[at]);
            if bound > 0 {
                words.push(format!("{name} uses {}", NAMES[bound]));
            }
        }
        for plugin in members(variable("due")) {
            words.push(format!("{} is due", NAMES[number(plugin)]));
        }
        for (plugin, stopped) in items(variable("stopped")).iter().enumerate() {
            let stopped = names(stopped);
            if !stopped.is_empty() {
                words.push(format!("{} holds {stopped}", NAMES[plugin + 1]));
            }
        }
        words.join(", ")
    }
}

fn names(plugins: &Value) -> String {
    let names: Vec<_> = members(plugins).into_iter().map(|at| NAMES[number(at)]).collect();
    names.join(" ")
}

/// A hook in the words of the table.
fn name_of(hook: &Hook) -> String {
    let stage = if hook.is_real { &hook.stage } else { "clear" };
    format!("{stage} {}{}", NAMES[hook.plugin], if hook.beside { "'" } else { "" })
}

fn words(deed: Deed) -> String {
    match deed {
        Deed::Replace(plugin) => format!("replace {}", NAMES[plugin]),
        Deed::Break(plugin) => format!("break {}", NAMES[plugin]),
        Deed::Bind(plugin, provider) => format!("bind {} to {}", NAMES[plugin], NAMES[provider]),
        Deed::Verdict(true) => "due".to_owned(),
        Deed::Verdict(false) => "not due".to_owned(),
    }
}

impl Way {
    fn line(&self, operation: &str) -> String {
        let Way { steps, end, fails } = self;
        let steps = steps.join(", ");
        let space = if steps.is_empty() { "" } else { " " };
        format!("{operation}:{space}{steps} -> {end}{}", if *fails { " fails" } else { "" })
    }

    fn outcomes(&self) -> Outcomes {
        let hooks = self.steps.iter().filter(|step| !step.starts_with("bind"));
        hooks.map(|step| (step.trim_end_matches('!').to_owned(), !step.ends_with('!'))).collect()
    }
}
