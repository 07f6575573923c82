//! Why a capture cannot be read, in words that name the file and, where there is one, the line.

use std::io;
use std::path::PathBuf;

/// Why a capture cannot be read, or a signal not be found in it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CaptureError {
    /// No file was named.
    #[error("file must name a capture, got an empty name")]
    NoFile,
    /// The file cannot be read at all.
    #[error("{}: cannot be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// There is nothing in the file.
    #[error("{}: is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is not text.
    #[error("{}:{line}: is not utf-8 text, so it is no vcd file", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// Where the first wrong byte is.
        line: u64,
    },
    /// The file ends in its header, or in the middle of something.
    #[error("{}:{line}: the file is truncated: it ends in {inside}", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The last line.
        line: u64,
        /// In what it ends.
        inside: String,
    },
    /// Something in the file is not VCD, or does not make sense there.
    #[error("{}:{line}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// The header does not say how long a unit of time is.
    #[error("{}:{line}: the header has no $timescale", path.display())]
    NoTimescale {
        /// The file.
        path: PathBuf,
        /// The last line of the header.
        line: u64,
    },
    /// The header declares no one-bit signal.
    #[error("{}:{line}: the header declares no one-bit signal", path.display())]
    NoSignals {
        /// The file.
        path: PathBuf,
        /// The last line of the header.
        line: u64,
    },
    /// There is no moment in the file.
    #[error("{}:{line}: there is no timestamp after the header", path.display())]
    NoTimestamps {
        /// The file.
        path: PathBuf,
        /// The last line.
        line: u64,
    },
    /// A moment comes before one that was written earlier.
    #[error("{}:{line}: time goes backwards, from #{before} to #{now}", path.display())]
    Backwards {
        /// The file.
        path: PathBuf,
        /// The line of the later timestamp.
        line: u64,
        /// The earlier timestamp, in the file's unit.
        before: u64,
        /// The later timestamp, in the file's unit.
        now: u64,
    },
    /// A value belongs to no declared signal.
    #[error("{}:{line}: a value for the id `{id}`, which the header does not declare", path.display())]
    UnknownId {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
        /// The id.
        id: String,
    },
    /// No signal has this name.
    #[error("{}: has no signal {wanted:?}, only {}", path.display(), names.join(", "))]
    NoSuchSignal {
        /// The file.
        path: PathBuf,
        /// The name that was asked for.
        wanted: String,
        /// The paths of all signals.
        names: Vec<String>,
    },
    /// Several signals have this name, in different scopes.
    #[error("{}: {wanted:?} can be any of {}: give the whole path", path.display(), names.join(", "))]
    Ambiguous {
        /// The file.
        path: PathBuf,
        /// The name that was asked for.
        wanted: String,
        /// The paths of the signals that it fits.
        names: Vec<String>,
    },
}
