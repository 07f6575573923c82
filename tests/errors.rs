//! Every text that a host may print, to the letter, each got by a call that earns it.
//!
//! The texts of problems and warnings of a suite are tested beside their words.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Debug, Display};
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use plugstate::explain::FileFlaw;
use plugstate::{
    BoxError, Error, Event, Failure, Fatal, Manager, Meta, Outcome, Phase, Place, Plugin,
    Registration, Request, Stage, global, set_global,
};
use support::{Fault, Finder, Scripted, World, plugin, scripted};

/// The name of an enum's variant.
fn variant(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    text.split(|c: char| !c.is_alphanumeric()).next().expect("a first part").to_owned()
}

/// The variants of an enum, as its source lists them: a variant that is new must be tested here.
fn variants(source: &str, name: &str) -> BTreeSet<String> {
    let start = source.find(&format!("pub enum {name} {{")).expect("the enum stands there");
    let body = &source[start..start + source[start..].find("\n}").expect("it ends")];
    let lines = body.lines().filter_map(|line| line.strip_prefix("    "));
    lines
        .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
        .map(|line| line.split(|c: char| !c.is_alphanumeric()).next().expect("a name").to_owned())
        .collect()
}

/// Texts with what they were said of, to be compared with all that there is.
#[derive(Default)]
struct Said(BTreeSet<String>);

impl Said {
    #[track_caller]
    fn check(&mut self, value: &(impl Debug + Display), text: &str) {
        assert_eq!(value.to_string(), text);
        let a_phase = |phase: &Phase| text.starts_with(phase.name());
        let lower = !text.starts_with(|c: char| c.is_uppercase());
        assert!(!text.ends_with('.') && (lower || Phase::ALL.iter().any(a_phase)), "{text}");
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
        self.0.insert(variant(value));
    }

    #[track_caller]
    fn all_of(&self, source: &str, name: &str) {
        let all = variants(source, name);
        assert!(!all.is_empty());
        assert_eq!(self.0, all, "tested, and there");
    }
}

fn value(value: u64) -> BTreeMap<&'static str, u64> {
    BTreeMap::from([("value", value)])
}

fn failure(error: Error) -> std::sync::Arc<Failure> {
    match error {
        Error::Hook(failure) => failure,
        other => panic!("no hook failed: {other}"),
    }
}

