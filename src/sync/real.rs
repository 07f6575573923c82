//! Locks, atomics, threads and the clock of the machine.

use std::cell::Cell;
use std::sync::{self, Arc, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;

use super::{NUMBERED, Ordering};

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

/// A thread that has not asked for its number yet.
const UNNUMBERED: usize = usize::MAX;

thread_local! {
    static NUMBER: Cell<usize> = const { Cell::new(UNNUMBERED) };
    /// Gives the number back when the thread ends.
    static RETURN: Return = const { Return };
}

/// The numbers that threads have, a bit for each.
static TAKEN: AtomicU32 = AtomicU32::new(0);

struct Return;

impl Drop for Return {
    fn drop(&mut self) {
        // Whatever is still to be dropped on this thread does without.
        let number = NUMBER.replace(NUMBERED);
        if number < NUMBERED {
            TAKEN.fetch_and(!(1 << number), Ordering::AcqRel);
        }
    }
}

/// The number of this thread, which no other has that is alive; [`NUMBERED`] if all are taken.
#[inline]
pub(crate) fn thread_number() -> usize {
    match NUMBER.get() {
        UNNUMBERED => take_number(),
        number => number,
    }
}

/// Takes the lowest number that is free, so that few threads are all among the first.
#[cold]
fn take_number() -> usize {
    // Where it cannot be given back it must not be taken.
    if RETURN.try_with(|_| ()).is_err() {
        NUMBER.set(NUMBERED);
        return NUMBERED;
    }
    let mut taken = TAKEN.load(Ordering::Acquire);
    loop {
        let number = taken.trailing_ones() as usize;
        if number >= NUMBERED {
            // Some thread may have ended when it is asked for the next time.
            return NUMBERED;
        }
        let with = taken | 1 << number;
        match TAKEN.compare_exchange(taken, with, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => {
                NUMBER.set(number);
                return number;
            }
            Err(now) => taken = now,
        }
    }
}
