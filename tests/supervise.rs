//! Faults, restarts and rebinding, with a clock that only the tests move.

mod support;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;

use plugstate::{
    Backoff, BoxError, Builder, Error, EventKind, Manager, Meta, Misuse, Outcome, Phase, Plugin,
    Prospect, Request, Restart, Stage, TypeKey,
};
use support::{Fault, Probe, World, host, plugin};

const NOTHING: [&str; 0] = [];

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A clock that stands still until it is moved.
#[derive(Clone, Default)]
struct Clock(Arc<Mutex<Duration>>);

impl Clock {
    fn set(&self, now: Duration) {
        *self.0.lock().unwrap() = now;
    }

    fn give(&self, builder: Builder) -> Builder {
        let clock = self.clone();
        builder.clock(move || *clock.0.lock().unwrap())
    }
}

/// At most 3 restarts within 60 seconds, after 1, 2 and 4 seconds.
const POLICY: Restart =
    Restart::OnFailure { max: 3, within: secs(60), backoff: Backoff::starting_with(secs(1)) };

/// `stats` requires `uart`, which requires `core`; `other` has nothing to do with them.
fn suite(world: &World, clock: &Clock, policy: Restart) -> Manager {
    let builder = world.builder([
        plugin("core"),
        plugin("uart").requires("core", "*"),
        plugin("stats").requires("uart", "*"),
        plugin("other"),
    ]);
    let manager = clock.give(builder).restart_all(policy).build().unwrap();
    manager.enable_all().unwrap();
    world.log();
    manager
}

/// What became of each plugin that a poll has started again.
fn poll(manager: &Manager, now: Duration) -> (Option<Duration>, Vec<String>) {
    let poll = manager.poll(now).unwrap();
    let text = |(id, result): (plugstate::PluginId, Result<plugstate::Report, Error>)| match result
    {
        Ok(report) => format!("{id} up: {report}"),
        Err(error) => format!("{id} down: {error}"),
    };
    (poll.next, poll.restarts.into_iter().map(text).collect())
}

#[test]
fn a_fault_stops_what_stands_on_it_and_a_poll_brings_all_back() {
    let (world, clock) = (World::new(), Clock::default());
    let manager = suite(&world, &clock, POLICY);
    assert_eq!(poll(&manager, secs(0)), (None, vec![]));
    clock.set(secs(10));
    let seq = manager.snapshot().next_seq;
    let plan = manager.plan(&Request::Fault("core".into())).unwrap();
    assert_eq!(plan.to_string(), "1. disable stats\n2. disable uart");
    let report = manager.fault("core", "the bus is stuck").unwrap();
    assert_eq!(world.log(), ["disable stats", "disable uart"]);
    assert_eq!(
        report.to_string(),
        "core: plugin `core` failed to run: the bus is stuck\n\
         uart: Enabled -> Disabled\nstats: Enabled -> Disabled"
    );
    let last = manager.events(seq).pop().unwrap();
    assert_eq!((last.plugin.as_str(), last.kind), ("core", EventKind::DidFail(Stage::Fault)));
    assert_eq!(manager.degradation("core").unwrap().prospect, Some(Prospect::RestartAt(secs(11))));

    let early = secs(11) - Duration::from_nanos(1);
    assert_eq!(poll(&manager, early), (Some(secs(11)), vec![]));
    assert_eq!(world.log(), NOTHING);
    let plan = manager.plan(&Request::Retry("core".into())).unwrap();
    clock.set(secs(11));
    assert_eq!(
        poll(&manager, secs(11)),
        (
            None,
            vec![
                "core up: core: Failed -> Enabled\nuart: Disabled -> Enabled\n\
                 stats: Disabled -> Enabled"
                    .to_owned()
            ]
        )
    );
    let hooks = [
        "load core",
        "configure core",
        "unload core",
        "enable core",
        "enable uart",
        "enable stats",
    ];
    assert_eq!(world.log(), hooks);
    let planned: Vec<_> = plan.steps().iter().map(|(id, stage)| format!("{stage} {id}")).collect();
    assert_eq!(planned, hooks);
    assert_eq!(manager.info("core").unwrap().generation, 2);
    assert_eq!(world.alive("core"), 1);
    assert!(manager.health().is_good());
}

