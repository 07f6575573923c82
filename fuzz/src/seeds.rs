//! Inputs that mean something, for the fuzzer to start from: real suites with long histories, what
//! declarations get wrong, real configurations.

use std::time::Duration;

use plugstate::testing::{Command, Edge, Fault, Part, Step, Suite, World, host};

use super::journal::{Recorded, Tampering};
use super::operations::{History, Setup};
use super::resolve::{Claim, Claims, Made, Need, Text};

/// The inputs of a target, each with a name.
///
/// # Panics
///
/// If there is no target of that name.
#[must_use]
pub fn of(target: &str) -> Vec<(String, Vec<u8>)> {
    match target {
        "operations" => operations(),
        "resolve" => resolve(),
        "config" => config(),
        "journal" => journal(),
        _ => panic!("there is no target {target}"),
    }
}

fn plain(edges: &[&[u8]]) -> Suite {
    let part =
        |on: &&[u8]| on.iter().fold(Part::default(), |part, &on| part.with(Edge::requires(on)));
    Suite::new(edges.iter().map(part))
}

/// Suites of every form.
fn suites() -> Vec<(&'static str, Suite)> {
    let one = Part::default;
    let tree: Vec<Vec<u8>> =
        (0..12_u8).map(|at| (at > 0).then(|| (at - 1) / 2).into_iter().collect()).collect();
    let tree: Vec<&[u8]> = tree.iter().map(Vec::as_slice).collect();
    vec![
        ("single", plain(&[&[]])),
        ("chain", plain(&[&[], &[0], &[1], &[2]])),
        ("diamond", plain(&[&[], &[0], &[0], &[1, 2]])),
        ("star", plain(&[&[], &[0], &[0], &[0], &[0]])),
        ("apart", plain(&[&[], &[], &[0], &[1], &[]])),
        ("tree", plain(&tree)),
        (
            "wants",
            Suite::new([
                one().with(Edge::wants(1)),
                one().with(Edge::wants(2)).with(Edge::requires(3)),
                one(),
                one().with(Edge::wants(9)),
            ]),
        ),
        (
            "versions",
            Suite::new([
                Part { version: (2, 0), ..one() },
                one().with(Edge { major: Some(2), ..Edge::requires(0) }),
                one().with(Edge { major: Some(1), ..Edge::wants(0) }),
                one().with(Edge { major: Some(1), ..Edge::requires(0) }),
                one().with(Edge::requires(3)),
            ]),
        ),
        (
            "circles",
            Suite::new([
                one().with(Edge::requires(1)),
                one().with(Edge::wants(0)),
                one().with(Edge::requires(3)),
                one().with(Edge::requires(2)),
                one().with(Edge::wants(4)).with(Edge::wants(2)),
            ]),
        ),
        (
            "providers",
            Suite::new([
                one().providing(0),
                one().providing(0).with(Edge::requires(4)),
                one().with(Edge::capability(0)),
                one().with(Edge::requires(2)).with(Edge::wants(0)),
                one(),
            ]),
        ),
        (
            "turns",
            Suite::new([
                one().providing(0).with(Edge::capability(1)),
                one().providing(1).with(Edge::capability(2)),
                one().providing(2).with(Edge::wants(0)),
                one().providing(0).providing(1).providing(2),
                one().with(Edge::capability(0)).with(Edge::wants(0)),
            ]),
        ),
    ]
}

