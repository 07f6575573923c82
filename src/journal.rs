//! The numbered record of all that happened, bounded in memory, and its replay.

use std::collections::VecDeque;
use std::time::Duration;

use rustc_hash::FxHashMap;

use crate::event::{Event, EventKind};
use crate::graph::Resolution;
use crate::phase::Phase;
#[cfg(test)]
use crate::stage::Stage;

/// An event as it is kept: indices for names, nothing on the heap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    pub(crate) at: Duration,
    pub(crate) took: Option<Duration>,
    pub(crate) plugin: u32,
    pub(crate) generation: u32,
    pub(crate) other: Option<u32>,
    pub(crate) kind: EventKind,
}

impl Record {
    /// The event as the world sees it.
    pub(crate) fn event(&self, seq: u64, resolution: &Resolution) -> Event {
        Event {
            seq,
            at: self.at,
            plugin: resolution.id(self.plugin).clone(),
            generation: self.generation,
            kind: self.kind,
            took: self.took,
            other: self.other.map(|other| resolution.id(other).clone()),
        }
    }
}

/// The newest records, and what those that had to go add up to.
#[derive(Debug)]
pub(crate) struct Journal {
    records: VecDeque<Record>,
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
}

impl Replay {
    fn new(plugins: usize) -> Self {
        let start = Standing { generation: 0, phase: Phase::Discovered };
        Replay { current: vec![start; plugins], beside: FxHashMap::default() }
    }

    #[inline]
    fn apply(&mut self, record: &Record) {
        let &Record { plugin, generation, kind, .. } = record;
        let current = &mut self.current[plugin as usize];
        if kind == EventKind::DidReplace {
            if let Some(beside) = self.beside.get_mut(&plugin) {
                std::mem::swap(current, beside);
            }
            return;
        }
        let Some(op) = kind.op() else { return };
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
        if self.beside.get(&plugin).is_some_and(|beside| beside.phase == Phase::Discovered) {
            self.beside.remove(&plugin);
        }
    }
}

impl Journal {
    pub(crate) fn new(plugins: usize, capacity: usize) -> Self {
        Journal {
            records: VecDeque::new(),
            capacity: capacity.max(1),
            first: 0,
            base: Replay::new(plugins),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, record: Record) {
        if self.records.len() == self.capacity
            && let Some(oldest) = self.records.pop_front()
        {
            self.base.apply(&oldest);
            self.first += 1;
        }
        self.records.push_back(record);
    }

    /// The number that the next record will have.
    #[inline]
    pub(crate) fn next_seq(&self) -> u64 {
        self.first + self.records.len() as u64
    }

    /// The records from number `seq` on that are kept, with their numbers.
    pub(crate) fn since(&self, seq: u64) -> impl Iterator<Item = (u64, &Record)> {
        let skip = usize::try_from(seq.saturating_sub(self.first)).unwrap_or(usize::MAX);
        (self.first..).zip(&self.records).skip(skip)
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

    /// What all events, kept or not, add up to.
    pub(crate) fn replay(&self) -> Vec<Standing> {
        let mut replay = self.base.clone();
        self.records.iter().for_each(|record| replay.apply(record));
        replay.current
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(generation: u32, kind: EventKind) -> Record {
        Record { at: Duration::ZERO, took: None, plugin: 1, generation, other: None, kind }
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
