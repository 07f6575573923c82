//! The command line: which captures are decoded, and with which configuration.

use std::env;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Decodes UART, SPI and I2C from captures of a logic analyzer.

Usage: logic_analyzer [FILE.vcd ...] [--config FILE.toml] [--events] [--fail PLUGIN]
                      [--record FILE.jsonl]
       logic_analyzer --watch [FILE.vcd] [--config FILE.toml] [--events] [--changes N]

  FILE.vcd             captures to decode; without any and without --config, those of the
                       repository are decoded, each with the configuration beside it
  --config FILE.toml   how to decode them, a table for each plugin; a decoder runs if it has a
                       table. Without it the repository's analyzer.toml counts. Without a
                       capture, the `file` of its [capture] table is decoded, or the
                       repository's bench.vcd
  --fail PLUGIN        when a capture is decoded, report this plugin as broken, and tell what
                       still works without it
  --record FILE.jsonl  when all is done, write down what became of the plugins, as JSON Lines: see
                       plugstate::Record
  --watch              when the capture is decoded, stay, and replace each plugin whose table in
                       the configuration changes; without any file the repository's bench.vcd and
                       analyzer.toml are taken. Needs the feature `watch`
  --changes N          end the watch when N changes were told, be they taken over or refused
  --events             tell each step of the plugins' lives, on the standard error
  -h, --help           print this

Exit code: 0 if everything was decoded, 1 if a capture or a plugin failed, 2 if nothing was tried
because the command line or the configuration is wrong. Faults on a bus are no failure, and neither is
what --fail asked for. At the end of a watch the last change counts.
";

/// What the program is asked to do.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    Run(Args),
}

/// What there is to decode.
#[derive(Debug)]
pub(crate) struct Args {
    pub(crate) jobs: Vec<Job>,
    pub(crate) events: bool,
    /// The plugin that is to break.
    pub(crate) fail: Option<String>,
    /// Where to write down what became of the plugins.
    pub(crate) record: Option<PathBuf>,
    /// There is one job then.
    pub(crate) watch: Option<Watch>,
}

/// How a configuration is watched.
#[derive(Debug)]
pub(crate) struct Watch {
    /// After how many changes that is enough.
    pub(crate) changes: Option<NonZeroU32>,
}

/// One capture and the file that says how it is decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) capture: Option<PathBuf>,
    pub(crate) config: PathBuf,
}

/// Reads the command line; the first argument is no longer the program's name.
pub(crate) fn parse(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    use lexopt::prelude::*;

    let (mut captures, mut config, mut events) = (Vec::new(), None, false);
    let (mut fail, mut record, mut watch, mut changes) = (None, None, false, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("events") => events = true,
            Long("config") if config.is_some() => {
                return Err("option '--config' can be given only once".into());
            }
            Long("config") => config = Some(PathBuf::from(parser.value()?)),
            Long("fail") if fail.is_some() => {
                return Err("option '--fail' can be given only once".into());
            }
            Long("fail") => fail = Some(parser.value()?.string()?),
            Long("record") if record.is_some() => {
                return Err("option '--record' can be given only once".into());
            }
            Long("record") => record = Some(PathBuf::from(parser.value()?)),
            Long("watch") => watch = true,
            Long("changes") => changes = Some(parser.value()?.parse()?),
            Value(file) => captures.push(PathBuf::from(file)),
            other => return Err(other.unexpected()),
        }
    }
    if !watch {
        return match changes {
            Some(_) => Err("option '--changes' needs '--watch'".into()),
            None => {
                let jobs = jobs(captures, config);
                Ok(Command::Run(Args { jobs, events, fail, record, watch: None }))
            }
        };
    }
    if fail.is_some() {
        return Err("options '--watch' and '--fail' do not go together".into());
    }
    if record.is_some() {
        return Err("options '--watch' and '--record' do not go together".into());
    }
    if captures.len() > 1 {
        return Err("option '--watch' takes one capture".into());
    }
    let mut jobs = jobs(captures, config);
    jobs.truncate(1); // the first one of the repository
    Ok(Command::Run(Args { jobs, events, fail, record, watch: Some(Watch { changes }) }))
}

fn jobs(captures: Vec<PathBuf>, config: Option<PathBuf>) -> Vec<Job> {
    match (captures.is_empty(), config) {
        (true, None) => built_in(),
        (true, Some(config)) => vec![Job { capture: None, config }],
        (false, config) => {
            let config = config.unwrap_or_else(|| ours("analyzer.toml"));
            let job = |capture| Job { capture: Some(capture), config: config.clone() };
            captures.into_iter().map(job).collect()
        }
    }
}

/// The captures of the repository.
fn built_in() -> Vec<Job> {
    [
        ("captures/bench.vcd", "analyzer.toml"),
        ("captures/noisy_uart.vcd", "captures/noisy_uart.toml"),
        ("captures/sensor.vcd", "captures/sensor.toml"),
    ]
    .map(|(capture, config)| Job { capture: Some(ours(capture)), config: ours(config) })
    .into()
}

/// The capture for a configuration that names none: the one with all three buses.
pub(crate) fn bench() -> PathBuf {
    ours("captures/bench.vcd")
}

/// A file that lies beside this one; as seen from the working directory if it lies below that.
fn ours(file: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/logic_analyzer").join(file);
    match env::current_dir().ok().and_then(|here| Some(path.strip_prefix(here).ok()?.to_owned())) {
        Some(relative) => relative,
        None => path,
    }
}
