//! The list of who has borrowed what, and the wait for what was borrowed.

use std::panic::Location;
use std::time::Duration;

use crate::place::Place;
use crate::sync::{
    AtomicCell, AtomicU32, CachePadded, Condvar, Instant, Mutex, NUMBERED, Ordering, thread_number,
};

/// Where guards are noted when they are taken, so that a plugin that is not given free can be
/// reported with the places of those who hold it.
///
/// Its size does not grow with the plugins. Threads have numbers, and each of the first ones has a
/// page of its own, on which nobody else begins a line: so noting a guard is two plain stores, in
/// memory that no other thread writes. The threads after them share pages. Where all lines of a page
/// are taken the guard goes unnoted, which costs a place in an error message and nothing else.
pub(crate) struct Desk {
    pages: Box<[CachePadded<[Line; LINES]>]>,
    lock: Mutex<()>,
    freed: Condvar,
}

/// Pages in all.
const PAGES: usize = 64;
/// Pages that have one thread each; the others are shared.
const OWNED: usize = NUMBERED;
/// Lines on a page: how many guards a thread can have noted at a time.
const LINES: usize = 4;

#[derive(Default)]
pub(crate) struct Line {
    /// One more than the plugin's index; 0 is a free line.
    plugin: AtomicU32,
    place: AtomicCell<Option<&'static Location<'static>>>,
}

/// A guard's line at the desk, if it found one.
pub(crate) struct Hold<'m>(Option<&'m Line>);

impl Hold<'_> {
    #[inline]
    pub(crate) fn release(&self) {
        if let Some(line) = self.0 {
            line.plugin.store(0, Ordering::Release);
        }
    }
}

impl Desk {
    pub(crate) fn new() -> Self {
        Desk {
            pages: (0..PAGES).map(|_| CachePadded::default()).collect(),
            lock: Mutex::new(()),
            freed: Condvar::new(),
        }
    }

    #[inline]
    pub(crate) fn note(&self, plugin: u32, place: &'static Location<'static>) -> Hold<'_> {
        let number = thread_number();
        if number >= OWNED {
            return self.note_shared(plugin, place);
        }
        let page = &self.pages[number];
        // Others may free a line here, for guards move between threads, but none will take one.
        let free = page.iter().find(|line| line.plugin.load(Ordering::Acquire) == 0);
        if let Some(line) = free {
            line.place.store(Some(place));
            line.plugin.store(plugin + 1, Ordering::Release);
        }
        Hold(free)
    }

    /// The same for a thread that has no page of its own.
    #[cold]
    fn note_shared(&self, plugin: u32, place: &'static Location<'static>) -> Hold<'_> {
        let lines = self.pages[OWNED..].iter().flat_map(|page| page.iter());
        let take = |line: &&Line| {
            let mine = plugin + 1;
            line.plugin.compare_exchange(0, mine, Ordering::Acquire, Ordering::Relaxed).is_ok()
        };
        let line = lines.into_iter().find(take);
        if let Some(line) = line {
            line.place.store(Some(place));
        }
        Hold(line)
    }

    /// Where the guards on `plugin` were taken that are noted, each place once.
    pub(crate) fn holders(&self, plugin: u32) -> Vec<Place> {
        let mut places: Vec<_> = (self.pages.iter().flat_map(|page| page.iter()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn here() -> &'static Location<'static> {
        Location::caller()
    }

    #[test]
    fn guards_are_noted_until_the_page_is_full_and_lines_are_used_again() {
        let desk = Desk::new();
        let place = here();
        let holds: Vec<_> = (0..6).map(|_| desk.note(7, place)).collect();
        assert_eq!(holds.iter().filter(|hold| hold.0.is_some()).count(), LINES);
        assert_eq!(desk.holders(7), [Place::at(place)], "each place once");
        assert!(desk.holders(6).is_empty());
        holds[1].release();
        let other = here();
        let hold = desk.note(7, other);
        assert_eq!(desk.holders(7), [Place::at(place), Place::at(other)]);
        holds.iter().for_each(Hold::release);
        hold.release();
        assert!(desk.holders(7).is_empty());
    }

    #[test]
    fn on_a_shared_page_the_plugin_is_noted_too() {
        let desk = Desk::new();
        let place = here();
        let hold = desk.note_shared(7, place);
        assert_eq!(desk.holders(7), [Place::at(place)]);
        hold.release();
        assert!(desk.holders(7).is_empty());
    }

    #[test]
    fn threads_that_live_at_the_same_time_have_pages_of_their_own_or_share() {
        let desk = Desk::new();
        let shared = (PAGES - OWNED) * LINES;
        let many = OWNED + shared + 16;
        let barrier = std::sync::Barrier::new(many);
        let distinct = |mut of: Vec<usize>| {
            let all = of.len();
            of.sort_unstable();
            of.dedup();
            assert_eq!(of.len(), all);
            all
        };
        let round = || {
            std::thread::scope(|scope| {
                let threads: Vec<_> = (0..many)
                    .map(|_| {
                        scope.spawn(|| {
                            let page = thread_number();
                            let hold = desk.note(1, here());
                            let line = hold.0.map(|line| std::ptr::from_ref(line).addr());
                            barrier.wait();
                            hold.release();
                            (page, line)
                        })
                    })
                    .collect();
                let all = threads.into_iter().map(|thread| thread.join().expect("it ends"));
                let (pages, lines): (Vec<_>, Vec<_>) = all.unzip();
                let own = distinct(pages.into_iter().filter(|&page| page < OWNED).collect());
                let noted = distinct(lines.into_iter().flatten().collect());
                // The threads of other tests have numbers too.
                assert!((OWNED / 2..=OWNED).contains(&own), "{own}");
                assert!((own + shared..=OWNED + shared).contains(&noted), "{noted} beside {own}");
            });
        };
        round();
        // The numbers of the threads that ended are used again.
        round();
        assert!(desk.holders(1).is_empty());
    }
}
