//! What happened, in the tense that tells on which side of the deed it was said.

use std::fmt;
use std::time::Duration;

use crate::id::PluginId;
use crate::meta::TypeKey;
use crate::phase::Op;
use crate::stage::Stage;

/// One entry of the journal.
///
/// Events are numbered without gaps, and replaying them gives the present phases.
///
/// ```
/// # use plugstate::{BoxError, Manager, Meta, Plugin};
/// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
/// #     const META: Meta = Meta::new($name, "1.0.0");
/// #     type Requires = $needs; type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok($t) }
/// # } } }
/// # plugin!(Core, "core", ());
/// let manager = Manager::builder().add::<Core>().build()?;
/// manager.load("core")?;
/// let events: Vec<String> = manager.events(0).iter().map(|event| event.to_string()).collect();
/// assert_eq!(events, ["#0 core#1 will load", "#1 core#1 did load"]); // the first instance of `core`
/// # Ok::<(), plugstate::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its number: one more than that of the event before.
    pub seq: u64,
    /// When, counted from the moment at which the manager was built.
    pub at: Duration,
    /// Whose life it is about.
    pub plugin: PluginId,
    /// Which instance of the plugin, counted from 1.
    pub generation: u32,
    /// What happened.
    pub kind: EventKind,
    /// How long the hook ran; `None` for what is said where no hook has returned.
    pub took: Option<Duration>,
    /// The other plugin of the story: the provider of a [`DidRebind`](EventKind::DidRebind).
    pub other: Option<PluginId>,
    /// What the plugin gets from that other one: the capability of a [`DidRebind`](EventKind::DidRebind).
    pub capability: Option<TypeKey>,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} {}#{} {}", self.seq, self.plugin, self.generation, self.kind)?;
        if let Some(capability) = &self.capability {
            write!(f, " {capability}")?;
        }
        match &self.other {
            None => Ok(()),
            Some(other) => write!(f, " to {other}"),
        }
    }
}

/// What happened. `Will…` is said before the hook is called, `Did…` when it has returned.
///
/// A reload, told by its events:
///
/// ```
/// # use plugstate::{BoxError, Manager, Meta, Plugin};
/// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
/// #     const META: Meta = Meta::new($name, "1.0.0");
/// #     type Requires = $needs; type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok($t) }
/// # } } }
/// # plugin!(Core, "core", ());
/// let manager = Manager::builder().add::<Core>().build()?;
/// manager.enable("core")?;
/// let start = manager.snapshot().next_seq;
/// manager.reload("core")?;
/// let told: Vec<String> = (manager.events(start).iter())
///     .map(|event| format!("{}: {}", event.generation, event.kind))
///     .filter(|line| !line.contains("will")) // what has been done, not what was about to be
///     .collect();
/// assert_eq!(
///     told,
///     [
///         "2: did load", // beside the first instance, which still serves
///         "2: did configure",
///         "1: did disable",
///         "2: did restore",
///         "2: did enable",
///         "2: did replace the one before",
///         "1: did unload",
///     ],
/// );
/// # Ok::<(), plugstate::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// The `load` hook is about to be called.
    WillLoad,
    /// There is an instance.
    DidLoad,
    /// The `configure` hook is about to be called.
    WillConfigure,
    /// The instance has its configuration.
    DidConfigure,
    /// The `enable` hook is about to be called.
    WillEnable,
    /// The plugin serves.
    DidEnable,
    /// The `disable` hook is about to be called.
    WillDisable,
    /// The plugin serves no longer.
    DidDisable,
    /// The `unload` hook is about to be called.
    WillUnload,
    /// The instance is gone.
    DidUnload,
    /// The `restore` hook of a new instance is about to be called.
    WillRestore,
    /// The new instance has taken over what it wanted from the old one.
    DidRestore,
    /// From now on this generation is the plugin, and the one before is on its way out.
    DidReplace,
    /// The plugin gets a capability from another provider from now on: [`Event::capability`] from
    /// [`Event::other`].
    DidRebind,
    /// A hook is running for longer than the host has allowed. It goes on running.
    IsOverdue(Stage),
    /// A hook failed or panicked, or the host reported a fault. A failed `unload` is followed by
    /// [`DidUnload`](EventKind::DidUnload), for the instance is gone all the same.
    DidFail(Stage),
}

impl EventKind {
    /// The row of the law that this event stands for; `None` where no phase changes.
    ///
    /// ```
    /// use plugstate::{EventKind, Op};
    ///
    /// assert_eq!(EventKind::WillLoad.op(), Some(Op::BeginLoad));
    /// assert_eq!(EventKind::WillEnable.op(), None);
    /// ```
    #[must_use]
    #[inline]
    pub const fn op(self) -> Option<Op> {
        match self {
            EventKind::WillLoad => Some(Op::BeginLoad),
            EventKind::DidLoad => Some(Op::FinishLoad),
            EventKind::DidConfigure => Some(Op::Configure),
            EventKind::DidEnable => Some(Op::Enable),
            EventKind::DidDisable => Some(Op::Disable),
            EventKind::WillUnload => Some(Op::BeginUnload),
            EventKind::DidUnload => Some(Op::FinishUnload),
            EventKind::DidFail(Stage::Unload) => None,
            EventKind::DidFail(_) => Some(Op::Fail),
            EventKind::WillConfigure
            | EventKind::WillEnable
            | EventKind::WillDisable
            | EventKind::WillRestore
            | EventKind::DidRestore
            | EventKind::DidReplace
            | EventKind::DidRebind
            | EventKind::IsOverdue(_) => None,
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            EventKind::WillLoad => "will load",
            EventKind::DidLoad => "did load",
            EventKind::WillConfigure => "will configure",
            EventKind::DidConfigure => "did configure",
            EventKind::WillEnable => "will enable",
            EventKind::DidEnable => "did enable",
            EventKind::WillDisable => "will disable",
            EventKind::DidDisable => "did disable",
            EventKind::WillUnload => "will unload",
            EventKind::DidUnload => "did unload",
            EventKind::WillRestore => "will restore",
            EventKind::DidRestore => "did restore",
            EventKind::DidReplace => "did replace the one before",
            EventKind::DidRebind => "did rebind",
            EventKind::IsOverdue(stage) => return write!(f, "is overdue in {stage}"),
            EventKind::DidFail(stage) => return write!(f, "did fail to {stage}"),
        };
        f.pad(words)
    }
}
