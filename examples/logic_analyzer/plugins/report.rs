//! The plugin `report`: puts the statistics into words, whoever has counted them.

use std::convert::Infallible;
use std::fmt::{self, Display, Formatter};

use plugstate::{Deps, Meta, Plugin, Provider};

use super::{Bus, Recording, Statistics};

/// Holds the report on all captures up to the last one that it was enabled for.
#[derive(Default)]
pub(crate) struct Report {
    text: String,
}

impl Plugin for Report {
    const META: Meta = Meta::new("report", "0.2.0").description("writes the report");
    // Not on `Stats`: any plugin that was registered `as dyn Statistics` will do.
    type Requires = (Provider<dyn Statistics>,);
    type Config = ();
    type Error = Infallible;

    fn load() -> Result<Self, Infallible> {
        Ok(Self::default())
    }

    fn enable(&mut self, (statistics,): Deps<'_, Self>) -> Result<(), Infallible> {
        self.text = match statistics.recordings() {
            [] => "  nothing was decoded\n".to_owned(),
            recordings => recordings.iter().map(Recording::to_string).collect(),
        };
        Ok(())
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Display for Recording {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (us, ns) = (self.span_ns / 1_000, self.span_ns % 1_000);
        writeln!(
            f,
            "  {}: {us}.{ns:03} us, {}, {} removed",
            self.path.display(),
            counted(self.lines, "line"),
            counted(self.glitches, "glitch"),
        )?;
        for Bus { name, frames, busy_ns, faults } in &self.buses {
            let percent = *busy_ns as f64 * 100.0 / self.span_ns.max(1) as f64;
            write!(f, "    {name:<4}  {frames:>5} frames  {percent:>5.1} % busy")?;
            for (fault, times) in faults {
                write!(f, "  ! {times} x {fault}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

fn counted(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}{}", if what.ends_with("ch") { "es" } else { "s" }),
    }
}

plugstate::register!(Report);
