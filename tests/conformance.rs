//! Conformance: a plugin that keeps the rules passes, and each way to break one is seen, in these
//! words.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use plugstate::testing::Conformance;
use plugstate::testing::conformance::{self, Failed, Rule};
use plugstate::{
    BoxError, Declaration, Deps, DynPlugin, Meta, Plugin, Provider, Registration, registration,
};
use serde::Deserialize;
use serde_json::json;

/// What a plugin under test is written with: only the hooks that it has.
macro_rules! plugin {
    ($name:ident as $text:literal, config $config:ty, $($hooks:tt)*) => {
        impl Plugin for $name {
            const META: Meta = Meta::new($text, "1.0.0");
            type Requires = ();
            type Config = $config;
            type Error = BoxError;
            $($hooks)*
        }
    };
}

/// A panic's place, which changes with every line above it, is left out.
fn words(failed: &Failed) -> String {
    let text = failed.to_string();
    match (text.find(" at tests/"), text.find(": the ")) {
        (Some(from), Some(to)) if from < to => format!("{}{}", &text[..from], &text[to..]),
        _ => text,
    }
}

fn broken(conformance: Conformance) -> String {
    words(&conformance.check().expect_err("it is broken"))
}

trait Clock: Send + Sync {}

struct Quartz;

impl Clock for Quartz {}

plugin! { Quartz as "quartz", config (),
    fn load() -> Result<Self, BoxError> {
        Ok(Quartz)
    }
}

static PORT: Mutex<bool> = Mutex::new(false);

/// Keeps every rule: takes its port when it is enabled, gives it back however it ends, hands its count
/// over by copying it.
#[derive(Default)]
struct Uart {
    config: UartConfig,
    has_port: bool,
    frames: u32,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct UartConfig {
    baud: u32,
}

impl Uart {
    fn give_back(&mut self) {
        if std::mem::take(&mut self.has_port) {
            *PORT.lock().unwrap() = false;
        }
    }
}

impl Plugin for Uart {
    const META: Meta = Meta::new("uart", "1.0.0").requires(&[("core", "^2")]);
    type Requires = (Provider<dyn Clock>,);
    type Config = UartConfig;
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Uart::default())
    }

    fn configure(&mut self, config: UartConfig) -> Result<(), BoxError> {
        self.config = config;
        Ok(())
    }

    fn enable(&mut self, _: Deps<'_, Self>) -> Result<(), BoxError> {
        let mut port = PORT.lock().unwrap();
        if std::mem::replace(&mut *port, true) {
            return Err("the port is taken".into());
        }
        self.has_port = true;
        self.frames += 1;
        Ok(())
    }

    fn disable(&mut self) -> Result<(), BoxError> {
        self.give_back();
        Ok(())
    }

    fn restore(&mut self, previous: &Self) -> Result<(), BoxError> {
        self.frames = previous.frames;
        Ok(())
    }

    fn unload(mut self) -> Result<(), BoxError> {
        self.give_back();
        Ok(())
    }
}

plugstate::conformance!(
    Uart,
    name = uart,
    with = [Quartz as dyn Clock],
    config = [json!({ "baud": 9600 }), json!({}), json!({ "baud": 300 })],
    wrong = [json!({ "baud": "fast" }), json!({ "bauds": 9600 })],
    holds = || usize::from(*PORT.lock().unwrap()),
    shows = |uart: &Uart| uart.config,
);

/// With nothing to be said.
mod plain {
    plugstate::conformance!(super::Quartz);
}

struct Script;

impl DynPlugin for Script {
    type Config = Vec<String>;
}

#[test]
fn a_plugin_that_was_declared_at_run_time_is_checked_too() {
    let declaration =
        Declaration::new("a.lua", "1.0.0").requires("core", "*").requires_capability::<dyn Clock>();
    let script = Registration::dynamic(declaration, || Ok(Script));
    Conformance::of_registration(script).config(["x"]).check().unwrap();
}

static KEPT: AtomicUsize = AtomicUsize::new(0);

/// `unload` keeps an instance for ever.
struct Keeps(#[allow(dead_code)] Counted);

struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        KEPT.fetch_sub(1, SeqCst);
    }
}

