//! One event of a record under a look: what is wrong with it, in words.

use super::Violation;
use super::format::EventLine;
use super::life::Plugin;
use crate::event::EventKind;
use crate::phase::{Op, Phase};
use crate::stage::Stage;
use crate::text::Shown;

/// Where an event stands to a hook.
pub(super) enum Side {
    /// The hook is about to be called; if it goes well, this is what it does.
    Begins(Stage, Option<Op>),
    /// The hook has returned.
    Ends(Stage),
    /// No hook is in it.
    Alone,
}

pub(super) fn side_of(kind: EventKind) -> Side {
    use EventKind::*;
    match kind {
        WillLoad => Side::Begins(Stage::Load, Some(Op::FinishLoad)),
        WillConfigure => Side::Begins(Stage::Configure, Some(Op::Configure)),
        WillEnable => Side::Begins(Stage::Enable, Some(Op::Enable)),
        WillDisable => Side::Begins(Stage::Disable, Some(Op::Disable)),
        WillUnload => Side::Begins(Stage::Unload, Some(Op::FinishUnload)),
        WillRestore => Side::Begins(Stage::Restore, None),
        DidLoad => Side::Ends(Stage::Load),
        DidConfigure => Side::Ends(Stage::Configure),
        DidEnable => Side::Ends(Stage::Enable),
        DidDisable => Side::Ends(Stage::Disable),
        DidUnload => Side::Ends(Stage::Unload),
        DidRestore => Side::Ends(Stage::Restore),
        DidFail(Stage::Fault) | DidReplace | DidRebind | IsOverdue(_) => Side::Alone,
        DidFail(stage) => Side::Ends(stage),
    }
}

/// Where an operation leads, if it is legal.
pub(super) fn leads_to(op: Op) -> Phase {
    let row = Phase::LAW.iter().find(|row| row.1 == op);
    row.map_or(Phase::Failed, |row| row.2)
}

/// One event under a look.
pub(super) struct Look<'a> {
    pub(super) line: u64,
    pub(super) event: &'a EventLine,
    pub(super) kind: EventKind,
    pub(super) told: Vec<Violation>,
}

impl Look<'_> {
    pub(super) fn wrong(&mut self, invariant: &'static str, what: String) {
        self.told.push(Violation { line: self.line, invariant, what });
    }

    /// What the event says of the time that the hook took.
    pub(super) fn took(&mut self, passed: Option<u64>) {
        match (passed, self.event.took) {
            (None, Some(took)) => {
                self.wrong("Journal", format!("{self}, and took {took} ns, where no hook returns"));
            }
            (Some(_), None) => {
                self.wrong("Journal", format!("{self}, and does not say how long it took"));
            }
            (Some(passed), Some(took)) if passed != took && self.event.at < u64::MAX => {
                let what = format!("{self}, and took {took} ns, where {passed} ns have passed");
                self.wrong("Journal", what);
            }
            _ => {}
        }
    }

    pub(super) fn supports(&mut self, plugin: &Plugin, below: &Plugin) {
        let (name, other) = (Shown(plugin.id.as_str()), Shown(below.id.as_str()));
        let phase = below.main.phase;
        if plugin.main.phase == Phase::Enabled && phase != Phase::Enabled {
            self.wrong("Support", format!("{self}; {name} runs on {other}, which is {phase}"));
        } else if plugin.main.is_resident() && !below.main.may_be_resident() {
            self.wrong("Support", format!("{self}; {name} stands on {other}, which is {phase}"));
        }
    }
}

/// As an event is told.
impl std::fmt::Display for Look<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let EventLine { seq, plugin, generation, other, capability, .. } = self.event;
        write!(f, "#{seq} {}#{generation} {}", Shown(plugin), self.kind)?;
        if let Some(capability) = capability {
            write!(f, " {}", Shown(capability))?;
        }
        match other {
            None => Ok(()),
            Some(other) => write!(f, " to {}", Shown(other)),
        }
    }
}
