//! What is printed: the plugins with their phases and times, the frames, the report.

use std::io::{self, Write};
use std::time::Duration;

use plugstate::explain::Shown;
use plugstate::{Info, Manager, Phase, Times};

use crate::Stop;
use crate::plugins::{Decoder, Report, Uart};

/// Prints the plugins in canonical order, with the phase they are in and how long their hooks ran.
pub(crate) fn plugins(out: &mut impl Write, manager: &Manager) -> Result<(), Stop> {
    writeln!(out, "plugins, in the order in which they start")?;
    writeln!(
        out,
        "  {:<8} {:<8} {:<10} {:>11} {:>11} {:>11}  stands on (or wants)",
        "plugin", "version", "phase", "load", "configure", "enable"
    )?;
    for plugin in manager.resolution().order() {
        let info = manager.info(plugin.as_str())?;
        // The times of one that was left out say nothing about this capture.
        let times = match info.phase {
            Phase::Enabled | Phase::Failed => info.times,
            _ => Times::default(),
        };
        writeln!(
            out,
            "  {:<8} {:<8} {:<10} {:>11} {:>11} {:>11}  {}",
            info.id,
            info.version,
            info.phase,
            micros(times.load),
            micros(times.configure),
            micros(times.enable),
            stands_on(&info),
        )?;
    }
    Ok(())
}

/// Prints the frames of all decoders, in the order of time.
pub(crate) fn frames(out: &mut impl Write, manager: &Manager) -> io::Result<()> {
    let mut frames: Vec<_> = manager
        .services::<dyn Decoder>()
        .flat_map(|(_, decoder)| decoder.frames().to_vec())
        .collect();
    frames.sort_by_key(|frame| frame.start_ns);
    writeln!(out, "frames")?;
    frames.iter().try_for_each(|frame| writeln!(out, "{frame}"))?;
    text(out, manager)
}

/// Prints what only one decoder can tell, which is asked of its own type.
pub(crate) fn text(out: &mut impl Write, manager: &Manager) -> io::Result<()> {
    match manager.get::<Uart>() {
        Ok(uart) => writeln!(out, "text on the uart: {:?}", uart.text()),
        Err(_) => Ok(()), // it does not run
    }
}

/// Prints what became of a plugin that broke, and of the others.
pub(crate) fn degradation(
    out: &mut impl Write,
    manager: &Manager,
    plugin: &str,
) -> Result<(), Stop> {
    writeln!(out, "  {}", manager.degradation(plugin)?)?;
    let health = manager.health();
    for other in health.degraded.iter().filter(|other| other.plugin.as_str() != plugin) {
        writeln!(out, "  {other}")?;
    }
    let works: Vec<_> = health.works.iter().map(ToString::to_string).collect();
    writeln!(out, "  still at work: {}", works.join(", "))?;
    Ok(())
}

/// Prints the report on all captures.
pub(crate) fn report(out: &mut impl Write, manager: &Manager) -> io::Result<()> {
    writeln!(out, "report")?;
    match manager.get::<Report>() {
        Ok(report) => write!(out, "{report}"),
        Err(error) => writeln!(out, "  {error}"),
    }
}

fn micros(time: Option<Duration>) -> String {
    time.map_or_else(|| "-".to_owned(), |time| format!("{:.1} us", time.as_secs_f64() * 1e6))
}

/// The plugins that one depends on, with the versions that it asks for; in brackets those that it
/// only wants. A dependency by type and one by name on the same plugin are one.
fn stands_on(info: &Info<'_>) -> String {
    let mut names: Vec<(&str, &str, bool)> = Vec::new();
    for binding in &info.dependencies {
        let Ok(plugin) = binding.bound else { continue };
        let requirement = &*binding.declared.requirement;
        match names.iter_mut().find(|(name, ..)| plugin == name) {
            Some(known) if requirement != "*" => known.1 = requirement,
            Some(_) => {}
            None => names.push((plugin.as_str(), requirement, binding.declared.optional)),
        }
    }
    let word = |(name, requirement, optional): (&str, &str, bool)| match (requirement, optional) {
        ("*", false) => name.to_owned(),
        ("*", true) => format!("({name})"),
        (requirement, false) => format!("{name} {}", Shown(requirement)),
        (requirement, true) => format!("({name} {})", Shown(requirement)),
    };
    if names.is_empty() {
        return "-".to_owned();
    }
    names.into_iter().map(word).collect::<Vec<_>>().join(", ")
}
