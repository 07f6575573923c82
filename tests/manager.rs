//! The operations of the manager, one by one: which hooks run in which order, and what is left.

mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use plugstate::{
    BadKey, BoxError, Deps, Error, Fatal, Manager, Meta, Misuse, Outcome, Phase, Place, Plugin,
    Report, Stage,
};
use support::{Fault, Finder, Probe, World, plugin, scripted};

const NOTHING: [&str; 0] = [];
const DIAMOND: [&str; 4] = ["base", "left", "right", "top"];

/// `top` requires `left` and `right`, which require `base`; `aside` has to do with nobody.
fn diamond(world: &World) -> Manager {
    diamond_builder(world).build().unwrap()
}

fn diamond_builder(world: &World) -> plugstate::Builder {
    world.builder([
        plugin("top").requires("left", "*").requires("right", "*"),
        plugin("right").requires("base", "*"),
        plugin("left").requires("base", "*"),
        plugin("base"),
        plugin("aside"),
    ])
}

fn value(value: u64) -> BTreeMap<&'static str, u64> {
    BTreeMap::from([("value", value)])
}

/// `load a`, `configure a`, `enable a` for each name.
fn up(names: &[&str]) -> Vec<String> {
    let hooks = |name: &&str| ["load", "configure", "enable"].map(|hook| format!("{hook} {name}"));
    names.iter().flat_map(hooks).collect()
}

fn each(hook: &str, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("{hook} {name}")).collect()
}

fn phases(manager: &Manager) -> BTreeMap<String, Phase> {
    let standings = manager.snapshot().plugins.into_iter();
    standings.map(|standing| (standing.id.to_string(), standing.phase)).collect()
}

const _: fn() = || {
    fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<Manager>();
    is_send_and_sync::<Error>();
};

#[test]
fn load_brings_a_plugin_and_what_it_requires_to_loaded_and_no_further() {
    let world = World::new();
    let manager = diamond(&world);
    let report = manager.load("top").unwrap();
    assert_eq!(world.log(), each("load", &DIAMOND));
    assert_eq!(
        report.to_string(),
        "base: Discovered -> Loaded\nleft: Discovered -> Loaded\nright: Discovered -> Loaded\n\
         top: Discovered -> Loaded"
    );
    assert_eq!(manager.phase("aside").unwrap(), Phase::Discovered);
    assert_eq!(manager.load("top").unwrap().to_string(), "top: stays Loaded");
    assert_eq!(world.log(), NOTHING);
}

#[test]
fn configure_is_answered_in_each_phase_as_the_law_has_it() {
    let world = World::new();
    let manager = world.build([plugin("uart")]);
    let refused = |phase| {
        let before = world.log();
        match manager.configure("uart", value(99)) {
            Err(Error::Illegal { phase: met, .. }) => assert_eq!(met, phase),
            other => panic!("{other:?}"),
        }
        assert_eq!(manager.phase("uart").unwrap(), phase);
        assert_eq!(world.log(), NOTHING, "{before:?}");
    };
    let accepted = |number, outcome: &str| {
        let report = manager.configure("uart", value(number)).unwrap();
        assert_eq!(report.to_string(), format!("uart: {outcome}"));
        assert_eq!(world.log(), ["configure uart"]);
    };
    refused(Phase::Discovered);
    manager.load("uart").unwrap();
    world.log();
    accepted(1, "Loaded -> Configured");
    accepted(2, "stays Configured");
    manager.enable("uart").unwrap();
    assert_eq!(world.log(), ["enable uart"]);
    assert_eq!(manager.get_as::<Probe>("uart").unwrap().config, 2);
    refused(Phase::Enabled);
    manager.disable("uart").unwrap();
    world.log();
    accepted(3, "Disabled -> Configured");
    manager.enable("uart").unwrap();
    assert_eq!(manager.get_as::<Probe>("uart").unwrap().config, 3);

    // What was refused was not kept; what was accepted is, for the next instance too.
    manager.unload("uart").unwrap();
    manager.enable("uart").unwrap();
    assert_eq!(manager.get_as::<Probe>("uart").unwrap().config, 3);

    world.fail("uart", Stage::Disable, Fault::Error);
    manager.disable("uart").unwrap_err();
    world.log();
    refused(Phase::Failed);
}

#[test]
fn a_config_that_does_not_fit_changes_nothing_and_one_that_its_hook_refuses_fails_the_plugin() {
    let world = World::new();
    let manager = world.builder([plugin("uart")]).config(BTreeMap::from([("uart", value(1))]));
    let manager = manager.build().unwrap();
    manager.load("uart").unwrap();
    world.log();
    let before = manager.snapshot();
    let refused = manager.configure("uart", BTreeMap::from([("value", "fast")])).unwrap_err();
    assert!(matches!(refused, Error::Config(_)));
    assert_eq!(manager.snapshot(), before, "not even an event");
    assert_eq!(world.log(), NOTHING);
    manager.enable("uart").unwrap();
    assert_eq!(manager.get_as::<Probe>("uart").unwrap().config, 1);

    manager.disable("uart").unwrap();
    world.fail("uart", Stage::Configure, Fault::Error);
    let failed = manager.configure("uart", value(2)).unwrap_err();
    assert!(matches!(failed, Error::Hook(_)));
    assert_eq!(manager.phase("uart").unwrap(), Phase::Failed);
    assert_eq!(world.alive("uart"), 1);
}