plugin! { Keeps as "keeps", config (),
    fn load() -> Result<Self, BoxError> {
        KEPT.fetch_add(1, SeqCst);
        Ok(Keeps(Counted))
    }

    fn unload(self) -> Result<(), BoxError> {
        std::mem::forget(self);
        Ok(())
    }
}

#[test]
fn an_instance_that_is_left_is_seen() {
    let keeps = Conformance::of::<Keeps>().holds(|| KEPT.load(SeqCst));
    assert_eq!(
        words(&keeps.check_rule(Rule::LeavesNothing).unwrap_err()),
        "plugin `keeps` does not conform: nothing is left of it when it is gone
  met: it holds 1 when it is unloaded
  expected: 0, as before it was loaded
  history:
    1. load keeps
    2. unload keeps and what requires it
    3. shut down",
    );
    // What is left now was there before, and is no fault of the next life.
    assert_eq!(
        broken(keeps),
        "plugin `keeps` does not conform: it lives from load to unload, and again
  met: it holds 4 when the manager is gone
  expected: 1, as before it was loaded
  history:
    1. load keeps
    2. configure keeps with the default
    3. enable keeps
    4. disable keeps
    5. unload keeps
    6. load keeps
    7. configure keeps with the default
    8. enable keeps
    9. disable keeps
    10. unload keeps
    11. enable keeps
    12. drop the manager",
    );
}

/// Its second start panics.
#[derive(Default)]
struct Once {
    started: bool,
}

plugin! { Once as "once", config (),
    fn load() -> Result<Self, BoxError> {
        Ok(Once::default())
    }

    fn enable(&mut self, (): Deps<'_, Self>) -> Result<(), BoxError> {
        assert!(!std::mem::replace(&mut self.started, true), "the engine has been started before");
        Ok(())
    }
}

#[test]
fn a_panic_on_the_second_enable_is_seen() {
    assert_eq!(
        broken(Conformance::of::<Once>()),
        "plugin `once` does not conform: it can be enabled and disabled any number of times
  met: plugin `once` panicked in enable: the engine has been started before
  expected: no hook fails but those that are told to
  history:
    1. enable once
    2. disable once
    3. enable once",
    );
}

/// Uses its configuration up.
#[derive(Default)]
struct Spends {
    baud: Option<u32>,
}

plugin! { Spends as "spends", config u32,
    fn load() -> Result<Self, BoxError> {
        Ok(Spends::default())
    }

    fn configure(&mut self, baud: u32) -> Result<(), BoxError> {
        self.baud = Some(baud);
        Ok(())
    }

    fn enable(&mut self, (): Deps<'_, Self>) -> Result<(), BoxError> {
        self.baud.take().map(drop).ok_or_else(|| "not configured".into())
    }
}

#[test]
fn a_configuration_that_is_used_up_is_seen() {
    assert_eq!(
        broken(Conformance::of::<Spends>().config(9600)),
        "plugin `spends` does not conform: it can be enabled and disabled any number of times
  met: plugin `spends` failed to enable: not configured
  expected: no hook fails but those that are told to
  history:
    1. enable spends
    2. disable spends
    3. enable spends",
    );
}

/// Forgets its configuration when it is disabled, and says nothing.
#[derive(Default)]
struct Forgets {
    baud: u32,
}

plugin! { Forgets as "forgets", config u32,
    fn load() -> Result<Self, BoxError> {
        Ok(Forgets::default())
    }

    fn configure(&mut self, baud: u32) -> Result<(), BoxError> {
        self.baud = baud;
        Ok(())
    }

    fn disable(&mut self) -> Result<(), BoxError> {
        self.baud = 0;
        Ok(())
    }
}

#[test]
fn a_configuration_that_is_lost_is_seen_in_what_the_plugin_shows() {
    let forgets = || Conformance::of::<Forgets>().config(9600).config(300);
    forgets().check().expect("nobody looks");
    assert_eq!(
        broken(forgets().shows(|plugin: &Forgets| plugin.baud)),
        "plugin `forgets` does not conform: it takes and keeps its configuration, and refuses what does not fit
  met: it shows 0
  expected: it shows 9600, as a new instance does with this configuration
  history:
    1. load forgets
    2. configure forgets with 9600
    3. enable forgets
    4. disable forgets
    5. enable forgets",
    );
}

