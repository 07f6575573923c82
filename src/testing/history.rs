//! Histories as data: a suite, and what is done with it; written as a text that a person can read,
//! and read from it again.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::command::{Command, Step};
use super::suite::{Edge, On, Part, Suite};
use super::world::Fault;

/// A suite, and what is done with it.
///
/// Its text is what a failed test shows and what a regression test is written in: the suite on the
/// first line, one move on each line after it. A `;` after the operation names what an observer asks
/// for in answer to the first event; `call 2: Panic` has the third hook call of the move fail.
///
/// ```
/// use plugstate::testing::History;
///
/// let history: History = "
///     a 1.0; b 1.0 requires a
///     enable-all
///     hold b
///     disable-cascade a
///     release
///     reload a; disable b
///     fault a, call 0: Panic
///     poll 1
/// "
/// .parse()?;
/// history.run().expect("all invariants hold, and the oracle agrees");
/// assert_eq!(history.to_string().parse(), Ok(history));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, arbitrary::Arbitrary)]
pub struct History {
    /// The plugins.
    pub suite: Suite,
    /// What is done, one after the other.
    pub moves: Vec<Move>,
}

/// What a host does with a suite.
#[derive(Clone, Debug, PartialEq, Eq, Hash, arbitrary::Arbitrary)]
pub enum Move {
    /// It asks for an operation.
    Step(Step),
    /// It asks for an operation, and an observer asks for another one in answer to the first event
    /// that it is told of. Hook calls are counted over both.
    Answered(Step, Command),
    /// It borrows a plugin, if that is enabled, and holds on to it.
    Hold(u8),
    /// It gives back all that it holds.
    Release,
}

impl From<Step> for Move {
    fn from(step: Step) -> Self {
        Move::Step(step)
    }
}

impl From<Command> for Move {
    fn from(command: Command) -> Self {
        Move::Step(command.into())
    }
}

impl Move {
    /// The operation, with the hook calls that fail.
    #[must_use]
    pub fn step(&self) -> Option<&Step> {
        match self {
            Move::Step(step) | Move::Answered(step, _) => Some(step),
            Move::Hold(_) | Move::Release => None,
        }
    }

    /// The same for manipulation.
    pub(super) fn step_mut(&mut self) -> Option<&mut Step> {
        match self {
            Move::Step(step) | Move::Answered(step, _) => Some(step),
            Move::Hold(_) | Move::Release => None,
        }
    }

    /// Every plugin that it names.
    pub(super) fn plugins_mut(&mut self) -> Vec<&mut u8> {
        match self {
            Move::Step(step) => command_plugins(&mut step.command),
            Move::Answered(step, answer) => {
                let mut plugins = command_plugins(&mut step.command);
                plugins.extend(command_plugins(answer));
                plugins
            }
            Move::Hold(at) => vec![at],
            Move::Release => Vec::new(),
        }
    }
}

fn command_plugins(command: &mut Command) -> Vec<&mut u8> {
    match command {
        Command::Load(at)
        | Command::Configure(at, _)
        | Command::SetConfig(at, _)
        | Command::Enable(at)
        | Command::Disable(at)
        | Command::DisableCascade(at)
        | Command::Unload(at)
        | Command::UnloadCascade(at)
        | Command::Reload(at)
        | Command::ReloadWith(at, _)
        | Command::Fault(at)
        | Command::Retry(at) => vec![at],
        Command::EnableEach(each) => each.iter_mut().collect(),
        Command::EnableAll | Command::EnableAllStrict | Command::Poll(_) | Command::Shutdown => {
            Vec::new()
        }
    }
}

impl History {
    /// The same, with every plugin that is named by a number beyond the suite named by the one that
    /// is meant.
    #[must_use]
    pub fn reduced(mut self) -> Self {
        let plugins = self.suite.parts.len().max(1);
        let named = self.moves.iter_mut().flat_map(Move::plugins_mut);
        named.for_each(|at| *at = u8::try_from(usize::from(*at) % plugins).expect("it was one"));
        self
    }

