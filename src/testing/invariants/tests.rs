//! Traces with one wrong thing each, and what the checker says of it.

use super::*;
use crate::testing::world::plugin;

/// Plugins with their phases and how many instances they have, and who requires whom.
fn picture(plugins: &[(&str, Phase, i64)], required: &[(&str, &str)]) -> Picture {
    let edges: Edges =
        required.iter().map(|&(from, to)| (from.to_owned(), to.to_owned())).collect();
    Picture {
        phases: plugins.iter().map(|&(name, phase, _)| (name.to_owned(), phase)).collect(),
        alive: plugins.iter().map(|&(name, _, alive)| (name.to_owned(), alive)).collect(),
        required: edges.clone(),
        ordered: edges,
    }
}

fn told(look: impl FnOnce(&mut Checker)) -> Vec<String> {
    let mut checker = Checker::default();
    look(&mut checker);
    checker.wrong
}

const NOTHING: [&str; 0] = [];

#[test]
fn what_stands_or_runs_on_what_does_not_is_told() {
    use Phase::{Disabled, Discovered, Enabled, Loaded};
    let told = |uart, core| told(|it| it.support(&picture(&[uart, core], &[("uart", "core")])));
    assert_eq!(told(("uart", Enabled, 1), ("core", Enabled, 1)), NOTHING);
    assert_eq!(told(("uart", Loaded, 1), ("core", Disabled, 1)), NOTHING);
    assert_eq!(told(("uart", Discovered, 0), ("core", Enabled, 1)), NOTHING);
    assert_eq!(
        told(("uart", Enabled, 1), ("core", Disabled, 1)),
        ["Support: uart runs on core, which does not"],
    );
    assert_eq!(
        told(("uart", Loaded, 1), ("core", Discovered, 0)),
        ["Support: uart stands on core, which is not there"],
    );
}

#[test]
fn hooks_that_are_called_in_the_wrong_order_are_told() {
    use Stage::{Disable, Enable, Unload};
    let hooks = |order: &[(&str, Stage)]| -> Vec<Mark> {
        let sides = |&(name, stage): &(&str, Stage)| {
            [What::Starts(stage), What::Ends(stage, true)].map(|what| Mark {
                instance: 0,
                plugin: name.to_owned(),
                what,
            })
        };
        order.iter().flat_map(sides).collect()
    };
    let told = |order: &[(&str, Stage)], core_left| {
        let plugins = [("uart", Phase::Enabled, 0), ("core", Phase::Enabled, core_left)];
        let now = picture(&plugins, &[("uart", "core")]);
        told(|it| it.order(&hooks(order), &now.ordered, &now.ordered, &now))
    };
    assert_eq!(told(&[("core", Enable), ("uart", Enable)], 0), NOTHING);
    assert_eq!(
        told(&[("uart", Enable), ("core", Enable)], 0),
        ["Order: enable of uart before that of core has ended"],
    );
    assert_eq!(told(&[("uart", Disable), ("core", Disable)], 0), NOTHING);
    assert_eq!(
        told(&[("core", Disable), ("uart", Disable)], 0),
        ["Order: disable of core before that of uart has ended"],
    );
    assert_eq!(
        told(&[("core", Unload), ("uart", Unload)], 0),
        ["Order: unload of core before that of uart has ended"],
    );
    // An old instance went, and another is there.
    assert_eq!(told(&[("core", Unload), ("uart", Unload)], 1), NOTHING);
    // One hook while the other runs.
    let mut marks = hooks(&[("core", Enable), ("uart", Enable)]);
    marks.swap(1, 2);
    let now =
        picture(&[("uart", Phase::Enabled, 1), ("core", Phase::Enabled, 1)], &[("uart", "core")]);
    assert_eq!(
        super::tests::told(|it| it.order(&marks, &now.ordered, &now.ordered, &now)),
        ["Order: enable of uart before that of core has ended"],
    );
}

/// What is said of the sides of hooks that an instance of `a` sees.
fn seen(sides: &[What], faulted: bool) -> Vec<String> {
    let mark = |&what: &What| Mark { instance: 4, plugin: "a".to_owned(), what };
    let trace: Vec<Mark> = sides.iter().map(mark).collect();
    told(|it| {
        it.faulted.extend(faulted.then(|| ("a".to_owned(), 1)));
        it.pairing(&trace, None);
    })
}

