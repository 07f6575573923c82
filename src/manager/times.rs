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

/// [`Times`] in half the space: nanoseconds and one more, 0 for a hook that was never called. A time
/// that does not fit is some centuries, whatever it was.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Noted([u64; 5]);

impl Noted {
    #[inline]
    pub(crate) fn note(&mut self, stage: Stage, took: Duration) {
        let hook = match stage {
            Stage::Load => 0,
            Stage::Configure => 1,
            Stage::Enable => 2,
            Stage::Disable => 3,
            Stage::Unload => 4,
            Stage::Restore | Stage::Fault => return,
        };
        let nanos = took.as_secs().checked_mul(1_000_000_000);
        let nanos = nanos.and_then(|nanos| nanos.checked_add(u64::from(took.subsec_nanos()) + 1));
        self.0[hook] = nanos.unwrap_or(u64::MAX);
    }

    pub(crate) fn times(&self) -> Times {
        let [load, configure, enable, disable, unload] =
            self.0.map(|noted| noted.checked_sub(1).map(Duration::from_nanos));
        Times { load, configure, enable, disable, unload }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_comes_back() {
        let mut noted = Noted::default();
        assert_eq!(noted.times(), Times::default());
        let year = Duration::from_secs(60 * 60 * 24 * 365);
        let times = [Duration::ZERO, Duration::from_nanos(1), Duration::new(7, 999_999_999), year];
        let stages = [Stage::Load, Stage::Configure, Stage::Enable, Stage::Disable];
        for (stage, took) in stages.into_iter().zip(times) {
            noted.note(stage, took);
        }
        noted.note(Stage::Unload, Duration::MAX);
        noted.note(Stage::Restore, year);
        let [load, configure, enable, disable] = times.map(Some);
        let ever = Some(Duration::from_nanos(u64::MAX - 1));
        assert_eq!(noted.times(), Times { load, configure, enable, disable, unload: ever });
    }
}
