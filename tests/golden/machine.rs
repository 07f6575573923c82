//! The real manager, told to do what a line of the golden table says.

#![allow(unreachable_pub, reason = "a test has no outside")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use plugstate::{
    Backoff, Binding, Error, Event, EventKind, Fatal, Manager, Phase, Prospect, Report, Restart,
    Stage, Target,
};

use super::support::{Fault, Probe, What, World, host, plugin};
use super::table::{Kind, Line, Suite};

trait Clock {}
impl Clock for Probe {}

/// How long a restart waits: longer than any way takes, lest a restart that has failed comes up again
/// before its time.
const WAIT: u64 = 1_000_000;
/// One restart within so many seconds, and no more.
const WITHIN: u64 = 100;
/// Between two restarts that a schedule puts one after the other.
const APART: u64 = 10 * WITHIN;
/// Later than all that is scheduled.
const NEVER: u64 = 100 * WAIT;

/// A suite under a manager.
pub struct Machine<'s> {
    suite: &'s Suite,
    world: World,
    manager: Manager,
    clock: Arc<AtomicU64>,
}

/// What came of an operation.
pub struct Seen {
    /// The journal of it.
    pub told: Vec<String>,
    /// The hooks that were called, as the plugins saw it.
    pub hooks: Vec<String>,
    pub result: Result<Option<Report>, Error>,
    /// Where it ended, in the words of the table.
    pub state: String,
    /// Whether a restart of anybody is planned.
    pub planned: bool,
}

impl<'s> Machine<'s> {
    pub fn new(suite: &'s Suite, threads: usize) -> Self {
        let world = World::new().traced();
        let clock = Arc::new(AtomicU64::new(0));
        let now = Arc::clone(&clock);
        let policy = Restart::OnFailure {
            max: 1,
            within: Duration::from_secs(WITHIN),
            backoff: Backoff::starting_with(Duration::from_secs(WAIT))
                .up_to(Duration::from_secs(WAIT)),
        };
        let builder = host()
            .threads(threads)
            .clock(move || Duration::from_secs(now.load(Ordering::SeqCst)))
            .restart_all(policy);
        let provides = |name: &String| {
            let mut needs = suite.edges.iter().filter(|edge| edge.kind == Kind::NeedsOneOf);
            needs.any(|edge| edge.others.contains(name))
        };
        let manager = suite.plugins.iter().fold(builder, |builder, name| {
            let own = suite.edges.iter().filter(|edge| edge.plugin == *name);
            let declared = own.fold(plugin(name), |declared, edge| match edge.kind {
                Kind::NeedsOneOf => declared.requires_capability::<dyn Clock>(),
                Kind::Requires => {
                    edge.others.iter().fold(declared, |d, on| d.requires(on.clone(), "*"))
                }
                Kind::Wants => edge.others.iter().fold(declared, |d, on| d.wants(on.clone(), "*")),
            });
            let probe = world.probe(declared);
            builder.register(match provides(name) {
                true => probe.view::<dyn Clock>(|plugin| Some(plugin.downcast_ref::<Probe>()?)),
                false => probe,
            })
        });
        let manager = manager.build().expect("a suite without problems");
        Machine { suite, world, manager, clock }
    }