#[test]
fn waits_double_and_after_so_many_restarts_it_is_given_up() {
    let (world, clock) = (World::new(), Clock::default());
    let manager = suite(&world, &clock, POLICY);
    let mut now = secs(0);
    for wait in [1, 2, 4] {
        manager.fault("uart", "again").unwrap();
        assert_eq!(poll(&manager, now), (Some(now + secs(wait)), vec![]));
        now += secs(wait);
        clock.set(now);
        assert_eq!(manager.poll(now).unwrap().restarts.len(), 1);
        assert_eq!(manager.enabled().len(), 4);
    }
    manager.fault("uart", "again").unwrap();
    let given_up = Some(Prospect::GivenUp { restarts: 3, within: secs(60) });
    assert_eq!(manager.degradation("uart").unwrap().prospect, given_up);
    assert_eq!(poll(&manager, secs(10_000)), (None, vec![]));
    assert_eq!(
        manager.snapshot().to_string(),
        "core: Enabled\nother: Enabled\nstats: Disabled\nuart: Failed"
    );
    // By hand it comes back, with what it stopped.
    manager.retry("uart").unwrap();
    assert_eq!(manager.enabled().len(), 4);
    // When the restarts are long past, they do not count any more.
    clock.set(secs(68));
    manager.fault("uart", "much later").unwrap();
    assert_eq!(poll(&manager, secs(68)).0, Some(secs(69)));
}

#[test]
fn a_restart_that_fails_counts_and_waits_for_the_next() {
    let (world, clock) = (World::new(), Clock::default());
    let manager = suite(&world, &clock, POLICY);
    manager.fault("uart", "broken").unwrap();
    world.fail("uart", Stage::Enable, Fault::Error);
    assert_eq!(
        poll(&manager, secs(1)),
        (
            Some(secs(3)),
            vec!["uart down: plugin `uart` failed to enable: uart cannot enable".to_owned()]
        )
    );
    assert_eq!(manager.phase("stats").unwrap(), Phase::Disabled);
    world.heal();
    let (next, restarts) = poll(&manager, secs(3));
    assert_eq!((next, restarts.len()), (None, 1));
    assert_eq!(manager.enabled().len(), 4);

    // An error that says that trying again is of no use ends it.
    manager.fault("uart", "broken").unwrap();
    world.fail("uart", Stage::Load, Fault::Fatal);
    assert_eq!(manager.poll(secs(100)).unwrap().next, None);
    assert_eq!(manager.degradation("uart").unwrap().prospect, Some(Prospect::Fatal));
}

#[test]
fn a_fatal_fault_and_one_without_a_policy_start_nothing() {
    let (world, clock) = (World::new(), Clock::default());
    let manager = suite(&world, &clock, POLICY);
    manager.fault("uart", plugstate::Fatal::new("burnt")).unwrap();
    assert_eq!(poll(&manager, secs(1_000)), (None, vec![]));
    assert_eq!(manager.degradation("uart").unwrap().prospect, Some(Prospect::Fatal));

    let manager = suite(&world, &clock, Restart::Never);
    manager.fault("uart", "broken").unwrap();
    assert_eq!(poll(&manager, secs(1_000)), (None, vec![]));
    assert_eq!(manager.degradation("uart").unwrap().prospect, Some(Prospect::Stays));
    manager.retry("uart").unwrap();
    assert_eq!(manager.enabled().len(), 4);

    let builder = world.builder([plugin("uart")]).restart("uart", POLICY);
    let manager = clock.give(builder).build().unwrap();
    manager.enable("uart").unwrap();
    manager.fault("uart", "broken").unwrap();
    assert_eq!(poll(&manager, secs(0)).0, Some(secs(1)), "a policy of its own");
    let wrong = world.builder([plugin("uart")]).restart("urat", POLICY).build().unwrap_err();
    assert!(wrong.to_string().starts_with("plugin `urat` "), "{wrong}");
}

#[test]
fn a_policy_without_a_wait_tries_once_in_each_poll() {
    let (world, clock) = (World::new(), Clock::default());
    let backoff = Backoff::starting_with(secs(0));
    let policy = Restart::OnFailure { max: u32::MAX, within: Duration::MAX, backoff };
    let manager = suite(&world, &clock, policy);
    manager.fault("uart", "broken").unwrap();
    world.fail("uart", Stage::Load, Fault::Error);
    for _ in 0..3 {
        let (next, restarts) = poll(&manager, secs(0));
        assert_eq!((next, restarts.len()), (Some(secs(0)), 1));
    }
    world.heal();
    assert_eq!(poll(&manager, secs(0)).0, None);
    assert_eq!(manager.enabled().len(), 4);
}

