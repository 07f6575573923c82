//! A thousand hostile inputs: each gets a typed error of its own, none is lost, nothing panics, and
//! every text can be printed.
//!
//! The inputs are made from a fixed seed: 250 names, 250 versions, 250 requirements and 250
//! configurations.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plugstate::explain::{Problem, Reason};
use plugstate::{BoxError, Builder, Declaration, DynPlugin, Error, Manager, Phase, Registration};
use serde::de::{Deserialize, Deserializer};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use support::{World, plugin};

const EACH: usize = 250;

/// Numbers from a fixed seed.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

/// What nobody should be made to print: controls, escapes of a terminal, changes of the writing
/// direction, what cannot be seen, look-alikes, combining and astral characters.
const POISON: [&str; 24] = [
    "\0",
    "\n",
    "\r\n",
    "\t",
    "\u{1b}[2J",
    "\u{7f}",
    "\u{9b}31m",
    "\u{202e}",
    "\u{2066}",
    "\u{200b}",
    "\u{200f}",
    "\u{feff}",
    "\u{ad}",
    "\u{2028}",
    "\u{430}",
    "\u{ff41}",
    "e\u{301}",
    "\u{1f980}",
    "\u{e0041}",
    "\u{10ffff}",
    "`",
    "\"",
    "\\",
    " ",
];

/// `count` different texts, each with some poison in it, short ones and long ones.
fn poisoned(count: usize, start: &[&str], plain: &[&str], seed: u64) -> Vec<String> {
    poisoned_with(&POISON, count, start, plain, seed)
}

fn poisoned_with(
    poison: &[&str],
    count: usize,
    start: &[&str],
    plain: &[&str],
    seed: u64,
) -> Vec<String> {
    let mut seeded = Seeded(seed);
    let mut texts: BTreeSet<String> = start.iter().map(ToString::to_string).collect();
    texts.extend(poison.iter().map(ToString::to_string));
    texts.insert(format!("{}{}", plain[0].repeat(1_000_000), POISON[0]));
    while texts.len() < count {
        let length = [1, 3, 9, 40, 300][seeded.below(5)];
        let mut text = String::new();
        for _ in 0..length {
            text.push_str(seeded.pick(plain));
        }
        text.push_str(seeded.pick(poison));
        text.push_str(seeded.pick(plain));
        texts.insert(text);
    }
    texts.into_iter().collect()
}

