//! The hooks by name, for errors and events.

use std::fmt;

/// In which hook, or between which hooks, something failed.
///
/// It reads as a verb: "failed to {stage}".
///
/// ```
/// use plugstate::Stage;
///
/// assert_eq!(Stage::Configure.to_string(), "configure");
/// assert_eq!(Stage::Fault.name(), "run");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Stage {
    /// The `load` hook.
    Load,
    /// The `configure` hook.
    Configure,
    /// The `enable` hook.
    Enable,
    /// The `disable` hook.
    Disable,
    /// The `restore` hook.
    Restore,
    /// The `unload` hook.
    Unload,
    /// No hook: the host reported that the running plugin broke.
    Fault,
}

impl Stage {
    /// The hook's name; `run` for [`Stage::Fault`], which is in none.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Stage::Load => "load",
            Stage::Configure => "configure",
            Stage::Enable => "enable",
            Stage::Disable => "disable",
            Stage::Restore => "restore",
            Stage::Unload => "unload",
            Stage::Fault => "run",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
