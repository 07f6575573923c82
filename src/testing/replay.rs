//! Recorded lives: whether a run was lawful, as far as its events tell.

mod course;
mod format;
mod life;
mod look;

use std::fmt;
use std::io::{self, BufRead};

use self::course::Course;
use self::format::{Line, Lines};
use crate::manager::Snapshot;

/// Reads a [`Record`](crate::Record), and puts every event to the law and the invariants.
///
/// | invariant | what is checked |
/// | --- | --- |
/// | Journal | numbers without gaps; the time that a hook took; the phases at the end are those that the events lead to |
/// | Lawful | each change of phase is a row of the law; a hook is called only where its end would be legal |
/// | Pairing | each hook that returns was called, no two run on one instance, `restore` comes once and to a new instance |
/// | Residency | instances are numbered without gaps; there are two at the most, the second replaces the first or goes |
/// | Support | what is resident has what it requires resident, what is enabled has it enabled, at every moment |
/// | Order | plugins that depend on each other never run hooks at the same time; they go up after what they require, and down before it |
///
/// A capability that is bound anew changes who requires whom. What events do not tell is not checked:
/// where an operation begins and ends (so neither *Isolation* nor *Atomic*, nor the order of a plugin and
/// one that it merely wants, other than that their hooks do not overlap), what an event that changes no phase
/// has to do with the others (`IsOverdue`, and a failed `unload`), and what was under way before the first
/// event of a record that begins late. Events of plugins that do not depend on each other may come in any
/// order.
///
/// Memory is bounded by the first line, which may have 64 MiB; a line of an event may have 64 KiB.
///
/// # Errors
///
/// The line and the reason, where the record cannot be read; all violations, each with its line, where it can.
///
/// # Examples
///
/// ```
/// use plugstate::testing::{replay, World, plugin};
///
/// let manager = World::new().build([plugin("core"), plugin("uart").requires("core", "*")]);
/// manager.enable("uart")?;
/// manager.reload("core")?;
/// let log = manager.record().to_string();
/// let replayed = replay(log.as_bytes())?;
/// assert_eq!(replayed.snapshot(), &manager.snapshot());
///
/// let forged: Vec<&str> = log.lines().filter(|line| !line.contains("DidConfigure")).collect();
/// let error = replay(forged.join("\n").as_bytes()).unwrap_err();
/// assert_eq!(
///     error.to_string().lines().next().unwrap(),
///     "line 5: Journal: #4 core#1 will enable, where #3 is due",
/// );
/// # Ok::<(), plugstate::BoxError>(())
/// ```
pub fn replay(record: impl BufRead) -> Result<Replayed, ReplayError> {
    let mut lines = Lines::new(record);
    let opening = lines.opening()?;
    let first = opening.first;
    let mut course = Course::new(opening).map_err(|why| lines.malformed(why))?;
    let mut is_closed = false;
    let mut events = 0;
    while let Some(line) = lines.line()? {
        if is_closed {
            return Err(lines.malformed("there is something after the line that closes the record"));
        }
        let read = match line {
            Line::Event(event, kind) => {
                events += 1;
                course.take(lines.number, &event, kind)
            }
            Line::Closing(closing) => {
                is_closed = true;
                course.close(lines.number, &closing)
            }
        };
        read.map_err(|why| lines.malformed(why))?;
    }
    if course.violations.is_empty() {
        let snapshot = Snapshot { next_seq: course.next, plugins: course.standings() };
        Ok(Replayed { first, events, is_closed, snapshot })
    } else {
        Err(ReplayError::Unlawful { violations: course.violations, more: course.more })
    }
}

/// A record that was lawful as far as it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    first: u64,
    events: u64,
    is_closed: bool,
    snapshot: Snapshot,
}

impl Replayed {
    /// The number of its first event: events before it were not seen.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.first
    }

    /// How many events it has.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Whether it has a line that closes it. If not, it may have been cut off, or was written as it
    /// happened.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Where every plugin stood at its end.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }
}

/// What is wrong with a record.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The reader has failed.
    #[error("line {line} cannot be read: {error}")]
    Read {
        /// In this line, counted from 1.
        line: u64,
        /// So.
        #[source]
        error: io::Error,
    },
    /// This is no record.
    #[error("line {line}: {why}")]
    Malformed {
        /// In this line, counted from 1.
        line: u64,
        /// What was met, on one line.
        why: String,
    },
    /// It is a record, of a run that was not lawful.
    #[error("{}", Told(.violations, *.more))]
    Unlawful {
        /// What does not hold, in the order of the lines: the first hundred.
        violations: Vec<Violation>,
        /// How many there are beside those.
        more: u64,
    },
}

/// An invariant that a recorded life does not keep.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// In this line, counted from 1.
    pub line: u64,
    /// Its name.
    pub invariant: &'static str,
    /// What was met.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}: {}", self.line, self.invariant, self.what)
    }
}

struct Told<'a>(&'a [Violation], u64);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, violation) in self.0.iter().enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            write!(f, "{end}{violation}")?;
        }
        if self.1 > 0 {
            write!(f, "\nand {} more", self.1)?;
        }
        Ok(())
    }
}