#[test]
fn enable_goes_on_from_wherever_each_plugin_stands() {
    let world = World::new();
    let manager = diamond_builder(&world).config(BTreeMap::from([("base", value(7))]));
    let manager = manager.build().unwrap();
    manager.enable("left").unwrap();
    manager.disable("left").unwrap();
    manager.load("right").unwrap();
    manager.load("top").unwrap();
    manager.configure("top", value(9)).unwrap();
    world.log();

    let report = manager.enable("top").unwrap();
    assert_eq!(world.log(), ["enable left", "configure right", "enable right", "enable top"]);
    assert_eq!(
        report.to_string(),
        "left: Disabled -> Enabled\nright: Loaded -> Enabled\ntop: Configured -> Enabled"
    );
    assert_eq!(manager.get_as::<Probe>("base").unwrap().config, 7);
    assert_eq!(manager.get_as::<Probe>("top").unwrap().saw, ["left", "right"]);
    assert_eq!(manager.enable("top").unwrap().to_string(), "top: stays Enabled");
    assert_eq!(world.log(), NOTHING);
}

#[test]
fn what_is_only_wanted_comes_first_if_it_comes_and_holds_nobody() {
    let world = World::new();
    let manager = world.build([plugin("clock"), plugin("a").wants("clock", "*")]);
    manager.enable("a").unwrap();
    assert_eq!(world.log(), up(&["a"]), "it can do without");
    manager.shutdown().unwrap();
    world.log();
    manager.enable_all().unwrap();
    assert_eq!(world.log(), up(&["clock", "a"]));
    assert_eq!(manager.get_as::<Probe>("a").unwrap().saw, ["clock"]);
    manager.unload("clock").expect("nobody requires it");
    assert_eq!(manager.enabled(), ["a"]);
}

#[test]
fn disable_refuses_or_cascades_dependents_first() {
    let world = World::new();
    let manager = diamond(&world);
    manager.enable_all().unwrap();
    world.log();
    let refused = manager.disable("base").unwrap_err();
    assert!(matches!(refused, Error::Needed { by, .. } if by == ["left", "right"]));
    assert_eq!(world.log(), NOTHING);
    manager.disable_cascade("base").unwrap();
    assert_eq!(world.log(), each("disable", &["top", "right", "left", "base"]));
    assert_eq!(manager.enabled(), ["aside"]);
    assert_eq!(manager.disable_cascade("base").unwrap().to_string(), "base: stays Disabled");
    assert_eq!(world.log(), NOTHING);
    assert!(DIAMOND.iter().all(|name| world.alive(name) == 1), "all are still resident");
}

#[test]
fn a_dependent_that_fails_to_stop_keeps_nobody_from_stopping() {
    let world = World::new();
    let manager = diamond(&world);
    manager.enable("top").unwrap();
    world.fail("top", Stage::Disable, Fault::Panic);
    world.fail("left", Stage::Disable, Fault::Error);
    world.log();
    let report = manager.disable_cascade("base").unwrap();
    assert_eq!(world.log(), each("disable", &["top", "right", "left", "base"]));
    let troubled: Vec<_> = report.troubles().map(|(id, _)| id.as_str()).collect();
    assert_eq!(troubled, ["left", "top"]);
    assert_eq!(manager.phase("base").unwrap(), Phase::Disabled);
    assert_eq!(manager.phase("top").unwrap(), Phase::Failed);
}

#[test]
fn unload_disables_first_and_works_from_every_phase() {
    let world = World::new();
    let manager = world.build([plugin("uart")]);
    assert_eq!(manager.unload("uart").unwrap().to_string(), "uart: stays Discovered");
    type Way = fn(&Manager);
    let ways: [(Way, &[&str]); 5] = [
        (|m| drop(m.load("uart")), &["unload uart"]),
        (|m| drop((m.load("uart"), m.configure("uart", value(1)))), &["unload uart"]),
        (|m| drop(m.enable("uart")), &["disable uart", "unload uart"]),
        (|m| drop((m.enable("uart"), m.disable("uart"))), &["unload uart"]),
        (
            |m| drop((m.enable("uart"), m.disable("uart"), m.configure("uart", value(2)))),
            &["unload uart"],
        ),
    ];
    for (generation, (way, hooks)) in (1..).zip(ways) {
        way(&manager);
        assert_eq!(world.alive("uart"), 1);
        world.log();
        manager.unload("uart").unwrap();
        assert_eq!(world.log(), hooks);
        assert_eq!(manager.phase("uart").unwrap(), Phase::Discovered);
        assert_eq!(
            (world.alive("uart"), manager.info("uart").unwrap().generation),
            (0, generation)
        );
    }
    // Failed, with and without an instance.
    for (stage, hooks) in [(Stage::Load, &[][..]), (Stage::Enable, &["unload uart"])] {
        world.fail("uart", stage, Fault::Error);
        manager.enable("uart").unwrap_err();
        world.log();
        manager.unload("uart").unwrap();
        assert_eq!(world.log(), hooks);
        assert_eq!(manager.phase("uart").unwrap(), Phase::Discovered);
        world.heal();
    }
}

