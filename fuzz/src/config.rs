//! Target `config`: any text is JSON or TOML, and fits a plugin's own type, or is refused in words that name
//! the plugin and the key.
//!
//! What is held: nothing panics; what is accepted is what serde makes of the same value; what is
//! refused is refused by serde, or has a key that the type does not know, and changes nothing; a
//! configuration means the same whichever way it is given.

use std::collections::BTreeMap;
use std::fmt::Debug;

use plugstate::explain::Reason;
use plugstate::testing::silence_panics;
use plugstate::{BoxError, Error, Manager, Meta, Phase, Plugin};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::printable;

/// How many levels of tables and lists a configuration may have.
const LEVELS: usize = 64;

/// One of the types that the target reads.
trait Config:
    Clone + Debug + Default + DeserializeOwned + PartialEq + Serialize + Send + Sync + 'static
{
    const NAME: &'static str;
    /// Whether serde keeps parts of it aside before it reads them. It does not tell what it leaves out
    /// there, nor where something is wrong.
    const ASIDE: bool = false;
}

/// A field of every kind.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
struct Board {
    byte: u8,
    long: i64,
    huge: u64,
    gain: f32,
    fine: f64,
    flag: bool,
    name: String,
    letter: char,
    maybe: Option<u16>,
    unit: (),
    taps: Vec<u16>,
    pair: (u8, i8),
    three: [bool; 3],
    limits: BTreeMap<String, i8>,
    ports: BTreeMap<u8, String>,
    mode: Mode,
    wrapped: Wrapped,
    pins: Vec<Pin>,
    best: Option<Pin>,
    inner: Option<Box<Board>>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
struct Pin {
    number: u8,
    #[serde(default)]
    pulled: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
struct Wrapped(Vec<Option<u8>>);

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
enum Mode {
    #[default]
    Fast,
    Slow(u8),
    Pair(u8, String),
    Custom {
        rate: u32,
    },
}

/// No field may be left out, and none added.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    baud: u32,
    parity: Parity,
    lines: BTreeMap<String, Pin>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Parity {
    #[default]
    None,
    Even,
}

/// Some fields, and whatever else there is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
struct Free {
    #[serde(default)]
    known: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

/// Kinds that are told apart by what is inside.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
struct Shapes {
    tagged: Option<Tagged>,
    beside: Option<Beside>,
    any: Vec<Any>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "kind")]
enum Tagged {
    Line { length: u8 },
    Point,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "t", content = "c")]
enum Beside {
    Line(u8, u8),
    Point { x: i8 },
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
enum Any {
    Number(i64),
    Text(String),
    Pin(Pin),
}

/// A type whose own code panics for some values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
struct Armed(u8);

impl<'de> Deserialize<'de> for Armed {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u8::deserialize(deserializer)?;
        // The fuzzer takes a panic for a find, but for those that the kit knows by their text.
        assert!(number < 200, "armed panics in \u{1b}[2J\ndeserialize");
        Ok(Armed(number))
    }
}

impl Config for Board {
    const NAME: &'static str = "board";
}
impl Config for Strict {
    const NAME: &'static str = "strict";
}
impl Config for Free {
    const NAME: &'static str = "free";
    const ASIDE: bool = true;
}
impl Config for Shapes {
    const NAME: &'static str = "shapes";
    const ASIDE: bool = true;
}
impl Config for () {
    const NAME: &'static str = "nothing";
}
impl Config for Vec<Pin> {
    const NAME: &'static str = "pins";
}
impl Config for BTreeMap<String, Armed> {
    const NAME: &'static str = "armed";
}
impl Config for Value {
    const NAME: &'static str = "value";
}

/// The plugin that keeps what it was given.
struct Holder<C>(C);

impl<C: Config> Plugin for Holder<C> {
    const META: Meta = Meta::new(C::NAME, "1.0.0");
    type Requires = ();
    type Config = C;
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Holder(C::default()))
    }

    fn configure(&mut self, config: C) -> Result<(), BoxError> {
        self.0 = config;
        Ok(())
    }
}

