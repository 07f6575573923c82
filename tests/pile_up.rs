//! Eight threads that do whatever they like to 200 plugins, whose hooks fail and are slow.
//!
//! Set `PLUGSTATE_LONG` for a run of a minute in place of a few seconds.

mod support;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use plugstate::{Backoff, Error, Event, EventKind, Manager, Phase, Restart, Snapshot, Stage};
use support::{Fault, Probe, World, host, plugin};

const PLUGINS: usize = 200;
const THREADS: u64 = 8;
/// Operations of each thread in a short run.
const OPERATIONS: usize = 400;

trait Port {}
impl Port for Probe {}

/// Numbers out of a seed (SplitMix64, G. L. Steele et al., 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

fn name(at: usize) -> String {
    format!("p{at:03}")
}

fn suite(world: &World) -> Manager {
    let policy = Restart::OnFailure {
        max: 1_000,
        within: Duration::from_secs(1),
        backoff: Backoff::starting_with(Duration::ZERO),
    };
    let mut random = Random(42);
    let mut builder = host()
        .threads(4)
        .guard_deadline(Duration::from_millis(2))
        .hook_deadline(Duration::from_secs(60))
        .restart_all(policy)
        .journal_capacity(1 << 20);
    for at in 0..PLUGINS {
        let mut declared = plugin(&name(at));
        for _ in 0..random.below(3) {
            let below = random.below(at.max(1));
            if below < at {
                declared = match random.below(4) {
                    0 => declared.wants(name(below), "*"),
                    _ => declared.requires(name(below), "*"),
                };
            }
        }
        if at > 20 && random.below(8) == 0 {
            declared = declared.requires_capability::<dyn Port>();
        }
        let probe = world.probe(declared);
        builder = builder.register(match at % 7 == 3 && at < 20 {
            true => probe.view::<dyn Port>(|it| Some(it.downcast_ref::<Probe>()?)),
            false => probe,
        });
        if random.below(3) == 0 {
            let stage = [Stage::Load, Stage::Enable, Stage::Disable][random.below(3)];
            world.during(&name(at), stage, || (0..20).for_each(|_| thread::yield_now()));
        }
    }
    builder.build().expect("a suite without problems")
}

/// One operation or a few reads; answers whether something was moved.
fn anything(world: &World, manager: &Manager, random: &mut Random) -> bool {
    let target = name(random.below(PLUGINS));
    let table = BTreeMap::from([("value", random.below(100))]);
    let answer = match random.below(40) {
        0 => manager.enable_all().map(drop),
        1 if random.below(8) == 0 => manager.shutdown(),
        1 | 2 => manager.poll(manager.now()).map(drop),
        3..6 => manager.load(&target).map(drop),
        6..8 => manager.configure(&target, table).map(drop),
        8..14 => manager.enable(&target).map(drop),
        14..16 => manager.disable(&target).map(drop),
        16..18 => manager.disable_cascade(&target).map(drop),
        18 => manager.unload(&target).map(drop),
        19 => manager.unload_cascade(&target).map(drop),
        20..23 => manager.reload(&target).map(drop),
        23 => manager.reload_with(&target, table).map(drop),
        24..26 => manager.fault(&target, "broken").map(drop),
        26..30 => manager.retry(&target).map(drop),
        30 => {
            let stages = [
                Stage::Load,
                Stage::Configure,
                Stage::Enable,
                Stage::Disable,
                Stage::Restore,
                Stage::Unload,
            ];
            let fault = [Fault::Error, Fault::Panic][random.below(2)];
            world.fail(&target, stages[random.below(6)], fault);
            return false;
        }
        31 => {
            world.heal();
            return false;
        }
        32 => {
            assert_eq!(manager.snapshot().plugins.len(), PLUGINS);
            assert!(manager.health().works.len() <= PLUGINS);
            return false;
        }
        _ => {
            // The guards are held for a while, so that whoever stops the plugin has to wait.
            if let Ok(guard) = manager.get_as::<Probe>(&target) {
                for _ in 0..random.below(10) {
                    assert!(guard.enabled, "{target} is on loan, and is not enabled");
                    thread::yield_now();
                }
            }
            for (id, _) in manager.services::<dyn Port>() {
                assert!(id.as_str() < "p020");
            }
            return false;
        }
    };
    match answer {
        Ok(()) => true,
        Err(
            Error::Hook(_)
            | Error::Illegal { .. }
            | Error::Needed { .. }
            | Error::NotFailed { .. }
            | Error::DependencyFailed { .. }
            | Error::Busy { .. }
            | Error::Shutdown(_),
        ) => false,
        Err(other) => panic!("{other}"),
    }
}