#[test]
fn hooks_that_do_not_follow_each_other_as_in_a_life_are_told() {
    use Stage::{Configure, Disable, Enable, Load, Restore, Unload};
    use What::{Dropped, Ends, Starts};
    let ran = |stages: &[Stage]| -> Vec<What> {
        stages.iter().flat_map(|&stage| [Starts(stage), Ends(stage, true)]).collect()
    };
    let told = |before: &[Stage], more: &[What]| seen(&[&ran(before), more].concat(), false);
    let fine = |stages: &[Stage]| assert_eq!(told(stages, &[Dropped]), NOTHING, "{stages:?}");
    let wrong = |before: &[Stage], what: What| {
        let place = format!(
            "Pairing: {:?} is out of place",
            Mark { instance: 4, plugin: "a".to_owned(), what }
        );
        assert_eq!(told(before, &[what]), [place], "{before:?}");
    };
    fine(&[Load, Unload]);
    fine(&[Load, Configure, Configure, Restore, Enable, Disable, Unload]);
    fine(&[Load, Configure, Enable, Disable, Configure, Enable, Disable, Enable, Disable, Unload]);
    wrong(&[Load, Configure, Enable], Starts(Configure));
    wrong(&[Load], Starts(Restore));
    wrong(&[Load, Configure, Restore], Starts(Restore));
    wrong(&[Load, Configure, Enable, Disable, Configure], Starts(Restore));
    wrong(&[Load], Starts(Enable));
    wrong(&[Load, Configure, Enable], Starts(Enable));
    wrong(&[Load, Configure], Starts(Disable));
    wrong(&[Load, Configure, Enable], Starts(Unload));
    wrong(&[Load, Unload], Starts(Unload));
    wrong(&[Load, Unload], Starts(Configure));
    wrong(&[Load, Configure], Ends(Configure, true));
    wrong(&[Load, Configure], Dropped);
    let mark = |what| format!("Pairing: {:?}", Mark { instance: 4, plugin: "a".to_owned(), what });
    // An instance that was not loaded has no hooks, and is not dropped as one.
    for what in [Starts(Configure), Starts(Unload), Dropped] {
        assert_eq!(
            seen(&[Starts(Load), Ends(Load, false), what], false),
            [mark(what) + " is out of place"],
        );
    }
    // Two hooks at once, and one that ends as another.
    assert_eq!(
        told(&[Load], &[Starts(Configure), Starts(Configure)]),
        [mark(Starts(Configure)) + " is out of place"],
    );
    assert_eq!(
        told(&[Load], &[Starts(Configure), Ends(Enable, true)]),
        [mark(Ends(Enable, true)) + " is out of place"],
    );
    // One that was declared broken is not disabled, and may go all the same.
    let running = [ran(&[Load, Configure, Enable]), ran(&[Unload]), vec![Dropped]].concat();
    assert_eq!(seen(&running, true), NOTHING);
    let stopped = [ran(&[Load, Configure, Enable]), vec![Starts(Disable)]].concat();
    assert_eq!(seen(&stopped, true), [mark(Starts(Disable)) + " is out of place"]);
    // One that is there twice, and one that is not there.
    assert_eq!(told(&[Load], &[Starts(Load)])[0], mark(Starts(Load)) + ": a second load");
    assert_eq!(told(&[], &[Dropped]), [mark(Dropped) + ": no such instance"]);
}

#[test]
fn what_was_unloaded_is_not_loaded_any_more() {
    let mut checker = Checker::default();
    let mut note = |kind| {
        let event = Event {
            seq: 0,
            at: std::time::Duration::ZERO,
            plugin: "a".into(),
            generation: 1,
            kind,
            took: None,
            other: None,
            capability: None,
        };
        checker.take_note(&event);
        checker.loaded.len()
    };
    use EventKind::{DidLoad, DidUnload, WillLoad, WillUnload};
    assert_eq!([WillLoad, DidLoad, WillUnload, DidUnload].map(&mut note), [0, 1, 1, 0]);
}

#[test]
fn an_error_excuses_what_stood_on_what_failed_then_or_now_and_nothing_else() {
    use Phase::{Disabled, Enabled, Failed};
    let running = [("uart", Enabled, 1), ("core", Enabled, 1), ("spare", Enabled, 1)];
    let after = [("uart", Disabled, 1), ("core", Failed, 1), ("spare", Enabled, 1)];
    let told = |failed: &[&str], before: &[(&str, &str)], now: &[(&str, &str)]| {
        let failed = failed.iter().map(|&name| name.to_owned()).collect();
        let (before, now) = (picture(&running, before), picture(&after, now));
        told(|it| it.atomic(&before, &now, &failed, &[]))
    };
    let (on_core, on_spare) = ([("uart", "core")], [("uart", "spare")]);
    assert_eq!(told(&["core"], &on_core, &on_core), NOTHING);
    // It was bound to another provider, or is now.
    assert_eq!(told(&["core"], &on_core, &on_spare), NOTHING);
    assert_eq!(told(&["core"], &on_spare, &on_core), NOTHING);
    assert_eq!(
        told(&["core"], &on_spare, &on_spare),
        ["Atomic: uart went from Enabled to Disabled"],
    );
}

