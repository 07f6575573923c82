//! Operations that several threads ask for at the same time, and who is told of them.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plugstate::testing::{Fault, Probe, Touch, World, plugin};
use plugstate::{Backoff, Error, Event, Manager, ObserverId, Phase, Restart, Stage};

use super::case::{Case, Reader, dawdle, diamond, pick, ports, scope};
use super::explore::explore;

/// Any operation on the diamond. Where it is not legal, it is refused.
fn any(manager: &Manager) {
    let answer = match pick(6) {
        0 => manager.enable_all().map(drop),
        1 => manager.enable("left").map(drop),
        2 => manager.disable_cascade("base").map(drop),
        3 => manager.unload_cascade("right").map(drop),
        4 => manager.reload("base").map(drop),
        _ => manager.shutdown(),
    };
    assert!(matches!(answer, Ok(()) | Err(Error::Illegal { .. })), "{answer:?}");
}

#[test]
fn operations_wait_for_each_other() {
    explore(|| {
        let world = World::new().traced();
        let mut case = Case::new(&world, ports(&world, diamond()).threads(1 + pick(2)));
        case.well(&Touch::Several, |manager| {
            scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| (0..2).for_each(|_| any(manager)));
                }
                any(manager);
                Reader::default().look(manager, "base");
            });
        });
        case.end();
    });
}

#[test]
fn who_waits_too_long_is_told_and_has_done_nothing() {
    static TOLD: AtomicUsize = AtomicUsize::new(0);
    let explored = explore(|| {
        let world = World::new().traced();
        let soon = Duration::from_micros(30);
        let mut case = Case::new(&world, world.builder(diamond()).threads(1).turn_deadline(soon));
        let (one, other) = case.well(&Touch::Several, |manager| {
            scope(|scope| {
                let one = scope.spawn(|| manager.enable("left").map(drop));
                let other = manager.enable("right").map(drop);
                (one.join().unwrap(), other)
            })
        });
        for (name, answer) in [("left", &one), ("right", &other)] {
            let expected = match answer {
                Ok(()) => Phase::Enabled,
                Err(Error::Turn { waited, .. }) => {
                    assert_eq!(*waited, soon);
                    TOLD.fetch_add(1, Relaxed);
                    Phase::Discovered
                }
                Err(error) => panic!("{error}"),
            };
            assert_eq!(case.manager.phase(name).unwrap(), expected);
        }
        assert!(one.is_ok() || other.is_ok(), "one of two has the turn");
        case.end();
    });
    assert!(!explored || TOLD.load(Relaxed) > 0, "nobody waited too long");
}

#[test]
fn hooks_of_two_operations_never_overlap() {
    explore(|| {
        let world = World::new().traced();
        let suite = world.builder([plugin("a"), plugin("b")]).threads(2);
        let mut case = Case::new(&world, suite);
        let running = Arc::new(AtomicUsize::new(0));
        let most = Arc::new(AtomicUsize::new(0));
        for name in ["a", "b"] {
            let (running, most) = (Arc::clone(&running), Arc::clone(&most));
            world.during(name, Stage::Enable, move || {
                most.fetch_max(running.fetch_add(1, Relaxed) + 1, Relaxed);
                dawdle(5);
                running.fetch_sub(1, Relaxed);
            });
        }
        case.well(&Touch::Several, |manager| {
            scope(|scope| {
                scope.spawn(|| manager.enable("a").unwrap());
                // Asked for while the hook of another thread runs: that is no hook that calls back.
                manager.enable("b").unwrap();
            });
        });
        assert_eq!(most.load(Relaxed), 1);
        case.end();
    });
}

/// Writes down the numbers of the events that it is told.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<u64>>>);

impl Told {
    fn observer(&self) -> impl Fn(&Event) + Send + Sync + 'static {
        let told = self.clone();
        move |event| told.0.lock().unwrap().push(event.seq)
    }

    fn seen(&self) -> Vec<u64> {
        self.0.lock().unwrap().clone()
    }

    fn is_in_order(&self) -> bool {
        self.seen().windows(2).all(|two| two[0] + 1 == two[1])
    }
}

#[test]
fn an_observer_is_told_everything_once_and_in_order() {
    explore(|| {
        let world = World::new().traced();
        let first = Told::default();
        let suite = world.builder(diamond()).threads(1).observe(first.observer());
        let mut case = Case::new(&world, suite);
        let late = Told::default();
        case.well(&Touch::Several, |manager| {
            scope(|scope| {
                scope.spawn(|| manager.enable("left").unwrap());
                scope.spawn(|| {
                    let id = manager.observe(late.observer());
                    dawdle(pick(20));
                    assert!(manager.unobserve(id));
                    assert!(!manager.unobserve(id));
                });
                manager.enable("right").unwrap();
            });
        });
        // Whoever returned last has told what was written by then.
        let written = case.manager.snapshot().next_seq;
        assert_eq!(first.seen(), (0..written).collect::<Vec<_>>());
        assert!(late.is_in_order(), "{:?}", late.seen());
        case.end();
    });
}

