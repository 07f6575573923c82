//! Which plugin has which type: a table that is made once and asked at every read.

use std::any::TypeId;
use std::hash::{Hash, Hasher};

/// Plugins by type, found at once: half of the places are free, and a type's id is a hash already.
pub(crate) struct Types {
    /// A power of two.
    places: Box<[Place]>,
}

#[derive(Clone, Copy)]
struct Place {
    key: TypeId,
    plugin: u32,
    /// Whether an instance of that plugin is of this type and nothing else: not where several claim its
    /// name, or where something stands around the instance.
    sure: bool,
}

/// A place that nobody has.
struct Free;

impl Types {
    /// The last of several entries for one type counts.
    pub(crate) fn new(entries: impl IntoIterator<Item = (TypeId, u32, bool)>) -> Self {
        let entries: Vec<_> = entries.into_iter().collect();
        let free = Place { key: TypeId::of::<Free>(), plugin: u32::MAX, sure: false };
        let mut types =
            Types { places: vec![free; (entries.len() * 2 + 2).next_power_of_two()].into() };
        for (key, plugin, sure) in entries {
            let at = types.seek(key);
            types.places[at] = Place { key, plugin, sure };
        }
        types
    }

    /// The plugin that bears the name that the type declares, and whether it is sure that its instance
    /// is of this type.
    #[inline]
    pub(crate) fn find(&self, key: TypeId) -> Option<(u32, bool)> {
        let place = &self.places[self.seek(key)];
        (place.key == key).then_some((place.plugin, place.sure))
    }

    /// The place of a type, or the free one where it would be.
    #[inline]
    fn seek(&self, key: TypeId) -> usize {
        let mut hash = Id(0);
        key.hash(&mut hash);
        let mut at = hash.0 as usize;
        loop {
            at &= self.places.len() - 1;
            let other = self.places[at].key;
            if other == key || other == TypeId::of::<Free>() {
                return at;
            }
            at += 1;
        }
    }
}

/// Takes the id of a type for its hash.
struct Id(u64);

impl Hasher for Id {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        // Should an id be hashed as bytes one day, their sum will do.
        self.0 = bytes.iter().fold(self.0, |sum, &byte| sum.rotate_left(8) ^ u64::from(byte));
    }

    #[inline]
    fn write_u64(&mut self, id: u64) {
        self.0 = id;
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_its_own_hash_and_bytes_are_all_in_theirs() {
        let mut id = Id(1);
        id.write_u64(7);
        assert_eq!(id.finish(), 7);
        id.write(&[1, 2, 3, 4, 5, 6, 7, 8, 0xFF]);
        assert_eq!(id.finish(), 0x0203_0405_0607_0FFE);
    }

    struct Of<const N: usize>;

    #[test]
    fn every_type_is_found_and_no_other() {
        assert_eq!(Types::new([]).find(TypeId::of::<u8>()), None);
        macro_rules! keys { ($($n:literal)*) => { [$(TypeId::of::<Of<$n>>()),*] } }
        let keys =
            keys!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29);
        let entries = keys.iter().zip(0..).map(|(&key, plugin)| (key, plugin, plugin % 2 == 0));
        let types = Types::new(entries.chain([(keys[7], 70, true)]));
        for (&key, plugin) in keys.iter().zip(0..) {
            let found = if plugin == 7 { (70, true) } else { (plugin, plugin % 2 == 0) };
            assert_eq!(types.find(key), Some(found));
        }
        assert_eq!(types.find(TypeId::of::<Of<30>>()), None);
    }
}
