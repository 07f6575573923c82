//! How long hooks ran.

use std::time::Duration;

use crate::stage::Stage;

/// How long each hook ran when it was last called; `None` for one that never was. See
/// [`Info::times`](crate::Info::times).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Times {
    /// The `load` hook.
    pub load: Option<Duration>,
    /// The `configure` hook.
    pub configure: Option<Duration>,
    /// The `enable` hook.
    pub enable: Option<Duration>,
    /// The `disable` hook.
    pub disable: Option<Duration>,
    /// The `unload` hook.
    pub unload: Option<Duration>,
}

impl Times {
    #[inline]
    pub(crate) fn note(&mut self, stage: Stage, took: Duration) {
        let hook = match stage {
            Stage::Load => &mut self.load,
            Stage::Configure => &mut self.configure,
            Stage::Enable => &mut self.enable,
            Stage::Disable => &mut self.disable,
            Stage::Unload => &mut self.unload,
            Stage::Restore | Stage::Fault => return,
        };
        *hook = Some(took);
    }
}
