//! Whether the spec allows a recorded life: JSON Lines, whose first line declares the suite.
//!
//! The events are followed through the spec's state graph, in all states in which it can be: what no
//! event tells (what was asked, what a restart policy said) is left open. `model/README.md` says what a
//! record must have.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value as Json;
use tla_checker::ast::{Expr, State, Value};

use crate::spec;
use crate::steps::{Deed, Step, is_quiet, steps};
use crate::walk::{Walk, action, ask_one, items, text};

/// More states at a time than this are not followed.
const MOST: usize = 20_000;

/// What one event tells.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    /// A hook is called on the instance that is the plugin, or on another.
    Will(String, usize, bool),
    Did(String, usize, bool),
    Failed(String, usize, bool),
    Broke(usize),
    Replaced(usize),
    Bound(usize, usize),
}

/// Says of a record whether the spec allows it.
pub fn run(path: &str) -> Result<(), String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let events = allows(&text).map_err(|error| format!("{path}, {error}"))?;
    println!("{path}: the spec allows it, {events} events");
    Ok(())
}

/// Answers how many events there are.
fn allows(record: &str) -> Result<usize, String> {
    let mut lines = record.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (_, opening) = lines.next().ok_or("it is empty")?;
    let suite = Declared::read(&json(opening).map_err(|error| format!("line 1: {error}"))?)
        .map_err(|error| format!("line 1: {error}"))?;
    let mut trace = Trace::new(&suite)?;
    let mut events = 0;
    for (at, line) in lines {
        let fail = |error| format!("line {}: {error}", at + 1);
        let line = json(line).map_err(fail)?;
        if let Some(phases) = line.get("phases") {
            trace.close(phases).map_err(fail)?;
            continue;
        }
        events += 1;
        if let Some(told) = trace.told(&line).map_err(fail)? {
            trace.follow(&told).map_err(fail)?;
        }
    }
    Ok(events)
}

fn json(line: &str) -> Result<Json, String> {
    serde_json::from_str(line).map_err(|error| error.to_string())
}

/// A suite as the spec has it: plugins are numbered by name, from 1.
struct Declared {
    names: Vec<String>,
    requires: Vec<BTreeSet<usize>>,
    wants: Vec<BTreeSet<usize>>,
    /// Those of which any will do, and the one that it is.
    needs: Vec<(BTreeSet<usize>, usize)>,
}

impl Declared {
    fn read(opening: &Json) -> Result<Self, String> {
        if opening["plugstate"] != 1 || opening["first"] != 0 {
            return Err("a record in version 1 from its first event on is wanted".to_owned());
        }
        let plugins = opening["plugins"].as_array().ok_or("no plugins")?;
        let name = |plugin: &Json| plugin["name"].as_str().unwrap_or_default().to_owned();
        let names: Vec<String> = plugins.iter().map(name).collect();
        if !names.is_sorted() {
            return Err("the plugins are not sorted by name".to_owned());
        }
        let number = |name: &Json| {
            let found = names.iter().position(|known| Some(known.as_str()) == name.as_str());
            found.map(|at| at + 1).ok_or_else(|| format!("there is no plugin {name}"))
        };
        let list = |plugin: &Json, key: &str| -> Result<BTreeSet<usize>, String> {
            plugin[key].as_array().into_iter().flatten().map(number).collect()
        };
        let mut suite =
            Declared { names: names.clone(), requires: vec![], wants: vec![], needs: vec![] };
        for plugin in plugins {
            for key in ["blocked", "phase", "beside"] {
                if plugin.get(key).is_some() {
                    return Err(format!("{}: the spec has no plugin that is {key}", name(plugin)));
                }
            }
            suite.requires.push(list(plugin, "requires")?);
            suite.wants.push(list(plugin, "wants")?);
            let needs = plugin["needs"].as_array().map_or(&[][..], Vec::as_slice);
            suite.needs.push(match needs {
                [] => (BTreeSet::new(), 0),
                [need] if need["optional"] != true => {
                    let provides = |other: &&Json| {
                        let mut provided = other["provides"].as_array().into_iter().flatten();
                        provided.any(|capability| *capability == need["capability"])
                    };
                    let providers =
                        plugins.iter().filter(provides).map(|other| number(&other["name"]));
                    (providers.collect::<Result<_, _>>()?, number(&need["from"])?)
                }
                _ => {
                    return Err(format!(
                        "{}: the spec knows one capability a plugin",
                        name(plugin)
                    ));
                }
            });
        }
        Ok(suite)
    }

