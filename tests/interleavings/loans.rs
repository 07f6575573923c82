//! Plugins on loan while they are to be disabled, replaced, or declared broken.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use plugstate::testing::{Ended, Fault, Probe, Touch, World, plugin, silence_panics};
use plugstate::{BoxError, Builder, Error, Manager, Meta, Phase, Plugin, Stage};

use super::case::{Case, Port, Reader, dawdle, pick, ports, scope};
use super::explore::explore;

/// `top` requires `base`; both run.
fn pair(world: &World) -> Case {
    pair_with(world, |builder| builder)
}

fn pair_with(world: &World, tune: impl FnOnce(Builder) -> Builder) -> Case {
    let suite = [plugin("base"), plugin("top").requires("base", "*")];
    let mut case = Case::new(world, tune(ports(world, suite)));
    case.well(&Touch::All, |manager| assert!(manager.enable_all().unwrap().is_good()));
    case
}

fn above(name: &str) -> Touch {
    Touch::Above(name.to_owned())
}

fn only(name: &str) -> Touch {
    Touch::Only(name.to_owned())
}

/// Guards that are held now, as those who hold them count them: from after they have one until
/// before they drop it.
#[derive(Default)]
struct Held(AtomicUsize);

impl Held {
    fn borrow(&self, manager: &Manager, name: &str) -> bool {
        let Ok(guard) = manager.get_as::<Probe>(name) else { return false };
        self.0.fetch_add(1, Relaxed);
        dawdle(pick(3));
        assert!(guard.enabled);
        self.0.fetch_sub(1, Relaxed);
        drop(guard);
        true
    }
}

#[test]
fn no_disable_hook_runs_while_a_guard_lives() {
    static LENT: AtomicUsize = AtomicUsize::new(0);
    static REFUSED: AtomicUsize = AtomicUsize::new(0);
    let explored = explore(|| {
        let world = World::new().traced();
        let mut case = Case::new(&world, ports(&world, [plugin("a")]));
        case.well(&Touch::All, |manager| manager.enable("a").unwrap());
        let held = Arc::new(Held::default());
        let seen = Arc::clone(&held);
        world.inspect(move || match seen.0.load(Relaxed) {
            0 => Vec::new(),
            held => vec![format!("Loans: {held} guards live")],
        });
        case.well(&only("a"), |manager| {
            scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| {
                        for _ in 0..3 {
                            let counter = if held.borrow(manager, "a") { &LENT } else { &REFUSED };
                            counter.fetch_add(1, Relaxed);
                        }
                    });
                }
                manager.disable("a").unwrap();
                assert!(matches!(
                    manager.get_as::<Probe>("a"),
                    Err(Error::NotEnabled { phase: Phase::Disabled, .. })
                ));
            });
        });
        case.end();
    });
    let both = LENT.load(Relaxed) > 0 && REFUSED.load(Relaxed) > 0;
    assert!(!explored || both, "both happen");
}

#[test]
fn who_asks_for_another_type_holds_up_nobody() {
    explore(|| {
        let world = World::new().traced();
        let mut case = Case::new(&world, ports(&world, [plugin("a")]));
        case.well(&Touch::All, |manager| manager.enable("a").unwrap());
        case.well(&only("a"), |manager| {
            scope(|scope| {
                scope.spawn(|| {
                    (0..2).for_each(|_| assert!(manager.get_as::<String>("a").is_err()));
                });
                scope.spawn(|| Reader::default().ports(manager));
                manager.disable("a").unwrap();
            });
        });
        case.end();
    });
}

#[test]
fn a_guard_past_the_deadline_leaves_all_as_it_was() {
    static BUSY: AtomicUsize = AtomicUsize::new(0);
    let explored = explore(|| {
        let world = World::new().traced();
        let soon = Duration::from_micros(30);
        let mut case = pair_with(&world, |builder| builder.guard_deadline(soon));
        let operation = pick(4);
        let stays = case.run(&Touch::All, |manager| {
            let answer = scope(|scope| {
                scope.spawn(|| {
                    if let Ok(guard) = manager.get_as::<Probe>("base") {
                        dawdle(30);
                        assert!(guard.enabled);
                    }
                });
                match operation {
                    0 => manager.disable_cascade("base"),
                    1 => manager.unload_cascade("base"),
                    2 => manager.reload("base"),
                    _ => manager.fault("base", "broken"),
                }
            });
            match answer {
                Ok(_) => (false, Ended::Well),
                // The probe that a reload has made for nothing is no refusal's trace.
                Err(Error::Busy { .. }) if operation == 2 => (true, Ended::Well),
                Err(Error::Busy { .. }) => (true, Ended::Badly),
                Err(error) => panic!("{error}"),
            }
        });
        if stays {
            BUSY.fetch_add(1, Relaxed);
            for name in ["base", "top"] {
                assert_eq!(case.manager.get_as::<Probe>(name).unwrap().memory, 0, "the old one");
            }
        }
        case.end();
    });
    assert!(!explored || BUSY.load(Relaxed) > 0, "nobody was late");
}

