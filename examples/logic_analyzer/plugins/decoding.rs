//! What a decoder found, with what the instances before it found.

use std::fmt;

use crate::frame::Frame;

/// The frames of one instance of a decoder, and counts over all instances.
///
/// It outlives `disable`: an instance that is enabled again and finds the same frames, as after a
/// reload that was taken back, has found nothing new, and counts nothing twice.
#[derive(Debug, Default)]
pub(crate) struct Decoding {
    /// `None` until this instance has decoded something.
    frames: Option<Vec<Frame>>,
    /// How many frames all instances have found so far.
    total: usize,
    /// How many instances found them.
    instances: usize,
}

impl Decoding {
    /// What was found last, in the order of time.
    pub(crate) fn frames(&self) -> &[Frame] {
        self.frames.as_deref().unwrap_or_default()
    }

    /// Takes what the instance has found now.
    pub(crate) fn found(&mut self, frames: Vec<Frame>) {
        if self.frames.as_ref() == Some(&frames) {
            return;
        }
        self.instances += usize::from(self.frames.is_none());
        self.total += frames.len();
        self.frames = Some(frames);
    }

    /// What an instance begins with that replaces another one: its counts, and none of its frames.
    pub(crate) fn after(previous: &Self) -> Self {
        Self { frames: None, total: previous.total, instances: previous.instances }
    }
}

/// As `14 frames, 28 in 2 instances`.
impl fmt::Display for Decoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { total, instances, .. } = self;
        let s = |number| if number == 1 { "" } else { "s" };
        let now = self.frames().len();
        write!(f, "{now} frame{}, {total} in {instances} instance{}", s(now), s(*instances))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::FrameKind;

    fn frames(count: u64) -> Vec<Frame> {
        let frame = |at| Frame {
            start_ns: at,
            end_ns: at + 1,
            bus: "i2c",
            kind: FrameKind::Start,
            error: None,
        };
        (0..count).map(frame).collect()
    }

    #[test]
    fn counts_go_on_from_one_instance_to_the_next() {
        let mut first = Decoding::default();
        assert_eq!(first.to_string(), "0 frames, 0 in 0 instances");
        first.found(frames(1));
        assert_eq!(first.to_string(), "1 frame, 1 in 1 instance");
        first.found(frames(3));
        assert_eq!(first.to_string(), "3 frames, 4 in 1 instance");
        let mut second = Decoding::after(&first);
        assert_eq!(second.to_string(), "0 frames, 4 in 1 instance");
        second.found(frames(3));
        assert_eq!(second.to_string(), "3 frames, 7 in 2 instances");
    }

    #[test]
    fn what_an_instance_finds_again_is_not_counted_again() {
        let mut decoding = Decoding::default();
        decoding.found(frames(14));
        decoding.found(frames(14));
        assert_eq!(decoding.to_string(), "14 frames, 14 in 1 instance");
    }

    #[test]
    fn an_instance_that_found_nothing_is_one_that_has_decoded() {
        let mut decoding = Decoding::default();
        decoding.found(frames(0));
        let mut second = Decoding::after(&decoding);
        second.found(frames(2));
        assert_eq!(second.to_string(), "2 frames, 2 in 2 instances");
    }
}
