//! Versions of three plain numbers, and the simple requirements on them, in machine words.

use std::ops::Range;

/// How many bits each of the three numbers has.
const BITS: u32 = 21;

/// A version without pre-release and build, in one number that orders as such versions do; or a note
/// that it is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plain(u64);

impl Plain {
    /// A version that is invalid, or none.
    pub(super) const INVALID: Plain = Plain(u64::MAX);
    /// A valid version that has more to it, or a number of over 21 bits.
    pub(super) const OTHER: Plain = Plain(u64::MAX - 1);

    /// The version that `text` says, if it is a plain one.
    pub(super) fn version(text: &str) -> Option<Self> {
        match numbers(text.as_bytes())? {
            (packed, 3) => Some(Plain(packed)),
            _ => None,
        }
    }

    /// The [`word`] of `=` and the version, whose `text` this is; [`NO_WORD`] where it has none.
    pub(super) fn exactly(self, text: &[u8]) -> u64 {
        if self == Plain::INVALID || text.len() > 7 {
            return NO_WORD;
        }
        // As `word` has it, a byte further on. Versions have no odd bytes.
        let length = if text.len() < 7 { text.len() as u64 + 1 } else { 0 };
        length << 56 | few(text) << 8 | u64::from(b'=')
    }

    /// Major, minor and patch. `None` where the version is not a plain one.
    pub(super) fn numbers(self) -> Option<[u64; 3]> {
        let mask = (1 << BITS) - 1;
        let Plain(packed) = self;
        (packed < Self::OTHER.0).then_some([
            packed >> (2 * BITS),
            packed >> BITS & mask,
            packed & mask,
        ])
    }
}

/// A text of one to eight bytes in one word, which no other text has. A few odd ones have none.
#[inline]
pub(super) fn word(text: &[u8]) -> Option<u64> {
    match text.len() {
        // The length is where an eighth byte would be.
        1..8 => Some(few(text) | (text.len() as u64) << 56),
        8 => {
            text.first_chunk().map(|word| u64::from_le_bytes(*word)).filter(|word| word >> 56 >= 8)
        }
        _ => None,
    }
}

/// What is the word of no text.
pub(super) const NO_WORD: u64 = 0;

/// A text of less than eight bytes as a word, zeros behind it.
#[inline]
pub(super) fn few(text: &[u8]) -> u64 {
    let half = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
    match (text.first_chunk(), text.last_chunk()) {
        // The halves overlap, and are laid over each other where they do.
        (Some(first), Some(last)) => half(first) | half(last) << (8 * (text.len() - 4)),
        _ => text.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

/// The simple requirements that were met lately, by their words: most are short and come again soon.
pub(super) struct Spans([Recent; RECENT]);

#[derive(Clone, Copy)]
struct Recent {
    word: u64,
    from: u64,
    to: u64,
}

/// How many are remembered. Only speed depends on it.
const RECENT: usize = 256;

impl Default for Spans {
    fn default() -> Self {
        Spans([Recent { word: NO_WORD, from: 0, to: 0 }; RECENT])
    }
}

impl Spans {
    /// Whether `requirement` is one simple comparator that `version` meets: then it need not be parsed, and
    /// otherwise nothing is known. `word` is that of the requirement, if it has one.
    pub(super) fn surely_meets(
        &mut self,
        version: Plain,
        requirement: &[u8],
        word: Option<u64>,
    ) -> bool {
        let Some(word) = word else { return span(requirement).contains(&version.0) };
        let place = word.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        let recent = &mut self.0[place as usize % RECENT];
        if recent.word != word {
            let span = span(requirement);
            *recent = Recent { word, from: span.start, to: span.end };
        }
        (recent.from..recent.to).contains(&version.0)
    }
}

/// One to three numbers with points between them, packed as if what is missing were 0; and how many
/// there are. `None` for everything else.
fn numbers(text: &[u8]) -> Option<(u64, u32)> {
    let (mut packed, mut number, mut digits, mut count) = (0, 0u64, 0, 1);
    for &byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            number = number * 10 + u64::from(digit);
            // A 0 in front of other digits is an error, which is not told here.
            if number >> BITS != 0 || (digits > 0 && number < 10) {
                return None;
            }
            digits += 1;
        } else {
            if byte != b'.' || digits == 0 || count == 3 {
                return None;
            }
            packed = packed << BITS | number;
            (number, digits, count) = (0, 0, count + 1);
        }
    }
    (digits > 0).then_some(((packed << BITS | number) << (BITS * (3 - count)), count))
}

