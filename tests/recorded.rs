//! Recorded lives: what a manager exports is found lawful, and what was changed afterwards is not.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read};
use std::sync::mpsc;
use std::time::Duration;

use plugstate::testing::{
    Command, Edge, Fault, Life, On, Part, Probe, ReplayError, Step, Suite, World, host, plugin,
    replay,
};
use plugstate::{Backoff, Manager, Phase, Restart};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

trait Clock {}

impl Clock for Probe {}

/// A suite with each kind of edge: `uart` requires `core` and a clock, which two provide; `report`
/// wants `uart`.
fn suite(world: &World) -> Manager {
    let clock =
        |name| world.probe(plugin(name)).view::<dyn Clock>(|it| Some(it.downcast_ref::<Probe>()?));
    let second = Duration::from_secs(1);
    let policy =
        Restart::OnFailure { max: 3, within: 60 * second, backoff: Backoff::starting_with(second) };
    host()
        .register(clock("quartz"))
        .register(clock("spare"))
        .register(world.probe(plugin("core")))
        .register(
            world.probe(plugin("uart").requires("core", "*").requires_capability::<dyn Clock>()),
        )
        .register(world.probe(plugin("report").wants("uart", "*")))
        .restart_all(policy)
        .clock(|| Duration::ZERO)
        .threads(1)
        .build()
        .unwrap()
}

/// Everything that can happen, once: starts, reloads, a reload that fails, a fault with another
/// provider in place of the one that broke, a restart, hooks that fail, the end.
fn full_life() -> String {
    let world = World::new();
    let manager = suite(&world);
    manager.enable_all().unwrap();
    manager.reload("core").unwrap();
    world.fail("uart", plugstate::Stage::Restore, Fault::Error);
    manager.reload("uart").unwrap_err();
    world.heal();
    manager.fault("quartz", "cut").unwrap();
    manager.poll(Duration::from_secs(1)).unwrap();
    manager.disable("uart").unwrap();
    manager.configure("uart", json!({ "value": 2 })).unwrap();
    world.fail("uart", plugstate::Stage::Enable, Fault::Panic);
    manager.enable("uart").unwrap_err();
    world.heal();
    manager.retry("uart").unwrap();
    world.fail("report", plugstate::Stage::Unload, Fault::Error);
    manager.unload("report").unwrap();
    world.heal();
    manager.shutdown().unwrap();
    manager.record().to_string()
}

/// The lines of a record as values: the first, the events, the last.
struct Lines {
    opening: Value,
    events: Vec<Value>,
    closing: Value,
}

impl Lines {
    fn of(record: &str) -> Self {
        let mut lines: Vec<Value> =
            record.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let closing = lines.pop().unwrap();
        let opening = lines.remove(0);
        Lines { opening, events: lines, closing }
    }

    /// The events without their numbers, as text.
    fn unnumbered(&self) -> Vec<String> {
        self.events.iter().map(unnumbered).collect()
    }

    /// With the events numbered as they come, so that numbers alone tell nothing.
    fn renumbered<'a>(&self, events: impl IntoIterator<Item = &'a String>) -> String {
        let mut next = self.opening["first"].as_u64().unwrap();
        let mut text = format!("{}\n", self.opening);
        for event in events {
            text.push_str(&format!("{{\"seq\":{next},{}\n", &event[1..]));
            next += 1;
        }
        let mut closing = self.closing.clone();
        closing["next"] = next.into();
        text + &closing.to_string()
    }
}

fn unnumbered(event: &Value) -> String {
    let mut event = event.as_object().unwrap().clone();
    event.remove("seq");
    Value::Object(event).to_string()
}

fn told(record: &str) -> Vec<String> {
    match replay(record.as_bytes()) {
        Ok(_) => Vec::new(),
        Err(error) => error.to_string().lines().map(str::to_owned).collect(),
    }
}

