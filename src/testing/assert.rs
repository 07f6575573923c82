//! What every suite must do, whatever its plugins do, and what [`assert_suite!`](crate::assert_suite)
//! checks.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use super::conformance::alone;
use super::fake_host::{FakeHost, FakeHostBuilder};
use super::inject::Hit;
use super::invariants::Touch;
use super::picture::Picture;
use super::world::Fault;
use crate::config;
use crate::error::Error;
use crate::manager::Manager;
use crate::phase::Phase;
use crate::registry::Registration;
use crate::stage::Stage;

/// A suite that is to be checked as a whole: what [`assert_suite!`](crate::assert_suite) makes of its
/// arguments.
///
/// ```
/// use plugstate::registration;
/// use plugstate::testing::SuiteCheck;
/// # use plugstate::{BoxError, Meta, Plugin};
/// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
/// #     const META: Meta = Meta::new($name, "1.0.0");
/// #     type Requires = $needs; type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok($t) }
/// # } } }
/// # plugin!(Core, "core", ());
/// # plugin!(Uart, "uart", (Core,));
///
/// SuiteCheck::of([registration!(Uart), registration!(Core)]).check()?;
///
/// let failed = SuiteCheck::of([registration!(Uart)]).check().unwrap_err();
/// assert!(failed.met().contains("requires `core`, which is not registered"));
/// # Ok::<(), plugstate::testing::SuiteFailed>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is checked before `check` is called"]
pub struct SuiteCheck {
    plugins: Vec<Registration>,
    tables: Map<String, Value>,
    expected: Vec<String>,
}

/// What is wrong with a suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuiteFailed {
    rule: &'static str,
    met: String,
    expected: String,
}

impl SuiteFailed {
    /// What every suite must do, and this one does not.
    #[must_use]
    pub fn rule(&self) -> &str {
        self.rule
    }

    /// What was met.
    #[must_use]
    pub fn met(&self) -> &str {
        &self.met
    }

    /// What was expected.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }
}

impl fmt::Display for SuiteFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the suite does not hold: {}", self.rule)?;
        write!(f, "\n  met: {}\n  expected: {}", self.met, self.expected)
    }
}

impl std::error::Error for SuiteFailed {}

const RESOLVES: &str = "it fits together";
const ORDER: &str = "its order depends on nothing but itself";
const BOOTS: &str = "it boots and shuts down";
const RELOADS: &str = "each plugin can be reloaded";
const OUTLIVES: &str = "it outlives a hook that fails, whichever";
const BY_ITSELF: &str = "no hook fails but the one that is told to";

impl SuiteCheck {
    /// Everything that is linked.
    pub fn linked() -> Self {
        SuiteCheck::of(Registration::linked().cloned())
    }

    /// These plugins.
    pub fn of(plugins: impl IntoIterator<Item = Registration>) -> Self {
        let plugins = plugins.into_iter().collect();
        SuiteCheck { plugins, tables: Map::new(), expected: Vec::new() }
    }

    /// Gives a table for each plugin, as [`Builder::config`](crate::Builder::config) takes them.
    ///
    /// # Panics
    ///
    /// If the value cannot be read as tables.
    #[track_caller]
    pub fn config(mut self, tables: impl Serialize) -> Self {
        match config::tables(tables) {
            Ok(tables) => self.tables.extend(tables),
            Err(why) => panic!("the configuration of the suite {why}"),
        }
        self
    }

    /// Names plugins that must be there, as [`Builder::expect`](crate::Builder::expect) does.
    pub fn expect(mut self, plugins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.expected.extend(plugins.into_iter().map(Into::into));
        self
    }

    /// Checks everything.
    ///
    /// # Errors
    ///
    /// The first thing that the suite does not do.
    #[track_caller]
    pub fn check(&self) -> Result<(), SuiteFailed> {
        let _alone = alone();
        self.resolves()?;
        self.has_one_order()?;
        self.boots()?;
        self.reloads()?;
        self.outlives()
    }

    /// Checks everything: what [`assert_suite!`](crate::assert_suite) calls.
    ///
    /// # Panics
    ///
    /// If the suite does not do something, with the whole text.
    #[track_caller]
    pub fn assert(&self) {
        if let Err(failed) = self.check() {
            panic!("{failed}");
        }
    }

    #[track_caller]
    fn builder(&self, plugins: Vec<Registration>) -> FakeHostBuilder {
        FakeHostBuilder::of_suite(plugins).config(&self.tables).expect(&self.expected)
    }