/// The phases that events add up to, by the law alone.
fn replayed(events: &[Event]) -> BTreeMap<String, (u32, Phase)> {
    let mut lives: BTreeMap<(String, u32), Phase> = BTreeMap::new();
    let mut current: BTreeMap<String, u32> = BTreeMap::new();
    for (seq, event) in (0..).zip(events) {
        assert_eq!(event.seq, seq, "numbered without gaps");
        let name = event.plugin.to_string();
        if let Some(op) = event.kind.op() {
            let life = lives.entry((name.clone(), event.generation)).or_insert(Phase::Discovered);
            *life = life.after(op).unwrap_or_else(|| panic!("{event}, where it is {life}"));
            let now = current.entry(name.clone()).or_insert(event.generation);
            let is_gone = lives.get(&(name.clone(), *now)) == Some(&Phase::Discovered);
            if is_gone {
                *now = event.generation;
            }
        }
        if event.kind == EventKind::DidReplace {
            current.insert(name, event.generation);
        }
    }
    let phase = |(name, generation): (String, u32)| {
        let phase = lives[&(name.clone(), generation)];
        (name, (generation, phase))
    };
    current.into_iter().map(phase).collect()
}

fn check(world: &World, manager: &Manager, events: &[Event]) {
    let now: Snapshot = manager.snapshot();
    assert_eq!(manager.replay(), now);
    let replayed = replayed(events);
    for standing in &now.plugins {
        let id = standing.id.as_str();
        if let Some(&(generation, phase)) = replayed.get(id) {
            let present = (standing.generation, standing.phase);
            assert_eq!((generation, phase), present, "{id}");
        }
        let alive = world.alive(id);
        match standing.phase {
            Phase::Discovered => assert_eq!(alive, 0, "{id}"),
            Phase::Failed => assert!((0..=1).contains(&alive), "{id}"),
            phase => assert!(phase.is_resident() && alive == 1, "{id} is {phase}, {alive}"),
        }
    }
}

#[test]
fn a_pile_up_ends_and_leaves_a_lawful_suite() {
    let until =
        std::env::var_os("PLUGSTATE_LONG").map(|_| Instant::now() + Duration::from_secs(60));
    let world = World::new();
    let manager = suite(&world);
    let moved = AtomicUsize::new(0);
    let (mut events, mut round) = (Vec::new(), 0);
    while round == 0 || until.is_some_and(|until| Instant::now() < until) {
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (world, manager, moved) = (&world, &manager, &moved);
                scope.spawn(move || {
                    let mut random = Random(1_000 * round + thread);
                    for _ in 0..OPERATIONS {
                        if anything(world, manager, &mut random) {
                            moved.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        assert_eq!(world.wrong(), [""; 0], "no hook met what it must not meet");
        events.extend(manager.events(events.len() as u64));
        check(&world, &manager, &events);
        round += 1;
        world.log();
    }
    println!("{round} rounds, {moved:?} operations, {} events", events.len());
    assert!(moved.into_inner() > 500, "it was not all refused");
    world.heal();
    manager.shutdown().expect("nothing holds on to anything");
    assert!(manager.snapshot().plugins.iter().all(|plugin| plugin.phase == Phase::Discovered));
    assert!((0..PLUGINS).all(|at| world.alive(&name(at)) == 0));
}
