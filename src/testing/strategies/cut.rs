//! How a value that fails gets smaller.

use std::fmt;

use proptest::strategy::ValueTree;

use crate::testing::command::{Command, Step};
use crate::testing::history::{History, Move};
use crate::testing::suite::{Part, Suite};
use crate::testing::world::Fault;

/// Values that can be cut.
pub(super) trait Cut: Clone + fmt::Debug {
    /// The same with something less, the greatest cuts first. Each is smaller in a way that cannot go
    /// on for ever.
    fn cuts(&self) -> Vec<Self>;
}

/// A value on its way to the least one that still fails: every cut is tried, and kept if the test
/// still fails, until none is left that does.
#[derive(Debug)]
pub(super) struct Cutting<T> {
    /// The least that is known to fail.
    least: T,
    /// What is tried.
    shown: T,
    will_do: fn(&T) -> bool,
    cuts: Option<Vec<T>>,
    next: usize,
    /// Whether one was kept since the first was tried.
    has_cut: bool,
}

impl<T: Cut> Cutting<T> {
    /// A value that fails, and what is asked of every cut.
    pub(super) fn new(least: T, will_do: fn(&T) -> bool) -> Self {
        Cutting { shown: least.clone(), least, will_do, cuts: None, next: 0, has_cut: false }
    }

    fn try_next(&mut self) -> bool {
        loop {
            let cuts = self.cuts.get_or_insert_with(|| self.least.cuts());
            if let Some(cut) = cuts.get(self.next) {
                self.next += 1;
                if !(self.will_do)(cut) {
                    continue;
                }
                self.shown = cut.clone();
                return true;
            }
            self.next = 0;
            if !std::mem::take(&mut self.has_cut) {
                self.shown = self.least.clone();
                return false;
            }
        }
    }
}

impl<T: Cut> ValueTree for Cutting<T> {
    type Value = T;

    fn current(&self) -> T {
        self.shown.clone()
    }

    /// What is shown fails.
    fn simplify(&mut self) -> bool {
        if self.cuts.take().is_some() {
            self.least = self.shown.clone();
            self.has_cut = true;
            // What comes next has moved to where this one was.
            self.next = self.next.saturating_sub(1);
        }
        self.try_next()
    }

    /// What is shown does not fail.
    fn complicate(&mut self) -> bool {
        self.cuts.is_some() && self.try_next()
    }
}

impl Cut for Step {
    fn cuts(&self) -> Vec<Self> {
        let mut cuts = Vec::new();
        let with = |command| Step { command, faults: self.faults.clone() };
        for at in 0..self.faults.len() {
            let mut less = self.clone();
            less.faults.remove(at);
            cuts.push(less);
        }
        cuts.extend(simpler(&self.command).into_iter().map(with));
        for (at, &(call, fault)) in self.faults.iter().enumerate() {
            let mut other = |it| {
                let mut less = self.clone();
                less.faults[at] = it;
                cuts.push(less);
            };
            if fault != Fault::Error {
                other((call, Fault::Error));
            }
            if call > 0 {
                other((call / 2, fault));
                other((call - 1, fault));
            }
        }
        cuts
    }
}

/// Operations that do less, or the same with less to be said.
fn simpler(command: &Command) -> Vec<Command> {
    match *command {
        Command::EnableEach(ref each) => (0..each.len())
            .map(|at| Command::EnableEach([&each[..at], &each[at + 1..]].concat()))
            .collect(),
        Command::Configure(at, value) if value > 0 => vec![Command::Configure(at, 0)],
        Command::SetConfig(at, value) if value > 0 => vec![Command::SetConfig(at, 0)],
        Command::ReloadWith(at, _) => vec![Command::Reload(at)],
        Command::EnableAllStrict => vec![Command::EnableAll],
        Command::DisableCascade(at) => vec![Command::Disable(at)],
        Command::UnloadCascade(at) => vec![Command::Unload(at)],
        Command::Poll(seconds) if seconds > 0 => vec![Command::Poll(seconds - 1)],
        _ => Vec::new(),
    }
}

impl Cut for Suite {
    fn cuts(&self) -> Vec<Self> {
        let alone = History { suite: self.clone(), moves: Vec::new() };
        alone.cuts().into_iter().map(|history| history.suite).collect()
    }
}