    /// The initial state of the spec, with this suite.
    fn first(&self, walk: &Walk) -> Result<State, String> {
        let mut first = walk.initial()?.swap_remove(0);
        let int = |at: &usize| Value::Int(i64::try_from(*at).expect("there are few plugins"));
        let sets = |sets: &mut dyn Iterator<Item = &BTreeSet<usize>>| {
            Value::tuple(sets.map(|set| Value::set(set.iter().map(int).collect())).collect())
        };
        let edges = [
            ("req", sets(&mut self.requires.iter())),
            ("opt", sets(&mut self.wants.iter())),
            ("cap", sets(&mut self.needs.iter().map(|(providers, _)| providers))),
        ];
        let suite = edges.into_iter().map(|(name, edges)| (name.into(), edges)).collect();
        let bound = self.needs.iter().map(|(_, provider)| int(provider)).collect();
        walk.set("suite", &mut first, Value::record(suite));
        walk.set("bound", &mut first, Value::tuple(bound));
        Ok(first)
    }
}

/// A record on its way through the spec.
struct Trace<'s> {
    suite: &'s Declared,
    walk: Walk,
    asks: Vec<Expr>,
    /// Where the spec can be, with what has been done and not yet been told.
    states: Vec<(State, Vec<Told>)>,
    /// The instance that is the plugin, and whether it is gone.
    own: BTreeMap<usize, (u64, bool)>,
    /// The instances whose `unload` has failed: its end is the same step.
    broken: HashSet<(usize, u64)>,
}

impl<'s> Trace<'s> {
    fn new(suite: &'s Declared) -> Result<Self, String> {
        let plugins = suite.names.len();
        static TRACES: AtomicUsize = AtomicUsize::new(0);
        let number = TRACES.fetch_add(1, Ordering::Relaxed);
        let config = format!("plugstate-trace-{}-{number}.cfg", std::process::id());
        let config = std::env::temp_dir().join(config);
        let words = format!(
            "SPECIFICATION Spec\nCONSTANTS\n  N = {plugins}\n  Suites <- RebindSuites\n  \
             Asked <- Everything\nCHECK_DEADLOCK FALSE\n"
        );
        fs::write(&config, words).map_err(|error| error.to_string())?;
        let walk = Walk::new(&spec::directory(), &config.display().to_string());
        let _ = fs::remove_file(&config);
        let mut walk = walk?;
        let first = suite.first(&walk)?;
        let of_one = walk.says("OfOne", &first)?;
        let mut asks: Vec<Expr> = ["EnableAll", "EnableStrict", "Shutdown"].map(action).to_vec();
        for op in crate::walk::members(&of_one).into_iter().map(text) {
            asks.extend((1..=plugins).map(|plugin| ask_one(op, plugin)));
        }
        let states = vec![(first, Vec::new())];
        let own = (1..=plugins).map(|plugin| (plugin, (0, true))).collect();
        Ok(Trace { suite, walk, asks, states, own, broken: HashSet::new() })
    }

    fn plugin(&self, name: &Json) -> Result<usize, String> {
        let found = self.suite.names.iter().position(|known| Some(known.as_str()) == name.as_str());
        found.map(|at| at + 1).ok_or_else(|| format!("there is no plugin {name}"))
    }