/// What hosts do: a day in the life of each, and each operation with hooks that fail in it.
fn histories() -> Vec<(&'static str, Vec<Step>)> {
    use Command::{
        Configure, Disable, DisableCascade, Enable, EnableAll, EnableAllStrict, EnableEach, Load,
        Poll, Reload, ReloadWith, Retry, SetConfig, Shutdown, Unload, UnloadCascade,
    };
    let plain = |commands: &[Command]| commands.iter().cloned().map(Step::new).collect::<Vec<_>>();
    let up = Step::new(EnableAll);
    let mut histories = vec![
        ("boot", plain(&[EnableAll, Shutdown, EnableAll])),
        (
            "by-hand",
            plain(&[
                Load(1),
                Configure(1, 3),
                Enable(1),
                Disable(0),
                DisableCascade(0),
                Enable(2),
                Unload(0),
                UnloadCascade(0),
                EnableEach(vec![3, 0, 1]),
                Shutdown,
            ]),
        ),
        (
            "reloads",
            plain(&[
                Reload(0),
                EnableAll,
                Reload(0),
                ReloadWith(1, 7),
                SetConfig(0, 9),
                Reload(0),
                Disable(3),
                Reload(3),
                Unload(3),
                Load(3),
                Reload(3),
                Enable(3),
                Reload(1),
            ]),
        ),
        (
            "faults",
            plain(&[
                EnableAll,
                Command::Fault(0),
                Poll(0),
                Poll(1),
                Poll(2),
                Command::Fault(0),
                Poll(5),
                Command::Fault(1),
                Retry(1),
                Command::Fault(0),
                Retry(0),
                UnloadCascade(0),
                EnableAllStrict,
                Poll(2_000),
            ]),
        ),
        (
            "strict",
            vec![
                Step::new(EnableAllStrict).failing(2, Fault::Error),
                Step::new(EnableAllStrict).failing(5, Fault::Panic).failing(6, Fault::Error),
                Step::new(UnloadCascade(0)),
                Step::new(EnableAllStrict),
                Step::new(Shutdown),
            ],
        ),
        (
            "held-by-host",
            plain(&[
                EnableAll,
                Command::Fault(0),
                DisableCascade(0),
                Enable(0),
                Disable(1),
                Poll(1),
                EnableAll,
                Poll(3),
            ]),
        ),
    ];
    let failing = |command: &Command, first: u8, then: Option<u8>, fault| {
        let step = Step::new(command.clone()).failing(first, fault);
        then.map_or(step.clone(), |then| step.failing(then, Fault::Error))
    };
    for (name, command) in
        [("enable-fails", Enable(3)), ("enable-all-fails", EnableAll), ("load-fails", Load(3))]
    {
        let steps = (0..6).flat_map(|call| {
            [
                failing(&command, call, None, Fault::Error),
                Step::new(EnableAll),
                Step::new(Retry(call)),
                failing(&command, call, Some(call + 1), Fault::Panic),
                Step::new(Shutdown),
            ]
        });
        histories.push((name, steps.collect()));
    }
    for (name, command) in [
        ("reload-fails", Reload(0)),
        ("fault-fails", Command::Fault(0)),
        ("disable-fails", DisableCascade(0)),
        ("unload-fails", UnloadCascade(0)),
        ("shutdown-fails", Shutdown),
        ("retry-fails", Retry(0)),
        ("poll-fails", Poll(1)),
        ("configure-fails", Configure(0, 1)),
    ] {
        let before = match command {
            Retry(_) | Poll(_) => Some(Step::new(Command::Fault(0))),
            Configure(..) => Some(Step::new(DisableCascade(0))),
            _ => None,
        };
        let steps = (0..8).flat_map(|call| {
            let fault = [Fault::Error, Fault::Panic, Fault::Fatal][usize::from(call) % 3];
            let then = (call % 2 == 1).then_some(call + 1);
            let way = [up.clone()].into_iter().chain(before.clone());
            way.chain([failing(&command, call, then, fault), Step::new(Retry(0))])
        });
        histories.push((name, steps.collect()));
    }
    histories
}

fn operations() -> Vec<(String, Vec<u8>)> {
    let mut inputs = Vec::new();
    for (at, (suite_name, suite)) in suites().into_iter().enumerate() {
        for (number, (name, steps)) in histories().into_iter().enumerate() {
            let setup = Setup {
                restarts: (number % 4) as u8,
                two_threads: (at + number) % 16 == 15,
                twin: (at + number) % 3 == 1,
                held: ((at + number) % 5 == 4).then_some(0),
            };
            let steps = steps.into_iter().take(60).collect();
            let history = History { suite: suite.clone(), setup, steps };
            let input = history.encode().unwrap_or_else(|| panic!("no input is {history}"));
            inputs.push((format!("{suite_name}-{name}"), input));
        }
    }
    inputs
}

/// One plugin as text: `name version: dependencies`, each as `name version`, `?name version` for one that
/// is wanted, or `#number` for a capability; `+number` for one that it provides.
fn made(text: &str) -> Made {
    let (head, needs) = text.split_once(": ").unwrap_or((text, ""));
    let mut words = head.split(' ');
    let mut word = || Text::of(words.next().unwrap_or(""));
    let (name, version) = (word(), word());
    let provides = head.split(" +").skip(1).filter_map(|number| number.parse::<u8>().ok());
    let provides = provides.fold(0, |bits, number| bits | 1 << number);
    let need = |need: &str| match need.strip_prefix('#') {
        Some(number) => Need::Capability(number.parse().expect("the number of a capability")),
        None => {
            let optional = need.starts_with('?');
            let (name, version) = need.trim_start_matches('?').split_once(' ').expect("two words");
            Need::Plugin(Text::of(name), Text::of(version), optional)
        }
    };
    let needs = needs.split("; ").filter(|need| !need.is_empty()).map(need).collect();
    Made { name, version, line: 0, provides, needs }
}