impl Cut for History {
    fn cuts(&self) -> Vec<Self> {
        let mut cuts = Vec::new();
        let mut size = self.moves.len();
        while size > 0 {
            for start in (0..self.moves.len()).step_by(size).rev() {
                let mut less = self.clone();
                less.moves.drain(start..(start + size).min(self.moves.len()));
                cuts.push(less);
            }
            size /= 2;
        }
        if self.suite.parts.len() > 1 {
            cuts.extend((0..self.suite.parts.len()).rev().map(|plugin| self.without(plugin)));
        }
        for (at, it) in self.moves.iter().enumerate() {
            let mut other = |it: Move| {
                let mut less = self.clone();
                less.moves[at] = it;
                cuts.push(less);
            };
            match it {
                Move::Step(step) => step.cuts().into_iter().for_each(|it| other(it.into())),
                Move::Answered(step, answer) => {
                    other(step.clone().into());
                    other(answer.clone().into());
                    let answered = |it| Move::Answered(it, answer.clone());
                    step.cuts().into_iter().for_each(|it| other(answered(it)));
                    let other_answer = |it| Move::Answered(step.clone(), it);
                    simpler(answer).into_iter().for_each(|it| other(other_answer(it)));
                }
                Move::Hold(_) | Move::Release => {}
            }
        }
        for (at, part) in self.suite.parts.iter().enumerate() {
            let mut other = |it: Part| {
                let mut less = self.clone();
                less.suite.parts[at] = it;
                cuts.push(less);
            };
            for edge in 0..part.edges.len() {
                let mut less = part.clone();
                less.edges.remove(edge);
                other(less);
                if part.edges[edge].major.is_some() {
                    let mut less = part.clone();
                    less.edges[edge].major = None;
                    other(less);
                }
            }
            for capability in (0..8).filter(|bit| part.provides & (1 << bit) != 0) {
                other(Part { provides: part.provides & !(1 << capability), ..part.clone() });
            }
            if part.version != (1, 0) {
                other(Part { version: (1, 0), ..part.clone() });
            }
        }
        cuts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cuts of a history, as texts.
    fn cuts(text: &str) -> Vec<String> {
        let history: History = text.parse().expect("it is a history");
        history.cuts().iter().map(|cut| cut.to_string().replace('\n', " | ")).collect()
    }

    #[test]
    fn operations_become_simpler_until_they_are_the_simplest() {
        for (command, expected) in [
            (
                Command::EnableEach(vec![3, 1, 2]),
                vec![
                    Command::EnableEach(vec![1, 2]),
                    Command::EnableEach(vec![3, 2]),
                    Command::EnableEach(vec![3, 1]),
                ],
            ),
            (Command::EnableEach(Vec::new()), vec![]),
            (Command::Configure(1, 7), vec![Command::Configure(1, 0)]),
            (Command::Configure(1, 0), vec![]),
            (Command::SetConfig(1, 7), vec![Command::SetConfig(1, 0)]),
            (Command::SetConfig(1, 0), vec![]),
            (Command::ReloadWith(1, 0), vec![Command::Reload(1)]),
            (Command::Reload(1), vec![]),
            (Command::EnableAllStrict, vec![Command::EnableAll]),
            (Command::EnableAll, vec![]),
            (Command::DisableCascade(1), vec![Command::Disable(1)]),
            (Command::UnloadCascade(1), vec![Command::Unload(1)]),
            (Command::Poll(3), vec![Command::Poll(2)]),
            (Command::Poll(0), vec![]),
        ] {
            assert_eq!(simpler(&command), expected, "{command:?}");
        }
    }

    #[test]
    fn faults_go_come_earlier_and_become_errors() {
        let step =
            |faults: &[(u8, Fault)]| Step { command: Command::EnableAll, faults: faults.into() };
        let whole = step(&[(5, Fault::Panic), (0, Fault::Error)]);
        assert_eq!(
            whole.cuts(),
            [
                step(&[(0, Fault::Error)]),
                step(&[(5, Fault::Panic)]),
                step(&[(5, Fault::Error), (0, Fault::Error)]),
                step(&[(2, Fault::Panic), (0, Fault::Error)]),
                step(&[(4, Fault::Panic), (0, Fault::Error)]),
            ]
        );
    }

    #[test]
    fn histories_lose_moves_then_plugins_then_what_is_said_of_them() {
        assert_eq!(
            cuts("a 1.0; b 2.1 provides #0 provides #2 requires a ^1\nenable b\nhold a\nrelease"),
            [
                // The moves: all, the last ones, then one after the other.
                "a 1.0; b 2.1 provides #0 provides #2 requires a ^1",
                "a 1.0; b 2.1 provides #0 provides #2 requires a ^1 | enable b | hold a",
                "a 1.0; b 2.1 provides #0 provides #2 requires a ^1 | enable b | release",
                "a 1.0; b 2.1 provides #0 provides #2 requires a ^1 | hold a | release",
                // The plugins, the last first.
                "a 1.0 | hold a | release",
                "a 2.1 provides #0 provides #2 | enable a | release",
                // The edges, what they ask for, what is provided, the version.
                "a 1.0; b 2.1 provides #0 provides #2 | enable b | hold a | release",
                "a 1.0; b 2.1 provides #0 provides #2 requires a | enable b | hold a | release",
                "a 1.0; b 2.1 provides #2 requires a ^1 | enable b | hold a | release",
                "a 1.0; b 2.1 provides #0 requires a ^1 | enable b | hold a | release",
                "a 1.0; b 1.0 provides #0 provides #2 requires a ^1 | enable b | hold a | release",
            ]
        );
        // An answer goes, takes the place of what it answers, and becomes simpler.
        assert_eq!(
            cuts("a 1.0\ndisable-cascade a; poll 1, call 0: Panic"),
            [
                "a 1.0",
                "a 1.0 | disable-cascade a, call 0: Panic",
                "a 1.0 | poll 1",
                "a 1.0 | disable-cascade a; poll 1",
                "a 1.0 | disable a; poll 1, call 0: Panic",
                "a 1.0 | disable-cascade a; poll 1, call 0: Error",
                "a 1.0 | disable-cascade a; poll 0, call 0: Panic",
            ]
        );
    }

    #[test]
    fn a_suite_is_cut_like_a_history_without_moves() {
        let suite: Suite = "a 1.0; b 2.0 wants a".parse().expect("it is a suite");
        let cuts: Vec<String> = suite.cuts().iter().map(Suite::to_string).collect();
        assert_eq!(cuts, ["a 1.0", "a 2.0", "a 1.0; b 2.0", "a 1.0; b 1.0 wants a"]);
    }
}
