//! Boot and shutdown, which run hooks of several plugins at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use plugstate::testing::{Fault, Touch, World, plugin};
use plugstate::{Error, Manager, Phase, Stage};

use super::case::{Case, Reader, dawdle, diamond, pick, ports, scope};
use super::explore::explore;

const ALL: [&str; 4] = ["base", "left", "right", "top"];
const UP: [Stage; 3] = [Stage::Load, Stage::Configure, Stage::Enable];
const DOWN: [Stage; 2] = [Stage::Disable, Stage::Unload];

/// Each of these hooks of each of `plugins`, once.
fn once(hooks: &[Stage], plugins: &[&str]) -> Vec<String> {
    let each = plugins.iter().flat_map(|plugin| hooks.iter().map(move |hook| (hook, plugin)));
    sorted(each.map(|(hook, plugin)| format!("{hook} {plugin}")).collect())
}

fn sorted(mut log: Vec<String>) -> Vec<String> {
    log.sort();
    log
}

/// Has this hook of these plugins take a while, and counts in `met` when two of them overlap.
fn slow(world: &World, plugins: &[&str], stage: Stage, steps: usize, met: &'static AtomicUsize) {
    let running = Arc::new(AtomicUsize::new(0));
    for plugin in plugins {
        let running = Arc::clone(&running);
        world.during(plugin, stage, move || {
            running.fetch_add(1, Relaxed);
            for _ in 0..steps {
                dawdle(1);
                if running.load(Relaxed) > 1 {
                    met.fetch_add(1, Relaxed);
                }
            }
            running.fetch_sub(1, Relaxed);
        });
    }
}

#[test]
fn a_boot_on_several_threads_runs_every_hook_once() {
    static MET: AtomicUsize = AtomicUsize::new(0);
    let explored = explore(|| {
        let world = World::new().traced();
        slow(&world, &ALL, Stage::Enable, 20, &MET);
        slow(&world, &ALL, Stage::Unload, 20, &MET);
        let mut case = Case::new(&world, world.builder(diamond()).threads(2 + pick(2)));
        let report = case.well(&Touch::All, |manager| manager.enable_all().unwrap());
        assert!(report.is_good(), "{report:?}");
        assert_eq!(sorted(world.log()), once(&UP, &ALL));
        case.well(&Touch::All, |manager| manager.shutdown().unwrap());
        assert_eq!(sorted(world.log()), once(&DOWN, &ALL));
        case.gone();
    });
    assert!(!explored || MET.load(Relaxed) > 0, "hooks never overlap");
}

#[test]
fn a_boot_turns_parallel_by_itself() {
    static MET: AtomicUsize = AtomicUsize::new(0);
    const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];
    let explored = explore(|| {
        let world = World::new().traced();
        slow(&world, &NAMES, Stage::Load, 40, &MET);
        let suite = NAMES.map(|name| match name {
            "e" => plugin(name).requires("c", "*").wants("d", "*"),
            _ => plugin(name),
        });
        // As on a machine with two cores, whose host says nothing.
        let mut case = Case::new(&world, world.builder(suite));
        let report = case.well(&Touch::All, |manager| manager.enable_all().unwrap());
        assert!(report.is_good(), "{report:?}");
        assert_eq!(sorted(world.log()), once(&UP, &NAMES));
        case.end();
    });
    assert!(!explored || MET.load(Relaxed) > 0, "hooks never overlap");
}

#[test]
fn a_boot_goes_on_past_a_hook_that_fails() {
    explore(|| {
        let world = World::new().traced();
        let mut case = Case::new(&world, world.builder(diamond()).threads(2 + pick(2)));
        let stage = UP[pick(3)];
        world.fail("left", stage, [Fault::Error, Fault::Panic][pick(2)]);
        let report = case.well(&Touch::All, |manager| manager.enable_all().unwrap());
        assert!(!report.is_good());
        let phase = |name| case.manager.phase(name).unwrap();
        let phases = ALL.map(phase);
        use Phase::{Discovered, Enabled, Failed};
        assert_eq!(phases, [Enabled, Failed, Enabled, Discovered]);
        let hooks = &UP[..=UP.iter().position(|&hook| hook == stage).unwrap()];
        let ran = [once(&UP, &["base", "right"]), once(hooks, &["left"])].concat();
        assert_eq!(sorted(world.log()), sorted(ran));
        case.end();
    });
}

