//! Boots and shutdowns: whatever the number of threads, the same comes of them.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Barrier, Mutex, Weak};

use plugstate::{Builder, Declaration, EventKind, Manager, Phase, Stage};
use support::{Checker, Ended, Picture, Touch};
use support::{Fault, What, World, host, plugin};

/// How a manager is told to use threads; `None` leaves it to the machine.
const SETTINGS: [Option<usize>; 5] = [Some(1), Some(2), Some(3), Some(8), None];

fn with(builder: Builder, threads: Option<usize>) -> Builder {
    match threads {
        Some(count) => builder.threads(count),
        None => builder,
    }
}

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

/// What a random suite of 60 plugins is like, and what goes wrong in it.
struct Plan {
    declarations: Vec<Declaration>,
    faults: Vec<(String, Stage, Fault)>,
    /// The plugins whose hooks are slow enough for others to overtake them.
    slow: Vec<String>,
}

fn random_plan(seed: u64) -> Plan {
    let mut random = Random(seed);
    let name = |at: usize| format!("p{at:02}");
    let mut plan = Plan { declarations: Vec::new(), faults: Vec::new(), slow: Vec::new() };
    // Names say nothing about the order: 37 is prime to 60.
    let place = |at: usize| (at * 37 + seed as usize) % 60;
    for at in 0..60 {
        let mut declared = plugin(&name(place(at)));
        let mut chosen = BTreeSet::new();
        for _ in 0..random.below(4) {
            let below = random.below(at.max(1));
            if below < at && chosen.insert(below) {
                let on = name(place(below));
                declared = match random.below(3) {
                    0 => declared.wants(on, "*"),
                    _ => declared.requires(on, "*"),
                };
            }
        }
        plan.declarations.push(declared);
        let stages = [Stage::Load, Stage::Configure, Stage::Enable, Stage::Disable, Stage::Unload];
        if random.below(6) == 0 {
            let fault = [Fault::Error, Fault::Panic][random.below(2)];
            plan.faults.push((name(place(at)), stages[random.below(5)], fault));
        }
        if random.below(4) == 0 {
            plan.slow.push(name(place(at)));
        }
    }
    plan
}

/// What can be told of a boot and a shutdown that must not depend on threads.
#[derive(Debug, PartialEq)]
struct Told {
    boot: String,
    booted: String,
    shutdown: String,
    down: String,
    /// The events of each plugin, in order.
    events: BTreeMap<String, Vec<(u32, EventKind)>>,
}

fn run(plan: &Plan, threads: Option<usize>) -> Told {
    let world = World::new().traced();
    for (name, stage, fault) in &plan.faults {
        world.fail(name, *stage, *fault);
    }
    for name in &plan.slow {
        for stage in [Stage::Enable, Stage::Disable] {
            world.during(name, stage, || (0..20).for_each(|_| std::thread::yield_now()));
        }
    }
    let manager = with(world.builder(plan.declarations.clone()), threads).build().unwrap();
    let mut checker = Checker::default();
    let mut check = |before: &Picture| {
        let wrong = checker.check(&world, &manager, before, &Touch::All, Ended::Well);
        assert!(wrong.is_empty(), "{threads:?}: {wrong:#?}");
    };
    let before = Picture::of(&world, &manager);
    let boot = manager.enable_all().unwrap().to_string();
    check(&before);
    let booted = manager.snapshot().to_string();
    let before = Picture::of(&world, &manager);
    let shutdown = manager.shutdown().map_or_else(|error| error.to_string(), |()| String::new());
    check(&before);
    let mut events: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for event in manager.events(0) {
        let of_one = events.entry(event.plugin.to_string()).or_default();
        of_one.push((event.generation, event.kind));
    }
    Told { boot, booted, shutdown, down: manager.snapshot().to_string(), events }
}

#[test]
fn the_number_of_threads_changes_nothing_but_the_interleaving() {
    let mut failed = 0;
    for seed in 0..8 {
        let plan = random_plan(seed);
        let serial = run(&plan, Some(1));
        failed +=
            serial.boot.matches("failed to").count() + serial.boot.matches("panicked").count();
        assert!(serial.down.lines().all(|line| line.ends_with("Discovered")), "{}", serial.down);
        for threads in SETTINGS {
            for _ in 0..2 {
                assert_eq!(run(&plan, threads), serial, "seed {seed}, {threads:?}");
            }
        }
    }
    assert!(failed > 8, "the plans are such that something goes wrong: {failed}");
}

