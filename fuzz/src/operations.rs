//! Target `operations`: any bytes are a suite and what its host does with it, and every invariant holds
//! after every step.
//!
//! Beside the invariants: a plan says what the operation then does; observers are told every event, in
//! order; a suite that was registered the other way round lives the same life; a typed handle that takes
//! the same steps obeys the law.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use plugstate::testing::{
    CAPABILITIES, Checker, Command, Edge, Ended, Fault, Life, On, Part, Picture, Probe, Step,
    Suite, Taken, World, host,
};
use plugstate::{
    Backoff, Builder, Error, Event, EventKind, Manager, Plan, PluginId, Request, Restart, Stage,
};

use super::chain;

/// How large an input may become: what is larger shows nothing that smaller ones do not, only later.
const MOST_PLUGINS: usize = 12;
const MOST_EDGES: usize = 4;
const MOST_STEPS: usize = 60;

/// One input: a suite, how its manager is set up, and what its host does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The plugins, of which there are at most twelve.
    pub suite: Suite,
    /// How the manager is built.
    pub setup: Setup,
    /// What is done, in at most sixty steps.
    pub steps: Vec<Step>,
}

/// How the manager of a [`History`] is built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// How often a plugin that failed is restarted.
    pub restarts: u8,
    /// Whether hooks may run on a second thread.
    pub two_threads: bool,
    /// Whether a second manager lives the same life, its plugins registered from the last to the first.
    pub twin: bool,
    /// Whether the host has borrowed one of the plugins whenever an operation begins, and which.
    pub held: Option<u8>,
}

/// The bytes of an input are read from the front and mean the same whatever comes after them, so that
/// a mutation changes one thing: three bytes of setup, then each plugin with its edges, then five
/// bytes for each step. Where bytes are missing there are zeros.
impl<'a> Arbitrary<'a> for History {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let (plugins, flags, held) = <(u8, u8, u8)>::arbitrary(input)?;
        let setup = Setup {
            restarts: flags & 3,
            // Threads cost a hundred times what the hooks do.
            two_threads: flags >> 4 == 15,
            twin: flags & 4 != 0,
            held: (flags & 8 != 0).then_some(held),
        };
        let plugins = usize::from(plugins) % (MOST_PLUGINS + 1);
        let parts = (0..plugins).map(|_| part(input)).collect::<Result<Vec<_>, _>>()?;
        let mut steps = Vec::new();
        while !input.is_empty() && steps.len() < MOST_STEPS {
            steps.push(step(input)?);
        }
        Ok(History { suite: Suite::new(parts), setup, steps })
    }
}

fn part(input: &mut Unstructured<'_>) -> arbitrary::Result<Part> {
    let head = u8::arbitrary(input)?;
    let edges = usize::from(head >> 5) % (MOST_EDGES + 1);
    let edges = (0..edges).map(|_| edge(input)).collect::<Result<Vec<_>, _>>()?;
    Ok(Part { version: (head >> 3 & 3, 0), provides: head & 7, edges })
}

fn edge(input: &mut Unstructured<'_>) -> arbitrary::Result<Edge> {
    let (on, flags) = <(u8, u8)>::arbitrary(input)?;
    Ok(Edge {
        on: if flags & 2 == 0 { On::Plugin(on) } else { On::Capability(on) },
        optional: flags & 1 != 0,
        major: (flags & 16 != 0).then_some(flags >> 2 & 3),
    })
}

fn step(input: &mut Unstructured<'_>) -> arbitrary::Result<Step> {
    let [kind, a, b, first, second] = <[u8; 5]>::arbitrary(input)?;
    let command = KINDS[usize::from(kind) % KINDS.len()](a, b);
    let faults = [first, second].into_iter().filter_map(|fault| {
        let kind = [None, Some(Fault::Error), Some(Fault::Panic), Some(Fault::Fatal)];
        Some((fault >> 2, kind[usize::from(fault & 3)]?))
    });
    Ok(Step { command, faults: faults.collect() })
}

