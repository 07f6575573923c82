//! A capability whose provider fails is got from another one, wherever that stands in the order.

mod support;

use plugstate::{Builder, Manager, Need, Phase, Registration, Request, Stage};
use support::{Fault, Probe, World, plugin};

trait Clock {}

impl Clock for Probe {}

fn provider(world: &World, declaration: plugstate::Declaration) -> Registration {
    world.probe(declaration).view::<dyn Clock>(|plugin| Some(plugin.downcast_ref::<Probe>()?))
}

/// `quartz` stands at the bottom; `satellite` stands on two others, above `log` in the order.
fn suite(world: &World) -> Manager {
    Manager::builder()
        .register(provider(world, plugin("quartz")))
        .register(provider(world, plugin("satellite").requires("receiver", "*")))
        .register(world.probe(plugin("receiver").requires("serial", "*")))
        .register(world.probe(plugin("serial")))
        .register(world.probe(plugin("log").requires_capability::<dyn Clock>()))
        .threads(1)
        .build()
        .unwrap()
}

#[test]
fn a_provider_later_in_the_order_takes_over_and_the_order_follows() {
    let world = World::new();
    let manager = suite(&world);
    manager.enable_all().unwrap();
    let names = |ids: Vec<plugstate::PluginId>| {
        ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(manager.enabled()), "quartz serial log receiver satellite");

    let plan = manager.plan(&Request::Fault("quartz".into())).unwrap();
    assert_eq!(plan.to_string(), "1. disable log\n2. enable log");
    let report = manager.fault("quartz", "it drifts").unwrap();
    assert_eq!(
        report.to_string(),
        "quartz: plugin `quartz` failed to run: it drifts\nlog: restarted"
    );
    assert_eq!(names(manager.enabled()), "serial receiver satellite log");
    assert_eq!(manager.dependents("satellite").unwrap(), ["log"]);
    assert_eq!(manager.dependents("quartz").unwrap(), [] as [&str; 0]);

    // What is below the new provider now carries `log` too.
    let refused = manager.disable("satellite").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "plugin `satellite` cannot be disabled: `log` needs it; take that down first, or cascade"
    );
    world.log();
    manager.disable_cascade("serial").unwrap();
    assert_eq!(
        world.log(),
        ["disable log", "disable satellite", "disable receiver", "disable serial"]
    );
    manager.enable_all().unwrap();
    assert_eq!(world.log(), ["enable serial", "enable receiver", "enable satellite", "enable log"]);
    manager.shutdown().unwrap();
    assert_eq!(world.log()[..2], ["disable log", "disable satellite"]);
    for name in ["quartz", "serial", "log", "receiver", "satellite"] {
        assert_eq!(world.alive(name), 0, "{name}");
    }
}

#[test]
fn a_provider_that_fails_at_boot_is_replaced_when_all_else_is_up() {
    for threads in [1, 2, 8] {
        let world = World::new();
        let manager = Manager::builder()
            .register(provider(&world, plugin("quartz")))
            .register(provider(&world, plugin("satellite").requires("receiver", "*")))
            .register(world.probe(plugin("receiver")))
            .register(world.probe(plugin("log").requires_capability::<dyn Clock>()))
            .register(world.probe(plugin("archive").requires("log", "*")))
            .threads(threads)
            .build()
            .unwrap();
        world.fail("quartz", plugstate::Stage::Enable, support::Fault::Error);
        let report = manager.enable_all().unwrap();
        assert_eq!(
            report.to_string(),
            "quartz: plugin `quartz` failed to enable: quartz cannot enable\n\
             receiver: Discovered -> Enabled\n\
             log: Discovered -> Enabled\n\
             satellite: Discovered -> Enabled\n\
             archive: Discovered -> Enabled"
        );
        assert_eq!(manager.dependents("satellite").unwrap(), ["log"]);
        let rebound = plugstate::EventKind::DidRebind;
        assert!(manager.events(0).iter().any(|event| event.kind == rebound));
        manager.shutdown().unwrap();
    }
}

#[test]
fn a_provider_that_depends_on_the_dependent_does_not_take_over() {
    let world = World::new();
    let manager = Manager::builder()
        .register(provider(&world, plugin("quartz")))
        .register(provider(&world, plugin("smooth").wants("log", "*")))
        .register(world.probe(plugin("log").requires_capability::<dyn Clock>()))
        .build()
        .unwrap();
    manager.enable_all().unwrap();
    manager.fault("quartz", "it drifts").unwrap();
    assert_eq!(manager.phase("smooth").unwrap(), Phase::Enabled);
    assert_eq!(manager.phase("log").unwrap(), Phase::Disabled);
    manager.retry("quartz").unwrap();
    assert_eq!(manager.phase("log").unwrap(), Phase::Enabled);
}