#[test]
fn every_error_to_the_letter() {
    let mut said = Said::default();
    let world = World::new();
    let place = |line| Place::new("suite.rs", line);

    // Link: one problem stands alone, several are a list.
    let uart = || plugin("uart").at(place(1)).requires("core", "*");
    let missing = "plugin `uart` (suite.rs:1) requires `core`, which is not registered: register \
                   it, or correct the name";
    let one = world.builder([uart()]).build().unwrap_err();
    said.check(&one, missing);
    let two = world.builder([uart(), plugin("spi").at(place(2)).requires("spi", "*")]);
    said.check(
        &two.build().unwrap_err(),
        &format!(
            "2 problems:\n  - plugin `spi` (suite.rs:2) requires itself: `spi` (suite.rs:2) -> \
             `spi`: make one of these dependencies optional, or remove it\n  - {missing}"
        ),
    );
    let wrong = world.builder([plugin("uart").at(place(1))]);
    let (line, wrong) = (line!(), wrong.config(7));
    said.check(
        &wrong.build().unwrap_err(),
        &format!(
            "plugin `*` (tests/errors.rs:{line}) (all of them) expected a table for each plugin, \
             as in `{{\"uart\": {{\"baud\": 9600}}}}`, met a number"
        ),
    );

    // Unknown, with and without a likely name.
    let manager = world.build([plugin("uart")]);
    said.check(&manager.load("core").unwrap_err(), "no plugin is called `core`");
    let slip = manager.phase("uartt").unwrap_err();
    said.check(&slip, "no plugin is called `uartt`; did you mean `uart`?");
    let odd = manager.phase("u\nrt\u{202e}").unwrap_err();
    said.check(&odd, "no plugin is called `u\\u{a}rt\\u{202e}`");

    // Blocked.
    let partial = world.builder([uart()]).build_partial();
    said.check(
        &partial.enable("uart").unwrap_err(),
        "plugin `uart` is blocked: it requires `core`, which is not registered: register it, or \
         correct the name",
    );

    // Illegal, and what leads out of `Failed`.
    said.check(
        &manager.configure("uart", value(1)).unwrap_err(),
        "plugin `uart` is Discovered, where Configure is not legal; legal here: BeginLoad",
    );
    world.fail("uart", Stage::Load, Fault::Error);
    manager.load("uart").unwrap_err();
    world.heal();
    said.check(
        &manager.load("uart").unwrap_err(),
        "plugin `uart` is Failed, where BeginLoad is not legal; legal here: BeginUnload (retry it, \
         or unload it)",
    );

    // Needed: by one, by some, by many.
    let many = |n: usize| {
        let dependents = (0..n).map(|at| plugin(&format!("p{at}")).requires("core", "*"));
        let manager = world.build(dependents.chain([plugin("core")]));
        manager.enable_all().unwrap();
        manager
    };
    said.check(
        &many(1).disable("core").unwrap_err(),
        "plugin `core` cannot be disabled: `p0` needs it; take that down first, or cascade",
    );
    said.check(
        &many(2).unload("core").unwrap_err(),
        "plugin `core` cannot be unloaded: `p0`, `p1` need it; take those down first, or cascade",
    );
    said.check(
        &many(10).unload("core").unwrap_err(),
        "plugin `core` cannot be unloaded: `p0`, `p1`, `p2`, `p3`, `p4`, `p5`, `p6`, `p7` and 2 \
         more need it; take those down first, or cascade",
    );

    // DependencyFailed.
    let pair = world.build([plugin("uart").requires("core", "*"), plugin("core")]);
    world.fail("core", Stage::Configure, Fault::Error);
    said.check(
        &pair.enable("uart").unwrap_err(),
        "plugin `core` failed to configure: core cannot configure",
    );
    said.check(
        &pair.enable("uart").unwrap_err(),
        "plugin `uart` requires `core`, which is Failed; retry or unload `core` first (plugin \
         `core` failed to configure: core cannot configure)",
    );
    world.heal();

    // NotFailed.
    pair.retry("core").unwrap();
    said.check(
        &pair.retry("core").unwrap_err(),
        "plugin `core` is Enabled, not Failed: there is nothing to retry",
    );

    // Config.
    said.check(
        &manager_with_config(&world, BTreeMap::from([("value", "fast")])).unwrap_err(),
        "config of plugin `uart`, key `value`: invalid type: string \"fast\", expected u64",
    );

    // NotEnabled: stopped, and on the way.
    let loaded = world.build([plugin("uart")]);
    loaded.load("uart").unwrap();
    said.check(
        &loaded.get_as::<Scripted>("uart").err().expect("not enabled"),
        "plugin `uart` is Loaded, not in service; enable it first",
    );
    said.check(
        &while_disabling(|manager| manager.get_as::<Scripted>("uart").err()),
        "plugin `uart` is Enabled, not in service; an operation is moving it, try again after that",
    );

    // Busy.
    let busy =
        world.builder([plugin("uart")]).guard_deadline(Duration::from_millis(1)).build().unwrap();
    busy.enable("uart").unwrap();
    let (line, guard) = (line!(), busy.get_as::<support::Probe>("uart").unwrap());
    said.check(
        &busy.disable("uart").unwrap_err(),
        &format!(
            "plugin `uart` is in use and was not given free within 1ms (guards taken at \
             tests/errors.rs:{line}); drop the guards and try again"
        ),
    );

    // Shutdown: held, and failed on the way.
    said.check(
        &busy.shutdown().unwrap_err(),
        &format!(
            "shutdown: plugin `uart` was left alone, for guards on it were not dropped in time \
             (guards taken at tests/errors.rs:{line})"
        ),
    );
    drop(guard);
    world.fail("uart", Stage::Disable, Fault::Error);
    said.check(
        &busy.shutdown().unwrap_err(),
        "shutdown: plugin `uart` failed to disable: uart cannot disable",
    );
    world.heal();

    // Turn.
    said.check(
        &while_disabling(|manager| {
            thread::scope(|scope| {
                let other = scope.spawn(|| manager.load("spi").err());
                other.join().expect("an error is no panic")
            })
        }),
        "load of `spi` had to wait for disable of `uart` and gave up after 1ms; try again",
    );

    // File: the flaws have their own test.
    let path = PathBuf::from("/etc/su\nite.toml");
    said.check(
        &Error::File { path, flaw: FileFlaw::Missing },
        "file `/etc/su\\nite.toml` is not there: create it, or correct the path",
    );

    // Misuse is tested below.
    said.check(
        &while_disabling(|manager| manager.load("spi").err()),
        "the disable hook of plugin `uart` called load of `spi`; a hook must not move plugins: \
         leave it to the host, or to an observer",
    );
    said.0.insert("Hook".to_owned()); // two of the texts above; `Failure` has its own test
    said.all_of(include_str!("../src/error.rs"), "Error");
}