/// The alphabet by number. New commands go to the end, or the corpus means something else.
const KINDS: [fn(u8, u8) -> Command; 17] = [
    |_, _| Command::EnableAll,
    |a, _| Command::Enable(a),
    |a, _| Command::Disable(a),
    |a, _| Command::DisableCascade(a),
    |a, _| Command::Unload(a),
    |a, _| Command::UnloadCascade(a),
    |a, _| Command::Load(a),
    Command::Configure,
    Command::SetConfig,
    |a, _| Command::Reload(a),
    Command::ReloadWith,
    |a, _| Command::Fault(a),
    |a, _| Command::Retry(a),
    |a, b| Command::Poll(u16::from_le_bytes([a, b])),
    |a, b| Command::EnableEach(several(a, b)),
    |_, _| Command::EnableAllStrict,
    |_, _| Command::Shutdown,
];

/// The plugin `a`, then those whose bits are set in `b`.
fn several(a: u8, b: u8) -> Vec<u8> {
    std::iter::once(a).chain((0..8).filter(|bit| b >> bit & 1 != 0)).collect()
}

impl History {
    /// The input that is read as this history, if there is one.
    #[must_use]
    pub fn encode(&self) -> Option<Vec<u8>> {
        let Setup { restarts, two_threads, twin, held } = self.setup;
        let flags = restarts & 3
            | u8::from(twin) << 2
            | u8::from(held.is_some()) << 3
            | if two_threads { 0xf0 } else { 0 };
        let mut bytes = vec![u8::try_from(self.suite.parts.len()).ok()?, flags, held.unwrap_or(0)];
        for part in &self.suite.parts {
            let edges = u8::try_from(part.edges.len()).ok()?;
            bytes.push(part.provides & 7 | (part.version.0 & 3) << 3 | edges << 5);
            for edge in &part.edges {
                let (on, capability) = match edge.on {
                    On::Plugin(on) => (on, 0),
                    On::Capability(on) => (on, 2),
                };
                let major = edge.major.map_or(0, |major| 16 | (major & 3) << 2);
                bytes.extend([on, u8::from(edge.optional) | capability | major]);
            }
        }
        for step in &self.steps {
            bytes.extend(step_bytes(step)?);
        }
        (History::decode(&bytes).as_ref() == Some(self)).then_some(bytes)
    }

    /// The history that an input is read as. Every input is one.
    #[must_use]
    pub fn decode(input: &[u8]) -> Option<Self> {
        History::arbitrary(&mut Unstructured::new(input)).ok()
    }
}

fn step_bytes(step: &Step) -> Option<[u8; 5]> {
    let mut faults = step.faults.iter().map(|&(call, fault)| {
        let kind = match fault {
            Fault::Error => 1,
            Fault::Panic => 2,
            Fault::Fatal => 3,
        };
        call << 2 | kind
    });
    let faults = [faults.next().unwrap_or(0), faults.next().unwrap_or(0)];
    let (a, b) = match step.command {
        Command::Load(a)
        | Command::Enable(a)
        | Command::Disable(a)
        | Command::DisableCascade(a)
        | Command::Unload(a)
        | Command::UnloadCascade(a)
        | Command::Reload(a)
        | Command::Fault(a)
        | Command::Retry(a) => (a, 0),
        Command::Configure(a, b) | Command::SetConfig(a, b) | Command::ReloadWith(a, b) => (a, b),
        Command::Poll(seconds) => (seconds.to_le_bytes()[0], seconds.to_le_bytes()[1]),
        Command::EnableEach(ref each) => {
            (*each.first()?, each[1..].iter().fold(0, |bits, &at| bits | 1 << (at & 7)))
        }
        _ => (0, 0),
    };
    let kind = KINDS.iter().position(|kind| kind(a, b) == step.command)?;
    Some([u8::try_from(kind).ok()?, a, b, faults[0], faults[1]])
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{:?}", self.suite, self.setup)?;
        self.steps.iter().try_for_each(|step| writeln!(f, "  {step}"))
    }
}

/// Lives through an input.
///
/// # Panics
///
/// If anything does not hold.
pub fn check(input: &[u8]) {
    if let Some(history) = History::decode(input)
        && let Err(wrong) = live(&history)
    {
        panic!("{}\nafter\n{history}", wrong.join("\n"));
    }
}

