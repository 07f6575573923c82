//! The one place in which a phase changes: the charts and the journal, under one short lock.
//!
//! A phase changes if and only if its event is written, so replaying the journal gives the present
//! phases by construction. The lock is held for the step alone, never while a hook or an observer
//! runs. Readers of a phase do not take it.

use std::collections::VecDeque;
use std::time::Duration;

use crate::chart::{Life, Refused};
use crate::event::EventKind;
use crate::journal::{Journal, Record};
use crate::phase::Phase;
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

pub(crate) struct Book {
    lives: Vec<Life>,
    pub(crate) journal: Journal,
    /// What observers have not been told yet; kept only while there are observers.
    pub(crate) untold: VecDeque<(u64, Record)>,
    pub(crate) observed: bool,
}

impl Ledger {
    pub(crate) fn new(plugins: usize, capacity: usize, clock: Clock) -> Self {
        Ledger {
            book: Mutex::new(Book {
                lives: vec![Life::new(); plugins],
                journal: Journal::new(plugins, capacity),
                untold: VecDeque::new(),
                observed: false,
            }),
            phases: (0..plugins).map(|_| AtomicU8::new(Phase::Discovered as u8)).collect(),
            generations: (0..plugins).map(|_| AtomicU32::new(0)).collect(),
            clock,
        }
    }

    pub(crate) fn now(&self) -> Duration {
        (self.clock)()
    }

    pub(crate) fn phase(&self, plugin: u32) -> Phase {
        Phase::ALL[usize::from(self.phases[plugin as usize].load(Ordering::Acquire))]
    }

    /// The generation that was loaded last, or is being loaded; 0 before the first.
    pub(crate) fn generation(&self, plugin: u32) -> u32 {
        self.generations[plugin as usize].load(Ordering::Acquire)
    }

    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock()
    }

    /// Asks the chart whether `kind` would be legal now.
    pub(crate) fn would(&self, plugin: u32, kind: EventKind) -> Result<(), Refused> {
        let Some(op) = kind.op() else { return Ok(()) };
        self.book().lives[plugin as usize].would(op).map(drop)
    }

    /// Writes that a hook is about to be called, and answers when. `done` is what will be written
    /// when it has returned: what the chart would refuse then is refused now.
    pub(crate) fn begin(
        &self,
        plugin: u32,
        will: EventKind,
        done: EventKind,
    ) -> Result<Duration, Refused> {
        let mut book = self.book();
        match will.op() {
            Some(_) => self.enter(&mut book, plugin, will)?,
            None => {
                if let Some(op) = done.op() {
                    book.lives[plugin as usize].would(op)?;
                }
            }
        }
        let at = self.now();
        self.write(&mut book, plugin, will, at, None);
        Ok(at)
    }

    /// Writes that a hook has returned, and makes the transition. `publish` is called within the
    /// same step, so that nobody sees the one without the other.
    pub(crate) fn finish(
        &self,
        plugin: u32,
        done: EventKind,
        began: Option<Duration>,
        publish: impl FnOnce(),
    ) -> Result<Duration, Refused> {
        let mut book = self.book();
        self.enter(&mut book, plugin, done)?;
        let at = self.now();
        let took = began.map(|began| at.saturating_sub(began));
        self.write(&mut book, plugin, done, at, took);
        publish();
        Ok(took.unwrap_or_default())
    }

    fn enter(&self, book: &mut Book, plugin: u32, kind: EventKind) -> Result<(), Refused> {
        if let Some(op) = kind.op() {
            let phase = book.lives[plugin as usize].take(op)?;
            if phase == Phase::Loading {
                self.generations[plugin as usize].fetch_add(1, Ordering::AcqRel);
            }
            self.phases[plugin as usize].store(phase as u8, Ordering::Release);
        }
        Ok(())
    }

    fn write(
        &self,
        book: &mut Book,
        plugin: u32,
        kind: EventKind,
        at: Duration,
        took: Option<Duration>,
    ) {
        let record = Record { at, took, plugin, generation: self.generation(plugin), kind };
        if book.observed {
            let seq = book.journal.next_seq();
            book.untold.push_back((seq, record));
        }
        book.journal.push(record);
    }
}
