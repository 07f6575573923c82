//! What a host can know: plans before, events during, the journal after, services meanwhile.

mod support;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use plugstate::{
    Error, Event, EventKind, Manager, Phase, Plan, PluginId, Report, Request, Stage, global,
    set_global,
};
use support::{Fault, Finder, Probe, World, plugin};

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// A suite of some depth: `d` requires `b` and `c`, which require `a`; `e` wants `b`; `f` is alone.
fn suite(world: &World, capacity: usize) -> Manager {
    let builder = world.builder([
        plugin("a"),
        plugin("b").requires("a", "*"),
        plugin("c").requires("a", "*"),
        plugin("d").requires("b", "*").requires("c", "*"),
        plugin("e").wants("b", "*"),
        plugin("f"),
    ]);
    // One thread: plans tell the order in which plugins move one after the other.
    builder.journal_capacity(capacity).threads(1).build().unwrap()
}

/// Requests and faults from a fixed seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % sides).expect("a small number")
    }

    fn request(&mut self) -> Request {
        let id = PluginId::from(NAMES[self.roll(6)]);
        match self.roll(10) {
            0 => Request::Load(id),
            1 => Request::Configure(id),
            2 => Request::Enable(id),
            3 => Request::Disable(id),
            4 => Request::DisableCascade(id),
            5 => Request::Unload(id),
            6 => Request::UnloadCascade(id),
            7 => Request::Retry(id),
            8 => Request::EnableAll,
            _ => Request::Shutdown,
        }
    }

    fn fault(&mut self, world: &World) {
        let stages = [Stage::Load, Stage::Configure, Stage::Enable, Stage::Disable, Stage::Unload];
        let fault = [Fault::Error, Fault::Panic][self.roll(2)];
        world.fail(NAMES[self.roll(6)], stages[self.roll(5)], fault);
    }
}

fn run(manager: &Manager, request: &Request) -> Result<Report, Error> {
    match request {
        Request::Load(id) => manager.load(id.as_str()),
        Request::Configure(id) => manager.configure(id.as_str(), BTreeMap::from([("value", 1)])),
        Request::Enable(id) => manager.enable(id.as_str()),
        Request::Disable(id) => manager.disable(id.as_str()),
        Request::DisableCascade(id) => manager.disable_cascade(id.as_str()),
        Request::Unload(id) => manager.unload(id.as_str()),
        Request::UnloadCascade(id) => manager.unload_cascade(id.as_str()),
        Request::Retry(id) => manager.retry(id.as_str()),
        Request::EnableAll => manager.enable_all(),
        Request::Shutdown => manager.shutdown().map(|()| Report::default()),
        other => panic!("a request that this test does not know: {other}"),
    }
}

/// The hooks that the events from `seq` on announce.
fn announced(events: &[Event]) -> Vec<(PluginId, Stage)> {
    let stage = |kind| match kind {
        EventKind::WillLoad => Some(Stage::Load),
        EventKind::WillConfigure => Some(Stage::Configure),
        EventKind::WillEnable => Some(Stage::Enable),
        EventKind::WillDisable => Some(Stage::Disable),
        EventKind::WillUnload => Some(Stage::Unload),
        _ => None,
    };
    events.iter().filter_map(|e| Some((e.plugin.clone(), stage(e.kind)?))).collect()
}

#[test]
fn a_plan_says_what_is_then_done_for_every_request_in_every_situation() {
    let world = World::new();
    let manager = suite(&world, 4096);
    let mut dice = Dice(7);
    let (mut planned, mut refused) = (BTreeMap::new(), BTreeMap::new());
    for _ in 0..6_000 {
        if dice.roll(4) == 0 {
            // Something fails, so that later plans meet plugins that are Failed.
            dice.fault(&world);
            for _ in 0..3 {
                let _ = run(&manager, &dice.request());
            }
            world.heal();
        }
        world.log();
        let request = dice.request();
        let kind = format!("{request:?}").split('(').next().expect("a word").to_owned();
        let before = manager.snapshot();
        // What has no instance has no hook that could be called; its end is an event all the same.
        let bodiless: Vec<_> = NAMES.iter().filter(|name| world.alive(name) == 0).collect();
        let plan = manager.plan(&request);
        assert_eq!(manager.snapshot(), before, "a plan moves nothing");
        assert_eq!(world.log(), Vec::<String>::new());
        let done = run(&manager, &request);
        let log = world.log();
        match plan {
            Err(why) => {
                assert_eq!(done.unwrap_err().to_string(), why.to_string(), "{request} on {before}");
                assert_eq!((manager.snapshot(), log), (before, vec![]), "{request}");
                *refused.entry(kind).or_insert(0) += 1;
            }
            Ok(plan) => {
                let done = done.unwrap_or_else(|why| panic!("{request} on {before}: {why}"));
                assert!(done.is_good() || matches!(request, Request::EnableAll), "{done}");
                assert_eq!(plan.request(), &request);
                let events = manager.events(before.next_seq);
                assert_eq!(announced(&events), plan.steps(), "{request} on {before}");
                let hooks = plan.steps().iter().filter(|(id, stage)| {
                    *stage != Stage::Unload
                        || before.phase(id.as_str()) != Some(Phase::Failed)
                        || !bodiless.iter().any(|name| **name == id.as_str())
                });
                let hooks: Vec<_> = hooks.map(|(id, stage)| format!("{stage} {id}")).collect();
                assert_eq!(log, hooks, "{request} on {before}");
                assert_eq!(plan.is_empty(), Plan::steps(&plan).is_empty());
                *planned.entry(kind).or_insert(0) += plan.steps().len().min(1);
            }
        }
    }
    let often = |count: &BTreeMap<String, usize>| count.values().all(|count| *count > 5);
    assert!(planned.len() == 10 && often(&planned), "each kind did something: {planned:?}");
    assert!(
        refused.len() == 7 && often(&refused),
        "all but three were refused at times: {refused:?}"
    );
}

