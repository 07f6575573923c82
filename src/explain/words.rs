//! The words for every reason; what comes from outside is escaped and shortened.

use std::fmt::{self, Display, Formatter};

use super::{Cause, Cycle, FileFlaw, NameFlaw, Problem, Reason, Unmet, Warning};
use crate::id::PluginId;
use crate::place::Place;
use crate::text::{Shown, ShownPath};

/// How many names of a long list are shown; of a cycle, half of them from its end.
const LISTED: usize = 8;

/// A name in backquotes.
struct Name<'a>(&'a PluginId);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", Shown(self.0.as_str()))
    }
}

/// ` ^1.0` after a name; nothing where any version does.
struct At<'a>(&'a str);

impl Display for At<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0 == "*" { Ok(()) } else { write!(f, " {}", Shown(self.0)) }
    }
}

/// A closed path, its middle left out where it is long.
struct Path<'a>(&'a [(PluginId, Place)]);

impl Display for Path<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let steps = self.0;
        let Some(((last, _), open)) = steps.split_last() else { return Ok(()) };
        let middle = LISTED / 2..open.len().saturating_sub(LISTED / 2);
        for (i, (name, place)) in open.iter().enumerate() {
            if !middle.contains(&i) {
                write!(f, "{} ({place}) -> ", Name(name))?;
            } else if i == middle.start {
                write!(f, "... {} more ... -> ", middle.len())?;
            }
        }
        write!(f, "{}", Name(last))
    }
}

/// `a, b and c`, or the first few and how many more.
fn list<T>(
    f: &mut Formatter<'_>,
    items: &[T],
    word: impl Fn(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    let shown = &items[..items.len().min(LISTED)];
    for (i, item) in shown.iter().enumerate() {
        f.write_str(match i {
            0 => "",
            _ if i + 1 == items.len() => " and ",
            _ => ", ",
        })?;
        word(f, item)?;
    }
    if shown.len() < items.len() {
        write!(f, " and {} more", items.len() - shown.len())?;
    }
    Ok(())
}

impl Display for Problem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "plugin {} ({}) {}", Name(&self.plugin), self.place, self.reason)
    }
}

impl Display for Reason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Reason::InvalidName { why } => write!(
                f,
                "has an invalid name: {why}; a name has 1 to 214 characters out of \
                 A-Z a-z 0-9 - _ . @ / + :"
            ),
            Reason::InvalidVersion { text, why } => write!(
                f,
                "has the version `{}`, which is not semver: {}; write it like 1.2.3",
                Shown(text),
                Shown(why)
            ),
            Reason::InvalidRequirement { dependency, text, why } => write!(
                f,
                "asks for `{}` in version `{}`, which is not a semver requirement: {}; \
                 write it like ^1.2, or * for any",
                Shown(dependency),
                Shown(text),
                Shown(why)
            ),
            Reason::Missing { dependency, requirement, nearest } => {
                write!(
                    f,
                    "requires {}{}, which is not registered: register it, or correct the name",
                    Name(dependency),
                    At(requirement)
                )?;
                match nearest {
                    Some(nearest) => write!(f, " (did you mean {}?)", Name(nearest)),
                    None => Ok(()),
                }
            }
            Reason::WrongVersion { dependency, requirement, found, place } => write!(
                f,
                "requires {} {}, but {} is registered ({place}): \
                 register a version that matches, or change the requirement",
                Name(dependency),
                Shown(requirement),
                Shown(found)
            ),
            Reason::WrongType { dependency, expected, found, place } => {
                write!(f, "requires {} to be the type `{expected}`, but ", Name(dependency))?;
                match found {
                    Some(found) => write!(f, "that name belongs to `{found}` ({place})")?,
                    None => write!(f, "its owner ({place}) was declared without a type")?,
                }
                f.write_str(": register the type that is required, or rename the other")
            }
            Reason::NoProvider { capability, rejected } if rejected.is_empty() => write!(
                f,
                "requires a provider of `{capability}`, but no plugin provides it: \
                 register one that does"
            ),
            Reason::NoProvider { capability, rejected } => {
                write!(f, "requires a provider of `{capability}`, but none can be had: ")?;
                list(f, rejected, |f, (name, why)| write!(f, "{} {why}", Name(name)))
            }
            Reason::Clash { places } => {
                write!(f, "is registered {} times, ", places.len())?;
                list(f, places, |f, place| write!(f, "at {place}"))?;
                f.write_str(": a name has one owner, so rename or remove all but one")
            }
            Reason::Cycle(cycle) => Display::fmt(cycle, f),
            Reason::NotLinked => f.write_str(
                "is expected, but not linked: a crate that is never named in the program registers \
                 nothing, so name the crate that has it, as in \
                 `plugstate::link!(crate_name);`, or add it to the builder",
            ),
            Reason::NobodysConfig { nearest } => {
                f.write_str("is given a config, but is not registered: remove the table, ")?;
                f.write_str("link the plugin, or correct the name")?;
                match nearest {
                    Some(nearest) => write!(f, " (did you mean {}?)", Name(nearest)),
                    None => Ok(()),
                }
            }
            Reason::NobodysRestart { nearest } => {
                f.write_str("is given a restart policy, but is not registered: link the plugin, ")?;
                f.write_str("or correct the name")?;
                match nearest {
                    Some(nearest) => write!(f, " (did you mean {}?)", Name(nearest)),
                    None => Ok(()),
                }
            }
            Reason::Config(error) => {
                f.write_str("is given a config that does not fit")?;
                if !error.path().is_empty() {
                    write!(f, ", key `{}`", Shown(error.path()))?;
                }
                write!(f, ": {}", error.message())
            }
            Reason::UnreadableConfig { why } => write!(f, "(all of them) {why}"),
            Reason::ConfigFile { path, flaw } => {
                write!(f, "(all of them) is given a config file, and {} {flaw}", ShownPath(path))
            }
            Reason::Blocked { by, root, cause } if by == root => {
                write!(f, "requires {}, which {cause}", Name(by))
            }
            Reason::Blocked { by, root, cause } => {
                write!(f, "requires {}, which is blocked because {} {cause}", Name(by), Name(root))
            }
        }
    }
}

