//! The numbered record of all that happened, bounded in memory, and its replay.

use std::collections::VecDeque;
use std::time::Duration;

use crate::event::{Event, EventKind};
use crate::graph::Resolution;
use crate::phase::Phase;

/// An event as it is kept: indices for names, nothing on the heap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    pub(crate) at: Duration,
    pub(crate) took: Option<Duration>,
    pub(crate) plugin: u32,
    pub(crate) generation: u32,
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
    /// The phases before the oldest record that is kept, so that a replay needs no more than that.
    base: Vec<Standing>,
}

/// One plugin in a replay: the generation that counts, and its phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) generation: u32,
    pub(crate) phase: Phase,
}

impl Standing {
    const START: Standing = Standing { generation: 0, phase: Phase::Discovered };

    /// The standing after an event.
    fn after(self, record: &Record) -> Self {
        let Some(op) = record.kind.op() else { return self };
        match self.phase.after(op) {
            Some(phase) => Standing { generation: record.generation, phase },
            None => self,
        }
    }
}

impl Journal {
    pub(crate) fn new(plugins: usize, capacity: usize) -> Self {
        Journal {
            records: VecDeque::new(),
            capacity: capacity.max(1),
            first: 0,
            base: vec![Standing::START; plugins],
        }
    }

    pub(crate) fn push(&mut self, record: Record) {
        if self.records.len() == self.capacity
            && let Some(oldest) = self.records.pop_front()
        {
            let standing = &mut self.base[oldest.plugin as usize];
            *standing = standing.after(&oldest);
            self.first += 1;
        }
        self.records.push_back(record);
    }

    /// The number that the next record will have.
    pub(crate) fn next_seq(&self) -> u64 {
        self.first + self.records.len() as u64
    }

    /// The records from number `seq` on that are kept, with their numbers.
    pub(crate) fn since(&self, seq: u64) -> impl Iterator<Item = (u64, &Record)> {
        let skip = usize::try_from(seq.saturating_sub(self.first)).unwrap_or(usize::MAX);
        (self.first..).zip(&self.records).skip(skip)
    }

    /// What all events, kept or not, add up to.
    pub(crate) fn replay(&self) -> Vec<Standing> {
        let mut standings = self.base.clone();
        for record in &self.records {
            let standing = &mut standings[record.plugin as usize];
            *standing = standing.after(record);
        }
        standings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(plugin: u32, kind: EventKind) -> Record {
        Record { at: Duration::ZERO, took: None, plugin, generation: 1, kind }
    }

    #[test]
    fn a_bounded_journal_keeps_the_numbers_and_the_phases() {
        use EventKind::*;
        let life = [WillLoad, DidLoad, WillConfigure, DidConfigure, WillEnable, DidEnable];
        for capacity in 1..=life.len() + 1 {
            let mut journal = Journal::new(2, capacity);
            for kind in life {
                journal.push(record(1, kind));
            }
            let kept: Vec<_> = journal.since(0).map(|(seq, record)| (seq, record.kind)).collect();
            let expected: Vec<_> =
                (0..).zip(life).skip(life.len().saturating_sub(capacity)).collect();
            assert_eq!(kept, expected);
            assert_eq!(journal.next_seq(), 6);
            assert_eq!(
                journal.replay(),
                [Standing::START, Standing { generation: 1, phase: Phase::Enabled }]
            );
            assert_eq!(journal.since(5).count(), 1);
            assert_eq!(journal.since(99).count(), 0);
        }
    }
}