#[test]
fn jitter_takes_off_the_same_part_every_time() {
    let backoff = Backoff::starting_with(secs(100)).with_jitter(50, 7);
    let policy = Restart::OnFailure { max: 9, within: secs(10_000), backoff };
    let due: Vec<_> = (0..2)
        .map(|_| {
            let (world, clock) = (World::new(), Clock::default());
            let manager = suite(&world, &clock, policy);
            manager.fault("uart", "broken").unwrap();
            manager.fault("other", "broken").unwrap();
            let at = |name| manager.degradation(name).unwrap().prospect;
            (at("uart"), at("other"))
        })
        .collect();
    assert_eq!(due[0], due[1]);
    assert_eq!(due[0].0, Some(Prospect::RestartAt(backoff.wait("uart", 0))));
    assert_ne!(due[0].0, due[0].1, "plugins that failed together do not start together");
}

#[test]
fn what_was_taken_down_by_hand_stays_down() {
    let (world, clock) = (World::new(), Clock::default());
    // Before the fault.
    let manager = suite(&world, &clock, POLICY);
    manager.disable("stats").unwrap();
    manager.fault("core", "broken").unwrap();
    manager.poll(secs(1)).unwrap().restarts.remove(0).1.unwrap();
    assert_eq!(manager.phase("stats").unwrap(), Phase::Disabled);
    assert_eq!(manager.phase("uart").unwrap(), Phase::Enabled);
    // After it, though nothing moves any more.
    let manager = suite(&world, &clock, POLICY);
    manager.fault("core", "broken").unwrap();
    manager.disable("stats").unwrap();
    manager.poll(secs(1)).unwrap().restarts.remove(0).1.unwrap();
    assert_eq!(manager.phase("stats").unwrap(), Phase::Disabled);
    assert_eq!(manager.phase("uart").unwrap(), Phase::Enabled);
    // The failed one itself.
    let manager = suite(&world, &clock, POLICY);
    manager.fault("core", "broken").unwrap();
    manager.unload_cascade("core").unwrap();
    assert_eq!(poll(&manager, secs(1_000)), (None, vec![]));
    // The failed one, with what it requires.
    let manager = suite(&world, &clock, POLICY);
    manager.fault("uart", "broken").unwrap();
    manager.unload_cascade("core").unwrap();
    assert_eq!(poll(&manager, secs(1_000)), (None, vec![]));
    // One that was only reloaded comes back.
    let manager = suite(&world, &clock, POLICY);
    manager.fault("core", "broken").unwrap();
    manager.reload("stats").unwrap();
    assert_eq!(manager.phase("stats").unwrap(), Phase::Configured);
    manager.poll(secs(1)).unwrap().restarts.remove(0).1.unwrap();
    assert_eq!(manager.enabled().len(), 4);
}

#[test]
fn a_shutdown_ends_all_plans_though_a_hook_fails_in_it() {
    let (world, clock) = (World::new(), Clock::default());
    let manager = suite(&world, &clock, POLICY);
    manager.fault("uart", "broken").unwrap();
    world.fail("uart", Stage::Unload, Fault::Error);
    manager.shutdown().unwrap_err();
    assert_eq!(poll(&manager, secs(1_000)), (None, vec![]));
}

#[test]
fn what_is_due_at_the_same_time_is_started_dependencies_first() {
    let (world, clock) = (World::new(), Clock::default());
    let manager = suite(&world, &clock, POLICY);
    manager.fault("stats", "broken").unwrap();
    manager.fault("uart", "broken").unwrap();
    let restarts = ["uart up: uart: Failed -> Enabled", "stats up: stats: Failed -> Enabled"];
    assert_eq!(poll(&manager, secs(1)), (None, restarts.map(str::to_owned).to_vec()));
}

#[test]
fn what_two_faults_stopped_comes_back_with_the_later_one() {
    for order in [["core", "bus"], ["bus", "core"]] {
        let (world, clock) = (World::new(), Clock::default());
        let stats = plugin("stats").requires("core", "*").requires("bus", "*");
        let builder = world.builder([plugin("core"), plugin("bus"), stats]);
        let manager = clock.give(builder).build().unwrap();
        manager.enable_all().unwrap();
        manager.fault("core", "broken").unwrap();
        manager.fault("bus", "broken").unwrap();
        manager.retry(order[0]).unwrap();
        assert_eq!(manager.phase("stats").unwrap(), Phase::Disabled);
        let report = manager.retry(order[1]).unwrap();
        let expected = format!("{}: Failed -> Enabled\nstats: Disabled -> Enabled", order[1]);
        assert_eq!(report.to_string(), expected);
    }
}

