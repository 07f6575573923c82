//! The numbered record of all that happened, bounded in memory, and its replay.

use std::time::Duration;

use rustc_hash::FxHashMap;

use crate::event::{Event, EventKind};
use crate::graph::Resolution;
use crate::noted::{Noted, nanos};
use crate::phase::Phase;
#[cfg(test)]
use crate::stage::Stage;

/// An event as it is kept: 32 bytes, numbers for names, nothing on the heap. Times are kept in
/// nanoseconds, which is enough for some centuries; what is longer is cut off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    at: u64,
    plugin: u32,
    generation: u32,
    kind: EventKind,
    more: More,
}

/// What an event says beside its kind.
#[derive(Clone, Copy, Debug)]
enum More {
    /// How long the hook ran, if one has returned.
    Took(Noted),
    /// Which dependency of the plugin has which provider.
    Bound { position: u32, provider: u32 },
}

const _: () = assert!(size_of::<Record>() == 32);

impl Record {
    #[inline(always)]
    pub(crate) fn new(
        at: Duration,
        plugin: u32,
        generation: u32,
        kind: EventKind,
        took: Option<Duration>,
    ) -> Self {
        let more = More::Took(took.map_or(Noted::NEVER, Noted::of));
        Record { at: nanos(at), plugin, generation, kind, more }
    }

    /// That the dependency at `position` of a plugin has another provider.
    pub(crate) fn rebound(
        at: Duration,
        plugin: u32,
        generation: u32,
        position: u32,
        provider: u32,
    ) -> Self {
        let more = More::Bound { position, provider };
        Record { at: nanos(at), plugin, generation, kind: EventKind::DidRebind, more }
    }

    /// The event as the world sees it.
    pub(crate) fn event(&self, seq: u64, resolution: &Resolution) -> Event {
        let (took, other, capability) = match self.more {
            More::Took(took) => (took.time(), None, None),
            More::Bound { position, provider } => {
                let declared = resolution.declaration_at(self.plugin).dependencies();
                let capability = declared[position as usize].capability();
                (None, Some(resolution.id(provider).clone()), capability)
            }
        };
        Event {
            seq,
            at: Duration::from_nanos(self.at),
            plugin: resolution.id(self.plugin).clone(),
            generation: self.generation,
            kind: self.kind,
            took,
            other,
            capability,
        }
    }
}

/// The newest records, and what those that had to go add up to.
#[derive(Debug)]
pub(crate) struct Journal {
    /// A ring once it is full: the oldest record, at `oldest`, makes room for the next.
    records: Vec<Record>,
    oldest: usize,
    capacity: usize,
    /// The number of the oldest record that is kept.
    first: u64,
    /// What the records before that one add up to, so that a replay needs no more than what is kept.
    base: Replay,
}

/// One plugin in a replay: the generation that counts, and its phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) generation: u32,
    pub(crate) phase: Phase,
}

/// What events add up to.
#[derive(Clone, Debug)]
struct Replay {
    current: Vec<Standing>,
    /// The second generation of those plugins that have two: the next, or the one before.
    beside: FxHashMap<u32, Standing>,
    /// Those that have another provider than they were resolved to, by plugin and position.
    bound: FxHashMap<(u32, u32), u32>,
}

impl Replay {
    fn new(plugins: usize) -> Self {
        let start = Standing { generation: 0, phase: Phase::Discovered };
        Replay {
            current: vec![start; plugins],
            beside: FxHashMap::default(),
            bound: FxHashMap::default(),
        }
    }

    #[inline]
    fn apply(&mut self, record: &Record) {
        let &Record { plugin, generation, kind, more, .. } = record;
        let current = &mut self.current[plugin as usize];
        let Some(op) = kind.op() else {
            if kind == EventKind::DidReplace
                && !cfg!(plugstate_bug = "journal")
                && let Some(beside) = self.beside.get_mut(&plugin)
            {
                std::mem::swap(current, beside);
            }
            if let More::Bound { position, provider } = more {
                self.bound.insert((plugin, position), provider);
            }
            return;
        };
        let standing = if generation == current.generation {
            current
        } else if kind == EventKind::WillLoad && current.phase == Phase::Discovered {
            current.generation = generation;
            current
        } else {
            let start = Standing { generation, phase: Phase::Discovered };
            self.beside.entry(plugin).or_insert(start)
        };
        if let Some(phase) = standing.phase.after(op) {
            standing.phase = phase;
        }
        if !self.beside.is_empty()
            && self.beside.get(&plugin).is_some_and(|beside| beside.phase == Phase::Discovered)
        {
            self.beside.remove(&plugin);
        }
    }
}

