//! The fault injector and the fake host: real plugins that fail when they are told to, and are
//! otherwise themselves.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use plugstate::testing::{Command, FakeHost, Fault, Faults, Hit, Step, Timing, Touch};
use plugstate::{
    BoxError, Declaration, Deps, DynDeps, DynPlugin, Error, Manager, Meta, Optional, Phase, Plugin,
    Provider, Registration, Stage, registration,
};

/// A plugin with all six hooks, each of which does something that can be seen.
#[derive(Debug, Default)]
struct Uart {
    baud: u32,
    frames: u32,
    saw_clock: u64,
}

trait Clock: Send + Sync {
    fn ticks(&self) -> u64;
}

struct Quartz;

impl Clock for Quartz {
    fn ticks(&self) -> u64 {
        7
    }
}

impl Plugin for Quartz {
    const META: Meta = Meta::new("quartz", "1.0.0");
    type Requires = ();
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Quartz)
    }
}

impl Plugin for Uart {
    const META: Meta = Meta::new("uart", "1.0.0").requires(&[("core", ">=2, <3")]);
    type Requires = (Provider<dyn Clock>, Optional<Quartz>);
    type Config = u32;
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Uart::default())
    }

    fn configure(&mut self, baud: u32) -> Result<(), BoxError> {
        self.baud = baud;
        Ok(())
    }

    fn enable(&mut self, (clock, quartz): Deps<'_, Self>) -> Result<(), BoxError> {
        assert!(quartz.is_some());
        self.saw_clock = clock.ticks();
        self.frames += 1;
        Ok(())
    }

    fn disable(&mut self) -> Result<(), BoxError> {
        Ok(())
    }

    fn restore(&mut self, previous: &Self) -> Result<(), BoxError> {
        self.frames = previous.frames;
        Ok(())
    }
}

fn uart() -> FakeHost {
    let host = FakeHost::of::<Uart>().with(registration!(Quartz as dyn Clock));
    host.config(BTreeMap::from([("uart", 9600), ("spi", 1)])).build().unwrap()
}

#[test]
fn a_host_has_what_is_given_and_stand_ins_for_the_rest() {
    let mut host = uart();
    assert_eq!(host.plugin(), "uart");
    assert_eq!(host.names(), ["uart", "core", "quartz"]);
    host.enable().unwrap();
    assert_eq!(host.manager().info("core").unwrap().version, "2.0.0");
    let uart = host.manager().get::<Uart>().unwrap();
    assert_eq!((uart.baud, uart.frames, uart.saw_clock), (9600, 1, 7));
    drop(uart);
    host.reload().unwrap();
    assert_eq!(host.manager().get::<Uart>().unwrap().frames, 2);
    host.disable().unwrap();
    host.configure(300).unwrap();
    host.enable().unwrap();
    assert_eq!(host.manager().get::<Uart>().unwrap().baud, 300);
    host.disable().unwrap();
    host.unload().unwrap();
    assert_eq!(host.faults().world().alive("uart"), 0);
    assert_eq!(host.faults().hits(), []);
    host.end().unwrap();
}

#[test]
fn what_nobody_can_stand_in_for_is_named() {
    let met = FakeHost::of::<Uart>().build().unwrap_err().to_string();
    assert!(met.starts_with("plugin `uart`"), "{met}");
    assert!(met.contains("requires a provider of `dyn fake_host::Clock`"), "{met}");
}

