//! A life on record: the suite and its journal as JSON Lines, for others to check.

use std::fmt::{self, Write as _};
use std::io;
use std::time::Duration;

use rustc_hash::FxHashMap;

use super::Manager;
use super::plan::Standings;
use crate::event::{Event, EventKind};
use crate::meta::Target;
use crate::phase::Phase;
use crate::stage::Stage;

/// What a manager has to say of its life: who is there, who needs whom, and every event that its journal
/// still has. It is made by [`Manager::record`], and its `Display` is what is kept: JSON Lines, in a
/// format that is made to be checked by somebody else.
///
/// ```
/// # use plugstate::{BoxError, Manager, Meta, Plugin};
/// # use std::time::Duration;
/// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
/// #     const META: Meta = Meta::new($name, "1.0.0");
/// #     type Requires = $needs; type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok($t) }
/// # } } }
/// # plugin!(Core, "core", ());
/// # plugin!(Uart, "uart", (Core,));
/// let manager = Manager::builder().add::<Core>().add::<Uart>() // `uart` requires `core`
///     .clock(|| Duration::from_micros(3))
///     .build()?;
/// manager.load("core")?;
/// let record = manager.record().to_string();
/// assert_eq!(
///     record.lines().collect::<Vec<_>>(),
///     [
///         r#"{"plugstate":1,"first":0,"plugins":[{"name":"core","version":"1.0.0"},{"name":"uart","version":"1.0.0","requires":["core"]}]}"#,
///         r#"{"seq":0,"at":3000,"plugin":"core","generation":1,"event":"WillLoad"}"#,
///         r#"{"seq":1,"at":3000,"plugin":"core","generation":1,"event":"DidLoad","took":0}"#,
///         r#"{"next":2,"phases":{"core":["Loaded",1],"uart":["Discovered",0]}}"#,
///     ],
/// );
/// # Ok::<(), plugstate::Error>(())
/// ```
///
/// # The format
///
/// Each line is one JSON object. Times are in nanoseconds since the manager was built.
///
/// The **first** line declares the suite:
///
/// | key | is |
/// | --- | --- |
/// | `plugstate` | the version of this format: 1 |
/// | `first` | the number of the first event that follows; the journal has dropped those before |
/// | `plugins` | a list of all plugins, by name |
///
/// A plugin has a `name` and a `version`, and these where they say something:
///
/// | key | is |
/// | --- | --- |
/// | `blocked` | `true` if it cannot run |
/// | `phase`, `generation` | where it stood before the first event, if not `Discovered` and 0 |
/// | `beside` | a second instance, if there was one then: its `phase` and its `generation` |
/// | `requires` | the plugins that it requires by name or type |
/// | `wants` | the plugins that it can do without, and that are there |
/// | `needs` | for each capability that it depends on: `capability`, the provider `from` which it had it before the first event, and `optional` if it can do without |
/// | `provides` | the capabilities that it has |
///
/// Then comes a line for **each event**, in order:
///
/// | key | is |
/// | --- | --- |
/// | `seq` | its number, one more than that of the event before |
/// | `at` | when |
/// | `plugin`, `generation` | whose life it is about |
/// | `event` | an [`EventKind`] by its name |
/// | `stage` | the hook, of an `IsOverdue` and a `DidFail`: as [`Stage::name`] has it |
/// | `took` | how long the hook ran, where one has returned |
/// | `other`, `capability` | of a `DidRebind`: the provider, and what it provides |
///
/// The **last** line closes the record: `next` is the number that the next event will have, and `phases`
/// has the phase and the generation of each plugin. A record without it may have been cut off.
///
/// # Writing as it happens
///
/// A host that wants every event, not only those that the journal still has, writes
/// [`opening`](Record::opening) once, and [`Event::to_json`] in an observer:
///
/// ```
/// use std::sync::mpsc;
/// # use plugstate::{BoxError, Manager, Meta, Plugin};
/// # struct Core;
/// # impl Plugin for Core {
/// #     const META: Meta = Meta::new("core", "1.0.0");
/// #     type Requires = (); type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Core) }
/// # }
/// let manager = Manager::builder().add::<Core>().journal_capacity(1).build()?;
/// let (lines, log) = mpsc::channel();
/// lines.send(manager.record().opening().to_owned()).unwrap();
/// manager.observe(move |event| lines.send(event.to_json()).unwrap());
/// manager.enable("core")?;
/// manager.shutdown()?;
/// assert_eq!(log.try_iter().count(), 1 + 10);
/// # Ok::<(), plugstate::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Record {
    opening: String,
    events: Vec<Event>,
    closing: String,
}