impl Display for Cycle {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.path.len() {
            0..=2 => write!(f, "requires itself: {}", Path(&self.path))?,
            steps => write!(f, "is in a cycle of {}: {}", steps - 1, Path(&self.path))?,
        }
        if self.members.len() >= self.path.len() {
            write!(f, " ({} plugins require each other)", self.members.len())?;
        }
        f.write_str(": make one of these dependencies optional, or remove it")
    }
}

impl Display for Cause {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Cause::InvalidName => "has an invalid name",
            Cause::NotLinked => "is not linked",
            Cause::Config => "has a config that does not fit",
            Cause::InvalidVersion => "has an invalid version",
            Cause::InvalidRequirement => "has an invalid requirement",
            Cause::Missing => "requires a plugin that is not registered",
            Cause::WrongVersion => "requires another version of a plugin",
            Cause::WrongType => "requires another type of plugin",
            Cause::NoProvider => "requires a capability that cannot be had",
            Cause::Clash => "is registered more than once",
            Cause::Cycle => "is in a cycle",
            Cause::Blocked => "is blocked",
        })
    }
}

impl Display for NameFlaw {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            NameFlaw::Empty => f.write_str("it is empty"),
            NameFlaw::TooLong { bytes } => write!(f, "it has {bytes} bytes"),
            // The code point alone: a look-alike, a control character or an override of the
            // writing direction says nothing, or worse, when it is printed as itself.
            NameFlaw::Character { found, at } => {
                write!(f, "it has U+{:04X} at byte {at}", u32::from(*found))
            }
        }
    }
}

impl Display for FileFlaw {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            FileFlaw::Missing => f.write_str("is not there: create it, or correct the path"),
            FileFlaw::Unreadable { why } => {
                write!(f, "cannot be read, {why}: make it a file that can, or correct the path")
            }
            FileFlaw::Unparsable { why } => write!(f, "does not parse, {why}: mend it"),
            FileFlaw::Unwatchable { why } => {
                write!(f, "cannot be watched, {why}: see to its directory and the system's limits")
            }
        }
    }
}