fn resolve() -> Vec<(String, Vec<u8>)> {
    let suites: &[(&str, &[&str])] = &[
        ("chain", &["a 1.0.0: b ^1", "b 1.2.3: c =1.2.3", "c 1.2.3"]),
        ("levels", &["f 1.0.0", "a 1.0.0: d *", "d 1.0.0", "b 1.0.0: ?f *", "e 2.0.0: a *; b ^1"]),
        (
            "missing",
            &["a 1.0.0: sampel ^1; sampler ^2", "b 1.0.0: a *", "c 1.0.0: b *", "sampler 1.0.0"],
        ),
        (
            "cycle",
            &[
                "a 1.0.0: b *",
                "b 1.0.0: c *; d *",
                "c 1.0.0: a *",
                "d 1.0.0: b ^2",
                "e 1.0.0: c *",
                "f 1.0.0",
            ],
        ),
        (
            "two-cycles",
            &["a 1.0.0: b *", "b 1.0.0: a *", "c 1.0.0: d *; a *", "d 1.0.0: c *", "e 1.0.0: e *"],
        ),
        ("broken-cycle", &["a 1.0.0: b *", "b 1.0.0: ?c *", "c 1.0.0: a *", "d 1.0.0: ?d *"]),
        ("wants", &["a 1.0.0: ?f *", "b 1.0.0: ?d ^2", "c 1.0.0: ?e *", "d 1.0.0", "e 1.0.0: f *"]),
        (
            "twice",
            &["a 1.0.0: ?b *; b ^1", "b 1.2.3", "c 1.0.0: ?b ^2; b *", "d 1.0.0: ?b ^2; ?b *"],
        ),
        (
            "clash",
            &[
                "a 1.0.0: b ^1",
                "a 2.0.0: ?b ^^1",
                "a latest",
                "b 1.0.0: c *",
                "c 1.0.0: b *; f *",
                "d 1.0.0: a *",
            ],
        ),
        (
            "pre-release",
            &[
                "a 1.2.3-rc.1",
                "b 1.0.0: a *",
                "c 1.0.0: a ^1",
                "d 1.0.0: a ^1.2.3-rc.0",
                "e 1.0.0: a >1.0.0-rc.1",
            ],
        ),
        ("providers", &["a 1.0.0 +0: f *", "b 1.0.0 +0", "c 1.0.0: #0", "d 1.0.0 +0: c *"]),
        ("no-provider", &["a 1.0.0 +0: f *", "b 1.0.0 +0: #0", "c 1.0.0: #1"]),
        ("choices-in-a-circle", &["a 1.0.0 +1: #0", "b 1.0.0 +0: #1", "c 1.0.0 +0", "d 1.0.0 +1"]),
        (
            "all-choices-close",
            &["a 1.0.0 +0: c *", "b 1.0.0 +0: c *", "c 1.0.0: #0", "d 1.0.0: ?c *; #0"],
        ),
        (
            "blocked-by",
            &[
                "a 1.0.0: f *; b *",
                "b latest",
                "c 1.0.0: b =1.0.0",
                "d 1.0.0: ab *; #0",
                "e 1.0.0 +0: d *",
                "f v1.0.0",
            ],
        ),
        (
            "versions",
            &[
                "a 1",
                "b 1.2",
                "c v1.0.0",
                "d 01.0.0",
                "e 1.0.0-",
                "f 99999999999999999999.0.0",
                "ab 18446744073709551615.0.0",
            ],
        ),
        (
            "requirements",
            &[
                "a 1.0.0: b ^^1; b 1.*; b >=",
                "b 1.2.3+build: ?a ,",
                "c 1.0.0: b =1.2.3+other; b 1.2.*",
                "d 1.0.0: b >=18446744073709551615",
            ],
        ),
    ];
    let claims = |plugins: &[&str]| plugins.iter().map(|text| Claim::Made(made(text))).collect();
    let mut inputs: Vec<(String, Claims)> = (suites.iter())
        .map(|(name, plugins)| ((*name).to_owned(), Claims(claims(plugins))))
        .collect();
    let typed = (0..5).map(Claim::Typed);
    inputs.push(("typed".to_owned(), Claims(typed.clone().collect())));
    let owned = claims(&["a 2.0.0", "b 1.0.0 +1", "other 1.0.0 +0"]);
    inputs.push(("typed-and-owned".to_owned(), Claims(typed.chain::<Vec<_>>(owned).collect())));
    // Every text as a name, as a version, as a requirement, and as what is required.
    for (number, chunk) in (0..64).collect::<Vec<u8>>().chunks(12).enumerate() {
        let all = |claim: &dyn Fn(u8) -> Made| {
            Claims(chunk.iter().map(|&text| Claim::Made(claim(text))).collect())
        };
        let version = Text::of("1.0.0");
        let named =
            |text| Made { name: Text::Known(text), version: version.clone(), ..Made::default() };
        inputs.push((format!("names-{number}"), all(&named)));
        let versioned = |text| Made {
            name: Text::Other(format!("p{text}").into_bytes()),
            version: Text::Known(text),
            ..Made::default()
        };
        inputs.push((format!("versions-{number}"), all(&versioned)));
        let needs = |text| {
            let optional = text % 2 == 1;
            let by = Need::Plugin(Text::of("a"), Text::Known(text), optional);
            let on = Need::Plugin(Text::Known(text), Text::of("*"), optional);
            Made { needs: vec![by, on], ..versioned(28).clone_as(text) }
        };
        inputs.push((format!("needs-{number}"), all(&needs)));
    }
    inputs
        .into_iter()
        .map(|(name, claims)| {
            let input = claims.encode().unwrap_or_else(|| panic!("no input is {name}"));
            (name, input)
        })
        .collect()
}