    #[track_caller]
    fn host(&self) -> Result<FakeHost, SuiteFailed> {
        let built = self.builder(self.plugins.clone()).build();
        built.map_err(|error| failed(RESOLVES, error, "the suite can be built"))
    }

    #[track_caller]
    fn resolves(&self) -> Result<(), SuiteFailed> {
        let host = self.host()?;
        if host.names().is_empty() {
            let expected = "some are: name their crates with `plugstate::link!`";
            return Err(failed(RESOLVES, "no plugin is linked", expected));
        }
        Ok(())
    }

    /// Neither the order in which plugins are registered nor the number of threads may matter.
    fn has_one_order(&self) -> Result<(), SuiteFailed> {
        let boot = |plugins: Vec<Registration>, threads: usize| {
            let host = self.builder(plugins).threads(threads).build();
            let mut host = host.map_err(|error| failed(ORDER, error, "the suite can be built"))?;
            let order = host.manager().resolution().order();
            let order = order.map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let report = on(&mut host, ORDER, Manager::enable_all)?;
            let report =
                report.map_err(|error| failed(ORDER, error, "an answer to `enable_all`"))?;
            Ok((order, report.to_string()))
        };
        let (order, report) = boot(self.plugins.clone(), 1)?;
        let turned: Vec<_> = self.plugins.iter().rev().cloned().collect();
        for (plugins, threads) in [(turned.clone(), 1), (self.plugins.clone(), 2), (turned, 8)] {
            let (other_order, other_report) = boot(plugins, threads)?;
            if other_order != order {
                return Err(failed(ORDER, other_order, format!("{order}, as at the first boot")));
            }
            if other_report != report {
                let met = format!("with {threads} threads:\n{other_report}");
                return Err(failed(ORDER, met, format!("as at the first boot:\n{report}")));
            }
        }
        Ok(())
    }

    fn boots(&self) -> Result<(), SuiteFailed> {
        let mut host = self.host()?;
        for _ in 0..2 {
            boot(&mut host, BOOTS)?;
            shut_down(&mut host, BOOTS)?;
        }
        boot(&mut host, BOOTS)?;
        host.end().map_err(|wrong| failed(BOOTS, wrong.join("; "), "nothing is left"))
    }

    fn reloads(&self) -> Result<(), SuiteFailed> {
        let mut host = self.host()?;
        boot(&mut host, RELOADS)?;
        for plugin in host.names().to_vec() {
            let report = on(&mut host, RELOADS, |manager| manager.reload(&plugin))?;
            let expected = || format!("`{plugin}` is reloaded, and all run on");
            match report {
                Ok(report) if report.is_good() => {}
                Ok(report) => return Err(failed(RELOADS, report, expected())),
                Err(error) => return Err(failed(RELOADS, error, expected())),
            }
            all_run(&host, RELOADS, &expected())?;
        }
        shut_down(&mut host, RELOADS)?;
        host.end().map_err(|wrong| failed(RELOADS, wrong.join("; "), "nothing is left"))
    }

    /// Each hook of each plugin fails once. Invariants are looked at after each operation.
    fn outlives(&self) -> Result<(), SuiteFailed> {
        let stages = [
            Stage::Load,
            Stage::Configure,
            Stage::Enable,
            Stage::Restore,
            Stage::Disable,
            Stage::Unload,
        ];
        let names = self.host()?.names().to_vec();
        for plugin in &names {
            for stage in stages {
                for fault in [Fault::Error, Fault::Panic] {
                    self.outlives_one(plugin, stage, fault)?;
                }
            }
        }
        Ok(())
    }

