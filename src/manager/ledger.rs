//! The one place in which a phase changes: the charts, the journal and the instances that are out of
//! service, under one short lock.
//!
//! A phase changes if and only if its event is written, so replaying the journal gives the present
//! phases by construction. An instance is handed out in the step that says that its hook begins, and
//! comes back in the step that says that it has returned. The lock is held for the step alone, never
//! while a hook or an observer runs. Readers of a phase do not take it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashMap;

use super::slot::Running;
use super::times::{Kept, Times};
use crate::chart::{Life, Refused};
use crate::event::EventKind;
use crate::journal::{Journal, Record};
use crate::phase::{Op, Phase};
use crate::stage::Stage;
use crate::sync::{AtomicU8, AtomicU32, Instant, Mutex, MutexGuard, Ordering};

pub(crate) struct Ledger {
    book: Mutex<Book>,
    /// The phases again, for readers.
    phases: Box<[AtomicU8]>,
    generations: Box<[AtomicU32]>,
    clock: Clock,
}

/// Where the time comes from: what it says is counted from the moment the manager was built.
pub(crate) enum Clock {
    /// The machine's, since then.
    Machine(Instant),
    /// One that the host has given.
    Host(Box<dyn Fn() -> Duration + Send + Sync>),
}

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

/// A hook, with the events on either side of it.
#[derive(Clone, Copy)]
pub(crate) struct Hook {
    pub(crate) stage: Stage,
    pub(crate) will: EventKind,
    pub(crate) done: EventKind,
}

impl Hook {
    pub(crate) const LOAD: Hook = Hook::new(Stage::Load, EventKind::WillLoad, EventKind::DidLoad);
    pub(crate) const CONFIGURE: Hook =
        Hook::new(Stage::Configure, EventKind::WillConfigure, EventKind::DidConfigure);
    pub(crate) const ENABLE: Hook =
        Hook::new(Stage::Enable, EventKind::WillEnable, EventKind::DidEnable);
    pub(crate) const DISABLE: Hook =
        Hook::new(Stage::Disable, EventKind::WillDisable, EventKind::DidDisable);
    pub(crate) const RESTORE: Hook =
        Hook::new(Stage::Restore, EventKind::WillRestore, EventKind::DidRestore);
    pub(crate) const UNLOAD: Hook =
        Hook::new(Stage::Unload, EventKind::WillUnload, EventKind::DidUnload);

    const fn new(stage: Stage, will: EventKind, done: EventKind) -> Self {
        Hook { stage, will, done }
    }
}

pub(crate) struct Book {
    pages: Vec<Page>,
    /// Second instances, while one replaces the other.
    beside: FxHashMap<u32, Beside>,
    /// For each plugin that was ever reloaded, the highest generation that was given out.
    issued: FxHashMap<u32, u32>,
    pub(crate) journal: Journal,
    /// When the newest event was written.
    latest: Duration,
    /// What observers have not been told yet; kept only while there are observers.
    pub(crate) untold: VecDeque<(u64, Record)>,
    pub(crate) observed: bool,
}

/// One plugin in the book: what a step looks at and changes.
#[derive(Default)]
struct Page {
    main: Stand,
    /// How long the hooks ran when they were last called.
    times: Kept,
}

/// One instance in the book.
#[derive(Default)]
struct Stand {
    life: Life,
    /// The instance, unless it is in service or a hook has it.
    instance: Option<Arc<Running>>,
}

struct Beside {
    generation: u32,
    stand: Stand,
}

impl Ledger {
    pub(crate) fn new(plugins: usize, capacity: usize, clock: Clock) -> Self {
        Ledger {
            book: Mutex::new(Book {
                pages: (0..plugins).map(|_| Page::default()).collect(),
                beside: FxHashMap::default(),
                issued: FxHashMap::default(),
                journal: Journal::new(plugins, capacity),
                latest: Duration::ZERO,
                untold: VecDeque::new(),
                observed: false,
            }),
            phases: (0..plugins).map(|_| AtomicU8::new(Phase::Discovered as u8)).collect(),
            generations: (0..plugins).map(|_| AtomicU32::new(0)).collect(),
            clock,
        }
    }

    #[inline]
    pub(crate) fn now(&self) -> Duration {
        match &self.clock {
            Clock::Machine(start) => start.elapsed(),
            Clock::Host(clock) => clock(),
        }
    }