#[test]
fn a_retry_that_fails_takes_back_what_it_has_enabled() {
    let world = World::new();
    let manager = world.build([plugin("core"), plugin("uart").requires("core", "*")]);
    world.fail("uart", Stage::Enable, Fault::Error);
    manager.enable("uart").unwrap_err();
    let before = manager.snapshot();
    assert_eq!(before.to_string(), "core: Disabled\nuart: Failed");
    for stage in [Stage::Load, Stage::Configure, Stage::Enable] {
        world.heal();
        world.fail("uart", stage, Fault::Error);
        manager.retry("uart").unwrap_err();
        assert_eq!(manager.snapshot().to_string(), before.to_string(), "{stage}");
        assert!(manager.get_as::<Probe>("core").is_err());
    }
    world.heal();
    let report = manager.retry("uart").unwrap();
    assert_eq!(report.to_string(), "core: Disabled -> Enabled\nuart: Failed -> Enabled");
}

#[test]
fn what_was_not_running_is_not_started() {
    let (world, clock) = (World::new(), Clock::default());
    let builder = world.builder([plugin("uart")]).restart_all(POLICY);
    let manager = clock.give(builder).build().unwrap();
    let text = "plugin `uart` is Discovered, where Fail is not legal; legal here: BeginLoad";
    assert_eq!(manager.fault("uart", "broken").unwrap_err().to_string(), text);
    let plan = manager.plan(&Request::Fault("uart".into()));
    assert_eq!(plan.unwrap_err().to_string(), text);
    manager.load("uart").unwrap();
    manager.fault("uart", "broken").unwrap();
    assert_eq!(poll(&manager, secs(1_000)), (None, vec![]));
    assert_eq!(manager.degradation("uart").unwrap().prospect, None);
}

struct Uart;

impl Plugin for Uart {
    const META: Meta = Meta::new("uart", "1.0.0");
    type Requires = ();
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Uart)
    }
}

impl Uart {
    fn decode(&self, byte: u8) -> u8 {
        if byte == 0 { panic!("uart panics in decode") } else { byte - 1 }
    }
}

#[test]
fn a_call_turns_a_panic_into_a_fault_in_one_line() {
    let world = World::new();
    let manager = host()
        .add::<Uart>()
        .register(world.probe(plugin("stats").requires("uart", "*")))
        .build()
        .unwrap();
    let idle = manager.call(|uart: &Uart| uart.decode(7)).unwrap_err();
    assert!(matches!(idle, Error::NotEnabled { .. }));
    manager.enable_all().unwrap();
    assert_eq!(manager.call(|uart: &Uart| uart.decode(7)).unwrap(), 6);
    let error = manager.call(|uart: &Uart| uart.decode(0)).unwrap_err().to_string();
    assert!(error.starts_with("plugin `uart` panicked in run at tests/supervise.rs:"), "{error}");
    assert!(error.ends_with(": uart panics in decode"), "{error}");
    assert_eq!(manager.snapshot().to_string(), "stats: Disabled\nuart: Failed");
    manager.retry("uart").unwrap();
    assert_eq!(manager.enabled().len(), 2);
    // What is called may move plugins: it is the host's code.
    manager.call(|_: &Uart| manager.disable("stats").map(drop)).unwrap().unwrap();
    let unknown = host().build().unwrap();
    let error = unknown.call(|uart: &Uart| uart.decode(7)).unwrap_err();
    assert!(matches!(error, Error::Misuse(Misuse::NotRegistered { .. })));
}

