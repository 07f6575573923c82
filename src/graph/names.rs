//! Names to numbers: found by hash.

use std::cell::Cell;

use super::NONE;
use super::plain::{self, Plain};
use super::sort::{self, Texts};
use crate::meta::Declaration;

/// How far from its place a name is put, and looked for, before a search among the sorted names
/// takes over: names that were chosen to collide cost a logarithm, not a walk.
const REACH: usize = 24;

/// A hash table from names to numbers; eight bytes for each. It does not hold the names.
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
    /// A table with room for names with numbers below `count`.
    pub(super) fn of(count: usize) -> Self {
        // One number more than there are names, so that no slot in use reads as `NONE`.
        let bits = u32::BITS - (count as u32).leading_zeros();
        Index { slots: vec![NONE; 2 * count], bits }
    }

    /// Adds a name.
    pub(super) fn insert(&mut self, name: &[u8], number: u32) {
        let (home, tag) = self.place(name);
        for step in 0..REACH {
            let at = self.wrap(home + step);
            if self.slots[at] == NONE {
                self.slots[at] = tag | number;
                break;
            }
        }
    }

    /// Gives each name the number `numbers(old)`; those numbers are no larger than the old ones
    /// could be.
    pub(super) fn renumber(&mut self, numbers: impl Fn(u32) -> u32) {
        let mask = self.mask();
        for slot in self.slots.iter_mut().filter(|slot| **slot != NONE) {
            *slot = *slot & !mask | numbers(*slot & mask);
        }
    }

    /// The number of `name`, whose text is `text(number)`. What `ranked` says of a position in the
    /// order of the `count` names is the number there.
    pub(super) fn find<'a>(
        &self,
        name: &[u8],
        count: usize,
        text: impl Fn(u32) -> &'a [u8],
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

    /// The first number that may be the one of `name`; [`NONE`] if it has none. A number that nobody has
    /// says that it cannot be told.
    #[inline(always)]
    pub(super) fn first(&self, name: &[u8]) -> u32 {
        let mask = self.mask();
        let (home, tag) = self.place(name);
        let mut at = home;
        for _ in 0..REACH {
            match self.slots.get(at) {
                None | Some(&NONE) => return NONE,
                Some(slot) if slot & !mask == tag => return slot & mask,
                Some(_) => at = if at + 1 < self.slots.len() { at + 1 } else { 0 },
            }
        }
        mask
    }

    /// Where `name` belongs, and its tag.
    #[inline]
    fn place(&self, name: &[u8]) -> (usize, u32) {
        let hash = hash(name);
        // The place comes from above and the tag from below.
        let home = (u128::from(hash) * self.slots.len() as u128) >> 64;
        (home as usize, hash as u32 & !self.mask())
    }

    fn mask(&self) -> u32 {
        ((1u64 << self.bits) - 1) as u32
    }

    fn wrap(&self, at: usize) -> usize {
        if at < self.slots.len() { at } else { at % self.slots.len().max(1) }
    }
}

/// A hash whose bits are all good: words of eight bytes, mixed two by two by the halves of their product, as
/// in wyhash (Wang Yi); the last words may overlap. It guards against nobody; [`REACH`] does.
#[inline]
fn hash(name: &[u8]) -> u64 {
    let mix = |a: u64, b: u64| {
        let product = u128::from(a ^ 0x2545_F491_4F6C_DD1D) * u128::from(b ^ 0x9E37_79B9_7F4A_7C15);
        product as u64 ^ (product >> 64) as u64
    };
    let word = u64::from_le_bytes;
    let length = name.len() as u64;
    match (name.first_chunk::<8>(), name.last_chunk::<8>()) {
        (Some(first), Some(last)) => {
            let mut hash = length;
            let mut rest = name;
            while let Some((pair, more)) = rest.split_first_chunk::<16>()
                && !more.is_empty()
            {
                let [a, b] = [pair[..8].try_into(), pair[8..].try_into()]
                    .map(|half| word(half.expect("eight bytes")));
                hash = mix(hash ^ a, b);
                rest = more;
            }
            // At most sixteen bytes are left.
            let first = if let Some(last) = name.last_chunk::<16>() {
                word(last[..8].try_into().expect("eight bytes"))
            } else {
                word(*first)
            };
            mix(hash ^ first, word(*last))
        }
        _ => mix(length, plain::few(name)),
    }
}

/// Up to how many plugins names are looked for one by one: their entries are a mebibyte, of which a nearer
/// cache holds the most, and what one waits for is less than what batches cost. Only speed depends on it.
pub(super) const NEAR: usize = 16_384;

/// Reads a byte of each name, and does nothing with it: so one waits for memory while others do, where what
/// is done with them next would wait for each in turn.
pub(super) fn fetch<'a>(names: impl Iterator<Item = &'a str>) {
    let first = |name: &str| name.as_bytes().first().copied().unwrap_or(0);
    std::hint::black_box(names.fold(0, |all, name| all ^ first(name)));
}

