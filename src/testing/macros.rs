//! The macros of the kit: tests of a plugin, and of a linked suite.

/// Makes tests of a plugin: one for each [`Rule`](crate::testing::conformance::Rule), and one with
/// random histories. For a plugin whose default configuration will do, and which requires only what is
/// linked, or named:
///
/// ```
/// # mod uart {
/// # use plugstate::{BoxError, Meta, Plugin};
/// # pub struct Uart;
/// # impl Plugin for Uart {
/// #     const META: Meta = Meta::new("uart", "1.0.0");
/// #     type Requires = (); type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
/// # }
/// #[cfg(test)]
/// mod tests {
///     plugstate::conformance!(super::Uart);
/// }
/// # }
/// ```
///
/// That is a module `conformance` with the tests. What else there is to say, in this order, each part if
/// it is needed:
///
/// | argument | says |
/// | --- | --- |
/// | `name = uart` | the name of the module, for several plugins in one place |
/// | `with = [Core, Quartz as dyn Clock]` | plugins that this one requires, where they are not linked |
/// | `suite_config = tables` | a table for each of those, as [`Builder::config`](crate::Builder::config) takes them |
/// | `config = [table, ...]` | tables that the plugin takes; it starts with the first |
/// | `wrong = [table, ...]` | tables that it must refuse |
/// | `holds = \|\| count` | how many things it holds outside of itself: as many afterwards as before |
/// | `shows = \|uart: &Uart\| uart.baud` | what depends on its configuration alone |
/// | `cases = 1_000` | how many histories are tried |
///
/// ```
/// # trait Clock: Send + Sync {}
/// # macro_rules! plugin { ($t:ident, $name:literal, $config:ty) => { pub struct $t { baud: u32 }
/// # impl plugstate::Plugin for $t {
/// #     const META: plugstate::Meta = plugstate::Meta::new($name, "1.0.0");
/// #     type Requires = (); type Config = $config; type Error = plugstate::BoxError;
/// #     fn load() -> Result<Self, plugstate::BoxError> { Ok($t { baud: 0 }) }
/// # } } }
/// # plugin!(Uart, "uart", u32);
/// # plugin!(Quartz, "quartz", ());
/// # impl Clock for Quartz {}
/// plugstate::conformance!(
///     Uart,
///     name = uart,
///     with = [Quartz as dyn Clock],
///     config = [9600, 115_200],
///     wrong = ["fast"],
///     shows = |uart: &Uart| uart.baud,
/// );
/// ```
///
/// The histories are the same in every run, and one that fails is shrunk until each step of it is
/// needed. What is checked, and what a failure reads like, can be seen at
/// [`conformance::check`](crate::testing::conformance::check).
#[macro_export]
macro_rules! conformance {
    (
        $plugin:ty
        $(, name = $name:ident)?
        $(, with = [$($other:ty $(as $capability:ty)?),* $(,)?])?
        $(, suite_config = $tables:expr)?
        $(, config = [$($config:expr),* $(,)?])?
        $(, wrong = [$($wrong:expr),* $(,)?])?
        $(, holds = $holds:expr)?
        $(, shows = $shows:expr)?
        $(, cases = $cases:expr)?
        $(,)?
    ) => {
        $crate::__conformance_tests! {
            [$($name)? conformance]
            $crate::testing::Conformance::of::<$plugin>()
                $($(.with($crate::registration!($other $(as $capability)?)))*)?
                $(.suite_config($tables))?
                $($(.config($config))*)?
                $($(.wrong($wrong))*)?
                $(.holds($holds))?
                $(.shows($shows))?
                $(.cases($cases))?
        }
    };
}

/// The tests themselves, in a module of the first name in the list.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    ([$name:ident $($default:ident)?] $conformance:expr) => {
        #[cfg(test)]
        fn $name() -> $crate::testing::Conformance {
            $conformance
        }

        #[cfg(test)]
        mod $name {
            use $crate::testing::conformance::Rule;

            #[test]
            fn lives_from_load_to_unload() {
                super::$name().assert(Rule::Lives);
            }

            #[test]
            fn enables_and_disables_any_number_of_times() {
                super::$name().assert(Rule::Restarts);
            }

            #[test]
            fn goes_on_after_reloads() {
                super::$name().assert(Rule::Reloads);
            }

            #[test]
            fn leaves_nothing_behind() {
                super::$name().assert(Rule::LeavesNothing);
            }

            #[test]
            fn takes_its_configuration_and_refuses_others() {
                super::$name().assert(Rule::Configures);
            }

            #[test]
            fn outlives_hooks_that_fail() {
                super::$name().assert(Rule::OutlivesErrors);
            }

            #[test]
            fn outlives_hooks_that_panic() {
                super::$name().assert(Rule::OutlivesPanics);
            }

            #[test]
            fn lives_through_any_history() {
                super::$name().assert(Rule::AnyHistory);
            }
        }
    };
}

/// Checks everything that is linked into this program, in a line of a test: that it fits together and has
/// one order, whatever the order of registration and the number of threads; that it boots, shuts down
/// and leaves nothing; that each plugin can be reloaded; and that, whichever hook fails, every invariant
/// holds, what does not require the plugin runs on, and the suite comes up again.
///
/// ```standalone_crate
/// use plugstate::{BoxError, Meta, Plugin};
///
/// struct Uart;
///
/// impl Plugin for Uart {
///     const META: Meta = Meta::new("uart", "1.0.0");
/// #     type Requires = (); type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
/// }
///
/// plugstate::register!(Uart);
///
/// // #[test]
/// fn the_suite_holds() {
///     plugstate::assert_suite!();
///     plugstate::assert_suite!(expect = ["uart"]);
/// }
/// # fn main() { the_suite_holds() }
/// ```
///
/// `config = tables` gives a table for each plugin, and `expect = [names]` names the plugins that must be
/// linked. [`SuiteCheck`](crate::testing::SuiteCheck) does the same for plugins that are registered by
/// hand, and answers what it finds.
///
/// # Panics
///
/// If there is something that the suite does not do, with what was met and what was expected.
#[macro_export]
macro_rules! assert_suite {
    ($($argument:ident = $value:expr),* $(,)?) => {
        $crate::testing::SuiteCheck::linked()$(.$argument($value))*.assert()
    };
}
