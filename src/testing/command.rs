//! The alphabet: whatever a host can ask of a manager, with the faults to inject.

use std::fmt;
use std::time::Duration;

use super::invariants::{Ended, Touch};
use super::suite::Suite;
use super::world::Fault;
use crate::error::Error;
use crate::manager::Manager;

/// One operation of a host. Plugins are meant by their positions in the [`Suite`], taken modulo its
/// size.
///
/// The one alphabet of all drivers: exhaustive exploration, histories of proptest, fuzzing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, arbitrary::Arbitrary)]
#[non_exhaustive]
pub enum Command {
    /// [`Manager::load`].
    Load(u8),
    /// [`Manager::configure`] with this value.
    Configure(u8, u8),
    /// [`Manager::set_config`] with this value.
    SetConfig(u8, u8),
    /// [`Manager::enable`].
    Enable(u8),
    /// [`Manager::enable_each`].
    EnableEach(Vec<u8>),
    /// [`Manager::enable_all`].
    EnableAll,
    /// [`Manager::enable_all_strict`].
    EnableAllStrict,
    /// [`Manager::disable`].
    Disable(u8),
    /// [`Manager::disable_cascade`].
    DisableCascade(u8),
    /// [`Manager::unload`].
    Unload(u8),
    /// [`Manager::unload_cascade`].
    UnloadCascade(u8),
    /// [`Manager::reload`].
    Reload(u8),
    /// [`Manager::reload_with`] this value.
    ReloadWith(u8, u8),
    /// [`Manager::fault`].
    Fault(u8),
    /// [`Manager::retry`].
    Retry(u8),
    /// [`Manager::poll`], at so many seconds.
    Poll(u16),
    /// [`Manager::shutdown`].
    Shutdown,
}

impl Command {
    /// Runs it on a manager of a suite of `plugins` plugins.
    ///
    /// # Errors
    ///
    /// What the manager answers.
    pub fn run(&self, manager: &Manager, plugins: usize) -> Result<(), Error> {
        let name = |at: u8| Suite::name(usize::from(at) % plugins.max(1));
        self.run_as(manager, name, |_, value| serde_json::json!({ "value": value }))
    }

    /// Runs it on a manager whose plugins have these names, and take these tables.
    pub(crate) fn run_as(
        &self,
        manager: &Manager,
        name: impl Fn(u8) -> String,
        table: impl Fn(u8, u8) -> serde_json::Value,
    ) -> Result<(), Error> {
        match *self {
            Command::Load(at) => manager.load(&name(at)).map(drop),
            Command::Configure(at, value) => {
                manager.configure(&name(at), table(at, value)).map(drop)
            }
            Command::SetConfig(at, value) => manager.set_config(&name(at), table(at, value)),
            Command::Enable(at) => manager.enable(&name(at)).map(drop),
            Command::EnableEach(ref each) => {
                let names: Vec<String> = each.iter().map(|&at| name(at)).collect();
                manager.enable_each(names.iter().map(String::as_str)).map(drop)
            }
            Command::EnableAll => manager.enable_all().map(drop),
            Command::EnableAllStrict => manager.enable_all_strict().map(drop),
            Command::Disable(at) => manager.disable(&name(at)).map(drop),
            Command::DisableCascade(at) => manager.disable_cascade(&name(at)).map(drop),
            Command::Unload(at) => manager.unload(&name(at)).map(drop),
            Command::UnloadCascade(at) => manager.unload_cascade(&name(at)).map(drop),
            Command::Reload(at) => manager.reload(&name(at)).map(drop),
            Command::ReloadWith(at, value) => {
                manager.reload_with(&name(at), table(at, value)).map(drop)
            }
            Command::Fault(at) => manager.fault(&name(at), "broken").map(drop),
            Command::Retry(at) => manager.retry(&name(at)).map(drop),
            Command::Poll(seconds) => manager.poll(Duration::from_secs(seconds.into())).map(drop),
            Command::Shutdown => manager.shutdown(),
        }
    }

    /// Which plugins it may move, in a suite of `plugins` plugins.
    #[must_use]
    pub fn touch(&self, plugins: usize) -> Touch {
        self.touch_as(|at| Suite::name(usize::from(at) % plugins.max(1)))
    }

    pub(crate) fn touch_as(&self, name: impl Fn(u8) -> String) -> Touch {
        match *self {
            Command::Configure(at, _)
            | Command::SetConfig(at, _)
            | Command::Disable(at)
            | Command::Unload(at) => Touch::Only(name(at)),
            Command::Load(at) | Command::Enable(at) => Touch::Below(name(at)),
            Command::DisableCascade(at)
            | Command::UnloadCascade(at)
            | Command::Reload(at)
            | Command::ReloadWith(at, _)
            | Command::Fault(at) => Touch::Above(name(at)),
            Command::Retry(at) => Touch::Around(name(at)),
            Command::EnableEach(_)
            | Command::EnableAll
            | Command::EnableAllStrict
            | Command::Shutdown => Touch::All,
            Command::Poll(_) => Touch::Several,
        }
    }

    /// What its answer means for *Atomic*. What a shutdown met is its error, and all that could be
    /// stopped has been stopped.
    pub(crate) fn ended(&self, answer: &Result<(), Error>) -> Ended {
        if answer.is_ok() || *self == Command::Shutdown { Ended::Well } else { Ended::Badly }
    }
}

/// A [`Command`], with the hook calls that fail in it: their numbers, counted from 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, arbitrary::Arbitrary)]
pub struct Step {
    /// What is asked for.
    pub command: Command,
    /// Which of its hook calls fail, and how.
    pub faults: Vec<(u8, Fault)>,
}

impl Step {
    /// A command in which no hook fails.
    #[must_use]
    pub fn new(command: Command) -> Self {
        Step { command, faults: Vec::new() }
    }

    /// The same with one more hook call that fails.
    #[must_use]
    pub fn failing(mut self, call: u8, fault: Fault) -> Self {
        self.faults.push((call, fault));
        self
    }
}

impl From<Command> for Step {
    fn from(command: Command) -> Self {
        Step::new(command)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.command)?;
        for (call, fault) in &self.faults {
            write!(f, ", call {call}: {fault:?}")?;
        }
        Ok(())
    }
}
