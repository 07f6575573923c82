//! Guards: a running plugin on loan, and the list of who has borrowed what.

use std::any::Any;
use std::fmt;
use std::ops::Deref;
use std::panic::Location;
use std::time::{Duration, Instant};

use crossbeam_utils::CachePadded;
use crossbeam_utils::atomic::AtomicCell;

use super::slot::{Running, Slot};
use crate::place::Place;
use crate::sync::{AtomicU32, Condvar, Lease, Mutex, Ordering};

/// A plugin, or a plugin seen as a trait, that is enabled for as long as this lives.
///
/// Whoever wants to disable the plugin waits for its guards to be dropped, up to a deadline; so keep
/// guards short. Taking one waits for nobody.
pub struct Guard<'m, T: ?Sized + 'static> {
    /// `None` only while the guard is being dropped.
    lease: Option<Lease<Running>>,
    cast: for<'a> fn(&'a dyn Any) -> Option<&'a T>,
    hold: Hold<'m>,
    slot: &'m Slot,
    desk: &'m Desk,
}

/// Why there is no guard.
pub(crate) enum NoGuard {
    /// The plugin is not in service.
    NotServing,
    /// It is, and cannot be seen as what was asked for.
    NotSo,
}

impl<'m, T: ?Sized + 'static> Guard<'m, T> {
    /// A guard on the plugin in `slot`, if it is in service and can be seen as a `T`.
    ///
    /// Both are asked of one lease: a plugin that comes into service in between is not taken for one
    /// of another type.
    pub(crate) fn take(
        desk: &'m Desk,
        slot: &'m Slot,
        plugin: u32,
        cast: for<'a> fn(&'a dyn Any) -> Option<&'a T>,
        place: &'static Location<'static>,
    ) -> Result<Self, NoGuard> {
        let lease = slot.lease();
        if lease.is_none() {
            return Err(NoGuard::NotServing);
        }
        let hold = desk.note(plugin, place);
        let guard = Guard { lease: Some(lease), cast, hold, slot, desk };
        if guard.look().is_some() { Ok(guard) } else { Err(NoGuard::NotSo) }
    }

    fn look(&self) -> Option<&T> {
        let running = self.lease.as_ref()?.as_ref()?;
        (self.cast)(running.instance.plugin())
    }
}

impl<T: ?Sized + 'static> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.look().expect("a guard was taken on a plugin that can be seen so")
    }
}

impl<T: ?Sized + 'static> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        self.lease = None;
        self.hold.release();
        if self.slot.is_closing() {
            self.desk.freed();
        }
    }
}

impl<T: ?Sized + fmt::Debug + 'static> fmt::Debug for Guard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display + 'static> fmt::Display for Guard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// Where guards are noted when they are taken, so that a plugin that is not given free can be
/// reported with the places of those who hold it.
///
/// Its size does not grow with the plugins: a guard takes any free line, beginning at one that its
/// thread likes best, so that threads keep out of each other's way. Where all lines that it looks
/// at are taken the guard goes unnoted, which costs a place in an error message and nothing else.
pub(crate) struct Desk {
    lines: Box<[CachePadded<Line>]>,
    lock: Mutex<()>,
    freed: Condvar,
}

struct Line {
    /// One more than the plugin's index; 0 is a free line.
    plugin: AtomicU32,
    place: AtomicCell<Option<&'static Location<'static>>>,
}

/// A guard's line at the desk, if it found one.
struct Hold<'m>(Option<&'m Line>);

impl Hold<'_> {
    fn release(&mut self) {
        if let Some(line) = self.0.take() {
            line.plugin.store(0, Ordering::Release);
        }
    }
}

impl Desk {
    /// Lines in all; a power of two.
    const LINES: usize = 64;
    /// Lines that a guard looks at before it goes unnoted.
    const TRIES: usize = 4;

    pub(crate) fn new() -> Self {
        let line = || Line { plugin: AtomicU32::new(0), place: AtomicCell::new(None) };
        Desk {
            lines: (0..Self::LINES).map(|_| CachePadded::new(line())).collect(),
            lock: Mutex::new(()),
            freed: Condvar::new(),
        }
    }

    fn note(&self, plugin: u32, place: &'static Location<'static>) -> Hold<'_> {
        let start = favourite();
        for at in 0..Self::TRIES {
            let line = &*self.lines[(start + at) % Self::LINES];
            let mine = plugin + 1;
            if line.plugin.compare_exchange(0, mine, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                line.place.store(Some(place));
                return Hold(Some(line));
            }
        }
        Hold(None)
    }

    /// Where the guards on `plugin` were taken that are noted, each place once.
    pub(crate) fn holders(&self, plugin: u32) -> Vec<Place> {
        let mut places: Vec<_> = (self.lines.iter())
            .filter(|line| line.plugin.load(Ordering::Acquire) == plugin + 1)
            .filter_map(|line| line.place.load().map(Place::at))
            .collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Tells those who wait that a guard was dropped.
    fn freed(&self) {
        drop(self.lock.lock());
        self.freed.notify_all();
    }

    /// Waits until `done` or until `deadline`, and answers whether it is done.
    ///
    /// A guard tells us when it is dropped. The short slices are a second line: should a
    /// notification fall between a look and the wait, a slice is all that is lost.
    pub(crate) fn wait_until(&self, deadline: Instant, mut done: impl FnMut() -> bool) -> bool {
        const SLICE: Duration = Duration::from_millis(2);
        let mut lock = self.lock.lock();
        loop {
            if done() {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            lock = self.freed.wait(lock, left.min(SLICE));
        }
    }
}

/// The line with which this thread begins: threads are numbered as they come.
fn favourite() -> usize {
    static THREADS: AtomicU32 = AtomicU32::new(0);
    thread_local! {
        // A stride that is odd visits all lines before it returns to one.
        static MINE: usize = THREADS.fetch_add(1, Ordering::Relaxed) as usize * 5;
    }
    MINE.try_with(|&mine| mine).unwrap_or(0)
}