#[test]
fn an_observer_that_comes_alone_hears_all_from_then_on() {
    explore(|| {
        let world = World::new().traced();
        let mut case = Case::new(&world, world.builder(diamond()).threads(1));
        let (left, right) = (Told::default(), Told::default());
        case.well(&Touch::Several, |manager| {
            let comes = |told: &Told| -> ObserverId { manager.observe(told.observer()) };
            scope(|scope| {
                scope.spawn(|| manager.enable("base").unwrap());
                scope.spawn(|| {
                    let id = comes(&left);
                    manager.unobserve(id);
                });
                comes(&right);
                let since = manager.snapshot().next_seq;
                manager.enable("top").unwrap();
                let seen = right.seen();
                let upto = manager.events(since).last().map(|event| event.seq + 1);
                assert!(seen.first().is_none_or(|first| *first <= since), "{seen:?}, {since}");
                assert!(upto.is_some());
            });
        });
        let written = case.manager.snapshot().next_seq;
        assert!(left.is_in_order() && right.is_in_order());
        assert_eq!(right.seen().last(), Some(&(written - 1)), "to the last");
        case.end();
    });
}

#[test]
fn an_observer_may_call_back_and_one_that_panics_is_left_out() {
    explore(|| {
        let world = World::new().traced();
        let suite = world.builder([plugin("a"), plugin("b")]).threads(1);
        let mut case = Case::new(&world, suite);
        let told = Told::default();
        case.well(&Touch::Several, |manager| {
            manager.observe(told.observer());
            manager.observe(|event| assert!(event.seq < 3, "an observer panics in a test"));
            scope(|scope| {
                scope.spawn(|| manager.enable("a").unwrap());
                manager.enable("b").unwrap();
            });
        });
        let lost = case.manager.lost_observers();
        assert_eq!(lost.iter().map(|lost| lost.seq).collect::<Vec<_>>(), [3]);
        let written = case.manager.snapshot().next_seq;
        assert_eq!(told.seen(), (0..written).collect::<Vec<_>>());
        case.end();
    });
}

#[test]
fn events_are_read_without_a_gap_while_they_are_written() {
    explore(|| {
        let world = World::new().traced();
        let mut case = Case::new(&world, ports(&world, diamond()).threads(2));
        case.well(&Touch::Several, |manager| {
            scope(|scope| {
                scope.spawn(|| manager.enable_all().unwrap());
                scope.spawn(|| manager.reload("base").unwrap());
                let mut reader = Reader::default();
                (0..6).for_each(|_| reader.events(manager));
                // Both are read under one lock, so that no event falls in between.
                let replay = manager.replay();
                let now = manager.snapshot();
                assert!(replay.next_seq <= now.next_seq);
                assert!(replay.next_seq < now.next_seq || replay == now);
            });
        });
        case.end();
    });
}

#[test]
fn of_two_who_poll_one_restarts() {
    explore(|| {
        let world = World::new().traced();
        let policy = Restart::OnFailure {
            max: 5,
            within: Duration::from_secs(60),
            backoff: Backoff::starting_with(Duration::ZERO),
        };
        let suite = ports(&world, [plugin("base"), plugin("top").requires("base", "*")]);
        // Time stands still: nothing but who comes first decides.
        let suite = suite.threads(1).restart_all(policy).clock(|| Duration::ZERO);
        let mut case = Case::new(&world, suite);
        case.well(&Touch::All, |manager| assert!(manager.enable_all().unwrap().is_good()));
        case.well(&Touch::Above("base".to_owned()), |manager| {
            manager.fault("base", "broken").unwrap();
        });
        let restarts = AtomicUsize::new(0);
        case.well(&Touch::Several, |manager| {
            let poll = || {
                let poll = manager.poll(Duration::ZERO).unwrap();
                for (id, answer) in poll.restarts {
                    assert_eq!(id, "base");
                    answer.unwrap();
                    restarts.fetch_add(1, Relaxed);
                }
            };
            scope(|scope| {
                scope.spawn(poll);
                scope.spawn(poll);
                Reader::default().look(manager, "base");
            });
        });
        assert_eq!(restarts.load(Relaxed), 1);
        assert_eq!(case.manager.enabled(), ["base", "top"]);
        assert_eq!(case.manager.get_as::<Probe>("base").unwrap().instance, 2, "one new instance");
        case.end();
    });
}

#[test]
fn who_looks_for_overdue_hooks_ends_with_the_operation() {
    explore(|| {
        let world = World::new().traced();
        // Whenever somebody looks at the clock, more time has passed than a hook may take.
        let time = AtomicU64::new(0);
        let suite = (world.builder([plugin("a"), plugin("b")]).threads(1 + pick(2)))
            .hook_deadline(Duration::from_micros(40))
            .clock(move || Duration::from_micros(time.fetch_add(50, Relaxed)));
        let mut case = Case::new(&world, suite);
        world.fail("b", Stage::Enable, Fault::Error);
        let report = case.well(&Touch::All, |manager| manager.enable_all().unwrap());
        assert_eq!(report.overdue().len(), 6, "{:?}", report.overdue());
        case.end();
    });
}