#[test]
fn a_full_life_is_lawful_and_leads_to_where_the_manager_stands() {
    let record = full_life();
    let replayed = replay(record.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{record}"));
    assert!(replayed.is_closed());
    assert_eq!((replayed.first(), replayed.events() + 2), (0, record.lines().count() as u64));
    for kind in
        ["DidReplace", "DidRebind", "WillRestore", "\"stage\":\"run\"", "\"stage\":\"unload\""]
    {
        assert!(record.contains(kind), "{kind} is in it");
    }
    let all = replayed.snapshot().plugins.iter().all(|it| it.phase == Phase::Discovered);
    assert!(all, "{}", replayed.snapshot());
}

#[test]
fn the_first_line_declares_the_suite() {
    let world = World::new();
    let opening = suite(&world).record().opening().to_owned();
    let clock = json!("dyn recorded::Clock");
    assert_eq!(
        serde_json::from_str::<Value>(&opening).unwrap(),
        json!({ "plugstate": 1, "first": 0, "plugins": [
            { "name": "core", "version": "1.0.0" },
            { "name": "quartz", "version": "1.0.0", "provides": [clock] },
            { "name": "report", "version": "1.0.0", "wants": ["uart"] },
            { "name": "spare", "version": "1.0.0", "provides": [clock] },
            { "name": "uart", "version": "1.0.0", "requires": ["core"],
              "needs": [{ "capability": clock, "from": "quartz" }] },
        ] }),
    );
}

/// A record that begins after each event of a life is lawful too: who provided what, and who stood
/// where, is in its first line.
#[test]
fn a_journal_of_any_length_is_lawful() {
    let world = World::new();
    let manager = suite(&world);
    manager.enable_all().unwrap();
    manager.fault("quartz", "cut").unwrap();
    manager.reload("uart").unwrap();
    manager.unload_cascade("core").unwrap();
    let length = manager.record().events().len();
    assert!(length > 40);
    for capacity in 1..=length {
        let world = World::new();
        let builder = |manager: Manager| {
            manager.enable_all().unwrap();
            manager.fault("quartz", "cut").unwrap();
            manager.reload("uart").unwrap();
            manager.unload_cascade("core").unwrap();
            let record = manager.record().to_string();
            let replayed = replay(record.as_bytes());
            let replayed = replayed.unwrap_or_else(|error| panic!("{capacity}: {error}\n{record}"));
            assert_eq!(replayed.first(), (length - capacity) as u64);
            assert_eq!(*replayed.snapshot(), manager.snapshot());
            if capacity < 12 {
                assert!(record.contains(r#""from":"spare""#), "it was bound anew before: {record}");
            }
        };
        builder(suite_of(&world, capacity));
    }
}

fn suite_of(world: &World, capacity: usize) -> Manager {
    let clock =
        |name| world.probe(plugin(name)).view::<dyn Clock>(|it| Some(it.downcast_ref::<Probe>()?));
    let uart = plugin("uart").requires("core", "*").requires_capability::<dyn Clock>();
    host()
        .register(clock("quartz"))
        .register(clock("spare"))
        .register(world.probe(plugin("core")))
        .register(world.probe(uart))
        .register(world.probe(plugin("report").wants("uart", "*")))
        .journal_capacity(capacity)
        .clock(|| Duration::ZERO)
        .threads(1)
        .build()
        .unwrap()
}

#[test]
fn boots_on_several_threads_are_lawful() {
    for round in 0..20 {
        let world = World::new();
        let layers = (0..6).flat_map(|layer| (0..8).map(move |at| (layer, at)));
        let declarations = layers.map(|(layer, at)| {
            let declaration = plugin_at(layer, at);
            if layer == 0 {
                return declaration;
            }
            let below = |at: usize| name(layer - 1, at % 8);
            declaration
                .requires(below(at), "*")
                .requires(below(at + 1), "*")
                .wants(below(at + 3), "*")
        });
        let manager = world.builder(declarations).threads(8).build().unwrap();
        if round % 2 == 1 {
            world.fail(&name(2, 3), plugstate::Stage::Enable, Fault::Panic);
        }
        manager.enable_all().unwrap();
        let record = manager.record().to_string();
        let replayed = replay(record.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(*replayed.snapshot(), manager.snapshot());
        manager.shutdown().unwrap();
        replay(manager.record().to_string().as_bytes()).unwrap();
    }
}

fn name(layer: usize, at: usize) -> String {
    format!("p{layer}-{at}")
}

fn plugin_at(layer: usize, at: usize) -> plugstate::Declaration {
    plugin(&name(layer, at))
}

#[test]
fn a_log_that_is_written_as_it_happens_needs_no_last_line() {
    let world = World::new();
    let manager = suite_of(&world, 1);
    let (lines, log) = mpsc::channel();
    lines.send(manager.record().opening().to_owned()).unwrap();
    manager.observe(move |event| lines.send(event.to_json()).unwrap());
    manager.enable_all().unwrap();
    manager.fault("quartz", "cut").unwrap();
    let log: Vec<String> = log.try_iter().collect();
    let replayed = replay(log.join("\n").as_bytes()).unwrap();
    assert!(!replayed.is_closed());
    assert_eq!(*replayed.snapshot(), manager.snapshot());
}

#[test]
fn what_cannot_run_is_declared_and_may_not_load() {
    let world = World::new();
    let builder = world.builder([plugin("alone").requires("core", "*")]);
    let record = builder.build_partial().record().to_string();
    assert!(record.contains(r#"{"name":"alone","version":"1.0.0","blocked":true}"#), "{record}");
    let event = r#"{"seq":0,"at":0,"plugin":"alone","generation":1,"event":"WillLoad"}"#;
    let opening = record.lines().next().unwrap();
    assert_eq!(
        told(&format!("{opening}\n{event}")),
        ["line 2: Support: #0 alone#1 will load, and it cannot run"],
    );
}

/// Each kind of violation, in its words: a suite, events, and what is said of them.
#[test]
fn every_kind_of_violation_is_told_with_its_line() {
    let pair = json!([
        { "name": "core", "version": "1.0.0" },
        { "name": "uart", "version": "1.0.0", "requires": ["core"] },
    ]);
    let up = ["core WillLoad", "core DidLoad", "core WillConfigure", "core DidConfigure"];
    let enabled = [&up[..], &["core WillEnable", "core DidEnable"]].concat();
    let both = [
        &enabled[..],
        &["uart WillLoad", "uart DidLoad", "uart WillConfigure", "uart DidConfigure"],
        &["uart WillEnable", "uart DidEnable"],
    ]
    .concat();
    let after = |before: &[&str], more: &[&str]| log(&pair, &[before, more].concat());
    let cases: Vec<(String, Vec<&str>)> = vec![
        // Lawful
        (
            after(&up[..2], &["core WillEnable"]),
            vec!["line 4: Lawful: #2 core#1 will enable, where it is Loaded"],
        ),
        (
            after(&up, &["core DidFail run", "core DidFail run"]),
            vec!["line 7: Lawful: #5 core#1 did fail to run, where it is Failed"],
        ),
        (
            after(&[], &["core DidLoad"]),
            vec!["line 2: Lawful: #0 core#1 did load, and there is no such instance"],
        ),
        // Pairing
        (
            after(&up, &["core DidEnable"]),
            vec!["line 6: Pairing: #4 core#1 did enable, and its enable hook does not run"],
        ),
        (
            after(&up, &["core WillEnable", "core WillConfigure"]),
            vec!["line 7: Pairing: #5 core#1 will configure, while its enable hook runs"],
        ),
        (
            after(&up, &["core WillEnable", "core DidFail run"]),
            vec!["line 7: Pairing: #5 core#1 did fail to run, while its enable hook runs"],
        ),
        (
            after(&up, &["core WillRestore"]),
            vec!["line 6: Pairing: #4 core#1 will restore, where it is Configured and not new"],
        ),
        // Residency
        (
            after(&["core2 WillLoad"], &[]),
            vec!["line 2: Residency: #0 core#2 will load, where instance 1 is due"],
        ),
        (
            after(&up, &["core2 WillLoad", "core2 DidLoad", "core3 WillLoad"]),
            vec!["line 8: Residency: #6 core#3 will load, beside instances 1 and 2"],
        ),
        (
            after(&up[..1], &["core DidFail load", "core2 WillLoad"]),
            vec!["line 4: Residency: #2 core#2 will load, beside instance 1, which is Failed"],
        ),
        (
            after(&up, &["core DidReplace"]),
            vec![
                "line 6: Residency: #4 core#1 did replace the one before, and there is no such instance beside it",
            ],
        ),
        (
            after(&enabled, &["core2 WillLoad", "core2 DidLoad", "core2 DidReplace"]),
            vec![
                "line 10: Residency: #8 core#2 did replace the one before, where the new one is Loaded, the old one Enabled",
            ],
        ),
        (
            after(&up, &["core2 WillLoad", "core2 DidLoad", "core WillUnload"]),
            vec!["line 8: Residency: #6 core#1 will unload, and not the instance beside it"],
        ),
        // Support and Order
        (
            after(&[], &["uart WillLoad"]),
            vec!["line 2: Order: #0 uart#1 will load, where core is Discovered"],
        ),
        (
            after(&both[..10], &["core WillDisable", "core DidDisable", "uart WillEnable"]),
            vec!["line 14: Order: #12 uart#1 will enable, where core is Disabled"],
        ),
        (
            after(&both, &["core WillDisable"]),
            vec!["line 14: Order: #12 core#1 will disable, where uart is Enabled"],
        ),
        (
            after(&both, &["core DidFail run"]),
            vec![
                "line 14: Support: #12 core#1 did fail to run; uart runs on core, which is Failed",
            ],
        ),
        (
            after(&both[..10], &["core WillDisable", "core DidDisable", "core WillUnload"]),
            vec![
                "line 14: Order: #12 core#1 will unload, where uart is Configured",
                "line 14: Support: #12 core#1 will unload; uart stands on core, which is Unloading",
            ],
        ),
        (
            after(&both[..8], &["core WillDisable", "uart WillConfigure"]),
            vec!["line 11: Order: #9 uart#1 will configure, while the disable hook of core runs"],
        ),
    ];
    for (record, expected) in cases {
        assert_eq!(told(&record), expected, "{record}");
    }
}

/// Events in short, `core2 DidFail run`, as a record without a last line.
fn log(plugins: &Value, events: &[&str]) -> String {
    let mut text = json!({ "plugstate": 1, "first": 0, "plugins": plugins }).to_string();
    for (seq, event) in events.iter().enumerate() {
        let words: Vec<&str> = event.split(' ').collect();
        let name = words[0].trim_end_matches(char::is_numeric);
        let generation: u32 = words[0][name.len()..].parse().unwrap_or(1);
        let mut line = json!({
            "seq": seq, "at": 0, "plugin": name, "generation": generation, "event": words[1],
        });
        let ends =
            words[1].starts_with("Did") && words[1] != "DidReplace" && words[1] != "DidRebind";
        match words.get(2) {
            Some(other) if words[1] == "DidRebind" => {
                line["other"] = json!(other);
                line["capability"] = json!(words.get(3).unwrap_or(&"clock"));
            }
            Some(stage) => line["stage"] = json!(stage),
            None => {}
        }
        if ends && words.get(2) != Some(&"run") {
            line["took"] = json!(0);
        }
        text.push_str(&format!("\n{line}"));
    }
    text
}

#[test]
fn numbers_times_and_the_end_are_the_journals_own() {
    let record = full_life();
    let lines = Lines::of(&record);
    let with = |at: usize, key: &str, value: Value| {
        let mut events = lines.events.clone();
        events[at][key] = value;
        let text: Vec<String> = events.iter().map(ToString::to_string).collect();
        told(&format!("{}\n{}\n{}", lines.opening, text.join("\n"), lines.closing))
    };
    assert_eq!(
        with(3, "seq", json!(7)),
        [
            "line 5: Journal: #7 core#1 did configure, where #3 is due",
            "line 6: Journal: #4 core#1 will enable, where #8 is due",
        ],
    );
    assert_eq!(
        with(3, "took", json!(5)),
        ["line 5: Journal: #3 core#1 did configure, and took 5 ns, where 0 ns have passed"],
    );
    assert_eq!(
        with(3, "at", json!(5)),
        ["line 5: Journal: #3 core#1 did configure, and took 0 ns, where 5 ns have passed"],
    );
    assert_eq!(
        with(2, "took", json!(0)),
        ["line 4: Journal: #2 core#1 will configure, and took 0 ns, where no hook returns"],
    );
    assert_eq!(
        with(3, "took", Value::Null),
        ["line 5: Journal: #3 core#1 did configure, and does not say how long it took"],
    );
    let count = lines.events.len();
    let cut: Vec<&str> = record.lines().take(count).chain(record.lines().last()).collect();
    let cut = told(&cut.join("\n"));
    assert_eq!(
        cut[0],
        format!(
            "line {}: Journal: the next event is #{count}, and #{} is due",
            count + 1,
            count - 1
        ),
    );
    assert!(cut[1].contains(" by its events"), "{cut:?}");
}

trait Power {}

impl Power for Probe {}

#[test]
fn what_a_fault_has_stopped_keeps_its_dependents_when_they_lose_another_provider() {
    let world = World::new();
    let clock = |declaration| {
        world.probe(declaration).view::<dyn Clock>(|it| Some(it.downcast_ref::<Probe>()?))
    };
    let power = |registration: plugstate::Registration| {
        registration.view::<dyn Power>(|it| Some(it.downcast_ref::<Probe>()?))
    };
    // The fault of `quartz` stops `rail` and `uart`. `spare` could be either for `uart`, and becomes its clock.
    let manager = host()
        .register(clock(plugin("quartz")))
        .register(power(world.probe(plugin("rail").requires_capability::<dyn Clock>())))
        .register(power(clock(plugin("spare"))))
        .register(world.probe(
            plugin("uart").requires_capability::<dyn Power>().requires_capability::<dyn Clock>(),
        ))
        .threads(1)
        .build()
        .unwrap();
    manager.enable_all().unwrap();
    manager.fault("quartz", "it drifts").unwrap();
    let bound: Vec<_> = manager.dependencies("uart").unwrap();
    let bound: Vec<_> = bound.iter().map(|it| it.bound.clone().unwrap().as_str()).collect();
    assert_eq!(bound, ["rail", "spare"]);
    manager.shutdown().unwrap();
    let record = manager.record().to_string();
    let replayed = replay(record.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{record}"));
    assert_eq!(*replayed.snapshot(), manager.snapshot());
}

/// A capability that is bound anew: who it may be, and that it counts.
#[test]
fn a_rebinding_changes_who_requires_whom() {
    let suite = json!([
        { "name": "quartz", "version": "1.0.0", "provides": ["clock"] },
        { "name": "spare", "version": "1.0.0", "provides": ["clock"] },
        { "name": "other", "version": "1.0.0" },
        { "name": "uart", "version": "1.0.0", "needs": [{ "capability": "clock", "from": "quartz" }] },
    ]);
    let up = |name: &str| {
        ["WillLoad", "DidLoad", "WillConfigure", "DidConfigure", "WillEnable", "DidEnable"]
            .map(|event| format!("{name} {event}"))
    };
    let start = [up("quartz"), up("spare"), up("uart")].concat();
    let told = |more: &[&str]| {
        let events: Vec<&str> =
            start.iter().map(String::as_str).chain(more.iter().copied()).collect();
        told(&log(&suite, &events))
    };
    let down = ["uart WillDisable", "uart DidDisable", "quartz DidFail run"];
    let again = ["uart WillEnable", "uart DidEnable"];
    assert_eq!(told(&[&down[..], &["uart DidRebind spare"], &again].concat()), [""; 0]);
    assert_eq!(
        told(&[&down[..], &again].concat())[0],
        "line 23: Order: #21 uart#1 will enable, where quartz is Failed",
    );
    assert_eq!(
        told(&[&down[..], &["uart DidRebind other"]].concat()),
        ["line 23: Support: #21 uart#1 did rebind clock to other, which does not provide it"],
    );
    assert_eq!(
        told(&[&down[..], &["uart DidRebind spare power"]].concat()),
        ["line 23: Support: #21 uart#1 did rebind power to spare, and needs none that came from \
             another"],
    );
    assert_eq!(
        told(&[&down[..], &["uart DidRebind quartz"]].concat()),
        ["line 23: Support: #21 uart#1 did rebind clock to quartz, and needs none that came from \
             another"],
    );
    assert_eq!(
        told(&["uart DidRebind spare"]),
        [
            "line 20: Support: #18 uart#1 did rebind clock to spare, while it is Enabled",
            "line 20: Support: #18 uart#1 did rebind clock to spare, where quartz is Enabled",
        ],
    );
    let spare_down = ["spare WillDisable", "spare DidDisable", "uart DidRebind spare"];
    assert_eq!(
        told(&[&down[..], &spare_down].concat()),
        ["line 25: Support: #23 uart#1 did rebind clock to spare, which is Disabled"],
    );
    let then = ["uart DidRebind spare", "uart WillEnable", "uart DidEnable", "spare WillDisable"];
    assert_eq!(
        told(&[&down[..], &then].concat()),
        ["line 26: Order: #24 spare#1 will disable, where uart is Enabled"],
    );
}

#[test]
fn where_a_rebinding_could_be_of_two_capabilities_it_is_of_the_one_that_it_names() {
    let suite = json!([
        { "name": "quartz", "version": "1.0.0", "provides": ["clock"] },
        { "name": "rail", "version": "1.0.0", "provides": ["power"] },
        { "name": "spare", "version": "1.0.0", "provides": ["clock", "power"] },
        { "name": "uart", "version": "1.0.0", "needs": [
            { "capability": "clock", "from": "quartz" },
            { "capability": "power", "from": "rail" },
        ] },
    ]);
    let up = |name: &str| {
        ["WillLoad", "DidLoad", "WillConfigure", "DidConfigure", "WillEnable", "DidEnable"]
            .map(|event| format!("{name} {event}"))
    };
    let start = [up("quartz"), up("rail"), up("spare"), up("uart")].concat();
    let told = |more: &[&str]| {
        let down =
            ["uart WillDisable", "uart DidDisable", "quartz DidFail run", "rail DidFail run"];
        let events: Vec<&str> =
            start.iter().map(String::as_str).chain(down).chain(more.iter().copied()).collect();
        told(&log(&suite, &events))
    };
    let again = ["uart WillEnable", "uart DidEnable"];
    let [power, clock] = ["uart DidRebind spare power", "uart DidRebind spare clock"];
    let on = |plugin: &str, seq: u32| {
        [format!("line {}: Order: #{seq} uart#1 will enable, where {plugin} is Failed", seq + 2)]
    };
    assert_eq!(told(&[&[power][..], &again].concat())[..1], on("quartz", 29));
    assert_eq!(told(&[&[clock][..], &again].concat())[..1], on("rail", 29));
    assert_eq!(told(&[&[power, clock][..], &again].concat()), [""; 0]);
}

#[test]
fn what_is_no_record_is_refused_with_its_line() {
    let opening = r#"{"plugstate":1,"first":0,"plugins":[{"name":"a","version":"1.0.0"}]}"#;
    let event = r#"{"seq":0,"at":0,"plugin":"a","generation":1,"event":"WillLoad"}"#;
    let closing = r#"{"next":0,"phases":{"a":["Discovered",0]}}"#;
    let cases = [
        ("", "line 1: there is nothing; a record begins with its suite"),
        ("\n", "line 1: the line is empty"),
        (
            "{}",
            "line 1: a record begins with a line that has `plugstate`, the version of its format",
        ),
        ("[1]", "line 1: column 3: invalid length 1, expected struct Opening with 3 elements"),
        ("{\"plugstate\":2}", "line 1: it is of format 2, and this reads format 1"),
        ("{\"plugstate\":1}", "line 1: column 15: missing field `first`"),
        ("{\"plugstate\":1,", "line 1: column 15: EOF while parsing a value"),
        ("\u{fffd}\n", "line 1: column 1: expected value"),
        (
            r#"{"plugstate":1,"first":0,"plugins":[{"name":"a","version":"1"},{"name":"a","version":"1"}]}"#,
            "line 1: two plugins are called `a`",
        ),
        (
            r#"{"plugstate":1,"first":0,"plugins":[{"name":"a","version":"1","requires":["b\u0000"]}]}"#,
            "line 1: `a` depends on `b\\u{0}`, which is not listed",
        ),
        (
            r#"{"plugstate":1,"first":0,"plugins":[{"name":"a","version":"1","phase":"Enabled"}]}"#,
            "line 1: `a` is Enabled before the first event of all",
        ),
        (
            r#"{"plugstate":1,"first":0,"plugins":[{"name":"a","version":"1","phase":"Asleep"}]}"#,
            "line 1: column 79: no phase is called `Asleep`",
        ),
        (&format!("{opening}\n{event}\n\n"), "line 3: the line is empty"),
        (
            &format!("{opening}\n{}", event.replace("\"a\"", "\"b\"")),
            "line 2: no plugin of the suite is called `b`",
        ),
        (
            &format!("{opening}\n{}", event.replace("WillLoad", "WillFly")),
            "line 2: no event is called `WillFly`",
        ),
        (
            &format!("{opening}\n{}", event.replace("WillLoad", "DidFail")),
            "line 2: `DidFail` without a stage",
        ),
        (
            &format!("{opening}\n{}", event.replace("WillLoad", "DidRebind")),
            "line 2: `DidRebind` without the other plugin",
        ),
        (
            &format!("{opening}\n{}", event.replace("WillLoad\"", "DidRebind\",\"other\":\"a\"")),
            "line 2: `DidRebind` without the capability",
        ),
        (
            &format!("{opening}\n{}", event.replace("WillLoad\"", "DidFail\",\"stage\":\"nap\"")),
            "line 2: no stage is called `nap`",
        ),
        (
            &format!("{opening}\n{}", event.replace("WillLoad\"", "WillLoad\",\"stage\":\"load\"")),
            "line 2: `WillLoad` with a stage",
        ),
        (
            &format!("{opening}\n{}", event.replace("\"at\":0", "\"at\":-1")),
            "line 2: column 16: invalid value: integer `-1`, expected u64",
        ),
        (
            &format!("{opening}\n{}", event.replace("\"at\"", "\"when\"")),
            "line 2: column 15: unknown field `when`, expected one of `seq`, `at`, `plugin`, `generation`, `event`, `stage`, `took`, `other`",
        ),
        (
            &format!("{opening}\n{closing}\n{event}\n"),
            "line 3: there is something after the line that closes the record",
        ),
        (
            &format!("{opening}\n{}", closing.replace("\"a\"", "\"b\"")),
            "line 2: `a` is not among the phases",
        ),
        (&format!("{opening}\n{}", "x".repeat(70_000)), "line 2: it is longer than 65536 bytes"),
    ];
    for (record, expected) in cases {
        let error = replay(record.as_bytes()).unwrap_err();
        assert!(!matches!(error, ReplayError::Unlawful { .. }));
        let text = error.to_string();
        assert!(text.starts_with(expected), "{text}\n{expected}");
    }
    // A small buffer changes nothing.
    let record = full_life();
    replay(BufReader::with_capacity(3, record.as_bytes())).unwrap();
    assert_eq!(
        replay(BufReader::new(Torn)).unwrap_err().to_string(),
        "line 1 cannot be read: the disk is gone",
    );
}

struct Torn;

impl Read for Torn {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk is gone"))
    }
}

#[test]
fn there_is_an_end_to_what_is_told() {
    let suite = json!([{ "name": "core", "version": "1.0.0" }]);
    let record = log(&suite, &["core DidLoad"; 150]);
    match replay(record.as_bytes()) {
        Err(ReplayError::Unlawful { violations, more }) => {
            assert_eq!((violations.len(), more), (100, 50));
            assert_eq!((violations[99].line, violations[99].invariant), (101, "Lawful"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(told(&record).last().unwrap(), "and 50 more");
}

#[test]
fn a_record_that_begins_while_a_hook_runs_goes_on_with_its_end() {
    let told = |phase: &str, event: &str| {
        let a = json!({ "name": "a", "version": "1.0.0", "phase": phase, "generation": 1 });
        let opening = json!({ "plugstate": 1, "first": 5, "plugins": [a] });
        let event = json!({
            "seq": 5, "at": 0, "plugin": "a", "generation": 1, "event": event, "took": 0,
        });
        told(&format!("{opening}\n{event}"))
    };
    assert_eq!(told("Loading", "DidLoad"), [""; 0]);
    assert_eq!(told("Unloading", "DidUnload"), [""; 0]);
    let pairing = |what: &str| format!("line 2: Pairing: #5 a#1 did {what} hook does not run");
    assert_eq!(told("Loading", "DidConfigure")[0], pairing("configure, and its configure"));
    assert_eq!(told("Unloading", "DidLoad")[0], pairing("load, and its load"));
    // Whatever runs in a plugin that is between two hooks began before the record.
    assert_eq!(told("Configured", "DidConfigure"), [""; 0]);
    // In one that is not loaded nothing runs.
    assert_eq!(
        told("Discovered", "DidLoad"),
        [
            &*pairing("load, and its load"),
            "line 2: Lawful: #5 a#1 did load, where it is Discovered"
        ],
    );
}

#[test]
fn what_an_instance_has_been_through_counts_later() {
    let suite = json!([{ "name": "core", "version": "1.0.0" }]);
    let up = ["core WillLoad", "core DidLoad", "core WillConfigure", "core DidConfigure"];
    let told = |more: &[&str]| told(&log(&suite, &[&up, more].concat()));
    let beside = ["core2 WillLoad", "core2 DidLoad", "core2 WillConfigure", "core2 DidConfigure"];
    assert_eq!(told(&[&beside[..], &["core2 WillRestore"]].concat()), [""; 0]);
    assert_eq!(
        told(&[&beside[..2], &["core2 WillRestore"]].concat()),
        ["line 8: Pairing: #6 core#2 will restore, where it is Loaded and not new"],
    );
    // One that was enabled is not new, whatever came after that.
    let used = ["core2 WillEnable", "core2 DidEnable", "core2 WillDisable", "core2 DidDisable"];
    assert_eq!(
        told(&[&beside[..], &used, &beside[2..], &["core2 WillRestore"]].concat()),
        ["line 16: Pairing: #14 core#2 will restore, where it is Configured and not new"],
    );
    // What was unloaded is not there, even if it fails in its absence.
    assert_eq!(
        told(&["core WillUnload", "core DidUnload", "core DidFail load", "core2 WillLoad"]),
        [
            "line 8: Pairing: #6 core#1 did fail to load, and its load hook does not run",
            "line 8: Lawful: #6 core#1 did fail to load, where it is Discovered",
            "line 9: Residency: #7 core#2 will load, beside instance 1, which is Failed",
        ],
    );
    // What is not lawful has happened all the same, and what follows is seen in its light.
    assert_eq!(
        told(&["core WillDisable", "core DidDisable", "core WillEnable", "core DidEnable"]),
        [
            "line 6: Lawful: #4 core#1 will disable, where it is Configured",
            "line 7: Lawful: #5 core#1 did disable, where it is Configured",
        ],
    );
}

#[test]
fn a_clock_at_its_end_says_nothing_of_how_long_a_hook_took() {
    let a = json!([{ "name": "a", "version": "1.0.0" }]);
    let record = log(&a, &["a WillLoad", "a DidLoad"]);
    let with = |at: u64| {
        record.replace(
            "\"at\":0,\"event\":\"DidLoad\"",
            &format!("\"at\":{at},\"event\":\"DidLoad\""),
        )
    };
    assert_eq!(
        told(&with(u64::MAX - 1)),
        [
            "line 3: Journal: #1 a#1 did load, and took 0 ns, where 18446744073709551614 ns have passed"
        ],
    );
    assert_eq!(told(&with(u64::MAX)), [""; 0]);
}

#[test]
fn a_record_is_written_as_it_is_shown() {
    let world = World::new();
    let manager = suite(&world);
    manager.enable("core").unwrap();
    let record = manager.record();
    let text = record.to_string();
    let mut written = Vec::new();
    record.write_to(&mut written).unwrap();
    assert_eq!(String::from_utf8(written).unwrap(), text);
    assert_eq!(Some(record.opening()), text.lines().next());
    assert_eq!(Some(record.closing()), text.lines().last());
}

#[test]
fn times_are_written_in_nanoseconds() {
    let world = World::new();
    let read = std::sync::atomic::AtomicU64::new(0);
    let clock =
        move || Duration::new(2, 5 * read.fetch_add(1, std::sync::atomic::Ordering::SeqCst) as u32);
    let manager =
        host().register(world.probe(plugin("core"))).clock(clock).threads(1).build().unwrap();
    manager.load("core").unwrap();
    let record = manager.record().to_string();
    assert!(record.contains(r#""at":2000000"#), "{record}");
    let lines = Lines::of(&record);
    let at = |event: &Value| event["at"].as_u64().unwrap();
    let took = lines.events[1]["took"].as_u64().unwrap();
    assert!(took > 0 && took == at(&lines.events[1]) - at(&lines.events[0]), "{record}");
    replay(record.as_bytes()).unwrap();
}

#[test]
fn the_line_of_a_large_suite_is_long() {
    let plugins: Vec<Value> = (0..2_000)
        .map(|at| json!({ "name": format!("{}{at}", "x".repeat(200)), "version": "1.0.0" }))
        .collect();
    let opening = json!({ "plugstate": 1, "first": 0, "plugins": plugins }).to_string();
    assert!(opening.len() > 400_000);
    assert_eq!(told(&opening), [""; 0]);
}

#[test]
fn a_line_may_be_as_long_as_is_said_and_not_longer() {
    let opening = r#"{"plugstate":1,"first":0,"plugins":[{"name":"a","version":"1.0.0"}]}"#;
    let event = r#"{"seq":0,"at":0,"plugin":"a","generation":1,"event":"WillLoad"}"#;
    // A first line that ends where others would have to, at a byte before that, and at one after.
    let padded = |line: &str, length: usize| line.to_owned() + &" ".repeat(length - line.len());
    const LONGEST: usize = 64 << 10;
    for length in [LONGEST - 1, LONGEST, LONGEST + 1] {
        assert_eq!(told(&format!("{}\n{event}", padded(opening, length))), [""; 0], "{length}");
    }
    let longest = padded(event, LONGEST);
    assert_eq!(told(&format!("{opening}\n{longest}")), [""; 0]);
    assert_eq!(told(&format!("{opening}\n{longest}\n")), [""; 0]);
    assert_eq!(told(&format!("{opening}\n{longest} ")), ["line 2: it is longer than 65536 bytes"],);
    // The end of a line that is longer than the first may be comes too late.
    let spaces = io::repeat(b' ').take((64 << 20) + 1 - opening.len() as u64);
    let record = opening.as_bytes().chain(spaces).chain(&b"\n"[..]);
    assert_eq!(
        replay(BufReader::new(record)).unwrap_err().to_string(),
        "line 1: it is longer than 67108864 bytes",
    );
}

/// Every change of one line of a life, with the events numbered anew so that the numbers tell nothing:
/// what is not found is listed here, and nothing of it matters to the law.
#[test]
fn every_change_that_matters_is_found() {
    let lines = Lines::of(&full_life());
    let events = lines.unnumbered();
    assert_eq!(told(&lines.renumbered(&events)), [""; 0]);
    let rebound = lines.events.iter().position(|event| event["event"] == "DidRebind").unwrap();
    let kind = |event: &Value| match event["stage"].as_str() {
        Some(stage) => format!("{} {stage}", event["event"].as_str().unwrap()),
        None => event["event"].as_str().unwrap().to_owned(),
    };
    let mut unseen: BTreeMap<String, usize> = BTreeMap::new();
    let mut tried = 0;
    let mut note = |what: String, record: String| {
        tried += 1;
        if told(&record).is_empty() {
            *unseen.entry(what).or_default() += 1;
        }
    };
    let failed = ["load", "configure", "enable", "disable", "restore", "unload", "run"];
    let failed = failed.map(|stage| (json!("DidFail"), json!(stage)));
    let overdue = (json!("IsOverdue"), json!("load"));
    let mut kinds: Vec<(Value, Value)> =
        lines.events.iter().map(|event| (event["event"].clone(), event["stage"].clone())).collect();
    kinds.extend(failed.into_iter().chain([overdue]));
    kinds.sort_by_key(|(event, stage)| format!("{event}{stage}"));
    kinds.dedup();
    for (at, event) in lines.events.iter().enumerate() {
        let others = || (events[..at].iter(), events[at + 1..].iter());
        let (before, after) = others();
        note(format!("delete {}", kind(event)), lines.renumbered(before.chain(after)));
        if let Some(next) = lines.events.get(at + 1) {
            let (before, after) = others();
            let swapped = before.chain([&events[at + 1], &events[at]]).chain(after.skip(1));
            let clock = if at < rebound { "quartz" } else { "spare" };
            let pair = [&event["plugin"], &next["plugin"]].map(|name| name.as_str().unwrap());
            let who = match pair {
                [one, other] if one == other => "its own",
                ["uart", other] | [other, "uart"] if [clock, "core", "report"].contains(&other) => {
                    "a neighbour's"
                }
                _ => "a stranger's",
            };
            let what = format!("swap {} with {who} {}", kind(event), kind(next));
            note(what, lines.renumbered(swapped));
        }
        let mut change = |what: String, keys: &[(&str, &Value)]| {
            let mut changed = event.clone();
            keys.iter().for_each(|&(key, value)| changed[key] = value.clone());
            let changed = unnumbered(&changed);
            let (before, after) = others();
            note(what, lines.renumbered(before.chain([&changed]).chain(after)));
        };
        for (name, stage) in &kinds {
            if (name, stage) != (&event["event"], &event["stage"]) {
                let to = format!("{} {}", name.as_str().unwrap(), stage.as_str().unwrap_or(""));
                let what = format!("{} for {}", to.trim_end(), kind(event));
                let of_rebind =
                    |value: Value| if name == "DidRebind" { value } else { Value::Null };
                let (other, clock) =
                    (of_rebind(json!("spare")), of_rebind(json!("dyn recorded::Clock")));
                let keys =
                    [("event", name), ("stage", stage), ("other", &other), ("capability", &clock)];
                change(what, &keys);
            }
        }
        for generation in (0..6).filter(|generation| event["generation"] != *generation) {
            change(format!("generation of {}", kind(event)), &[("generation", &json!(generation))]);
        }
        for plugin in ["core", "quartz", "report", "spare", "uart"] {
            if event["plugin"] != plugin {
                change(format!("plugin of {}", kind(event)), &[("plugin", &json!(plugin))]);
            }
        }
    }
    assert!(tried > 3_000, "{tried}");
    let unseen: Vec<String> =
        unseen.into_iter().map(|(what, times)| format!("{what}: {times}")).collect();
    let expected = [
        // A hook may fail, and what comes next is the same.
        "DidFail disable for DidDisable: 6",
        // These change no phase, and stand for nothing that others could contradict.
        "IsOverdue load for DidFail unload: 1",
        "delete DidFail unload: 1",
        // Plugins that do not depend on each other move as they like.
        "swap DidDisable with a stranger's WillDisable: 2",
        "swap DidEnable with a stranger's WillDisable: 1",
        "swap DidEnable with a stranger's WillLoad: 5",
        "swap DidUnload with a stranger's WillUnload: 2",
    ];
    assert_eq!(unseen, expected, "{unseen:#?} of {tried}");
}

fn edge() -> impl Strategy<Value = Edge> {
    prop_oneof![
        3 => (0_u8..5).prop_map(Edge::requires),
        2 => (0_u8..5).prop_map(Edge::wants),
        4 => (0_u8..2).prop_map(Edge::capability),
    ]
}

fn part() -> impl Strategy<Value = Part> {
    let edges = prop::collection::vec(edge(), 0..3);
    (edges, prop_oneof![Just(0_u8), 1_u8..4]).prop_map(|(edges, provides)| Part {
        edges,
        provides,
        ..Part::default()
    })
}

/// A suite with two plugins that provide the same, whose others name only those before them, so that
/// most of them can run.
fn downwards(parts: Vec<Part>) -> Suite {
    let provider = Part::default().providing(0);
    let mut parts = [vec![provider.clone(), provider], parts].concat();
    for (at, part) in (0..).zip(&mut parts) {
        part.edges.retain_mut(|edge| match &mut edge.on {
            On::Plugin(_) if at == 0 => false,
            On::Plugin(other) => {
                *other %= at;
                true
            }
            On::Capability(_) => true,
        });
    }
    Suite::new(parts)
}

fn step() -> impl Strategy<Value = Step> {
    let at = || 0_u8..5;
    let command = prop_oneof![
        4 => at().prop_map(Command::Enable),
        3 => Just(Command::EnableAll),
        1 => at().prop_map(Command::Load),
        1 => at().prop_map(Command::Disable),
        1 => at().prop_map(Command::DisableCascade),
        1 => at().prop_map(Command::UnloadCascade),
        3 => at().prop_map(Command::Reload),
        3 => at().prop_map(Command::Fault),
        2 => at().prop_map(Command::Retry),
        2 => (0_u16..4).prop_map(Command::Poll),
        1 => Just(Command::EnableAllStrict),
        1 => Just(Command::Shutdown),
    ];
    let fault = prop_oneof![Just(Fault::Error), Just(Fault::Panic)];
    let faults =
        prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec((0_u8..8, fault), 1..3)];
    (command, faults).prop_map(|(command, faults)| Step { command, faults })
}

/// Whatever is done to whatever suite, its record is lawful, however many events the journal keeps; and
/// no line can be taken out of it, doubled, or put in another place.
#[test]
fn any_history_leaves_a_lawful_record_that_cannot_be_edited() {
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let suites = prop::collection::vec(part(), 1..4).prop_map(downwards);
    let steps = prop::collection::vec(step(), 1..25).prop_map(|steps| {
        [Step::new(Command::EnableAll)].into_iter().chain(steps).collect::<Vec<_>>()
    });
    let capacity = prop_oneof![Just(4_096), 1_usize..60];
    let counts = std::cell::RefCell::new([0_usize; 3]);
    let line = any::<prop::sample::Index>();
    runner
        .run(
            &(suites, steps, capacity, line.clone(), line),
            |(suite, steps, capacity, one, two)| {
                let second = Duration::from_secs(1);
                let backoff = Backoff::starting_with(second);
                let policy = Restart::OnFailure { max: 1, within: 1_000 * second, backoff };
                let builder = host().journal_capacity(capacity).restart_all(policy);
                let mut life = Life::on(&suite, builder);
                life.follow(&steps);
                let record = life.manager.record().to_string();
                let replayed = match replay(record.as_bytes()) {
                    Ok(replayed) => replayed,
                    Err(error) => {
                        return Err(TestCaseError::fail(format!("{error}\n{suite}\n{record}")));
                    }
                };
                prop_assert_eq!(replayed.snapshot(), &life.manager.snapshot());
                let mut counts = counts.borrow_mut();
                counts[0] += usize::from(record.contains("DidRebind"));
                counts[1] += usize::from(record.contains("DidReplace"));
                counts[2] += usize::from(replayed.first() > 0);
                let lines: Vec<&str> = record.lines().collect();
                let events = lines.len() - 2;
                if events < 2 {
                    return Ok(());
                }
                let one = 1 + one.index(events);
                let two = 1 + two.index(events);
                let mut fewer = lines.clone();
                fewer.remove(one);
                prop_assert!(!told(&fewer.join("\n")).is_empty(), "without line {}", one + 1);
                let mut doubled = lines.clone();
                doubled.insert(two, lines[one]);
                prop_assert!(!told(&doubled.join("\n")).is_empty(), "with line {} again", one + 1);
                if one != two {
                    let mut swapped = lines.clone();
                    swapped.swap(one, two);
                    prop_assert!(!told(&swapped.join("\n")).is_empty(), "with {one} for {two}");
                }
                Ok(())
            },
        )
        .unwrap_or_else(|error| panic!("{error}"));
    let counts = counts.into_inner();
    assert!(counts.iter().all(|&count| count > 10), "rebound, replaced, begun late: {counts:?}");
}