#[test]
fn a_reload_gives_the_old_instance_or_the_new_one() {
    static OLD: AtomicUsize = AtomicUsize::new(0);
    static NEW: AtomicUsize = AtomicUsize::new(0);
    let explored = explore(|| {
        let world = World::new().traced();
        let mut case = pair(&world);
        case.well(&above("base"), |manager| {
            scope(|scope| {
                for name in ["base", "top"] {
                    scope.spawn(move || {
                        let mut reader = Reader::default();
                        for _ in 0..3 {
                            reader.look(manager, name);
                            if let Ok(guard) = manager.get_as::<Probe>("base") {
                                let counter = if guard.memory == 0 { &OLD } else { &NEW };
                                counter.fetch_add(1, Relaxed);
                            }
                        }
                    });
                }
                manager.reload("base").unwrap();
            });
        });
        let standing = case.manager.snapshot().plugins;
        assert_eq!(standing.iter().map(|it| it.generation).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(case.manager.get_as::<Probe>("base").unwrap().memory, 1);
        case.end();
    });
    assert!(!explored || (OLD.load(Relaxed) > 0 && NEW.load(Relaxed) > 0), "both are seen");
}

#[test]
fn a_reload_that_fails_gives_the_old_instance_back() {
    explore(|| {
        let world = World::new().traced();
        let mut case = pair(&world);
        let stage = [Stage::Load, Stage::Configure, Stage::Restore][pick(3)];
        world.fail("base", stage, Fault::Error);
        case.run(&above("base"), |manager| {
            scope(|scope| {
                scope.spawn(|| {
                    let mut reader = Reader::default();
                    (0..3).for_each(|_| reader.look(manager, "base"));
                });
                let answer = manager.reload("base");
                assert!(matches!(answer, Err(Error::Hook(_))), "{answer:?}");
            });
            // Whose hook failed is the instance that is gone; the plugin is what it was.
            ((), Ended::Well)
        });
        world.heal();
        assert_eq!(case.manager.get_as::<Probe>("base").unwrap().instance, 0);
        assert_eq!(case.manager.enabled(), ["base", "top"]);
        case.end();
    });
}

#[test]
fn a_fault_takes_the_plugin_from_nobody() {
    explore(|| {
        let world = World::new().traced();
        let mut case = pair(&world);
        case.well(&above("base"), |manager| {
            scope(|scope| {
                for name in ["base", "top"] {
                    scope.spawn(move || {
                        let mut reader = Reader::default();
                        (0..2).for_each(|_| reader.look(manager, name));
                    });
                }
                manager.fault("base", "broken").unwrap();
            });
        });
        assert!(matches!(
            case.manager.get_as::<Probe>("base"),
            Err(Error::NotEnabled { phase: Phase::Failed, .. })
        ));
        case.well(&Touch::All, |manager| manager.retry("base").unwrap());
        assert_eq!(case.manager.enabled(), ["base", "top"], "and what it has stopped comes back");
        case.end();
    });
}

/// A plugin with a type of its own, for what asks by type.
struct Scope;

impl Plugin for Scope {
    const META: Meta = Meta::new("scope", "1.0.0");
    type Requires = ();
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Scope)
    }
}

#[test]
fn a_call_that_panics_is_a_fault_of_its_instance_and_holds_nothing() {
    static FAULTS: AtomicUsize = AtomicUsize::new(0);
    static SPARED: AtomicUsize = AtomicUsize::new(0);
    let explored = explore(|| {
        silence_panics();
        let manager = Manager::builder().add::<Scope>().build().unwrap();
        manager.enable("scope").unwrap();
        let (called, moved) = scope(|scope| {
            let call = scope.spawn(|| manager.call(|_: &Scope| panic!("scope panics in a call")));
            let moved = match pick(2) {
                0 => manager.reload("scope"),
                _ => manager.disable("scope"),
            };
            let called: Result<(), Error> = call.join().unwrap();
            (called, moved)
        });
        let phase = manager.phase("scope").unwrap();
        match called.unwrap_err() {
            Error::Hook(failure) => {
                // A reload may have come in between: the next instance is well.
                let generation = manager.info("scope").unwrap().generation;
                let (due, count) = match failure.generation() == generation {
                    true => (Phase::Failed, &FAULTS),
                    false => (Phase::Enabled, &SPARED),
                };
                assert_eq!(phase, due, "{failure}, now it is {generation}");
                count.fetch_add(1, Relaxed);
            }
            Error::NotEnabled { .. } => assert!(moved.is_ok() && phase != Phase::Failed),
            error => panic!("{error}"),
        }
        assert_eq!(manager.replay(), manager.snapshot());
        manager.shutdown().unwrap();
    });
    assert!(!explored || FAULTS.load(Relaxed) > 0, "no call came through");
    assert!(!explored || SPARED.load(Relaxed) > 0, "no reload came in between");
}

#[test]
fn a_plugin_that_is_bound_anew_is_in_every_list() {
    explore(|| {
        let world = World::new().traced();
        let provider = |name| {
            world.probe(plugin(name)).view::<dyn Port>(|it| Some(it.downcast_ref::<Probe>()?))
        };
        let user = world.probe(plugin("user").requires_capability::<dyn Port>());
        let builder = Manager::builder().register(provider("a")).register(provider("b"));
        let mut case = Case::new(&world, builder.register(user));
        case.well(&Touch::All, |manager| assert!(manager.enable_all().unwrap().is_good()));
        case.well(&Touch::Several, |manager| {
            scope(|scope| {
                scope.spawn(|| {
                    for _ in 0..3 {
                        // Nothing befalls `b`.
                        let enabled = manager.enabled();
                        assert!(enabled.iter().any(|id| *id == "b"), "{enabled:?}");
                        let order: BTreeSet<_> = manager
                            .dependents("b")
                            .unwrap()
                            .iter()
                            .map(ToString::to_string)
                            .collect();
                        assert!(order.is_empty() || order.contains("user"));
                    }
                });
                manager.fault("a", "broken").unwrap();
            });
        });
        assert_eq!(case.manager.enabled(), ["b", "user"]);
        case.end();
    });
}
