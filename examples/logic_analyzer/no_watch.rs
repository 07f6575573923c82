//! Stands in for `watch.rs` where the program was built without the feature for it.

use std::io::Write;
use std::num::NonZeroU32;
use std::process::ExitCode;

use crate::Stop;
use crate::args::Job;

/// Says how to get a program that can do it.
pub(crate) fn run(
    _: &mut impl Write,
    _: &Job,
    _: Option<NonZeroU32>,
    _events: bool,
) -> Result<ExitCode, Stop> {
    let why = "--watch needs the feature `watch`, and this program was built without it: cargo run \
               --release --features watch --example logic_analyzer -- --watch [FILE.vcd] [--config \
               FILE.toml]";
    Err(Stop::Refused(vec![why.to_owned()]))
}
