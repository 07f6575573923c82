//! A logic analyzer made of plugins: `capture`, `sampler`, three decoders, `stats` and `report`.
//!
//! This file holds the course of the program. The plugins are in `plugins/`, what the manager is
//! asked to do with them is in `suite.rs`; `uart.rs`, `spi.rs` and `i2c.rs` know protocols and no
//! plugins. `--help` says how it is used.

mod args;
mod capture;
mod capture_error;
mod config_file;
mod edges;
mod frame;
mod i2c;
mod plugins;
#[cfg(test)]
mod recorded;
mod settings;
mod show;
mod spi;
mod suite;
mod trouble;
mod uart;
mod vcd_reader;
#[cfg_attr(not(feature = "watch"), path = "no_watch.rs")]
mod watch;

use std::fs;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use args::{Args, Command, Job};
use config_file::{ConfigFile, ConfigFileError};
use plugstate::{Manager, Phase};
use trouble::{complain, explain_all};

/// Everything was tried, and something failed.
const FAILED: u8 = 1;
/// Nothing was tried.
const REFUSED: u8 = 2;

/// Why the program ends before it is through.
enum Stop {
    /// The command line or the configuration is wrong, in these ways.
    Refused(Vec<String>),
    /// The manager could not do what no capture and no configuration keeps it from doing.
    Manager(plugstate::Error),
    /// Nobody takes the output.
    Output(io::Error),
    /// The record cannot be written.
    Record(PathBuf, io::Error),
}

fn main() -> ExitCode {
    let mut out = BufWriter::new(io::stdout().lock());
    let stop = match run(&mut out).and_then(|code| Ok((code, out.flush()?))) {
        Ok((code, ())) => return code,
        Err(stop) => stop,
    };
    match stop {
        Stop::Refused(reasons) => {
            reasons.iter().for_each(complain);
            ExitCode::from(REFUSED)
        }
        Stop::Manager(error) => {
            complain(error);
            ExitCode::from(FAILED)
        }
        Stop::Record(file, error) => {
            complain(format_args!("{}: the record cannot be written: {error}", file.display()));
            ExitCode::from(FAILED)
        }
        // Whoever reads the output has seen enough of it, as `head` does.
        Stop::Output(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Stop::Output(error) => {
            complain(format_args!("the output cannot be written: {error}"));
            ExitCode::from(FAILED)
        }
    }
}

fn run(out: &mut impl Write) -> Result<ExitCode, Stop> {
    let command = args::parse(&mut lexopt::Parser::from_env());
    match command.map_err(|error| Stop::Refused(vec![format!("{error}; see --help")]))? {
        Command::Help => {
            out.write_all(args::HELP.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Run(Args { jobs, watch: Some(watch), events, .. }) => {
            watch::run(out, &jobs[0], watch.changes, events)
        }
        Command::Run(args) => decode_all(out, &args),
    }
}

/// Decodes one capture after the other with the same plugins, and reports on all of them.
fn decode_all(out: &mut impl Write, args: &Args) -> Result<ExitCode, Stop> {
    let configs = args.jobs.iter().map(read_config).collect::<Result<Vec<_>, _>>()?;
    // All are looked at before the first capture is: who waited for that should not learn then that
    // the last configuration has a slip in it.
    refuse_flaws(&configs)?;
    let manager = suite::build(&configs[0], args.events)?;
    if let Some(plugin) = &args.fail {
        manager.phase(plugin).map_err(|unknown| Stop::Refused(vec![unknown.to_string()]))?;
    }
    let mut code = ExitCode::SUCCESS;
    for config in &configs {
        if !decode(out, &manager, config)? {
            code = ExitCode::from(FAILED);
        }
        if let Some(plugin) = &args.fail {
            fail(out, &manager, plugin)?;
        }
    }
    show::report(out, &manager)?;
    let ended = manager.shutdown();
    if let Some(file) = &args.record {
        let written = fs::write(file, manager.record().to_string());
        written.map_err(|error| Stop::Record(file.clone(), error))?;
    }
    ended?;
    Ok(code)
}

/// Decodes one capture, and answers whether nothing failed.
fn decode(out: &mut impl Write, manager: &Manager, config: &ConfigFile) -> Result<bool, Stop> {
    let troubles = suite::start(manager, config)?;
    writeln!(out, "capture {}", config.capture())?;
    show::plugins(out, manager)?;
    show::frames(out, manager)?;
    writeln!(out)?;
    out.flush()?; // before the errors, which take another way to the same screen
    explain_all(&troubles, config).iter().for_each(complain);
    Ok(troubles.is_empty())
}

/// Reports a plugin as broken, as a host does that met with its failure, and tells what is left.
fn fail(out: &mut impl Write, manager: &Manager, plugin: &str) -> Result<(), Stop> {
    writeln!(out, "failing {plugin}")?;
    match manager.phase(plugin)? {
        Phase::Enabled => {
            let _ = manager.fault(plugin, "told to fail by --fail")?;
            show::degradation(out, manager, plugin)?;
            show::frames(out, manager)?;
        }
        phase => writeln!(out, "  it does not run on this capture: it is {phase}")?,
    }
    writeln!(out)?;
    Ok(())
}

/// Ends the program if there is a configuration that cannot be used at all.
fn refuse_flaws(configs: &[ConfigFile]) -> Result<(), Stop> {
    let mut flaws = Vec::new();
    for flaw in configs.iter().flat_map(suite::flaws) {
        // Several captures can have the same configuration.
        if !flaws.contains(&flaw) {
            flaws.push(flaw);
        }
    }
    if flaws.is_empty() { Ok(()) } else { Err(Stop::Refused(flaws)) }
}

fn read_config(job: &Job) -> Result<ConfigFile, ConfigFileError> {
    for_job(ConfigFile::read(&job.config)?, job)
}

/// A configuration for the capture of a job.
fn for_job(config: ConfigFile, job: &Job) -> Result<ConfigFile, ConfigFileError> {
    match &job.capture {
        None if !config.names_capture() => config.with_capture(Some(&args::bench())),
        capture => config.with_capture(capture.as_deref()),
    }
}

impl From<ConfigFileError> for Stop {
    fn from(error: ConfigFileError) -> Self {
        Stop::Refused(vec![error.to_string()])
    }
}

impl From<plugstate::Error> for Stop {
    fn from(error: plugstate::Error) -> Self {
        Stop::Manager(error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Output(error)
    }
}