/// Its configuration is lost at a reload that gives another one and takes it back: it keeps the old
/// instance's.
#[derive(Default)]
struct Clings {
    baud: u32,
}

plugin! { Clings as "clings", config u32,
    fn load() -> Result<Self, BoxError> {
        Ok(Clings::default())
    }

    fn configure(&mut self, baud: u32) -> Result<(), BoxError> {
        self.baud = baud;
        Ok(())
    }

    fn restore(&mut self, previous: &Self) -> Result<(), BoxError> {
        self.baud = previous.baud;
        Ok(())
    }
}

#[test]
fn a_restore_that_takes_the_old_configuration_is_seen() {
    let clings = Conformance::of::<Clings>().config(9600).config(300);
    let failed = clings.shows(|plugin: &Clings| plugin.baud).check().unwrap_err();
    assert_eq!(failed.rule(), Rule::Configures);
    assert_eq!(failed.met(), "it shows 9600");
    assert_eq!(failed.expected(), "it shows 300, as a new instance does with this configuration");
    assert_eq!(failed.history().last().unwrap(), "reload clings with 300");
}

/// Does not work on what it took over.
#[derive(Default)]
struct Refuses {
    second_hand: bool,
}

plugin! { Refuses as "refuses", config (),
    fn load() -> Result<Self, BoxError> {
        Ok(Refuses::default())
    }

    fn enable(&mut self, (): Deps<'_, Self>) -> Result<(), BoxError> {
        if self.second_hand { Err("this is not my state".into()) } else { Ok(()) }
    }

    fn restore(&mut self, _: &Self) -> Result<(), BoxError> {
        self.second_hand = true;
        Ok(())
    }
}

#[test]
fn a_plugin_that_refuses_after_restore_is_seen() {
    assert_eq!(
        broken(Conformance::of::<Refuses>()),
        "plugin `refuses` does not conform: it can be reloaded wherever it stands, and goes on
  met: plugin `refuses` failed to enable: this is not my state
  expected: no hook fails but those that are told to
  history:
    1. load refuses
    2. reload refuses
    3. reload refuses
    4. reload refuses
    5. enable refuses
    6. reload refuses",
    );
}

static TAKEN_AT_LOAD: Mutex<bool> = Mutex::new(false);

/// Takes in `load` what only one instance can have.
struct Greedy;

plugin! { Greedy as "greedy", config (),
    fn load() -> Result<Self, BoxError> {
        let taken = std::mem::replace(&mut *TAKEN_AT_LOAD.lock().unwrap(), true);
        if taken { Err("the port is taken".into()) } else { Ok(Greedy) }
    }

    fn unload(self) -> Result<(), BoxError> {
        *TAKEN_AT_LOAD.lock().unwrap() = false;
        Ok(())
    }
}

#[test]
fn two_instances_that_cannot_stand_side_by_side_are_seen() {
    assert_eq!(
        broken(Conformance::of::<Greedy>()),
        "plugin `greedy` does not conform: it can be reloaded wherever it stands, and goes on
  met: plugin `greedy` failed to load: the port is taken
  expected: no hook fails but those that are told to
  history:
    1. load greedy
    2. reload greedy",
    );
}

static PIN: Mutex<bool> = Mutex::new(false);

/// Gives its pin back in `disable` alone, which an instance that broke is never told.
struct Holds;

plugin! { Holds as "holds", config (),
    fn load() -> Result<Self, BoxError> {
        Ok(Holds)
    }

    fn enable(&mut self, (): Deps<'_, Self>) -> Result<(), BoxError> {
        let taken = std::mem::replace(&mut *PIN.lock().unwrap(), true);
        if taken { Err("the pin is taken".into()) } else { Ok(()) }
    }

    fn disable(&mut self) -> Result<(), BoxError> {
        *PIN.lock().unwrap() = false;
        Ok(())
    }
}

