//! One plugin at run time: its instance, its configuration, its record.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;

use super::desk::Desk;
use super::ledger::Lane;
use crate::failure::Failure;
use crate::instance::Instance;
use crate::sync::{AtomicBool, Instant, Lease, Mutex, Ordering, Swap};

/// How many failures a plugin's record keeps: the newest.
const FAILURES: usize = 16;

/// An instance where it can be shared.
pub(crate) struct Running {
    pub(crate) instance: Box<dyn Instance>,
}

/// One plugin at run time.
///
/// The instance is in one of two places. While the plugin is in service it is in `running`, where
/// any thread borrows it without waiting; otherwise it is in `record`, and whoever has the turn may
/// take it out to call a hook on it. It moves from the one to the other only when nobody borrows it.
pub(crate) struct Slot {
    running: Swap<Running>,
    /// Somebody waits for the guards to be dropped.
    closing: AtomicBool,
    /// Never locked while a hook runs.
    record: Mutex<Record>,
}

/// What is known of the plugin beside its phase.
#[derive(Default)]
pub(crate) struct Record {
    pub(crate) instance: Option<Arc<Running>>,
    /// The other instance, while one replaces the other.
    pub(crate) beside: Option<Arc<Running>>,
    pub(crate) config: Option<Arc<Value>>,
    /// The configuration did not fit when the suite was built, and is still the same.
    pub(crate) misfit: bool,
    pub(crate) failures: VecDeque<Arc<Failure>>,
}

impl Record {
    fn seat(&mut self, lane: Lane) -> &mut Option<Arc<Running>> {
        match lane {
            Lane::Main => &mut self.instance,
            Lane::Side => &mut self.beside,
        }
    }
}

impl Slot {
    pub(crate) fn new(config: Option<Arc<Value>>) -> Self {
        Slot {
            running: Swap::empty(),
            closing: AtomicBool::new(false),
            record: Mutex::new(Record { config, ..Record::default() }),
        }
    }

    #[inline]
    pub(crate) fn lease(&self) -> Lease<Running> {
        self.running.lease()
    }

    #[inline]
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    #[inline]
    pub(crate) fn record<R>(&self, look: impl FnOnce(&mut Record) -> R) -> R {
        look(&mut self.record.lock())
    }

    pub(crate) fn fail(&self, failure: Arc<Failure>) {
        self.record(|record| {
            if record.failures.len() == FAILURES {
                record.failures.pop_front();
            }
            record.failures.push_back(failure);
        });
    }

    /// The instance, wherever it is, for a dependent's hook to borrow.
    pub(crate) fn share(&self) -> Option<Arc<Running>> {
        self.running.get().or_else(|| self.record(|record| record.instance.clone()))
    }

    /// Takes an instance out, for a hook that wants it alone.
    #[inline]
    pub(crate) fn take(&self, lane: Lane) -> Option<Arc<Running>> {
        self.record(|record| record.seat(lane).take())
    }

    #[inline]
    pub(crate) fn put(&self, lane: Lane, instance: Arc<Running>) {
        self.record(|record| *record.seat(lane) = Some(instance));
    }

    /// Makes the instance beside the plugin the plugin, and the other way round.
    pub(crate) fn replace(&self) {
        self.record(|record| std::mem::swap(&mut record.instance, &mut record.beside));
    }

    /// Puts the plugin in service: from now on guards can be taken.
    pub(crate) fn open(&self) {
        if let Some(instance) = self.take(Lane::Main) {
            self.serve(instance);
        }
    }

    /// The same with an instance that was taken out.
    #[inline]
    pub(crate) fn serve(&self, instance: Arc<Running>) {
        self.running.put(instance);
    }

    /// Takes the plugin out of service: no new guards, and none left. Answers whether all were
    /// dropped by `deadline`; if not, the plugin is in service again.
    pub(crate) fn close(&self, desk: &Desk, deadline: Instant) -> bool {
        self.closing.store(true, Ordering::SeqCst);
        let closed = match self.running.take() {
            // It was enabled within the operation that now takes it back.
            None => true,
            Some(mut instance) => {
                let alone = desk.wait_until(deadline, || Arc::get_mut(&mut instance).is_some());
                if alone {
                    self.put(Lane::Main, instance);
                } else {
                    self.running.put(instance);
                }
                alone
            }
        };
        self.closing.store(false, Ordering::SeqCst);
        closed
    }
}
