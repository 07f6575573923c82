//! Names, versions and requirements: text from outside, checked and parsed.

use rustc_hash::FxHashMap;
use semver::{Version, VersionReq};

use super::NONE;
use super::plain::Spans;
use crate::explain::NameFlaw;

/// The longest name, in bytes.
const LONGEST_NAME: usize = 214;
/// The longest version or requirement, in bytes.
const LONGEST_VERSION: usize = 256;

/// Whether a name may have this byte. Said in such a way that the compiler asks it of many at once.
#[inline]
const fn allowed(byte: u8) -> bool {
    let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    // `-`, `.`, `/`, digits and `:` stand in one row.
    let row = byte.wrapping_sub(b'-') <= b':' - b'-';
    letter | row | (byte == b'_') | (byte == b'@') | (byte == b'+')
}

/// Whether all these bytes are [`allowed`].
#[inline]
fn all_allowed(bytes: &[u8; 16]) -> bool {
    bytes.iter().fold(true, |all, &byte| all & allowed(byte))
}

/// What is wrong with `name`, if anything is.
#[inline]
pub(super) fn name_flaw(name: &str) -> Option<NameFlaw> {
    let bytes = name.as_bytes();
    // Most names are good, and are looked at in pieces of sixteen bytes; the last piece may overlap.
    let good = match bytes.len() {
        0..8 => false,
        8..16 => {
            let mut piece = [b'a'; 16];
            piece[..8].copy_from_slice(&bytes[..8]);
            piece[8..].copy_from_slice(&bytes[bytes.len() - 8..]);
            all_allowed(&piece)
        }
        16..=LONGEST_NAME => {
            let last = bytes.last_chunk().expect("there are sixteen bytes");
            bytes.as_chunks().0.iter().all(all_allowed) && all_allowed(last)
        }
        _ => false,
    };
    if good { None } else { look_for_flaw(name) }
}

/// As [`name_flaw`], byte by byte.
fn look_for_flaw(name: &str) -> Option<NameFlaw> {
    if name.is_empty() {
        return Some(NameFlaw::Empty);
    }
    if name.len() > LONGEST_NAME {
        return Some(NameFlaw::TooLong { bytes: name.len() });
    }
    let at = name.bytes().position(|byte| !allowed(byte))?;
    // Every byte before is ASCII, so a character starts here.
    name[at..].chars().next().map(|found| NameFlaw::Character { found, at })
}

/// The version that `text` says, or what is wrong with it.
pub(super) fn version(text: &str) -> Result<Version, String> {
    bounded(text)?;
    Version::parse(text).map_err(|error| error.to_string())
}

fn bounded(text: &str) -> Result<(), String> {
    match text.len() {
        0..=LONGEST_VERSION => Ok(()),
        bytes => Err(format!("it has {bytes} bytes, and at most {LONGEST_VERSION} are allowed")),
    }
}

/// Requirements, each text parsed once.
#[derive(Default)]
pub(super) struct Requirements<'a> {
    /// Those that need not be parsed.
    pub(super) spans: Spans,
    known: FxHashMap<&'a str, u32>,
    parsed: Vec<Result<VersionReq, String>>,
}

/// A requirement that was parsed, by number; the one that any version meets has none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Requirement(u32);

impl Requirement {
    pub(super) const ANY: Requirement = Requirement(NONE);
}

impl<'a> Requirements<'a> {
    /// The requirement that `text` says.
    pub(super) fn parse(&mut self, text: &'a str) -> Requirement {
        if text == "*" {
            return Requirement::ANY;
        }
        let parsed = &mut self.parsed;
        let number = *self.known.entry(text).or_insert_with(|| {
            let requirement = bounded(text)
                .and_then(|()| VersionReq::parse(text).map_err(|error| error.to_string()));
            parsed.push(requirement);
            parsed.len() as u32 - 1
        });
        Requirement(number)
    }

    /// What is wrong with a requirement, if anything is.
    pub(super) fn flaw(&self, requirement: Requirement) -> Option<&str> {
        self.parsed.get(requirement.0 as usize)?.as_ref().err().map(String::as_str)
    }

    /// Whether `version` meets the requirement. What is wrong is met by all: it has been reported.
    ///
    /// `*` is met by any version. Everything else is as semver has it: a pre-release only matches
    /// a requirement that names a pre-release of the same version.
    pub(super) fn meets(&self, requirement: Requirement, version: &Version) -> bool {
        match self.parsed.get(requirement.0 as usize) {
            Some(Ok(requirement)) => {
                requirement.comparators.is_empty()
                    || requirement.matches(version)
                    || cfg!(plugstate_bug = "version")
            }
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["a", "@scope/a-b_c.d+e:f", "Z9", &"x".repeat(214)] {
            assert_eq!(name_flaw(good), None, "{good}");
        }
        assert_eq!(name_flaw(""), Some(NameFlaw::Empty));
        assert_eq!(name_flaw(&"x".repeat(215)), Some(NameFlaw::TooLong { bytes: 215 }));
        let flaw = |found, at| Some(NameFlaw::Character { found, at });
        assert_eq!(name_flaw("u\u{430}rt"), flaw('\u{430}', 1));
        assert_eq!(name_flaw("ab c"), flaw(' ', 2));
        assert_eq!(name_flaw("\0"), flaw('\0', 0));
        assert_eq!(name_flaw("a\\"), flaw('\\', 1));
    }

    #[test]
    fn every_byte_of_a_name_is_looked_at_whatever_its_length() {
        let may = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@/+:".contains(&byte);
        assert!((0..=255).all(|byte| allowed(byte) == may(byte)));
        for length in 1..=214 {
            let good = "Zz09-_.@/+:".repeat(20)[..length].to_owned();
            assert_eq!(name_flaw(&good), None, "{good}");
            for at in 0..length {
                let bad = format!("{}~{}", &good[..at], &good[at + 1..]);
                assert_eq!(name_flaw(&bad), Some(NameFlaw::Character { found: '~', at }), "{bad}");
            }
        }
    }

    #[test]
    fn requirements() {
        let mut requirements = Requirements::default();
        let mut meets = |text, v: &str| {
            let requirement = requirements.parse(text);
            requirements.flaw(requirement).is_none()
                && requirements.meets(requirement, &version(v).expect("a version"))
        };
        assert!(meets("*", "1.0.0-rc.1"));
        assert!(meets(" * ", "1.0.0-rc.1"));
        assert!(meets("^1", "1.9.0"));
        assert!(!meets("^1", "2.0.0"));
        assert!(!meets("^1", "1.9.0-rc.1"));
        assert!(meets("^1.9.0-rc.0", "1.9.0-rc.1"));
        assert!(!meets("nonsense", "1.0.0"));
        assert!(!meets("nonsense", "1.0.0"));
    }

    #[test]
    fn what_is_too_long_is_not_parsed() {
        let long = format!("1.0.0+{}", "a".repeat(300));
        let why = "it has 306 bytes, and at most 256 are allowed";
        assert_eq!(version(&long).expect_err("too long"), why);
        let mut requirements = Requirements::default();
        let requirement = requirements.parse(&long);
        assert_eq!(requirements.flaw(requirement), Some(why));
    }
}
