//! One plugin at run time: its instance while it is in service, its configuration, its failures.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;

use super::desk::Desk;
use super::ledger::Ledger;
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
/// any thread borrows it without waiting; otherwise it is in the [`Ledger`], and whoever has the turn
/// may take it out to call a hook on it. It moves from the one to the other only when nobody borrows
/// it.
pub(crate) struct Slot {
    running: Swap<Running>,
    /// Somebody waits for the guards to be dropped.
    closing: AtomicBool,
    /// There is a configuration: most have none, and need not be asked.
    configured: AtomicBool,
    /// Never locked while a hook runs.
    record: Mutex<Record>,
}

/// What is known of the plugin beside its phase.
#[derive(Default)]
pub(crate) struct Record {
    config: Option<Arc<Value>>,
    /// The configuration did not fit when the suite was built, and is still the same.
    pub(crate) misfit: bool,
    pub(crate) failures: VecDeque<Arc<Failure>>,
}

impl Record {
    fn fail(&mut self, failure: Arc<Failure>) {
        if self.failures.len() == FAILURES {
            self.failures.pop_front();
        }
        self.failures.push_back(failure);
    }
}

impl Slot {
    pub(crate) fn new(config: Option<Arc<Value>>) -> Self {
        Slot {
            running: Swap::empty(),
            closing: AtomicBool::new(false),
            configured: AtomicBool::new(config.is_some()),
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

    /// The plugin's table, if it has one.
    #[inline]
    pub(crate) fn config(&self) -> Option<Arc<Value>> {
        if !self.configured.load(Ordering::Acquire) {
            return None;
        }
        self.record(|record| record.config.clone())
    }

    /// Replaces the plugin's table, and answers the one from before.
    pub(crate) fn set_config(&self, table: Option<Arc<Value>>) -> Option<Arc<Value>> {
        self.record(|record| {
            self.configured.store(table.is_some(), Ordering::Release);
            std::mem::replace(&mut record.config, table)
        })
    }

    pub(crate) fn fail(&self, failure: Arc<Failure>) {
        self.record(|record| record.fail(failure));
    }

    /// Records a failure that has changed nothing. If another one has made the plugin `Failed`, that
    /// stays the last.
    pub(crate) fn remark(&self, failure: Arc<Failure>, has_failed: bool) {
        self.record(|record| {
            let last = if has_failed { record.failures.pop_back() } else { None };
            [Some(failure), last].into_iter().flatten().for_each(|failure| record.fail(failure));
        });
    }

    /// The instance, if it is in service.
    pub(crate) fn running(&self) -> Option<Arc<Running>> {
        self.running.get()
    }

    /// Puts the plugin in service: from now on guards can be taken.
    #[inline]
    pub(crate) fn serve(&self, instance: Arc<Running>) {
        self.running.put(instance);
    }

    /// Takes `plugin`, which is this one, out of service: no new guards, and none left. Answers whether
    /// all were dropped by `deadline`; if not, the plugin is in service again.
    pub(crate) fn close(
        &self,
        plugin: u32,
        ledger: &Ledger,
        desk: &Desk,
        deadline: Instant,
    ) -> bool {
        // There is none if it was enabled within the operation that now takes it back.
        let Some(mut instance) = self.running.take() else { return true };
        let alone = Arc::get_mut(&mut instance).is_some()
            || self.wait(desk, deadline, || Arc::get_mut(&mut instance).is_some());
        if alone {
            ledger.put(plugin.into(), instance);
        } else {
            self.running.put(instance);
        }
        alone
    }

    /// Waits for guards to be dropped, which are told that somebody waits.
    #[cold]
    fn wait(&self, desk: &Desk, deadline: Instant, alone: impl FnMut() -> bool) -> bool {
        self.closing.store(true, Ordering::SeqCst);
        // It looks once more before it waits: a guard may have been dropped before it could be told.
        let alone = desk.wait_until(deadline, alone);
        self.closing.store(false, Ordering::SeqCst);
        alone
    }
}