#[test]
fn a_provider_that_fails_in_its_reload_is_replaced() {
    let world = World::new();
    let manager = suite(&world);
    manager.enable_all().unwrap();
    // The old instance cannot stop in order, and the new one cannot start: none is left.
    world.fail("quartz", plugstate::Stage::Disable, support::Fault::Error);
    world.fail("quartz", plugstate::Stage::Enable, support::Fault::Error);
    manager.reload("quartz").unwrap_err();
    assert_eq!(manager.phase("quartz").unwrap(), Phase::Failed);
    assert_eq!(manager.phase("log").unwrap(), Phase::Enabled);
    assert_eq!(manager.dependents("satellite").unwrap(), ["log"]);
}

#[test]
fn a_provider_that_was_also_wanted_is_still_wanted_when_another_takes_over() {
    let world = World::new();
    let log = || plugin("log").wants("quartz", "*").requires_capability::<dyn Clock>();
    let manager = Manager::builder()
        .register(provider(&world, plugin("quartz").wants("serial", "*")))
        .register(world.probe(plugin("serial").wants("tty", "*")))
        .register(world.probe(plugin("tty")))
        .register(provider(&world, plugin("satellite")))
        .register(world.probe(log()))
        .threads(1)
        .build()
        .unwrap();
    let needs = || {
        let dependencies = manager.dependencies("log").unwrap();
        dependencies
            .iter()
            .map(|it| (it.need, it.bound.clone().unwrap().as_str()))
            .collect::<Vec<_>>()
    };
    manager.enable_all().unwrap();
    assert_eq!(needs(), [(Need::Required, "quartz"), (Need::Required, "quartz")]);
    manager.fault("quartz", "it drifts").unwrap();
    assert_eq!(needs(), [(Need::Optional, "quartz"), (Need::Required, "satellite")]);
    // It is wanted, so it starts first, and does not carry `log`.
    manager.shutdown().unwrap();
    world.log();
    manager.enable_all().unwrap();
    let enabled: Vec<_> = world.log().into_iter().filter(|it| it.starts_with("enable")).collect();
    let order =
        ["satellite", "tty", "serial", "quartz", "log"].map(|name| format!("enable {name}"));
    assert_eq!(enabled, order);
    assert!(manager.dependents("quartz").unwrap().is_empty());
}

#[test]
fn a_provider_that_is_wanted_already_is_required_when_it_takes_over() {
    let world = World::new();
    let manager = Manager::builder()
        .register(provider(&world, plugin("quartz")))
        .register(provider(&world, plugin("satellite")))
        .register(
            world.probe(plugin("log").wants("satellite", "*").requires_capability::<dyn Clock>()),
        )
        .build()
        .unwrap();
    let needs = || {
        let dependencies = manager.dependencies("log").unwrap();
        let need = |it: &plugstate::Binding<'_>| (it.need, it.bound.clone().unwrap().to_string());
        dependencies.iter().map(need).collect::<Vec<_>>()
    };
    let needed = |need, provider: &str| (need, provider.to_owned());
    manager.enable_all().unwrap();
    assert_eq!(needs(), [needed(Need::Optional, "satellite"), needed(Need::Required, "quartz")]);
    manager.fault("quartz", "it drifts").unwrap();
    assert_eq!(needs(), [needed(Need::Required, "satellite"), needed(Need::Required, "satellite")]);
}

trait Power {}

impl Power for Probe {}

/// `log` needs a clock: `quartz`, or else `satellite`, which needs power: `mains`, or else `solar`.
/// `viewer` wants `log`, which comes before `satellite` by name.
fn chain(world: &World) -> Builder {
    let power = |name| {
        let power = world.probe(plugin(name));
        power.view::<dyn Power>(|plugin| Some(plugin.downcast_ref::<Probe>()?))
    };
    Manager::builder()
        .register(provider(world, plugin("quartz")))
        .register(provider(world, plugin("satellite").requires_capability::<dyn Power>()))
        .register(power("mains"))
        .register(power("solar"))
        .register(world.probe(plugin("log").requires_capability::<dyn Clock>()))
        .register(world.probe(plugin("viewer").wants("log", "*")))
}

