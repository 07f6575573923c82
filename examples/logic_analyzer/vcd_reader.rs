//! Turns the commands of a VCD file into signals: names, and a trace for each.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use vcd::{Command, IdCode, ParseError, Parser, Value, VarType};

use super::capture_error::CaptureError;
use super::edges::Trace;

/// How long the path of a scope may be. A file that nests scopes without end would otherwise make
/// the names of its signals grow with the square of its size.
const MAX_SCOPE_PATH: usize = 1_024;

const NS_PER_S: u128 = 1_000_000_000;

/// The one-bit signals of a file.
pub(crate) struct Contents {
    /// Each signal's path and the index of its trace. Several paths can share a trace: a simulator
    /// writes a wire that runs through several modules once.
    pub(crate) names: Vec<(String, usize)>,
    /// What the signals did.
    pub(crate) traces: Vec<Trace>,
}

/// Reads the text of a VCD file; the path is for the errors only.
pub(crate) fn read(path: &Path, text: &[u8]) -> Result<Contents, CaptureError> {
    let mut reader = Reader { path, text, parser: Parser::new(text) };
    let header = reader.header()?;
    let traces = reader.body(&header)?;
    Ok(Contents { names: header.names, traces })
}

/// What the header says.
#[derive(Default)]
struct Header {
    /// The seconds that one unit of time lasts: so many, divided by so many.
    unit: (u128, u128),
    names: Vec<(String, usize)>,
    /// Each declared id, with the index of its trace if it is a one-bit signal.
    ids: HashMap<IdCode, Option<usize>>,
    /// How many traces there are.
    traces: usize,
}

/// A parser that knows which file it reads.
///
/// It takes commands one by one instead of calling the parser's `parse_header`, which recurses for
/// each nested scope and so would let a hostile file overflow the stack.
struct Reader<'f> {
    path: &'f Path,
    text: &'f [u8],
    parser: Parser<&'f [u8]>,
}

