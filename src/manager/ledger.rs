//! The one place in which a phase changes: the charts and the journal, under one short lock.
//!
//! A phase changes if and only if its event is written, so replaying the journal gives the present
//! phases by construction. The lock is held for the step alone, never while a hook or an observer
//! runs. Readers of a phase do not take it.

use std::collections::VecDeque;
use std::time::Duration;

use rustc_hash::FxHashMap;

use super::record::Rebound;
use super::times::Times;
use crate::chart::{Life, Refused};
use crate::event::EventKind;
use crate::journal::{Journal, Record};
use crate::phase::Phase;
use crate::stage::Stage;
use crate::sync::{AtomicU8, AtomicU32, Mutex, MutexGuard, Ordering};

pub(crate) struct Ledger {
    book: Mutex<Book>,
    /// The phases again, for readers.
    phases: Box<[AtomicU8]>,
    generations: Box<[AtomicU32]>,
    clock: Clock,
}

/// Where the time comes from: what it says is counted from the moment the manager was built.
pub(crate) type Clock = Box<dyn Fn() -> Duration + Send + Sync>;

/// Which of a plugin's instances is meant. There are two while one replaces the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Lane {
    /// The one that is the plugin.
    Main,
    /// The one beside it: the next, or the one before.
    Side,
}

/// One instance of one plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) plugin: u32,
    pub(crate) lane: Lane,
}

impl From<u32> for Seat {
    fn from(plugin: u32) -> Self {
        Seat { plugin, lane: Lane::Main }
    }
}

impl Seat {
    pub(crate) fn side(plugin: u32) -> Self {
        Seat { plugin, lane: Lane::Side }
    }
}

pub(crate) struct Book {
    lives: Vec<Life>,
    /// How long the hooks ran when they were last called. They stand here since they are written
    /// together with the event, under the same lock.
    times: Vec<Times>,
    /// The lives of second instances, with their generations.
    beside: FxHashMap<u32, (u32, Life)>,
    /// For each plugin that was ever reloaded, the highest generation that was given out.
    issued: FxHashMap<u32, u32>,
    pub(crate) journal: Journal,
    /// What observers have not been told yet; kept only while there are observers.
    pub(crate) untold: VecDeque<(u64, Record)>,
    pub(crate) observed: bool,
    pub(crate) rebound: Rebound,
}

impl Ledger {
    pub(crate) fn new(plugins: usize, capacity: usize, clock: Clock) -> Self {
        Ledger {
            book: Mutex::new(Book {
                lives: vec![Life::new(); plugins],
                times: vec![Times::default(); plugins],
                beside: FxHashMap::default(),
                issued: FxHashMap::default(),
                journal: Journal::new(plugins, capacity),
                untold: VecDeque::new(),
                observed: false,
                rebound: Rebound::default(),
            }),
            phases: (0..plugins).map(|_| AtomicU8::new(Phase::Discovered as u8)).collect(),
            generations: (0..plugins).map(|_| AtomicU32::new(0)).collect(),
            clock,
        }
    }

    #[inline]
    pub(crate) fn now(&self) -> Duration {
        (self.clock)()
    }

    #[inline]
    pub(crate) fn phase(&self, plugin: u32) -> Phase {
        Phase::ALL[usize::from(self.phases[plugin as usize].load(Ordering::Acquire))]
    }

    /// The generation of the instance that is the plugin, or was last; 0 before the first.
    #[inline]
    pub(crate) fn generation(&self, plugin: u32) -> u32 {
        self.generations[plugin as usize].load(Ordering::Acquire)
    }