#[test]
fn what_a_broken_instance_keeps_is_seen() {
    let holds = || Conformance::of::<Holds>().holds(|| usize::from(*PIN.lock().unwrap()));
    assert_eq!(
        broken(holds()),
        "plugin `holds` does not conform: nothing is left of it when it is gone
  met: it holds 1 when it is unloaded
  expected: 0, as before it was loaded
  history:
    1. enable holds
    2. report holds as broken
    3. unload holds and what requires it
    4. shut down",
    );
    // And where nobody counts, it is seen by whoever wants the pin next.
    *PIN.lock().unwrap() = false;
    assert_eq!(
        broken(Conformance::of::<Holds>()),
        "plugin `holds` does not conform: nothing is left of it when it is gone
  met: plugin `holds` failed to enable: the pin is taken
  expected: no hook fails but those that are told to
  history:
    1. enable holds
    2. report holds as broken
    3. unload holds and what requires it
    4. shut down
    5. enable holds",
    );
}

/// Moves its line over to the new instance, which leaves the old one without if that fails.
struct Moves {
    line: Mutex<Option<Arc<str>>>,
}

plugin! { Moves as "moves", config (),
    fn load() -> Result<Self, BoxError> {
        Ok(Moves { line: Mutex::new(Some("ttyS0".into())) })
    }

    fn enable(&mut self, (): Deps<'_, Self>) -> Result<(), BoxError> {
        self.line.lock().unwrap().as_ref().map(drop).ok_or_else(|| "the line is gone".into())
    }

    fn restore(&mut self, previous: &Self) -> Result<(), BoxError> {
        self.line = Mutex::new(previous.line.lock().unwrap().take());
        Ok(())
    }
}

#[test]
fn an_old_instance_that_cannot_go_back_in_service_is_seen() {
    assert_eq!(
        broken(Conformance::of::<Moves>()),
        "plugin `moves` does not conform: it is not poisoned by a hook that fails
  met: plugin `moves` failed to enable: the line is gone
  expected: no hook fails but those that are told to
  history:
    1. enable moves
    2. reload moves; the restore hook of moves answers an error when it has run",
    );
    let failed = Conformance::of::<Moves>().check_rule(Rule::OutlivesPanics).unwrap_err();
    let history = "reload moves; the restore hook of moves panics when it has run";
    assert_eq!(failed.history().last().unwrap(), history);
}

/// Cannot do without a configuration.
#[derive(Default)]
struct Picky;

plugin! { Picky as "picky", config u32,
    fn load() -> Result<Self, BoxError> {
        Ok(Picky)
    }

    fn configure(&mut self, baud: u32) -> Result<(), BoxError> {
        if baud == 0 { Err("a baud of 0".into()) } else { Ok(()) }
    }
}

#[test]
fn a_default_that_is_refused_is_seen_unless_a_configuration_is_given() {
    assert_eq!(
        broken(Conformance::of::<Picky>()),
        "plugin `picky` does not conform: it lives from load to unload, and again
  met: plugin `picky` failed to configure: a baud of 0
  expected: no hook fails but those that are told to
  history:
    1. load picky
    2. configure picky with the default",
    );
    Conformance::of::<Picky>().config(9600).wrong(0).wrong("fast").check().unwrap();
    let failed = Conformance::of::<Picky>().config("fast").check().unwrap_err();
    assert_eq!(failed.expected(), "the plugin can be built with what it requires");
    let why = "is given a config that does not fit: invalid type: string \"fast\", expected u32";
    assert!(
        failed.met().starts_with("plugin `picky` (") && failed.met().ends_with(why),
        "{failed}"
    );
    assert_eq!(
        broken(Conformance::of::<Picky>().config(9600).wrong(300)),
        "plugin `picky` does not conform: it takes and keeps its configuration, and refuses what does not fit
  met: the table is taken
  expected: it is refused
  history:
    1. load picky
    2. configure picky with 300",
    );
}

/// Reading its table panics.
#[derive(Default)]
struct Fragile;

#[derive(Default)]
struct FragileConfig;

