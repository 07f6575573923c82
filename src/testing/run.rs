//! Runs a [`History`]: every invariant checked after each move and inside every hook, and the oracle
//! asked what had to come of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::command::{Command, Step};
use super::history::{History, Move};
use super::invariants::{Ended, Touch};
use super::life::{Life, Violations};
use super::oracle::{Holds, Oracle, Restarts, Verdict};
use super::standing::standing_violations;
use super::suite::Suite;
use super::world::{Probe, host};
use crate::error::{Error, Misuse};
use crate::event::EventKind;
use crate::manager::{Backoff, Guard, Manager, Prospect, Restart};
use crate::phase::Phase;
use crate::stage::Stage as Hook;
use crate::sync::Mutex;

/// What came of a history.
#[derive(Clone, Debug, Default)]
pub struct Tale {
    /// What each operation was answered with, and how many hooks were called in it.
    pub answers: Vec<(Verdict, usize)>,
    /// In how many operations a hook failed.
    pub failed: usize,
    /// How often a plugin was bound to another provider.
    pub rebound: usize,
    /// How many operations observers have asked for.
    pub answered: usize,
    /// How many guards were held.
    pub held: usize,
}

/// A history in which something was wrong. Its text is what a person needs: what was wrong, by the
/// name of the invariant, and the history up to there, which can be read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The sentences of what was wrong, each beginning with a name: that of an invariant, or `Oracle`.
    pub wrong: Violations,
    /// The history, up to the move after which it was seen.
    pub history: History,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.wrong.iter().try_for_each(|wrong| writeln!(f, "{wrong}"))?;
        write!(f, "after:\n{}", self.history)
    }
}

impl std::error::Error for Broken {}

/// How often failed plugins are restarted.
const RESTARTS: Restarts = Restarts { most: 2, wait: 1 };

impl History {
    /// Goes through the history with a new manager. After each move all invariants are checked, and
    /// the manager's answer, the hooks it has called, and all that can be seen of it are compared with
    /// the [`Oracle`]'s. Within each hook the standing invariants are checked, and that an operation
    /// is refused there.
    ///
    /// # Errors
    ///
    /// The first move after which something is wrong, with what it is.
    pub fn run(&self) -> Result<Tale, Box<Broken>> {
        self.run_on(Stage::new(&self.suite))
    }

    fn run_on(&self, mut stage: Stage) -> Result<Tale, Box<Broken>> {
        let broken = |wrong: Violations, moves: usize| {
            let moves = self.moves[..moves].to_vec();
            Box::new(Broken { wrong, history: History { suite: self.suite.clone(), moves } })
        };
        let mut tale = Tale::default();
        let manager = Arc::clone(&stage.life.manager);
        let mut guards = Vec::new();
        for (at, it) in self.moves.iter().enumerate() {
            let seen = stage.make(&manager, &mut guards, it, &mut tale);
            seen.map_err(|wrong| broken(wrong, at + 1))?;
        }
        drop(guards);
        drop(manager);
        stage.life.end().map_err(|wrong| broken(wrong, self.moves.len()))?;
        Ok(tale)
    }
}

/// A life, the oracle beside it, and the observer that asks for operations.
struct Stage {
    life: Life,
    oracle: Oracle,
    plugins: usize,
    asked: Arc<Mutex<Asked>>,
}

/// What an observer is to ask for, and what it was answered.
#[derive(Default)]
struct Asked {
    command: Option<Command>,
    answer: Option<Result<(), Error>>,
    /// The numbers of the events that it was told of, if they came in order.
    next: u64,
    wrong: Violations,
}