/// Asserts that a text can be printed where every line counts, and does not flood it.
#[track_caller]
fn printable(text: &str) {
    let poison = |c: &char| {
        c.is_control()
            || matches!(*c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    assert_eq!(text.chars().find(poison), None, "{text:?}");
    assert!(text.len() < 2_500, "{} bytes: {text}", text.len());
    assert!(!text.ends_with('.'));
}

/// Builds, strictly and not, and answers the problems.
#[track_caller]
fn problems(builder: impl Fn() -> Builder) -> (Manager, Vec<Problem>) {
    let refused = builder().build().expect_err("hostile input");
    let Error::Link(problems) = &refused else { panic!("{refused}") };
    let manager = builder().build_partial();
    assert!(problems.iter().eq(manager.problems()));
    for problem in problems {
        printable(&problem.to_string());
    }
    let lines = refused.to_string().lines().count();
    assert_eq!(lines, if problems.len() == 1 { 1 } else { problems.len() + 1 });
    (manager, problems.iter().cloned().collect())
}

fn names() -> Vec<String> {
    let long = "x".repeat(215);
    let start =
        ["", &long, "a b", "a,b", "a=b", "a;b", "a|b", "a*", "{}", "%s", "$(id)", "<b>", "~"];
    poisoned(EACH, &start, &["a", "uart", "Z", "0", "-", "_", ".", "@", "/", "+", ":"], 0x5eed)
}

#[test]
fn every_hostile_name_is_refused_by_itself() {
    let names = names();
    assert_eq!(names.len(), EACH);
    let world = World::new();
    let good = || plugin("good");
    let suite = || names.iter().map(|name| plugin(name)).chain([good()]);
    let (manager, found) = problems(|| world.builder(suite()));
    let refused: Vec<&str> = found.iter().map(|problem| problem.plugin().as_str()).collect();
    assert_eq!(refused.len(), EACH, "one problem each, none lost");
    assert!(refused == names);
    assert!(found.iter().all(|problem| matches!(problem.reason(), Reason::InvalidName { .. })));

    let report = manager.enable_all().expect("the rest goes on");
    assert_eq!(report.troubles().count(), EACH);
    for name in &names {
        let refused = manager.enable(name).expect_err("it is blocked");
        assert!(matches!(refused, Error::Blocked { .. }), "{refused}");
        printable(&refused.to_string());
        printable(&manager.configure(name, ()).expect_err("it is blocked").to_string());
        printable(&manager.get_as::<()>(name).expect_err("it is blocked").to_string());
        assert_eq!(manager.phase(name).unwrap(), Phase::Discovered);
    }
    report.to_string().lines().for_each(printable);
    manager.snapshot().to_string().lines().for_each(printable);
    assert_eq!(manager.enabled(), ["good"]);
}

#[test]
fn every_hostile_name_that_is_only_mentioned_is_refused_too() {
    let names = names();
    let world = World::new();
    // As what is required, as what is expected, as the owner of a table, as an argument.
    let at = |at: usize| format!("p{at:03}");
    let requires = |name: &String| plugin(&at(0)).requires(name.clone(), "*");
    for (number, name) in names.iter().enumerate() {
        let (_, found) = problems(|| world.builder([requires(name)]));
        assert!(matches!(found[0].reason(), Reason::Missing { .. }), "{number}");
    }
    let (_, found) = problems(|| world.builder([]).expect(names.clone()));
    assert_eq!(found.len(), EACH);
    assert!(found.iter().all(|problem| matches!(problem.reason(), Reason::NotLinked)));
    let tables = names.iter().map(|name| (name.clone(), json!({})));
    let tables = Value::Object(tables.collect());
    let (manager, found) = problems(|| world.builder([]).config(&tables));
    assert_eq!(found.len(), EACH);
    assert!(found.iter().all(|p| matches!(p.reason(), Reason::NobodysConfig { .. })));
    for name in &names {
        let unknown = manager.load(name).expect_err("nobody has that name");
        assert!(matches!(unknown, Error::Unknown { .. }));
        printable(&unknown.to_string());
    }
}

#[test]
fn every_hostile_version_is_refused_by_itself() {
    let start = [
        "",
        "1",
        "1.0",
        "1.0.0.0",
        "v1.0.0",
        "01.0.0",
        "1.0.0-",
        "1.0.0+",
        "1.0.0-01",
        "-1.0.0",
        "99999999999999999999.0.0",
        "1.0.0-a..b",
        "latest",
        "*",
        "^1.0.0",
        "1,0,0",
        "1.0.x",
        "NaN",
        "\u{ff11}.0.0",
        "\u{661}.\u{660}.\u{660}",
        "1.0.0\u{0}",
    ];
    let versions = poisoned(EACH, &start, &["1.0.0", "0", ".", "-rc.1", "+build", "7"], 0x5eed + 1);
    assert_eq!(versions.len(), EACH);
    let world = World::new();
    let suite = || {
        let bad = (0..).zip(&versions);
        bad.map(|(at, version)| Declaration::new(format!("p{at:03}"), version.clone()))
    };
    let (manager, found) = problems(|| world.builder(suite()));
    assert_eq!(found.len(), EACH);
    for (problem, version) in found.iter().zip(&versions) {
        assert!(matches!(problem.reason(), Reason::InvalidVersion { text, .. } if text == version));
    }
    assert_eq!(manager.enable_all().unwrap().troubles().count(), EACH);
    assert!(manager.enabled().is_empty());
}

#[test]
fn every_hostile_requirement_is_refused_by_itself() {
    let start = [
        "",
        "^",
        ">=",
        "^^1",
        ">1 <2",
        "1 || 2",
        "latest",
        "1.2.3.4",
        "=>1",
        "1.0.0-",
        "~~1",
        "!1",
        ">=99999999999999999999",
        "v1",
        "01",
        "\u{ff1e}1",
        "*.1",
        ",",
        "1,",
        ",1",
        "\u{2265}1",
    ];
    // A blank between its parts does a requirement no harm.
    let (blank, poison) = POISON.split_last().expect("there is some");
    assert_eq!(*blank, " ");
    let plain = ["1", ">=", "^", "~", "2.0", "7", "<", "-rc"];
    let requirements = poisoned_with(poison, EACH, &start, &plain, 0x5eed + 2);
    let world = World::new();
    let suite = || {
        let bad = (0..).zip(&requirements);
        let bad = bad.map(|(at, text)| plugin(&format!("p{at:03}")).requires("core", text.clone()));
        bad.chain([plugin("core")])
    };
    let (manager, found) = problems(|| world.builder(suite()));
    let refused: Vec<&str> = (found.iter())
        .map(|problem| match problem.reason() {
            Reason::InvalidRequirement { text, .. } => text.as_str(),
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(refused.len(), EACH, "one problem each, none lost");
    assert!(refused == requirements);
    assert_eq!(manager.enable_all().unwrap().troubles().count(), EACH);
    assert_eq!(manager.enabled(), ["core"]);
}

/// A configuration with a field of every kind.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
#[allow(dead_code, reason = "it is only ever read, and never well")]
struct Board {
    byte: u8,
    long: i64,
    gain: f32,
    flag: bool,
    name: String,
    letter: char,
    taps: Vec<u16>,
    pair: (u8, u8),
    limits: BTreeMap<String, i8>,
    mode: Mode,
    inner: Inner,
}

#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(dead_code, reason = "it is only ever read, and never well")]
struct Inner {
    deeper: BTreeMap<u8, Option<Box<Inner>>>,
}

#[derive(Default, serde::Deserialize)]
enum Mode {
    #[default]
    Fast,
}

struct Typed;

impl DynPlugin for Typed {
    type Config = Board;
}

/// Tables for a [`Board`], each with something in it that does not fit.
fn bad_tables() -> Vec<Value> {
    let huge = "9".repeat(10_000);
    let mut tables = vec![];
    let fields = [
        ("byte", json!([256, -1, 1e300, 0.5, "1", null, [], {}, true, u64::MAX])),
        ("long", json!([u64::MAX, 1e300, 0.5, "1", null, [1], {"a": 1}, false])),
        ("gain", json!(["NaN", "inf", null, [], {}, true])),
        ("flag", json!([0, 1, "true", null, [], {}])),
        ("name", json!([0, 1.5, true, null, ["a"], {"name": "a"}])),
        ("letter", json!(["", "ab", 97, null, [], "e\u{301}"])),
        ("taps", json!([{}, "1,2", 7, null, [-1], [65_536], [1, "2"], [null], [[1]], {"0": 1}])),
        ("pair", json!([[], [1], [1, 2, 3], {}, "ab", 12, null, [1, -2]])),
        ("limits", json!([[], 1, "a", null, {"a": 128}, {"\u{202e}": "x"}, {"\n": null}])),
        ("mode", json!(["fast", "FAST", "", "F\u{430}st", "a\nb", 0, null, [], {"Fast": 1}])),
        (
            "inner",
            json!([1, "x", null, {"\u{1b}[2J": 1}, {"deeper": 1}, {"deeper": {"x": null}},
            {"deeper": {"1": {"deeper": {"2": 3}}}}, {"deeper": {"256": null}}]),
        ),
    ];
    for (field, values) in fields {
        let Value::Array(values) = values else { unreachable!("all are lists") };
        tables.extend(values.into_iter().map(|value| json!({ field: value })));
        tables.push(json!({ field: huge.clone(), "name": [POISON[4]] }));
    }
    tables.extend([json!(7), json!("x"), json!(true), json!("\0"), json!(1e308)]);
    let keys =
        poisoned(EACH - tables.len(), &["", "Byte", "byte ", "byte\0"], &["byte", "a", "."], 9);
    tables.extend(keys.into_iter().map(|key| json!({ key: 1 })));
    tables
}

#[test]
fn every_hostile_config_is_refused_by_itself() {
    let tables = bad_tables();
    assert_eq!(tables.len(), EACH);
    let name = |at: usize| format!("p{at:03}");
    let all = (0..).zip(&tables).map(|(at, table)| (name(at), table.clone()));
    let all = Value::Object(all.collect());
    let builder = || {
        let plugins = (0..EACH).map(|at| Registration::dynamic(plugin(&name(at)), || Ok(Typed)));
        plugins.fold(Manager::builder(), Builder::register)
    };
    let (manager, found) = problems(|| builder().config(&all));
    assert_eq!(found.len(), EACH, "one problem each, none lost");
    for (at, problem) in found.iter().enumerate() {
        assert_eq!(problem.plugin().as_str(), name(at));
        assert!(matches!(problem.reason(), Reason::Config(_)));
    }
    let report = manager.enable_all().unwrap();
    assert_eq!(report.troubles().count(), EACH);
    report.to_string().lines().for_each(printable);
    assert!(manager.snapshot().plugins.iter().all(|p| p.phase == Phase::Discovered));

    // The same at run time, as JSON and as TOML.
    let manager = builder().build().unwrap();
    for (at, table) in tables.iter().enumerate() {
        let name = name(at);
        manager.load(&name).unwrap();
        let mut refused = vec![manager.configure(&name, table).expect_err("it does not fit")];
        // There is no nothing in TOML, and no number beyond its own.
        if let Ok(table) = toml::Value::try_from(table) {
            refused.push(manager.configure(&name, &table).expect_err("it does not fit"));
        }
        for refused in refused {
            let Error::Config(error) = &refused else { panic!("{refused}") };
            assert_eq!(error.plugin().as_str(), name);
            printable(&refused.to_string());
        }
        assert_eq!(manager.phase(&name).unwrap(), Phase::Loaded);
        assert!(manager.info(&name).unwrap().failures.is_empty());
        manager.enable(&name).expect("the refused config was not kept");
    }
}

/// Serializes to what it is told to.
struct With<F>(F);

impl<F: Fn() -> Result<Value, BoxError>> Serialize for With<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.0)() {
            Ok(value) => value.serialize(serializer),
            Err(error) => Err(serde::ser::Error::custom(error)),
        }
    }
}

/// `value` is refused as one plugin's table and as the table of all, and nothing has changed.
#[track_caller]
fn unreadable(value: &impl Serialize) {
    let typed = || Registration::dynamic(plugin("board"), || Ok(Typed));
    let manager = Manager::builder().register(typed()).build().unwrap();
    manager.load("board").unwrap();
    let before = manager.snapshot();
    let refused = manager.configure("board", value).expect_err("it cannot be read");
    assert!(matches!(refused, Error::Config(_)), "{refused}");
    printable(&refused.to_string());
    assert_eq!(manager.snapshot(), before);

    let (_, found) = problems(|| Manager::builder().register(typed()).config(value).config(value));
    assert_eq!(found.len(), 2, "one for each value");
    let unreadable =
        |problem: &Problem| matches!(problem.reason(), Reason::UnreadableConfig { .. });
    assert!(found.iter().all(unreadable));
}

#[test]
fn what_no_table_can_hold_is_refused_and_does_not_become_something_else() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        unreadable(&BTreeMap::from([("gain", number)]));
        unreadable(&toml::Value::Float(number));
    }
    unreadable(&BTreeMap::from([("gain", f32::NAN)]));
    unreadable(&BTreeMap::from([("long", i128::MAX)]));
    unreadable(&BTreeMap::from([("long", u128::MAX)]));
    unreadable(&BTreeMap::from([((1, 2), 3)]));
    unreadable(&BTreeMap::from([(vec!["byte"], 3)]));
    unreadable(&BTreeMap::from([(None::<u8>, 3)]));
    unreadable(&With(|| Err("no\u{1b}[2J\n table for you".into())));
    unreadable(&With(|| Err("x".repeat(1_000_000).into())));
}

