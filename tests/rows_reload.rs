//! The predecessor's defects that concern reloads, one test for each row of their list.

mod support;

use std::collections::BTreeMap;

use plugstate::{Manager, Phase};
use support::{Fault, Probe, World, plugin};

/// How many threads the managers of a test may use; `None` leaves it to the machine.
const THREADS: [Option<usize>; 4] = [Some(1), Some(2), Some(8), None];

/// `uart` requires `core`; both are enabled.
fn pair(world: &World, threads: Option<usize>) -> Manager {
    let builder = world.builder([plugin("uart").requires("core", "*"), plugin("core")]);
    let builder = threads.into_iter().fold(builder, |builder, count| builder.threads(count));
    let manager = builder.build().unwrap();
    manager.enable_all().unwrap();
    world.log();
    manager
}

/// Row 17: a failed reload lost the running instance.
#[test]
fn row_17_a_failed_reload_leaves_the_running_instance_in_service() {
    let calls = ["load", "configure", "disable of uart", "disable", "restore", "enable"];
    for threads in THREADS {
        for (call, hook) in calls.into_iter().enumerate() {
            if hook.starts_with("disable") {
                continue; // what stops is replaced all the same
            }
            for fault in [Fault::Error, Fault::Panic] {
                let world = World::new();
                let manager = pair(&world, threads);
                let instance = manager.get_as::<Probe>("core").unwrap().instance;
                world.fail_calls([(call, fault)]);
                manager.reload("core").expect_err(hook);
                let core = manager.get_as::<Probe>("core").expect("it serves");
                assert_eq!((core.instance, core.enabled), (instance, true), "{hook}");
                assert!(manager.get_as::<Probe>("uart").unwrap().enabled);
                assert_eq!(manager.info("core").unwrap().generation, 1);
                assert_eq!(world.alive("core"), 1);
            }
        }
    }
}

/// Row 18: reload and forced unload skipped the disable hook, and dependents stayed enabled.
#[test]
fn row_18_no_reload_and_no_unload_skips_a_disable_hook() {
    for threads in THREADS {
        let world = World::new();
        let manager = pair(&world, threads);
        manager.reload("core").unwrap();
        assert_eq!(
            world.log(),
            [
                "load core",
                "configure core",
                "disable uart",
                "disable core",
                "restore core",
                "enable core",
                "enable uart",
                "unload core"
            ]
        );
        manager.unload_cascade("core").unwrap();
        assert_eq!(world.log(), ["disable uart", "disable core", "unload uart", "unload core"]);
        assert_eq!(manager.enabled().len(), 0);
        assert_eq!(world.alive("core") + world.alive("uart"), 0);
    }
}

/// Row 19: a reload restored three fixed fields: an old closure ran on, and other state was lost.
#[test]
fn row_19_a_reload_hands_over_what_the_plugin_says_and_nothing_else() {
    for threads in THREADS {
        let world = World::new();
        let manager = pair(&world, threads);
        manager.reload_with("core", BTreeMap::from([("value", 5)])).unwrap();
        let first = manager.get_as::<Probe>("core").unwrap().instance;
        manager.reload("core").unwrap();
        let core = manager.get_as::<Probe>("core").unwrap();
        // Its restore hook hands over the number that it handed over last, and one more.
        assert_eq!((core.memory, core.config), (2, 5));
        assert_ne!(core.instance, first, "nothing of the old instance runs on");
        drop(core);
        assert_eq!(world.alive("core"), 1);
        manager.unload_cascade("core").unwrap();
        manager.enable("core").unwrap();
        assert_eq!(manager.get_as::<Probe>("core").unwrap().memory, 0, "only a reload hands over");
    }
}

/// Row 21: a reload deleted the lazy loader, so that the next one failed.
#[test]
fn row_21_a_reload_can_be_followed_by_another_one() {
    for threads in THREADS {
        let world = World::new();
        let manager = pair(&world, threads);
        for generation in 2..20 {
            manager.reload("core").unwrap();
            assert_eq!(manager.info("core").unwrap().generation, generation);
        }
        manager.unload_cascade("core").unwrap();
        manager.reload("core").expect("there is nothing to reload, and that is fine");
        manager.enable("uart").unwrap();
        manager.reload("uart").unwrap();
        assert_eq!(manager.phase("uart").unwrap(), Phase::Enabled);
        assert_eq!(world.alive("core") + world.alive("uart"), 2);
    }
}
