//! A suite as a whole: one that holds, linked into this program, and each way not to, in these words.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use plugstate::testing::SuiteCheck;
use plugstate::{BoxError, Deps, Meta, Optional, Plugin, Provider, registration};

trait Clock: Send + Sync {}

/// A plugin of the linked suite.
macro_rules! plugin {
    ($name:ident as $text:literal, requires $requires:ty, config $config:ty, $($hooks:tt)*) => {
        struct $name;

        impl Plugin for $name {
            const META: Meta = Meta::new($text, "1.0.0");
            type Requires = $requires;
            type Config = $config;
            type Error = BoxError;

            fn load() -> Result<Self, BoxError> {
                Ok($name)
            }

            $($hooks)*
        }
    };
}

plugin! { Quartz as "quartz", requires (), config (), }
plugin! { Ceramic as "ceramic", requires (), config (), }
plugin! { Core as "core", requires (), config u32,
    fn configure(&mut self, baud: u32) -> Result<(), BoxError> {
        if baud == 0 { Err("a baud of 0".into()) } else { Ok(()) }
    }
}
plugin! { Uart as "uart", requires (Core, Provider<dyn Clock>), config (), }
plugin! { Report as "report", requires (Optional<Core>,), config (), }

impl Clock for Quartz {}
impl Clock for Ceramic {}

plugstate::register!(Quartz as dyn Clock);
plugstate::register!(Ceramic as dyn Clock);
plugstate::register!(Core);
plugstate::register!(Uart);
plugstate::register!(Report);

fn tables() -> serde_json::Value {
    serde_json::json!({ "core": 9600 })
}

#[test]
fn the_linked_suite_holds() {
    plugstate::assert_suite!(config = tables());
    plugstate::assert_suite!(config = tables(), expect = ["core", "uart", "report"]);
}

#[test]
#[should_panic(expected = "the suite does not hold: it fits together
  met: plugin `spi` (tests/assert_suite.rs")]
fn what_is_expected_and_not_linked_is_named() {
    plugstate::assert_suite!(config = tables(), expect = ["core", "spi"]);
}

fn refused(check: SuiteCheck) -> String {
    check.check().expect_err("it does not hold").to_string()
}

#[test]
fn an_empty_suite_does_not_pass() {
    assert_eq!(
        refused(SuiteCheck::of([])),
        "the suite does not hold: it fits together
  met: no plugin is linked
  expected: some are: name their crates with `plugstate::link!`",
    );
}

#[test]
fn what_is_missing_and_what_belongs_to_nobody_is_named() {
    let failed = SuiteCheck::of([registration!(Uart), registration!(Core)]).config(tables());
    let failed = failed.check().unwrap_err();
    assert_eq!(failed.rule(), "it fits together");
    assert!(failed.met().contains("requires a provider of `dyn assert_suite::Clock`"), "{failed}");
    let failed = SuiteCheck::of([registration!(Core)]).config(serde_json::json!({ "cor": 1 }));
    assert!(failed.check().unwrap_err().met().contains("did you mean `core`"));
}

#[test]
fn a_plugin_that_does_not_start_is_seen() {
    assert_eq!(
        refused(SuiteCheck::of([registration!(Core), registration!(Quartz)])),
        "the suite does not hold: it boots and shuts down
  met: core: plugin `core` failed to configure: a baud of 0
quartz: Discovered -> Enabled
  expected: every plugin is enabled",
    );
}

#[test]
fn a_plugin_that_does_not_stop_is_seen() {
    plugin! { Stuck as "stuck", requires (), config (),
        fn unload(self) -> Result<(), BoxError> {
            Err("the port is lost".into())
        }
    }
    assert_eq!(
        refused(SuiteCheck::of([registration!(Stuck)])),
        "the suite does not hold: it boots and shuts down
  met: shutdown: plugin `stuck` failed to unload: the port is lost
  expected: every plugin is unloaded",
    );
}

#[test]
fn a_plugin_that_cannot_be_reloaded_is_seen() {
    plugin! { Proud as "proud", requires (), config (),
        fn restore(&mut self, _: &Self) -> Result<(), BoxError> {
            Err("there is only one of me".into())
        }
    }
    assert_eq!(
        refused(SuiteCheck::of([registration!(Proud)])),
        "the suite does not hold: each plugin can be reloaded
  met: plugin `proud` failed to restore: there is only one of me
  expected: `proud` is reloaded, and all run on",
    );
}

static TAKEN: AtomicUsize = AtomicUsize::new(0);

#[test]
fn a_plugin_that_does_not_outlive_another_is_seen() {
    // It takes in `load` what it gives back in `disable` alone, so that a start which is taken back
    // before it was enabled leaves it taken.
    plugin! { Port as "port", requires (), config (),
        fn configure(&mut self, (): ()) -> Result<(), BoxError> {
            match TAKEN.swap(1, SeqCst) {
                0 => Ok(()),
                _ => Err("the port is taken".into()),
            }
        }

        fn enable(&mut self, (): Deps<'_, Self>) -> Result<(), BoxError> {
            TAKEN.store(0, SeqCst);
            Ok(())
        }
    }
    assert_eq!(
        refused(SuiteCheck::of([registration!(Port)])),
        "the suite does not hold: it outlives a hook that fails, whichever
  met: port: plugin `port` failed to configure: the port is taken (told to fail: the enable hook of `port`, by Error)
  expected: every plugin is enabled",
    );
}

static BOOTS: AtomicUsize = AtomicUsize::new(0);

#[test]
fn a_suite_whose_boots_differ_is_seen() {
    plugin! { Moody as "moody", requires (), config (),
        fn enable(&mut self, (): Deps<'_, Self>) -> Result<(), BoxError> {
            if BOOTS.fetch_add(1, SeqCst) == 2 { Err("not today".into()) } else { Ok(()) }
        }
    }
    assert_eq!(
        refused(SuiteCheck::of([registration!(Moody)])),
        "the suite does not hold: its order depends on nothing but itself
  met: with 2 threads:
moody: plugin `moody` failed to enable: not today
  expected: as at the first boot:
moody: Discovered -> Enabled",
    );
}
