//! What takes too long, or would wait for itself: it is said aloud, and nothing waits for ever.

mod support;

use std::fmt::Write;
use std::sync::{Arc, Mutex, Once, OnceLock, Weak, mpsc};
use std::thread;
use std::time::Duration;

use plugstate::{Error, EventKind, Manager, Misuse, Phase, Stage};
use support::{Fault, Probe, World, plugin};

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What was said through `tracing`, one line for each event, from all threads.
fn said() -> &'static Mutex<Vec<String>> {
    static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Listener).expect("it is the first"));
    &SAID
}

struct Listener;

struct Line(String);

impl tracing::field::Visit for Line {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {field}={value:?}").expect("a string can be written to");
    }
}

impl tracing::Subscriber for Listener {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= tracing::Level::WARN
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        said().lock().unwrap().push(line.0);
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

fn is_overdue(manager: &Manager, name: &str, stage: Stage) -> usize {
    let events = manager.events(0);
    events.iter().filter(|e| e.plugin == name && e.kind == EventKind::IsOverdue(stage)).count()
}

#[test]
fn an_overdue_hook_is_reported_by_a_poll_while_it_runs() {
    said();
    let (world, now) = (World::new(), Arc::new(Mutex::new(secs(0))));
    let clock = Arc::clone(&now);
    let manager = world
        .builder([plugin("slow-by-hand"), plugin("quick").requires("slow-by-hand", "*")])
        .clock(move || *clock.lock().unwrap())
        .hook_deadline(secs(5))
        .build()
        .unwrap();
    let (begun, has_begun) = mpsc::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let (begun, may_go) = (Mutex::new(begun), Mutex::new(may_go));
    world.during("slow-by-hand", Stage::Enable, move || {
        begun.lock().unwrap().send(()).unwrap();
        may_go.lock().unwrap().recv().unwrap();
    });
    let report = thread::scope(|scope| {
        let enable = scope.spawn(|| manager.enable("quick"));
        has_begun.recv().unwrap();
        assert_eq!(manager.poll(secs(4)).unwrap().next, Some(secs(5)));
        assert_eq!(is_overdue(&manager, "slow-by-hand", Stage::Enable), 0);
        assert_eq!(manager.poll(secs(6)).unwrap().next, None);
        assert_eq!(is_overdue(&manager, "slow-by-hand", Stage::Enable), 1);
        assert_eq!(manager.phase("slow-by-hand").unwrap(), Phase::Configured, "it still runs");
        let line = "WARN message=a hook is overdue plugin=\"slow-by-hand\" hook=\"enable\" \
                    running=6s";
        assert!(said().lock().unwrap().contains(&line.to_owned()), "{:?}", said().lock());
        let _ = manager.poll(secs(7)).unwrap();
        assert_eq!(is_overdue(&manager, "slow-by-hand", Stage::Enable), 1, "once is enough");
        *now.lock().unwrap() = secs(8);
        go.send(()).unwrap();
        enable.join().unwrap().unwrap()
    });
    assert_eq!(report.overdue(), [("slow-by-hand".into(), Stage::Enable, secs(8))]);
    assert!(report.is_good(), "late is not wrong");
    assert_eq!(manager.enabled().len(), 2);
    assert_eq!(manager.replay(), manager.snapshot());
    assert_eq!(manager.disable("quick").unwrap().overdue(), []);
}

/// The same without a poll: whoever runs the operation has somebody look after it.
#[test]
fn an_overdue_hook_is_reported_by_the_operation_itself_while_it_runs() {
    for stage in [Stage::Load, Stage::Enable, Stage::Disable, Stage::Unload] {
        for threads in [1, 4] {
            let world = World::new();
            let builder = world.builder([plugin("slow"), plugin("quick")]);
            let builder = builder.threads(threads).hook_deadline(Duration::from_nanos(1));
            let manager = Arc::new(builder.build().unwrap());
            let weak = Arc::downgrade(&manager);
            // It ends when it has been reported, and not before.
            world.during("slow", stage, move || {
                let manager = weak.upgrade().expect("the test holds it");
                while is_overdue(&manager, "slow", stage) == 0 {
                    thread::yield_now();
                }
            });
            let report = manager.enable_all().unwrap();
            let up =
                report.overdue().iter().any(|(id, late, _)| (id, *late) == (&"slow".into(), stage));
            manager.shutdown().unwrap();
            assert_eq!(up, matches!(stage, Stage::Load | Stage::Enable));
            assert_eq!(is_overdue(&manager, "slow", stage), 1);
        }
    }
}

#[test]
fn a_late_hook_that_fails_is_late_once() {
    let (world, now) = (World::new(), Arc::new(Mutex::new(secs(0))));
    let clock = Arc::clone(&now);
    let builder = world.builder([plugin("slow")]).clock(move || *clock.lock().unwrap());
    let manager = builder.hook_deadline(secs(5)).build().unwrap();
    manager.enable("slow").unwrap();
    for stage in [Stage::Disable, Stage::Unload] {
        let now = Arc::clone(&now);
        world.during("slow", stage, move || *now.lock().unwrap() += secs(9));
        world.fail("slow", stage, Fault::Error);
    }
    let report = manager.unload("slow").unwrap();
    let late = [Stage::Disable, Stage::Unload].map(|stage| ("slow".into(), stage, secs(9)));
    assert_eq!(report.overdue(), late);
}

#[test]
fn a_guard_that_is_not_dropped_is_named_and_nothing_is_half_done() {
    let world = World::new();
    let builder = world.builder([
        plugin("core"),
        plugin("uart").requires("core", "*"),
        plugin("spi").requires("core", "*"),
    ]);
    let manager = builder.guard_deadline(Duration::ZERO).build().unwrap();
    manager.enable_all().unwrap();
    world.log();
    let line = line!() + 1;
    let guard = manager.get_as::<Probe>("core").unwrap();
    let text = format!(
        "plugin `core` is in use and was not given free within 0ns (guards taken at \
         tests/deadlines.rs:{line}); drop the guards and try again"
    );
    let operations: [fn(&Manager) -> Error; 3] = [
        |m| m.disable_cascade("core").unwrap_err(),
        |m| m.unload_cascade("core").unwrap_err(),
        |m| m.fault("core", "broken").unwrap_err(),
    ];
    for operation in operations {
        assert_eq!(operation(&manager).to_string(), text);
        assert_eq!(world.log(), [""; 0]);
        assert_eq!(manager.enabled().len(), 3);
        for name in ["core", "uart", "spi"] {
            assert!(manager.get_as::<Probe>(name).unwrap().enabled, "{name} serves again");
        }
    }
    drop(guard);
    let (line, uart) = (line!(), manager.get_as::<Probe>("uart").unwrap());
    let refused = manager.shutdown().unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!(
            "shutdown: plugin `core` was left alone, for `uart` needs it; plugin `uart` was left \
             alone, for guards on it were not dropped in time (guards taken at \
             tests/deadlines.rs:{line})"
        )
    );
    assert_eq!(manager.snapshot().to_string(), "core: Enabled\nspi: Discovered\nuart: Enabled");
    assert!(uart.enabled);
    drop(uart);
    manager.shutdown().unwrap();
}

