//! Who is told of events: in order, after the operation, with no lock held.

use std::sync::Arc;

use super::boundary::shield;
use super::ledger::Ledger;
use crate::event::Event;
use crate::graph::Resolution;
use crate::sync::Mutex;

/// What is called with each event.
pub(crate) type Observe = Arc<dyn Fn(&Event) + Send + Sync>;

/// Names an observer, to end it with [`Manager::unobserve`](crate::Manager::unobserve);
/// [`Manager::observe`](crate::Manager::observe) gives it and has an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ObserverId(u64);

/// An observer that panicked, and was not called again: see
/// [`Manager::lost_observers`](crate::Manager::lost_observers).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostObserver {
    /// Which one.
    pub id: ObserverId,
    /// The number of the event that it was told.
    pub seq: u64,
    /// What the panic said.
    pub message: String,
}

#[derive(Default)]
pub(crate) struct Observers {
    list: Mutex<List>,
    /// Whether somebody is telling events now: they tell everybody's, so that the order is kept.
    telling: Mutex<bool>,
}

#[derive(Default)]
struct List {
    next: u64,
    observers: Vec<(ObserverId, Observe)>,
    lost: Vec<LostObserver>,
}

impl Observers {
    pub(crate) fn add(&self, ledger: &Ledger, observe: Observe) -> ObserverId {
        let mut list = self.list.lock();
        let id = ObserverId(list.next);
        list.next += 1;
        list.observers.push((id, observe));
        ledger.book().observed = true;
        id
    }

    pub(crate) fn remove(&self, ledger: &Ledger, id: ObserverId) -> bool {
        let mut list = self.list.lock();
        let before = list.observers.len();
        list.observers.retain(|(other, _)| *other != id);
        if list.observers.is_empty() {
            let mut book = ledger.book();
            book.observed = false;
            book.untold.clear();
        }
        list.observers.len() < before
    }

    pub(crate) fn lost(&self) -> Vec<LostObserver> {
        self.list.lock().lost.clone()
    }

    /// Tells what has not been told. An observer may call operations of the manager: the events of
    /// those are told by this very loop, after those that came before.
    pub(crate) fn tell(&self, ledger: &Ledger, resolution: &Resolution) {
        loop {
            if ledger.book().untold.is_empty() || !self.begin() {
                return;
            }
            loop {
                let next = ledger.book().untold.pop_front();
                let Some((seq, record)) = next else { break };
                let event = record.event(seq, resolution);
                let observers = self.list.lock().observers.clone();
                for (id, observe) in observers {
                    if let Err(message) = shield(|| observe(&event)) {
                        tracing::error!(event = %event, "an observer panicked: {message}");
                        self.remove(ledger, id);
                        self.list.lock().lost.push(LostObserver { id, seq, message });
                    }
                }
            }
            *self.telling.lock() = false;
            // An event may have been written between the last look and now: look again.
        }
    }

    fn begin(&self) -> bool {
        !std::mem::replace(&mut *self.telling.lock(), true)
    }
}
