//! The edges of one signal: its level at any time, its next edge, and itself without glitches.

/// A change of level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Edge {
    /// When, in nanoseconds.
    pub(crate) at_ns: u64,
    /// The level from then on.
    pub(crate) level: bool,
}

/// What one signal did from the start of a capture to its end.
///
/// Only the times are kept. The levels of a two-valued signal alternate, so an edge's place tells
/// its level, and a trace in which two edges in a row go the same way cannot be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trace {
    start_ns: u64,
    end_ns: u64,
    initial: bool,
    times: Vec<u64>,
}

impl Trace {
    /// Makes a trace from the levels that a signal took, in the order of time.
    ///
    /// A level that the signal already has is no edge, and of several levels at the same nanosecond
    /// the last one counts. A time before its predecessor's is taken as its predecessor's.
    pub(crate) fn new(
        start_ns: u64,
        end_ns: u64,
        initial: bool,
        levels: impl IntoIterator<Item = (u64, bool)>,
    ) -> Self {
        let mut times: Vec<u64> = Vec::new();
        let mut current = initial;
        for (at_ns, level) in levels {
            if level == current {
                continue;
            }
            current = level;
            match times.last() {
                Some(&last) if at_ns <= last => drop(times.pop()),
                _ => times.push(at_ns),
            }
        }
        Self { start_ns, end_ns, initial, times }
    }

    /// The first moment that the capture knows about.
    pub(crate) fn start_ns(&self) -> u64 {
        self.start_ns
    }

    /// The last moment that the capture knows about.
    pub(crate) fn end_ns(&self) -> u64 {
        self.end_ns
    }

    /// How many edges there are.
    pub(crate) fn edge_count(&self) -> usize {
        self.times.len()
    }

    /// The level at a time, an edge at that very time included. O(log n) in the edges.
    pub(crate) fn level_at(&self, at_ns: u64) -> bool {
        self.level_before(self.times.partition_point(|&t| t <= at_ns))
    }

    /// All edges in the order of time.
    pub(crate) fn edges(&self) -> impl Iterator<Item = Edge> + '_ {
        self.edges_from(0)
    }

    /// The edges later than a time. O(log n) to find the first.
    pub(crate) fn edges_after(&self, at_ns: u64) -> impl Iterator<Item = Edge> + '_ {
        self.edges_from(self.times.partition_point(|&t| t <= at_ns))
    }

    /// The first edge to a level that is later than a time. O(log n).
    pub(crate) fn next_to(&self, level: bool, at_ns: u64) -> Option<u64> {
        let mut edges = self.edges_after(at_ns);
        edges.find(|edge| edge.level == level).map(|edge| edge.at_ns)
    }

    /// The same signal without its pulses shorter than `min_ns`. O(n).
    ///
    /// Whatever level holds for less than that is dropped with both its edges, from the earliest
    /// on; the other edges stay where they were. In the result every two edges are at least
    /// `min_ns` apart.
    #[must_use]
    pub(crate) fn deglitch(&self, min_ns: u64) -> Self {
        let mut times: Vec<u64> = Vec::with_capacity(self.times.len());
        for &at_ns in &self.times {
            match times.last() {
                Some(&last) if at_ns - last < min_ns => drop(times.pop()),
                _ => times.push(at_ns),
            }
        }
        Self { times, ..*self }
    }

    /// The level just before the edge with this index, which is the level after all edges if there
    /// is none.
    fn level_before(&self, index: usize) -> bool {
        self.initial ^ (index % 2 == 1)
    }

    fn edges_from(&self, first: usize) -> impl Iterator<Item = Edge> + '_ {
        let later = self.times.iter().enumerate().skip(first);
        later.map(|(i, &at_ns)| Edge { at_ns, level: self.level_before(i + 1) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(times: &[u64]) -> Trace {
        let levels = times.iter().enumerate().map(|(i, &t)| (t, i % 2 == 0));
        Trace::new(0, 10_000, false, levels)
    }

    fn times(trace: &Trace) -> Vec<u64> {
        trace.edges().map(|edge| edge.at_ns).collect()
    }

    #[test]
    fn a_level_holds_from_its_edge_on() {
        let trace = trace(&[10, 20]);
        let levels = [0, 9, 10, 19, 20, u64::MAX].map(|t| trace.level_at(t));
        assert_eq!(levels, [false, false, true, true, false, false]);
    }

    #[test]
    fn edges_after_a_time_exclude_that_time() {
        let trace = trace(&[10, 20, 30]);
        assert_eq!(trace.edges_after(10).next(), Some(Edge { at_ns: 20, level: false }));
        assert_eq!(trace.edges_after(30).next(), None);
        assert_eq!(trace.next_to(true, 10), Some(30));
        assert_eq!(trace.next_to(false, 20), None);
    }

    #[test]
    fn repeated_levels_and_moments_make_no_edge() {
        let levels = [(1, false), (5, true), (5, false), (8, true), (9, true)];
        assert_eq!(times(&Trace::new(0, 10, false, levels)), [8]);
    }

    #[test]
    fn a_short_pulse_goes_and_its_neighbours_stay() {
        let noisy = trace(&[1_000, 2_000, 2_020, 3_000]);
        assert_eq!(times(&noisy.deglitch(50)), [1_000, 3_000]);
        assert_eq!(noisy.deglitch(20), noisy, "a pulse as long as the limit is no glitch");
    }

    #[test]
    fn a_bouncing_edge_becomes_one_edge() {
        assert_eq!(times(&trace(&[100, 110, 120]).deglitch(50)), [120]);
    }

    #[test]
    fn deglitching_keeps_distance_and_outer_levels_and_does_nothing_twice() {
        // A fixed linear congruential generator: 200 bursts, the same on every run.
        let mut seed = 7_u64;
        let mut now = 0;
        let mut random = Vec::new();
        for _ in 0..200 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            now += 1 + (seed >> 33) % 120;
            random.push(now);
        }
        let noisy = trace(&random);
        for min_ns in [0, 1, 30, 60, 119, 500] {
            let clean = noisy.deglitch(min_ns);
            let kept = times(&clean);
            assert!(kept.windows(2).all(|pair| pair[1] - pair[0] >= min_ns));
            assert!(kept.iter().all(|t| random.contains(t)));
            assert_eq!(clean.level_at(0), noisy.level_at(0));
            assert_eq!(clean.level_at(now), noisy.level_at(now));
            assert_eq!(clean.deglitch(min_ns), clean);
        }
    }
}
