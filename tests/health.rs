//! What is left when something fails, in data and in words to the letter.

mod support;

use std::time::Duration;

use plugstate::explain::Reason;
use plugstate::{Backoff, Manager, Phase, Prospect, Restart, Stage, TypeKey};
use support::{Fault, Probe, World, plugin};

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

trait Clock {}
impl Clock for Probe {}

/// `stats` requires `uart`, which requires `core`; `quartz` and `tower` are clocks.
fn suite(world: &World, policy: Restart) -> Manager {
    let clock = |name: &str| {
        world.probe(plugin(name)).view::<dyn Clock>(|it| Some(it.downcast_ref::<Probe>()?))
    };
    let builder = world.builder([
        plugin("core"),
        plugin("uart").requires("core", "*"),
        plugin("stats").requires("uart", "*"),
        plugin("lost").requires("ghost", "*"),
    ]);
    builder
        .register(clock("quartz"))
        .register(clock("tower"))
        .clock(|| secs(0))
        .restart_all(policy)
        .build_partial()
}

fn text(manager: &Manager, name: &str) -> String {
    manager.degradation(name).unwrap().to_string()
}

#[test]
fn what_is_well_is_never_degraded() {
    let world = World::new();
    let manager = suite(&world, Restart::Never);
    let well = |name: &str, phase: Phase| {
        let left = manager.degradation(name).unwrap();
        assert!(!left.is_degraded() && left.is_recoverable(), "{left:?}");
        assert_eq!(left.to_string(), format!("`{name}` is {phase} and well"));
        assert_eq!((left.failure, left.because_of, left.prospect), (None, None, None));
        assert!(left.stopped.is_empty() && left.blocked.is_none());
    };
    well("core", Phase::Discovered);
    manager.enable("stats").unwrap();
    for name in ["core", "uart", "stats"] {
        well(name, Phase::Enabled);
    }
    // One that failed once and was mended is well, and so is one that was disabled on purpose.
    manager.fault("uart", "broken").unwrap();
    manager.retry("uart").unwrap();
    manager.disable("stats").unwrap();
    well("uart", Phase::Enabled);
    well("stats", Phase::Disabled);
    let health = manager.health();
    assert_eq!(health.works, ["core", "uart"]);
    assert_eq!(health.idle, ["quartz", "tower", "stats"]);
    assert_eq!(health.degraded.len(), 1, "the one that is blocked");
    assert!(world.log().len() > 3, "asking changed nothing");
}

#[test]
fn a_fault_is_told_with_what_it_stopped_and_what_to_do() {
    let world = World::new();
    let manager = suite(&world, Restart::Never);
    manager.enable_all().unwrap();
    manager.fault("core", "the bus is stuck").unwrap();
    let failed = "plugin `core` failed to run: the bus is stuck";
    assert_eq!(
        text(&manager, "core"),
        format!(
            "`core` is Failed: {failed}; with it stopped `uart`, `stats`; mend the cause, then \
             retry `core`"
        )
    );
    for name in ["uart", "stats"] {
        assert_eq!(
            text(&manager, name),
            format!("`{name}` is Disabled because of `core`; see to `core` first")
        );
        assert_eq!(manager.degradation(name).unwrap().because_of.unwrap(), "core");
    }
    let health = manager.health();
    assert!(!health.is_good());
    assert_eq!(health.works, ["quartz", "tower"]);
    assert_eq!(
        health.to_string(),
        format!(
            "2 work, 4 degraded, 0 idle\n\
             `core` is Failed: {failed}; with it stopped `uart`, `stats`; mend the cause, then \
             retry `core`\n\
             `uart` is Disabled because of `core`; see to `core` first\n\
             `stats` is Disabled because of `core`; see to `core` first\n\
             `lost` is Discovered: it requires `ghost`, which is not registered: register it, or \
             correct the name; mend the suite and build it again"
        )
    );
    // Each told alone is told the same.
    for degraded in &health.degraded {
        assert_eq!(text(&manager, degraded.plugin.as_str()), degraded.to_string());
    }
    let lost = manager.degradation("lost").unwrap();
    assert!(matches!(lost.blocked, Some(Reason::Missing { .. })) && !lost.is_recoverable());
    manager.retry("core").unwrap();
    assert_eq!(manager.health().degraded.len(), 1);
}

