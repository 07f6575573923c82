//! Times in eight bytes.

use std::time::Duration;

/// A duration in nanoseconds. One that does not fit is some centuries, whatever it was.
#[inline(always)]
pub(crate) fn nanos(time: Duration) -> u64 {
    let nanos = time.as_secs().checked_mul(1_000_000_000);
    let nanos = nanos.and_then(|nanos| nanos.checked_add(u64::from(time.subsec_nanos())));
    nanos.unwrap_or(u64::MAX)
}

/// How long something took, if it ever happened: nanoseconds and one more, 0 for never. It may stand at
/// every fourth byte, so that what holds one need not end with four empty ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(Rust, packed(4))]
pub(crate) struct Noted(u64);

impl Noted {
    pub(crate) const NEVER: Noted = Noted(0);

    #[inline(always)]
    pub(crate) fn of(took: Duration) -> Self {
        Noted(nanos(took).saturating_add(1))
    }

    pub(crate) fn time(self) -> Option<Duration> {
        self.0.checked_sub(1).map(Duration::from_nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_comes_back() {
        assert_eq!(Noted::NEVER.time(), None);
        let year = Duration::from_secs(60 * 60 * 24 * 365);
        for took in [Duration::ZERO, Duration::from_nanos(1), Duration::new(7, 999_999_999), year] {
            assert_eq!(Noted::of(took).time(), Some(took));
            assert_eq!(Duration::from_nanos(nanos(took)), took);
        }
        let ever = Noted::of(Duration::MAX).time().expect("it was noted");
        assert!(ever > 500 * year);
    }
}
