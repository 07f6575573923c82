//! Locks, atomics, threads and the clock as the model checker `shuttle` knows them.
//!
//! Every operation here is a point at which another thread may go on. Shuttle's threads are coroutines
//! of one thread of the machine, so what has no such point within is one step. All atomics are
//! sequentially consistent: an ordering that is too weak is not found here.
//!
//! Time is counted in steps: each takes a microsecond. A wait with a limit of a millisecond and more
//! ends by a notification alone, so that one that is lost is a deadlock, which shows; a shorter one may
//! end at any time, as those of the machine do, and whoever waits looks at the clock. So what happens
//! follows from the schedule alone, and a schedule can be replayed.

use std::cell::{Cell, RefCell};
use std::num::NonZero;
use std::ops::{Add, Deref, DerefMut};
use std::sync::{self, Arc, PoisonError};
use std::time::Duration;

use shuttle::current::{context_switches, try_get_current_task};
use shuttle::thread::LocalKey;

pub(crate) use shuttle::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicUsize};

/// A point at which another thread may go on; none outside a run of the checker.
fn point() {
    if try_get_current_task().is_some() {
        thread::sleep(Duration::ZERO);
    }
}

/// See the twin in `real.rs`.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(shuttle::sync::Mutex<T>);

/// A guard that knows its lock, so that a wait can end before there is a notification.
pub(crate) struct MutexGuard<'a, T> {
    guard: shuttle::sync::MutexGuard<'a, T>,
    lock: &'a Mutex<T>,
}

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Mutex(shuttle::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        let guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        MutexGuard { guard, lock: self }
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

/// See the twin in `real.rs`.
#[derive(Debug)]
pub(crate) struct Condvar(shuttle::sync::Condvar);

impl Default for Condvar {
    fn default() -> Self {
        Condvar::new()
    }
}

impl Condvar {
    /// A wait with this limit or a longer one ends by a notification alone.
    const FOR_EVER: Duration = Duration::from_millis(1);

    pub(crate) const fn new() -> Self {
        Condvar(shuttle::sync::Condvar::new())
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }

    pub(crate) fn wait<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        limit: Duration,
    ) -> MutexGuard<'a, T> {
        let MutexGuard { guard, lock } = guard;
        if limit < Self::FOR_EVER {
            drop(guard);
            thread::yield_now();
            return lock.lock();
        }
        let guard = self.0.wait(guard).unwrap_or_else(PoisonError::into_inner);
        MutexGuard { guard, lock }
    }
}

/// See the twin in `real.rs`. The lock within is never held at a point.
#[derive(Debug)]
pub(crate) struct Swap<T>(sync::Mutex<Option<Arc<T>>>);

/// See the twin in `real.rs`.
#[derive(Debug)]
pub(crate) struct Lease<T>(Option<Arc<T>>);

impl<T> Deref for Lease<T> {
    type Target = Option<Arc<T>>;

    fn deref(&self) -> &Option<Arc<T>> {
        &self.0
    }
}

impl<T> Drop for Lease<T> {
    fn drop(&mut self) {
        // The value is given back in one step, and others may go on before it is.
        if self.0.is_some() {
            point();
        }
    }
}

impl<T> Swap<T> {
    pub(crate) fn empty() -> Self {
        Swap(sync::Mutex::new(None))
    }

    pub(crate) fn lease(&self) -> Lease<T> {
        Lease(self.get())
    }

    pub(crate) fn get(&self) -> Option<Arc<T>> {
        point();
        self.value().clone()
    }

    pub(crate) fn put(&self, value: Arc<T>) {
        point();
        // What was there is dropped with the lock free: that may be code of a plugin.
        let before = self.value().replace(value);
        drop(before);
    }

    pub(crate) fn take(&self) -> Option<Arc<T>> {
        point();
        self.value().take()
    }

    fn value(&self) -> sync::MutexGuard<'_, Option<Arc<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A value that is written and read as one.
#[derive(Debug, Default)]
pub(crate) struct AtomicCell<T>(sync::Mutex<T>);

impl<T: Copy> AtomicCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        AtomicCell(sync::Mutex::new(value))
    }

    pub(crate) fn load(&self) -> T {
        point();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn store(&self, value: T) {
        point();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = value;
    }
}