/// Four plugins that wait for each other in a hook: one after the other they would wait for ever.
#[test]
fn independent_plugins_really_overlap_in_boot_and_shutdown() {
    for threads in [4, 8] {
        let world = World::new();
        for stage in [Stage::Enable, Stage::Disable, Stage::Unload] {
            let meet = Arc::new(Barrier::new(4));
            for name in ["a", "b", "c", "d"] {
                let meet = Arc::clone(&meet);
                world.during(name, stage, move || {
                    meet.wait();
                });
            }
        }
        let names = ["a", "b", "c", "d"].map(|name| plugin(name).requires("core", "*"));
        let manager =
            world.builder(names).register(world.probe(plugin("core"))).threads(threads).build();
        let manager = manager.unwrap();
        assert!(manager.enable_all().unwrap().is_good());
        assert_eq!(manager.enabled().len(), 5);
        manager.shutdown().unwrap();
        assert_eq!(manager.replay(), manager.snapshot());
    }
}

/// Without a number of threads the run turns parallel after hooks that take long; a single one may
/// only have been interrupted.
#[test]
fn slow_hooks_turn_a_boot_parallel_by_themselves() {
    let Ok(cores) = std::thread::available_parallelism() else { return };
    if cores.get() < 2 {
        return;
    }
    let world = World::new();
    // The clock is what says that a hook was slow, and it is asked before and after each.
    let ticks = Mutex::new(0);
    let clock = move || {
        let mut ticks = ticks.lock().unwrap();
        *ticks += 1;
        std::time::Duration::from_millis(*ticks)
    };
    let meet = Arc::new(Barrier::new(2));
    for name in ["b", "c"] {
        let meet = Arc::clone(&meet);
        world.during(name, Stage::Enable, move || {
            meet.wait();
        });
    }
    let manager = world.builder(["a", "aa", "b", "c"].map(plugin)).clock(clock).build().unwrap();
    assert!(manager.enable_all().unwrap().is_good());
}

/// How often the clock was read for each hook that was called since event `from`, between its beginning
/// and the event before.
fn reads(manager: &Manager, from: u64) -> Vec<(String, u128)> {
    use EventKind::{WillConfigure, WillDisable, WillEnable, WillLoad, WillUnload};
    let events = manager.events(from);
    let begins = |event: &plugstate::Event| {
        matches!(event.kind, WillLoad | WillConfigure | WillEnable | WillDisable | WillUnload)
    };
    (events.windows(2))
        .filter(|two| begins(&two[1]))
        .map(|two| {
            (format!("{} {}", two[1].plugin, two[1].kind), (two[1].at - two[0].at).as_millis())
        })
        .collect()
}

/// Where one hook ends and the next begins the clock is read once, if nobody's code ran in between.
#[test]
fn a_hook_begins_when_the_one_before_it_in_a_boot_ends_unless_time_goes_by() {
    for threads in [Some(1), None] {
        let world = World::new();
        let ticks = Mutex::new(0);
        let clock = move || {
            let mut ticks = ticks.lock().unwrap();
            *ticks += 1;
            std::time::Duration::from_millis(*ticks)
        };
        let builder = world.builder(["a", "b"].map(plugin)).clock(clock);
        let manager = with(builder, threads).build().unwrap();
        let next = || manager.snapshot().next_seq;
        let told = |hooks: &[(&str, u128)]| -> Vec<(String, u128)> {
            hooks.iter().map(|&(hook, reads)| (hook.to_owned(), reads)).collect()
        };
        let rest = [("b will configure", 1), ("b will enable", 0)];
        let first = [("a will configure", 1), ("a will enable", 0), ("b will load", 0)];

        manager.enable_all().unwrap();
        assert_eq!(reads(&manager, 0), told(&[&first[..], &rest].concat()), "{threads:?}");

        let from = next();
        manager.shutdown().unwrap();
        let down = [("a will disable", 0), ("b will unload", 1), ("a will unload", 0)];
        assert_eq!(reads(&manager, from), told(&down), "{threads:?}");

        // The one before was started long ago, or has failed: who writes that down may take its time.
        manager.enable("a").unwrap();
        let from = next() - 1;
        manager.enable_all().unwrap();
        let begins = ("b will load", 3);
        assert_eq!(reads(&manager, from), told(&[&[begins][..], &rest].concat()), "{threads:?}");
        world.fail("b", Stage::Disable, Fault::Error);
        let from = next();
        assert!(manager.shutdown().is_err());
        let down = [("a will disable", 1), ("b will unload", 1), ("a will unload", 0)];
        assert_eq!(reads(&manager, from), told(&down), "{threads:?}");
        world.fail("a", Stage::Configure, Fault::Error);
        let from = next();
        manager.enable_all().unwrap();
        let begins = [("a will configure", 1), ("b will load", 1)];
        assert_eq!(reads(&manager, from), told(&[&begins[..], &rest].concat()), "{threads:?}");
    }
}

