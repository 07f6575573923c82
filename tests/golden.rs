//! The real manager does what the spec says: every line of the golden table, replayed.
//!
//! `model/golden/` holds the table, which `scripts/model-check --golden` compares with the spec. For each
//! state in which nothing is under way, each operation and each outcome of its hooks, the manager is
//! brought to that state and told to do the operation: the hooks that it calls, what the journal tells,
//! the answer and the state in which it ends must be those of the table.

mod support;

#[path = "golden/machine.rs"]
mod machine;
#[path = "golden/table.rs"]
mod table;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use machine::{Machine, Seen, parts, schedule};
use plugstate::{Error, Outcome, Phase, Report, Stage};
use support::Fault;
use table::{Line, Suite, or_nothing};

const SMALL: &str = include_str!("../model/golden/Small.txt");
const REBIND: &str = include_str!("../model/golden/Rebind.txt");

/// What of a state can be told from outside: nobody asks who comes back with a plugin that has not
/// failed, or whether one that runs already will.
fn visible(state: &str) -> String {
    let facts: Vec<&str> = state.split(", ").collect();
    let is = |plugin: &str, phases: &[&str]| {
        phases.iter().any(|phase| facts.contains(&&*format!("{plugin} {phase}")))
    };
    let failed = |plugin: &str| is(plugin, &["Failed", "Failed*"]);
    let shown = facts.iter().filter_map(|fact| {
        if let Some(plugin) = fact.strip_suffix(" is due") {
            return failed(plugin).then(|| (*fact).to_owned());
        }
        if let Some((plugin, held)) = fact.split_once(" holds ") {
            let held: Vec<_> =
                held.split(' ').filter(|held| is(held, &["Disabled", "Configured"])).collect();
            let shown = failed(plugin) && !held.is_empty();
            return shown.then(|| format!("{plugin} holds {}", held.join(" ")));
        }
        Some((*fact).to_owned())
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// Where what was seen differs from a line, in words.
fn difference(suite: &Suite, line: &Line, seen: &Seen, in_order: bool) -> Option<String> {
    let by_plugin = |steps: &mut Vec<String>| {
        if !in_order {
            steps.sort_by_key(|step| {
                step.split(' ').nth(1).map(|of| of.trim_matches(['\'', '!']).to_owned())
            });
        }
    };
    let mut expected = line.told();
    let (mut told, mut hooks) = (seen.told.clone(), seen.hooks.clone());
    let mut called: Vec<String> = line.hooks().map(|hook| hook.replace('\'', "")).collect();
    [&mut expected, &mut told, &mut hooks, &mut called].into_iter().for_each(by_plugin);
    if told != expected {
        let (said, did) = (or_nothing(&expected), or_nothing(&told));
        return Some(format!("the steps are\n  {said}, and were\n  {did}"));
    }
    if hooks != called {
        let (said, did) = (or_nothing(&called), or_nothing(&hooks));
        return Some(format!("the hooks are\n  {said}, and the plugins saw\n  {did}"));
    }
    let end = &suite.states[line.end()];
    let planned = end.contains(" is due");
    let end = visible(end);
    if seen.state != end {
        return Some(format!("the end is\n  {end}, and was\n  {}", seen.state));
    }
    if seen.planned != planned {
        let planned = if planned { "a restart" } else { "no restart" };
        return Some(format!("{planned} is planned at the end"));
    }
    let Some(answer) = &line.answer else {
        return match &seen.result {
            Ok(_) => Some("it was not refused".to_owned()),
            Err(Error::Hook(failure)) => Some(format!("it was not refused, but {failure}")),
            Err(_) => None,
        };
    };
    let bad: BTreeSet<(Stage, &str)> =
        line.hooks().filter(|hook| hook.ends_with('!')).map(parts).collect();
    match &seen.result {
        Ok(_) if answer.fails => Some("it fails, and did not".to_owned()),
        Err(error) if !answer.fails => Some(format!("it succeeds, and did not: {error}")),
        Err(Error::Hook(failure)) => {
            let named = (failure.stage(), failure.plugin().as_str());
            (!bad.contains(&named)).then(|| format!("another hook has failed: {failure}"))
        }
        Err(Error::Shutdown(report)) => blamed(line, &bad, report, &end),
        // A restart that cannot even begin.
        Err(Error::DependencyFailed { .. }) if bad.is_empty() => None,
        Err(error) => Some(format!("it fails for another reason: {error}")),
        Ok(None) => None,
        Ok(Some(report)) => blamed(line, &bad, report, &end),
    }
}

/// Whether a report calls those failed that have failed.
fn blamed(
    line: &Line,
    bad: &BTreeSet<(Stage, &str)>,
    report: &Report,
    end: &str,
) -> Option<String> {
    let mut expected: BTreeSet<&str> = bad.iter().map(|(_, plugin)| *plugin).collect();
    let mut failed: BTreeSet<&str> = (report.iter())
        .filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_)))
        .map(|(id, _)| id.as_str())
        .collect();
    match &*line.operation {
        "fault" => drop(expected.insert(&line.plugin)),
        // That the old instance could not stop is on the plugin's record; the new one is well.
        "reload" | "retry" | "restart" => drop(expected.remove(&*line.plugin)),
        // Everything is to be enabled: what is not has failed, now or before, or is blocked.
        "enable_all" => {
            expected = (end.split(", ").filter_map(|fact| fact.split_once(' ')))
                .filter(|(_, phase)| Phase::ALL.iter().any(|known| phase.starts_with(known.name())))
                .filter(|(_, phase)| *phase != "Enabled")
                .map(|(plugin, _)| plugin)
                .collect();
            failed = report.troubles().map(|(id, _)| id.as_str()).collect();
        }
        _ => {}
    }
    (failed != expected).then(|| format!("failed have {expected:?}, and the report has {failed:?}"))
}