#[test]
fn what_serves_and_is_not_enabled_or_not_the_plugin_is_told() {
    let world = World::new().traced();
    struct Idle;
    impl crate::dynamic::DynPlugin for Idle {
        type Config = ();
    }
    let idle = crate::registry::Registration::dynamic(plugin("idle"), || Ok(Idle));
    let probes = world.builder([plugin("core"), plugin("uart")]);
    let manager = probes.register(idle).build().unwrap();
    let mut checker = Checker::default();
    let before = Picture::of(&world, &manager);
    manager.enable("core").unwrap();
    let touched = Touch::Only("core".to_owned());
    assert_eq!(checker.check(&world, &manager, &before, &touched, Ended::Well), NOTHING);
    let now = Picture::of(&world, &manager);
    let mut told = |now: &Picture, change: fn(&mut Seen)| {
        change(checker.instances.get_mut(&0).unwrap());
        checker.residency(&manager, now);
        std::mem::take(&mut checker.wrong)
    };
    assert_eq!(told(&now, |_| {}), NOTHING);
    let serves = ["Residency: core, Enabled, serves with 0"];
    assert_eq!(told(&now, |seen| seen.generation = 2), serves);
    assert_eq!(told(&now, |seen| (seen.generation, seen.plugin) = (1, "uart".to_owned())), serves,);
    let mut other = now.clone();
    other.phases.insert("core".to_owned(), Phase::Disabled);
    assert_eq!(
        told(&other, |seen| seen.plugin = "core".to_owned()),
        ["Residency: core, Disabled, serves with 0"],
    );
    other.phases.insert("core".to_owned(), Phase::Loading);
    assert_eq!(told(&other, |_| {}), ["Residency: core is Loading between operations"]);
    let mut other = now.clone();
    other.alive.insert("uart".to_owned(), 1);
    assert_eq!(told(&other, |_| {}), ["Residency: uart is Discovered with 1 instances"]);
    let mut other = now.clone();
    other.phases.insert("uart".to_owned(), Phase::Enabled);
    other.alive.insert("uart".to_owned(), 1);
    assert_eq!(
        told(&other, |_| {}),
        [
            "Residency: uart is Enabled: plugin `uart` is Discovered, not in service; enable it first",
        ],
    );
    // One of another type serves, where it is enabled.
    manager.enable("idle").unwrap();
    let mut other = now.clone();
    other.phases.insert("idle".to_owned(), Phase::Enabled);
    other.alive.insert("idle".to_owned(), 1);
    assert_eq!(told(&other, |_| {}), NOTHING);
    other.phases.insert("idle".to_owned(), Phase::Loaded);
    let [wrong] = &told(&other, |_| {})[..] else { panic!("it is Loaded and serves") };
    assert!(wrong.starts_with("Residency: idle is Loaded: "), "{wrong}");
}

#[test]
fn what_stood_on_a_plugin_comes_back_with_it_however_it_is_bound_by_then() {
    use Phase::{Disabled, Enabled, Failed};
    let [clock, uart, log] = ["clock", "uart", "log"];
    let suite = |phases: [Phase; 3], on: &str| {
        let [clock, uart, log] = [(clock, phases[0], 1), (uart, phases[1], 1), (log, phases[2], 1)];
        picture(&[clock, uart, log, ("spare", Enabled, 1)], &[("uart", on), ("log", "uart")])
    };
    let mut checker = Checker::default();
    let stood_on_clock = |checker: &Checker| checker.stood_on.get(clock).cloned();
    let run = suite([Enabled; 3], "clock");
    let stopped = suite([Failed, Disabled, Disabled], "clock");
    let elsewhere = suite([Failed, Enabled, Disabled], "spare");
    let back = suite([Enabled; 3], "spare");
    checker.note_standing(&run, &run);
    assert_eq!(stood_on_clock(&checker), None);
    let all = BTreeSet::from([clock, uart, log].map(str::to_owned));
    for (before, now) in [(&run, &stopped), (&stopped, &elsewhere), (&elsewhere, &elsewhere)] {
        checker.note_standing(before, now);
        assert_eq!(stood_on_clock(&checker), Some(all.clone()));
    }
    checker.note_standing(&elsewhere, &back);
    assert_eq!(stood_on_clock(&checker), None);
    // One that never ran, and is bound by others while it is down.
    checker.note_standing(&stopped, &elsewhere);
    assert_eq!(stood_on_clock(&checker), Some(all));
    checker = Checker::default();
    checker.note_standing(&stopped, &stopped);
    assert_eq!(stood_on_clock(&checker), None);
}