/// The bytes of a name that an entry has room for.
const ROOM: usize = 40;

/// What is known of a declaration while dependencies are bound, side by side in one line of a cache.
#[derive(Clone)]
#[repr(align(64))]
pub(super) struct Entry {
    /// The name, as far as there is room, and zeros behind it.
    name: [u8; ROOM],
    length: u32,
    /// The number of the plugin; [`NONE`] where another declaration takes precedence.
    pub(super) number: u32,
    pub(super) version: Plain,
    /// The [`word`](plain::word) of a requirement that the version is known to meet: at first `=` and the
    /// version, later what was asked for last, as those who depend on a plugin often say the same.
    pub(super) met: Cell<u64>,
}

impl Entry {
    fn new(name: &[u8], version: Plain, met: u64) -> Self {
        let mut room = [0; ROOM];
        let length = name.len().min(ROOM);
        room[..length].copy_from_slice(&name[..length]);
        // A name of 2^32 bytes is longer than there is room for, and that is all that matters.
        let length = u32::try_from(name.len()).unwrap_or(u32::MAX);
        Entry { name: room, length, number: NONE, version, met: Cell::new(met) }
    }

    /// The name, if there was room for all of it.
    #[inline]
    fn name(&self) -> Option<&[u8]> {
        self.name.get(..self.length as usize)
    }
}

/// Whether two names are the same, which they mostly are: in words, the last of which may overlap.
#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match (a.last_chunk::<8>(), b.last_chunk::<8>()) {
        (Some(last), Some(other)) => {
            let mut words = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0);
            last == other && words.all(|(a, b)| a == b)
        }
        _ => plain::few(a) == plain::few(b),
    }
}

/// The declarations by arrival, with what is looked at most beside their names.
pub(super) struct Entries<'a> {
    pub(super) list: Vec<Entry>,
    declarations: &'a [Declaration],
}

impl<'a> Entries<'a> {
    pub(super) fn of(declarations: &'a [Declaration]) -> Self {
        Entries { list: Vec::with_capacity(declarations.len()), declarations }
    }

    /// Adds the next declaration, in the order of arrival.
    pub(super) fn push(&mut self, version: Plain) {
        let declaration = &self.declarations[self.list.len()];
        let met = version.exactly(declaration.version().as_bytes());
        self.list.push(Entry::new(declaration.id().as_str().as_bytes(), version, met));
    }

    /// The index of those that have a number, by arrival.
    pub(super) fn index(&self) -> Index {
        let mut index = Index::of(self.list.len());
        let count = (0..).zip(&self.list).filter(|(_, entry)| entry.number != NONE);
        count.for_each(|(at, _)| index.insert(self.text(at), at));
        index
    }

    /// The entry of a declaration by arrival, if it is called `name` and that can be seen here.
    #[inline]
    pub(super) fn seen(&self, at: u32, name: &str) -> Option<&Entry> {
        let entry = self.list.get(at as usize)?;
        entry.name().is_some_and(|mine| same(mine, name.as_bytes())).then_some(entry)
    }

    /// The arrival of the declaration called `name`, [`NONE`] if there is none. `first` is what
    /// [`Index::first`] says, and `by_name` are the arrivals in the order of the names.
    pub(super) fn find(&self, index: &Index, by_name: &[u32], name: &str, first: u32) -> u32 {
        if first == NONE || self.seen(first, name).is_some() {
            return first;
        }
        let ranked = |rank| by_name[rank as usize];
        let found = index.find(name.as_bytes(), by_name.len(), |at| self.text(at), ranked);
        found.unwrap_or(NONE)
    }
}