#[test]
fn unload_refuses_or_cascades_dependents_first() {
    let world = World::new();
    let manager = diamond(&world);
    manager.enable_all().unwrap();
    manager.disable("top").unwrap();
    world.log();
    assert!(matches!(manager.unload("left"), Err(Error::Needed { by, .. }) if by == ["top"]));
    assert_eq!(world.log(), NOTHING);
    manager.unload_cascade("base").unwrap();
    let mut hooks = each("disable", &["right", "left", "base"]);
    hooks.extend(each("unload", &["top", "right", "left", "base"]));
    assert_eq!(world.log(), hooks);
    assert_eq!(manager.enabled(), ["aside"]);
}

#[test]
fn a_hook_that_fails_on_the_way_out_is_reported_and_the_instance_is_gone_all_the_same() {
    for fault in [Fault::Error, Fault::Panic] {
        let world = World::new();
        let manager = world.build([plugin("uart")]);
        manager.enable("uart").unwrap();
        world.fail("uart", Stage::Disable, fault);
        world.fail("uart", Stage::Unload, fault);
        world.log();
        let report = manager.unload("uart").unwrap();
        assert_eq!(world.log(), ["disable uart", "unload uart"]);
        assert!(
            matches!(report.outcome("uart"), Some(Outcome::Failed(f)) if f.stage() == Stage::Unload)
        );
        assert_eq!(manager.phase("uart").unwrap(), Phase::Discovered);
        assert_eq!(world.alive("uart"), 0);
        let stages: Vec<_> =
            manager.info("uart").unwrap().failures.iter().map(|f| f.stage()).collect();
        assert_eq!(stages, [Stage::Disable, Stage::Unload]);
    }
}

#[test]
fn retry_clears_what_is_left_and_brings_the_plugin_up() {
    // Where there is a failed instance, the new one is made before that one goes.
    let anew = ["load uart", "configure uart", "unload uart", "enable uart"].map(String::from);
    for (stage, hooks) in [
        (Stage::Load, up(&["uart"])),
        (Stage::Configure, anew.to_vec()),
        (Stage::Enable, anew.to_vec()),
    ] {
        let world = World::new();
        let manager = world.build([plugin("uart")]);
        assert!(matches!(manager.retry("uart"), Err(Error::NotFailed { .. })));
        world.fail("uart", stage, Fault::Error);
        manager.enable("uart").unwrap_err();
        manager.retry("uart").unwrap_err();
        assert_eq!(manager.phase("uart").unwrap(), Phase::Failed);
        assert_eq!(manager.info("uart").unwrap().failures.len(), 2);
        world.heal();
        world.log();
        let report = manager.retry("uart").unwrap();
        assert_eq!(world.log(), hooks);
        assert_eq!(report.to_string(), "uart: Failed -> Enabled");
        assert_eq!(world.alive("uart"), 1);
        assert!(matches!(manager.retry("uart"), Err(Error::NotFailed { .. })));
    }
}

#[test]
fn retry_keeps_what_stands_on_the_failed_instance_and_moves_nothing_where_what_is_below_has_failed()
{
    let world = World::new();
    let manager = diamond(&world);
    manager.enable("top").unwrap();
    world.fail("left", Stage::Disable, Fault::Error);
    manager.disable_cascade("left").unwrap_err();
    world.heal();
    world.log();
    manager.retry("left").unwrap();
    assert_eq!(manager.phase("left").unwrap(), Phase::Enabled);
    assert_eq!((manager.phase("top").unwrap(), world.alive("top")), (Phase::Disabled, 1));
    assert_eq!(world.log(), ["load left", "configure left", "unload left", "enable left"]);

    world.fail("left", Stage::Disable, Fault::Error);
    manager.disable_cascade("left").unwrap_err();
    world.fail("base", Stage::Disable, Fault::Error);
    manager.disable_cascade("base").unwrap_err();
    world.log();
    let before = manager.snapshot();
    let refused = manager.retry("left").unwrap_err();
    assert!(
        matches!(&refused, Error::DependencyFailed { dependency, .. } if dependency == "base"),
        "{refused}"
    );
    assert_eq!(manager.snapshot(), before, "the failed instance is still there");
    assert_eq!(world.log(), NOTHING);
    assert_eq!(world.alive("left"), 1);
}

#[test]
fn retry_brings_up_what_has_been_taken_down_since() {
    let world = World::new();
    let manager = world.build([plugin("core"), plugin("uart").requires("core", "*")]);
    world.fail("uart", Stage::Enable, Fault::Error);
    manager.enable("uart").unwrap_err();
    assert_eq!(manager.phase("core").unwrap(), Phase::Disabled);
    world.heal();
    world.log();
    let report = manager.retry("uart").unwrap();
    let hooks = ["enable core", "load uart", "configure uart", "unload uart", "enable uart"];
    assert_eq!(world.log(), hooks);
    assert_eq!(report.to_string(), "core: Disabled -> Enabled\nuart: Failed -> Enabled");
}