/// `levels` lists and tables in each other.
fn deep(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, level| match level % 2 {
        0 => Value::Array(vec![inner]),
        _ => Value::Object([("a".to_owned(), inner)].into_iter().collect()),
    })
}

/// Takes a deep value apart without recursion.
fn dismantle(mut value: Value) {
    loop {
        value = match value {
            Value::Array(mut list) => list.pop().unwrap_or(Value::Null),
            Value::Object(table) => {
                table.into_iter().next().map_or(Value::Null, |(_, value)| value)
            }
            _ => return,
        };
    }
}

#[test]
fn nesting_without_end_is_refused_and_overflows_no_stack() {
    for levels in [66, 127, 1_000, 10_000, 1_000_000] {
        let value = deep(levels);
        unreadable(&value);
        dismantle(value);
    }
    let mut nested = toml::Value::Integer(1);
    for _ in 0..10_000 {
        nested = toml::Value::Array(vec![nested]);
    }
    unreadable(&nested);
    while let toml::Value::Array(mut list) = nested {
        nested = list.pop().expect("one in each");
    }
    // Given away, and dropped by whoever refuses it.
    let given = Manager::builder().config(deep(100_000)).build();
    assert!(given.unwrap_err().to_string().ends_with("it has more than 64 levels of tables"));
    let manager = World::new().build([plugin("uart")]);
    assert!(matches!(manager.configure("uart", deep(100_000)), Err(Error::Config(_))));
    assert!(matches!(manager.configure("spi", deep(100_000)), Err(Error::Unknown { .. })));

    // What is just not too deep is read, and misfits like anything else.
    let manager = Manager::builder()
        .register(Registration::dynamic(plugin("board"), || Ok(Typed)))
        .build()
        .unwrap();
    manager.load("board").unwrap();
    let refused = manager.configure("board", deep(64)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "config of plugin `board`, key `a`: unknown key; remove it, or check its spelling"
    );
}

