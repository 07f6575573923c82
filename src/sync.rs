//! The only place that names a lock, an atomic or a condition variable.
//!
//! A model checker's versions can stand in here under a `--cfg`, and nothing else has to know. No
//! lock of this crate is held while a hook or an observer runs, so a poisoned one cannot have left
//! its data half changed by anybody's code but ours: poison is set aside.

use std::sync::{self, Arc, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;

pub(crate) use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicUsize, Ordering};
pub(crate) use std::sync::{MutexGuard, OnceLock};

/// A mutex that knows no poison.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Mutex(sync::Mutex::new(value))
    }

    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A condition variable for [`Mutex`].
#[derive(Debug, Default)]
pub(crate) struct Condvar(sync::Condvar);

impl Condvar {
    pub(crate) const fn new() -> Self {
        Condvar(sync::Condvar::new())
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }

    /// Waits for a notification, for `limit` at the most.
    pub(crate) fn wait<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        limit: Duration,
    ) -> MutexGuard<'a, T> {
        self.0.wait_timeout(guard, limit).unwrap_or_else(PoisonError::into_inner).0
    }
}

/// A shared value that many threads read without waiting, and that one takes away and puts back.
#[derive(Debug)]
pub(crate) struct Swap<T>(ArcSwapOption<T>);

/// A read of a [`Swap`]: the value stays where it is for as long as this lives.
pub(crate) type Lease<T> = arc_swap::Guard<Option<Arc<T>>>;

impl<T> Swap<T> {
    pub(crate) fn empty() -> Self {
        Swap(ArcSwapOption::const_empty())
    }

    #[inline]
    pub(crate) fn lease(&self) -> Lease<T> {
        self.0.load()
    }

    #[inline]
    pub(crate) fn get(&self) -> Option<Arc<T>> {
        self.0.load_full()
    }

    #[inline]
    pub(crate) fn put(&self, value: Arc<T>) {
        self.0.store(Some(value));
    }

    #[inline]
    pub(crate) fn take(&self) -> Option<Arc<T>> {
        self.0.swap(None)
    }
}
