//! The list of who has borrowed what, and the wait for what was borrowed.

use std::panic::Location;
use std::time::Duration;

use crate::place::Place;
use crate::sync::{
    AtomicCell, AtomicU32, CachePadded, Condvar, Instant, Mutex, Ordering, thread_number,
};

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

pub(crate) struct Line {
    /// One more than the plugin's index; 0 is a free line.
    plugin: AtomicU32,
    place: AtomicCell<Option<&'static Location<'static>>>,
}

/// A guard's line at the desk, if it found one.
pub(crate) struct Hold<'m>(Option<&'m Line>);

impl Hold<'_> {
    #[inline]
    pub(crate) fn release(&mut self) {
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

    #[inline]
    pub(crate) fn note(&self, plugin: u32, place: &'static Location<'static>) -> Hold<'_> {
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
    pub(crate) fn freed(&self) {
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

/// The line with which this thread begins.
#[inline]
fn favourite() -> usize {
    // A stride that is odd visits all lines before it returns to one.
    thread_number() * 5
}