    /// The same without one plugin: edges to it and moves that name it are gone, and all others mean
    /// whom they meant.
    #[must_use]
    pub fn without(&self, plugin: usize) -> Self {
        // Those that come after it move up; says whether it is another one.
        let stays = |at: &mut u8| match usize::from(*at).cmp(&plugin) {
            Ordering::Less => true,
            Ordering::Equal => false,
            Ordering::Greater => {
                *at -= 1;
                true
            }
        };
        let mut less = self.clone().reduced();
        less.suite.parts.remove(plugin);
        for part in &mut less.suite.parts {
            part.edges.retain_mut(|edge| match &mut edge.on {
                On::Plugin(on) => stays(on),
                On::Capability(_) => true,
            });
        }
        for step in less.moves.iter_mut().filter_map(Move::step_mut) {
            if let Command::EnableEach(each) = &mut step.command {
                each.retain(|&at| usize::from(at) != plugin);
            }
        }
        less.moves.retain_mut(|it| it.plugins_mut().into_iter().all(stays));
        less
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |at: u8| Suite::name(usize::from(at) % self.suite.parts.len().max(1));
        let command = |f: &mut fmt::Formatter<'_>, command: &Command| match command {
            Command::Load(at) => write!(f, "load {}", name(*at)),
            Command::Configure(at, value) => write!(f, "configure {} {value}", name(*at)),
            Command::SetConfig(at, value) => write!(f, "set-config {} {value}", name(*at)),
            Command::Enable(at) => write!(f, "enable {}", name(*at)),
            Command::EnableEach(each) => {
                f.write_str("enable-each")?;
                each.iter().try_for_each(|&at| write!(f, " {}", name(at)))
            }
            Command::EnableAll => f.write_str("enable-all"),
            Command::EnableAllStrict => f.write_str("enable-all-strict"),
            Command::Disable(at) => write!(f, "disable {}", name(*at)),
            Command::DisableCascade(at) => write!(f, "disable-cascade {}", name(*at)),
            Command::Unload(at) => write!(f, "unload {}", name(*at)),
            Command::UnloadCascade(at) => write!(f, "unload-cascade {}", name(*at)),
            Command::Reload(at) => write!(f, "reload {}", name(*at)),
            Command::ReloadWith(at, value) => write!(f, "reload-with {} {value}", name(*at)),
            Command::Fault(at) => write!(f, "fault {}", name(*at)),
            Command::Retry(at) => write!(f, "retry {}", name(*at)),
            Command::Poll(seconds) => write!(f, "poll {seconds}"),
            Command::Shutdown => f.write_str("shutdown"),
        };
        self.suite.fmt(f)?;
        for it in &self.moves {
            f.write_str("\n")?;
            match it {
                Move::Hold(at) => write!(f, "hold {}", name(*at))?,
                Move::Release => f.write_str("release")?,
                Move::Step(step) | Move::Answered(step, _) => {
                    command(f, &step.command)?;
                    if let Move::Answered(_, answer) = it {
                        f.write_str("; ")?;
                        command(f, answer)?;
                    }
                    for (call, fault) in &step.faults {
                        write!(f, ", call {call}: {fault:?}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl FromStr for History {
    type Err = String;

    /// Reads what `Display` writes. Empty lines, and lines that begin with `#`, say nothing.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut lines =
            (text.lines().map(str::trim)).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let suite = lines.next().ok_or("the first line is the suite")?.parse()?;
        let moves = lines.map(read_move).collect::<Result<_, _>>()?;
        Ok(History { suite, moves })
    }
}

fn read_move(line: &str) -> Result<Move, String> {
    let mut parts = line.split(',').map(str::trim);
    let deed = parts.next().unwrap_or_default();
    let faults = parts.map(|fault| {
        let text = fault.strip_prefix("call ").and_then(|fault| fault.split_once(": "));
        let (call, fault) = text.ok_or_else(|| format!("{fault:?} is no `call 0: Error`"))?;
        let fault = match fault {
            "Error" => Fault::Error,
            "Panic" => Fault::Panic,
            "Fatal" => Fault::Fatal,
            other => return Err(format!("{other:?} is no fault")),
        };
        Ok((number(call)?, fault))
    });
    let faults = faults.collect::<Result<_, String>>()?;
    let (command, answer) = match deed.split_once(';') {
        Some((command, answer)) => (command, Some(read_command(answer)?)),
        None => (deed, None),
    };
    match (&command.split_whitespace().collect::<Vec<_>>()[..], answer) {
        (["hold", plugin], None) => Ok(Move::Hold(position(plugin)?)),
        (["release"], None) => Ok(Move::Release),
        (_, Some(answer)) => {
            Ok(Move::Answered(Step { command: read_command(command)?, faults }, answer))
        }
        (_, None) => Ok(Move::Step(Step { command: read_command(command)?, faults })),
    }
}

fn read_command(text: &str) -> Result<Command, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    Ok(match words[..] {
        ["load", at] => Command::Load(position(at)?),
        ["configure", at, value] => Command::Configure(position(at)?, number(value)?),
        ["set-config", at, value] => Command::SetConfig(position(at)?, number(value)?),
        ["enable", at] => Command::Enable(position(at)?),
        ["enable-each", ref each @ ..] => {
            Command::EnableEach(each.iter().map(|at| position(at)).collect::<Result<_, _>>()?)
        }
        ["enable-all"] => Command::EnableAll,
        ["enable-all-strict"] => Command::EnableAllStrict,
        ["disable", at] => Command::Disable(position(at)?),
        ["disable-cascade", at] => Command::DisableCascade(position(at)?),
        ["unload", at] => Command::Unload(position(at)?),
        ["unload-cascade", at] => Command::UnloadCascade(position(at)?),
        ["reload", at] => Command::Reload(position(at)?),
        ["reload-with", at, value] => Command::ReloadWith(position(at)?, number(value)?),
        ["fault", at] => Command::Fault(position(at)?),
        ["retry", at] => Command::Retry(position(at)?),
        ["poll", seconds] => Command::Poll(number(seconds)?),
        ["shutdown"] => Command::Shutdown,
        _ => return Err(format!("{text:?} is no operation")),
    })
}

impl FromStr for Suite {
    type Err = String;

    /// Reads what `Display` writes: `a 1.0 provides #0; b 1.0 requires a ^1 wants c requires #0`.
    /// The plugins are named in the order of [`Suite::name`].
    fn from_str(text: &str) -> Result<Self, String> {
        let plugins = text.split(';').map(str::trim).filter(|part| !part.is_empty());
        let parts = plugins.enumerate().map(|(at, part)| {
            let mut words = part.split_whitespace().peekable();
            let name = words.next().unwrap_or_default();
            if name != Suite::name(at) {
                return Err(format!("{name:?}, where `{}` is due", Suite::name(at)));
            }
            let version = words.next().and_then(|version| version.split_once('.'));
            let (major, minor) = version.ok_or_else(|| format!("`{name}` has no version"))?;
            let mut part = Part { version: (number(major)?, number(minor)?), ..Part::default() };
            while let Some(verb) = words.next() {
                let target = words.next().unwrap_or_default();
                let mut edge = match (verb, target.strip_prefix('#')) {
                    ("provides", Some(capability)) => {
                        part = part.providing(number(capability)?);
                        continue;
                    }
                    ("requires", Some(capability)) => Edge::capability(number(capability)?),
                    ("requires", None) => Edge::requires(position(target)?),
                    ("wants", None) => Edge::wants(position(target)?),
                    _ => return Err(format!("{verb:?} {target:?} says nothing of a plugin")),
                };
                let major = words.next_if(|word| word.starts_with('^'));
                edge.major = major.map(|major| number(&major[1..])).transpose()?;
                part = part.with(edge);
            }
            Ok(part)
        });
        Ok(Suite { parts: parts.collect::<Result<_, _>>()? })
    }
}

fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{text:?} is no number that fits"))
}

fn position(name: &str) -> Result<u8, String> {
    let at = (0..=u8::MAX).find(|&at| Suite::name(at.into()) == name);
    at.ok_or_else(|| format!("{name:?} is no name of a plugin"))
}