#[test]
fn enable_all_goes_on_past_a_failure_and_leaves_alone_what_requires_it() {
    for stage in [Stage::Load, Stage::Configure, Stage::Enable] {
        for fault in [Fault::Error, Fault::Panic] {
            let world = World::new();
            let manager = diamond(&world);
            world.fail("left", stage, fault);
            let report = manager.enable_all().unwrap();
            assert!(!report.is_good());
            assert_eq!(manager.enabled(), ["aside", "base", "right"]);
            assert_eq!(manager.phase("left").unwrap(), Phase::Failed);
            assert_eq!(manager.phase("top").unwrap(), Phase::Discovered);
            assert!(matches!(report.outcome("top"), Some(Outcome::BlockedBy(by)) if by == "left"));
            assert!(!world.log().contains(&"load top".to_owned()));

            world.heal();
            let again = manager.enable_all().unwrap();
            assert!(
                matches!(again.outcome("left"), Some(Outcome::Failed(_))),
                "until it is retried"
            );
            assert_eq!(world.log(), NOTHING);
            manager.retry("left").unwrap();
            assert!(manager.enable_all().unwrap().is_good());
            assert_eq!(manager.enabled().len(), 5);
        }
    }
}

#[test]
fn enable_all_leaves_a_plugin_whose_config_does_not_fit_as_it_was() {
    let world = World::new();
    let bad = BTreeMap::from([("left", BTreeMap::from([("value", "fast")]))]);
    let manager = diamond_builder(&world).config(bad).build_partial();
    let report = manager.enable_all().unwrap();
    assert!(matches!(report.outcome("left"), Some(Outcome::Refused(_))));
    assert!(matches!(report.outcome("top"), Some(Outcome::BlockedBy(_))));
    assert_eq!(manager.phase("left").unwrap(), Phase::Discovered);
    assert_eq!(world.alive("left"), 0);
    assert_eq!(manager.info("left").unwrap().failures, []);

    // To load it takes no configuration; what does take one is refused before anything moves.
    let loaded = manager.load("left").unwrap();
    assert_eq!(loaded.to_string(), "left: Discovered -> Loaded");
    manager.disable_cascade("base").unwrap();
    world.log();
    assert!(matches!(manager.enable("left").unwrap_err(), Error::Config(_)));
    assert_eq!(world.log(), NOTHING);
    assert_eq!(manager.phase("left").unwrap(), Phase::Loaded);
}

#[test]
fn enable_all_strict_enables_everything_or_nothing() {
    let world = World::new();
    let manager = diamond(&world);
    manager.enable("aside").unwrap();
    world.fail("top", Stage::Load, Fault::Error);
    world.log();
    let failed = manager.enable_all_strict().unwrap_err();
    assert_eq!(failed.to_string(), "plugin `top` failed to load: top cannot load");
    let mut hooks = up(&["base", "left", "right"]);
    hooks.push("load top".to_owned());
    for name in ["right", "left", "base"] {
        hooks.extend([format!("disable {name}"), format!("unload {name}")]);
    }
    assert_eq!(world.log(), hooks);
    assert_eq!(manager.enabled(), ["aside"]);

    world.heal();
    assert!(matches!(manager.enable_all_strict(), Err(Error::Illegal { .. })), "`top` is Failed");
    assert_eq!(world.log(), NOTHING);
    manager.unload("top").unwrap();
    assert!(manager.enable_all_strict().unwrap().is_good());
    assert_eq!(manager.enabled().len(), 5);
}

#[test]
fn shutdown_stops_everything_dependents_first_and_the_manager_can_be_used_again() {
    let world = World::new();
    let manager = diamond(&world);
    for _ in 0..2 {
        manager.enable("top").unwrap();
        manager.load("aside").unwrap();
        world.log();
        manager.shutdown().unwrap();
        let down = ["top", "right", "left", "base"];
        let gone = ["top", "right", "left", "base", "aside"];
        assert_eq!(world.log(), [each("disable", &down), each("unload", &gone)].concat());
        assert!(phases(&manager).values().all(|phase| *phase == Phase::Discovered));
    }
    manager.shutdown().unwrap();
    assert_eq!(world.log(), NOTHING);
}

#[test]
fn what_is_held_past_the_deadline_outlives_a_shutdown_with_what_it_requires() {
    let world = World::new();
    let manager = diamond_builder(&world).guard_deadline(Duration::from_millis(1)).build().unwrap();
    manager.enable_all().unwrap();
    world.log();
    let guard = manager.get_as::<Probe>("left").unwrap();
    let Err(Error::Shutdown(report)) = manager.shutdown() else { panic!("it is held") };
    let down = ["top", "right", "aside"];
    assert_eq!(world.log(), [each("disable", &down), each("unload", &down)].concat());
    assert_eq!(manager.enabled(), ["base", "left"]);
    assert!(matches!(report.outcome("left"), Some(Outcome::Busy(places)) if places.len() == 1));
    assert!(matches!(report.outcome("base"), Some(Outcome::NeededBy(by)) if by == "left"));
    assert!(guard.enabled && manager.get_as::<Probe>("base").unwrap().enabled);
    drop(guard);
    manager.shutdown().unwrap();
    assert!(phases(&manager).values().all(|phase| *phase == Phase::Discovered));
}