#[test]
fn a_panic_on_an_instance_that_has_been_replaced_faults_nobody_and_is_answered_all_the_same() {
    static MEET: Barrier = Barrier::new(2);
    static LOADS: AtomicU32 = AtomicU32::new(0);
    struct Radio;
    impl Plugin for Radio {
        const META: Meta = Meta::new("radio", "1.0.0");
        type Requires = ();
        type Config = ();
        type Error = BoxError;

        fn load() -> Result<Self, BoxError> {
            if LOADS.fetch_add(1, Ordering::Relaxed) == 1 {
                MEET.wait();
            }
            Ok(Radio)
        }
    }
    let manager = host().add::<Radio>().build().unwrap();
    manager.enable("radio").unwrap();
    let answer = thread::scope(|scope| {
        let reload = scope.spawn(|| manager.reload("radio").map(drop));
        let answer = manager.call(|_: &Radio| {
            // From here on the reload is under way, and waits for the guard.
            MEET.wait();
            panic!("no signal")
        });
        reload.join().unwrap().unwrap();
        answer
    });
    let Err(Error::Hook(failure)) = answer else { panic!("{answer:?}") };
    assert_eq!((failure.generation(), failure.stage()), (1, Stage::Fault));
    assert_eq!(failure.chain(), ["no signal"]);
    let info = manager.info("radio").unwrap();
    assert_eq!((info.phase, info.generation), (Phase::Enabled, 2));
    assert_eq!(info.failures, [failure]);
    assert!(manager.health().is_good());
}

#[test]
fn two_panics_on_one_instance_are_one_fault_and_both_are_answered() {
    let meet = Barrier::new(2);
    let manager = host().add::<Uart>().build().unwrap();
    manager.enable("uart").unwrap();
    let call = || {
        let answer = manager.call(|uart: &Uart| {
            meet.wait();
            uart.decode(0)
        });
        answer.unwrap_err().to_string()
    };
    let answers = thread::scope(|scope| {
        let other = scope.spawn(call);
        [call(), other.join().unwrap()]
    });
    for answer in answers {
        assert!(answer.starts_with("plugin `uart` panicked in run at"), "{answer}");
    }
    let info = manager.info("uart").unwrap();
    assert_eq!((info.phase, info.failures.len()), (Phase::Failed, 2));
    // What made it fail is the last word about it, though the other one was told later.
    let fault = manager.degradation("uart").unwrap().failure.unwrap();
    assert!(std::sync::Arc::ptr_eq(&info.failures[1], &fault));
    assert!(info.failures[0].at() > fault.at());
    let failed = |event: &plugstate::Event| event.kind == EventKind::DidFail(Stage::Fault);
    assert_eq!(manager.events(0).iter().filter(|event| failed(event)).count(), 1);
}

trait Time {
    fn name(&self) -> &str;
}

impl Time for Probe {
    fn name(&self) -> &str {
        Probe::name(self)
    }
}

/// `user` requires a clock, which `quartz` and `tower` can give it; `app` requires `user`.
fn clocks(world: &World) -> Manager {
    clocks_builder(world).build().unwrap()
}

fn clocks_builder(world: &World) -> Builder {
    let clock = |name: &str| {
        world.probe(plugin(name)).view::<dyn Time>(|plugin| Some(plugin.downcast_ref::<Probe>()?))
    };
    let user = plugin("user").requires_capability::<dyn Time>().wants("tower", "*");
    host()
        .register(clock("quartz"))
        .register(clock("tower"))
        .register(world.probe(user))
        .register(world.probe(plugin("app").requires("user", "*")))
}

#[test]
fn a_capability_is_bound_to_another_provider_when_its_own_fails() {
    let world = World::new();
    let manager = clocks(&world);
    manager.enable_all().unwrap();
    let bound = || manager.dependencies("user").unwrap()[0].bound.clone().unwrap().to_string();
    assert_eq!((bound(), manager.dependents("quartz").unwrap().len()), ("quartz".to_owned(), 1));
    world.log();
    let seq = manager.snapshot().next_seq;
    let report = manager.fault("quartz", "cracked").unwrap();
    assert_eq!(world.log(), ["disable app", "disable user", "enable user", "enable app"]);
    assert_eq!(
        report.to_string(),
        "quartz: plugin `quartz` failed to run: cracked\nuser: restarted\napp: restarted"
    );
    let events = manager.events(seq);
    let rebound = events.iter().find(|event| event.kind == EventKind::DidRebind).unwrap();
    assert_eq!(
        rebound.to_string(),
        format!("#{} user#1 did rebind dyn supervise::Time to tower", rebound.seq)
    );
    assert_eq!(rebound.other.as_ref().unwrap(), &"tower");
    assert_eq!(rebound.capability, Some(TypeKey::of::<dyn Time>()));
    assert_eq!(bound(), "tower");
    let serving: Vec<_> =
        manager.services::<dyn Time>().map(|(_, time)| time.name().to_owned()).collect();
    assert_eq!(serving, ["tower"]);
    assert_eq!(manager.dependents("quartz").unwrap(), NOTHING);
    assert_eq!(manager.dependents("tower").unwrap(), ["user"]);
    assert_eq!(manager.info("user").unwrap().dependencies[0].bound, Ok(&"tower".into()));
    let refused = manager.disable("tower").unwrap_err();
    assert!(matches!(refused, Error::Needed { .. }), "{refused}");

    // The former provider comes back, and nothing moves for that.
    world.log();
    manager.retry("quartz").unwrap();
    assert_eq!(bound(), "tower");
    assert!(!world.log().iter().any(|hook| hook.ends_with("user")));

    // The new one fails: back to the other, though it is also wanted by name.
    manager.fault("tower", "lightning").unwrap();
    assert_eq!(bound(), "quartz");
    assert_eq!(manager.phase("app").unwrap(), Phase::Enabled);

    // Both: nobody is left, so its dependents are stopped like any others.
    let report = manager.fault("quartz", "cracked again").unwrap();
    assert!(matches!(report.outcome("user"), Some(Outcome::Moved { to: Phase::Disabled, .. })));
    assert_eq!(manager.phase("app").unwrap(), Phase::Disabled);
    manager.retry("tower").unwrap();
    assert_eq!(manager.phase("user").unwrap(), Phase::Disabled, "it waits for its own provider");
    manager.retry("quartz").unwrap();
    assert_eq!(manager.enabled().len(), 4);
    manager.shutdown().unwrap();
    assert_eq!(manager.replay(), manager.snapshot());
}