fn manager_with_config(world: &World, table: BTreeMap<&str, &str>) -> Result<(), Error> {
    let manager = world.build([plugin("uart")]);
    manager.load("uart").unwrap();
    manager.configure("uart", table).map(drop)
}

/// What a call answers that the disable hook of `uart` makes, beside `spi`.
fn while_disabling(call: fn(&Manager) -> Option<Error>) -> Error {
    let finder = Finder::default();
    let hook = finder.clone();
    let answer: &'static Mutex<Option<Error>> = Box::leak(Box::default());
    let uart = scripted(plugin("uart"), move |stage| {
        if stage == Stage::Disable {
            *answer.lock().unwrap() = call(&hook.find());
        }
        Ok(())
    });
    let builder = Manager::builder().register(uart).register(World::new().probe(plugin("spi")));
    let manager = finder.show(builder.turn_deadline(Duration::from_millis(1)).build().unwrap());
    manager.enable("uart").unwrap();
    manager.disable("uart").unwrap();
    answer.lock().unwrap().take().expect("the call is refused")
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

#[test]
fn every_misuse_to_the_letter() {
    let mut said = Said::default();
    let mut check = |error: Error, text: &str| match &error {
        Error::Misuse(misuse) => {
            assert_eq!(error.to_string(), misuse.to_string());
            said.check(misuse, text);
        }
        other => panic!("no misuse: {other}"),
    };
    check(
        while_disabling(|manager| manager.enable_all_strict().err()),
        "the disable hook of plugin `uart` called enable of all; a hook must not move plugins: \
         leave it to the host, or to an observer",
    );
    let manager = World::new().build([plugin("uart")]);
    check(
        manager.get::<Uart>().err().expect("it has another type"),
        "no plugin of type `errors::Uart` is registered; write `plugstate::register!` for it, or \
         add it to the builder",
    );
    manager.enable("uart").unwrap();
    check(
        manager.get_as::<Uart>("uart").err().expect("it has another type"),
        "plugin `uart` is not of type `errors::Uart`",
    );

    // The only test of this program that has to do with the global manager.
    check(
        global().expect_err("nobody has set it"),
        "there is no global manager yet; call `plugstate::set_global` first",
    );
    let (line, set) = (line!(), set_global(manager));
    assert!(set.is_ok());
    check(
        set_global(World::new().build([])).expect_err("it is set"),
        &format!(
            "the global manager is set already, at tests/errors.rs:{line}; it can be set only once"
        ),
    );
    said.all_of(include_str!("../src/error.rs"), "Misuse");
}

/// An error with a source.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the port")]
struct Port(#[source] std::io::Error);

#[test]
fn every_failure_to_the_letter() {
    let script = |script: fn(Stage) -> Result<(), BoxError>| {
        let manager = Manager::builder().register(scripted(plugin("uart"), script)).build();
        failure(manager.unwrap().enable("uart").unwrap_err())
    };
    let chain = script(|_| Err(Port(std::io::Error::other("no such\ndevice")).into()));
    let text = "plugin `uart` failed to load: cannot open the port: no such\\ndevice";
    assert_eq!(chain.to_string(), text);
    assert_eq!(chain.chain(), ["cannot open the port", "no such\ndevice"]);

    let configure = script(|stage| match stage {
        Stage::Configure => Err("port 9 is taken".into()),
        _ => Ok(()),
    });
    assert_eq!(configure.to_string(), "plugin `uart` failed to configure: port 9 is taken");

    let fatal = script(|stage| match stage {
        Stage::Enable => Err(Fatal::new(Port(std::io::Error::other("burnt"))).into()),
        _ => Ok(()),
    });
    assert_eq!(fatal.to_string(), "plugin `uart` failed to enable: cannot open the port: burnt");
    assert!(!fatal.is_recoverable() && configure.is_recoverable());

    const LINE: u32 = line!() + 1;
    let panicked = script(|_| panic!("baud is {}", 0));
    let panic = panicked.panic().expect("it was one");
    assert_eq!(panic.message(), "baud is 0");
    assert_eq!(panic.place(), Some(&*format!("tests/errors.rs:{LINE}:31")));
    assert_eq!(
        panicked.to_string(),
        format!("plugin `uart` panicked in load at tests/errors.rs:{LINE}:31: baud is 0")
    );
    let odd = script(|_| std::panic::panic_any(7));
    assert!(odd.to_string().ends_with(": a panic without a message"), "{odd}");

    // A place that an earlier hook has left behind is not this one's.
    let resumed = script(|stage| {
        if stage == Stage::Load {
            assert!(std::panic::catch_unwind(|| panic!("caught")).is_err());
            return Ok(());
        }
        std::panic::resume_unwind(Box::new("carried on"))
    });
    assert_eq!(resumed.to_string(), "plugin `uart` panicked in configure: carried on");

    let late = scripted(plugin("uart"), |_| Err("it is late".into()));
    let manager = Manager::builder().register(late).clock(|| Duration::from_secs(90)).build();
    let late = failure(manager.unwrap().enable("uart").unwrap_err());
    assert_eq!(late.at(), Duration::from_secs(90));
}

/// A configuration that reads itself in every bad way.
#[derive(Default)]
struct Panics;

impl<'de> serde::Deserialize<'de> for Panics {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        panic!("no config for me")
    }
}

struct Nervous;

impl plugstate::DynPlugin for Nervous {
    type Config = Panics;
}

#[test]
fn every_config_error_to_the_letter() {
    let world = World::new();
    let nervous = Registration::dynamic(plugin("nervous"), || Ok(Nervous));
    let manager =
        world.builder([plugin("uart")]).register(nervous).add::<NoConfig>().build().unwrap();
    for loaded in ["uart", "nervous", "none"] {
        manager.load(loaded).unwrap();
    }
    let says = |plugin: &str, table: serde_json::Value, text: &str| {
        let refused = manager.configure(plugin, table).unwrap_err();
        assert!(matches!(refused, Error::Config(_)));
        assert_eq!(refused.to_string(), format!("config of plugin `{plugin}`{text}"));
    };
    use serde_json::json;
    says("uart", json!({"value": -1}), ", key `value`: invalid value: integer `-1`, expected u64");
    says("uart", json!({"value": [1]}), ", key `value`: invalid type: sequence, expected u64");
    says(
        "uart",
        json!({"vlaue": 1}),
        ", key `vlaue`: unknown key; remove it, or check its spelling",
    );
    says("uart", json!(7), ": invalid type: integer `7`, expected struct ProbeConfig");
    says("nervous", json!({}), ": reading it panicked: no config for me");
    says("none", json!({"a": 1}), ", key `a`: this plugin takes no configuration; remove the key");
    says("none", json!("x"), ": this plugin takes no configuration, met a string; remove it");
    let deep = (0..65).fold(json!(1), |inner, _| json!([inner]));
    says("uart", deep, ": cannot be read: it has more than 64 levels of tables");

    let nan = manager.configure("uart", BTreeMap::from([("value", f64::NAN)])).unwrap_err();
    assert_eq!(
        nan.to_string(),
        "config of plugin `uart`: cannot be read: the number NaN cannot be part of a config, it is \
         not finite"
    );
    let keys = manager.configure("uart", BTreeMap::from([((1, 2), 3)])).unwrap_err();
    assert_eq!(keys.to_string(), "config of plugin `uart`: cannot be read: key must be a string");
}

struct NoConfig;

impl Plugin for NoConfig {
    const META: Meta = Meta::new("none", "1.0.0");
    type Requires = ();
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(NoConfig)
    }
}