#[test]
fn a_deadline_that_no_clock_can_count_is_for_ever() {
    let world = World::new();
    let builder = world.builder([plugin("uart")]).guard_deadline(Duration::MAX);
    let manager =
        builder.turn_deadline(Duration::MAX).hook_deadline(Duration::MAX).build().unwrap();
    manager.enable("uart").unwrap();
    let (taken, is_taken) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            let guard = manager.get_as::<Probe>("uart").unwrap();
            taken.send(()).unwrap();
            // Until somebody wants it back.
            while manager.get_as::<Probe>("uart").is_ok() {
                thread::yield_now();
            }
            assert!(guard.enabled);
        });
        is_taken.recv().unwrap();
        manager.disable("uart").unwrap();
    });
    manager.shutdown().unwrap();
}

#[test]
fn a_hook_that_moves_plugins_gets_an_error_and_reads_get_an_answer() {
    type Call = fn(&Manager) -> Result<(), Error>;
    let calls: [(&str, Call); 10] = [
        ("load of `other`", |m| m.load("other").map(drop)),
        ("enable of `other`", |m| m.enable("other").map(drop)),
        ("enable of all", |m| m.enable_all().map(drop)),
        ("disable of `other`", |m| m.disable("other").map(drop)),
        ("unload of `other` with its dependents", |m| m.unload_cascade("other").map(drop)),
        ("reload of `other`", |m| m.reload("other").map(drop)),
        ("retry of `other`", |m| m.retry("other").map(drop)),
        ("fault of `other`", |m| m.fault("other", "broken").map(drop)),
        ("configure of `other`", |m| m.configure("other", Probe::table()).map(drop)),
        ("shutdown", Manager::shutdown),
    ];
    for threads in [1, 4] {
        for stage in [Stage::Load, Stage::Configure, Stage::Enable, Stage::Disable, Stage::Unload] {
            let world = World::new();
            let manager =
                world.builder([plugin("uart"), plugin("other")]).threads(threads).build().unwrap();
            let manager = Arc::new(manager);
            let (weak, answers) = (Arc::downgrade(&manager), Arc::new(OnceLock::new()));
            let answer = Arc::clone(&answers);
            world.during("uart", stage, move || {
                let manager: Arc<Manager> = Weak::upgrade(&weak).expect("the test holds it");
                let given: Vec<_> = calls.iter().map(|(_, call)| call(&manager)).collect();
                // Reads are allowed.
                assert_eq!(manager.snapshot().plugins.len(), 2);
                let _ = (manager.health(), manager.get_as::<Probe>("other").is_ok());
                answer.set(given).expect("once");
            });
            assert!(manager.enable_all().unwrap().is_good());
            manager.shutdown().unwrap();
            for (answer, (operation, _)) in answers.get().expect("it ran").iter().zip(calls) {
                let Err(Error::Misuse(misuse @ Misuse::Reentrant { .. })) = answer else {
                    panic!("{operation}: {answer:?}");
                };
                assert_eq!(
                    misuse.to_string(),
                    format!(
                        "the {stage} hook of plugin `uart` called {operation}; a hook must not \
                         move plugins: leave it to the host, or to an observer"
                    )
                );
            }
        }
    }
}

#[test]
fn an_operation_that_has_to_wait_for_too_long_says_for_which() {
    let world = World::new();
    let builder = world.builder([plugin("uart"), plugin("other")]);
    let manager = builder.turn_deadline(Duration::ZERO).build().unwrap();
    let (begun, has_begun) = mpsc::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let (begun, may_go) = (Mutex::new(begun), Mutex::new(may_go));
    world.during("uart", Stage::Load, move || {
        begun.lock().unwrap().send(()).unwrap();
        may_go.lock().unwrap().recv().unwrap();
    });
    thread::scope(|scope| {
        let enable = scope.spawn(|| manager.enable("uart"));
        has_begun.recv().unwrap();
        assert_eq!(
            manager.reload("other").unwrap_err().to_string(),
            "reload of `other` had to wait for enable of `uart` and gave up after 0ns; try again"
        );
        assert_eq!(manager.phase("uart").unwrap(), Phase::Loading, "a read waits for nobody");
        assert!(manager.poll(secs(1)).unwrap().restarts.is_empty());
        go.send(()).unwrap();
        enable.join().unwrap().unwrap();
    });
}