impl Display for Unmet {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Unmet::Missing => f.write_str("is not registered"),
            Unmet::WrongVersion { found } => write!(f, "is registered in version {}", Shown(found)),
            Unmet::WrongType { found: Some(found) } => write!(f, "is of the type `{found}`"),
            Unmet::WrongType { found: None } => f.write_str("was declared without a type"),
            Unmet::Blocked => f.write_str("is blocked"),
            Unmet::NoProvider => f.write_str("has no provider that can be had"),
            Unmet::InvalidRequirement => f.write_str("has an invalid requirement"),
            Unmet::GivenUp => f.write_str("was given up to break a cycle"),
            Unmet::Itself => f.write_str("is the plugin itself"),
        }
    }
}

impl Display for Warning {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Warning::CycleBroken { from, to, path } => {
                write!(f, "plugin {} goes without {}, which is optional", Name(from), Name(to))?;
                match path.len() {
                    0 => f.write_str(" and closes a cycle")?,
                    1 | 2 => write!(f, " and itself: {}", Path(path))?,
                    steps => write!(f, " and closes a cycle of {}: {}", steps - 1, Path(path))?,
                }
                f.write_str("; remove it, or another dependency of the cycle")
            }
            Warning::OptionalUnmet { plugin, dependency, requirement, why } => write!(
                f,
                "plugin {} goes without `{}`{}, which is optional and {why}",
                Name(plugin),
                Shown(dependency),
                At(requirement)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> PluginId {
        PluginId::from(name.to_owned())
    }

    fn at(line: u32) -> Place {
        Place::new("p.rs", line)
    }

    fn path(names: &[&str]) -> Vec<(PluginId, Place)> {
        names.iter().zip(1..).map(|(name, line)| (id(name), at(line))).collect()
    }

    #[track_caller]
    fn says(reason: Reason, text: &str) {
        let problem = Problem::new(id("uart"), at(3), reason);
        assert_eq!(problem.to_string(), format!("plugin `uart` (p.rs:3) {text}"));
    }

    #[test]
    fn every_reason_to_the_letter() {
        let rule = "a name has 1 to 214 characters out of A-Z a-z 0-9 - _ . @ / + :";
        let flaw = |why| Reason::InvalidName { why };
        says(flaw(NameFlaw::Empty), &format!("has an invalid name: it is empty; {rule}"));
        says(
            flaw(NameFlaw::TooLong { bytes: 300 }),
            &format!("has an invalid name: it has 300 bytes; {rule}"),
        );
        says(
            flaw(NameFlaw::Character { found: '\u{430}', at: 1 }),
            &format!("has an invalid name: it has U+0430 at byte 1; {rule}"),
        );
        says(
            Reason::InvalidVersion { text: "1".into(), why: "too short".into() },
            "has the version `1`, which is not semver: too short; write it like 1.2.3",
        );
        says(
            Reason::InvalidRequirement {
                dependency: "spi".into(),
                text: "^^".into(),
                why: "odd".into(),
            },
            "asks for `spi` in version `^^`, which is not a semver requirement: odd; \
             write it like ^1.2, or * for any",
        );
        let missing = |nearest| Reason::Missing {
            dependency: id("smapler"),
            requirement: "^1".into(),
            nearest,
        };
        let text = "requires `smapler` ^1, which is not registered: \
                    register it, or correct the name";
        says(missing(None), text);
        says(missing(Some(id("sampler"))), &format!("{text} (did you mean `sampler`?)"));
        says(
            Reason::Missing { dependency: id("x"), requirement: "*".into(), nearest: None },
            "requires `x`, which is not registered: register it, or correct the name",
        );
        says(
            Reason::WrongVersion {
                dependency: id("spi"),
                requirement: "^2".into(),
                found: "1.0.0".into(),
                place: at(9),
            },
            "requires `spi` ^2, but 1.0.0 is registered (p.rs:9): \
             register a version that matches, or change the requirement",
        );
        let wrong = |found| Reason::WrongType {
            dependency: id("spi"),
            expected: "a::Spi",
            found,
            place: at(9),
        };
        says(
            wrong(Some("b::Spi")),
            "requires `spi` to be the type `a::Spi`, but that name belongs to `b::Spi` (p.rs:9): \
             register the type that is required, or rename the other",
        );
        says(
            wrong(None),
            "requires `spi` to be the type `a::Spi`, but its owner (p.rs:9) was declared without \
             a type: register the type that is required, or rename the other",
        );
        let provider = |rejected| Reason::NoProvider { capability: "dyn Clock", rejected };
        says(
            provider(vec![]),
            "requires a provider of `dyn Clock`, but no plugin provides it: register one that does",
        );
        says(
            provider(vec![
                (id("a"), Unmet::Blocked),
                (id("b"), Unmet::WrongVersion { found: "1.0.0".into() }),
                (id("c"), Unmet::Itself),
            ]),
            "requires a provider of `dyn Clock`, but none can be had: `a` is blocked, \
             `b` is registered in version 1.0.0 and `c` is the plugin itself",
        );
        says(
            Reason::ConfigFile { path: "/etc/a\u{202e}.toml".into(), flaw: FileFlaw::Missing },
            "(all of them) is given a config file, and `/etc/a\\u{202e}.toml` is not there: create \
             it, or correct the path",
        );
        says(
            Reason::Clash { places: vec![at(1), at(2)] },
            "is registered 2 times, at p.rs:1 and at p.rs:2: \
             a name has one owner, so rename or remove all but one",
        );
        let blocked =
            |by, root| Reason::Blocked { by: id(by), root: id(root), cause: Cause::Clash };
        says(blocked("b", "b"), "requires `b`, which is registered more than once");
        says(
            blocked("b", "c"),
            "requires `b`, which is blocked because `c` is registered more than once",
        );
    }

    #[test]
    fn cycles_to_the_letter() {
        let cycle = |names: &[&str], members: &[&str]| {
            Reason::Cycle(Cycle::new(path(names), members.iter().map(|n| id(n)).collect(), true))
        };
        let advice = ": make one of these dependencies optional, or remove it";
        says(cycle(&["a", "a"], &["a"]), &format!("requires itself: `a` (p.rs:1) -> `a`{advice}"));
        says(
            cycle(&["a", "b", "c", "a"], &["a", "b", "c"]),
            &format!(
                "is in a cycle of 3: `a` (p.rs:1) -> `b` (p.rs:2) -> `c` (p.rs:3) -> `a`{advice}"
            ),
        );
        says(
            cycle(&["a", "b", "a"], &["a", "b", "c"]),
            &format!(
                "is in a cycle of 2: `a` (p.rs:1) -> `b` (p.rs:2) -> `a` \
                 (3 plugins require each other){advice}"
            ),
        );
        // The longest of those that are shown whole, and the least of those whose middle is left out.
        let eight = ["a", "b", "c", "d", "e", "f", "g", "h", "a"];
        says(
            cycle(&eight, &eight[..8]),
            &format!(
                "is in a cycle of 8: `a` (p.rs:1) -> `b` (p.rs:2) -> `c` (p.rs:3) -> \
                 `d` (p.rs:4) -> `e` (p.rs:5) -> `f` (p.rs:6) -> `g` (p.rs:7) -> \
                 `h` (p.rs:8) -> `a`{advice}"
            ),
        );
        let nine = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "a"];
        says(
            cycle(&nine, &nine[..9]),
            &format!(
                "is in a cycle of 9: `a` (p.rs:1) -> `b` (p.rs:2) -> `c` (p.rs:3) -> \
                 `d` (p.rs:4) -> ... 1 more ... -> `f` (p.rs:6) -> `g` (p.rs:7) -> \
                 `h` (p.rs:8) -> `i` (p.rs:9) -> `a`{advice}"
            ),
        );
        let names: Vec<String> = (0..1_000).map(|i| format!("n{i}")).collect();
        let mut long: Vec<&str> = names.iter().map(String::as_str).collect();
        long.push("n0");
        says(
            cycle(&long, &long[..1_000]),
            &format!(
                "is in a cycle of 1000: `n0` (p.rs:1) -> `n1` (p.rs:2) -> `n2` (p.rs:3) -> \
                 `n3` (p.rs:4) -> ... 992 more ... -> `n996` (p.rs:997) -> `n997` (p.rs:998) -> \
                 `n998` (p.rs:999) -> `n999` (p.rs:1000) -> `n0`{advice}"
            ),
        );
    }

