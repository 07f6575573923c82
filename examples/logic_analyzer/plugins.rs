//! The plugins of the suite, each registered in its own file, and the capabilities that they share.

mod capture;
#[cfg(test)]
mod conforming;
mod decoding;
mod i2c;
mod report;
mod sampler;
mod spi;
mod stats;
mod uart;

pub(crate) use capture::Source;
pub(crate) use decoding::Decoding;
pub(crate) use report::Report;
pub(crate) use sampler::Sampler;
pub(crate) use stats::{Bus, Recording};
pub(crate) use uart::Uart;

use crate::frame::Frame;

/// The names of all plugins, for [`Builder::expect`](plugstate::Builder::expect). One that was left
/// out of the program leaves no trace in it, so somebody has to know that it should be there.
pub(crate) const NAMES: [&str; 7] = ["capture", "sampler", "uart", "spi", "i2c", "stats", "report"];

/// The plugin that reads the capture: everything but `stats` and `report` stands on it.
pub(crate) const CAPTURE: &str = "capture";

/// The plugin that counts.
pub(crate) const STATS: &str = "stats";

/// The plugin that puts the counts into words. It stands on the one that counts.
#[cfg(feature = "watch")]
pub(crate) const REPORT: &str = "report";

/// A plugin that finds frames on a bus. While it is enabled it has decoded one capture.
pub(crate) trait Decoder: Send + Sync {
    /// Which protocol it speaks, as in [`Frame::bus`].
    fn bus(&self) -> &'static str;

    /// What it has found, and what the instances did that it replaced.
    fn decoding(&self) -> &Decoding;

    /// All frames of the capture, in the order of time.
    fn frames(&self) -> &[Frame] {
        self.decoding().frames()
    }
}

/// A plugin that knows how much was said on each bus.
pub(crate) trait Statistics: Send + Sync {
    /// The captures that were decoded so far, in that order.
    fn recordings(&self) -> &[Recording];
}