/// Every hook of a typed plugin, each way to fail, both times: the plugin fails, says so, and comes
/// back.
#[test]
fn every_hook_can_be_made_to_fail_and_heals() {
    let stages = [
        Stage::Load,
        Stage::Configure,
        Stage::Enable,
        Stage::Disable,
        Stage::Restore,
        Stage::Unload,
    ];
    for stage in stages {
        for fault in [Fault::Error, Fault::Panic, Fault::Fatal] {
            for timing in [Timing::Instead, Timing::After] {
                let mut host = uart();
                let running = matches!(stage, Stage::Disable | Stage::Restore | Stage::Unload);
                if running {
                    host.enable().unwrap();
                }
                host.faults().inject_at("uart", stage, fault, timing);
                let answer = match stage {
                    Stage::Disable => host.disable(),
                    Stage::Restore => host.reload(),
                    Stage::Unload => host.disable().and_then(|_| host.unload()),
                    _ => host.enable(),
                };
                let name = format!("{stage} {fault:?} {timing:?}");
                let hit = Hit { plugin: "uart".to_owned(), stage, injected: Some((fault, timing)) };
                assert_eq!(host.faults().hits(), [hit], "{name}");
                let failures = host.manager().info("uart").unwrap().failures;
                assert_eq!(failures.len(), 1, "{name}");
                let said = match fault {
                    Fault::Error => format!("uart cannot {stage}"),
                    Fault::Fatal => format!("uart will never {stage}"),
                    _ => format!("uart panics in {stage}"),
                };
                assert_eq!(failures[0].chain(), [said], "{name}");
                assert_eq!(failures[0].is_recoverable(), fault != Fault::Fatal, "{name}");
                // A failed unload is on the record, and the instance is gone all the same.
                assert_eq!(answer.is_err(), stage != Stage::Unload, "{name}");
                host.faults().heal();
                if host.phase() == Phase::Failed {
                    host.retry().unwrap();
                }
                host.enable().unwrap();
                assert!(host.manager().get::<Uart>().is_ok(), "{name}");
                host.end().unwrap();
            }
        }
    }
}

static ENABLED: AtomicU32 = AtomicU32::new(0);
static GONE: AtomicU32 = AtomicU32::new(0);

/// Counts, declared at run time.
struct Counter;

impl DynPlugin for Counter {
    type Config = ();

    fn enable(&mut self, deps: DynDeps<'_>) -> Result<(), BoxError> {
        assert_eq!(
            deps.ids().count(),
            1,
            "the named one; who provides the clock is not handed over"
        );
        ENABLED.fetch_add(1, SeqCst);
        Ok(())
    }

    fn unload(self) -> Result<(), BoxError> {
        GONE.fetch_add(1, SeqCst);
        Ok(())
    }
}

#[test]
fn a_guard_on_a_wrapped_plugin_borrows_the_plugin_itself() {
    let faults = Faults::new();
    let wrapped = faults.wrap(registration!(Quartz as dyn Clock));
    let manager = Manager::builder().register(wrapped).build().unwrap();
    assert!(matches!(manager.get::<Quartz>(), Err(Error::NotEnabled { .. })));
    manager.enable("quartz").unwrap();
    assert_eq!(manager.get::<Quartz>().unwrap().ticks(), 7);
    assert_eq!(manager.get_as::<Quartz>("quartz").unwrap().ticks(), 7);
    assert_eq!(manager.services::<dyn Clock>().map(|(_, clock)| clock.ticks()).sum::<u64>(), 7);
    manager.disable("quartz").unwrap();
}

#[test]
fn a_fault_comes_instead_of_the_hook_or_after_it() {
    let declaration = Declaration::new("counter", "1.0.0")
        .requires("base", "^0.3")
        .requires_capability::<dyn Clock>();
    let counter = Registration::dynamic(declaration, || Ok(Counter));
    let mut host = FakeHost::of_registration(counter).build().unwrap();
    assert_eq!(host.names(), ["counter", "base", "stand-in/2"]);
    let faults = host.faults().clone();

    faults.inject("counter", Stage::Enable, Fault::Error);
    assert!(host.enable().is_err());
    assert_eq!(ENABLED.load(SeqCst), 0);
    host.unload().unwrap();
    assert_eq!(GONE.load(SeqCst), 1);

    faults.inject_after("counter", Stage::Enable, Fault::Error);
    assert!(host.enable().is_err());
    assert_eq!(ENABLED.load(SeqCst), 1);

    // Instead of an unload: the instance goes all the same.
    faults.heal();
    faults.inject("counter", Stage::Unload, Fault::Error);
    host.unload().unwrap();
    assert_eq!(GONE.load(SeqCst), 3 - 1);

    // After a load: what was built is unloaded.
    faults.heal();
    faults.inject_after("counter", Stage::Load, Fault::Panic);
    assert!(host.load().is_err());
    assert_eq!(GONE.load(SeqCst), 3);
    assert_eq!(host.faults().world().alive("counter"), 0);
    host.unload().unwrap();
}

