//! Locks, atomics, threads and the clock of the machine.

use std::sync::{self, Arc, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;

use super::Numbers;

pub(crate) use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicUsize};
pub(crate) use std::sync::{MutexGuard, OnceLock};
pub(crate) use std::time::Instant;
pub(crate) use std::{thread, thread_local};

pub(crate) use crossbeam_utils::atomic::AtomicCell;

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

/// The number of this thread: threads are numbered as they come here. One that is about to end may
/// be 0.
#[inline]
pub(crate) fn thread_number() -> usize {
    static THREADS: Numbers = Numbers::new();
    thread_local! {
        static MINE: usize = THREADS.next();
    }
    MINE.try_with(|&mine| mine).unwrap_or(0)
}