    /// What an event tells; nothing if the spec has no such thing.
    fn told(&mut self, event: &Json) -> Result<Option<Told>, String> {
        let plugin = self.plugin(&event["plugin"])?;
        let generation = event["generation"].as_u64().ok_or("no generation")?;
        let kind = event["event"].as_str().ok_or("no event")?;
        let (own, gone) = self.own[&plugin];
        if kind == "WillLoad" && gone {
            self.own.insert(plugin, (generation, false));
        }
        let is_own = self.own[&plugin].0 == generation;
        let hook = |name: &str| (name.to_lowercase(), plugin, is_own);
        Ok(match kind {
            "IsOverdue" => None,
            "DidReplace" => {
                self.own.insert(plugin, (generation, false));
                Some(Told::Replaced(plugin))
            }
            "DidRebind" => Some(Told::Bound(plugin, self.plugin(&event["other"])?)),
            "DidFail" => {
                let stage = event["stage"].as_str().ok_or("no stage")?;
                if stage == "unload" {
                    self.broken.insert((plugin, generation));
                }
                Some(match stage {
                    "run" | "fault" => Told::Broke(plugin),
                    stage => Told::Failed(stage.to_owned(), plugin, is_own),
                })
            }
            _ => {
                if kind == "DidUnload" {
                    if generation == own {
                        self.own.insert(plugin, (own, true));
                    }
                    if self.broken.remove(&(plugin, generation)) {
                        return Ok(None);
                    }
                }
                if let Some(stage) = kind.strip_prefix("Will") {
                    let (stage, plugin, is_own) = hook(stage);
                    Some(Told::Will(stage, plugin, is_own))
                } else if let Some(stage) = kind.strip_prefix("Did") {
                    let (stage, plugin, is_own) = hook(stage);
                    Some(Told::Did(stage, plugin, is_own))
                } else {
                    return Err(format!("there is no event {kind}"));
                }
            }
        })
    }

    /// Goes to where the spec can be when this has been told.
    fn follow(&mut self, told: &Told) -> Result<(), String> {
        let mut next = HashSet::new();
        for (state, owed) in self.silent()? {
            if let Some(at) = owed.iter().position(|owed| owed == told) {
                let mut owed = owed;
                owed.remove(at);
                next.insert((state, Owed(owed)));
                continue;
            }
            if !owed.is_empty() || is_quiet(&self.walk, &state) {
                continue;
            }
            for (step, after) in steps(&mut self.walk, &state)? {
                let mut owed = tells(&step);
                if let Some(at) = owed.iter().position(|owed| owed == told) {
                    owed.remove(at);
                    next.insert((after, Owed(owed)));
                }
            }
        }
        if next.is_empty() {
            let (state, _) = &self.states[0];
            let phases: Vec<String> = (self.suite.names.iter())
                .zip(self.phases(state))
                .map(|(name, phase)| format!("{name} {phase}"))
                .collect();
            let told = self.words(told);
            return Err(format!("the spec does not allow that {told}, with {}", phases.join(", ")));
        }
        self.states = next.into_iter().map(|(state, owed)| (state, owed.0)).collect();
        Ok(())
    }

    /// Where the spec can be without anything being told.
    fn silent(&mut self) -> Result<Vec<(State, Vec<Told>)>, String> {
        let mut found: HashSet<State> = HashSet::new();
        let mut all = Vec::new();
        let mut open = std::mem::take(&mut self.states);
        self.states.clone_from(&open);
        while let Some((state, owed)) = open.pop() {
            if !owed.is_empty() {
                all.push((state, owed));
                continue;
            }
            if !found.insert(state.clone()) {
                continue;
            }
            if found.len() > MOST {
                return Err(format!("the spec can be in more than {MOST} states"));
            }
            if is_quiet(&self.walk, &state) {
                for ask in &self.asks {
                    let begun = self.walk.after(ask, &state)?;
                    open.extend(begun.into_iter().map(|begun| (begun, Vec::new())));
                }
            } else {
                for (step, after) in steps(&mut self.walk, &state)? {
                    if tells(&step).is_empty() {
                        open.push((after, Vec::new()));
                    }
                }
            }
            all.push((state, owed));
        }
        Ok(all)
    }