    /// Makes an operation in which the hooks fail that fail in the line.
    pub fn run(&self, line: &Line, when: u64, kind: Fault) -> Seen {
        let before: BTreeMap<String, u32> = (self.manager.snapshot().plugins.iter())
            // A plugin without an instance has none beside which another could be made.
            .filter(|standing| self.world.alive(standing.id.as_str()) > 0)
            .map(|standing| (standing.id.to_string(), standing.generation))
            .collect();
        let start = self.manager.snapshot().next_seq;
        self.world.trace();
        if line.is_bulk() {
            for hook in line.hooks().filter(|hook| hook.ends_with('!')) {
                let (stage, plugin) = parts(hook);
                self.world.fail(plugin, stage, kind);
            }
        } else {
            let hooks = line.hooks().enumerate().filter(|(_, hook)| hook.ends_with('!'));
            self.world.fail_calls(hooks.map(|(call, _)| (call, kind)));
        }
        let result = self.operate(line, when);
        self.world.heal();
        // The end of an `unload` that has failed is no step of its own.
        let mut broken = BTreeSet::new();
        let mut events = self.manager.events(start);
        events.retain(|event| {
            let life = (event.plugin.clone(), event.generation);
            match event.kind {
                EventKind::DidFail(Stage::Unload) => broken.insert(life),
                EventKind::DidUnload => !broken.remove(&life),
                _ => true,
            }
        });
        let told = events.iter().filter_map(|event| word(event, &before)).collect();
        let hooks = self.world.trace().into_iter().filter_map(|mark| match mark.what {
            What::Ends(stage, true) => Some(format!("{stage} {}", mark.plugin)),
            What::Ends(stage, false) => Some(format!("{stage} {}!", mark.plugin)),
            _ => None,
        });
        let hooks = hooks.collect();
        // Nothing is due at the beginning of time.
        let poll = self.manager.poll(Duration::ZERO).expect("a poll answers");
        Seen { told, hooks, result, state: self.state(), planned: poll.next.is_some() }
    }

    fn operate(&self, line: &Line, when: u64) -> Result<Option<Report>, Error> {
        let (manager, plugin) = (&self.manager, &*line.plugin);
        let answer = match &*line.operation {
            "load" => manager.load(plugin),
            "configure" => manager.configure(plugin, Probe::table()),
            "enable" => manager.enable(plugin),
            "disable" => manager.disable(plugin),
            "disable_cascade" => manager.disable_cascade(plugin),
            "unload" => manager.unload(plugin),
            "unload_cascade" => manager.unload_cascade(plugin),
            "reload" => manager.reload(plugin),
            "retry" => manager.retry(plugin),
            "enable_all" => manager.enable_all(),
            "enable_all_strict" => manager.enable_all_strict(),
            "shutdown" => return manager.shutdown().map(|()| None),
            "fault" => {
                self.clock.store(when, Ordering::SeqCst);
                match line.verdict() {
                    Some(false) => manager.fault(plugin, Fatal::new("broken")),
                    _ => manager.fault(plugin, "broken"),
                }
            }
            "restart" => {
                let mut poll = manager.poll(Duration::from_secs(when)).expect("a poll answers");
                assert_eq!(poll.restarts.len(), 1, "one restart is due at {when}: {poll:?}");
                let (restarted, result) = poll.restarts.remove(0);
                assert_eq!(restarted, plugin);
                result
            }
            other => panic!("no operation is called {other}"),
        };
        answer.map(Some)
    }

    /// Everything that can be told from outside, in the words of the table.
    fn state(&self) -> String {
        let mut words = Vec::new();
        let snapshot = self.manager.snapshot();
        for standing in &snapshot.plugins {
            let (name, phase) = (standing.id.as_str(), standing.phase);
            let alive = self.world.alive(name);
            let expected = i64::from(phase.is_resident());
            let mark = match phase {
                Phase::Failed if alive == 1 => "*",
                Phase::Failed if alive == 0 => "",
                _ if alive == expected => "",
                _ => " with another number of instances",
            };
            words.push(format!("{name} {}{mark}", phase.name()));
        }
        for edge in self.suite.edges.iter().filter(|edge| edge.kind == Kind::NeedsOneOf) {
            let bound = self.manager.dependencies(&edge.plugin).expect("it is there");
            let is_capability =
                |binding: &&Binding<'_>| matches!(binding.declared.target, Target::Capability(_));
            let capability = bound.iter().find(is_capability);
            let bound =
                capability.expect("it needs one").bound.as_ref().expect("there are providers");
            words.push(format!("{} uses {bound}", edge.plugin));
        }
        let mut held = Vec::new();
        for name in &self.suite.plugins {
            let left = self.manager.degradation(name).expect("it is there");
            if let Some(Prospect::RestartAt(_)) = left.prospect {
                words.push(format!("{name} is due"));
            }
            if !left.stopped.is_empty() {
                let mut stopped: Vec<_> = left.stopped.iter().map(ToString::to_string).collect();
                stopped.sort();
                held.push(format!("{name} holds {}", stopped.join(" ")));
            }
        }
        words.extend(held);
        words.join(", ")
    }