    #[test]
    fn every_cause_and_every_unmet_to_the_letter() {
        let causes = [
            (Cause::InvalidName, "has an invalid name"),
            (Cause::InvalidVersion, "has an invalid version"),
            (Cause::InvalidRequirement, "has an invalid requirement"),
            (Cause::Missing, "requires a plugin that is not registered"),
            (Cause::WrongVersion, "requires another version of a plugin"),
            (Cause::WrongType, "requires another type of plugin"),
            (Cause::NoProvider, "requires a capability that cannot be had"),
            (Cause::Clash, "is registered more than once"),
            (Cause::Cycle, "is in a cycle"),
            (Cause::Blocked, "is blocked"),
        ];
        for (cause, text) in causes {
            assert_eq!(cause.to_string(), text);
        }
        let unmet = [
            (Unmet::Missing, "is not registered"),
            (Unmet::WrongVersion { found: "1.0.0".into() }, "is registered in version 1.0.0"),
            (Unmet::WrongType { found: Some("a::B") }, "is of the type `a::B`"),
            (Unmet::WrongType { found: None }, "was declared without a type"),
            (Unmet::Blocked, "is blocked"),
            (Unmet::NoProvider, "has no provider that can be had"),
            (Unmet::InvalidRequirement, "has an invalid requirement"),
            (Unmet::GivenUp, "was given up to break a cycle"),
            (Unmet::Itself, "is the plugin itself"),
        ];
        for (why, text) in unmet {
            assert_eq!(why.to_string(), text);
        }
    }