    /// Whether the clock is the machine's.
    pub(crate) fn keeps_time(&self) -> bool {
        matches!(self.clock, Clock::Machine(_))
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
        self.book().times(plugin)
    }

    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock()
    }

    /// Asks whether `kind` would be legal now: the table first, which needs no lock, for the chart is
    /// asked again when it happens.
    #[inline]
    pub(crate) fn would(&self, seat: Seat, kind: EventKind) -> Result<(), Refused> {
        let Some(op) = kind.op() else { return Ok(()) };
        if seat.lane == Lane::Main && self.phase(seat.plugin).after(op).is_some() {
            return Ok(());
        }
        self.book().stand(seat).life.would(op).map(drop)
    }

    /// Takes an instance that is out of service out of the book.
    pub(crate) fn take(&self, seat: Seat) -> Option<Arc<Running>> {
        self.book().stand(seat).instance.take()
    }

    /// Puts an instance that is out of service into the book.
    pub(crate) fn put(&self, seat: Seat, instance: Arc<Running>) {
        self.book().stand(seat).instance = Some(instance);
    }

    /// The instance of a plugin that is out of service, and that no hook has.
    pub(crate) fn instance(&self, plugin: u32) -> Option<Arc<Running>> {
        self.book().pages[plugin as usize].main.instance.clone()
    }

    pub(crate) fn has_instance(&self, plugin: u32) -> bool {
        self.book().pages[plugin as usize].main.instance.is_some()
    }

    /// Writes that a hook is about to be called, and answers when, with the instance if there is one.
    /// What the chart would refuse when the hook has returned is refused now.
    ///
    /// `soon` says that this follows on the newest event at once, which then tells the time.
    // In one piece with the step that calls it, which knows the hook: so its operations are known too,
    // and nothing is handed through layers.
    #[inline(always)]
    pub(crate) fn begin(
        &self,
        seat: Seat,
        hook: Hook,
        soon: bool,
    ) -> Result<(Duration, Option<Arc<Running>>), Refused> {
        self.begin_in(&mut self.book(), seat, hook, soon)
    }

    #[inline(always)]
    fn begin_in(
        &self,
        book: &mut Book,
        seat: Seat,
        Hook { will, done, .. }: Hook,
        soon: bool,
    ) -> Result<(Duration, Option<Arc<Running>>), Refused> {
        match (will.op(), done.op()) {
            (Some(_), _) => self.enter(book, seat, will)?,
            (None, Some(op)) => drop(book.stand(seat).life.would(op)?),
            (None, None) => {}
        }
        let at = if soon { book.latest } else { self.now() };
        let generation = self.generation_of(book, seat);
        let instance = book.stand(seat).instance.take();
        book.write(at, Record::new(at, seat.plugin, generation, will, None));
        Ok((at, instance))
    }

    /// Writes that a hook has returned, and makes the transition. `instance` comes back into the book;
    /// `publish` is called within the same step, so that nobody sees the one without the other.
    #[inline(always)]
    pub(crate) fn finish(
        &self,
        seat: Seat,
        stage: Stage,
        done: EventKind,
        began: Option<Duration>,
        instance: Option<Arc<Running>>,
        publish: impl FnOnce(),
    ) -> Result<Duration, Refused> {
        let mut book = self.book();
        let took = self.finish_in(&mut book, seat, stage, done, began, instance)?;
        publish();
        Ok(took.unwrap_or_default())
    }

    #[inline(always)]
    fn finish_in(
        &self,
        book: &mut Book,
        seat: Seat,
        stage: Stage,
        done: EventKind,
        began: Option<Duration>,
        instance: Option<Arc<Running>>,
    ) -> Result<Option<Duration>, Refused> {
        let generation = self.generation_of(book, seat);
        if instance.is_some() {
            book.stand(seat).instance = instance;
        }
        self.enter(book, seat, done)?;
        let at = self.now();
        let took = began.map(|began| at.saturating_sub(began));
        if let Some(took) = took {
            book.pages[seat.plugin as usize].times.note(stage, took);
        }
        book.write(at, Record::new(at, seat.plugin, generation, done, took));
        Ok(took)
    }

    /// Writes that a hook has returned and that the next one is about to be called: in one step, and
    /// with one look at the clock. Answers how long the one ran, when the other began, and the instance.
    #[inline(always)]
    pub(crate) fn pass(
        &self,
        seat: Seat,
        hook: Hook,
        began: Duration,
        instance: Arc<Running>,
        next: Hook,
    ) -> Result<(Duration, Duration, Option<Arc<Running>>), Refused> {
        let mut book = self.book();
        let Hook { stage, done, .. } = hook;
        let took = self.finish_in(&mut book, seat, stage, done, Some(began), Some(instance))?;
        let (at, instance) = self.begin_in(&mut book, seat, next, true)?;
        Ok((took.unwrap_or_default(), at, instance))
    }

    /// Makes the instance beside the plugin the plugin, and the other way round. If it is enabled,
    /// `publish` is called with it within the same step.
    pub(crate) fn replace(&self, plugin: u32, publish: impl FnOnce(Arc<Running>)) {
        let mut book = self.book();
        let book = &mut *book;
        let Some(Beside { generation, stand }) = book.beside.get_mut(&plugin) else { return };
        let number = &self.generations[plugin as usize];
        let main = &mut book.pages[plugin as usize].main;
        std::mem::swap(stand, main);
        *generation = number.swap(*generation, Ordering::AcqRel);
        let phase = main.life.phase();
        self.phases[plugin as usize].store(phase as u8, Ordering::Release);
        let serving = if phase == Phase::Enabled { main.instance.take() } else { None };
        let generation = number.load(Ordering::Acquire);
        let at = self.now();
        book.write(at, Record::new(at, plugin, generation, EventKind::DidReplace, None));
        if let Some(instance) = serving {
            publish(instance);
        }
    }

    /// Writes something that changes no phase.
    pub(crate) fn note(&self, plugin: u32, kind: EventKind) {
        let mut book = self.book();
        let generation = self.generation(plugin);
        let at = self.now();
        book.write(at, Record::new(at, plugin, generation, kind, None));
    }

    /// Writes that the dependency at `position` of a plugin has another provider.
    pub(crate) fn note_rebind(&self, plugin: u32, position: usize, provider: u32) {
        let mut book = self.book();
        let (generation, at) = (self.generation(plugin), self.now());
        book.write(at, Record::rebound(at, plugin, generation, position as u32, provider));
    }

    /// Makes the transition that goes with an event.
    #[inline(always)]
    fn enter(&self, book: &mut Book, seat: Seat, kind: EventKind) -> Result<(), Refused> {
        let Some(op) = kind.op() else { return Ok(()) };
        let Seat { plugin, lane } = seat;
        if lane == Lane::Side {
            return self.enter_beside(book, plugin, kind, op);
        }
        let phase = book.pages[plugin as usize].main.life.take(op)?;
        if phase == Phase::Loading {
            let number = &self.generations[plugin as usize];
            let mut next = number.load(Ordering::Acquire) + 1;
            if !book.issued.is_empty()
                && let Some(highest) = book.issued.get_mut(&plugin)
            {
                next = next.max(*highest + 1);
                *highest = next;
            }
            number.store(next, Ordering::Release);
        }
        self.phases[plugin as usize].store(phase as u8, Ordering::Release);
        Ok(())
    }

    /// The same for the instance beside the plugin.
    #[cold]
    fn enter_beside(
        &self,
        book: &mut Book,
        plugin: u32,
        kind: EventKind,
        op: Op,
    ) -> Result<(), Refused> {
        if kind == EventKind::WillLoad {
            let highest = book.issued.get(&plugin).copied().unwrap_or_default();
            let generation = highest.max(self.generation(plugin)) + 1;
            book.issued.insert(plugin, generation);
            book.beside.insert(plugin, Beside { generation, stand: Stand::default() });
        }
        let phase = book.stand(Seat::side(plugin)).life.take(op)?;
        if phase == Phase::Discovered {
            book.beside.remove(&plugin);
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn generation_of(&self, book: &Book, seat: Seat) -> u32 {
        match seat.lane {
            Lane::Main => self.generation(seat.plugin),
            Lane::Side => book.beside.get(&seat.plugin).map_or(0, |beside| beside.generation),
        }
    }
}

impl Book {
    /// How long each hook of a plugin ran when it was last called.
    #[inline]
    pub(crate) fn times(&self, plugin: u32) -> Times {
        self.pages[plugin as usize].times.times()
    }

    /// Writes an event down, and keeps it for observers if there are any.
    #[inline(always)]
    fn write(&mut self, at: Duration, record: Record) {
        self.latest = at;
        if self.observed {
            self.tell_later(record);
        }
        self.journal.push(record);
    }

    #[cold]
    fn tell_later(&mut self, record: Record) {
        self.untold.push_back((self.journal.next_seq(), record));
    }

    #[inline]
    fn stand(&mut self, seat: Seat) -> &mut Stand {
        match seat.lane {
            Lane::Main => &mut self.pages[seat.plugin as usize].main,
            Lane::Side => {
                let beside = self.beside.get_mut(&seat.plugin);
                &mut beside.expect("a second instance is loaded before anything else").stand
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_instance_is_asked_for_itself_what_it_would_do() {
        let ledger = Ledger::new(1, 8, Clock::Host(Box::new(|| Duration::ZERO)));
        let (main, side) = (Seat::from(0), Seat::side(0));
        ledger.begin(side, Hook::LOAD, false).expect("nothing is loaded");
        let would = |seat, kind| ledger.would(seat, kind).is_ok();
        use EventKind::{DidEnable, DidLoad, WillEnable, WillLoad};
        let kinds = [WillLoad, DidLoad, WillEnable, DidEnable];
        assert_eq!(kinds.map(|kind| would(main, kind)), [true, false, true, false]);
        assert_eq!(kinds.map(|kind| would(side, kind)), [false, true, true, false]);
    }

    #[test]
    fn the_clock_of_a_host_need_not_go_on_while_hooks_run() {
        let keeps_time = |clock| Ledger::new(1, 8, clock).keeps_time();
        assert!(keeps_time(Clock::Machine(Instant::now())));
        assert!(!keeps_time(Clock::Host(Box::new(|| Duration::ZERO))));
    }
}