/// Reads an input: what kind of text it is and whose, then the text.
///
/// # Panics
///
/// If anything does not hold.
pub fn check(input: &[u8]) {
    let Some((&head, text)) = input.split_first() else { return };
    let text = String::from_utf8_lossy(text);
    silence_panics();
    if head & 1 == 0 {
        let Ok(tree) = serde_json::from_str::<Value>(&text) else { return };
        // What is of no level is `Value` itself, which is what the manager keeps.
        give(head >> 1, &tree, Given { tree: tree.clone(), finite: true, plain: true });
    } else {
        let Ok(table) = toml::from_str::<toml::Value>(&text) else { return };
        let Ok(tree) = serde_json::to_value(&table) else { return };
        let (finite, plain) = numbers(&table);
        give(head >> 1, &table, Given { tree, finite, plain });
    }
}

/// A value of the host's own, which can be read without a manager too.
trait Source: Clone + Serialize {
    fn read<C: DeserializeOwned>(&self) -> Option<C>;
}

impl Source for Value {
    fn read<C: DeserializeOwned>(&self) -> Option<C> {
        serde_json::from_value(self.clone()).ok()
    }
}

impl Source for toml::Value {
    fn read<C: DeserializeOwned>(&self) -> Option<C> {
        self.clone().try_into().ok()
    }
}

/// A value, as the manager keeps it.
struct Given {
    tree: Value,
    /// Whether all numbers are finite.
    finite: bool,
    /// Whether it is made of what JSON has too.
    plain: bool,
}

fn numbers(value: &toml::Value) -> (bool, bool) {
    let all = |values: &mut dyn Iterator<Item = &toml::Value>| {
        values.map(numbers).fold((true, true), |(a, b), (c, d)| (a && c, b && d))
    };
    match value {
        toml::Value::Float(number) => (number.is_finite(), true),
        toml::Value::Datetime(_) => (true, false),
        toml::Value::Array(list) => all(&mut list.iter()),
        toml::Value::Table(table) => all(&mut table.values()),
        _ => (true, true),
    }
}

/// To one plugin, whichever `which` says, and as the tables of all.
fn give(which: u8, value: &impl Source, given: Given) {
    match which % 9 {
        0 => one::<Board>(value, &given),
        1 => one::<Strict>(value, &given),
        2 => one::<Free>(value, &given),
        3 => one::<Shapes>(value, &given),
        4 => one::<()>(value, &given),
        5 => one::<Vec<Pin>>(value, &given),
        6 => one::<BTreeMap<String, Armed>>(value, &given),
        7 => one::<Value>(value, &given),
        _ => all(value, &given),
    }
}

/// What a plugin must be given for a tree.
fn expected<C: Config>(given: &Given) -> Result<C, &'static str> {
    if !given.finite {
        return Err("a number that is not finite");
    }
    if depth(&given.tree) > LEVELS {
        return Err("too many levels");
    }
    if given.tree.is_null() {
        return Ok(C::default());
    }
    if C::NAME == <()>::NAME {
        let is_empty = given.tree.as_object().is_some_and(serde_json::Map::is_empty);
        return if is_empty { Ok(C::default()) } else { Err("a plugin without a configuration") };
    }
    let read = std::panic::catch_unwind(|| serde_json::from_value::<C>(given.tree.clone()));
    let read = read.map_err(|_| "the type's own code panics")?.map_err(|_| "serde refuses it")?;
    let known = serde_json::to_value(&read).expect("it was made of such a tree");
    match is_known(&given.tree, &known) {
        true => Ok(read),
        false if C::ASIDE => Err("?"),
        false => Err("a key that the type does not know"),
    }
}

/// Whether every key of a tree is in another.
fn is_known(tree: &Value, known: &Value) -> bool {
    match (tree, known) {
        (Value::Object(tree), Value::Object(known)) => (tree.iter())
            .all(|(key, value)| known.get(key).is_some_and(|known| is_known(value, known))),
        (Value::Array(tree), Value::Array(known)) => {
            tree.iter().zip(known).all(|(tree, known)| is_known(tree, known))
        }
        _ => true,
    }
}