    /// Holds where the spec can be to the line that closes a record.
    fn close(&mut self, phases: &Json) -> Result<(), String> {
        let expected: Vec<&str> =
            self.suite.names.iter().filter_map(|name| phases[name][0].as_str()).collect();
        let found = self.silent()?;
        if found.iter().any(|(state, owed)| owed.is_empty() && self.phases(state) == expected) {
            return Ok(());
        }
        Err(format!("the spec does not end with {}", expected.join(", ")))
    }

    fn phases<'a>(&self, state: &'a State) -> Vec<&'a str> {
        let (life, now) = (self.walk.variable("life", state), self.walk.variable("now", state));
        (items(life).iter().zip(items(now)))
            .map(|(life, now)| text(&items(life)[crate::walk::number(now) - 1]))
            .collect()
    }

    fn words(&self, told: &Told) -> String {
        let name = |plugin: &usize| &self.suite.names[plugin - 1];
        let beside = |is_own: &bool| if *is_own { "" } else { ", beside the plugin" };
        match told {
            Told::Will(stage, plugin, own) => {
                format!("{} will {stage}{}", name(plugin), beside(own))
            }
            Told::Did(stage, plugin, own) => format!("{} did {stage}{}", name(plugin), beside(own)),
            Told::Failed(stage, plugin, own) => {
                format!("{} did fail to {stage}{}", name(plugin), beside(own))
            }
            Told::Broke(plugin) => format!("{} broke", name(plugin)),
            Told::Replaced(plugin) => format!("{} is replaced", name(plugin)),
            Told::Bound(plugin, other) => format!("{} is bound to {}", name(plugin), name(other)),
        }
    }
}

/// What is owed, in an order of no meaning.
#[derive(Clone, PartialEq, Eq)]
struct Owed(Vec<Told>);

impl std::hash::Hash for Owed {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.len().hash(state);
    }
}