#[test]
fn every_outcome_and_report_to_the_letter() {
    let mut said = Said::default();
    let world = World::new();
    let manager = world
        .builder([
            plugin("core"),
            plugin("uart").requires("core", "*"),
            plugin("spi").requires("uart", "*"),
            plugin("ghostly").requires("ghost", "*"),
            plugin("odd"),
        ])
        .config(BTreeMap::from([("odd", BTreeMap::from([("value", "fast")]))]))
        .guard_deadline(Duration::from_millis(1))
        .build_partial();
    manager.enable("core").unwrap();
    world.fail("uart", Stage::Enable, Fault::Error);
    let report = manager.enable_all().unwrap();
    world.heal();
    let mut outcome = |report: &plugstate::Report, plugin: &str, text: &str| {
        said.check(report.outcome(plugin).expect("it was concerned"), text);
    };
    outcome(&report, "core", "stays Enabled");
    outcome(&report, "uart", "plugin `uart` failed to enable: uart cannot enable");
    outcome(&report, "spi", "left alone, for it requires `uart`");
    outcome(
        &report,
        "odd",
        "config of plugin `odd`, key `value`: invalid type: string \"fast\", expected u64",
    );
    outcome(
        &report,
        "ghostly",
        "left alone, for it requires `ghost`, which is not registered: register it, or correct the \
         name",
    );
    assert_eq!(
        report.to_string(),
        "core: stays Enabled\n\
         odd: config of plugin `odd`, key `value`: invalid type: string \"fast\", expected u64\n\
         uart: plugin `uart` failed to enable: uart cannot enable\n\
         spi: left alone, for it requires `uart`\n\
         ghostly: left alone, for it requires `ghost`, which is not registered: register it, or \
         correct the name"
    );

    manager.retry("uart").unwrap();
    let (line, guard) = (line!(), manager.get_as::<support::Probe>("uart").unwrap());
    let Err(Error::Shutdown(report)) = manager.shutdown() else { panic!("it is held") };
    drop(guard);
    outcome(
        &report,
        "uart",
        &format!(
            "left alone, for guards on it were not dropped in time (guards taken at \
             tests/errors.rs:{line})"
        ),
    );
    outcome(&report, "core", "left alone, for `uart` needs it");
    let report = manager.reload("core").unwrap();
    outcome(&report, "core", "Enabled -> Enabled, replaced by instance 2");
    outcome(&report, "uart", "restarted");
    let report = manager.unload_cascade("core").unwrap();
    outcome(&report, "core", "Enabled -> Discovered");
    assert_eq!(report.to_string(), "core: Enabled -> Discovered\nuart: Enabled -> Discovered");
    assert_eq!(manager.unload_cascade("core").unwrap().to_string(), "core: stays Discovered");
    said.all_of(include_str!("../src/report.rs"), "Outcome");
    let _: fn(&Outcome) -> bool = Outcome::is_good;
}

