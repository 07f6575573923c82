//! The plugin `stats`: counts what the decoders found, over all captures of a run.

use std::convert::Infallible;
use std::path::PathBuf;

use plugstate::{Deps, Meta, Optional, Plugin};

use super::i2c::I2c;
use super::spi::Spi;
use super::{Decoder, Sampler, Statistics, Uart};
use crate::frame::FrameError;

/// Remembers every capture that it was enabled for. An instance keeps that while it is disabled,
/// which is how the counts of one capture outlive the decoders that had them.
#[derive(Default)]
pub(crate) struct Stats {
    recordings: Vec<Recording>,
}

/// What was counted in one capture.
pub(crate) struct Recording {
    pub(crate) path: PathBuf,
    /// From its first moment to its last.
    pub(crate) span_ns: u64,
    pub(crate) lines: usize,
    pub(crate) glitches: usize,
    /// The buses that were decoded, by name.
    pub(crate) buses: Vec<Bus>,
}

/// What was counted on one bus.
pub(crate) struct Bus {
    pub(crate) name: &'static str,
    pub(crate) frames: usize,
    /// How long somebody was talking.
    pub(crate) busy_ns: u64,
    /// Each kind of fault with its number, in the order of their first occurrence.
    pub(crate) faults: Vec<(FrameError, usize)>,
}

impl Bus {
    fn count(decoder: &dyn Decoder) -> Self {
        let mut faults: Vec<(FrameError, usize)> = Vec::new();
        for error in decoder.frames().iter().filter_map(|frame| frame.error) {
            match faults.iter_mut().find(|(known, _)| *known == error) {
                Some((_, times)) => *times += 1,
                None => faults.push((error, 1)),
            }
        }
        Self {
            name: decoder.bus(),
            frames: decoder.frames().len(),
            busy_ns: decoder.frames().iter().map(|frame| frame.end_ns - frame.start_ns).sum(),
            faults,
        }
    }
}

impl Plugin for Stats {
    const META: Meta = Meta::new("stats", "0.3.0").description("counts frames and faults");
    // All of them are wanted and none is required: what failed, or was not asked for, is not
    // counted, and does not keep the rest from being counted.
    type Requires = (Optional<Sampler>, Optional<I2c>, Optional<Spi>, Optional<Uart>);
    type Config = ();
    type Error = Infallible;

    fn load() -> Result<Self, Infallible> {
        Ok(Self::default())
    }

    fn enable(&mut self, (sampler, i2c, spi, uart): Deps<'_, Self>) -> Result<(), Infallible> {
        let Some(sampler) = sampler else { return Ok(()) };
        let decoders: [Option<&dyn Decoder>; 3] =
            [i2c.map(|i2c| i2c as _), spi.map(|spi| spi as _), uart.map(|uart| uart as _)];
        self.recordings.push(Recording {
            path: sampler.clean().path().to_owned(),
            span_ns: sampler.clean().span_ns(),
            lines: sampler.clean().signal_count(),
            glitches: sampler.glitches(),
            buses: decoders.into_iter().flatten().map(Bus::count).collect(),
        });
        Ok(())
    }
}

impl Statistics for Stats {
    fn recordings(&self) -> &[Recording] {
        &self.recordings
    }
}

plugstate::register!(Stats as dyn Statistics);