#[derive(Default)]
struct Bomb;

impl<'de> Deserialize<'de> for Bomb {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        panic!("boom\u{1b}[2J\n")
    }
}

struct Armed(#[allow(dead_code, reason = "counted")] Arc<()>);

impl DynPlugin for Armed {
    type Config = Bomb;
}

#[test]
fn a_config_that_panics_while_it_is_read_is_an_error_like_any_other() {
    let count = Arc::new(());
    let armed = || {
        let count = Arc::clone(&count);
        Registration::dynamic(plugin("armed"), move || Ok(Armed(Arc::clone(&count))))
    };
    let builder = || Manager::builder().register(armed());
    let (manager, found) = problems(|| builder().config(json!({"armed": {"a": 1}})));
    assert_eq!(found.len(), 1);
    assert!(matches!(found[0].reason(), Reason::Config(_)));
    let refused = manager.enable("armed").expect_err("it cannot be configured");
    assert!(matches!(refused, Error::Config(_)), "{refused}");
    printable(&refused.to_string());
    assert_eq!(
        refused.to_string(),
        "config of plugin `armed`: reading it panicked: boom\\u{1b}[2J\\n"
    );
    assert_eq!(manager.phase("armed").unwrap(), Phase::Discovered);
    drop((manager, found));
    assert_eq!(Arc::strong_count(&count), 1, "no instance is left");
    assert!(builder().build().unwrap().enable("armed").is_ok(), "without a table nothing is read");
}