    fn outlives_one(&self, plugin: &str, stage: Stage, fault: Fault) -> Result<(), SuiteFailed> {
        let told = format!("told to fail: the {stage} hook of `{plugin}`, by {fault:?}");
        let failed =
            |met: String, expected: &str| failed(OUTLIVES, format!("{met} ({told})"), expected);
        let mut host = self.host()?;
        let going_up = matches!(stage, Stage::Load | Stage::Configure | Stage::Enable);
        if !going_up {
            boot(&mut host, OUTLIVES)?;
        }
        host.faults().inject(plugin, stage, fault);
        let moved = host.run(&Touch::All, |manager| match stage {
            Stage::Restore => manager.reload(plugin).map(drop),
            // What it met is its error, and all that could be stopped is stopped.
            Stage::Disable | Stage::Unload => {
                let _ = manager.shutdown();
                Ok(())
            }
            _ => manager.enable_all().map(drop),
        });
        let invariants = "all invariants of the manager hold";
        drop(moved.map_err(|wrong| failed(wrong.join("; "), invariants))?);
        let above = Picture::of(host.faults().world(), host.manager()).above(plugin);
        for other in host.names().iter().filter(|name| going_up && !above.contains(*name)) {
            let phase = host.manager().phase(other).expect("it was registered");
            if phase != Phase::Enabled {
                let met = format!("`{other}` is {phase}");
                return Err(failed(met, "what does not require the plugin that failed is enabled"));
            }
        }
        if let Some(met) = by_itself(&host) {
            return Err(failed(met, BY_ITSELF));
        }
        host.faults().heal();
        shut_down(&mut host, OUTLIVES).map_err(|it| failed(it.met, &it.expected))?;
        boot(&mut host, OUTLIVES).map_err(|it| failed(it.met, &it.expected))?;
        host.end().map_err(|wrong| failed(wrong.join("; "), "nothing is left"))
    }
}

fn failed(rule: &'static str, met: impl fmt::Display, expected: impl Into<String>) -> SuiteFailed {
    SuiteFailed { rule, met: met.to_string(), expected: expected.into() }
}

/// An operation that may move everything.
fn on<R>(
    host: &mut FakeHost,
    rule: &'static str,
    operation: impl FnOnce(&Manager) -> Result<R, Error>,
) -> Result<Result<R, Error>, SuiteFailed> {
    host.run(&Touch::All, operation)
        .map_err(|wrong| failed(rule, wrong.join("; "), "all invariants of the manager hold"))
}

fn boot(host: &mut FakeHost, rule: &'static str) -> Result<(), SuiteFailed> {
    match on(host, rule, Manager::enable_all)? {
        Ok(report) if report.is_good() => all_run(host, rule, "every plugin is enabled"),
        Ok(report) => Err(failed(rule, report, "every plugin is enabled")),
        Err(error) => Err(failed(rule, error, "every plugin is enabled")),
    }
}

fn all_run(host: &FakeHost, rule: &'static str, expected: &str) -> Result<(), SuiteFailed> {
    let standing = host.manager().snapshot().plugins.into_iter();
    match standing.into_iter().find(|it| it.phase != Phase::Enabled) {
        None => Ok(()),
        Some(down) => Err(failed(rule, format!("`{}` is {}", down.id, down.phase), expected)),
    }
}

fn shut_down(host: &mut FakeHost, rule: &'static str) -> Result<(), SuiteFailed> {
    if let Err(error) = on(host, rule, Manager::shutdown)? {
        return Err(failed(rule, error, "every plugin is unloaded"));
    }
    let world = host.faults().world();
    match host.names().iter().find(|name| world.alive(name) != 0) {
        None => Ok(()),
        Some(left) => Err(failed(rule, format!("an instance of `{left}` is left"), "none is")),
    }
}

/// A plugin that failed though it was not told to, in words.
fn by_itself(host: &FakeHost) -> Option<String> {
    let hits = host.faults().hits();
    let Hit { plugin, stage, .. } = hits.into_iter().find(|hit| hit.injected.is_none())?;
    let failures = host.manager().info(&plugin).ok()?.failures;
    let met = failures.iter().rev().find(|failure| failure.stage() == stage);
    Some(met.map_or_else(|| format!("`{plugin}` failed to {stage}"), ToString::to_string))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamic::DynPlugin;
    use crate::meta::Declaration;

    struct Idle;

    impl DynPlugin for Idle {
        type Config = ();
    }

    #[test]
    fn a_plugin_that_does_not_run_is_named_with_where_it_stands() {
        let plugin = Registration::dynamic(Declaration::new("idle", "1.0.0"), || Ok(Idle));
        let mut host = FakeHost::of_registration(plugin).build().expect("it is sound");
        let failed = all_run(&host, BOOTS, "every plugin is enabled").expect_err("it is down");
        assert_eq!((failed.rule(), failed.met()), (BOOTS, "`idle` is Discovered"));
        assert_eq!(failed.expected(), "every plugin is enabled");
        boot(&mut host, BOOTS).expect("it can be enabled");
        all_run(&host, BOOTS, "every plugin is enabled").expect("it runs");
    }
}
