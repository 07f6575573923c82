//! What happened, in the tense that tells on which side of the deed it was said.

use std::fmt;
use std::time::Duration;

use crate::id::PluginId;
use crate::phase::Op;
use crate::stage::Stage;

/// One entry of the journal.
///
/// Events are numbered without gaps, and replaying them gives the present phases.
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
    /// How long the hook ran; `None` for what is said before a hook, and for faults.
    pub took: Option<Duration>,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} {}#{} {}", self.seq, self.plugin, self.generation, self.kind)
    }
}

/// What happened. `Will…` is said before the hook is called, `Did…` when it has returned.
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
            EventKind::WillConfigure | EventKind::WillEnable | EventKind::WillDisable => None,
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
            EventKind::DidFail(stage) => return write!(f, "did fail to {stage}"),
        };
        f.pad(words)
    }
}