/// From which plain version on, and up to which, a requirement is met, if it is one comparator `^`, `=`,
/// `~` or none, which is as `^`. No version is in the range for anything else.
fn span(requirement: &[u8]) -> Range<u64> {
    const PATCH: u64 = 1;
    const MINOR: u64 = 1 << BITS;
    const MAJOR: u64 = 1 << (2 * BITS);
    let (operator, text) = match requirement {
        [operator @ (b'=' | b'~' | b'^'), text @ ..] => (*operator, text),
        text => (b'^', text),
    };
    let Some((from, count)) = numbers(text) else { return 0..0 };
    // What may change is what stands to the right of this.
    let step = match (operator, count) {
        (b'=', 3) => PATCH,
        (b'=' | b'~', 2 | 3) => MINOR,
        (_, 1) => MAJOR,
        _ if from >= MAJOR => MAJOR,
        (_, 2) => MINOR,
        _ if from >= MINOR => MINOR,
        _ => PATCH,
    };
    from..(from | (step - 1)) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use semver::{Version, VersionReq};

    #[test]
    fn plain_versions_are_those_of_three_numbers() {
        for (text, numbers) in [
            ("0.0.0", [0, 0, 0]),
            ("1.20.300", [1, 20, 300]),
            ("2097151.2097151.2097151", [2_097_151; 3]),
            ("10.0.9", [10, 0, 9]),
        ] {
            let plain = Plain::version(text).expect(text);
            assert_eq!(plain.numbers(), Some(numbers), "{text}");
        }
        for text in [
            "1.:.0",
            "1.0./",
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "1.2.",
            ".1.2",
            "1..2",
            "01.2.3",
            "1.00.3",
            "1.2.03",
            "1.2.3-a",
            "1.2.3+b",
            "v1.2.3",
            " 1.2.3",
            "2097152.0.0",
            "0.2097152.0",
            "0.0.2097152",
            "1,2,3",
            "1.2.x",
            "18446744073709551616.0.0",
            "1:2:3",
            "1/2/3",
        ] {
            assert_eq!(Plain::version(text), None, "{text}");
        }
        assert_eq!(Plain::INVALID.numbers(), None);
        assert_eq!(Plain::OTHER.numbers(), None);
    }

    #[test]
    fn a_version_is_met_by_itself() {
        for text in ["1.0.0", "0.24.2", "10.24.2", "1.0.0-a", "1.0.0+b"] {
            let version = Plain::version(text).unwrap_or(Plain::OTHER);
            let said = version.exactly(text.as_bytes());
            assert_eq!(Some(said), word(format!("={text}").as_bytes()), "{text}");
            assert_ne!(said, NO_WORD);
            assert_eq!(Plain::INVALID.exactly(text.as_bytes()), NO_WORD);
        }
        for text in ["10.240.2", "100.100.100"] {
            assert_eq!(
                Plain::version(text).expect("plain").exactly(text.as_bytes()),
                NO_WORD,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_sure_is_what_semver_says() {
        let numbers = [0u64, 1, 2, 9, 10, 2_097_150, 2_097_151];
        let mut versions = Vec::new();
        for a in numbers {
            for b in numbers {
                versions.extend(numbers.map(|c| Version::new(a, b, c)));
            }
        }
        let mut spans = Spans::default();
        let plain = |v: &Version| Plain::version(&v.to_string()).expect("plain");
        let some = [0u64, 1, 9, 2_097_151];
        let mut texts = Vec::new();
        for a in some {
            texts.push(format!("{a}"));
            for b in some {
                texts.push(format!("{a}.{b}"));
                texts.extend(some.map(|c| format!("{a}.{b}.{c}")));
            }
        }
        for text in
            texts.iter().flat_map(|text| ["", "^", "=", "~"].map(|op| format!("{op}{text}")))
        {
            let requirement = VersionReq::parse(&text).expect("a requirement");
            for version in &versions {
                let sure =
                    spans.surely_meets(plain(version), text.as_bytes(), word(text.as_bytes()));
                assert_eq!(sure, requirement.matches(version), "{text} {version}");
            }
        }
    }

    #[test]
    fn of_all_else_nothing_is_sure() {
        let version = Plain::version("1.2.3").expect("plain");
        let mut spans = Spans::default();
        for text in [
            "", "*", "^", "=", "1.*", "1.x", ">=1", "<2", ">1, <2", "^1.2.3-a", "=1.2.3+b", " 1",
            "= 1", "1 ", "^^1", "01", "=1.02.3", "1.2.3.4", "1.", "2097152",
        ] {
            assert!(!spans.surely_meets(version, text.as_bytes(), word(text.as_bytes())), "{text}");
        }
        for version in [Plain::INVALID, Plain::OTHER] {
            for text in ["*", "0", "^1", "2097151", "^2097151.2097151.2097151", "=2097151"] {
                assert!(
                    !spans.surely_meets(version, text.as_bytes(), word(text.as_bytes())),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn no_two_texts_have_the_same_word() {
        assert_eq!(word(b""), None);
        assert_eq!(word(b"123456789"), None);
        assert_eq!(word(b"1234567\x07"), None);
        assert_eq!(word(b"1234567\x08").map(u64::to_le_bytes), Some(*b"1234567\x08"));
        let mut words = Vec::new();
        for length in 1..=8 {
            for at in 0..length {
                for byte in [0, 1, b'x', 0xFF] {
                    let mut text = vec![b'.'; length];
                    text[at] = byte;
                    let Some(word) = word(&text) else { continue };
                    let shown = &word.to_le_bytes();
                    assert_eq!(
                        (&shown[..length], length == 8 || shown[7] == length as u8),
                        (&text[..], true)
                    );
                    words.push(word);
                }
            }
        }
        let count = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), count);
        assert!(!words.contains(&NO_WORD));
    }

    #[test]
    fn what_is_remembered_of_a_requirement_is_not_said_of_another() {
        let version = Plain::version("1.2.3").expect("plain");
        let mut spans = Spans::default();
        for _ in 0..2 {
            for at in 0..4_000 {
                let text = format!("^{at}");
                assert_eq!(
                    spans.surely_meets(version, text.as_bytes(), word(text.as_bytes())),
                    at == 1,
                    "{text}"
                );
            }
        }
    }
}