/// Which failures a line is replayed with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kinds {
    /// Once with errors, and once with panics.
    Both,
    /// One line with errors, the next with panics.
    InTurn,
}

/// Replays lines of the table, and answers how many there were.
fn replay(text: &str, threads: usize, kinds: Kinds, of: impl Fn(&Line) -> bool) -> usize {
    let mut replayed = 0;
    for suite in Suite::read(text) {
        let ways = suite.ways();
        for (number, kind) in [Fault::Error, Fault::Panic].into_iter().enumerate() {
            let mut left: BTreeMap<usize, VecDeque<&Line>> = BTreeMap::new();
            for (at, line) in suite.lines.iter().enumerate().filter(|(_, line)| of(line)) {
                let fails = line.hooks().any(|hook| hook.ends_with('!'));
                let now = match kinds {
                    Kinds::Both => number == 0 || fails,
                    Kinds::InTurn => at % 2 == number,
                };
                if now {
                    left.entry(line.from).or_default().push_back(line);
                    replayed += 1;
                }
            }
            while let Some((&start, _)) = left.first_key_value() {
                let known = ways[start].iter().map(|&at| &suite.lines[at]);
                follow(&suite, threads, kind, &whole_way(known.collect(), &mut left));
            }
        }
    }
    replayed
}

/// The way to a state, and on from there through lines that are left, which are taken.
///
/// A manager that goes on has a longer history than the spec knows of, and it must not matter.
fn whole_way<'s>(
    mut way: Vec<&'s Line>,
    left: &mut BTreeMap<usize, VecDeque<&'s Line>>,
) -> Vec<&'s Line> {
    let known = way.len();
    loop {
        let at = way.last().map_or(0, |line| line.end());
        // A restart takes a schedule from the first fault on, which is simple only for one.
        let is_first = way.len() == known;
        let next = left.get_mut(&at).and_then(|lines| {
            let place = lines.iter().position(|line| is_first || line.operation != "restart")?;
            lines.remove(place)
        });
        left.retain(|_, lines| !lines.is_empty());
        match next {
            Some(line) if way.len() < known + 40 => way.push(line),
            Some(line) => {
                left.entry(at).or_default().push_front(line);
                return way;
            }
            None => return way,
        }
    }
}

