//! Target `resolve`: any bytes are what plugins declare, and the resolver finds an order, or says why
//! there is none.
//!
//! What is held: nothing panics; the order of registration changes nothing; the answer is the one that a
//! naive reading of the rules gives; every text is one printable line; and a manager of these plugins
//! enables exactly those that have an order.

use std::fmt::Write as _;

use arbitrary::{Arbitrary, Unstructured};
use plugstate::testing::World;
use plugstate::{
    BoxError, Builder, Declaration, Manager, Meta, Optional, Place, Plugin, Provider, Registration,
    Resolution, registration, resolve,
};

use super::naive;

/// How large an input may become.
const MOST_CLAIMS: usize = 14;

/// What plugins declare, as text and numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims(pub Vec<Claim>);

/// What one plugin declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// A plugin that is known by its type, which depends on others by theirs; taken modulo their
    /// number.
    Typed(u8),
    /// One that is declared by hand.
    Made(Made),
}

/// A plugin that is declared by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Its name.
    pub name: Text,
    /// Its version.
    pub version: Text,
    /// The line on which it was registered; with 0 a line of its own.
    pub line: u8,
    /// The capabilities that it provides, as bits.
    pub provides: u8,
    /// What it depends on.
    pub needs: Vec<Need>,
}

/// A dependency of a [`Made`] plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// A plugin by name, in a version, and whether it can do without.
    Plugin(Text, Text, bool),
    /// A capability; taken modulo their number.
    Capability(u8),
}

/// A text: one of [`TEXTS`], or any other of up to 63 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// By its number; taken modulo their number.
    Known(u8),
    /// What is not UTF-8 in it is replaced.
    Other(Vec<u8>),
}

impl Default for Text {
    fn default() -> Self {
        Text::Known(0)
    }
}

/// Texts that mean something to the resolver, or should not. New ones go to the end, or the corpus
/// means something else.
pub const TEXTS: [&str; 64] = [
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
    "ab",
    "sampler",
    "sampel",
    "@scope/a-b_c.d+e:f",
    "",
    " ",
    "a ",
    "A",
    "\u{430}",
    "\u{202e}a",
    "a\nb",
    "a\0",
    "`",
    "\\",
    "\u{1b}[2J",
    "\u{1f980}",
    "e\u{301}",
    "{}",
    LONGEST,
    TOO_LONG,
    "typed",
    "other",
    "1.0.0",
    "*",
    "^1",
    "2.0.0",
    "0.1.0",
    "1.2.3-rc.1",
    "1.2.3",
    "1.2.3+build",
    ">=1",
    "<2",
    ">=1, <2",
    "~1.2",
    "=1.2.3",
    "=1.0.0",
    "^0",
    "^1.2.3-rc.0",
    "^2",
    ">1.0.0-rc.1",
    "1",
    "1.2",
    "v1.0.0",
    "01.0.0",
    "1.0.0-",
    "99999999999999999999.0.0",
    "18446744073709551615.0.0",
    ">=18446744073709551615",
    "^^1",
    "1.*",
    "1.2.*",
    " *",
    "* ",
    "*.1",
    "latest",
    ",",
    ">=",
    "=1.2.3+other",
];

/// A name of the greatest length, and one that is longer.
const LONGEST: &str = TOO_LONG.split_at(214).0;
const TOO_LONG: &str = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\
    xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\
    xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\
    xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

/// The capabilities.
trait Clock {}
trait Disk {}
trait Wire {}

impl<'a> Arbitrary<'a> for Claims {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let mut claims = Vec::new();
        while !input.is_empty() && claims.len() < MOST_CLAIMS {
            claims.push(Claim::arbitrary(input)?);
        }
        Ok(Claims(claims))
    }
}

impl<'a> Arbitrary<'a> for Claim {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let [head, more] = <[u8; 2]>::arbitrary(input)?;
        if head >> 5 == 7 {
            return Ok(Claim::Typed(more));
        }
        let (name, version) = (Text::arbitrary(input)?, Text::arbitrary(input)?);
        let needs = (0..head >> 5).map(|_| Need::arbitrary(input)).collect::<Result<_, _>>()?;
        Ok(Claim::Made(Made { name, version, line: head & 3, provides: more & 7, needs }))
    }
}

impl<'a> Arbitrary<'a> for Need {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let head = u8::arbitrary(input)?;
        if head & 7 == 7 {
            return Ok(Need::Capability(head >> 3));
        }
        Ok(Need::Plugin(Text::arbitrary(input)?, Text::arbitrary(input)?, head & 1 != 0))
    }
}

