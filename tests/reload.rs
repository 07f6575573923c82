//! Reloads: hook by hook, event by event, and back from every step at which a hook can fail.

mod support;

use std::collections::BTreeMap;

use plugstate::{BoxError, Deps, Error, EventKind, Manager, Meta, Phase, Plugin, Request, Stage};
use support::{Fault, Probe, World, host, plugin};

const NOTHING: [&str; 0] = [];

/// `stats` requires `uart`, which requires `core`; `other` has nothing to do with them.
fn suite(world: &World) -> Manager {
    let manager = world.build([
        plugin("core"),
        plugin("uart").requires("core", "*"),
        plugin("stats").requires("uart", "*"),
        plugin("other"),
    ]);
    manager.enable_all().unwrap();
    world.log();
    manager
}

/// The events from `seq` on, without their numbers.
fn events(manager: &Manager, seq: u64) -> Vec<String> {
    let events = manager.events(seq);
    let text = |event: &plugstate::Event| event.to_string();
    events.iter().map(|event| text(event).split_once(' ').unwrap().1.to_owned()).collect()
}

fn value(value: u64) -> BTreeMap<&'static str, u64> {
    BTreeMap::from([("value", value)])
}

#[test]
fn an_enabled_plugin_is_replaced_under_its_dependents() {
    let world = World::new();
    let manager = suite(&world);
    let seq = manager.snapshot().next_seq;
    let plan = manager.plan(&Request::Reload("uart".into())).unwrap();
    let report = manager.reload("uart").unwrap();
    let hooks = [
        "load uart",
        "configure uart",
        "disable stats",
        "disable uart",
        "restore uart",
        "enable uart",
        "enable stats",
        "unload uart",
    ];
    assert_eq!(world.log(), hooks);
    let planned: Vec<_> = plan.steps().iter().map(|(id, stage)| format!("{stage} {id}")).collect();
    assert_eq!(planned, hooks);
    assert_eq!(
        report.to_string(),
        "uart: Enabled -> Enabled, replaced by instance 2\nstats: restarted"
    );
    assert_eq!(
        events(&manager, seq),
        [
            "uart#2 will load",
            "uart#2 did load",
            "uart#2 will configure",
            "uart#2 did configure",
            "stats#1 will disable",
            "stats#1 did disable",
            "uart#1 will disable",
            "uart#1 did disable",
            "uart#2 will restore",
            "uart#2 did restore",
            "uart#2 will enable",
            "uart#2 did enable",
            "uart#2 did replace the one before",
            "stats#1 will enable",
            "stats#1 did enable",
            "uart#1 will unload",
            "uart#1 did unload",
        ]
    );
    assert_eq!(manager.info("uart").unwrap().generation, 2);
    assert_eq!(manager.info("stats").unwrap().generation, 1);
    assert_eq!(world.alive("uart"), 1);
    assert_eq!(manager.get_as::<Probe>("stats").unwrap().saw, ["uart"]);
    assert_eq!(manager.replay(), manager.snapshot());
}

#[test]
fn what_is_not_enabled_stays_as_it_was_and_is_newer() {
    let world = World::new();
    let manager = world.build([plugin("uart"), plugin("stats").requires("uart", "*")]);
    assert_eq!(manager.reload("uart").unwrap().to_string(), "uart: stays Discovered");
    assert_eq!(world.log(), NOTHING);

    manager.load("stats").unwrap();
    world.log();
    let report = manager.reload("uart").unwrap();
    assert_eq!(report.to_string(), "uart: Loaded -> Loaded, replaced by instance 2");
    assert_eq!(world.log(), ["load uart", "unload uart"]);

    manager.configure("uart", value(1)).unwrap();
    world.log();
    let report = manager.reload("uart").unwrap();
    assert_eq!(report.to_string(), "uart: Configured -> Configured, replaced by instance 3");
    assert_eq!(world.log(), ["load uart", "configure uart", "restore uart", "unload uart"]);

    manager.enable("stats").unwrap();
    manager.disable_cascade("uart").unwrap();
    world.log();
    let report = manager.reload("uart").unwrap();
    assert_eq!(report.to_string(), "uart: Disabled -> Configured, replaced by instance 4");
    assert_eq!(world.log(), ["load uart", "configure uart", "restore uart", "unload uart"]);
    assert_eq!(manager.phase("stats").unwrap(), Phase::Disabled);

    world.fail("uart", Stage::Enable, Fault::Error);
    manager.enable("uart").unwrap_err();
    world.log();
    let text = "plugin `uart` is Failed, where BeginLoad is not legal; legal here: BeginUnload \
                (retry it, or unload it)";
    assert_eq!(manager.reload("uart").unwrap_err().to_string(), text);
    let request = Request::Reload("uart".into());
    assert_eq!(manager.plan(&request).unwrap_err().to_string(), text);
    assert_eq!(world.log(), NOTHING);
}

