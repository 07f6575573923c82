//! The plugin `capture`: reads the VCD file that the others work on.

use std::path::PathBuf;

use plugstate::{Deps, Meta, Plugin};
use serde::Deserialize;

use crate::capture::{Capture, CaptureError};

/// Holds what the file says while it is enabled.
#[derive(Default)]
pub(crate) struct Source {
    file: PathBuf,
    capture: Capture,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table of settings")]
pub(crate) struct SourceConfig {
    /// The VCD file.
    file: PathBuf,
}

impl Source {
    /// What the file says; nothing while the plugin is not enabled.
    pub(crate) fn capture(&self) -> &Capture {
        &self.capture
    }
}

impl Plugin for Source {
    const META: Meta = Meta::new("capture", "1.0.0").description("reads a VCD file");
    type Requires = ();
    type Config = SourceConfig;
    type Error = CaptureError;

    fn load() -> Result<Self, CaptureError> {
        Ok(Self::default())
    }

    fn configure(&mut self, config: SourceConfig) -> Result<(), CaptureError> {
        if config.file.as_os_str().is_empty() {
            return Err(CaptureError::NoFile);
        }
        self.file = config.file;
        Ok(())
    }

    // The file is read here, and not in `configure`: whoever only configures a suite, to see whether
    // it fits together, should not have to wait for the disk.
    fn enable(&mut self, (): Deps<'_, Self>) -> Result<(), CaptureError> {
        self.capture = Capture::read(&self.file)?;
        Ok(())
    }

    fn disable(&mut self) -> Result<(), CaptureError> {
        self.capture = Capture::default();
        Ok(())
    }
}

plugstate::register!(Source);