impl Record {
    /// The first line, which declares the suite.
    #[must_use]
    pub fn opening(&self) -> &str {
        &self.opening
    }

    /// The events, each of which is a line.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The last line, which says where it ended.
    #[must_use]
    pub fn closing(&self) -> &str {
        &self.closing
    }

    /// Writes all lines.
    ///
    /// # Errors
    ///
    /// What `out` answers.
    ///
    /// # Examples
    ///
    /// ```
    /// # let manager = plugstate::Manager::builder().build()?;
    /// let mut file = Vec::new();
    /// manager.record().write_to(&mut file)?;
    /// assert_eq!(file, manager.record().to_string().into_bytes());
    /// # Ok::<(), plugstate::BoxError>(())
    /// ```
    pub fn write_to(&self, mut out: impl io::Write) -> io::Result<()> {
        writeln!(out, "{}", self.opening)?;
        for event in &self.events {
            writeln!(out, "{}", event.to_json())?;
        }
        writeln!(out, "{}", self.closing)
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.opening)?;
        for event in &self.events {
            writeln!(f, "{}", event.to_json())?;
        }
        writeln!(f, "{}", self.closing)
    }
}

impl Event {
    /// The event as a line of a [`Record`], without the end of the line.
    ///
    /// ```
    /// # let manager = plugstate::Manager::builder().build()?;
    /// let print = |event: &plugstate::Event| println!("{}", event.to_json());
    /// manager.observe(print);
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        let (name, stage) = name_of(self.kind);
        let mut line = format!(
            r#"{{"seq":{},"at":{},"plugin":{},"generation":{},"event":"{name}""#,
            self.seq,
            nanos(self.at),
            Quoted(self.plugin.as_str()),
            self.generation,
        );
        // Writing to a string cannot fail.
        if let Some(stage) = stage {
            let _ = write!(line, r#","stage":"{stage}""#);
        }
        if let Some(took) = self.took {
            let _ = write!(line, r#","took":{}"#, nanos(took));
        }
        if let Some(other) = &self.other {
            let _ = write!(line, r#","other":{}"#, Quoted(other.as_str()));
        }
        if let Some(capability) = &self.capability {
            let _ = write!(line, r#","capability":{}"#, Quoted(capability.name()));
        }
        line.push('}');
        line
    }
}

/// What an event is called in a record, with the hook if it is about one among several.
fn name_of(kind: EventKind) -> (&'static str, Option<Stage>) {
    match kind {
        EventKind::WillLoad => ("WillLoad", None),
        EventKind::DidLoad => ("DidLoad", None),
        EventKind::WillConfigure => ("WillConfigure", None),
        EventKind::DidConfigure => ("DidConfigure", None),
        EventKind::WillEnable => ("WillEnable", None),
        EventKind::DidEnable => ("DidEnable", None),
        EventKind::WillDisable => ("WillDisable", None),
        EventKind::DidDisable => ("DidDisable", None),
        EventKind::WillUnload => ("WillUnload", None),
        EventKind::DidUnload => ("DidUnload", None),
        EventKind::WillRestore => ("WillRestore", None),
        EventKind::DidRestore => ("DidRestore", None),
        EventKind::DidReplace => ("DidReplace", None),
        EventKind::DidRebind => ("DidRebind", None),
        EventKind::IsOverdue(stage) => ("IsOverdue", Some(stage)),
        EventKind::DidFail(stage) => ("DidFail", Some(stage)),
    }
}

/// As far as the number goes: 584 years.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// A text as JSON has it.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", serde_json::Value::from(self.0))
    }
}

/// A list in JSON of what is written as JSON.
fn list(items: impl IntoIterator<Item = impl fmt::Display>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    format!("[{}]", items.join(","))
}

impl Manager {
    /// The suite, its journal and where it stands, at one moment, for others to keep and to check: see
    /// [`Record`] for the format and an example.
    ///
    /// With the feature `testing`, `plugstate::testing::replay` reads it, and says whether it was lawful.
    ///
    /// Cost: linear in the suite and in the events that the journal has.
    #[must_use]
    pub fn record(&self) -> Record {
        let resolution = &self.engine.resolution;
        let book = self.engine.ledger.book();
        let first = book.journal.first();
        let bound = book.journal.bound().clone();
        let stood: Vec<_> = book.journal.before().collect();
        let since = book.journal.since(first);
        let events: Vec<_> = since.map(|(seq, record)| record.event(seq, resolution)).collect();
        let next = book.journal.next_seq();
        let stands: Vec<_> = (0..resolution.len() as u32)
            .map(|plugin| (self.engine.phase(plugin), self.engine.ledger.generation(plugin)))
            .collect();
        drop(book);
        let plugins = stood.into_iter().zip(0..).map(|((standing, beside), plugin)| {
            let standing = (standing.phase, standing.generation);
            let beside = beside.map(|beside| (beside.phase, beside.generation));
            self.declared(plugin, standing, beside, &bound)
        });
        let opening = format!(r#"{{"plugstate":1,"first":{first},"plugins":{}}}"#, list(plugins));
        let phases: Vec<_> = (resolution.plugins().zip(stands))
            .map(|(id, (phase, generation))| {
                format!(r#"{}:["{phase}",{generation}]"#, Quoted(id.as_str()))
            })
            .collect();
        let closing = format!(r#"{{"next":{next},"phases":{{{}}}}}"#, phases.join(","));
        Record { opening, events, closing }
    }

    /// What the first line says of one plugin.
    fn declared(
        &self,
        plugin: u32,
        (phase, generation): (Phase, u32),
        beside: Option<(Phase, u32)>,
        bound: &FxHashMap<(u32, u32), u32>,
    ) -> String {
        let resolution = &self.engine.resolution;
        let id = resolution.id(plugin);
        let declaration = resolution.declaration_at(plugin);
        let (name, version) = (Quoted(id.as_str()), Quoted(declaration.version()));
        let mut text = format!(r#"{{"name":{name},"version":{version}"#);
        let mut say = |key: &str, what: &dyn fmt::Display| {
            let _ = write!(text, r#","{key}":{what}"#);
        };
        if resolution.blocked(plugin).is_some() {
            say("blocked", &true);
        }
        if (phase, generation) != (Phase::Discovered, 0) {
            say("phase", &Quoted(phase.name()));
            say("generation", &generation);
        }
        if let Some((phase, generation)) = beside {
            let beside = format!(r#"{{"phase":"{phase}","generation":{generation}}}"#);
            say("beside", &beside);
        }
        let (mut requires, mut wants, mut needs) = (Vec::new(), Vec::new(), Vec::new());
        for (position, binding) in (0..).zip(resolution.dependencies(id)) {
            let now = bound.get(&(plugin, position)).map(|&provider| resolution.id(provider));
            let Ok(other) = now.map_or(binding.bound, Ok) else { continue };
            match &binding.declared.target {
                Target::Capability(key) => {
                    let (key, from) = (Quoted(key.name()), Quoted(other.as_str()));
                    let can_do_without =
                        if binding.declared.optional { r#","optional":true"# } else { "" };
                    needs.push(format!(r#"{{"capability":{key},"from":{from}{can_do_without}}}"#));
                }
                // What is wanted by name may be required as a provider too, until that is another.
                _ if binding.declared.optional => wants.push(Quoted(other.as_str())),
                _ => requires.push(Quoted(other.as_str())),
            }
        }
        if !requires.is_empty() {
            say("requires", &list(requires));
        }
        if !wants.is_empty() {
            say("wants", &list(wants));
        }
        if !needs.is_empty() {
            say("needs", &list(needs));
        }
        if !declaration.capabilities().is_empty() {
            say("provides", &list(declaration.capabilities().iter().map(|key| Quoted(key.name()))));
        }
        text.push('}');
        text
    }
}