#[test]
fn a_plan_in_strange_situations_answers_what_the_request_would() {
    let world = World::new();
    let manager = world.builder([plugin("a").requires("ghost", "*"), plugin("b")]).build_partial();
    for request in [Request::Load("a".into()), Request::Enable("a".into())] {
        assert!(matches!(manager.plan(&request), Err(Error::Blocked { .. })));
    }
    let unknown = manager.plan(&Request::Retry("x".into()));
    assert!(matches!(unknown, Err(Error::Unknown { .. })));
    assert!(matches!(manager.plan(&Request::Retry("b".into())), Err(Error::NotFailed { .. })));
    manager.enable("b").unwrap();
    let configure = manager.plan(&Request::Configure("b".into()));
    assert!(matches!(configure, Err(Error::Illegal { .. })));
}

#[test]
fn the_journal_replays_to_the_present_after_every_operation_however_little_it_keeps() {
    for capacity in [1, 2, 7, 100_000] {
        let world = World::new();
        let manager = suite(&world, capacity);
        let mut dice = Dice(capacity as u64);
        let mut told: Vec<Event> = Vec::new();
        for _ in 0..600 {
            if dice.roll(3) == 0 {
                dice.fault(&world);
            }
            let _ = run(&manager, &dice.request());
            if dice.roll(3) == 0 {
                world.heal();
            }
            let now = manager.snapshot();
            assert_eq!(manager.replay(), now, "capacity {capacity}");
            let kept = manager.events(0);
            assert!(kept.len() <= capacity);
            assert_eq!(kept.len() as u64, now.next_seq.min(capacity as u64), "the newest are kept");
            let numbers = kept.iter().map(|event| event.seq);
            assert!(numbers.eq(now.next_seq - kept.len() as u64..now.next_seq), "without gaps");
            assert!(kept.is_sorted_by_key(|event| event.at));
            if capacity > 1_000 {
                assert_eq!(kept[..told.len()], told, "what was written stays");
                told = kept;
            }
        }
        assert!(manager.snapshot().next_seq > 1_000);
    }
}

/// Replays the events by hand, from the law alone.
#[test]
fn every_event_is_a_row_of_the_law_and_their_sum_is_the_present() {
    let world = World::new();
    let manager = suite(&world, 1 << 20);
    let mut dice = Dice(99);
    for _ in 0..1_000 {
        dice.fault(&world);
        let _ = run(&manager, &dice.request());
        world.heal();
        let _ = run(&manager, &dice.request());
    }
    // Each generation obeys the law by itself.
    let mut phases: BTreeMap<(PluginId, u32), Phase> = BTreeMap::new();
    for event in manager.events(0) {
        let life = (event.plugin.clone(), event.generation);
        let phase = phases.entry(life).or_insert(Phase::Discovered);
        if let Some(op) = event.kind.op() {
            *phase = phase.after(op).unwrap_or_else(|| panic!("{event} in {phase}"));
        }
    }
    for standing in manager.snapshot().plugins {
        let last = phases.remove(&(standing.id, standing.generation));
        assert_eq!(last, Some(standing.phase));
    }
    assert!(phases.values().all(|&phase| phase == Phase::Discovered), "{phases:?}");
    let failures =
        manager.events(0).iter().filter(|e| matches!(e.kind, EventKind::DidFail(_))).count();
    assert!(failures > 50, "{failures}");
}

#[test]
fn observers_are_told_everything_in_order_when_the_operation_is_over() {
    let world = World::new();
    let told = Arc::new(Mutex::new(Vec::new()));
    let (early, hooks) = (Arc::clone(&told), world.clone());
    let manager = world
        .builder([plugin("a"), plugin("b").requires("a", "*")])
        .observe(move |event| early.lock().unwrap().push((event.to_string(), hooks.log().len())))
        .build()
        .unwrap();
    manager.enable("b").unwrap();
    let told = std::mem::take(&mut *told.lock().unwrap());
    assert!(
        told.iter().map(|(text, _)| text).eq(manager
            .events(0)
            .iter()
            .map(|e| e.to_string())
            .collect::<Vec<_>>()
            .iter())
    );
    assert_eq!(told[0].1, 6, "all hooks had run when the first event was told");
    assert_eq!(told.len(), 12);
    world.fail("b", Stage::Disable, Fault::Error);
    manager.disable("b").unwrap_err();
    assert_eq!(manager.events(12).len(), 2);
}