    #[test]
    fn every_flaw_of_a_file_to_the_letter() {
        let why = || "odd".to_owned();
        let flaws = [
            (FileFlaw::Missing, "is not there: create it, or correct the path"),
            (
                FileFlaw::Unreadable { why: why() },
                "cannot be read, odd: make it a file that can, or correct the path",
            ),
            (FileFlaw::Unparsable { why: why() }, "does not parse, odd: mend it"),
            (
                FileFlaw::Unwatchable { why: why() },
                "cannot be watched, odd: see to its directory and the system's limits",
            ),
        ];
        for (flaw, text) in flaws {
            assert_eq!(flaw.to_string(), text);
        }
    }

    #[test]
    fn every_warning_to_the_letter() {
        let broken = |names: &[&str]| Warning::CycleBroken {
            from: id("a"),
            to: id(names.get(1).unwrap_or(&"b")),
            path: path(names),
        };
        let advice = "; remove it, or another dependency of the cycle";
        assert_eq!(
            broken(&["a", "b", "a"]).to_string(),
            format!(
                "plugin `a` goes without `b`, which is optional and closes a cycle of 2: \
                 `a` (p.rs:1) -> `b` (p.rs:2) -> `a`{advice}"
            )
        );
        assert_eq!(
            broken(&["a", "a"]).to_string(),
            format!(
                "plugin `a` goes without `a`, which is optional and itself: \
                 `a` (p.rs:1) -> `a`{advice}"
            )
        );
        assert_eq!(
            broken(&[]).to_string(),
            format!("plugin `a` goes without `b`, which is optional and closes a cycle{advice}")
        );
        let unmet = Warning::OptionalUnmet {
            plugin: id("a"),
            dependency: "b".into(),
            requirement: "^2".into(),
            why: Unmet::Blocked,
        };
        assert_eq!(
            unmet.to_string(),
            "plugin `a` goes without `b` ^2, which is optional and is blocked"
        );
    }

    #[test]
    fn hostile_text_is_escaped_and_shortened() {
        assert_eq!(Shown("a\u{202e}b`\r\n").to_string(), "a\\u{202e}b\\u{60}\\u{d}\\u{a}");
        assert_eq!(Shown(&"\u{430}".repeat(64)).to_string(), "\\u{430}".repeat(64));
        let long = "\u{430}".repeat(65);
        assert_eq!(Shown(&long).to_string(), "\\u{430}".repeat(64) + "... (130 bytes)");
        let many: Vec<Place> = (1..=20).map(at).collect();
        let text = Reason::Clash { places: many }.to_string();
        assert!(text.contains("at p.rs:8 and 12 more: "), "{text}");
    }
}
