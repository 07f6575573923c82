//! The smallest parts in every schedule: see `tests/interleavings.rs`, which has the larger ones.

use std::any::Any;
use std::borrow::Cow;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use super::desk::Desk;
use super::guard::{Guard, Sight};
use super::ledger::{Clock, Ledger};
use super::plan::Request;
use super::pool::{self, Job, Rows, Threads};
use super::slot::{Running, Slot};
use super::turn::Turn;
use crate::instance::Instance;
use crate::plugin::{Bound, BoxError};
use crate::sync::{Instant, thread};

use shuttle::thread::spawn;

#[path = "../../tests/interleavings/explore.rs"]
#[allow(unreachable_pub, dead_code, reason = "it is shared with the tests outside")]
mod explore;

use explore::{exhaust, explore};

/// Longer than any of these runs.
const LONG: Duration = Duration::from_secs(3_600);

/// A plugin that nothing happens to.
struct Idle(u32);

impl Instance for Idle {
    fn configure(&mut self, _: Box<dyn Any>) -> Result<(), BoxError> {
        Ok(())
    }

    fn enable(&mut self, _: &[Option<Bound<'_>>]) -> Result<(), BoxError> {
        Ok(())
    }

    fn disable(&mut self) -> Result<(), BoxError> {
        Ok(())
    }

    fn restore(&mut self, _: &dyn Any) -> Result<(), BoxError> {
        Ok(())
    }

    fn unload(self: Box<Self>) -> Result<(), BoxError> {
        Ok(())
    }

    fn plugin(&self) -> &dyn Any {
        &self.0
    }
}

/// A plugin in service.
struct Service {
    desk: Desk,
    slot: Slot,
    ledger: Ledger,
}

impl Service {
    fn new() -> Arc<Self> {
        let slot = Slot::new(None);
        slot.serve(Arc::new(Running { instance: Box::new(Idle(7)) }));
        let ledger = Ledger::new(1, 1, Clock::Machine(Instant::now()));
        Arc::new(Service { desk: Desk::new(), slot, ledger })
    }

    fn borrow(&self) -> Option<Guard<'_, u32>> {
        let sight = Sight::Plugin(<dyn Any>::downcast_ref::<u32>);
        Guard::take(&self.desk, &self.slot, 0, sight, false, Location::caller(), |_| ()).ok()
    }
}

#[test]
fn who_closes_a_slot_has_the_instance_alone() {
    static LENT: AtomicUsize = AtomicUsize::new(0);
    let schedules = exhaust(|| {
        let service = Service::new();
        let other = Arc::clone(&service);
        let reader = spawn(move || {
            let Some(guard) = other.borrow() else { return };
            LENT.fetch_add(1, Relaxed);
            assert_eq!(*guard, 7);
        });
        let Service { desk, slot, ledger } = &*service;
        assert!(slot.close(0, ledger, desk, Instant::now() + LONG));
        let mut instance = ledger.take(0.into()).expect("it is out of service");
        assert!(Arc::get_mut(&mut instance).is_some(), "somebody has borrowed it");
        reader.join().unwrap();
        assert!(!slot.is_closing() && desk.holders(0).is_empty());
    });
    assert!(schedules == 0 || (1..schedules).contains(&LENT.load(Relaxed)), "both happen");
}

#[test]
fn the_turn_goes_from_one_to_the_other() {
    exhaust(|| {
        let shared = Arc::new((Turn::default(), AtomicUsize::new(0)));
        let operate = |(turn, running): &(Turn, AtomicUsize)| {
            let taken = turn.take(&Request::EnableAll, LONG);
            let taken = taken.unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(running.fetch_add(1, Relaxed), 0, "both have the turn");
            thread::sleep(Duration::ZERO);
            running.fetch_sub(1, Relaxed);
            drop(taken);
        };
        let other = Arc::clone(&shared);
        let other = spawn(move || operate(&other));
        operate(&shared);
        other.join().unwrap();
    });
}

#[test]
fn three_who_want_the_turn_all_have_it() {
    explore(|| {
        let turn = Arc::new(Turn::default());
        let operate = |turn: &Turn| match turn.take(&Request::EnableAll, LONG) {
            Ok(taken) => drop(taken),
            Err(error) => panic!("{error}"),
        };
        let others = [(); 2].map(|()| {
            let turn = Arc::clone(&turn);
            spawn(move || operate(&turn))
        });
        operate(&turn);
        others.into_iter().for_each(|other| other.join().unwrap());
    });
}

/// Runs tasks after those that stand in `before`. Each has so many steps, and says that it took `took`.
fn run(before: &[&[u32]], threads: Threads, steps: usize, took: Duration) {
    let order: Vec<u32> = (0..before.len() as u32).collect();
    let runs: Vec<AtomicUsize> = order.iter().map(|_| AtomicUsize::new(0)).collect();
    let rows = |row: Vec<u32>| -> Rows<'_> { [Cow::Owned(row), Cow::Borrowed(&[])] };
    let after = |task: u32| {
        rows(order.iter().copied().filter(|&at| before[at as usize].contains(&task)).collect())
    };
    let job = Job {
        order: &order,
        plugins: before.len(),
        before: &|task| rows(before[task as usize].to_vec()),
        after: &after,
        weights: &|| Box::new(|_| None),
        trusted: true,
    };
    let results = pool::run(&job, threads, |task, _| {
        let ready = before[task as usize].iter().all(|&at| runs[at as usize].load(Relaxed) == 2);
        assert!(ready, "{task} comes too early");
        assert_eq!(runs[task as usize].fetch_add(1, Relaxed), 0, "{task} runs twice");
        (0..steps).for_each(|_| thread::sleep(Duration::ZERO));
        runs[task as usize].fetch_add(1, Relaxed);
        pool::Done { result: task * 2, took, just_now: true }
    });
    assert_eq!(results, order.iter().map(|task| task * 2).collect::<Vec<_>>());
}

// The first two tasks have taken long enough, and the others are shared.
const SOON: Threads = Threads { count: 2, eager: false };

#[test]
fn two_threads_share_a_queue() {
    explore(|| run(&[&[], &[], &[0], &[2]], SOON, 1, Duration::from_micros(100)));
}

#[test]
fn a_thread_that_waits_is_told_of_what_is_ready() {
    explore(|| run(&[&[], &[], &[], &[2], &[2], &[3]], SOON, 1, Duration::from_micros(100)));
}

/// Tasks of which some have to wait for two others.
const FORKS: [&[u32]; 7] = [&[], &[0], &[0], &[1, 2], &[], &[4], &[3, 5]];

#[test]
fn a_second_thread_takes_over_where_the_first_is_held_up() {
    explore(|| run(&FORKS, Threads { count: 2, eager: true }, 25, Duration::ZERO));
}

#[test]
fn three_threads_turn_parallel_once() {
    explore(|| run(&FORKS, Threads { count: 3, eager: true }, 25, Duration::from_micros(60)));
}