trait Clock {}

impl Clock for support::Probe {}

fn as_clock(plugin: &dyn std::any::Any) -> Option<&(dyn Clock + 'static)> {
    Some(plugin.downcast_ref::<support::Probe>()?)
}

/// A clock that goes on by a millisecond whenever it is read.
fn ticking() -> impl Fn() -> Duration {
    let ticks = std::sync::atomic::AtomicU64::new(0);
    move || Duration::from_millis(ticks.fetch_add(1, std::sync::atomic::Ordering::SeqCst))
}

#[test]
fn every_event_to_the_letter() {
    let world = World::new();
    let manager = world.build([plugin("uart")]);
    manager.enable("uart").unwrap();
    manager.unload("uart").unwrap();
    world.fail("uart", Stage::Load, Fault::Error);
    manager.load("uart").unwrap_err();
    world.fail("uart", Stage::Unload, Fault::Error);
    world.fail("uart", Stage::Enable, Fault::Error);
    let texts = |events: &[Event]| events.iter().map(ToString::to_string).collect::<Vec<_>>();
    let events = manager.events(0);
    assert_eq!(
        texts(&events),
        [
            "#0 uart#1 will load",
            "#1 uart#1 did load",
            "#2 uart#1 will configure",
            "#3 uart#1 did configure",
            "#4 uart#1 will enable",
            "#5 uart#1 did enable",
            "#6 uart#1 will disable",
            "#7 uart#1 did disable",
            "#8 uart#1 will unload",
            "#9 uart#1 did unload",
            "#10 uart#2 will load",
            "#11 uart#2 did fail to load",
        ]
    );
    let mut kinds: BTreeSet<_> = events.iter().map(|event| variant(&event.kind)).collect();

    // A reload, a fault that binds a dependent to another provider, and a hook that takes too long.
    let world = World::new();
    let provider = |name: &str| world.probe(plugin(name)).view::<dyn Clock>(as_clock);
    let manager = Manager::builder()
        .register(provider("quartz"))
        .register(provider("rubidium"))
        .register(world.probe(plugin("uart").requires_capability::<dyn Clock>()))
        .clock(ticking())
        .hook_deadline(Duration::from_millis(500))
        .build()
        .unwrap();
    manager.enable_all().unwrap();
    let from = manager.snapshot().next_seq;
    manager.reload("uart").unwrap();
    manager.fault("quartz", "it is broken").unwrap();
    manager.poll(manager.now() + Duration::from_secs(60)).unwrap();
    let events = manager.events(from);
    assert_eq!(
        texts(&events),
        [
            "#18 uart#2 will load",
            "#19 uart#2 did load",
            "#20 uart#2 will configure",
            "#21 uart#2 did configure",
            "#22 uart#1 will disable",
            "#23 uart#1 did disable",
            "#24 uart#2 will restore",
            "#25 uart#2 did restore",
            "#26 uart#2 will enable",
            "#27 uart#2 did enable",
            "#28 uart#2 did replace the one before",
            "#29 uart#1 will unload",
            "#30 uart#1 did unload",
            "#31 uart#2 will disable",
            "#32 uart#2 did disable",
            "#33 quartz#1 did fail to run",
            "#34 uart#2 did rebind dyn errors::Clock to rubidium",
            "#35 uart#2 will enable",
            "#36 uart#2 did enable",
        ]
    );
    kinds.extend(events.iter().map(|event| variant(&event.kind)));
    let overdue = plugstate::EventKind::IsOverdue(Stage::Load);
    assert_eq!(overdue.to_string(), "is overdue in load");
    kinds.insert(variant(&overdue));
    assert_eq!(kinds, variants(include_str!("../src/event.rs"), "EventKind"));

    // The other hooks that can fail, and the one whose failure changes no phase.
    for stage in [Stage::Configure, Stage::Enable, Stage::Disable, Stage::Unload] {
        let (world, from) = (World::new(), 0);
        let manager = world.build([plugin("uart")]);
        world.fail("uart", stage, Fault::Panic);
        let _ = manager.enable("uart");
        let _ = manager.unload("uart");
        let told = texts(&manager.events(from));
        assert!(told.iter().any(|text| text.ends_with(&format!("uart#1 did fail to {stage}"))));
        assert!(told.last().expect("there are some").ends_with("uart#1 did unload"));
    }
}