#[test]
fn a_provider_that_comes_by_a_second_chance_gives_one_to_those_before_it() {
    for threads in [1, 2, 8] {
        let world = World::new();
        let manager = chain(&world).threads(threads).build().unwrap();
        world.fail("quartz", Stage::Enable, Fault::Error);
        world.fail("mains", Stage::Load, Fault::Error);
        manager.enable_all().unwrap();
        let late: Vec<_> = world.log().into_iter().filter(|it| it.starts_with("enable")).collect();
        let late = &late[late.len() - 3..];
        assert_eq!(late, ["enable satellite", "enable log", "enable viewer"]);
        assert_eq!(manager.dependents("satellite").unwrap(), ["log"]);
        manager.shutdown().unwrap();
    }
}

#[test]
fn a_second_chance_that_fails_leaves_others_theirs() {
    let world = World::new();
    let tower = provider(&world, plugin("tower").requires_capability::<dyn Power>());
    let manager = chain(&world).register(tower).threads(1).build().unwrap();
    world.fail("quartz", Stage::Enable, Fault::Error);
    world.fail("mains", Stage::Load, Fault::Error);
    world.fail("satellite", Stage::Enable, Fault::Panic);
    manager.enable_all().unwrap();
    let late: Vec<_> = world.log().into_iter().filter(|it| it.starts_with("enable")).collect();
    let late = &late[late.len() - 4..];
    assert_eq!(late, ["enable satellite", "enable tower", "enable log", "enable viewer"]);
    assert_eq!(manager.dependents("tower").unwrap(), ["log"]);
    assert_eq!(manager.phase("satellite").unwrap(), Phase::Failed);
}

#[test]
fn a_plan_says_who_is_started_with_another_provider() {
    let each = |names: [&'static str; 2]| Request::EnableEach(names.map(Into::into).to_vec());
    let cases = [
        (Request::EnableAll, 12, "satellite"),
        (each(["viewer", "satellite"]), 6, "quartz"),
        (each(["log", "satellite"]), 6, "satellite"),
        (each(["log", "viewer"]), 3, "quartz"),
    ];
    for (request, steps, provider) in cases {
        let world = World::new();
        let manager = chain(&world).threads(1).build().unwrap();
        manager.enable("solar").unwrap();
        for name in ["quartz", "mains"] {
            world.fail(name, Stage::Load, Fault::Error);
            manager.load(name).unwrap_err();
        }
        if request == Request::EnableAll {
            manager.unload("solar").unwrap();
        }
        let before = manager.snapshot();
        let plan = manager.plan(&request).unwrap();
        assert_eq!(manager.snapshot(), before);
        let bound = || manager.dependencies("log").unwrap()[0].bound.clone();
        assert_eq!(bound(), Ok(&"quartz".into()), "a plan binds nothing");
        world.log();
        match &request {
            Request::EnableEach(names) => manager.enable_each(names).unwrap(),
            _ => manager.enable_all().unwrap(),
        };
        let planned: Vec<_> =
            plan.steps().iter().map(|(id, hook)| format!("{hook} {id}")).collect();
        assert_eq!(world.log(), planned, "{request}");
        assert_eq!((planned.len(), bound()), (steps, Ok(&provider.into())), "{request}");
    }
}

#[test]
fn what_waits_for_a_failed_plugin_comes_back_with_it_though_it_stands_on_another_by_then() {
    use plugstate::testing::{Command, Edge, Life, Part, Suite};

    let part = Part::default;
    let mut life = Life::new(&Suite::new(vec![
        part().with(Edge::requires(3)).providing(0), // a
        part().with(Edge::requires(2)),              // b
        part().with(Edge::capability(0)),            // c, which has it from a
        part(),                                      // d
        part().providing(0),                         // e
    ]));
    let phases = |life: &Life| {
        let phases = ["a", "b", "c"].map(|name| life.manager.phase(name).unwrap());
        phases.map(|phase| phase.to_string())
    };
    // The fault of d stops all three. When it is back, a has failed as well, and they wait for that one.
    for command in [Command::EnableAll, Command::Fault(3), Command::Fault(0), Command::Retry(3)] {
        life.step(&command.into()).unwrap();
    }
    assert_eq!(phases(&life), ["Failed", "Disabled", "Disabled"]);
    life.step(&Command::Enable(2).into()).unwrap();
    assert_eq!(phases(&life), ["Failed", "Disabled", "Disabled"], "its provider has failed");
    life.step(&Command::EnableEach(vec![2]).into()).unwrap();
    assert_eq!(phases(&life), ["Failed", "Disabled", "Enabled"], "it gets another one");
    life.step(&Command::Retry(0).into()).unwrap();
    assert_eq!(phases(&life), ["Enabled"; 3]);
    let bound = life.manager.dependencies("c").unwrap()[0].bound.clone().unwrap();
    assert_eq!(bound, "e");
}