/// A hook of the new instance that fails: what was called, and what is left.
#[test]
fn the_old_instance_is_back_in_service_whatever_fails_in_the_new_one() {
    let before = ["load uart", "configure uart"];
    let stop = ["disable stats", "disable uart"];
    let back = ["unload uart", "enable uart", "enable stats"];
    let cases: [(usize, Stage, Vec<&str>); 4] = [
        (0, Stage::Load, vec!["load uart"]),
        (1, Stage::Configure, [&before[..], &["unload uart"]].concat()),
        (4, Stage::Restore, [&before[..], &stop, &["restore uart"], &back].concat()),
        (5, Stage::Enable, [&before[..], &stop, &["restore uart", "enable uart"], &back].concat()),
    ];
    for (call, stage, hooks) in cases {
        for fault in [Fault::Error, Fault::Panic] {
            let world = World::new();
            let manager = suite(&world);
            let before = manager.snapshot();
            world.fail_calls([(call, fault)]);
            let error = manager.reload("uart").unwrap_err();
            let Error::Hook(failure) = &error else { panic!("{error}") };
            assert_eq!((failure.stage(), failure.generation()), (stage, 2));
            assert_eq!(world.log(), hooks, "{stage}");
            assert_eq!(manager.snapshot().plugins, before.plugins);
            assert_eq!(manager.replay(), manager.snapshot());
            assert_eq!(world.alive("uart"), 1);
            assert!(manager.get_as::<Probe>("uart").unwrap().enabled);
            assert_eq!(manager.info("uart").unwrap().failures.len(), 1);
            // A failed attempt has used up its number.
            world.heal();
            manager.reload("uart").unwrap();
            assert_eq!(manager.info("uart").unwrap().generation, 3);
        }
    }
}

#[test]
fn an_old_instance_that_cannot_stop_is_replaced_all_the_same() {
    let world = World::new();
    let manager = suite(&world);
    world.fail_calls([(3, Fault::Error)]);
    let report = manager.reload("uart").unwrap();
    assert_eq!(
        report.to_string(),
        "uart: Enabled -> Enabled, replaced by instance 2\nstats: restarted"
    );
    let failures = manager.info("uart").unwrap().failures;
    assert_eq!((failures[0].stage(), failures[0].generation()), (Stage::Disable, 1));
    assert_eq!(world.alive("uart"), 1);
    // The order is the same as if it had stopped well: it goes when all is up again.
    assert_eq!(world.log()[4..], ["restore uart", "enable uart", "enable stats", "unload uart"]);

    // If the new one fails too, none is left that could serve.
    world.fail_calls([(3, Fault::Error), (5, Fault::Error)]);
    manager.reload("uart").unwrap_err();
    assert_eq!(
        manager.snapshot().to_string(),
        "core: Enabled\nother: Enabled\nstats: Disabled\nuart: Failed"
    );
    world.heal();
    world.log();
    assert_eq!(
        manager.retry("uart").unwrap().to_string(),
        "uart: Failed -> Enabled\nstats: Disabled -> Enabled"
    );
    // Whatever the failed one holds on to, it gives back before the next is enabled.
    let hooks = ["load uart", "configure uart", "unload uart", "enable uart", "enable stats"];
    assert_eq!(world.log(), hooks);
}