    /// Has the first hooks of two plugins wait for each other, so that both run at the same time.
    pub fn meet(&self, one: (&str, Stage), other: (&str, Stage)) {
        let meeting = Arc::new((Mutex::new(0), Condvar::new()));
        for (plugin, stage) in [one, other] {
            let meeting = Arc::clone(&meeting);
            self.world.during(plugin, stage, move || {
                let (here, came) = &*meeting;
                let mut here = here.lock().unwrap();
                *here += 1;
                came.notify_all();
                // Later calls of the same hook find that both have been here.
                drop(came.wait_while(here, |here| *here < 2).unwrap());
            });
        }
    }
}

/// An event as a step of the table; `None` for what the table does not have.
fn word(event: &Event, before: &BTreeMap<String, u32>) -> Option<String> {
    let name = event.plugin.as_str();
    let is_beside = before.get(name).is_some_and(|own| *own != event.generation);
    let mark = if is_beside { "'" } else { "" };
    let done = |stage| Some(format!("{stage} {name}{mark}"));
    match event.kind {
        EventKind::DidLoad => done(Stage::Load),
        EventKind::DidConfigure => done(Stage::Configure),
        EventKind::DidEnable => done(Stage::Enable),
        EventKind::DidDisable => done(Stage::Disable),
        EventKind::DidUnload => done(Stage::Unload),
        EventKind::DidRestore => done(Stage::Restore),
        EventKind::DidFail(Stage::Fault) => Some(format!("break {name}")),
        EventKind::DidFail(stage) => Some(format!("{stage} {name}{mark}!")),
        EventKind::DidReplace => Some(format!("replace {name}")),
        EventKind::DidRebind => Some(format!("bind {name} to {}", event.other.as_ref()?)),
        _ => None,
    }
}

/// The stage and the plugin of a hook as the table has it.
pub fn parts(hook: &str) -> (Stage, &str) {
    let (stage, plugin) = hook.split_once(' ').expect("a hook of a plugin");
    let stages = [
        Stage::Load,
        Stage::Configure,
        Stage::Enable,
        Stage::Disable,
        Stage::Restore,
        Stage::Unload,
    ];
    let stage = stages.into_iter().find(|known| known.name() == stage).expect("a hook's name");
    (stage, plugin.trim_end_matches(['\'', '!']))
}

/// What the clock must show in each operation, or the time of a poll: so that the policy says what the
/// lines have it say, and each poll meets the plugin that is meant alone.
pub fn schedule(way: &[&Line]) -> Vec<u64> {
    let mut due: BTreeMap<&str, u64> = BTreeMap::new();
    let mut times = Vec::new();
    for (at, line) in way.iter().enumerate() {
        let restart = |later: &&Line| later.operation == "restart" && later.plugin == line.plugin;
        let last = due.get(&*line.plugin).copied();
        let time = match (&*line.operation, line.verdict()) {
            ("fault", Some(true)) => {
                let used = way[at..].iter().position(restart);
                let wish =
                    used.map_or(NEVER + at as u64 * APART, |used| (at + used) as u64 * APART);
                // The restart before must be out of the policy's sight.
                let now = wish.max(last.map_or(0, |last| last + 2 * WITHIN));
                due.insert(&line.plugin, now + WAIT);
                now
            }
            ("restart", verdict) => {
                let planned = last.expect("a fault has made it due");
                if verdict == Some(true) {
                    let now = planned + WITHIN + 1;
                    due.insert(&line.plugin, now + WAIT);
                    now
                } else {
                    planned
                }
            }
            _ => 0,
        };
        times.push(time);
    }
    times
}
