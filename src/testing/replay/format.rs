//! Reading a record: lines of bounded length, parsed and checked for what they must have.

use std::io::{BufRead, Read as _};

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};

use super::ReplayError;
use crate::event::EventKind;
use crate::phase::Phase;
use crate::stage::Stage;
use crate::text::short;

/// The longest first and last lines that are read: suites of some hundred thousand plugins.
pub(super) const LONGEST_SUITE: usize = 64 << 20;

/// The longest line of an event that is read.
pub(super) const LONGEST_EVENT: usize = 64 << 10;

/// The first line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Opening {
    #[serde(rename = "plugstate")]
    _format: u64,
    pub(super) first: u64,
    pub(super) plugins: Vec<Declared>,
}

/// A plugin, as the first line declares it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Declared {
    pub(super) name: String,
    #[serde(rename = "version")]
    pub(super) _version: String,
    #[serde(default)]
    pub(super) blocked: bool,
    #[serde(default = "discovered", deserialize_with = "phase")]
    pub(super) phase: Phase,
    #[serde(default)]
    pub(super) generation: u32,
    #[serde(default)]
    pub(super) beside: Option<Beside>,
    #[serde(default)]
    pub(super) requires: Vec<String>,
    #[serde(default)]
    pub(super) wants: Vec<String>,
    #[serde(default)]
    pub(super) needs: Vec<Needed>,
    #[serde(default)]
    pub(super) provides: Vec<String>,
}

/// A second instance.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Beside {
    #[serde(deserialize_with = "phase")]
    pub(super) phase: Phase,
    pub(super) generation: u32,
}

/// A capability that a plugin depends on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Needed {
    pub(super) capability: String,
    pub(super) from: String,
    #[serde(default)]
    pub(super) optional: bool,
}

/// An event.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventLine {
    pub(super) seq: u64,
    pub(super) at: u64,
    pub(super) plugin: String,
    pub(super) generation: u32,
    event: String,
    #[serde(default)]
    stage: Option<String>,
    #[serde(default)]
    pub(super) took: Option<u64>,
    #[serde(default)]
    pub(super) other: Option<String>,
    #[serde(default)]
    pub(super) capability: Option<String>,
}

/// The last line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Closing {
    pub(super) next: u64,
    pub(super) phases: std::collections::BTreeMap<String, Stands>,
}