impl Journal {
    pub(crate) fn new(plugins: usize, capacity: usize) -> Self {
        Journal {
            records: Vec::new(),
            oldest: 0,
            capacity: capacity.max(1),
            first: 0,
            base: Replay::new(plugins),
        }
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, record: Record) {
        if self.records.len() < self.capacity {
            self.records.push(record);
            return;
        }
        let place = &mut self.records[self.oldest];
        self.base.apply(place);
        *place = record;
        self.first += 1;
        self.oldest += 1;
        if self.oldest == self.capacity {
            self.oldest = 0;
        }
    }

    /// The records that are kept, the oldest first.
    fn kept(&self) -> impl Iterator<Item = &Record> {
        let (newer, older) = self.records.split_at(self.oldest);
        older.iter().chain(newer)
    }

    /// The number that the next record will have.
    #[inline]
    pub(crate) fn next_seq(&self) -> u64 {
        self.first + self.records.len() as u64
    }

    /// The records from number `seq` on that are kept, with their numbers.
    pub(crate) fn since(&self, seq: u64) -> impl Iterator<Item = (u64, &Record)> {
        let skip = usize::try_from(seq.saturating_sub(self.first)).unwrap_or(usize::MAX);
        (self.first..).zip(self.kept()).skip(skip)
    }

    /// The number of the oldest record that is kept.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// What the records before that one add up to, with the second generation of those that have two.
    pub(crate) fn before(&self) -> impl Iterator<Item = (Standing, Option<Standing>)> {
        let plugins = self.base.current.iter().zip(0..);
        plugins.map(|(&standing, plugin)| (standing, self.base.beside.get(&plugin).copied()))
    }

    /// Which dependencies had another provider before that one than they were resolved to, by plugin and
    /// position.
    pub(crate) fn bound(&self) -> &FxHashMap<(u32, u32), u32> {
        &self.base.bound
    }

    /// What all events, kept or not, add up to.
    pub(crate) fn replay(&self) -> Vec<Standing> {
        let mut replay = self.base.clone();
        self.kept().for_each(|record| replay.apply(record));
        replay.current
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(generation: u32, kind: EventKind) -> Record {
        Record::new(Duration::ZERO, 1, generation, kind, None)
    }

    /// Pushes `life` into journals of every capacity, and checks what is kept and what it adds up to.
    fn check(life: &[(u32, EventKind)], end: Standing) {
        for capacity in 1..=life.len() + 1 {
            let mut journal = Journal::new(2, capacity);
            for &(generation, kind) in life {
                journal.push(record(generation, kind));
            }
            let kept: Vec<_> = journal
                .since(0)
                .map(|(seq, record)| (seq, (record.generation, record.kind)))
                .collect();
            let gone = life.len().saturating_sub(capacity);
            assert_eq!(kept, (0..).zip(life.iter().copied()).skip(gone).collect::<Vec<_>>());
            assert_eq!(journal.next_seq(), life.len() as u64);
            let start = Standing { generation: 0, phase: Phase::Discovered };
            assert_eq!(journal.replay(), [start, end], "capacity {capacity}");
            assert_eq!(journal.since(life.len() as u64 - 1).count(), 1);
            assert_eq!(journal.since(99).count(), 0);
        }
    }

    #[test]
    fn a_bounded_journal_keeps_the_numbers_and_the_phases() {
        use EventKind::*;
        let life = [WillLoad, DidLoad, WillConfigure, DidConfigure, WillEnable, DidEnable];
        check(&life.map(|kind| (1, kind)), Standing { generation: 1, phase: Phase::Enabled });
    }

    #[test]
    fn two_generations_are_told_apart() {
        use EventKind::*;
        let start = [(1, WillLoad), (1, DidLoad), (1, DidConfigure), (1, DidEnable)];
        let beside = [(2, WillLoad), (2, DidLoad), (2, DidConfigure), (1, DidDisable)];
        let replaced = [(2, DidEnable), (2, DidReplace), (1, WillUnload), (1, DidUnload)];
        let failed = [(2, DidFail(Stage::Enable)), (2, WillUnload), (2, DidUnload), (1, DidEnable)];
        let enabled = |generation| Standing { generation, phase: Phase::Enabled };
        check(&[start, beside, replaced].concat(), enabled(2));
        check(&[start, beside, failed].concat(), enabled(1));
        let again = [(3, WillLoad), (3, DidFail(Stage::Load)), (3, WillUnload), (3, DidUnload)];
        check(&[start, beside, failed, again].concat(), enabled(1));
    }
}