#[test]
fn an_observer_may_move_plugins_and_all_hear_of_it_in_order() {
    let world = World::new();
    let finder = Finder::default();
    let inside = finder.clone();
    let manager = finder.show(world.build([plugin("a"), plugin("b"), plugin("c")]));
    let told: Arc<Mutex<Vec<(u8, u64)>>> = Arc::default();
    let (first, second) = (Arc::clone(&told), Arc::clone(&told));
    manager.observe(move |event| {
        first.lock().unwrap().push((1, event.seq));
        let manager = inside.find();
        // A chain of operations, each started by an event of the one before.
        match (event.plugin.as_str(), event.kind) {
            ("a", EventKind::DidEnable) => drop(manager.enable("b").unwrap()),
            ("b", EventKind::DidEnable) => drop(manager.enable("c").unwrap()),
            _ => {}
        }
    });
    let ended = manager.observe(move |event| second.lock().unwrap().push((2, event.seq)));
    manager.enable("a").unwrap();
    assert_eq!(manager.enabled().len(), 3);
    let expected: Vec<_> = (0..18).flat_map(|seq| [(1, seq), (2, seq)]).collect();
    assert_eq!(*told.lock().unwrap(), expected);

    assert!(manager.unobserve(ended));
    assert!(!manager.unobserve(ended), "it is gone");
    told.lock().unwrap().clear();
    manager.disable("c").unwrap();
    assert_eq!(*told.lock().unwrap(), [(1, 18), (1, 19)]);
}

#[test]
fn an_observer_that_panics_is_listed_and_not_called_again() {
    let world = World::new();
    let manager = world.build([plugin("a")]);
    let (calls, others) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (count, other) = (Arc::clone(&calls), Arc::clone(&others));
    let frail = manager.observe(move |event| {
        count.fetch_add(1, Ordering::SeqCst);
        assert!(event.seq < 2, "too much for me");
    });
    manager.observe(move |_| {
        other.fetch_add(1, Ordering::SeqCst);
    });
    manager.enable("a").expect("an observer's panic is its own affair");
    assert_eq!(manager.phase("a").unwrap(), Phase::Enabled);
    assert_eq!((calls.load(Ordering::SeqCst), others.load(Ordering::SeqCst)), (3, 6));
    let lost = manager.lost_observers();
    assert_eq!(lost.len(), 1);
    assert_eq!((lost[0].id, lost[0].seq, &*lost[0].message), (frail, 2, "too much for me"));
    manager.unload("a").unwrap();
    assert_eq!((calls.load(Ordering::SeqCst), others.load(Ordering::SeqCst)), (3, 10));
    assert!(!manager.unobserve(frail));
}

trait Tone: Send + Sync {
    fn tone(&self) -> String;
}

impl Tone for Probe {
    fn tone(&self) -> String {
        format!("{} is {}", self.name(), if self.enabled { "on" } else { "off" })
    }
}

#[test]
fn services_are_found_by_name_and_only_while_they_are_enabled() {
    let world = World::new();
    let toned = |name: &str, below: &str| {
        let declaration = plugin(name).requires(below.to_owned(), "*");
        let declaration = if below.is_empty() { plugin(name) } else { declaration };
        world.probe(declaration).view::<dyn Tone>(|plugin| Some(plugin.downcast_ref::<Probe>()?))
    };
    let manager = Manager::builder()
        .register(toned("c", ""))
        .register(toned("a", "c"))
        .register(toned("b", ""))
        .register(world.probe(plugin("mute")))
        .build()
        .unwrap();
    let tones = || {
        let services = manager.services::<dyn Tone>();
        services.map(|(id, tone)| format!("{id}: {}", tone.tone())).collect::<Vec<_>>()
    };
    assert!(tones().is_empty());
    manager.load("b").unwrap();
    assert!(tones().is_empty());
    manager.enable_all().unwrap();
    assert_eq!(tones(), ["a: a is on", "b: b is on", "c: c is on"]);
    manager.disable("b").unwrap();
    world.fail("a", Stage::Disable, Fault::Error);
    manager.disable("a").unwrap_err();
    assert_eq!(tones(), ["c: c is on"]);

    let slow = manager.services::<dyn Tone>();
    manager.disable("c").unwrap();
    assert_eq!(slow.count(), 0, "each is asked for when its turn comes");
}

#[test]
fn the_global_manager_is_set_once() {
    assert!(global().is_err());
    let world = World::new();
    let manager = set_global(world.build([plugin("a")])).unwrap();
    manager.enable("a").unwrap();
    assert_eq!(global().unwrap().phase("a").unwrap(), Phase::Enabled);
    world.log();
    let second = world.build([plugin("b")]);
    second.enable("b").unwrap();
    assert!(set_global(second).is_err());
    let log = ["load b", "configure b", "enable b", "disable b", "unload b"];
    assert_eq!(world.log(), log, "the one that was refused is shut down");
    assert!(global().unwrap().phase("b").is_err());
}