impl Made {
    fn clone_as(&self, number: u8) -> Made {
        Made { name: Text::Other(format!("n{number}").into_bytes()), ..self.clone() }
    }
}

/// JSON and TOML for each of the types, well and not so well.
fn config() -> Vec<(String, Vec<u8>)> {
    const JSON: u8 = 0;
    const TOML: u8 = 1;
    let board = r#"{"byte":255,"long":-9223372036854775808,"huge":18446744073709551615,"gain":0.5,
        "fine":1e300,"flag":true,"name":"größe","letter":"é","maybe":7,"unit":null,"taps":[1,65535],
        "pair":[1,-1],"three":[true,false,true],"limits":{"a":-128},"ports":{"8":"x"},
        "mode":{"Custom":{"rate":9600}},"wrapped":[1,null],"pins":[{"number":1,"pulled":true}],
        "best":{"number":2},"inner":{"inner":{"byte":1}}}"#;
    let board_toml = "byte = 1\nlong = -1\ngain = 1\nfine = 1.5\nname = '''x'''\nletter = \"x\"\n\
        maybe = 3\ntaps = [1, 2]\npair = [1, -2]\nmode = { Pair = [1, \"x\"] }\nwrapped = [1]\n\
        [limits]\na = 1\n[ports]\n8 = \"x\"\n[[pins]]\nnumber = 1\n[[pins]]\nnumber = 2\n[inner.inner]\nflag = true\n";
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    let texts: Vec<(&str, u8, u8, String)> = vec![
        ("board", JSON, 0, board.into()),
        ("board-toml", TOML, 0, board_toml.into()),
        ("board-mode", JSON, 0, r#"{"mode":"Fast","inner":{"mode":{"Slow":3}}}"#.into()),
        ("board-wrong", JSON, 0, r#"{"byte":256}"#.into()),
        ("board-wrong-inside", JSON, 0, r#"{"pins":[{"number":1},{"number":-1}]}"#.into()),
        ("board-wrong-mode", JSON, 0, r#"{"mode":{"Custom":{"rate":"fast"}}}"#.into()),
        ("board-wrong-key", JSON, 0, r#"{"ports":{"256":"x"}}"#.into()),
        ("board-unknown", JSON, 0, r#"{"byte":1,"bite":2}"#.into()),
        ("board-unknown-inside", JSON, 0, r#"{"pins":[{"number":1,"pulld":true}],"best":{"number":1,"x":1}}"#.into()),
        ("board-unknown-mode", JSON, 0, r#"{"mode":{"Custom":{"rate":1,"rat":2}}}"#.into()),
        ("board-odd-keys", JSON, 0, r#"{".":1,"":2,"a.b[0]":3,"\u202e\u001b[2J":4}"#.into()),
        ("board-missing", JSON, 0, r#"{"pins":[{}]}"#.into()),
        ("board-null", JSON, 0, "null".into()),
        ("board-number", JSON, 0, "7".into()),
        ("board-not-finite", TOML, 0, "gain = nan\n[inner]\nfine = -inf\n".into()),
        ("board-date", TOML, 0, "name = 1979-05-27T07:32:00Z\n".into()),
        ("strict", TOML, 1, "baud = 115_200\nparity = \"even\"\n[lines.tx]\nnumber = 3\npulled = false\n".into()),
        ("strict-missing", TOML, 1, "baud = 9600\n".into()),
        ("strict-unknown", JSON, 1, r#"{"baud":1,"parity":"none","lines":{},"x":1}"#.into()),
        ("strict-odd", JSON, 1, r#"{"baud":1,"parity":"odd","lines":{}}"#.into()),
        ("free", TOML, 2, "known = 1\nx = [1, { y = 2 }]\n[z]\na = 1979-05-27\n".into()),
        ("free-wrong", JSON, 2, r#"{"known":"1","x":{}}"#.into()),
        ("shapes", JSON, 3, r#"{"tagged":{"kind":"Line","length":3},"beside":{"t":"Line","c":[1,2]},"any":[1,"x",{"number":3}]}"#.into()),
        ("shapes-others", JSON, 3, r#"{"tagged":{"kind":"Point","x":1},"beside":{"t":"Point","c":{"x":-1}},"any":[{"number":3,"y":1}]}"#.into()),
        ("shapes-wrong", JSON, 3, r#"{"tagged":{"kind":"Circle"},"any":[1.5]}"#.into()),
        ("nothing", JSON, 4, "{}".into()),
        ("nothing-given", TOML, 4, "baud = 1\n".into()),
        ("nothing-list", JSON, 4, "[1]".into()),
        ("pins", JSON, 5, r#"[{"number":1},{"number":2,"pulled":null}]"#.into()),
        ("pins-unknown", JSON, 5, r#"[{"number":1},{"number":2,"x":null}]"#.into()),
        ("armed", JSON, 6, r#"{"a":1,"b":199}"#.into()),
        ("armed-off", JSON, 6, r#"{"a":1,"b":200}"#.into()),
        ("value", JSON, 7, r#"{"a":[1,-1,1.5,"x",null,true,{}]}"#.into()),
        ("value-deep", JSON, 7, deep(64)),
        ("value-too-deep", JSON, 7, deep(65)),
        ("all", TOML, 8, "[board]\nbyte = 1\n[strict]\nbaud = 1\nparity = \"none\"\n[strict.lines]\n[free]\n[nothing]\n[value]\nx = 1\n".into()),
        ("all-wrong", TOML, 8, "[board]\nbyte = 256\n[strict]\n[usrt]\n[armed]\na = 200\n".into()),
        ("all-no-table", JSON, 8, "[1]".into()),
        ("all-nobodys", JSON, 8, r#"{"bord":{},"\u001b[2J":{},"":1}"#.into()),
        ("all-analyzer", TOML, 8, include_str!("../../examples/logic_analyzer/analyzer.toml").into()),
        ("board-analyzer", TOML, 0, include_str!("../../examples/logic_analyzer/analyzer.toml").into()),
        ("all-noisy-uart", TOML, 8, include_str!("../../examples/logic_analyzer/captures/noisy_uart.toml").into()),
        ("all-sensor", TOML, 8, include_str!("../../examples/logic_analyzer/captures/sensor.toml").into()),
    ];
    texts
        .into_iter()
        .map(|(name, format, whose, text)| {
            (name.to_owned(), [&[format | whose << 1], text.as_bytes()].concat())
        })
        .collect()
}

/// Records of lives, whole and tampered with, and the lives themselves.
fn journal() -> Vec<(String, Vec<u8>)> {
    use Tampering::{Break, Cut, Drop, None, Repeat, Swap};
    let mut inputs = Vec::new();
    for (number, (name, input)) in operations().into_iter().enumerate() {
        let history = History::decode(&input).expect("any bytes are one");
        let tampering = [None, Drop, Repeat, Swap, Cut, Break][number % 6];
        let capacity = [255, 1, 7, 40][number % 4];
        let line = (number % 31) as u8;
        // Some as text: what a manager has written of them.
        if number % 9 == 0 {
            let world = World::new();
            let builder = host().threads(1).clock(|| Duration::ZERO).journal_capacity(30);
            let suite = &history.suite;
            let manager = suite.add_to(builder, &world, 0..suite.parts.len()).build_partial();
            for step in history.steps.iter().take(6) {
                world.fail_calls(step.faults.iter().map(|&(call, fault)| (call.into(), fault)));
                let _ = step.command.run(&manager, suite.parts.len());
            }
            let record = manager.record().to_string();
            inputs.push((format!("text-{name}"), [&[0], record.as_bytes()].concat()));
        }
        let recorded = Recorded { capacity, tampering, line, history };
        let input = recorded.encode().unwrap_or_else(|| panic!("no input is {name}"));
        inputs.push((format!("life-{name}"), input));
    }
    inputs
}