/// A dependent's hooks begin when all hooks of what it depends on are over, at every number of
/// threads: a diamond with a wanted edge, many times.
#[test]
fn no_dependent_starts_before_its_dependencies_are_there() {
    for threads in SETTINGS {
        for _ in 0..50 {
            let world = World::new().traced();
            let manager = with(
                world.builder([
                    plugin("top").requires("left", "*").wants("right", "*"),
                    plugin("left").requires("base", "*"),
                    plugin("right").requires("base", "*"),
                    plugin("base"),
                ]),
                threads,
            );
            let manager = manager.build().unwrap();
            manager.enable_all().unwrap();
            let up = world.trace();
            manager.shutdown().unwrap();
            let down = world.trace();
            let first = |trace: &[support::Mark], name: &str, stage| {
                let starts = trace
                    .iter()
                    .position(|mark| mark.plugin == name && mark.what == What::Starts(stage));
                starts.expect("it started")
            };
            let last = |trace: &[support::Mark], name: &str, stage| {
                let ends = trace
                    .iter()
                    .position(|mark| mark.plugin == name && mark.what == What::Ends(stage, true));
                ends.expect("it ended")
            };
            for (above, below) in
                [("top", "left"), ("top", "right"), ("left", "base"), ("right", "base")]
            {
                let below_is_up = last(&up, below, Stage::Enable);
                assert!(below_is_up < first(&up, above, Stage::Load), "{threads:?}: {up:?}");
                for stage in [Stage::Disable, Stage::Unload] {
                    assert!(last(&down, above, stage) < first(&down, below, stage), "{down:?}");
                }
            }
        }
    }
}

#[test]
fn an_observer_may_call_back_from_a_parallel_boot() {
    for threads in SETTINGS {
        let world = World::new();
        let names: Vec<_> = (0..20).map(|at| plugin(&format!("p{at:02}"))).collect();
        let late = plugin("late").requires("p07", "*");
        let manager = with(world.builder(names), threads).register(world.probe(late));
        let manager = Arc::new(manager.build().unwrap());
        let (weak, told) = (Arc::downgrade(&manager), Arc::new(Mutex::new(Vec::new())));
        let seqs = Arc::clone(&told);
        manager.observe(move |event| {
            let manager: Arc<Manager> = Weak::upgrade(&weak).expect("the test holds it");
            seqs.lock().unwrap().push(event.seq);
            let first = manager.info("p07").unwrap().generation == 1;
            if event.kind == EventKind::DidEnable && event.plugin == "late" && first {
                manager.reload("p07").expect("an observer may");
            }
        });
        assert!(manager.enable_all().unwrap().is_good());
        assert_eq!(manager.info("p07").unwrap().generation, 2, "{threads:?}");
        assert_eq!(manager.phase("late").unwrap(), Phase::Enabled);
        let told = told.lock().unwrap();
        assert_eq!(*told, (0..told.len() as u64).collect::<Vec<_>>());
        assert_eq!(manager.lost_observers(), []);
        assert_eq!(manager.replay(), manager.snapshot());
    }
}

/// A capability that was bound anew orders boots and shutdowns as the former binding did.
#[test]
fn what_was_bound_anew_is_waited_for() {
    trait Clock {}
    impl Clock for support::Probe {}
    for threads in SETTINGS {
        for _ in 0..20 {
            let world = World::new().traced();
            let clock = |name: &str| {
                world
                    .probe(plugin(name))
                    .view::<dyn Clock>(|clock| Some(clock.downcast_ref::<support::Probe>()?))
            };
            let user = world.probe(plugin("user").requires_capability::<dyn Clock>());
            let builder = host().register(clock("a")).register(clock("b"));
            let manager = with(builder.register(user), threads).build().unwrap();
            manager.enable_all().unwrap();
            manager.fault("a", "broken").unwrap();
            assert_eq!(manager.dependents("b").unwrap(), ["user"]);
            manager.shutdown().unwrap();
            world.during("b", Stage::Enable, || (0..50).for_each(|_| std::thread::yield_now()));
            let mut checker = Checker::default();
            checker.skip(&world, &manager);
            let operations: [fn(&Manager); 2] = [|m| drop(m.enable_all()), |m| drop(m.shutdown())];
            for operation in operations {
                let before = Picture::of(&world, &manager);
                operation(&manager);
                let wrong = checker.check(&world, &manager, &before, &Touch::All, Ended::Well);
                assert!(wrong.is_empty(), "{threads:?}: {wrong:#?}");
            }
            manager.enable_all().unwrap();
            assert_eq!(manager.enabled().len(), 3, "{threads:?}");
        }
    }
}