impl<'de> Deserialize<'de> for FragileConfig {
    fn deserialize<D: serde::Deserializer<'de>>(table: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(table).expect("the table is a number");
        let _ = number;
        Ok(FragileConfig)
    }
}

plugin! { Fragile as "fragile", config FragileConfig,
    fn load() -> Result<Self, BoxError> {
        Ok(Fragile)
    }
}

#[test]
fn a_table_that_panics_is_seen() {
    let text = broken(Conformance::of::<Fragile>());
    assert!(
        text.starts_with(
            "plugin `fragile` does not conform: it takes and keeps its configuration, and refuses what does not fit
  met: config of plugin `fragile`: reading it panicked: the table is a number: "
        ),
        "{text}"
    );
    assert!(
        text.contains(
            "\n  expected: a table that does not fit is refused, and not met with a panic"
        )
    );
    assert!(
        text.ends_with("\n    1. load fragile\n    2. configure fragile with \"no table\""),
        "{text}"
    );
}

/// Breaks where no fixed script goes: at the third configuration in a row.
#[derive(Default)]
struct Counts {
    configured: u32,
}

plugin! { Counts as "counts", config (),
    fn load() -> Result<Self, BoxError> {
        Ok(Counts::default())
    }

    fn configure(&mut self, (): ()) -> Result<(), BoxError> {
        self.configured += 1;
        if self.configured == 3 { Err("too many configurations".into()) } else { Ok(()) }
    }

    fn enable(&mut self, (): Deps<'_, Self>) -> Result<(), BoxError> {
        self.configured = 0;
        Ok(())
    }
}

#[test]
fn what_only_a_history_finds_is_shrunk_to_what_is_needed() {
    let failed = Conformance::of::<Counts>().check().unwrap_err();
    assert_eq!(failed.rule(), Rule::AnyHistory);
    assert_eq!(failed.met(), "plugin `counts` failed to configure: too many configurations");
    assert_eq!(failed.expected(), "no hook fails but those that are told to");
    // There are several histories without a step too many; which is found is the generator's affair.
    assert!((4..=6).contains(&failed.history().len()), "{failed}");
    assert_eq!(failed.history().last().unwrap(), "configure counts with the default");
    assert!(!failed.to_string().contains("instead of running"), "no fault is needed: {failed}");
    let again = Conformance::of::<Counts>().check().unwrap_err();
    assert_eq!(again, failed, "the histories are the same in every run");
}

#[test]
fn an_assertion_panics_with_all_that_is_told() {
    let counts = Conformance::of::<Counts>();
    counts.assert(Rule::Lives);
    let failed = counts.check_rule(Rule::AnyHistory).unwrap_err();
    let assert = AssertUnwindSafe(|| counts.assert(Rule::AnyHistory));
    let panic = std::panic::catch_unwind(assert).unwrap_err();
    assert_eq!(panic.downcast_ref::<String>(), Some(&failed.to_string()));
}

static LOADS: AtomicUsize = AtomicUsize::new(0);

struct Busy;

plugin! { Busy as "busy", config (),
    fn load() -> Result<Self, BoxError> {
        LOADS.fetch_add(1, SeqCst);
        Ok(Busy)
    }
}

#[test]
fn as_many_histories_are_tried_as_are_asked_for() {
    let loads = |cases| {
        LOADS.store(0, SeqCst);
        Conformance::of::<Busy>().cases(cases).check_rule(Rule::AnyHistory).unwrap();
        LOADS.load(SeqCst)
    };
    let few = loads(3);
    assert!(few >= 3, "each loads the plugin: {few}");
    assert_eq!(loads(3), few, "they are the same each time");
    assert!(loads(30) > 2 * few);
}

/// Takes anything, and can do with an odd table what it can do with any.
struct Open;

plugin! { Open as "open", config serde_json::Value,
    fn load() -> Result<Self, BoxError> {
        Ok(Open)
    }
}

