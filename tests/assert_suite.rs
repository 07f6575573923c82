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

/// How many instances there are; each of the plugins below has a count of its own.
struct Live(&'static AtomicUsize);

impl Live {
    fn one_of(count: &'static AtomicUsize) -> Self {
        count.fetch_add(1, SeqCst);
        Live(count)
    }

    fn is_alone(&self) -> bool {
        self.0.load(SeqCst) == 1
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

#[test]
fn a_dependent_that_does_not_come_back_after_a_reload_is_seen() {
    plugin! { Base as "base", requires (), config (), }
    struct Top {
        was_enabled: bool,
    }
    impl Plugin for Top {
        const META: Meta = Meta::new("top", "1.0.0");
        type Requires = (Base,);
        type Config = ();
        type Error = BoxError;

        fn load() -> Result<Self, BoxError> {
            Ok(Top { was_enabled: false })
        }

        fn enable(&mut self, _: Deps<'_, Self>) -> Result<(), BoxError> {
            match std::mem::replace(&mut self.was_enabled, true) {
                false => Ok(()),
                true => Err("once is enough".into()),
            }
        }
    }
    let failed = SuiteCheck::of([registration!(Base), registration!(Top)]).check().unwrap_err();
    assert_eq!(failed.rule(), "each plugin can be reloaded");
    assert_eq!(
        failed.met(),
        "base: Enabled -> Enabled, replaced by instance 2\ntop: plugin `top` failed to enable: once is enough",
    );
    assert_eq!(failed.expected(), "`base` is reloaded, and all run on");
}

#[test]
fn a_plugin_that_cannot_go_without_having_taken_over_is_seen() {
    static HEIRS: AtomicUsize = AtomicUsize::new(0);
    struct Heir {
        waits: bool,
        _live: Live,
    }
    impl Plugin for Heir {
        const META: Meta = Meta::new("heir", "1.0.0");
        type Requires = ();
        type Config = ();
        type Error = BoxError;

        fn load() -> Result<Self, BoxError> {
            let live = Live::one_of(&HEIRS);
            Ok(Heir { waits: !live.is_alone(), _live: live })
        }

        fn enable(&mut self, (): Deps<'_, Self>) -> Result<(), BoxError> {
            self.waits = false;
            Ok(())
        }

        fn unload(self) -> Result<(), BoxError> {
            if self.waits { Err("it has never taken over".into()) } else { Ok(()) }
        }
    }
    assert_eq!(
        refused(SuiteCheck::of([registration!(Heir)])),
        "the suite does not hold: it outlives a hook that fails, whichever
  met: plugin `heir` failed to unload: it has never taken over (told to fail: the restore hook of `heir`, by Error)
  expected: no hook fails but the one that is told to",
    );
}

#[test]
fn a_plugin_that_cannot_go_when_it_failed_to_stop_is_seen() {
    struct Latch {
        is_on: bool,
    }
    impl Plugin for Latch {
        const META: Meta = Meta::new("latch", "1.0.0");
        type Requires = ();
        type Config = ();
        type Error = BoxError;

        fn load() -> Result<Self, BoxError> {
            Ok(Latch { is_on: false })
        }

        fn enable(&mut self, (): Deps<'_, Self>) -> Result<(), BoxError> {
            self.is_on = true;
            Ok(())
        }

        fn disable(&mut self) -> Result<(), BoxError> {
            self.is_on = false;
            Ok(())
        }

        fn unload(self) -> Result<(), BoxError> {
            if self.is_on { Err("it is still on".into()) } else { Ok(()) }
        }
    }
    assert_eq!(
        refused(SuiteCheck::of([registration!(Latch)])),
        "the suite does not hold: it outlives a hook that fails, whichever
  met: plugin `latch` failed to unload: it is still on (told to fail: the disable hook of `latch`, by Error)
  expected: no hook fails but the one that is told to",
    );
}
