//! Names to numbers: sorted once, found by hash.

use rustc_hash::FxHasher;
use std::hash::Hasher;
use std::ops::Range;

use super::NONE;

/// The positions of `names` in the order of the names, equal names in the order of their
/// positions; and the runs of equal names in that order.
///
/// Strings are compared only where eight bytes after what all names have in common do not decide.
pub(super) fn sorted(names: &[&str]) -> (Vec<u32>, Vec<Range<usize>>) {
    let common = names.iter().skip(1).fold(names.first().map_or(0, |n| n.len()), |common, name| {
        let both = names[0].as_bytes()[..common].iter().zip(name.as_bytes());
        both.take_while(|(a, b)| a == b).count()
    });
    let rest = |at: u32| &names[at as usize].as_bytes()[common..];
    let mut keyed: Vec<(u64, u32)> = (0..names.len() as u32)
        .map(|at| {
            let rest = rest(at);
            let mut key = [0; 8];
            let length = rest.len().min(8);
            key[..length].copy_from_slice(&rest[..length]);
            (u64::from_be_bytes(key), at)
        })
        .collect();
    keyed.sort_unstable_by(|a, b| {
        a.0.cmp(&b.0).then_with(|| rest(a.1).cmp(rest(b.1))).then(a.1.cmp(&b.1))
    });
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (i, pair) in keyed.windows(2).enumerate() {
        if pair[0].0 == pair[1].0 && rest(pair[0].1) == rest(pair[1].1) {
            match runs.last_mut() {
                Some(run) if run.end == i + 1 => run.end = i + 2,
                _ => runs.push(i..i + 2),
            }
        }
    }
    (keyed.into_iter().map(|(_, at)| at).collect(), runs)
}

/// How far from its place a name is put, and looked for, before a search among the sorted names
/// takes over: names that were chosen to collide cost a logarithm, not a walk.
const REACH: usize = 24;

/// A hash table from names to numbers; six bytes for each. It does not hold the names.
///
/// While dependencies are bound it numbers names by their arrival, since those that are near each
/// other then are often looked for together; [`renumber`](Index::renumber) makes that the order of
/// the names.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Number and, in the bits above it, a part of the hash, so that other names are rarely read.
    slots: Vec<u32>,
    /// How many low bits of a slot are the number.
    bits: u32,
}

impl Index {
    /// The table of `names` that differ; those for which `skip` holds are left out.
    pub(super) fn new(names: &[&str], skip: impl Fn(usize) -> bool) -> Self {
        // One number more than there are names, so that no slot in use reads as `NONE`.
        let bits = u32::BITS - (names.len() as u32).leading_zeros();
        let mut index = Index { slots: vec![NONE; names.len() + names.len() / 2 + 1], bits };
        for (number, name) in names.iter().enumerate().filter(|(number, _)| !skip(*number)) {
            let (home, tag) = index.place(name);
            for step in 0..REACH {
                let at = index.wrap(home + step);
                if index.slots[at] == NONE {
                    index.slots[at] = tag | number as u32;
                    break;
                }
            }
        }
        index
    }

    /// Gives each name the number `numbers[old]`; those numbers are no larger than the old ones
    /// could be.
    pub(super) fn renumber(&mut self, numbers: &[u32]) {
        let mask = self.mask();
        for slot in self.slots.iter_mut().filter(|slot| **slot != NONE) {
            *slot = *slot & !mask | numbers[(*slot & mask) as usize];
        }
    }

    /// The number of `name`, whose text is `text(number)`. What `ranked` says of a position in the
    /// order of the `count` names is the number there.
    pub(super) fn find<'a>(
        &self,
        name: &str,
        count: usize,
        text: impl Fn(u32) -> &'a str,
        ranked: impl Fn(u32) -> u32,
    ) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let (home, tag) = self.place(name);
        let mask = self.mask();
        for step in 0..REACH {
            let slot = self.slots[self.wrap(home + step)];
            if slot == NONE {
                return None;
            }
            if slot & !mask == tag && text(slot & mask) == name {
                return Some(slot & mask);
            }
        }
        let (mut low, mut high) = (0, count as u32);
        while low < high {
            let middle = low + (high - low) / 2;
            let number = ranked(middle);
            match text(number).cmp(name) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(number),
            }
        }
        None
    }

    /// Where `name` belongs, and its tag.
    fn place(&self, name: &str) -> (usize, u32) {
        let mut hasher = FxHasher::default();
        hasher.write(name.as_bytes());
        // This hasher's best bits are the upper ones of a product, which it hands out as the lower
        // ones: turn them back, take the place from above and the tag from right below.
        let hash = hasher.finish().rotate_right(26);
        let home = (u128::from(hash) * self.slots.len() as u128) >> 64;
        (home as usize, (hash >> 8) as u32 & !self.mask())
    }

    fn mask(&self) -> u32 {
        ((1u64 << self.bits) - 1) as u32
    }

    fn wrap(&self, at: usize) -> usize {
        if at < self.slots.len() { at } else { at % self.slots.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_by_text_with_the_runs_of_equal_names() {
        let names = ["plugin-b", "plugin-a", "plugin-", "plugin-a\0", "plugin-a", "plugin-b2"];
        let (order, runs) = sorted(&names);
        assert_eq!(order, [2, 1, 4, 3, 0, 5]);
        assert_eq!((runs.len(), runs[0].clone()), (1, 1..3));
        let names = ["sampler-long-a", "x", "sampler-long-b", "sampler-long-a", "x", "x"];
        let (order, runs) = sorted(&names);
        assert_eq!(order, [0, 3, 2, 1, 4, 5]);
        assert_eq!(runs, [0..2, 3..6]);
        assert!(sorted(&[]).0.is_empty());
        assert_eq!(sorted(&["", ""]), (vec![0, 1], vec![0..2; 1]));
    }

    #[test]
    fn finds_every_name_and_no_other() {
        let mut names: Vec<String> = (0..5_000).map(|i| format!("plugin-{i}")).collect();
        names.sort_unstable();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for count in [0, 1, 2, 3, 255, 256, 5_000] {
            let index = Index::new(&names[..count], |_| false);
            for (number, name) in names.iter().enumerate() {
                let found = index.find(name, count, |n| names[n as usize], |n| n);
                assert_eq!(found, (number < count).then_some(number as u32), "{name} of {count}");
            }
        }
        assert_eq!(Index::default().find("a", 0, |_| "a", |n| n), None);
    }

    #[test]
    fn numbers_by_arrival_become_numbers_by_name() {
        let names = ["spi", "clock", "uart", "clock"];
        let mut index = Index::new(&names, |at| at == 3);
        assert_eq!(index.find("uart", 3, |n| names[n as usize], |n| n), Some(2));
        index.renumber(&[1, 0, 2, NONE]);
        let sorted = ["clock", "spi", "uart"];
        for (number, name) in (0..).zip(sorted) {
            assert_eq!(index.find(name, 3, |n| sorted[n as usize], |n| n), Some(number));
        }
    }

    #[test]
    fn a_crowded_table_still_finds_every_name() {
        let mut names: Vec<String> = (0..500).map(|i| format!("{i}")).collect();
        names.sort_unstable();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut index = Index::new(&names, |_| false);
        // As if all places near home had been taken by others.
        let taken = index.mask() & 7;
        index.slots.fill(taken);
        for (number, name) in names.iter().enumerate() {
            assert_eq!(index.find(name, 500, |n| names[n as usize], |n| n), Some(number as u32));
        }
        assert_eq!(index.find("x", 500, |n| names[n as usize], |n| n), None);
    }
}