/// Lives through a history; answers what does not hold.
///
/// # Errors
///
/// Sentences, each beginning with the name of an invariant.
pub fn live(history: &History) -> Result<(), Vec<String>> {
    if history.setup.two_threads {
        on_two_threads(history)
    } else {
        on_one_thread(history)?;
        chain::follow(&history.steps)
    }
}

/// The numbers of the events that an observer was told.
type Told = Arc<Mutex<Vec<u64>>>;

fn builder(setup: Setup) -> (Builder, Told) {
    let told = Told::default();
    let tell = Arc::clone(&told);
    let builder = host()
        .guard_deadline(Duration::ZERO)
        .observe(move |event| tell.lock().expect("nobody panics with it").push(event.seq));
    let builder = match setup.restarts {
        0 => builder,
        max => builder.restart_all(Restart::OnFailure {
            max: max.into(),
            within: Duration::from_secs(1_000),
            backoff: Backoff::starting_with(Duration::from_secs(1)),
        }),
    };
    (builder, told)
}

fn on_one_thread(history: &History) -> Result<(), Vec<String>> {
    let History { suite, setup, steps } = history;
    let (builder, told) = builder(*setup);
    let mut life = Life::on(suite, builder);
    let mut twin = setup.twin.then(|| Twin::of(history));
    let held = setup.held.map(|at| Suite::name(usize::from(at) % suite.parts.len().max(1)));
    for step in steps {
        let planned = plan(&life.manager, step, suite.parts.len());
        life.world.log();
        let seq = life.manager.snapshot().next_seq;
        let manager = Arc::clone(&life.manager);
        let guard = held.as_ref().and_then(|name| manager.get_as::<Probe>(name).ok());
        match life.step(step) {
            Ok(Taken { answer, .. }) if held.is_none() => {
                as_planned(step, planned, &life.manager.events(seq), &answer)?;
                if let Some(twin) = &mut twin {
                    twin.follow(step, &answer, &life.world.log())?;
                }
            }
            Ok(_) => {}
            // A reload has made the new instance by the time that it finds the old one borrowed.
            Err(wrong) if guard.is_some() && wrong.iter().all(|it| it.starts_with(REFUSAL)) => {}
            Err(wrong) => return Err(wrong),
        }
        drop(guard);
        gapless(&told)?;
    }
    life.end()?;
    gapless(&told)
}

/// How the checker begins when an operation is refused and has called hooks.
const REFUSAL: &str = "Atomic: a refusal has called";

/// That an observer was told every event once, in order.
fn gapless(told: &Told) -> Result<(), Vec<String>> {
    let told = told.lock().expect("nobody panics with it");
    if (0..).zip(&*told).all(|(due, &seq)| due == seq) {
        return Ok(());
    }
    Err(vec![format!("Journal: an observer was told {told:?}")])
}

/// What an operation is going to do, if no hook fails, where there is a plan for it.
fn plan(manager: &Manager, step: &Step, plugins: usize) -> Option<Result<Plan, String>> {
    let id = |at: u8| PluginId::from(Suite::name(usize::from(at) % plugins.max(1)));
    let request = match step.command {
        Command::Load(at) => Request::Load(id(at)),
        Command::Configure(at, _) => Request::Configure(id(at)),
        Command::Enable(at) => Request::Enable(id(at)),
        Command::EnableEach(ref each) => {
            Request::EnableEach(each.iter().map(|&at| id(at)).collect())
        }
        Command::EnableAll | Command::EnableAllStrict => Request::EnableAll,
        Command::Disable(at) => Request::Disable(id(at)),
        Command::DisableCascade(at) => Request::DisableCascade(id(at)),
        Command::Unload(at) => Request::Unload(id(at)),
        Command::UnloadCascade(at) => Request::UnloadCascade(id(at)),
        Command::Reload(at) | Command::ReloadWith(at, _) => Request::Reload(id(at)),
        Command::Fault(at) => Request::Fault(id(at)),
        Command::Retry(at) => Request::Retry(id(at)),
        Command::Shutdown => Request::Shutdown,
        _ => return None,
    };
    Some(manager.plan(&request).map_err(|refused| refused.to_string()))
}