/// Fails by itself.
struct Broken;

impl Plugin for Broken {
    const META: Meta = Meta::new("broken", "1.0.0");
    type Requires = ();
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Broken)
    }

    fn enable(&mut self, (): Deps<'_, Self>) -> Result<(), BoxError> {
        Err("no port".into())
    }
}

#[test]
fn a_hook_that_fails_by_itself_is_told_apart() {
    let mut host = FakeHost::of::<Broken>().build().unwrap();
    assert!(host.enable().is_err());
    let hit = Hit { plugin: "broken".to_owned(), stage: Stage::Enable, injected: None };
    assert_eq!(host.faults().hits(), [hit]);
}

#[test]
fn time_passes_when_the_test_says_so() {
    let mut host = uart();
    host.enable().unwrap();
    host.fault("cut").unwrap();
    assert_eq!(
        host.advance(Duration::from_millis(999)).unwrap().next,
        Some(Duration::from_secs(1))
    );
    assert_eq!(host.phase(), Phase::Failed);
    host.advance(Duration::from_millis(1)).unwrap();
    assert_eq!(host.phase(), Phase::Enabled);
    assert_eq!(host.manager().now(), Duration::from_secs(1));
}

#[test]
fn steps_of_a_history_mean_plugins_by_position() {
    let mut host = uart();
    let failing = Step::new(Command::Enable(0)).failing(4, Fault::Panic);
    let taken = host.step(&failing).unwrap();
    assert!(matches!(taken.answer, Err(Error::Hook(failure)) if failure.plugin() == "quartz"));
    assert_eq!(host.phase(), Phase::Discovered);
    host.step(&Command::Retry(2).into()).unwrap();
    host.step(&Command::Enable(0).into()).unwrap().answer.unwrap();
    assert_eq!(host.phase(), Phase::Enabled);
    host.step(&Command::Fault(0).into()).unwrap().answer.unwrap();
    host.step(&Command::Poll(1).into()).unwrap().answer.unwrap();
    assert_eq!(host.phase(), Phase::Enabled);
    assert!(host.events().len() > 12);
}

/// An invariant that does not hold is told by every operation: here the hook of one plugin moves
/// another manager's plugin while the host looks on, and the host is shown the wrong one.
#[test]
fn a_violation_is_told() {
    let mut host = uart();
    let wrong =
        host.run(&Touch::Only("core".to_owned()), |manager| manager.enable("uart")).unwrap_err();
    assert!(wrong.iter().any(|line| line.starts_with("Isolation: uart was moved")), "{wrong:?}");
}

#[test]
fn wrapped_registrations_work_in_any_manager() {
    let faults = Faults::new();
    let builder = Manager::builder().register(faults.wrap(registration!(Quartz as dyn Clock)));
    let manager = builder.build().unwrap();
    manager.enable_all().unwrap();
    let ticks: Vec<u64> = manager.services::<dyn Clock>().map(|(_, clock)| clock.ticks()).collect();
    assert_eq!(ticks, [7]);
    assert_eq!(faults.world().log(), ["load quartz", "configure quartz", "enable quartz"]);
    faults.inject("quartz", Stage::Disable, Fault::Error);
    assert!(manager.disable("quartz").is_err());
}
