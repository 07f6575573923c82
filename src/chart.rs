//! The law's second reading, by hand: the statechart that the manager asks at run time.
//!
//! A test holds it equal to the table in [`phase`](crate::phase) on all pairs of phase and operation.

use statig::Outcome;
use statig::blocking::{IntoStateMachine, IntoStateMachineExt, State, StateMachine, Superstate};

use crate::phase::{Op, Phase};

/// One instance's life as the chart sees it. It answers every operation: with the phase that was
/// entered, or with a refusal; an event that nobody handles cannot vanish.
#[derive(Clone)]
pub(crate) struct Life(StateMachine<Chart>);

/// An operation that the chart does not allow in this phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) phase: Phase,
    pub(crate) op: Op,
}

impl Default for Life {
    fn default() -> Self {
        Life::new()
    }
}

impl Life {
    pub(crate) fn new() -> Self {
        Life(Chart.state_machine())
    }

    #[inline]
    pub(crate) fn phase(&self) -> Phase {
        *self.0.state()
    }

    /// Makes the transition, or says that there is none and changes nothing.
    #[inline]
    pub(crate) fn take(&mut self, op: Op) -> Result<Phase, Refused> {
        let before = self.phase();
        let mut entered = None;
        self.0.handle_with_context(&op, &mut entered);
        entered.ok_or(Refused { phase: before, op })
    }

    /// Asks whether [`take`](Self::take) would be allowed.
    #[inline]
    pub(crate) fn would(&self, op: Op) -> Result<Phase, Refused> {
        self.clone().take(op)
    }
}

#[derive(Clone)]
struct Chart;

/// The superstates.
enum Group {
    /// An instance exists and nothing is known to be wrong with it.
    Resident,
}

impl IntoStateMachine for Chart {
    type Event<'evt> = Op;
    /// The phase that was entered, if any.
    type Context<'ctx> = Option<Phase>;
    type State = Phase;
    type Superstate<'sub> = Group;

    fn initial() -> Phase {
        Phase::Discovered
    }

    fn after_transition(&mut self, _: &Phase, target: &Phase, entered: &mut Option<Phase>) {
        *entered = Some(*target);
    }
}

impl State<Chart> for Phase {
    fn call_handler(&mut self, _: &mut Chart, op: &Op, _: &mut Option<Phase>) -> Outcome<Phase> {
        use Outcome::{Handled, Super, Transition};
        use Phase::*;
        match (*self, *op) {
            #[cfg(plugstate_bug = "chart")]
            (Disabled, Op::Configure) => Handled,
            (Discovered, Op::BeginLoad) => Transition(Loading),
            (Loading, Op::FinishLoad) => Transition(Loaded),
            (Loading, Op::Fail) => Transition(Failed),
            (Loaded | Configured | Disabled, Op::Configure) => Transition(Configured),
            (Configured | Disabled, Op::Enable) => Transition(Enabled),
            (Enabled, Op::Disable) => Transition(Disabled),
            (Loaded | Configured | Disabled | Failed, Op::BeginUnload) => Transition(Unloading),
            (Unloading, Op::FinishUnload) => Transition(Discovered),
            (Loaded | Configured | Enabled | Disabled, _) => Super,
            (Discovered | Loading | Failed | Unloading, _) => Handled,
        }
    }

    fn superstate(&mut self) -> Option<Group> {
        matches!(self, Phase::Loaded | Phase::Configured | Phase::Enabled | Phase::Disabled)
            .then_some(Group::Resident)
    }
}

impl Superstate<Chart> for Group {
    fn call_handler(&mut self, _: &mut Chart, op: &Op, _: &mut Option<Phase>) -> Outcome<Phase> {
        match (self, op) {
            (Group::Resident, Op::Fail) => Outcome::Transition(Phase::Failed),
            (Group::Resident, _) => Outcome::Handled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::RELATION;

    /// The shortest way to each phase along the table, for a chart cannot be placed.
    fn lives() -> Vec<Life> {
        let mut lives = vec![Life::new()];
        for at in 0.. {
            let Some(life) = lives.get(at).cloned() else { break };
            for &(from, op, to) in Phase::LAW {
                if from == life.phase() && lives.iter().all(|other| other.phase() != to) {
                    let mut next = life.clone();
                    assert_eq!(next.take(op), Ok(to), "{from} {op}");
                    lives.push(next);
                }
            }
        }
        lives
    }

    #[test]
    fn all_readings_of_the_law_agree_on_all_64_pairs() {
        let lives = lives();
        assert_eq!(lives.len(), Phase::ALL.len(), "every phase can be reached");
        let mut differ = Vec::new();
        let mut pairs = 0;
        for life in &lives {
            for &op in Op::ALL {
                let phase = life.phase();
                let table = phase.after(op);
                let chart = life.clone().take(op);
                let types = RELATION.iter().find(|row| row.0 == phase && row.1 == op);
                if chart != table.ok_or(Refused { phase, op }) {
                    differ.push(format!("{phase} {op}: table {table:?}, chart {chart:?}"));
                }
                if types.map(|row| row.2) != table {
                    differ.push(format!("{phase} {op}: table {table:?}, types {types:?}"));
                }
                pairs += 1;
            }
        }
        assert_eq!(differ, Vec::<String>::new());
        assert_eq!(pairs, 64);
        assert_eq!(Phase::LAW.len(), 18);
    }

    #[test]
    fn a_refusal_changes_nothing() {
        let mut life = Life::new();
        assert_eq!(
            life.take(Op::Enable),
            Err(Refused { phase: Phase::Discovered, op: Op::Enable })
        );
        assert_eq!(life.phase(), Phase::Discovered);
        assert_eq!(life.would(Op::BeginLoad), Ok(Phase::Loading));
        assert_eq!(life.phase(), Phase::Discovered);
    }
}