impl<'a> Arbitrary<'a> for Text {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let head = u8::arbitrary(input)?;
        if head < 192 {
            return Ok(Text::Known(head));
        }
        let length = usize::from(head - 192).min(input.len());
        Ok(Text::Other(input.bytes(length)?.to_vec()))
    }
}

impl Claims {
    /// The claims that an input is read as. Every input is some.
    #[must_use]
    pub fn decode(input: &[u8]) -> Option<Self> {
        Claims::arbitrary(&mut Unstructured::new(input)).ok()
    }

    /// The input that is read as these claims, if there is one.
    #[must_use]
    pub fn encode(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        for claim in &self.0 {
            match claim {
                Claim::Typed(which) => bytes.extend([0xe0, *which]),
                Claim::Made(made) => {
                    let needs = u8::try_from(made.needs.len()).ok()?;
                    bytes.extend([needs.checked_mul(32)? | made.line, made.provides]);
                    made.name.put(&mut bytes)?;
                    made.version.put(&mut bytes)?;
                    for need in &made.needs {
                        match need {
                            Need::Capability(which) => bytes.push(which << 3 | 7),
                            Need::Plugin(name, version, optional) => {
                                bytes.push(u8::from(*optional));
                                name.put(&mut bytes)?;
                                version.put(&mut bytes)?;
                            }
                        }
                    }
                }
            }
        }
        (Claims::decode(&bytes).as_ref() == Some(self)).then_some(bytes)
    }

    /// The declarations, and those of them that a manager of probes can be made of.
    fn declarations(&self) -> Vec<Declaration> {
        (self.0.iter().zip(10..))
            .map(|(claim, line)| match claim {
                Claim::Typed(which) => typed()[usize::from(*which) % TYPED].declaration(),
                Claim::Made(made) => made.declaration(line),
            })
            .collect()
    }
}

impl Text {
    /// The text that is written like this, of those that are known if it is one of them.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let known = TEXTS.iter().position(|known| *known == text);
        let known = known.and_then(|at| u8::try_from(at).ok());
        known.map_or_else(|| Text::Other(text.as_bytes().to_vec()), Text::Known)
    }

    fn put(&self, bytes: &mut Vec<u8>) -> Option<()> {
        match self {
            Text::Known(which) => bytes.push(*which),
            Text::Other(text) => {
                bytes.push(192 + u8::try_from(text.len()).ok().filter(|&length| length < 64)?);
                bytes.extend(text);
            }
        }
        Some(())
    }

    fn text(&self) -> String {
        match self {
            Text::Known(which) => TEXTS[usize::from(*which) % TEXTS.len()].to_owned(),
            Text::Other(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        }
    }
}

impl Made {
    fn declaration(&self, line: u32) -> Declaration {
        let line = if self.line == 0 { line } else { self.line.into() };
        let declaration = Declaration::new(self.name.text(), self.version.text());
        let declaration = declaration.at(Place::new("suite.rs", line));
        let provides = |bit: u8| self.provides >> bit & 1 != 0;
        let declaration =
            if provides(0) { declaration.provides::<dyn Clock>() } else { declaration };
        let declaration =
            if provides(1) { declaration.provides::<dyn Disk>() } else { declaration };
        let declaration =
            if provides(2) { declaration.provides::<dyn Wire>() } else { declaration };
        self.needs.iter().fold(declaration, |declaration, need| match need {
            Need::Plugin(name, version, true) => declaration.wants(name.text(), version.text()),
            Need::Plugin(name, version, false) => declaration.requires(name.text(), version.text()),
            Need::Capability(which) => match which % 3 {
                0 => declaration.requires_capability::<dyn Clock>(),
                1 => declaration.requires_capability::<dyn Disk>(),
                _ => declaration.requires_capability::<dyn Wire>(),
            },
        })
    }
}

/// Plugins with types, some of which own names that others may claim too.
macro_rules! typed {
    ($($type:ident $meta:expr, ($($requires:ty),* $(,)?);)+) => {
        $(
            struct $type;

            impl Plugin for $type {
                const META: Meta = $meta;
                type Requires = ($($requires,)*);
                type Config = ();
                type Error = BoxError;

                fn load() -> Result<Self, BoxError> {
                    Ok($type)
                }
            }

            impl Clock for $type {}
        )+
    };
}
typed! {
    A Meta::new("a", "1.2.3"), ();
    Typed Meta::new("typed", "1.0.0").wants(&[("b", "*")]), (A, Provider<dyn Disk>);
    Other Meta::new("other", "1.2.3-rc.1").requires(&[("typed", "^1")]), (Optional<Typed>, Provider<dyn Clock>);
    Wants Meta::new("d", "0.1.0"), (Optional<A>, Optional<Other>);
    Needs Meta::new("c", "nonsense").requires(&[("a", "^2")]), (A,);
}