#[test]
fn a_plugin_that_takes_any_table_need_not_refuse_one_but_those_that_are_called_wrong() {
    Conformance::of::<Open>().check_rule(Rule::Configures).unwrap();
    let failed = Conformance::of::<Open>().wrong(json!({ "odd": 1 })).check().unwrap_err();
    assert_eq!(
        failed.to_string(),
        "plugin `open` does not conform: it takes and keeps its configuration, and refuses what does not fit
  met: the table is taken
  expected: it is refused
  history:
    1. load open
    2. configure open with {\"odd\":1}",
    );
}

/// Meets a table that it could read, and does not like, with a panic.
struct Edgy;

plugin! { Edgy as "edgy", config serde_json::Value,
    fn load() -> Result<Self, BoxError> {
        Ok(Edgy)
    }

    fn configure(&mut self, table: serde_json::Value) -> Result<(), BoxError> {
        assert!(!table.is_boolean(), "the table is a boolean");
        Ok(())
    }
}

#[test]
fn a_hook_that_panics_at_a_table_is_seen() {
    assert_eq!(
        broken(Conformance::of::<Edgy>()),
        "plugin `edgy` does not conform: it takes and keeps its configuration, and refuses what does not fit
  met: plugin `edgy` panicked in configure: the table is a boolean
  expected: a table that does not fit is refused, and not met with a panic
  history:
    1. load edgy
    2. configure edgy with true",
    );
}

static TRIES: AtomicUsize = AtomicUsize::new(0);

/// Fails once, and never again.
struct Moody;

plugin! { Moody as "moody", config (),
    fn load() -> Result<Self, BoxError> {
        if TRIES.fetch_add(1, SeqCst) == 100 { Err("not today".into()) } else { Ok(Moody) }
    }
}

#[test]
fn a_history_that_fails_once_and_not_again_is_told() {
    let failed = Conformance::of::<Moody>().check_rule(Rule::AnyHistory).unwrap_err();
    assert!(failed.met().ends_with("steps that failed once, and then went well"), "{failed}");
    assert_eq!(failed.expected(), "the same history has the same end");
}

/// Bytes out of nothing but a number.
fn bytes(seed: u64) -> Vec<u8> {
    let next =
        |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(seed | 1));
    std::iter::successors(Some(seed), next).take(200).map(|state| (state >> 56) as u8).collect()
}

#[test]
fn bytes_are_histories_in_which_a_broken_plugin_is_found() {
    for seed in 0..50 {
        plugstate::testing::fuzz::<Quartz>(&bytes(seed));
    }
    plugstate::testing::fuzz::<Quartz>(&[]);
    let found = (0..50).filter_map(|seed| {
        let fuzzed = std::panic::catch_unwind(|| plugstate::testing::fuzz::<Once>(&bytes(seed)));
        fuzzed.err().map(|payload| payload.downcast_ref::<String>().cloned().unwrap())
    });
    let found: Vec<String> = found.collect();
    assert!(found.len() > 5, "{}", found.len());
    for text in found {
        assert!(
            text.starts_with("plugin `once` does not conform: it lives through any history"),
            "{text}"
        );
        assert!(text.contains("panicked in enable"), "{text}");
    }
}

/// Requires one that is not there, by its type.
struct Alone;

impl Plugin for Alone {
    const META: Meta = Meta::new("alone", "1.0.0");
    type Requires = (Quartz,);
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Alone)
    }
}

#[test]
fn what_is_missing_is_named_and_another_plugin_is_blamed_by_its_name() {
    let failed = conformance::check::<Alone>().unwrap_err();
    assert_eq!((failed.plugin(), failed.rule()), ("alone", Rule::Lives));
    assert!(failed.met().contains("requires `quartz`, which is not registered"), "{failed}");
    assert_eq!(failed.expected(), "the plugin can be built with what it requires");
    assert!(failed.history().is_empty());

    struct Above;

    impl Plugin for Above {
        const META: Meta = Meta::new("above", "1.0.0");
        type Requires = (Once,);
        type Config = ();
        type Error = BoxError;

        fn load() -> Result<Self, BoxError> {
            Ok(Above)
        }
    }
    let failed = Conformance::of::<Above>().with(registration!(Once)).check().unwrap_err();
    assert_eq!(failed.plugin(), "above");
    assert!(failed.met().starts_with("plugin `once` panicked in enable"), "{failed}");
}
