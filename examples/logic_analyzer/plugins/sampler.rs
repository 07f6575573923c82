//! The plugin `sampler`: frees the lines of a capture from noise, and hands them out by name.

use std::convert::Infallible;

use plugstate::{Deps, Meta, Plugin};
use serde::Deserialize;

use super::Source;
use crate::capture::{Capture, CaptureError};
use crate::edges::Trace;

/// Holds the clean lines while it is enabled.
#[derive(Default)]
pub(crate) struct Sampler {
    config: SamplerConfig,
    clean: Capture,
    glitches: usize,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table of settings")]
pub(crate) struct SamplerConfig {
    /// Pulses shorter than this, in nanoseconds, are noise.
    deglitch_ns: u64,
}

impl Default for SamplerConfig {
    fn default() -> Self {
        Self { deglitch_ns: 100 }
    }
}

/// A line that a decoder asks for and that the capture does not have.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {problem}")]
pub(crate) struct LineError {
    /// The setting of the decoder that names the line.
    key: &'static str,
    problem: CaptureError,
}

impl Sampler {
    /// The line that a decoder's setting `key` names.
    ///
    /// # Errors
    ///
    /// There is none, or there are several.
    pub(crate) fn line(&self, key: &'static str, name: &str) -> Result<&Trace, LineError> {
        self.clean.trace(name).map_err(|problem| LineError { key, problem })
    }

    /// The capture without its noise.
    pub(crate) fn clean(&self) -> &Capture {
        &self.clean
    }

    /// How many pulses were taken out, on all lines together.
    pub(crate) fn glitches(&self) -> usize {
        self.glitches
    }
}

impl Plugin for Sampler {
    const META: Meta = Meta::new("sampler", "1.2.0").description("removes glitches");
    type Requires = (Source,);
    type Config = SamplerConfig;
    type Error = Infallible;

    fn load() -> Result<Self, Infallible> {
        Ok(Self::default())
    }

    fn configure(&mut self, config: SamplerConfig) -> Result<(), Infallible> {
        self.config = config;
        Ok(())
    }

    fn enable(&mut self, (source,): Deps<'_, Self>) -> Result<(), Infallible> {
        self.clean = source.capture().deglitch(self.config.deglitch_ns);
        let edges = source.capture().edge_count() - self.clean.edge_count();
        self.glitches = edges / 2; // a pulse goes with both its edges
        Ok(())
    }

    fn disable(&mut self) -> Result<(), Infallible> {
        self.clean = Capture::default();
        Ok(())
    }
}

plugstate::register!(Sampler);