/// The events of a step.
fn tells(step: &Step) -> Vec<Told> {
    match step {
        Step::Starts(hook) => vec![Told::Will(hook.stage.clone(), hook.plugin, hook.is_plugin)],
        Step::Ends(hook, true) => vec![Told::Did(hook.stage.clone(), hook.plugin, hook.is_plugin)],
        Step::Ends(hook, false) => {
            vec![Told::Failed(hook.stage.clone(), hook.plugin, hook.is_plugin)]
        }
        Step::Deeds(deeds) => (deeds.iter())
            .filter_map(|deed| match *deed {
                Deed::Replace(plugin) => Some(Told::Replaced(plugin)),
                Deed::Break(plugin) => Some(Told::Broke(plugin)),
                Deed::Bind(plugin, provider) => Some(Told::Bound(plugin, provider)),
                Deed::Verdict(_) => None,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::allows;

    const PAIR: &str =
        r#"{"name":"a","version":"1.0.0"},{"name":"b","version":"1.0.0","requires":["a"]}"#;

    /// A record of events such as `a1 WillLoad` and `a1 DidFail enable`.
    fn record(plugins: &str, events: &str, closing: &str) -> String {
        let mut record = format!(r#"{{"plugstate":1,"first":0,"plugins":[{plugins}]}}"#);
        for event in events.split(", ") {
            let (plugin, event) = event.split_once(' ').expect("a plugin and an event");
            let (plugin, generation) = plugin.split_at(1);
            let (kind, more) = event.split_once(' ').unwrap_or((event, ""));
            let key = if kind == "DidRebind" { "other" } else { "stage" };
            record.push_str(&format!(
                "\n{{\"plugin\":\"{plugin}\",\"generation\":{generation},\"event\":\"{kind}\",\
                 \"{key}\":\"{more}\"}}"
            ));
        }
        format!("{record}\n{closing}")
    }

    const UP: &str = "a1 WillLoad, a1 DidLoad, a1 WillConfigure, a1 DidConfigure, a1 WillEnable, \
                      a1 DidEnable, b1 WillLoad, b1 DidLoad, b1 WillConfigure, b1 DidConfigure, \
                      b1 WillEnable, b1 DidEnable";

    #[test]
    fn a_reload_that_is_rolled_back_is_allowed() {
        let reload = "a2 WillLoad, a2 DidLoad, a2 WillConfigure, a2 DidConfigure, b1 WillDisable, \
                      b1 DidDisable, a1 WillDisable, a1 DidDisable, a2 WillRestore, a2 DidRestore, \
                      a2 WillEnable, a2 DidFail enable, a2 WillUnload, a2 DidFail unload, a2 DidUnload, \
                      a1 WillEnable, a1 DidEnable, b1 WillEnable, b1 DidEnable";
        let closing = r#"{"next":31,"phases":{"a":["Enabled",1],"b":["Enabled",1]}}"#;
        assert_eq!(allows(&record(PAIR, &format!("{UP}, {reload}"), closing)), Ok(31));
        // The old instance serves again before the new one is gone.
        let early = reload.replace("a2 WillUnload, a2 DidFail unload, a2 DidUnload, ", "");
        let error = allows(&record(PAIR, &format!("{UP}, {early}"), closing)).unwrap_err();
        assert_eq!(
            error,
            "line 26: the spec does not allow that a will enable, with a Disabled, b Disabled"
        );
        let closing = r#"{"next":31,"phases":{"a":["Enabled",1],"b":["Disabled",1]}}"#;
        let error = allows(&record(PAIR, &format!("{UP}, {reload}"), closing)).unwrap_err();
        assert_eq!(error, "line 33: the spec does not end with Enabled, Disabled");
    }

    #[test]
    fn hooks_of_a_boot_may_run_at_the_same_time() {
        let free = r#"{"name":"a"},{"name":"b","wants":[]}"#;
        let both = "a1 WillLoad, b1 WillLoad, b1 DidLoad, a1 DidFail load, b1 WillConfigure, \
                    b1 DidConfigure, b1 WillEnable, b1 DidEnable";
        assert_eq!(allows(&record(free, both, "")), Ok(8));
        let error = allows(&record(PAIR, both, "")).unwrap_err();
        assert!(error.starts_with("line 3: the spec does not allow that b will load"), "{error}");
    }

    #[test]
    fn a_dependency_does_not_go_before_its_dependent() {
        let error = allows(&record(PAIR, &format!("{UP}, a1 WillDisable"), "")).unwrap_err();
        assert!(
            error.starts_with("line 14: the spec does not allow that a will disable"),
            "{error}"
        );
    }

    #[test]
    fn a_capability_is_bound_anew_and_a_plugin_is_retried() {
        let clocks = r#"{"name":"a","provides":["Clock"]},{"name":"b","provides":["Clock"]},
            {"name":"c","needs":[{"capability":"Clock","from":"a"}]}"#
            .replace('\n', "");
        let start = |plugin: char| {
            ["WillLoad", "DidLoad", "WillConfigure", "DidConfigure", "WillEnable", "DidEnable"]
                .map(|event| format!("{plugin}1 {event}"))
                .join(", ")
        };
        let fault = "c1 WillDisable, c1 DidDisable, a1 DidFail run, c1 DidRebind b, c1 WillEnable, \
                     c1 DidEnable";
        let retry = "a2 WillLoad, a2 DidLoad, a2 WillConfigure, a2 DidConfigure, a2 DidReplace, \
                     a1 WillUnload, a1 DidUnload, a2 WillEnable, a2 DidEnable";
        let all = [&*start('a'), &start('b'), &start('c'), fault, retry].join(", ");
        assert_eq!(allows(&record(&clocks, &all, "")), Ok(33));
        let kept = all.replace("c1 DidRebind b, ", "");
        let error = allows(&record(&clocks, &kept, "")).unwrap_err();
        assert!(
            error.starts_with("line 23: the spec does not allow that c will enable"),
            "{error}"
        );
    }
}