/// A value that is written once. It stands in statics, which all runs of a program share, so it is the
/// machine's within.
#[derive(Debug)]
pub(crate) struct OnceLock<T>(sync::OnceLock<T>);

impl<T> OnceLock<T> {
    pub(crate) const fn new() -> Self {
        OnceLock(sync::OnceLock::new())
    }

    pub(crate) fn get(&self) -> Option<&T> {
        point();
        self.0.get()
    }

    /// What makes the value must not have a point within.
    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        point();
        self.0.get_or_init(make)
    }
}

/// The clock: a microsecond a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(Duration);

impl Instant {
    pub(crate) fn now() -> Self {
        Instant(Duration::from_micros(context_switches() as u64))
    }

    pub(crate) fn elapsed(&self) -> Duration {
        Instant::now().saturating_duration_since(*self)
    }

    pub(crate) fn saturating_duration_since(&self, earlier: Instant) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    fn add(self, time: Duration) -> Instant {
        Instant(self.0 + time)
    }
}

/// The threads of the checker.
pub(crate) mod thread {
    use super::{Arc, Duration, NonZero};

    use shuttle::sync::Mutex;
    pub(crate) use shuttle::thread::{Scope, Thread, sleep, yield_now};

    /// Shuttle's own wakes the thread that has opened the scope when no thread of it is left, whatever
    /// that thread is waiting for then. So one is left until `work` is done.
    pub(crate) fn scope<'env, F, R>(work: F) -> R
    where
        F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> R,
    {
        shuttle::thread::scope(|scope| {
            let done = Arc::new(Mutex::new(()));
            let working = done.lock();
            let other = Arc::clone(&done);
            scope.spawn(move || drop(other.lock()));
            let answer = work(scope);
            drop(working);
            answer
        })
    }

    /// Time passes, so whoever is parked with a limit can always go on.
    pub(crate) fn park_timeout(_: Duration) {
        yield_now();
    }

    /// The same on every machine, for a schedule to mean the same.
    #[allow(clippy::unnecessary_wraps, reason = "as it is in the standard library")]
    pub(crate) fn available_parallelism() -> std::io::Result<NonZero<usize>> {
        Ok(NonZero::new(2).expect("two is not zero"))
    }
}

/// The number of this thread: threads are numbered as they are made.
pub(crate) fn thread_number() -> usize {
    try_get_current_task().map_or(0, usize::from)
}

/// What each thread of the checker has a value of its own of.
#[derive(Debug)]
pub(crate) struct Local<T: 'static>(pub(crate) &'static LocalKey<T>);

impl<T> Local<T> {
    /// Unlike the key itself this panics nowhere: panic hooks ask here, inside a run and outside.
    pub(crate) fn try_with<R>(&'static self, look: impl FnOnce(&T) -> R) -> Option<R> {
        try_get_current_task().and_then(|_| self.0.try_with(look).ok())
    }
}

impl<T> Local<RefCell<T>> {
    pub(crate) fn with_borrow<R>(&'static self, look: impl FnOnce(&T) -> R) -> R {
        self.0.with(|value| look(&value.borrow()))
    }

    pub(crate) fn with_borrow_mut<R>(&'static self, look: impl FnOnce(&mut T) -> R) -> R {
        self.0.with(|value| look(&mut value.borrow_mut()))
    }
}

impl<T: Default> Local<Cell<T>> {
    pub(crate) fn set(&'static self, new: T) {
        self.0.with(|value| value.set(new));
    }

    pub(crate) fn take(&'static self) -> T {
        self.0.with(Cell::take)
    }
}

/// As that of the standard library, which all threads of the checker would share.
macro_rules! local_of_the_model {
    ($(static $name:ident: $t:ty = const { $init:expr };)+) => { $(
        static $name: $crate::sync::Local<$t> = {
            shuttle::thread_local! { static KEY: $t = const { $init } }
            $crate::sync::Local(&KEY)
        };
    )+ };
}
pub(crate) use local_of_the_model as thread_local;