#[test]
fn a_boot_that_is_undone_leaves_nothing() {
    explore(|| {
        let world = World::new().traced();
        let mut case = Case::new(&world, ports(&world, diamond()).threads(2));
        world.fail("top", Stage::Enable, Fault::Error);
        case.run(&Touch::All, |manager| {
            scope(|scope| {
                scope.spawn(|| {
                    let mut reader = Reader::default();
                    // What a boot that is undone has enabled was never in service.
                    (0..3).for_each(|_| assert!(!reader.borrow(manager, ALL[pick(4)])));
                    reader.snapshot(manager);
                });
                let answer = manager.enable_all_strict();
                assert!(matches!(answer, Err(Error::Hook(_))), "{answer:?}");
            });
            ((), plugstate::testing::Ended::Badly)
        });
        world.heal();
        case.end();
    });
}

#[test]
fn who_reads_during_a_boot_sees_whole_plugins() {
    static SEEN: AtomicUsize = AtomicUsize::new(0);
    let explored = explore(|| {
        let world = World::new().traced();
        let mut case = Case::new(&world, ports(&world, diamond()).threads(2 + pick(2)));
        case.well(&Touch::All, |manager| {
            scope(|scope| {
                scope.spawn(|| {
                    let mut reader = Reader::default();
                    for name in ALL {
                        // Nothing is on its way down: what has come into service stays there.
                        let shown = shown_enabled(manager, name);
                        let lent = reader.borrow(manager, name);
                        assert!(lent || !shown, "{name} is enabled, and nobody can have it");
                        let phase = manager.phase(name).unwrap();
                        assert!(!lent || phase == Phase::Enabled, "{name} is lent, and {phase}");
                        SEEN.fetch_add(usize::from(lent), Relaxed);
                        reader.look(manager, name);
                    }
                });
                assert!(manager.enable_all().unwrap().is_good());
            });
        });
        let mut reader = Reader::default();
        assert!(ALL.into_iter().all(|name| reader.borrow(&case.manager, name)));
        case.end();
    });
    assert!(!explored || SEEN.load(Relaxed) > 0, "nothing was in service before the end");
}

#[test]
fn a_shutdown_waits_for_who_reads() {
    explore(|| {
        let world = World::new().traced();
        let mut case = Case::new(&world, ports(&world, diamond()).threads(2));
        case.well(&Touch::All, |manager| manager.enable_all().unwrap());
        case.well(&Touch::All, |manager| {
            scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| {
                        let mut reader = Reader::default();
                        (0..2).for_each(|_| reader.look(manager, ALL[pick(4)]));
                    });
                }
                manager.shutdown().unwrap();
            });
        });
        assert!(is_down(&case.manager));
        case.gone();
    });
}

#[test]
fn a_shutdown_leaves_what_is_held_past_the_deadline_standing() {
    static HELD: AtomicUsize = AtomicUsize::new(0);
    let explored = explore(|| {
        let world = World::new().traced();
        let soon = std::time::Duration::from_micros(30);
        let suite = ports(&world, diamond()).threads(2).guard_deadline(soon);
        let mut case = Case::new(&world, suite);
        case.well(&Touch::All, |manager| manager.enable_all().unwrap());
        case.well(&Touch::All, |manager| {
            scope(|scope| {
                scope.spawn(|| {
                    let Ok(guard) = manager.get_as::<plugstate::testing::Probe>("left") else {
                        return;
                    };
                    dawdle(40);
                    assert!(guard.enabled);
                });
                match manager.shutdown() {
                    Ok(()) => {}
                    // Checked by the invariant *Support*: what it requires stands too.
                    Err(Error::Shutdown(report)) => {
                        assert!(!report.is_good());
                        assert_eq!(manager.phase("top").unwrap(), Phase::Discovered);
                        assert_eq!(manager.phase("left").unwrap(), Phase::Enabled);
                        HELD.fetch_add(1, Relaxed);
                    }
                    Err(error) => panic!("{error}"),
                }
            });
        });
        case.end();
    });
    assert!(!explored || HELD.load(Relaxed) > 0, "nobody held on to anything");
}

fn shown_enabled(manager: &Manager, name: &str) -> bool {
    let standings = manager.snapshot().plugins;
    standings.iter().any(|it| it.id == *name && it.phase == Phase::Enabled)
}

fn is_down(manager: &Manager) -> bool {
    manager.snapshot().plugins.iter().all(|plugin| plugin.phase == Phase::Discovered)
}