#[test]
fn a_shutdown_goes_on_past_hooks_that_fail() {
    let world = World::new();
    let manager = diamond(&world);
    manager.enable("top").unwrap();
    world.fail("top", Stage::Disable, Fault::Panic);
    world.fail("left", Stage::Unload, Fault::Error);
    let Err(Error::Shutdown(report)) = manager.shutdown() else { panic!("two hooks failed") };
    let troubled: Vec<_> = report.troubles().map(|(id, _)| id.as_str()).collect();
    assert_eq!(troubled, ["left", "top"]);
    assert!(DIAMOND.iter().all(|name| world.alive(name) == 0));
    assert!(phases(&manager).values().all(|phase| *phase == Phase::Discovered));
}

#[test]
fn dropping_a_manager_shuts_it_down() {
    let world = World::new();
    let manager = diamond(&world);
    manager.enable("top").unwrap();
    world.fail("right", Stage::Unload, Fault::Panic);
    world.log();
    drop(manager);
    let down = ["top", "right", "left", "base"];
    assert_eq!(world.log(), [each("disable", &down), each("unload", &down)].concat());
    assert!(DIAMOND.iter().all(|name| world.alive(name) == 0));
}

/// The law of Atomic, on a diamond: whichever hook fails, and however, from two starting points.
#[test]
fn an_enable_that_fails_leaves_what_ran_as_it_was() {
    let stages = [Stage::Load, Stage::Configure, Stage::Enable];
    let mut cases = 0;
    for (at, failing) in DIAMOND.iter().enumerate() {
        for stage in stages {
            for fault in [Fault::Error, Fault::Panic] {
                for left_runs in [false, true] {
                    if left_runs && at < 2 {
                        continue; // its hooks ran before
                    }
                    atomic_case(failing, stage, fault, left_runs);
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 24 + 12);
}

fn atomic_case(failing: &str, stage: Stage, fault: Fault, left_runs: bool) {
    let case = format!("{failing} {stage} {fault:?}, left runs: {left_runs}");
    let world = World::new();
    let manager = diamond(&world);
    if left_runs {
        manager.enable("left").unwrap();
    }
    manager.enable("aside").unwrap();
    let before = phases(&manager);
    world.fail(failing, stage, fault);
    world.log();
    let failed = manager.enable("top").unwrap_err();
    assert!(matches!(&failed, Error::Hook(f) if f.plugin() == failing && f.stage() == stage));

    // What stands below an instance that failed stays resident under it, and is not enabled.
    let below: &[&str] = match failing {
        "base" => &[],
        "left" | "right" => &["base"],
        _ => &["base", "left", "right"],
    };
    let has_instance = stage != Stage::Load;
    for (name, &was) in &before {
        let expected = match name.as_str() {
            name if name == failing => Phase::Failed,
            name if has_instance && below.contains(&name) && was == Phase::Discovered => {
                Phase::Disabled
            }
            _ => was,
        };
        assert_eq!(manager.phase(name).unwrap(), expected, "{name}: {case}");
        let resident = expected.is_resident() || (name == failing && has_instance);
        assert_eq!(world.alive(name), i64::from(resident), "{name}: {case}");
    }
    // What ran before was not touched at all, and is still in service.
    let log = world.log();
    for (name, _) in before.iter().filter(|(_, phase)| **phase == Phase::Enabled) {
        assert!(!log.iter().any(|hook| hook.ends_with(&format!(" {name}"))), "{name}: {case}");
        assert!(manager.get_as::<Probe>(name).is_ok(), "{name}: {case}");
    }
    // And the way back was the way there, reversed.
    let broke = format!("{stage} {failing}");
    let there = log.iter().position(|hook| *hook == broke).expect("it was called");
    let (there, back) = (&log[..there], &log[there + 1..]);
    let mut expected: Vec<String> = Vec::new();
    for hook in there.iter().rev() {
        let (hook, name) = hook.split_once(' ').expect("a hook and a name");
        match hook {
            "enable" => expected.push(format!("disable {name}")),
            "load" if name != failing && !(has_instance && below.contains(&name)) => {
                expected.push(format!("unload {name}"));
            }
            _ => {}
        }
    }
    assert_eq!(back, expected, "{case}");
    assert_eq!(manager.replay(), manager.snapshot(), "{case}");

    world.heal();
    manager.retry(failing).unwrap_or_else(|error| panic!("{case}: {error}"));
    manager.enable("top").unwrap_or_else(|error| panic!("{case}: {error}"));
    assert_eq!(manager.enabled().len(), 5, "{case}");
}

#[test]
fn a_load_that_fails_unloads_what_it_loaded() {
    let world = World::new();
    let manager = diamond(&world);
    manager.load("left").unwrap();
    world.fail("top", Stage::Load, Fault::Panic);
    world.log();
    manager.load("top").unwrap_err();
    assert_eq!(world.log(), ["load right", "load top", "unload right"]);
    assert_eq!(manager.phase("left").unwrap(), Phase::Loaded);
    assert_eq!(manager.phase("right").unwrap(), Phase::Discovered);
}

#[test]
fn the_way_back_goes_on_past_hooks_that_fail_and_records_them() {
    let world = World::new();
    let manager = diamond(&world);
    world.fail("top", Stage::Load, Fault::Error);
    world.fail("right", Stage::Disable, Fault::Error);
    world.fail("left", Stage::Unload, Fault::Panic);
    let failed = manager.enable("top").unwrap_err();
    assert!(matches!(&failed, Error::Hook(f) if f.plugin() == "top"), "the first is answered");
    assert!(DIAMOND.iter().all(|name| world.alive(name) == 0));
    let recorded = |name| manager.info(name).unwrap().failures[0].stage();
    assert_eq!((recorded("right"), recorded("left")), (Stage::Disable, Stage::Unload));
    assert_eq!(phases(&manager)["left"], Phase::Discovered);
}

#[test]
fn a_plugin_that_is_held_makes_the_operation_busy_and_changes_nothing() {
    let world = World::new();
    let manager = diamond_builder(&world).guard_deadline(Duration::from_millis(1)).build().unwrap();
    manager.enable_all().unwrap();
    world.log();
    let before = manager.snapshot();
    let (line, guard) = (line!(), manager.get_as::<Probe>("left").unwrap());
    type Operation = fn(&Manager) -> Result<Report, Error>;
    let operations: [Operation; 3] = [
        |m| m.disable_cascade("base"),
        |m| m.unload_cascade("base"),
        |m| m.disable_cascade("left"),
    ];
    for operation in operations {
        match operation(&manager) {
            Err(Error::Busy { plugin, holders, waited }) => {
                assert_eq!(plugin, "left");
                assert_eq!(holders, [Place::new(file!(), line)]);
                assert_eq!(waited, Duration::from_millis(1));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(manager.snapshot(), before);
        assert_eq!(world.log(), NOTHING);
        assert!(
            ["top", "right", "base", "aside"].iter().all(|n| manager.get_as::<Probe>(n).is_ok())
        );
    }
    drop(guard);
    manager.unload_cascade("base").unwrap();
    assert_eq!(manager.enabled(), ["aside"]);
}

#[test]
fn an_operation_goes_on_as_soon_as_the_guard_is_dropped() {
    let world = World::new();
    let manager = world.builder([plugin("uart")]).guard_deadline(Duration::from_secs(60));
    let manager = manager.build().unwrap();
    manager.enable("uart").unwrap();
    let (held, is_held) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            let guard = manager.get_as::<Probe>("uart").unwrap();
            held.send(()).unwrap();
            // No new guards while somebody waits to stop it.
            while manager.get_as::<Probe>("uart").is_ok() {
                thread::yield_now();
            }
            assert!(guard.enabled, "it is not stopped under a guard");
        });
        is_held.recv().unwrap();
        manager.disable("uart").unwrap();
    });
    assert_eq!(manager.phase("uart").unwrap(), Phase::Disabled);
}

/// A hook that moves plugins of its own manager would wait for itself; each operation says so.
#[test]
fn a_hook_cannot_move_plugins_but_may_look_and_may_move_those_of_another_manager() {
    let finder = Finder::default();
    let inside = finder.clone();
    let other = World::new().build([plugin("elsewhere")]);
    let met = Arc::new(Mutex::new(Vec::new()));
    let answers = Arc::clone(&met);
    let uart = scripted(plugin("uart"), move |stage| {
        let manager = inside.find();
        let operations: [fn(&Manager) -> Option<Error>; 12] = [
            |m| m.load("spi").err(),
            |m| m.configure("spi", ()).err(),
            |m| m.enable("spi").err(),
            |m| m.enable_all().err(),
            |m| m.enable_all_strict().err(),
            |m| m.disable("spi").err(),
            |m| m.disable_cascade("spi").err(),
            |m| m.unload("spi").err(),
            |m| m.unload_cascade("spi").err(),
            |m| m.retry("spi").err(),
            |m| m.shutdown().err(),
            |m| m.disable("uart").err(),
        ];
        for operation in operations {
            match operation(&manager) {
                Some(Error::Misuse(Misuse::Reentrant { plugin, stage: hook, .. })) => {
                    assert_eq!((plugin.as_str(), hook), ("uart", stage));
                }
                other => return Err(format!("{other:?}").into()),
            }
        }
        assert!(manager.info("spi").is_ok() && manager.snapshot().plugins.len() == 2);
        other.enable("elsewhere")?;
        other.unload("elsewhere")?;
        answers.lock().unwrap().push(stage);
        Ok(())
    });
    let builder = Manager::builder().register(uart).register(World::new().probe(plugin("spi")));
    let manager = finder.show(builder.build().unwrap());
    manager.enable("uart").unwrap();
    manager.unload("uart").unwrap();
    let hooks = [Stage::Load, Stage::Configure, Stage::Enable, Stage::Disable, Stage::Unload];
    assert_eq!(*met.lock().unwrap(), hooks);
    assert_eq!(manager.phase("spi").unwrap(), Phase::Discovered);
}

#[test]
fn an_operation_from_another_thread_inside_a_hook_gets_an_error_at_its_deadline() {
    let finder = Finder::default();
    let inside = finder.clone();
    let uart = scripted(plugin("uart"), move |_| {
        let manager = inside.find();
        let answer =
            thread::spawn(move || manager.enable("spi").map(drop)).join().expect("no panic");
        match answer {
            Err(Error::Turn { operation, running, .. }) => {
                assert_eq!(operation, "enable of `spi`");
                assert_eq!(running, "load of `uart`");
                Ok(())
            }
            other => Err(format!("{other:?}").into()),
        }
    });
    let world = World::new();
    let builder = Manager::builder().register(uart).register(world.probe(plugin("spi")));
    let manager = builder.turn_deadline(Duration::from_millis(5)).build().unwrap();
    let manager = finder.show(manager);
    manager.load("uart").unwrap();
    assert_eq!(world.log(), NOTHING);
    manager.enable("spi").expect("the turn is over");
}

/// A typed plugin that panics in the hook that the test names.
struct Frail;

static BREAKS: Mutex<Option<Stage>> = Mutex::new(None);

fn touch(stage: Stage) -> Result<(), Broken> {
    let breaks = *BREAKS.lock().unwrap();
    if breaks == Some(stage) {
        panic!("{stage} is too much")
    }
    if breaks.is_none() { Err(Broken(Fatal::new("worn out"))) } else { Ok(()) }
}

#[derive(Debug, thiserror::Error)]
#[error("broken")]
struct Broken(#[source] Fatal);

impl Plugin for Frail {
    const META: Meta = Meta::new("frail", "1.0.0");
    type Requires = ();
    type Config = ();
    type Error = Broken;

    fn load() -> Result<Self, Broken> {
        touch(Stage::Load).map(|()| Frail)
    }

    fn configure(&mut self, (): ()) -> Result<(), Broken> {
        touch(Stage::Configure)
    }

    fn enable(&mut self, (): Deps<'_, Self>) -> Result<(), Broken> {
        touch(Stage::Enable)
    }

    fn disable(&mut self) -> Result<(), Broken> {
        touch(Stage::Disable)
    }

    fn unload(self) -> Result<(), Broken> {
        touch(Stage::Unload)
    }
}

#[test]
fn a_typed_plugin_may_panic_in_any_hook_and_a_fatal_error_cannot_be_recovered() {
    let set = |stage| *BREAKS.lock().unwrap() = stage;
    for (stage, after) in [
        (Stage::Load, Phase::Failed),
        (Stage::Configure, Phase::Failed),
        (Stage::Enable, Phase::Failed),
        (Stage::Disable, Phase::Discovered),
        (Stage::Unload, Phase::Discovered),
    ] {
        set(Some(stage));
        let manager = Manager::builder().add::<Frail>().build().unwrap();
        let troubled = match manager.enable("frail") {
            Err(Error::Hook(failure)) => Arc::clone(&failure),
            Err(other) => panic!("{other}"),
            Ok(_) => {
                manager.unload("frail").unwrap();
                let failures = manager.info("frail").unwrap().failures;
                Arc::clone(&failures[0])
            }
        };
        assert_eq!(troubled.stage(), stage);
        let panic = troubled.panic().expect("it was one");
        assert_eq!(panic.message(), format!("{stage} is too much"));
        assert!(panic.place().expect("it is known").starts_with("tests/manager.rs:"));
        assert!(troubled.is_recoverable());
        assert_eq!(manager.phase("frail").unwrap(), after);
        set(Some(Stage::Fault));
        match after {
            Phase::Failed => drop(manager.retry("frail").expect("healed")),
            _ => drop(manager.enable("frail").expect("healed")),
        }
        assert!(manager.get::<Frail>().is_ok());
    }

    set(None);
    let manager = Manager::builder().add::<Frail>().build().unwrap();
    let Err(Error::Hook(failure)) = manager.enable("frail") else { panic!("it is worn out") };
    assert!(!failure.is_recoverable());
    assert_eq!(failure.chain(), ["broken", "worn out"]);
}

#[test]
fn the_record_of_failures_keeps_the_newest() {
    let world = World::new();
    let manager = world.build([plugin("uart")]);
    world.fail("uart", Stage::Load, Fault::Error);
    manager.load("uart").unwrap_err();
    for _ in 0..19 {
        manager.retry("uart").unwrap_err();
    }
    let failures = manager.info("uart").unwrap().failures;
    let generations: Vec<_> = failures.iter().map(|failure| failure.generation()).collect();
    assert_eq!(generations, (5..=20).collect::<Vec<_>>());
}

/// An error that is its own source, so that a chain of its causes has no end.
#[derive(Debug)]
struct Ouroboros;

impl std::fmt::Display for Ouroboros {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("it bites its tail")
    }
}

impl std::error::Error for Ouroboros {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self)
    }
}