    /// How long each hook of a plugin ran when it was last called.
    pub(crate) fn times(&self, plugin: u32) -> Times {
        self.book().times[plugin as usize]
    }

    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock()
    }

    /// Asks the chart whether `kind` would be legal now.
    pub(crate) fn would(&self, seat: Seat, kind: EventKind) -> Result<(), Refused> {
        let Some(op) = kind.op() else { return Ok(()) };
        self.book().life(seat).would(op).map(drop)
    }

    /// Writes that a hook is about to be called, and answers when. `done` is what will be written
    /// when it has returned: what the chart would refuse then is refused now.
    pub(crate) fn begin(
        &self,
        seat: Seat,
        will: EventKind,
        done: EventKind,
    ) -> Result<Duration, Refused> {
        let mut book = self.book();
        match (will.op(), done.op()) {
            (Some(_), _) => self.enter(&mut book, seat, will)?,
            (None, Some(op)) => drop(book.life(seat).would(op)?),
            (None, None) => {}
        }
        let at = self.now();
        self.write(&mut book, seat, will, at, None);
        Ok(at)
    }

    /// Writes that a hook has returned, and makes the transition. `publish` is called within the
    /// same step, so that nobody sees the one without the other.
    pub(crate) fn finish(
        &self,
        seat: Seat,
        stage: Stage,
        done: EventKind,
        began: Option<Duration>,
        publish: impl FnOnce(),
    ) -> Result<Duration, Refused> {
        let mut book = self.book();
        let generation = self.generation_of(&book, seat);
        self.enter(&mut book, seat, done)?;
        let at = self.now();
        let took = began.map(|began| at.saturating_sub(began));
        self.write_as(&mut book, seat.plugin, generation, done, at, took, None);
        if let Some(took) = took {
            book.times[seat.plugin as usize].note(stage, took);
        }
        publish();
        Ok(took.unwrap_or_default())
    }

    /// Makes the instance beside the plugin the plugin. `publish` is called within the same step.
    pub(crate) fn replace(&self, plugin: u32, publish: impl FnOnce()) {
        let mut book = self.book();
        let book = &mut *book;
        let Some((generation, life)) = book.beside.get_mut(&plugin) else { return };
        let number = &self.generations[plugin as usize];
        std::mem::swap(life, &mut book.lives[plugin as usize]);
        *generation = number.swap(*generation, Ordering::AcqRel);
        let phase = book.lives[plugin as usize].phase();
        self.phases[plugin as usize].store(phase as u8, Ordering::Release);
        self.write(book, plugin.into(), EventKind::DidReplace, self.now(), None);
        publish();
    }

    /// Writes something that changes no phase.
    pub(crate) fn note(&self, plugin: u32, kind: EventKind) {
        let mut book = self.book();
        let generation = self.generation(plugin);
        self.write_as(&mut book, plugin, generation, kind, self.now(), None, None);
    }

    /// Writes that the dependency at `position` of a plugin has another provider.
    pub(crate) fn note_rebind(&self, plugin: u32, position: usize, provider: u32) {
        let mut book = self.book();
        let book = &mut *book;
        let seq = book.journal.next_seq();
        let (generation, kind) = (self.generation(plugin), EventKind::DidRebind);
        self.write_as(book, plugin, generation, kind, self.now(), None, Some(provider));
        book.rebound.note(book.journal.first(), seq, plugin, position, provider);
    }

    fn enter(&self, book: &mut Book, seat: Seat, kind: EventKind) -> Result<(), Refused> {
        let Some(op) = kind.op() else { return Ok(()) };
        let Seat { plugin, lane } = seat;
        if lane == Lane::Side && kind == EventKind::WillLoad {
            let highest = book.issued.get(&plugin).copied().unwrap_or_default();
            let generation = highest.max(self.generation(plugin)) + 1;
            book.issued.insert(plugin, generation);
            book.beside.insert(plugin, (generation, Life::new()));
        }
        let phase = book.life(seat).take(op)?;
        match lane {
            Lane::Side if phase == Phase::Discovered => drop(book.beside.remove(&plugin)),
            Lane::Side => {}
            Lane::Main => {
                let number = &self.generations[plugin as usize];
                if phase == Phase::Loading {
                    let last = number.load(Ordering::Acquire);
                    let highest = book.issued.get_mut(&plugin);
                    let next = highest.as_deref().map_or(last, |&highest| highest.max(last)) + 1;
                    if let Some(highest) = highest {
                        *highest = next;
                    }
                    number.store(next, Ordering::Release);
                }
                self.phases[plugin as usize].store(phase as u8, Ordering::Release);
            }
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn generation_of(&self, book: &Book, seat: Seat) -> u32 {
        match seat.lane {
            Lane::Main => self.generation(seat.plugin),
            Lane::Side => book.beside.get(&seat.plugin).map_or(0, |(generation, _)| *generation),
        }
    }

    #[inline]
    fn write(
        &self,
        book: &mut Book,
        seat: Seat,
        kind: EventKind,
        at: Duration,
        took: Option<Duration>,
    ) {
        let generation = self.generation_of(book, seat);
        self.write_as(book, seat.plugin, generation, kind, at, took, None);
    }

    #[allow(clippy::too_many_arguments, reason = "they are the fields of a record")]
    #[inline]
    fn write_as(
        &self,
        book: &mut Book,
        plugin: u32,
        generation: u32,
        kind: EventKind,
        at: Duration,
        took: Option<Duration>,
        other: Option<u32>,
    ) {
        let record = Record { at, took, plugin, generation, other, kind };
        if book.observed {
            let seq = book.journal.next_seq();
            book.untold.push_back((seq, record));
        }
        book.journal.push(record);
    }
}

impl Book {
    #[inline]
    fn life(&mut self, seat: Seat) -> &mut Life {
        match seat.lane {
            Lane::Main => &mut self.lives[seat.plugin as usize],
            Lane::Side => {
                let beside = self.beside.get_mut(&seat.plugin);
                &mut beside.expect("a second instance is loaded before anything else").1
            }
        }
    }
}
