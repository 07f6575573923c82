//! Names in order: eight bytes at a time, by a radix sort.

use std::ops::Range;

/// Texts by number, for sorting.
pub(super) trait Texts {
    /// How many there are.
    fn count(&self) -> usize;

    /// The text with this number.
    fn text(&self, at: u32) -> &[u8];

    /// Eight bytes of a text from `skip` on, which is no further than its end; there are zeros beyond its end.
    fn key(&self, at: u32, skip: usize) -> u64 {
        key(self.text(at), skip)
    }
}

/// As [`Texts::key`].
pub(super) fn key(text: &[u8], skip: usize) -> u64 {
    let rest = &text[skip..];
    if let Some(first) = rest.first_chunk::<8>() {
        return u64::from_be_bytes(*first);
    }
    let mut key = [0; 8];
    key[..rest.len()].copy_from_slice(rest);
    u64::from_be_bytes(key)
}

/// Below so many, a sort that compares is faster than the tables of a radix sort.
const FEW: usize = 96;

/// The numbers of `texts` in the order of the texts, equal texts in the order of their numbers; and the
/// runs of equal texts in that order.
///
/// A part whose texts begin alike is sorted by the eight bytes behind that, then each run in it which those
/// do not decide is such a part. So no byte is looked at more than a few times, however texts are chosen.
pub(super) fn sorted(texts: &impl Texts) -> (Vec<u32>, Vec<Range<usize>>) {
    let mut keyed: Vec<(u64, u32)> = (0..texts.count() as u32).map(|at| (0, at)).collect();
    let mut spare = Vec::new();
    let mut equal: Vec<Range<usize>> = Vec::new();
    // Parts to be sorted, each with the number of bytes that its texts have in common.
    let mut parts = vec![(0..keyed.len(), 0)];
    while let Some((range, known)) = parts.pop() {
        let part = &mut keyed[range.clone()];
        let skip = known + shared(texts, part, known);
        for (key, at) in &mut *part {
            *key = texts.key(*at, skip);
        }
        if part.is_sorted_by_key(|&(key, _)| key) {
            // Often they come in order.
        } else if part.len() < FEW {
            part.sort_unstable_by_key(|&(key, _)| key);
        } else {
            radix(part, &mut spare);
        }
        let mut start = 0;
        while let Some(next) = part[start..].windows(2).position(|two| two[0].0 == two[1].0) {
            start += next;
            let key = part[start].0;
            let length = part[start..].iter().take_while(|other| other.0 == key).count();
            let run = &mut part[start..start + length];
            undecided(texts, run, range.start + start, skip, &mut equal, &mut parts);
            start += length;
        }
    }
    equal.sort_unstable_by_key(|run| run.start);
    (keyed.into_iter().map(|(_, at)| at).collect(), equal)
}

/// Takes apart a run whose texts are alike in eight bytes from `skip` on, zeros beyond their ends included:
/// those that end there come first, shorter ones before longer ones; the others are a part to be sorted.
fn undecided(
    texts: &impl Texts,
    run: &mut [(u64, u32)],
    start: usize,
    skip: usize,
    equal: &mut Vec<Range<usize>>,
    parts: &mut Vec<(Range<usize>, usize)>,
) {
    let known = skip + 8;
    let length = |at: u32| texts.text(at).len().min(known + 1);
    run.sort_unstable_by_key(|&(_, at)| (length(at), at));
    let mut from = start;
    for same in run.chunk_by(|a, b| length(a.1) == length(b.1)) {
        let range = from..from + same.len();
        from = range.end;
        if same.len() > 1 {
            if length(same[0].1) > known {
                parts.push((range, known));
            } else {
                equal.push(range);
            }
        }
    }
}

/// How many bytes after the first `known` all texts of a part have in common.
fn shared(texts: &impl Texts, part: &[(u64, u32)], known: usize) -> usize {
    let Some((first, others)) = part.split_first() else { return 0 };
    let first = &texts.text(first.1)[known..];
    let mut common = first.len();
    for other in others {
        if common == 0 {
            break;
        }
        common = alike(&first[..common], &texts.text(other.1)[known..]);
    }
    common
}

/// How many bytes two texts have in common at their beginnings.
fn alike(a: &[u8], b: &[u8]) -> usize {
    let (a, b) = (&a[..a.len().min(b.len())], &b[..b.len().min(a.len())]);
    let words = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0);
    for (at, (a, b)) in words.enumerate() {
        let other = u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b);
        if other != 0 {
            return at * 8 + other.trailing_zeros() as usize / 8;
        }
    }
    // The last words may overlap what was compared.
    if a.last_chunk::<8>() == b.last_chunk::<8>() && a.len() >= 8 {
        return a.len();
    }
    let whole = a.len() & !7;
    whole + a[whole..].iter().zip(&b[whole..]).take_while(|(a, b)| a == b).count()
}