fn depth(tree: &Value) -> usize {
    match tree {
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Value::Object(table) => 1 + table.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// What became of a configuration.
type Outcome<C> = Result<C, Error>;

/// One plugin, given a value in each of the ways that there are.
fn one<C: Config>(value: &impl Source, given: &Given) {
    let build = || Manager::builder().threads(1).add::<Holder<C>>();
    let held = |manager: &Manager| {
        manager.enable(C::NAME).expect("it was configured with what it accepts");
        manager.get::<Holder<C>>().expect("it is enabled").0.clone()
    };

    let manager = build().build().expect("there is no problem with it");
    manager.load(C::NAME).expect("nothing fails");
    let configured: Outcome<C> = manager.configure(C::NAME, value).map(|_| held(&manager));
    if configured.is_err() {
        assert_eq!(manager.phase(C::NAME).expect("it is there"), Phase::Loaded);
        assert!(manager.info(C::NAME).expect("it is there").failures.is_empty());
        assert_eq!(held(&manager), C::default(), "a refused value was kept");
    }

    let manager = build().build().expect("there is no problem with it");
    let set: Outcome<C> = manager.set_config(C::NAME, value).map(|()| held(&manager));
    if set.is_err() {
        assert_eq!(held(&manager), C::default(), "a refused value was kept");
    }

    let manager = build().build().expect("there is no problem with it");
    manager.enable(C::NAME).expect("nothing fails");
    let reloaded: Outcome<C> = manager.reload_with(C::NAME, value).map(|_| held(&manager));
    if reloaded.is_err() {
        assert_eq!(held(&manager), C::default(), "a refused value was kept");
    }

    for (outcome, way) in
        [(&configured, "configure"), (&set, "set_config"), (&reloaded, "reload_with")]
    {
        judge::<C>(outcome, given, way);
        // Nothing is the default, and the unit type reads no table.
        let is_read = given.plain && !given.tree.is_null() && C::NAME != <()>::NAME;
        if is_read
            && let Ok(config) = outcome
            && let Some(read) = value.read::<C>()
        {
            assert_eq!(*config, read, "{way}: not what the host would read");
        }
    }

    // The same in a table of all.
    let tables = BTreeMap::from([(C::NAME, value)]);
    let built = build().config(&tables).build().map(|manager| held(&manager));
    if given.tree.is_null() || depth(&given.tree) < LEVELS {
        assert_eq!(built.is_ok(), configured.is_ok(), "given to the builder: {built:?}");
    }
    if let (Ok(built), Ok(configured)) = (&built, &configured) {
        assert_eq!(built, configured, "given to the builder");
    }
    if let Err(refused) = built {
        printable(&refused.to_string());
    }
}

/// Holds an outcome to what serde says, and to the laws of errors.
fn judge<C: Config>(outcome: &Outcome<C>, given: &Given, way: &str) {
    match (outcome, expected::<C>(given)) {
        (Ok(config), Ok(expected)) => assert_eq!(*config, expected, "{way}: not what serde reads"),
        (Ok(config), Err("?")) => {
            let expected: C = serde_json::from_value(given.tree.clone()).expect("it was read once");
            assert_eq!(*config, expected, "{way}: not what serde reads");
        }
        (Ok(config), Err(why)) => panic!("{way} accepts {config:?}, but {why}: {:?}", given.tree),
        (Err(refused), Ok(expected)) => panic!("{way} refuses {expected:?}: {refused}"),
        (Err(refused), Err(_)) => {
            let Error::Config(error) = refused else { panic!("{way}: {refused}") };
            assert_eq!(error.plugin().as_str(), C::NAME);
            let text = refused.to_string();
            printable(&text);
            assert!(text.starts_with(&format!("config of plugin `{}`", C::NAME)), "{text}");
            let path = error.path();
            assert!(
                is_path(&given.tree, path),
                "{way}: there is no `{path}` in {:?} ({text})",
                given.tree
            );
        }
    }
}

/// Whether a path leads somewhere in a tree.
fn is_path(tree: &Value, path: &str) -> bool {
    below(tree, path, "")
}

fn below(tree: &Value, path: &str, separator: &str) -> bool {
    match tree {
        _ if path.is_empty() => true,
        Value::Object(table) => path.strip_prefix(separator).is_some_and(|path| {
            let mut keys = table.iter();
            keys.any(|(key, value)| {
                path.strip_prefix(&**key).is_some_and(|it| below(value, it, "."))
            })
        }),
        Value::Array(list) => list.iter().enumerate().any(|(at, value)| {
            let path = path.strip_prefix(&format!("[{at}]"));
            path.is_some_and(|path| below(value, path, "."))
        }),
        _ => false,
    }
}

/// The tables of all plugins at once.
fn all(value: &impl Serialize, given: &Given) {
    let builder = || {
        Manager::builder()
            .threads(1)
            .add::<Holder<Board>>()
            .add::<Holder<Strict>>()
            .add::<Holder<Free>>()
            .add::<Holder<Shapes>>()
            .add::<Holder<()>>()
            .add::<Holder<Vec<Pin>>>()
            .add::<Holder<BTreeMap<String, Armed>>>()
            .add::<Holder<Value>>()
            .config(value)
    };
    let manager = builder().build_partial();
    let strict = builder().build();
    assert_eq!(strict.is_ok(), manager.problems().is_empty());
    if let Err(refused) = strict {
        refused.to_string().lines().for_each(printable);
    }
    manager.problems().iter().for_each(|problem| printable(&problem.to_string()));
    let readable = given.finite && depth(&given.tree) <= LEVELS;
    let tables = match &given.tree {
        Value::Object(tables) if readable => tables.clone(),
        Value::Null if readable => serde_json::Map::new(),
        _ => {
            let [problem] = manager.problems() else { panic!("{:?}", manager.problems()) };
            assert!(matches!(problem.reason(), Reason::UnreadableConfig { .. }), "{problem}");
            return;
        }
    };
    for (name, tree) in &tables {
        let given = Given { tree: tree.clone(), finite: true, plain: given.plain };
        let of: Vec<_> =
            manager.problems().iter().filter(|it| it.plugin() == name.as_str()).collect();
        assert!(of.len() < 2, "{of:?}");
        let fits = match name.as_str() {
            Board::NAME => fits::<Board>(&given),
            Strict::NAME => fits::<Strict>(&given),
            Free::NAME => fits::<Free>(&given),
            Shapes::NAME => fits::<Shapes>(&given),
            <()>::NAME => fits::<()>(&given),
            <Vec<Pin>>::NAME => fits::<Vec<Pin>>(&given),
            <BTreeMap<String, Armed>>::NAME => fits::<BTreeMap<String, Armed>>(&given),
            Value::NAME => fits::<Value>(&given),
            _ => {
                let is_nobodys = |reason: &Reason| matches!(reason, Reason::NobodysConfig { .. });
                assert!(of.len() == 1 && is_nobodys(of[0].reason()), "{name}: {of:?}");
                continue;
            }
        };
        if let Some(fits) = fits {
            assert_eq!(of.is_empty(), fits, "{name}: {of:?} for {tree:?}");
        }
    }
    let others = manager.problems().iter().filter(|it| !tables.contains_key(it.plugin().as_str()));
    assert_eq!(others.count(), 0, "{:?}", manager.problems());
    let report = manager.enable_all().expect("what does not fit is reported");
    report.to_string().lines().for_each(printable);
    assert_eq!(manager.enabled().len() + manager.problems().len(), 8 + nobodys(&manager));
}

/// Whether a plugin is to accept a tree, where that is known.
fn fits<C: Config>(given: &Given) -> Option<bool> {
    match expected::<C>(given) {
        Ok(_) => Some(true),
        Err("?") => None,
        Err(_) => Some(false),
    }
}

fn nobodys(manager: &Manager) -> usize {
    let is_nobodys = |reason: &Reason| matches!(reason, Reason::NobodysConfig { .. });
    manager.problems().iter().filter(|problem| is_nobodys(problem.reason())).count()
}