const TYPED: usize = 5;

fn typed() -> [Registration; TYPED] {
    [
        registration!(A as dyn Clock),
        registration!(Typed as dyn Clock),
        registration!(Other),
        registration!(Wants as dyn Clock),
        registration!(Needs as dyn Clock),
    ]
}

/// Resolves an input.
///
/// # Panics
///
/// If anything does not hold.
pub fn check(input: &[u8]) {
    let Some(claims) = Claims::decode(input) else { return };
    let declarations = claims.declarations();
    let resolution = resolve(declarations.clone());
    let all = everything(&resolution);

    // The canonical answer: backwards, and turned by some places.
    let mut other = declarations.clone();
    other.reverse();
    assert_eq!(everything(&resolve(other)), all, "registered backwards: {claims:#?}");
    let mut other = declarations.clone();
    other.rotate_left(declarations.len() / 2);
    assert_eq!(everything(&resolve(other)), all, "registered from the middle on: {claims:#?}");

    texts(&resolution);
    if let Err(wrong) = naive::compare(&declarations, &resolution) {
        panic!("{wrong}\nin {claims:#?}\nwhich is\n{all}");
    }
    if !claims.0.iter().any(|claim| matches!(claim, Claim::Typed(_))) {
        manage(&declarations, &resolution);
    }
}

/// Everything that a resolution says, as text.
fn everything(resolution: &Resolution) -> String {
    let mut text = format!("order {:?}\n", resolution.order().collect::<Vec<_>>());
    for level in resolution.levels() {
        writeln!(text, "level {:?}", level.collect::<Vec<_>>()).expect("it is a string");
    }
    for plugin in resolution.plugins() {
        writeln!(text, "{plugin:?} {:?}", resolution.is_blocked(plugin)).expect("it is a string");
        for binding in resolution.dependencies(plugin) {
            writeln!(text, "  {binding:?}").expect("it is a string");
        }
        let dependents: Vec<_> = resolution.dependents(plugin).collect();
        writeln!(text, "  {dependents:?}").expect("it is a string");
    }
    for problem in resolution.problems() {
        writeln!(text, "{problem}\n  {problem:?}").expect("it is a string");
    }
    for warning in resolution.warnings() {
        writeln!(text, "{warning}\n  {warning:?}").expect("it is a string");
    }
    text
}

/// Every text is one printable line that floods nothing.
fn texts(resolution: &Resolution) {
    let problems = resolution.problems().iter().map(ToString::to_string);
    for text in problems.chain(resolution.warnings().iter().map(ToString::to_string)) {
        assert!(text.chars().all(|c| c.is_ascii_graphic() || c == ' '), "{text:?}");
        assert!(text.len() < 2_500, "{} bytes: {text}", text.len());
        // Names and the like are between backquotes, and have none inside.
        assert_eq!(text.matches('`').count() % 2, 0, "{text}");
    }
}

/// A manager enables what has an order, in that order, and nothing else.
fn manage(declarations: &[Declaration], resolution: &Resolution) {
    let world = World::new();
    let probes = || declarations.iter().map(|declaration| world.probe(declaration.clone()));
    // Probes of this world have no views, so whoever needs a capability is another story.
    if declarations.iter().any(|declaration| !declaration.capabilities().is_empty()) {
        return;
    }
    let builder = || probes().fold(Manager::builder().threads(1), Builder::register);
    let strict = builder().build();
    assert_eq!(strict.is_ok(), resolution.problems().is_empty(), "a strict build");
    if let Err(refused) = strict {
        assert!(refused.to_string().is_ascii(), "{refused}");
    }
    let manager = builder().build_partial();
    assert!(manager.problems().iter().eq(resolution.problems()));
    manager.enable_all().expect("what cannot run is reported");
    let order: Vec<_> = resolution.order().cloned().collect();
    assert_eq!(manager.enabled(), order);
    let enabled = order.iter().map(|id| format!("enable {id}"));
    let log = world.log().into_iter().filter(|hook| hook.starts_with("enable"));
    assert!(log.eq(enabled), "the hooks are not called in the canonical order");
    for plugin in resolution.plugins().filter(|id| resolution.is_blocked(id).is_some()) {
        let refused = manager.enable(plugin.as_str()).expect_err("it is blocked").to_string();
        assert!(refused.is_ascii() && refused.len() < 2_500, "{refused}");
    }
    manager.shutdown().expect("no hook fails");
}