impl Texts for Entries<'_> {
    fn count(&self) -> usize {
        self.list.len()
    }

    #[inline]
    fn text(&self, at: u32) -> &[u8] {
        let name = self.list[at as usize].name();
        name.unwrap_or_else(|| self.declarations[at as usize].id().as_str().as_bytes())
    }

    #[inline]
    fn key(&self, at: u32, skip: usize) -> u64 {
        match self.list[at as usize].name.get(skip..skip + 8) {
            Some(key) => u64::from_be_bytes(key.try_into().expect("eight bytes")),
            None => sort::key(self.text(at), skip),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(names: &[&str]) -> Index {
        let mut index = Index::of(names.len());
        (0..).zip(names).for_each(|(number, name)| index.insert(name.as_bytes(), number));
        index
    }

    fn find(index: &Index, name: &str, names: &[&str]) -> Option<u32> {
        index.find(name.as_bytes(), names.len(), |n| names[n as usize].as_bytes(), |n| n)
    }

    #[test]
    fn finds_every_name_and_no_other() {
        let mut names: Vec<String> = (0..5_000).map(|i| format!("plugin-{i}")).collect();
        names.sort_unstable();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for count in [0, 1, 2, 3, 255, 256, 5_000] {
            let index = index(&names[..count]);
            for (number, name) in names.iter().enumerate() {
                let found = find(&index, name, &names[..count]);
                assert_eq!(found, (number < count).then_some(number as u32), "{name} of {count}");
            }
        }
        assert_eq!(find(&Index::default(), "a", &[]), None);
    }

    #[test]
    fn numbers_by_arrival_become_numbers_by_name() {
        let names = ["spi", "clock", "uart"];
        let mut index = index(&names);
        assert_eq!(find(&index, "uart", &names), Some(2));
        index.renumber(|old| [1, 0, 2][old as usize]);
        let sorted = ["clock", "spi", "uart"];
        for (number, name) in (0..).zip(sorted) {
            assert_eq!(find(&index, name, &sorted), Some(number));
        }
    }

    #[test]
    fn a_crowded_table_still_finds_every_name() {
        let mut names: Vec<String> = (0..500).map(|i| format!("{i}")).collect();
        names.sort_unstable();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut index = index(&names);
        // As if all places near home had been taken by others.
        let taken = index.mask() & 7;
        index.slots.fill(taken);
        for (number, &name) in names.iter().enumerate() {
            assert_eq!(find(&index, name, &names), Some(number as u32));
        }
        assert_eq!(find(&index, "x", &names), None);
    }

    #[test]
    fn names_are_spread_over_the_table() {
        let mut index = Index::of(10_000);
        for number in 0..10_000 {
            index.insert(format!("plugin-{number:07}").as_bytes(), number);
        }
        // None had to be left out, and names are about as far from home as chance has it.
        assert_eq!(index.slots.iter().filter(|slot| **slot != NONE).count(), 10_000);
        let homes = (0..10_000).map(|n| index.place(format!("plugin-{n:07}").as_bytes()).0);
        let mut homes: Vec<usize> = homes.collect();
        homes.sort_unstable();
        homes.dedup();
        assert!(homes.len() > 7_500, "{}", homes.len());
    }

    fn declarations(names: &[String]) -> Vec<Declaration> {
        names.iter().map(|name| Declaration::new(name.clone(), "1.0.0")).collect()
    }

    #[test]
    fn entries_find_names_of_every_length() {
        // Up to what there is room for, and beyond; also such that differ at one place only.
        let mut names: Vec<String> = Vec::new();
        for length in 0..=2 * ROOM {
            names.push("x".repeat(length));
            names.extend(
                (0..length)
                    .map(|at| format!("{}y{}", &"x".repeat(at), &"x".repeat(length - at - 1))),
            );
        }
        names.sort_unstable();
        let declarations = declarations(&names);
        let mut entries = Entries::of(&declarations);
        names.iter().for_each(|_| entries.push(Plain::OTHER));
        let by_name: Vec<u32> = (0..names.len() as u32).collect();
        for (at, name) in (0..).zip(&names) {
            assert_eq!(entries.text(at), name.as_bytes());
            for skip in 0..=name.len() {
                assert_eq!(
                    entries.key(at, skip),
                    sort::key(name.as_bytes(), skip),
                    "{name} {skip}"
                );
            }
            entries.list[at as usize].number = if at % 3 == 0 { NONE } else { at };
        }
        let texts: Vec<&str> = names.iter().map(String::as_str).collect();
        let find = |index: &Index, name: &str| {
            entries.find(index, &by_name, name, index.first(name.as_bytes()))
        };
        let all = index(&texts);
        let found: Vec<u32> = names.iter().map(|name| find(&all, name)).collect();
        assert_eq!(found, by_name);
        let some = entries.index();
        let used = some.slots.iter().filter(|slot| **slot != NONE).count();
        assert_eq!(used, names.len() - names.len().div_ceil(3));
        for name in ["z", "xz", &"z".repeat(99), "xxxxxxxxz"] {
            assert_eq!(find(&all, name), NONE, "{name}");
        }
        // A wrong guess, and one that says that it cannot be told, are put right.
        for first in [0, 1, all.mask()] {
            assert_eq!(entries.find(&all, &by_name, &names[9], first), 9);
        }
        assert_eq!(Entries::of(&[]).find(&Index::of(0), &[], "x", Index::of(0).first(b"x")), NONE);
    }

    #[test]
    fn names_are_the_same_where_no_byte_differs() {
        for length in 0..40 {
            let name = vec![b'n'; length];
            assert!(same(&name, &name.clone()));
            for at in 0..length {
                let mut other = name.clone();
                other[at] = b'm';
                assert!(!same(&name, &other), "{length} {at}");
            }
            let mut longer = name.clone();
            longer.push(0);
            assert!(!same(&name, &longer) && !same(&longer, &name), "{length}");
        }
    }
}