impl Stage {
    fn new(suite: &Suite) -> Self {
        let backoff = Backoff::starting_with(Duration::from_secs(RESTARTS.wait));
        let within = Duration::from_secs(u64::from(u16::MAX) * 4);
        let most = u32::try_from(RESTARTS.most).expect("it is small");
        let policy = Restart::OnFailure { max: most, within, backoff };
        // Nobody is to be waited for.
        let builder =
            host().restart_all(policy).guard_deadline(Duration::ZERO).turn_deadline(Duration::ZERO);
        let life = Life::on(suite, builder);
        let oracle = Oracle::new(suite, &life.manager).restarting(RESTARTS);
        let plugins = suite.parts.len();
        let asked = Arc::new(Mutex::new(Asked::default()));

        let seen = Arc::downgrade(&life.manager);
        life.world.inspect(move || seen.upgrade().map_or_else(Vec::new, |it| look_inside(&it)));
        let (seen, ask) = (Arc::downgrade(&life.manager), Arc::clone(&asked));
        life.manager.observe(move |event| {
            let command = {
                let mut asked = ask.lock();
                if event.seq != asked.next {
                    let due = asked.next;
                    asked.wrong.push(format!("Journal: told of {event}, where #{due} is due"));
                }
                asked.next = event.seq + 1;
                asked.command.take()
            };
            // With no lock held: what is asked for here is told of later.
            if let (Some(command), Some(manager)) = (command, seen.upgrade()) {
                let answer = command.run(&manager, plugins);
                ask.lock().answer = Some(answer);
            }
        });
        Stage { life, oracle, plugins, asked }
    }