impl Reader<'_> {
    fn header(&mut self) -> Result<Header, CaptureError> {
        let mut header = Header::default();
        let mut unit = None;
        let mut scope = String::new();
        let mut outer = Vec::new();
        loop {
            match self.next()?.ok_or_else(|| self.truncated("the header"))? {
                Command::Enddefinitions => break,
                Command::Timescale(0, _) => return Err(self.malformed("the $timescale is 0")),
                Command::Timescale(count, of) => {
                    unit = Some((u128::from(count), u128::from(of.divisor())))
                }
                Command::ScopeDef(_, name) => {
                    outer.push(scope.len());
                    scope = scope + &name + ".";
                    if scope.len() > MAX_SCOPE_PATH {
                        let reason =
                            format!("the path of this scope is longer than {MAX_SCOPE_PATH} bytes");
                        return Err(self.malformed(&reason));
                    }
                }
                Command::Upscope => match outer.pop() {
                    Some(length) => scope.truncate(length),
                    None => return Err(self.malformed("$upscope without a $scope")),
                },
                Command::VarDef(var_type, size, id, name, index) => {
                    let known = header.ids.entry(id).or_default();
                    let other =
                        matches!(var_type, VarType::Real | VarType::String | VarType::Event);
                    if size == 1 && !other {
                        let trace = *known.get_or_insert(header.traces);
                        header.traces = header.traces.max(trace + 1);
                        let index = index.map(|index| index.to_string()).unwrap_or_default();
                        header.names.push((format!("{scope}{name}{index}"), trace));
                    }
                }
                Command::Comment(_) | Command::Date(_) | Command::Version(_) => {}
                _ => return Err(self.malformed("a value or a time in the header")),
            }
        }
        let (path, line) = (self.path.to_owned(), self.parser.line());
        if header.names.is_empty() {
            return Err(CaptureError::NoSignals { path, line });
        }
        header.unit = unit.ok_or(CaptureError::NoTimescale { path, line })?;
        Ok(header)
    }

    fn body(&mut self, header: &Header) -> Result<Vec<Trace>, CaptureError> {
        let mut levels = vec![Vec::new(); header.traces];
        let mut initial = vec![true; header.traces];
        let mut start_ns = None;
        let mut end_ns = 0;
        let mut last = 0;
        let mut dump = None;
        while let Some(command) = self.next()? {
            let (id, value) = match command {
                Command::Timestamp(now) => {
                    if now < last {
                        let (path, line) = (self.path.to_owned(), self.parser.line());
                        return Err(CaptureError::Backwards { path, line, before: last, now });
                    }
                    last = now;
                    end_ns = self.nanoseconds(now, header.unit)?;
                    start_ns.get_or_insert(end_ns);
                    continue;
                }
                Command::ChangeScalar(id, value) => (id, Some(value)),
                // Some writers use this form for one bit too, with zeros in front.
                Command::ChangeVector(id, bits) => (id, bits.iter().last()),
                Command::ChangeReal(id, _) | Command::ChangeString(id, _) => (id, None),
                Command::Begin(of) => {
                    dump = Some(of);
                    continue;
                }
                Command::End(_) => {
                    dump = None;
                    continue;
                }
                Command::Comment(_) => continue,
                _ => return Err(self.malformed("a declaration after the header")),
            };
            let Some(&trace) = header.ids.get(&id) else {
                let (path, line) = (self.path.to_owned(), self.parser.line());
                return Err(CaptureError::UnknownId { path, line, id: id.to_string() });
            };
            let Some(trace) = trace else { continue };
            let Some(value) = value else {
                let name = header.names.iter().find(|(_, of)| *of == trace);
                let name = name.map(|(name, _)| name.as_str()).unwrap_or_default();
                let reason =
                    format!("a value that is not of one bit for the one-bit signal {name}");
                return Err(self.malformed(&reason));
            };
            let level = value != Value::V0;
            // What is written at the first moment, or before it, is where the signals begin, not a
            // change.
            if start_ns.is_none_or(|start_ns| start_ns == end_ns) {
                initial[trace] = level;
            } else {
                levels[trace].push((end_ns, level));
            }
        }
        if let Some(of) = dump {
            return Err(self.truncated(&format!("${of}, before its $end")));
        }
        let Some(start_ns) = start_ns else {
            return Err(CaptureError::NoTimestamps {
                path: self.path.to_owned(),
                line: self.last_line(),
            });
        };
        let each = initial.into_iter().zip(levels);
        Ok(each.map(|(initial, levels)| Trace::new(start_ns, end_ns, initial, levels)).collect())
    }

    fn nanoseconds(&self, time: u64, (count, divisor): (u128, u128)) -> Result<u64, CaptureError> {
        // At most 64 + 32 + 30 bits, so this cannot overflow.
        let ns = u128::from(time) * count * NS_PER_S / divisor;
        u64::try_from(ns).map_err(|_| {
            self.malformed(&format!(
                "#{time} is later than the latest time that can be held, 584 years"
            ))
        })
    }

    /// The next command, or nothing at the end of the file.
    fn next(&mut self) -> Result<Option<Command>, CaptureError> {
        self.parser.next().transpose().map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => self.truncated("the middle of a command"),
            _ => match error.get_ref().and_then(|inner| inner.downcast_ref::<ParseError>()) {
                Some(parse) => self.malformed(&parse.kind().to_string()),
                None => self.malformed(&error.to_string()),
            },
        })
    }

    fn truncated(&self, inside: &str) -> CaptureError {
        let (path, line) = (self.path.to_owned(), self.last_line());
        CaptureError::Truncated { path, line, inside: inside.to_owned() }
    }

    /// The last line that has something on it, or could have. At the end of a file the parser is
    /// already a line further if the last one is whole.
    fn last_line(&self) -> u64 {
        let whole = self.text.strip_suffix(b"\n").unwrap_or(self.text);
        1 + whole.iter().filter(|&&byte| byte == b'\n').count() as u64
    }

    fn malformed(&self, reason: &str) -> CaptureError {
        let (path, line) = (self.path.to_owned(), self.parser.line());
        CaptureError::Malformed { path, line, reason: reason.to_owned() }
    }
}