/// That a plan was what was then done, or refused in the same words.
fn as_planned(
    step: &Step,
    planned: Option<Result<Plan, String>>,
    events: &[Event],
    answer: &Result<(), Error>,
) -> Result<(), Vec<String>> {
    let wrong = match (planned, answer) {
        (Some(Err(planned)), Ok(())) => format!("was refused ({planned}) and done"),
        (Some(Err(planned)), Err(refused)) if planned != refused.to_string() => {
            format!("is refused as {planned}, then as {refused}")
        }
        (Some(Ok(plan)), Ok(())) if step.faults.is_empty() => {
            let stage = |kind| match kind {
                EventKind::WillLoad => Some(Stage::Load),
                EventKind::WillConfigure => Some(Stage::Configure),
                EventKind::WillRestore => Some(Stage::Restore),
                EventKind::WillEnable => Some(Stage::Enable),
                EventKind::WillDisable => Some(Stage::Disable),
                EventKind::WillUnload => Some(Stage::Unload),
                _ => None,
            };
            let done: Vec<_> = (events.iter())
                .filter_map(|event| Some((event.plugin.clone(), stage(event.kind)?)))
                .collect();
            let planned = plan.steps();
            if done == planned {
                return Ok(());
            }
            format!("was to do {planned:?} and did {done:?}")
        }
        _ => return Ok(()),
    };
    Err(vec![format!("Plan: {step} {wrong}")])
}

/// The same suite, registered from the last plugin to the first.
struct Twin {
    world: World,
    manager: Manager,
    plugins: usize,
}

impl Twin {
    fn of(history: &History) -> Self {
        let world = World::new();
        let plugins = history.suite.parts.len();
        let builder = builder(history.setup).0.clock(|| Duration::ZERO).threads(1);
        let builder = history.suite.add_to(builder, &world, (0..plugins).rev());
        Twin { world, manager: builder.build_partial(), plugins }
    }

    fn follow(
        &mut self,
        step: &Step,
        answer: &Result<(), Error>,
        log: &[String],
    ) -> Result<(), Vec<String>> {
        self.world.fail_calls(step.faults.iter().map(|&(call, fault)| (call.into(), fault)));
        let own = step.command.run(&self.manager, self.plugins);
        self.world.fail_calls([]);
        let (own_log, words) = (self.world.log(), |answer: &Result<(), Error>| {
            answer.as_ref().map_err(ToString::to_string).copied()
        });
        if own_log == log && words(&own) == words(answer) {
            return Ok(());
        }
        let (own, answer) = (words(&own), words(answer));
        Err(vec![format!(
            "Canonical: {step} calls {log:?} and answers {answer:?}; registered the other way \
             round, {own_log:?} and {own:?}"
        )])
    }
}

/// With two threads the calls are not in one order, so there is no plan and no twin to hold them to,
/// and nobody looks at the manager in the middle of an operation.
fn on_two_threads(history: &History) -> Result<(), Vec<String>> {
    let plugins = history.suite.parts.len();
    let world = World::new().traced();
    let (builder, told) = builder(history.setup);
    let builder = builder.clock(|| Duration::ZERO).threads(2);
    let manager = history.suite.add_to(builder, &world, 0..plugins).build_partial();
    let mut checker = Checker::default();
    for step in &history.steps {
        let before = Picture::of(&world, &manager);
        world.fail_calls(step.faults.iter().map(|&(call, fault)| (call.into(), fault)));
        let answer = step.command.run(&manager, plugins);
        world.fail_calls([]);
        let well = answer.is_ok() || step.command == Command::Shutdown;
        let ended = if well { Ended::Well } else { Ended::Badly };
        let touch = step.command.touch(plugins);
        let wrong = checker.check(&world, &manager, &before, &touch, ended);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        gapless(&told)?;
    }
    drop(manager);
    let mut wrong = checker.finish(&world);
    if !checker.nothing_is_left() {
        wrong.push("Residency: an instance is left, and the manager is gone".to_owned());
    }
    if wrong.is_empty() { gapless(&told) } else { Err(wrong) }
}

const _: () =
    assert!(CAPABILITIES == 3, "a plugin of an input has three bits for what it provides");
