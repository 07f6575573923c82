//! A suite with a checker beside it, and what all scenarios do.

use std::collections::BTreeMap;
use std::sync::Arc;

use plugstate::testing::{Checker, Ended, Picture, Probe, Touch, World, plugin};
use plugstate::{Builder, Declaration, Error, Manager, Phase};
use shuttle::rand::Rng;
use shuttle::sync::Mutex;
use shuttle::thread::{self, Scope};

/// What some plugins provide.
pub(crate) trait Port {
    fn probe(&self) -> &Probe;
}

impl Port for Probe {
    fn probe(&self) -> &Probe {
        self
    }
}

/// A suite, and the checker that follows it from its first operation on.
pub(crate) struct Case {
    pub(crate) world: World,
    pub(crate) manager: Manager,
    checker: Checker,
}

impl Case {
    pub(crate) fn new(world: &World, builder: Builder) -> Self {
        let manager = builder.build().expect("a suite without problems");
        Case { world: world.clone(), manager, checker: Checker::default() }
    }

    /// Runs operations, of which some may be under way at the same time if `touch` says so, and holds
    /// what is there afterwards against every invariant.
    pub(crate) fn run<R>(
        &mut self,
        touch: &Touch,
        operations: impl FnOnce(&Manager) -> (R, Ended),
    ) -> R {
        let Case { world, manager, checker } = self;
        let before = Picture::of(world, manager);
        let (answer, ended) = operations(manager);
        let wrong = checker.check(world, manager, &before, touch, ended);
        assert!(wrong.is_empty(), "{wrong:#?}");
        answer
    }

    /// The same of operations that end well.
    pub(crate) fn well<R>(&mut self, touch: &Touch, operations: impl FnOnce(&Manager) -> R) -> R {
        self.run(touch, |manager| (operations(manager), Ended::Well))
    }

    /// Stops everything, and looks that nothing is left.
    pub(crate) fn end(mut self) {
        self.well(&Touch::All, |manager| manager.shutdown().expect("nothing fails in a shutdown"));
        self.gone();
    }

    /// Looks that nothing is left when the manager is dropped.
    pub(crate) fn gone(mut self) {
        drop(self.manager);
        let wrong = self.checker.finish(&self.world);
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(self.checker.nothing_is_left());
    }
}

/// `top` requires `left` and `right`, which require `base`.
pub(crate) fn diamond() -> [Declaration; 4] {
    [
        plugin("base"),
        plugin("left").requires("base", "*"),
        plugin("right").requires("base", "*"),
        plugin("top").requires("left", "*").requires("right", "*"),
    ]
}

/// A builder of a suite in which everybody is a port.
pub(crate) fn ports(world: &World, declarations: impl IntoIterator<Item = Declaration>) -> Builder {
    declarations.into_iter().fold(Manager::builder(), |builder, declaration| {
        let probe = world.probe(declaration);
        builder.register(probe.view::<dyn Port>(|it| Some(it.downcast_ref::<Probe>()?)))
    })
}

/// One of `0..n`: it is part of the schedule.
pub(crate) fn pick(n: usize) -> usize {
    shuttle::rand::thread_rng().gen_range(0..n)
}

/// Lets others go on, so many times.
pub(crate) fn dawdle(times: usize) {
    (0..times).for_each(|_| thread::yield_now());
}

/// What one thread has seen so far of a manager.
#[derive(Default)]
pub(crate) struct Reader {
    next_seq: u64,
    /// The newest instance of each plugin that was borrowed.
    newest: BTreeMap<String, usize>,
}

impl Reader {
    /// Borrows a plugin if it is in service, holds it for a while, and answers whether it did.
    pub(crate) fn borrow(&mut self, manager: &Manager, name: &str) -> bool {
        match manager.get_as::<Probe>(name) {
            Ok(guard) => {
                let instance = guard.instance;
                assert!(guard.enabled, "{name} is on loan, and is not enabled");
                dawdle(pick(3));
                assert!(guard.enabled, "{name} was disabled on loan");
                assert_eq!(guard.instance, instance, "{name} was replaced on loan");
                self.sees(name, instance);
                true
            }
            Err(Error::NotEnabled { .. }) => false,
            Err(error) => panic!("{error}"),
        }
    }

    /// Borrows whoever is a port.
    pub(crate) fn ports(&mut self, manager: &Manager) {
        for (id, guard) in manager.services::<dyn Port>() {
            let probe = guard.probe();
            assert_eq!(probe.name(), id.as_str());
            assert!(probe.enabled, "{id} is on loan as a port, and is not enabled");
            self.sees(id.as_str(), probe.instance);
        }
    }

    /// No reader who has seen an instance sees an older one afterwards.
    fn sees(&mut self, name: &str, instance: usize) {
        let before = self.newest.insert(name.to_owned(), instance);
        assert!(before.is_none_or(|before| before <= instance), "{name} is an older one again");
    }

    /// What is written is written in order and without a gap.
    pub(crate) fn events(&mut self, manager: &Manager) {
        for event in manager.events(self.next_seq) {
            assert_eq!(event.seq, self.next_seq, "{event}");
            self.next_seq += 1;
        }
    }

    /// One look shows no plugin that is enabled on one that is not, even within an operation; and the
    /// numbers of events that it names are there to be read.
    pub(crate) fn snapshot(&mut self, manager: &Manager) {
        let snapshot = manager.snapshot();
        let phases: BTreeMap<&str, Phase> =
            snapshot.plugins.iter().map(|it| (it.id.as_str(), it.phase)).collect();
        for (name, phase) in &phases {
            for binding in manager.dependencies(name).expect("it was named") {
                let below = binding.bound.expect("it is resolved").as_str();
                let stands = *phase != Phase::Enabled || phases[below] == Phase::Enabled;
                assert!(stands, "{name} runs on {below}: {snapshot:?}");
            }
        }
        assert!(snapshot.next_seq >= self.next_seq, "the journal has shrunk");
        let written = manager.events(0).len() as u64;
        assert!(written >= snapshot.next_seq, "{written} events, of {}", snapshot.next_seq);
    }

    /// A bit of everything.
    pub(crate) fn look(&mut self, manager: &Manager, name: &str) {
        self.borrow(manager, name);
        self.ports(manager);
        self.snapshot(manager);
        self.events(manager);
    }
}

/// Threads that are over when this is. As in `src/sync/model.rs`: shuttle's own wakes the thread that
/// has opened the scope when no thread of it is left, whatever that thread is waiting for.
pub(crate) fn scope<'env, F, R>(work: F) -> R
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> R,
{
    thread::scope(|scope| {
        let done = Arc::new(Mutex::new(()));
        let working = done.lock();
        let other = Arc::clone(&done);
        scope.spawn(move || drop(other.lock()));
        let answer = work(scope);
        drop(working);
        answer
    })
}