#[test]
fn what_the_policy_has_in_store_is_told() {
    let world = World::new();
    let backoff = Backoff::starting_with(secs(3));
    let manager = suite(&world, Restart::OnFailure { max: 1, within: secs(60), backoff });
    manager.enable("uart").unwrap();
    manager.fault("uart", "broken").unwrap();
    let failed = "`uart` is Failed: plugin `uart` failed to run: ";
    assert_eq!(
        text(&manager, "uart"),
        format!("{failed}broken; `uart` is started again by a poll at 3s or later")
    );
    assert_eq!(manager.poll(secs(3)).unwrap().restarts.len(), 1);
    manager.fault("uart", "broken again").unwrap();
    assert_eq!(
        text(&manager, "uart"),
        format!(
            "{failed}broken again; `uart` was restarted 1 time within 60s and given up; mend the \
             cause, then retry it"
        )
    );
    manager.retry("uart").unwrap();
    manager.fault("uart", plugstate::Fatal::new("burnt")).unwrap();
    let left = manager.degradation("uart").unwrap();
    assert_eq!((left.prospect, left.is_recoverable()), (Some(Prospect::Fatal), false));
    assert_eq!(
        left.to_string(),
        format!("{failed}burnt; `uart` says that trying again is of no use; unload it")
    );
}

#[test]
fn a_failure_at_the_start_is_told_without_a_fault() {
    let world = World::new();
    let manager = suite(&world, Restart::Never);
    world.fail("core", Stage::Enable, Fault::Error);
    manager.enable_all().unwrap();
    assert_eq!(
        text(&manager, "core"),
        "`core` is Failed: plugin `core` failed to enable: core cannot enable; mend the cause, \
         then retry `core`"
    );
    assert_eq!(
        text(&manager, "stats"),
        "`stats` is Discovered because of `core`; see to `core` first"
    );
}

#[test]
fn who_else_provides_the_same_is_told() {
    let world = World::new();
    let manager = suite(&world, Restart::Never);
    manager.enable_all().unwrap();
    let key = TypeKey::of::<dyn Clock>();
    let left = manager.degradation("quartz").unwrap();
    assert_eq!(left.alternatives, [(key, vec!["tower".into()])]);
    manager.fault("quartz", "cracked").unwrap();
    assert_eq!(
        text(&manager, "quartz"),
        format!(
            "`quartz` is Failed: plugin `quartz` failed to run: cracked; `{key}` is still \
             provided by `tower`; mend the cause, then retry `quartz`"
        )
    );
    manager.fault("tower", "lightning").unwrap();
    assert_eq!(manager.degradation("quartz").unwrap().alternatives, [(key, vec![])]);
    assert_eq!(
        text(&manager, "quartz"),
        "`quartz` is Failed: plugin `quartz` failed to run: cracked; mend the cause, then retry \
         `quartz`"
    );
    assert_eq!(manager.degradation("core").unwrap().alternatives, []);
    assert!(manager.degradation("ghost").is_err());
}

#[test]
fn a_plugin_that_broke_by_itself_is_not_put_down_to_another() {
    let world = World::new();
    let manager = suite(&world, Restart::Never);
    manager.enable("stats").unwrap();
    manager.fault("uart", "broken").unwrap();
    manager.fault("core", "broken too").unwrap();
    let health = manager.health();
    let told: Vec<(&str, Option<&str>)> = (health.degraded.iter())
        .map(|left| (left.plugin.as_str(), left.because_of.as_ref().map(|id| id.as_str())))
        .collect();
    assert_eq!(told, [("core", None), ("uart", None), ("stats", Some("uart")), ("lost", None)]);
}