/// Has a new manager do what the lines say, one after the other, and compares each.
fn follow(suite: &Suite, threads: usize, kind: Fault, way: &[&Line]) {
    let machine = Machine::new(suite, threads);
    for (at, (line, &when)) in way.iter().zip(&schedule(way)).enumerate() {
        let in_order = threads == 1 || !line.is_bulk();
        if !in_order {
            together(&machine, suite, line);
        }
        let seen = machine.run(line, when, kind);
        if let Some(difference) = difference(suite, line, &seen, in_order) {
            panic!("{}", words(suite, &way[..=at], kind, &difference));
        }
    }
}

/// Has hooks of two plugins run at the same time, if there are two that do not depend on each other.
fn together(machine: &Machine<'_>, suite: &Suite, line: &Line) {
    let mut firsts: Vec<(Stage, &str)> = Vec::new();
    for (stage, plugin) in line.hooks().map(parts) {
        let depends = |edge: &table::Edge, one: &str, other: &str| {
            edge.plugin == one && edge.others.iter().any(|at| at == other)
        };
        let is_free = firsts.iter().all(|&(_, first)| {
            first != plugin
                && !suite
                    .edges
                    .iter()
                    .any(|edge| depends(edge, first, plugin) || depends(edge, plugin, first))
        });
        if is_free {
            firsts.push((stage, plugin));
        }
    }
    if let [(one, first), (other, second), ..] = firsts[..]
        && one == other
    {
        machine.meet((first, one), (second, other));
    }
}

/// A difference as a story.
fn words(suite: &Suite, way: &[&Line], kind: Fault, difference: &str) -> String {
    let (last, before) = way.split_last().expect("a way has a last step");
    let mut story = format!("{}\nFrom: {}\n", suite.title, suite.states[0]);
    for step in before {
        story.push_str(&format!("after {}\n", suite.words(step)));
    }
    format!(
        "{story}the table has {}\nwith {kind:?} for what fails, but {difference}",
        suite.words(last)
    )
}

/// Everything with both kinds of failure, where there is time for it.
fn thorough() -> Kinds {
    if std::env::var_os("PLUGSTATE_LONG").is_some() { Kinds::Both } else { Kinds::InTurn }
}

#[test]
fn two_plugins_do_what_the_spec_says() {
    let lines = replay(SMALL, 1, Kinds::Both, |_| true);
    // Pinned, so that none of this can shrink unseen.
    assert_eq!(lines, 14_627);
}

#[test]
fn a_capability_with_two_providers_is_what_the_spec_says() {
    let lines = replay(REBIND, 1, thorough(), |_| true);
    assert_eq!(lines, if thorough() == Kinds::Both { 29_787 } else { 18_369 });
}

#[test]
fn several_threads_do_what_the_spec_says() {
    for threads in [2, 8] {
        assert_eq!(replay(SMALL, threads, Kinds::InTurn, Line::is_bulk), 1_277);
        assert_eq!(replay(REBIND, threads, Kinds::InTurn, Line::is_bulk), 1_516);
    }
}

/// A table that is too large to be committed: `plugstate-model golden --suite 5 Large.cfg` writes one.
/// `PLUGSTATE_GOLDEN` says where it is.
#[test]
fn a_table_of_your_own_is_what_the_spec_says() {
    let Some(path) = std::env::var_os("PLUGSTATE_GOLDEN") else { return };
    let table = std::fs::read_to_string(&path).expect("PLUGSTATE_GOLDEN is a file");
    let lines = replay(&table, 1, thorough(), |_| true);
    println!("{lines} lines, no difference");
}
