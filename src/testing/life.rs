//! A suite on its way through a history, with every invariant checked after every step.

use std::sync::Arc;
use std::time::Duration;

use super::command::Step;
use super::invariants::{Checker, Ended, Touch};
use super::picture::Picture;
use super::standing::standing_violations;
use super::suite::Suite;
use super::world::{World, host};
use crate::error::Error;
use crate::manager::{Backoff, Builder, Manager, Restart};

/// A [`Suite`] that is alive: its manager, the world that its plugins write into, and the checker
/// that follows it.
///
/// ```
/// use plugstate::testing::{Command, Edge, Fault, Life, Part, Step, Suite};
///
/// let suite = Suite::new([Part::default(), Part::default().with(Edge::requires(0))]);
/// let mut life = Life::new(&suite);
/// life.step(&Command::EnableAll.into()).expect("all invariants hold");
/// let step = Step::new(Command::Reload(0)).failing(0, Fault::Panic);
/// let taken = life.step(&step).expect("all invariants hold");
/// assert!(taken.answer.is_err());
/// life.end().expect("nothing is left");
/// ```
#[derive(Debug)]
pub struct Life {
    /// What the plugins write into.
    pub world: World,
    /// The manager of the suite.
    pub manager: Arc<Manager>,
    plugins: usize,
    checker: Checker,
}

/// A step that was taken, with all invariants holding after it.
#[derive(Debug)]
pub struct Taken {
    /// What the manager answered.
    pub answer: Result<(), Error>,
    /// How many hooks were called.
    pub calls: usize,
}

/// What is wrong after a step: the sentences of the invariants that do not hold, each beginning with
/// the invariant's name.
pub type Violations = Vec<String>;

impl Life {
    /// A life on one thread, in which failed plugins are restarted once, after a second.
    ///
    /// What cannot run is left out, as [`Builder::build_partial`] does.
    #[must_use]
    pub fn new(suite: &Suite) -> Self {
        let policy = Restart::OnFailure {
            max: 1,
            within: Duration::from_secs(1_000),
            backoff: Backoff::starting_with(Duration::from_secs(1)),
        };
        Life::on(suite, host().restart_all(policy))
    }

    /// A life in a manager that is built from `builder`, whose clock is stopped. Its hooks run on one
    /// thread.
    #[must_use]
    pub fn on(suite: &Suite, builder: Builder) -> Self {
        let world = World::new().traced();
        let builder = builder.clock(|| Duration::ZERO).threads(1);
        let builder = suite.add_to(builder, &world, 0..suite.parts.len());
        let manager = Arc::new(builder.build_partial());
        let seen = Arc::downgrade(&manager);
        let look = move || seen.upgrade().map_or_else(Vec::new, |it| standing_violations(&it));
        world.inspect(look);
        Life { world, manager, plugins: suite.parts.len(), checker: Checker::default() }
    }

    /// Takes a step and checks everything.
    ///
    /// # Errors
    ///
    /// The invariants that do not hold after it.
    pub fn step(&mut self, step: &Step) -> Result<Taken, Violations> {
        let before = Picture::of(&self.world, &self.manager);
        let (answer, calls) = self.run(step);
        let touch = step.command.touch(self.plugins);
        let ended = step.command.ended(&answer);
        self.checked(&before, &touch, ended, Taken { answer, calls })
    }

    /// Does whatever `deed` does with the manager, which may move what `touch` says, and checks
    /// everything. The answer says how it ended.
    ///
    /// # Errors
    ///
    /// The invariants that do not hold after it.
    pub fn watch<R>(
        &mut self,
        touch: &Touch,
        deed: impl FnOnce(&World, &Manager) -> (R, Ended),
    ) -> Result<R, Violations> {
        let before = Picture::of(&self.world, &self.manager);
        let (answer, ended) = deed(&self.world, &self.manager);
        self.checked(&before, touch, ended, answer)
    }

    fn checked<R>(
        &mut self,
        before: &Picture,
        touch: &Touch,
        ended: Ended,
        answer: R,
    ) -> Result<R, Violations> {
        let wrong = self.checker.check(&self.world, &self.manager, before, touch, ended);
        if wrong.is_empty() { Ok(answer) } else { Err(wrong) }
    }

    /// Takes steps without a look at what comes of them, for a way that was checked when it was
    /// found.
    pub fn follow<'a>(&mut self, steps: impl IntoIterator<Item = &'a Step>) {
        for step in steps {
            self.run(step).0.ok();
        }
        self.checker.skip(&self.world, &self.manager);
    }

    fn run(&self, step: &Step) -> (Result<(), Error>, usize) {
        self.world.fail_calls(step.faults.iter().map(|&(call, fault)| (call.into(), fault)));
        let answer = step.command.run(&self.manager, self.plugins);
        let calls = self.world.calls();
        self.world.fail_calls([]);
        (answer, calls)
    }

    /// Everything that can be told from outside. Two lives of one suite that answer the same here
    /// cannot be told apart.
    ///
    /// # Panics
    ///
    /// Never: the plugins of the suite are the manager's.
    #[must_use]
    pub fn state(&self) -> String {
        let mut state = format!("{:?}", Picture::of(&self.world, &self.manager));
        for at in 0..self.plugins {
            let left = self.manager.degradation(&Suite::name(at)).expect("it was registered");
            state.push_str(&format!("{:?}{:?}", left.prospect, left.stopped));
        }
        state
    }

    /// Drops the manager, which takes everything down if nobody else holds it.
    ///
    /// # Errors
    ///
    /// What does not hold while it does, and what is left.
    pub fn end(self) -> Result<(), Violations> {
        let Life { world, manager, mut checker, .. } = self;
        drop(manager);
        let mut wrong = checker.finish(&world);
        if !checker.nothing_is_left() {
            wrong.push("Residency: an instance is left, and the manager is gone".to_owned());
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}