/// Sorts by key, from the lowest byte up, leaving out bytes in which no two keys differ.
fn radix(part: &mut [(u64, u32)], spare: &mut Vec<(u64, u32)>) {
    let first = part[0].0;
    let differ = part.iter().fold(0, |differ, &(key, _)| differ | (key ^ first));
    let length = part.len();
    spare.resize(spare.len().max(length), (0, 0));
    let (mut from, mut to) = (part, &mut spare[..length]);
    let mut swapped = false;
    for byte in (0..u64::BITS).step_by(8).filter(|byte| differ >> byte & 0xFF != 0) {
        let digit = |key: u64| (key >> byte & 0xFF) as usize;
        let mut next = [0u32; 256];
        for &(key, _) in &*from {
            next[digit(key)] += 1;
        }
        let mut sum = 0;
        for next in &mut next {
            sum += std::mem::replace(next, sum);
        }
        for &(key, at) in &*from {
            let slot = &mut next[digit(key)];
            to[*slot as usize] = (key, at);
            *slot += 1;
        }
        (from, to) = (to, from);
        swapped = !swapped;
    }
    if swapped {
        to.copy_from_slice(from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl<T: AsRef<[u8]>> Texts for Vec<T> {
        fn count(&self) -> usize {
            self.len()
        }

        fn text(&self, at: u32) -> &[u8] {
            self[at as usize].as_ref()
        }
    }

    /// What a plain sort says.
    fn plainly<T: AsRef<[u8]>>(texts: &Vec<T>) -> (Vec<u32>, Vec<Range<usize>>) {
        let mut order: Vec<u32> = (0..texts.len() as u32).collect();
        order.sort_by_key(|&at| texts.text(at));
        let (mut runs, mut start) = (Vec::new(), 0);
        for run in order.chunk_by(|&a, &b| texts.text(a) == texts.text(b)) {
            if run.len() > 1 {
                runs.push(start..start + run.len());
            }
            start += run.len();
        }
        (order, runs)
    }

    #[test]
    fn by_text_with_the_runs_of_equal_texts() {
        let texts = vec!["plugin-b", "plugin-a", "plugin-", "plugin-a\0", "plugin-a", "plugin-b2"];
        let (order, runs) = sorted(&texts);
        assert_eq!(order, [2, 1, 4, 3, 0, 5]);
        assert_eq!((runs.len(), runs[0].clone()), (1, 1..3));
        let texts = vec!["sampler-long-a", "x", "sampler-long-b", "sampler-long-a", "x", "x"];
        assert_eq!(sorted(&texts), (vec![0, 3, 2, 1, 4, 5], vec![0..2, 3..6]));
        assert!(sorted(&Vec::<&str>::new()).0.is_empty());
        assert_eq!(sorted(&vec!["", ""]), (vec![0, 1], vec![0..2; 1]));
    }

    #[test]
    fn few_and_many_as_a_plain_sort_has_them() {
        let mut random = 1u64;
        let mut next = move |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) % below
        };
        let beginnings: [&[u8]; 5] =
            [b"", b"a", b"plugin-plugin-", b"\0\0\0\0\0\0\0\0", b"long-as-a-word!!"];
        for round in 0..300 {
            let count = if round % 3 == 0 { 100 + next(400) } else { next(40) };
            let texts: Vec<Vec<u8>> = (0..count)
                .map(|_| {
                    let mut text = beginnings[next(1 + round % 5) as usize].to_vec();
                    for _ in 0..next(12) {
                        text.push([0, 1, 0x7F, 0x80, 0xFF, b'a', b'b', b'c'][next(8) as usize]);
                    }
                    text
                })
                .collect();
            assert_eq!(sorted(&texts), plainly(&texts), "{texts:?}");
        }
    }

    #[test]
    fn each_byte_of_a_key_counts() {
        for byte in 0..8 {
            let texts: Vec<[u8; 8]> = (0..200u8)
                .map(|at| {
                    let mut text = [7; 8];
                    text[byte] = at.wrapping_mul(77);
                    text[7 - byte] ^= at & 3;
                    text
                })
                .collect();
            assert_eq!(sorted(&texts), plainly(&texts), "{byte}");
        }
    }

    #[test]
    fn one_byte_or_one_bit_is_enough() {
        for byte in 0..8 {
            for bits in [0x80, 0x01, 0xFF] {
                let texts: Vec<[u8; 8]> = (0..200u8)
                    .map(|at| {
                        let mut text = [7; 8];
                        text[byte] ^= at.wrapping_mul(77) & bits;
                        text
                    })
                    .collect();
                assert_eq!(sorted(&texts), plainly(&texts), "{byte} {bits}");
            }
        }
    }

    #[test]
    fn long_texts_that_begin_alike_need_no_stack() {
        let long = "x".repeat(1 << 16);
        let texts: Vec<&str> =
            (0..long.len()).step_by(256).map(|length| &long[..length]).rev().collect();
        assert_eq!(sorted(&texts).0, plainly(&texts).0);
    }

    #[test]
    fn what_two_texts_have_in_common() {
        for (a, b, common) in [
            ("", "", 0),
            ("a", "", 0),
            ("same", "same", 4),
            ("plugin-0001", "plugin-0002", 10),
            ("0123456789abcdef", "0123456789abcdeX", 15),
            ("0123456789abcdef", "0123456789abcdef+", 16),
            ("0123X", "0123456789", 4),
            ("X123456789", "0123456789", 0),
        ] {
            assert_eq!(
                (alike(a.as_bytes(), b.as_bytes()), alike(b.as_bytes(), a.as_bytes())),
                (common, common)
            );
        }
    }
}