/// Where a plugin stands.
#[derive(Deserialize)]
pub(super) struct Stands(#[serde(deserialize_with = "phase")] pub(super) Phase, pub(super) u32);

/// Any line but the first.
pub(super) enum Line {
    Event(EventLine, EventKind),
    Closing(Closing),
}

fn discovered() -> Phase {
    Phase::Discovered
}

fn phase<'de, D: Deserializer<'de>>(phase: D) -> Result<Phase, D::Error> {
    let name = String::deserialize(phase)?;
    let found = Phase::ALL.iter().find(|phase| phase.name() == name);
    found.copied().ok_or_else(|| serde::de::Error::custom(format!("no phase is called `{name}`")))
}

impl EventLine {
    fn kind(&self) -> Result<EventKind, String> {
        const PLAIN: [(&str, EventKind); 14] = [
            ("WillLoad", EventKind::WillLoad),
            ("DidLoad", EventKind::DidLoad),
            ("WillConfigure", EventKind::WillConfigure),
            ("DidConfigure", EventKind::DidConfigure),
            ("WillEnable", EventKind::WillEnable),
            ("DidEnable", EventKind::DidEnable),
            ("WillDisable", EventKind::WillDisable),
            ("DidDisable", EventKind::DidDisable),
            ("WillUnload", EventKind::WillUnload),
            ("DidUnload", EventKind::DidUnload),
            ("WillRestore", EventKind::WillRestore),
            ("DidRestore", EventKind::DidRestore),
            ("DidReplace", EventKind::DidReplace),
            ("DidRebind", EventKind::DidRebind),
        ];
        const STAGES: [Stage; 7] = [
            Stage::Load,
            Stage::Configure,
            Stage::Enable,
            Stage::Disable,
            Stage::Restore,
            Stage::Unload,
            Stage::Fault,
        ];
        let stage = || match &self.stage {
            None => Err(format!("`{}` without a stage", self.event)),
            Some(name) => {
                let found = STAGES.into_iter().find(|stage| stage.name() == name);
                found.ok_or_else(|| format!("no stage is called `{name}`"))
            }
        };
        match self.event.as_str() {
            "IsOverdue" => Ok(EventKind::IsOverdue(stage()?)),
            "DidFail" => Ok(EventKind::DidFail(stage()?)),
            name => match PLAIN.iter().find(|(plain, _)| *plain == name) {
                None => Err(format!("no event is called `{name}`")),
                Some(_) if self.stage.is_some() => Err(format!("`{name}` with a stage")),
                Some(&(_, EventKind::DidRebind)) if self.other.is_none() => {
                    Err("`DidRebind` without the other plugin".to_owned())
                }
                Some(&(_, EventKind::DidRebind)) if self.capability.is_none() => {
                    Err("`DidRebind` without the capability".to_owned())
                }
                Some(&(_, kind)) => Ok(kind),
            },
        }
    }
}

/// A record, line by line, in memory of a fixed size beside the line itself.
pub(super) struct Lines<R> {
    reader: R,
    /// The number of the line that was read last, counted from 1.
    pub(super) number: u64,
    buffer: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Lines { reader, number: 0, buffer: Vec::new() }
    }

    pub(super) fn malformed(&self, why: impl Into<String>) -> ReplayError {
        ReplayError::Malformed { line: self.number, why: short(&why.into()) }
    }

    /// The next line, if there is one, without its end. An event has no long line.
    fn next(&mut self) -> Result<Option<&[u8]>, ReplayError> {
        self.buffer.clear();
        self.number += 1;
        let read = self.more(LONGEST_EVENT)?;
        let may_be_long = self.number == 1 || self.buffer.starts_with(br#"{"next""#);
        let mut longest = LONGEST_EVENT;
        if may_be_long && !self.buffer.ends_with(b"\n") {
            self.more(LONGEST_SUITE)?;
            longest = LONGEST_SUITE;
        }
        if self.buffer.ends_with(b"\n") {
            self.buffer.pop();
        } else if self.buffer.len() > longest {
            return Err(self.malformed(format!("it is longer than {longest} bytes")));
        }
        Ok((read > 0).then_some(&self.buffer))
    }

    /// Reads on until the line has one byte more than `most`, unless it ends before.
    fn more(&mut self, most: usize) -> Result<usize, ReplayError> {
        let line = self.number;
        let mut limited = (&mut self.reader).take((most + 1 - self.buffer.len()) as u64);
        let read = limited.read_until(b'\n', &mut self.buffer);
        read.map_err(|error| ReplayError::Read { line, error })
    }

    pub(super) fn opening(&mut self) -> Result<Opening, ReplayError> {
        #[derive(Deserialize)]
        struct Version {
            #[serde(default)]
            plugstate: Option<u64>,
        }

        let Some(line) = self.next()? else {
            return Err(self.malformed("there is nothing; a record begins with its suite"));
        };
        let read = json(line).and_then(|Version { plugstate }| match plugstate {
            Some(1) => json(line),
            Some(other) => Err(format!("it is of format {other}, and this reads format 1")),
            None => Err("a record begins with a line that has `plugstate`, the version of its \
                         format"
                .to_owned()),
        });
        read.map_err(|why| self.malformed(why))
    }

    pub(super) fn line(&mut self) -> Result<Option<Line>, ReplayError> {
        #[derive(Deserialize)]
        struct Kind {
            #[serde(default)]
            next: Option<IgnoredAny>,
        }

        let Some(line) = self.next()? else { return Ok(None) };
        let read = json(line).and_then(|Kind { next }| match next {
            Some(_) => json(line).map(Line::Closing),
            None => {
                let event: EventLine = json(line)?;
                let kind = event.kind()?;
                Ok(Line::Event(event, kind))
            }
        });
        read.map(Some).map_err(|why| self.malformed(why))
    }
}

fn json<T: DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    if line.is_empty() {
        return Err("the line is empty".to_owned());
    }
    serde_json::from_slice(line).map_err(|error| {
        let text = error.to_string();
        // The place in the line is told by the column alone.
        let what = text.rsplit_once(" at line ").map_or(&*text, |(what, _)| what);
        format!("column {}: {what}", error.column())
    })
}