#[test]
fn a_provider_that_is_disabled_is_no_alternative() {
    let world = World::new();
    let manager = clocks(&world);
    manager.enable("app").unwrap();
    assert_eq!(manager.phase("tower").unwrap(), Phase::Discovered);
    manager.fault("quartz", "cracked").unwrap();
    assert_eq!(manager.phase("user").unwrap(), Phase::Disabled);
    assert!(!manager.events(0).iter().any(|event| event.kind == EventKind::DidRebind));
}

#[test]
fn what_a_cascade_has_stopped_stays_down_though_its_target_failed_to_stop() {
    let world = World::new();
    let top = world.probe(plugin("top").requires("app", "*"));
    let manager = clocks_builder(&world).register(top).build().unwrap();
    manager.enable("top").unwrap();
    manager.fault("top", "broken").unwrap();
    // `app` waits for `quartz` now, and is started by a retry of `top` before that is back.
    manager.fault("quartz", "cracked").unwrap();
    manager.enable("tower").unwrap();
    manager.enable_each(["user"]).unwrap();
    manager.retry("top").unwrap();
    assert_eq!(manager.phase("app").unwrap(), Phase::Enabled);

    world.fail("user", Stage::Disable, Fault::Error);
    manager.disable_cascade("user").unwrap_err();
    world.heal();
    manager.retry("quartz").unwrap();
    manager.retry("user").unwrap();
    assert_eq!(
        manager.snapshot().to_string(),
        "app: Disabled\nquartz: Enabled\ntop: Disabled\ntower: Enabled\nuser: Enabled"
    );
}

/// An operation on one plugin does not start others that stand on it; and what could not come back
/// because of the host is in the host's hands from then on.
#[test]
fn what_the_host_keeps_down_when_a_fault_is_over_is_not_started_when_the_host_lets_go() {
    let (world, clock) = (World::new(), Clock::default());
    let manager = suite(&world, &clock, POLICY);
    manager.fault("core", "broken").unwrap();
    manager.disable("uart").unwrap();
    manager.poll(secs(1)).unwrap().restarts.remove(0).1.unwrap();
    assert_eq!(manager.degradation("stats").unwrap().because_of, None);
    manager.enable("uart").unwrap();
    assert_eq!(manager.phase("stats").unwrap(), Phase::Disabled);
    let idle = manager.health().idle;
    assert_eq!(idle, ["stats"], "it is down on purpose");
    // Where the host lets go first, it comes back.
    let bus = plugin("stats").requires("core", "*").requires("bus", "*");
    let builder = world.builder([plugin("core"), plugin("bus"), bus]);
    let manager = clock.give(builder).restart_all(POLICY).build().unwrap();
    manager.enable_all().unwrap();
    manager.fault("core", "broken").unwrap();
    manager.disable("bus").unwrap();
    manager.enable("bus").unwrap();
    manager.poll(secs(1)).unwrap().restarts.remove(0).1.unwrap();
    assert_eq!(manager.phase("stats").unwrap(), Phase::Enabled);
}