#[test]
fn every_request_and_plan_to_the_letter() {
    let id = || "uart".into();
    let requests = [
        (Request::Load(id()), "load of `uart`"),
        (Request::Configure(id()), "configure of `uart`"),
        (Request::Enable(id()), "enable of `uart`"),
        (Request::EnableAll, "enable of all"),
        (Request::EnableEach(vec![id(), id()]), "enable of 2 plugins"),
        (Request::Reload(id()), "reload of `uart`"),
        (Request::Fault(id()), "fault of `uart`"),
        (Request::Disable(id()), "disable of `uart`"),
        (Request::DisableCascade(id()), "disable of `uart` with its dependents"),
        (Request::Unload(id()), "unload of `uart`"),
        (Request::UnloadCascade(id()), "unload of `uart` with its dependents"),
        (Request::Retry(id()), "retry of `uart`"),
        (Request::Shutdown, "shutdown"),
    ];
    let mut said = Said::default();
    for (request, text) in &requests {
        said.check(request, text);
    }
    said.all_of(include_str!("../src/manager/plan.rs"), "Request");

    let world = World::new();
    let manager = world.build([plugin("core"), plugin("uart").requires("core", "*")]);
    let plan = manager.plan(&requests[2].0).unwrap();
    assert_eq!(
        plan.to_string(),
        "1. load core\n2. configure core\n3. enable core\n4. load uart\n5. configure uart\n\
         6. enable uart"
    );
    assert_eq!(plan.request(), &requests[2].0);
    assert_eq!(manager.plan(&Request::Shutdown).unwrap().to_string(), "nothing to do");
    manager.enable("uart").unwrap();
    let plan = manager.plan(&Request::UnloadCascade("core".into())).unwrap();
    assert_eq!(
        plan.to_string(),
        "1. disable uart\n2. disable core\n3. unload uart\n4. unload core"
    );
}
