//! The watch: what changes in the configuration is taken over while the program runs.

use std::io::Write;
use std::num::NonZeroU32;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use plugstate::explain::FileFlaw;
use plugstate::{
    ChangeReport, Error, FileChange, FileState, Manager, Outcome, Phase, Report, Watcher,
};

use crate::args::Job;
use crate::config_file::{ConfigFile, ConfigFileError};
use crate::plugins::{Decoder, REPORT, STATS};
use crate::trouble::{complain, explain};
use crate::{FAILED, Stop, decode, for_job, read_config, refuse_flaws, show, suite};

/// For how long the file must be left alone: most editors write it in one go.
const DEBOUNCE: Duration = Duration::from_millis(100);

/// The configuration that was read last. The manager reads it when it has changed, and keeps the
/// tables; the lines that they stand in are kept here.
struct Latest {
    config: ConfigFile,
    /// How often the file was read, be it in vain.
    reads: usize,
}

/// Decodes a capture, then again and again what changes in its configuration concerns.
pub(crate) fn run(
    out: &mut impl Write,
    job: &Job,
    changes: Option<NonZeroU32>,
    events: bool,
) -> Result<ExitCode, Stop> {
    let config = read_config(job)?;
    refuse_flaws(std::slice::from_ref(&config))?;
    let latest = Arc::new(Mutex::new(Latest { config: config.clone(), reads: 0 }));
    let manager = build(job, &latest, events)?;
    let mut good = decode(out, &manager, &config)?;
    let mut watcher = Watcher::new(&manager, DEBOUNCE)?;
    writeln!(out, "watching {}\n", config.path().display())?;
    out.flush()?;
    let (mut told, mut last) = (0, (0, Vec::new()));
    while changes.is_none_or(|changes| told < changes.get()) {
        let Some(report) = watcher.wait(Duration::MAX)? else { continue };
        let (config, reads) = {
            let latest = latest.lock().unwrap_or_else(PoisonError::into_inner);
            (latest.config.clone(), latest.reads)
        };
        let now = (reads, complaints(&report, &config));
        // What is wrong is told at every touch of the file. Here once is enough.
        if report.reloads.is_empty() && now == last {
            continue;
        }
        told += 1;
        writeln!(out, "change {told}")?;
        let failures = take_over(out, &manager, &config, &report)?;
        failures.iter().chain(&now.1).for_each(complain);
        good = now.1.is_empty() && manager.health().is_good();
        last = now;
    }
    show::report(out, &manager)?;
    manager.shutdown()?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// The suite with a configuration that comes from its file each time that this changes.
fn build(job: &Job, latest: &Arc<Mutex<Latest>>, events: bool) -> Result<Manager, Error> {
    let (latest, path) = (Arc::clone(latest), job.config.clone());
    let job = job.clone();
    let parse = move |text: &str| {
        let mut latest = latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.reads += 1;
        latest.config = for_job(ConfigFile::parse(job.config.clone(), text.into())?, &job)?;
        Ok::<_, ConfigFileError>(latest.config.tables().clone())
    };
    suite::builder(events).config_file(path, parse).build()
}

/// Sees to what a change leaves to do, and tells what has moved, and what is counted now. Answers what
/// has failed on the way, in words.
fn take_over(
    out: &mut impl Write,
    manager: &Manager,
    config: &ConfigFile,
    change: &ChangeReport,
) -> Result<Vec<String>, Stop> {
    let mut reports: Vec<_> =
        (change.reloads.iter()).filter_map(|(_, result)| result.as_ref().ok()).cloned().collect();
    reports.extend(settle(manager, config)?);
    let outcomes = || reports.iter().flat_map(Report::iter);
    let moved: Vec<_> = outcomes().filter(|(_, outcome)| has_moved(outcome)).collect();
    let failures = outcomes().filter_map(|(_, outcome)| match outcome {
        Outcome::Failed(failure) => Some(Error::Hook(Arc::clone(failure))),
        _ => None,
    });
    let failures: Vec<_> = failures.flat_map(|failure| explain(&failure, config)).collect();
    if moved.is_empty() {
        writeln!(out, "  nothing was replaced")?;
    }
    if !moved.is_empty() || !failures.is_empty() {
        // It is nobody's dependent by need, so that no reload makes it count again.
        let _ = manager.disable_cascade(STATS)?;
        let _ = manager.enable_each([REPORT])?;
    }
    for (plugin, outcome) in moved {
        writeln!(out, "  {plugin}: {outcome}")?;
    }
    writeln!(out, "statistics")?;
    for (plugin, decoder) in manager.services::<dyn Decoder>() {
        writeln!(out, "  {plugin}: {}", decoder.decoding())?;
    }
    show::text(out, manager)?;
    writeln!(out)?;
    out.flush()?; // before the errors, which take another way to the same screen
    Ok(failures)
}

/// A decoder runs if it has a table: stops those that have lost theirs, and starts those that have got
/// one. What has failed waits for a change that concerns it.
fn settle(manager: &Manager, config: &ConfigFile) -> Result<Vec<Report>, Error> {
    let mut reports = Vec::new();
    let mut missing = Vec::new();
    for plugin in manager.resolution().order() {
        match (suite::wanted(manager, config, plugin), manager.phase(plugin.as_str())?) {
            (false, Phase::Enabled) => reports.push(manager.disable(plugin.as_str())?),
            (false, _) | (true, Phase::Enabled | Phase::Failed) => {}
            (true, _) => missing.push(plugin),
        }
    }
    if !missing.is_empty() {
        reports.push(manager.enable_each(missing)?);
    }
    Ok(reports)
}

/// Whether there is something to tell: that a plugin stays where it was, or waits for another one, is
/// no news.
fn has_moved(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Moved { .. } | Outcome::Replaced { .. } | Outcome::Restarted)
}

/// What of a change was not taken over, with its place in the file.
fn complaints(change: &ChangeReport, config: &ConfigFile) -> Vec<String> {
    let mut lines = Vec::new();
    for FileChange { state, .. } in &change.left.files {
        let path = config.path().display();
        match state {
            // That names the file itself.
            FileState::Flawed(FileFlaw::Unparsable { why })
                if why.starts_with(&*path.to_string()) =>
            {
                lines.push(format!("{why}; what it said before stays in force"));
            }
            FileState::Flawed(flaw) => {
                lines.push(format!("{path}: {flaw}; what it said before stays in force"));
            }
            _ => {} // its plugins are told below
        }
    }
    if !lines.is_empty() {
        // What was refused was refused of a text that is no longer there.
        return lines;
    }
    for refused in &change.left.refused {
        lines.extend(explain(&refused.why, config));
    }
    for (plugin, result) in &change.reloads {
        let is_refused = change.left.refused.iter().any(|refused| refused.plugin == *plugin);
        if let (Err(why), false) = (result, is_refused) {
            lines.extend(explain(why, config));
        }
    }
    for table in &change.left.unowned {
        let nearest = table.nearest.as_ref().map(|name| format!(" (did you mean `{name}`?)"));
        lines.push(format!(
            "{}: no plugin is called `{}`, so its table is left alone{}",
            config.place(&table.name, ""),
            table.name,
            nearest.unwrap_or_default(),
        ));
    }
    lines
}
