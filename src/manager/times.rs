//! How long hooks ran.

use std::time::Duration;

use crate::noted::Noted;
use crate::stage::Stage;

/// How long each hook ran when it was last called; `None` for one that never was. See
/// [`Info::times`](crate::Info::times).
///
/// Where one hook is called right after another, as in a boot on one thread, the clock is read once for
/// the end of the one and the beginning of the other: what the manager needs in between, less than a
/// microsecond, counts as time of the latter.
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

/// [`Times`] in half the space.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Kept([Noted; 5]);

impl Kept {
    #[inline(always)]
    pub(crate) fn note(&mut self, stage: Stage, took: Duration) {
        let hook = match stage {
            Stage::Load => 0,
            Stage::Configure => 1,
            Stage::Enable => 2,
            Stage::Disable => 3,
            Stage::Unload => 4,
            Stage::Restore | Stage::Fault => return,
        };
        self.0[hook] = Noted::of(took);
    }

    pub(crate) fn times(&self) -> Times {
        let [load, configure, enable, disable, unload] = self.0.map(Noted::time);
        Times { load, configure, enable, disable, unload }
    }
}