#[test]
fn an_error_that_is_its_own_source_ends() {
    let uart = scripted(plugin("uart"), |_| Err::<(), BoxError>(Ouroboros.into()));
    let manager = Manager::builder().register(uart).build().unwrap();
    let failed = manager.load("uart").unwrap_err();
    assert_eq!(failed.to_string(), "plugin `uart` failed to load: it bites its tail");
}

/// What is true already is true whatever has become of the dependencies.
#[test]
fn a_plugin_that_is_loaded_need_not_be_loaded_even_if_what_it_requires_has_failed() {
    let world = World::new();
    let manager = world.build([plugin("core"), plugin("uart").requires("core", "*")]);
    manager.load("uart").unwrap();
    world.fail("core", Stage::Configure, Fault::Error);
    manager.configure("core", BTreeMap::from([("value", 1)])).unwrap_err();
    assert_eq!(manager.phase("core").unwrap(), Phase::Failed);
    world.log();
    assert_eq!(manager.load("uart").unwrap().to_string(), "uart: stays Loaded");
    assert_eq!(world.log(), NOTHING);
    let refused = manager.enable("uart").unwrap_err();
    assert!(matches!(refused, Error::DependencyFailed { .. }), "{refused}");
}

#[test]
fn a_configure_hook_can_name_the_key_that_it_refuses() {
    #[derive(Debug, thiserror::Error)]
    #[error("the pins clash")]
    struct Clash(#[source] BadKey);

    struct Pins;
    impl Plugin for Pins {
        const META: Meta = Meta::new("pins", "1.0.0");
        type Requires = ();
        type Config = u32;
        type Error = BoxError;

        fn load() -> Result<Self, BoxError> {
            Ok(Pins)
        }

        fn configure(&mut self, pin: u32) -> Result<(), BoxError> {
            let busy = "pin 7".parse::<u32>().unwrap_err();
            match pin {
                0 => Err(BadKey::new("rx`\n", Fatal::new(busy)).into()),
                1 => Err(Clash(BadKey::new("taps[2].tx", "met 1, expected another")).into()),
                2 => Err(Fatal::new(BadKey::new("tx", "met 2, expected a pin")).into()),
                _ => Err("no key".into()),
            }
        }
    }

    let manager = Manager::builder().add::<Pins>().build().unwrap();
    let refused = |pin: u32| {
        manager.unload("pins").unwrap();
        manager.load("pins").unwrap();
        let Err(Error::Hook(failure)) = manager.configure("pins", pin) else { panic!("{pin}") };
        let key = failure.key().map(str::to_owned);
        (failure.to_string(), key, failure.is_recoverable())
    };
    let start = "plugin `pins` failed to configure: ";
    let text = |text: &str| format!("{start}{text}");
    let key = |key: &str| Some(key.to_owned());
    assert_eq!(
        refused(0),
        (text("key `rx\\u{60}\\u{a}`: invalid digit found in string"), key("rx`\n"), false)
    );
    assert_eq!(
        refused(1),
        (
            text("the pins clash: key `taps[2].tx`: met 1, expected another"),
            key("taps[2].tx"),
            true
        )
    );
    assert_eq!(refused(2), (text("key `tx`: met 2, expected a pin"), key("tx"), false));
    assert_eq!(refused(3), (text("no key"), None, true));
}

#[test]
fn every_request_says_what_is_asked_for() {
    use plugstate::{PluginId, Request};
    let uart = || PluginId::from("uart");
    for (request, expected) in [
        (Request::Load(uart()), "load of `uart`"),
        (Request::Configure(uart()), "configure of `uart`"),
        (Request::Enable(uart()), "enable of `uart`"),
        (Request::EnableEach(vec![uart()]), "enable of `uart`"),
        (Request::EnableEach(vec![uart(), PluginId::from("spi")]), "enable of 2 plugins"),
        (Request::EnableEach(Vec::new()), "enable of 0 plugins"),
        (Request::EnableAll, "enable of all"),
        (Request::Disable(uart()), "disable of `uart`"),
        (Request::DisableCascade(uart()), "disable of `uart` with its dependents"),
        (Request::Unload(uart()), "unload of `uart`"),
        (Request::UnloadCascade(uart()), "unload of `uart` with its dependents"),
        (Request::Reload(uart()), "reload of `uart`"),
        (Request::Fault(uart()), "fault of `uart`"),
        (Request::Retry(uart()), "retry of `uart`"),
        (Request::Shutdown, "shutdown"),
    ] {
        assert_eq!(request.to_string(), expected);
    }
}

#[test]
fn a_key_that_is_bad_says_why_and_hides_no_source() {
    let number = "12x".parse::<u32>().unwrap_err();
    let outer = std::io::Error::other(number);
    let bad = BadKey::new("baud", outer);
    assert_eq!(bad.to_string(), "key `baud`: invalid digit found in string");
    let bad = BadKey::new("pins.rx", Fatal::new("it is taken"));
    assert_eq!(bad.to_string(), "key `pins.rx`: it is taken");
    #[derive(Debug, thiserror::Error)]
    #[error("the pin is wrong")]
    struct Pin(#[source] std::num::ParseIntError);
    let bad = BadKey::new("pins.rx", Pin("x".parse::<u32>().unwrap_err()));
    let source = std::error::Error::source(&bad).expect("what the pin's error came from");
    assert_eq!(source.to_string(), "invalid digit found in string");
}
