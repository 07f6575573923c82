//! Names, versions and requirements: text from outside, checked and parsed.

use rustc_hash::FxHashMap;
use semver::{Version, VersionReq};

use super::NONE;
use crate::explain::NameFlaw;

/// The longest name, in bytes.
const LONGEST_NAME: usize = 214;
/// The longest version or requirement, in bytes.
const LONGEST_VERSION: usize = 256;

/// The bytes that a name may have.
const ALLOWED: [bool; 256] = {
    let mut allowed = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        allowed[byte] = (byte as u8).is_ascii_alphanumeric()
            || matches!(byte as u8, b'-' | b'_' | b'.' | b'@' | b'/' | b'+' | b':');
        byte += 1;
    }
    allowed
};

/// What is wrong with `name`, if anything is.
pub(super) fn name_flaw(name: &str) -> Option<NameFlaw> {
    if name.is_empty() {
        return Some(NameFlaw::Empty);
    }
    if name.len() > LONGEST_NAME {
        return Some(NameFlaw::TooLong { bytes: name.len() });
    }
    let at = name.bytes().position(|byte| !ALLOWED[byte as usize])?;
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

/// The text of a version where it is compared without a look at the declaration: in place, if it is
/// short enough.
#[derive(Clone, Copy)]
pub(super) struct Said([u8; 16]);

impl Said {
    /// No version, or one that is invalid.
    pub(super) const NOTHING: Said = Said([0xFF; 16]);
    /// What stands for the length of a text that has no room here.
    const LONG: u8 = 0xFE;

    pub(super) fn version(text: &str) -> Self {
        let mut said = [0; 16];
        match said.get_mut(..text.len()) {
            Some(room) if text.len() < 16 => {
                room.copy_from_slice(text.as_bytes());
                said[15] = text.len() as u8;
            }
            _ => said[15] = Self::LONG,
        }
        Said(said)
    }

    /// Whether a requirement is `*`, or `=` and the very version, as in a lock file: then it is met, and
    /// need not be parsed. `long` is asked for a text that has no room.
    #[inline]
    pub(super) fn is<'a>(&self, requirement: &str, long: impl FnOnce() -> &'a str) -> bool {
        let [said @ .., length] = &self.0;
        match requirement.as_bytes() {
            _ if *length == 0xFF => false,
            b"*" => true,
            [b'=', text @ ..] => match said.get(..usize::from(*length)) {
                Some(said) => said == text,
                None => long().as_bytes() == text,
            },
            _ => false,
        }
    }
}

/// Requirements, each text parsed once.
pub(super) struct Requirements<'a> {
    /// What was asked for lately, in a place that length and ends of the text choose: most
    /// requirements are short and come again soon.
    recent: [(&'a str, u32); RECENT],
    known: FxHashMap<&'a str, u32>,
    parsed: Vec<Result<VersionReq, String>>,
}

const RECENT: usize = 128;

impl Default for Requirements<'_> {
    fn default() -> Self {
        let (known, parsed) = Default::default();
        Requirements { recent: [("*", NONE); RECENT], known, parsed }
    }
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
        let bytes = text.as_bytes();
        let place = match bytes {
            [.., last] => {
                bytes.len() * 7 + usize::from(*last) + usize::from(bytes[bytes.len() / 2]) * 5
            }
            [] => 0,
        };
        let (recent, number) = &mut self.recent[place % RECENT];
        if *recent == text {
            return Requirement(*number);
        }
        let parsed = &mut self.parsed;
        *recent = text;
        *number = *self.known.entry(text).or_insert_with(|| {
            let requirement = bounded(text)
                .and_then(|()| VersionReq::parse(text).map_err(|error| error.to_string()));
            parsed.push(requirement);
            parsed.len() as u32 - 1
        });
        Requirement(*number)
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
    fn what_a_version_says() {
        for text in
            ["1.0.0", "12.345.67-rc.1", "1.2.3-alpha.4+5", "1.2.3-alpha.4+56", "1.2.3-alpha.45678"]
        {
            let said = Said::version(text);
            let long = text.len() > 15;
            let is = |requirement: &str| {
                said.is(requirement, || {
                    assert!(long, "{text}");
                    text
                })
            };
            assert!(is(&format!("={text}")) && is("*"), "{text}");
            for other in [
                text,
                "=1",
                "^1.0.0",
                "=",
                "",
                "= 1.0.0",
                &format!("={text}0"),
                &format!("={text}")[..5],
            ] {
                assert!(!is(other), "{text} {other}");
            }
            assert!(!Said::NOTHING.is(&format!("={text}"), || unreachable!()));
        }
        assert!(!Said::NOTHING.is("*", || unreachable!()));
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