#[test]
fn dependents_that_cannot_start_again_fail_alone() {
    let world = World::new();
    let manager = suite(&world);
    world.fail("uart", Stage::Enable, Fault::Error);
    let report = manager.reload("core").unwrap();
    assert_eq!(
        report.to_string(),
        "core: Enabled -> Enabled, replaced by instance 2\n\
         uart: plugin `uart` failed to enable: uart cannot enable\n\
         stats: Enabled -> Disabled"
    );
    assert!(!report.is_good());
    assert_eq!(
        world.log(),
        [
            "load core",
            "configure core",
            "disable stats",
            "disable uart",
            "disable core",
            "restore core",
            "enable core",
            "enable uart",
            "unload core"
        ]
    );
    // What its failure stopped comes back with it.
    world.heal();
    manager.retry("uart").unwrap();
    assert_eq!(manager.enabled().len(), 4);
}

#[test]
fn a_config_is_kept_and_a_new_one_only_if_the_reload_succeeds() {
    let world = World::new();
    let manager = suite(&world);
    let config = || manager.get_as::<Probe>("uart").unwrap().config;
    manager.reload_with("uart", value(7)).unwrap();
    assert_eq!(config(), 7);
    manager.reload("uart").unwrap();
    assert_eq!(config(), 7, "the last config is kept");
    world.log();

    let bad = manager.reload_with("uart", BTreeMap::from([("value", "much")])).unwrap_err();
    assert!(matches!(bad, Error::Config(_)), "{bad}");
    assert!(bad.to_string().contains("value"), "{bad}");
    assert_eq!(world.log(), NOTHING);

    for call in [0, 1, 4, 5] {
        world.fail_calls([(call, Fault::Error)]);
        manager.reload_with("uart", value(8)).unwrap_err();
        world.heal();
        assert_eq!(config(), 7);
        manager.reload("uart").unwrap();
        assert_eq!(config(), 7, "the former config is back");
    }
}

/// A type with state that no table of fields could hand over.
struct Counter {
    count: Box<dyn Fn() -> u32 + Send + Sync>,
}

impl Plugin for Counter {
    const META: Meta = Meta::new("counter", "1.0.0");
    type Requires = ();
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Counter { count: Box::new(|| 0) })
    }

    fn enable(&mut self, (): Deps<'_, Self>) -> Result<(), BoxError> {
        let before = (self.count)();
        self.count = Box::new(move || before + 1);
        Ok(())
    }

    fn restore(&mut self, previous: &Self) -> Result<(), BoxError> {
        let before = (previous.count)();
        self.count = Box::new(move || before * 10);
        Ok(())
    }
}

#[test]
fn the_new_instance_takes_over_what_it_wants_typed() {
    let manager = host().add::<Counter>().build().unwrap();
    manager.enable("counter").unwrap();
    let counts: Vec<_> = (0..3)
        .map(|_| {
            let count = (manager.get::<Counter>().unwrap().count)();
            manager.reload("counter").unwrap();
            count
        })
        .collect();
    assert_eq!(counts, [1, 11, 111]);
}

#[test]
fn a_guard_that_is_not_dropped_keeps_a_reload_from_stopping_anything() {
    let world = World::new();
    let builder = world.builder([plugin("uart"), plugin("stats").requires("uart", "*")]);
    let manager = builder.guard_deadline(std::time::Duration::ZERO).build().unwrap();
    manager.enable_all().unwrap();
    world.log();
    let line = line!() + 1;
    let guard = manager.get_as::<Probe>("stats").unwrap();
    let busy = manager.reload("uart").unwrap_err();
    assert_eq!(
        busy.to_string(),
        format!(
            "plugin `stats` is in use and was not given free within 0ns (guards taken at \
             tests/reload.rs:{line}); drop the guards and try again"
        )
    );
    assert_eq!(world.log(), ["load uart", "configure uart", "unload uart"]);
    assert_eq!((manager.enabled().len(), world.alive("uart")), (2, 1));
    assert!(guard.enabled && manager.get_as::<Probe>("uart").unwrap().enabled);
    drop(guard);
    manager.reload("uart").unwrap();
    let replaced = manager.events(0);
    assert!(replaced.iter().any(|e| e.kind == EventKind::DidReplace && e.generation == 3));
}