    fn make<'m>(
        &mut self,
        manager: &'m Manager,
        guards: &mut Vec<Guard<'m, Probe>>,
        it: &Move,
        tale: &mut Tale,
    ) -> Result<(), Violations> {
        match it {
            Move::Step(step) => self.step(step, None, tale),
            Move::Answered(step, answer) => self.step(step, Some(answer), tale),
            Move::Hold(at) => {
                let name = Suite::name(usize::from(*at) % self.plugins.max(1));
                let guard = manager.get_as::<Probe>(&name);
                if guard.is_ok() != self.oracle.hold(*at) {
                    return Err(vec![format!("Oracle: a guard on {name} is {guard:?}")]);
                }
                tale.held += usize::from(guard.is_ok());
                guards.extend(guard);
                Ok(())
            }
            Move::Release => {
                guards.clear();
                self.oracle.release();
                Ok(())
            }
        }
    }

    fn step(
        &mut self,
        step: &Step,
        answer: Option<&Command>,
        tale: &mut Tale,
    ) -> Result<(), Violations> {
        let Stage { life, oracle, plugins, asked } = self;
        let plugins = *plugins;
        let first = life.manager.snapshot().next_seq;
        *asked.lock() = Asked { command: answer.cloned(), next: first, ..Asked::default() };
        life.world.log();
        let touch = match answer {
            None => step.command.touch(plugins),
            Some(_) => Touch::Several,
        };
        let (got, calls) = life.watch(&touch, |world, manager| {
            world.fail_calls(step.faults.iter().map(|&(call, fault)| (call.into(), fault)));
            let got = step.command.run(manager, plugins);
            let calls = world.calls();
            world.fail_calls([]);
            let ended = if answer.is_some() { Ended::Well } else { step.command.ended(&got) };
            ((got, calls), ended)
        })?;
        let events = life.manager.events(first);
        let is =
            |kind: fn(EventKind) -> bool| events.iter().filter(move |it| kind(it.kind)).count();
        tale.failed +=
            is(|kind| matches!(kind, EventKind::DidFail(stage) if stage != Hook::Fault)).min(1);
        tale.rebound += is(|kind| kind == EventKind::DidRebind);
        let (got, expected) = (Verdict::of(&got), oracle.answered(step, answer.cloned()));
        let mut wrong = std::mem::take(&mut asked.lock().wrong);
        if asked.lock().next != life.manager.snapshot().next_seq {
            wrong.push("Journal: an observer was not told of everything".to_owned());
        }
        compare(&mut wrong, "hooks", &oracle.log(), &life.world.log());
        compare(&mut wrong, "answer", &expected, &got);
        compare_standings(&mut wrong, oracle, &life.manager, plugins);
        tale.answered += usize::from(asked.lock().answer.is_some());
        tale.answers.push((got, calls));
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

fn compare<T: PartialEq + fmt::Debug>(wrong: &mut Violations, what: &str, due: &T, is: &T) {
    if due != is {
        wrong.push(format!("Oracle: {what}: {due:?} is due, and {is:?} is so"));
    }
}

/// Compares all that can be seen between two operations, plugin by plugin.
fn compare_standings(wrong: &mut Violations, oracle: &Oracle, manager: &Manager, plugins: usize) {
    let due = oracle.phases();
    let snapshot = manager.snapshot().plugins;
    let is: BTreeMap<String, (Phase, u32)> =
        snapshot.iter().map(|it| (it.id.to_string(), (it.phase, it.generation))).collect();
    for at in 0..plugins {
        let name = Suite::name(at);
        compare(wrong, &name, &due[&name], &is[&name]);
        if let Ok(probe) = manager.get_as::<Probe>(&name) {
            let holds = Holds { config: probe.config, memory: probe.memory };
            compare(wrong, &format!("the instance of {name}"), &oracle.holds(at), &holds);
        }
        if due[&name].0 == Phase::Failed && is[&name].0 == Phase::Failed {
            let left = manager.degradation(&name).expect("a plugin of the suite");
            let stopped: BTreeSet<String> = left.stopped.iter().map(ToString::to_string).collect();
            compare(wrong, &format!("stopped with {name}"), &oracle.stopped(at), &stopped);
            let restart = match left.prospect {
                Some(Prospect::RestartAt(at)) => Some(at.as_secs()),
                _ => None,
            };
            compare(wrong, &format!("restart of {name}"), &oracle.restart(at), &restart);
        }
    }
}

/// What must hold while a hook runs: the standing invariants, that reading does not wait, and that an
/// operation is refused and not waited for.
fn look_inside(manager: &Manager) -> Violations {
    let mut wrong = standing_violations(manager);
    match manager.enable_all() {
        Err(Error::Misuse(Misuse::Reentrant { .. })) => {}
        other => wrong.push(format!("Progress: an operation in a hook was answered {other:?}")),
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::world::Fault;

    /// `b` requires `a`.
    const PAIR: &str = "a 1.0; b 1.0 requires a";

    fn history(moves: &[&str]) -> History {
        format!("{PAIR}\n{}", moves.join("\n")).parse().expect("it is a history")
    }

    /// What is told of a history whose oracle was told something else.
    fn told(moves: &[&str], mislead: impl FnOnce(Oracle) -> Oracle) -> (Violations, usize) {
        let history = history(moves);
        let mut stage = Stage::new(&history.suite);
        stage.oracle = mislead(stage.oracle);
        let broken = history.run_on(stage).expect_err("the two differ");
        (broken.wrong, broken.history.moves.len())
    }

    fn led(mut oracle: Oracle, steps: &[Command]) -> Oracle {
        for step in steps {
            oracle.step(&step.clone().into());
        }
        oracle.log();
        oracle
    }

    #[test]
    fn a_manager_that_does_what_it_must_is_at_one_with_the_oracle() {
        let history = history(&["enable b", "fault a", "retry a"]);
        let tale = history.run_on(Stage::new(&history.suite)).expect("nothing differs");
        assert_eq!(tale.answers, [(Verdict::Well, 6), (Verdict::Well, 1), (Verdict::Well, 5)]);
    }

    #[test]
    fn hooks_answers_and_phases_that_are_not_due_are_told_with_the_history_up_to_there() {
        let moves = ["load a", "disable a", "enable b"];
        let (wrong, after) = told(&moves, |oracle| led(oracle, &[Command::Enable(0)]));
        assert_eq!(
            wrong,
            [
                r#"Oracle: hooks: [] is due, and ["load a"] is so"#,
                "Oracle: a: (Enabled, 1) is due, and (Loaded, 1) is so",
            ],
        );
        assert_eq!(after, 1);
        let moves = ["release", "disable a", "enable b"];
        let (wrong, after) = told(&moves, |oracle| led(oracle, &[Command::Enable(0)]));
        assert_eq!(
            wrong,
            [
                r#"Oracle: hooks: ["disable a"] is due, and [] is so"#,
                "Oracle: answer: Well is due, and Refused is so",
                "Oracle: a: (Disabled, 1) is due, and (Discovered, 0) is so",
            ],
        );
        assert_eq!(after, 2);
    }

    #[test]
    fn an_instance_that_holds_something_else_is_told() {
        let moves = ["enable b"];
        let (wrong, _) = told(&moves, |oracle| led(oracle, &[Command::SetConfig(0, 3)]));
        assert_eq!(
            wrong,
            [
                "Oracle: the instance of a: Holds { config: 3, memory: 0 } is due, and Holds { config: 0, memory: 0 } is so",
            ],
        );
    }

    #[test]
    fn a_plugin_that_comes_back_at_another_time_is_told() {
        let moves = ["enable b", "fault a"];
        let (wrong, after) =
            told(&moves, |oracle| oracle.restarting(Restarts { most: 2, wait: 5 }));
        assert_eq!(wrong, ["Oracle: restart of a: Some(5) is due, and Some(1) is so"]);
        assert_eq!(after, 2);
    }

    #[test]
    fn of_a_plugin_that_has_failed_for_one_of_the_two_the_phase_alone_is_told() {
        let enabled = || {
            let mut stage = Stage::new(&history(&[]).suite);
            stage
                .step(&Command::Enable(1).into(), None, &mut Tale::default())
                .expect("all is well");
            stage
        };
        let told = |stage: &Stage| {
            let mut wrong = Violations::new();
            compare_standings(&mut wrong, &stage.oracle, &stage.life.manager, 2);
            wrong
        };
        let mut stage = enabled();
        assert_eq!(told(&stage), Violations::new());
        stage.oracle.step(&Command::Fault(0).into());
        assert_eq!(
            told(&stage),
            [
                "Oracle: a: (Failed, 1) is due, and (Enabled, 1) is so",
                "Oracle: b: (Disabled, 1) is due, and (Enabled, 1) is so",
            ],
        );
        let stage = enabled();
        stage.life.manager.fault("a", "cut").expect("it runs");
        assert_eq!(
            told(&stage),
            [
                "Oracle: a: (Enabled, 1) is due, and (Failed, 1) is so",
                "Oracle: b: (Enabled, 1) is due, and (Disabled, 1) is so",
            ],
        );
    }

    #[test]
    fn a_manager_that_takes_an_operation_inside_a_hook_is_told() {
        let life = Life::new(&history(&[]).suite);
        let [wrong] = &look_inside(&life.manager)[..] else { panic!("no hook runs") };
        let expected =
            "Progress: an operation in a hook was answered Ok(Report { outcomes: [(\"a\", ";
        assert!(wrong.starts_with(expected), "{wrong}");
    }

    #[test]
    fn an_instance_that_outlives_its_manager_is_told() {
        let history = history(&["enable b"]);
        let stage = Stage::new(&history.suite);
        // What holds the manager holds its plugins.
        let _held = Arc::clone(&stage.life.manager);
        let broken = history.run_on(stage).expect_err("the manager is not gone");
        assert_eq!(broken.wrong, ["Residency: an instance is left, and the manager is gone"]);
        assert_eq!(broken.history, history);
    }

    #[test]
    fn an_operation_that_ended_badly_and_called_hooks_without_a_failure_is_told() {
        let mut life = Life::new(&history(&[]).suite);
        let told = life.watch(&Touch::All, |_, manager| {
            manager.load("a").expect("it loads");
            ((), Ended::Badly)
        });
        assert_eq!(
            told,
            Err(vec![
                r#"Atomic: a refusal has called Mark { instance: 0, plugin: "a", what: Starts(Load) }"#
                    .to_owned(),
                "Atomic: a was resident: false, and is: true".to_owned(),
            ]),
        );
        // An instance that was made beside another and is gone again has changed nothing.
        let mut life = Life::new(&history(&[]).suite);
        life.step(&Command::Enable(0).into()).expect("all is well");
        let step = Step::new(Command::Reload(0)).failing(1, Fault::Error);
        assert!(life.step(&step).expect("all is well").answer.is_err());
    }

    #[test]
    fn two_lives_that_stand_elsewhere_can_be_told_apart() {
        let suite = history(&[]).suite;
        let state = |steps: &[Command]| {
            let mut life = Life::new(&suite);
            for step in steps {
                life.step(&step.clone().into()).expect("all is well");
            }
            life.state()
        };
        let fresh = state(&[]);
        assert!(fresh.starts_with("Picture { phases: {\"a\": Discovered, "), "{fresh}");
        assert_eq!(fresh, state(&[]));
        assert_ne!(fresh, state(&[Command::Load(0)]));
        let faulted = state(&[Command::Enable(1), Command::Fault(0)]);
        let disabled = state(&[Command::Enable(1), Command::Disable(1), Command::Fault(0)]);
        assert_ne!(faulted, disabled, "what comes back differs");
    }
}
