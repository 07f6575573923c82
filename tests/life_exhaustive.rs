//! Every hook that fails or panics at every step of every operation, on every graph of three
//! plugins: all invariants hold after each.
//!
//! The states of a suite are explored breadth first: from each, every operation is run once as it
//! goes, then again with each of its hook calls failing, and again with each of the calls that are
//! made in answer to that. What cannot be told apart from outside is one state.

mod support;

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use plugstate::{Backoff, Builder, Phase, Restart, Stage};
use support::{
    Checker, Command, Edge, Ended, Fault, Life, On, Part, Picture, Step, Suite, Touch, World, host,
    with_threads,
};

const NAMES: [&str; 3] = ["a", "b", "c"];

/// A suite of three plugins with these edges.
fn suite(edges: &[(u8, Edge)]) -> Suite {
    let mut suite = Suite::new([Part::default(), Part::default(), Part::default()]);
    for &(from, edge) in edges {
        suite.parts[usize::from(from)].edges.push(edge);
    }
    suite
}

fn is_acyclic(suite: &Suite) -> bool {
    let on = |at: usize| suite.parts[at].edges.iter();
    let mut left: BTreeSet<usize> = (0..3).collect();
    while let Some(free) = left.iter().copied().find(|&at| {
        on(at).all(|edge| !matches!(edge.on, On::Plugin(to) if left.contains(&to.into())))
    }) {
        left.remove(&free);
    }
    left.is_empty()
}

/// The same suite however its plugins are called: the least of its six forms.
fn form(suite: &Suite) -> Vec<(usize, usize, bool)> {
    let edges: Vec<_> = (suite.parts.iter().enumerate())
        .flat_map(|(from, part)| part.edges.iter().map(move |edge| (from, edge)))
        .map(|(from, edge)| match edge.on {
            On::Plugin(to) => (from, usize::from(to), edge.optional),
            On::Capability(_) => unreachable!("only suites without capabilities are compared"),
        })
        .collect();
    let mut forms = Vec::new();
    support::permute(3, |name| {
        let mut form: Vec<_> =
            edges.iter().map(|&(from, to, optional)| (name[from], name[to], optional)).collect();
        form.sort_unstable();
        forms.push(form);
    });
    forms.into_iter().min().expect("there are six")
}

/// Every acyclic graph of required and wanted edges between three named plugins.
fn all_suites() -> Vec<Suite> {
    let pairs = [(0, 1), (0, 2), (1, 2)];
    let ways = |(x, y)| {
        [
            None,
            Some((x, Edge::requires(y))),
            Some((x, Edge::wants(y))),
            Some((y, Edge::requires(x))),
            Some((y, Edge::wants(x))),
        ]
    };
    let mut suites = Vec::new();
    for first in ways(pairs[0]) {
        for second in ways(pairs[1]) {
            for third in ways(pairs[2]) {
                let edges: Vec<_> = [first, second, third].into_iter().flatten().collect();
                suites.push(suite(&edges));
            }
        }
    }
    suites.retain(is_acyclic);
    suites
}

/// Suites in which `c` requires a capability that `a` and `b` provide, with all that can stand
/// between the providers, and between `c` and one of them.
fn suites_with_a_choice() -> Vec<Suite> {
    let (requires, wants) = (Edge::requires, Edge::wants);
    let between = [vec![], vec![(0, requires(1))], vec![(1, requires(0))], vec![(1, wants(0))]];
    let beside = [vec![], vec![(2, wants(1))], vec![(2, requires(0))], vec![(2, requires(1))]];
    let mut suites = Vec::new();
    for between in &between {
        for beside in &beside {
            let choice = [(2, Edge::capability(0))];
            let mut suite = suite(&[&between[..], &beside[..], &choice].concat());
            suite.parts[0].provides = 1;
            suite.parts[1].provides = 1;
            suites.push(suite);
        }
    }
    suites
}

/// Every operation on every plugin.
fn operations() -> Vec<Command> {
    let of_one: [fn(u8) -> Command; 10] = [
        Command::Load,
        |at| Command::Configure(at, 1),
        Command::Enable,
        Command::Disable,
        Command::DisableCascade,
        Command::Unload,
        Command::UnloadCascade,
        Command::Reload,
        Command::Fault,
        Command::Retry,
    ];
    let mut all: Vec<_> = of_one.iter().flat_map(|op| (0..3).map(op)).collect();
    let of_all = [Command::EnableAll, Command::EnableAllStrict, Command::Poll(10)];
    all.extend(of_all.into_iter().chain([Command::Shutdown]));
    all
}

/// How thoroughly a suite is gone through.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// From where all has gone well, with one call failing or panicking.
    Shallow,
    /// From what has failed before as well, with one or two calls failing.
    Deep,
}

/// Where the operations are begun from: what a suite can be like, whatever its edges.
fn starts(depth: Depth) -> Vec<Vec<Step>> {
    let mut starts = vec![vec![], vec![Command::EnableAll.into()]];
    let enabled = |more: &[Step]| [&[Command::EnableAll.into()], more].concat();
    let failing = |command: Command, calls: &[u8]| {
        calls.iter().fold(Step::new(command), |step, &call| step.failing(call, Fault::Error))
    };
    let configured = (0..3).flat_map(|at| [Command::Load(at), Command::Configure(at, 1)]);
    starts.push(configured.map(Step::new).collect());
    for at in 0..3 {
        starts.push(enabled(&[Command::DisableCascade(at).into()]));
        starts.push(enabled(&[Command::Fault(at).into()]));
    }
    if depth == Depth::Shallow {
        return starts;
    }
    starts.push((0..3).map(|at| Command::Load(at).into()).collect());
    for at in 0..3 {
        starts.push(vec![Command::Load(at).into()]);
        starts.push(vec![Command::Enable(at).into()]);
        starts.push(enabled(&[Command::Fault(at).into(), failing(Command::Poll(10), &[0])]));
        starts.push(enabled(&[failing(Command::DisableCascade(at), &[0])]));
        starts.push(enabled(&[failing(Command::Reload(at), &[2, 3])]));
        starts.push(enabled(&[Command::Fault(at).into(), Command::Fault((at + 1) % 3).into()]));
    }
    starts.extend((0..9).map(|call| vec![failing(Command::EnableAll, &[call])]));
    starts
}

/// Runs every operation from one state, with every hook call failing; calls `found` with the way to
/// each state that this leads to.
fn every_operation(
    suite: &Suite,
    path: &[Step],
    depth: Depth,
    mut found: impl FnMut(&Life, &Step),
) -> usize {
    let mut steps = 0;
    for command in operations() {
        let mut open = VecDeque::from([Step::new(command)]);
        while let Some(step) = open.pop_front() {
            let say = |wrong| format!("{suite}\nafter {path:?}\n{step}:\n{wrong:#?}");
            let mut life = Life::new(suite);
            life.follow(path);
            let calls = match life.step(&step) {
                Ok(taken) => u8::try_from(taken.calls).expect("three plugins have few hooks"),
                Err(wrong) => panic!("{}", say(wrong)),
            };
            steps += 1;
            found(&life, &step);
            // Every call that was made after one that failed may fail as well.
            match step.faults[..] {
                [] => {
                    for call in 0..calls {
                        open.push_back(step.clone().failing(call, Fault::Error));
                        if depth == Depth::Shallow {
                            open.push_back(step.clone().failing(call, Fault::Panic));
                        }
                    }
                }
                [(first, Fault::Error)] if depth == Depth::Deep => {
                    let again = |call| step.clone().failing(call, Fault::Error);
                    open.extend((first + 1..calls).map(again));
                }
                _ => {}
            }
            // Whatever state it is in, it can be taken down, and nothing is left.
            life.end().unwrap_or_else(|wrong| panic!("{}", say(wrong)));
        }
    }
    steps
}

/// Every operation from every start. Answers how many states and steps there were.
fn from_every_start(suites: &[Suite], depth: Depth) -> (usize, usize) {
    let (mut states, mut steps) = (0, 0);
    for suite in suites {
        let mut known = BTreeSet::new();
        for path in starts(depth) {
            let mut life = Life::new(suite);
            life.follow(&path);
            if known.insert(life.state()) {
                states += 1;
                steps += every_operation(suite, &path, depth, |_, _| ());
            }
        }
    }
    (states, steps)
}

/// One suite of each form: all others only have other names.
fn forms() -> Vec<Suite> {
    let mut forms = BTreeSet::new();
    let mut suites = all_suites();
    suites.retain(|suite| forms.insert(form(suite)));
    suites
}

// The numbers are pinned, so that none of this can shrink unseen.

#[test]
fn one_hook_fails_in_every_operation_on_every_graph() {
    let suites = all_suites();
    assert_eq!(suites.len(), 109);
    assert_eq!(from_every_start(&suites, Depth::Shallow), (981, 108_912));
}

#[test]
fn two_hooks_fail_in_every_operation_on_every_form_of_graph() {
    let suites = forms();
    assert_eq!(suites.len(), 21);
    assert_eq!(from_every_start(&suites, Depth::Deep), (603, 59_675));
}

#[test]
fn two_hooks_fail_in_every_operation_where_a_capability_has_two_providers() {
    assert_eq!(from_every_start(&suites_with_a_choice(), Depth::Deep), (465, 47_228));
}

/// A host that starts failed plugins again, at a time of its own.
fn restarting() -> Builder {
    let policy = Restart::OnFailure {
        max: 1,
        within: Duration::from_secs(1_000),
        backoff: Backoff::starting_with(Duration::from_secs(1)),
    };
    host().clock(|| Duration::ZERO).restart_all(policy)
}

/// Boot and shutdown with one hook failing: what comes of them, with all invariants checked.
fn boot(suite: &Suite, threads: Option<usize>, fault: (&str, Stage, Fault)) -> [String; 4] {
    let world = World::new().traced();
    let builder = with_threads(threads, || suite.add_to(restarting(), &world, 0..3));
    let manager = builder.build().expect("a suite without problems");
    let mut checker = Checker::default();
    world.fail(fault.0, fault.1, fault.2);
    let mut check = |before: &Picture| {
        let wrong = checker.check(&world, &manager, before, &Touch::All, Ended::Well);
        assert!(wrong.is_empty(), "{suite}, {threads:?}, {fault:?}:\n{wrong:#?}");
    };
    let before = Picture::of(&world, &manager);
    let report = manager.enable_all().unwrap().to_string();
    check(&before);
    let up = Picture::of(&world, &manager);
    // Whatever does not stand on the plugin that failed is there.
    let above = up.above(fault.0);
    let left: Vec<_> = up.phases.iter().filter(|(name, _)| !above.contains(*name)).collect();
    assert!(left.iter().all(|(_, phase)| **phase == Phase::Enabled), "Isolation: {left:?}");
    let shutdown = manager.shutdown().map_or_else(|error| error.to_string(), |()| String::new());
    check(&up);
    [report, format!("{:?}", up.phases), shutdown, manager.snapshot().to_string()]
}

#[test]
fn every_hook_fails_in_boot_and_shutdown_at_every_number_of_threads() {
    let stages = [Stage::Load, Stage::Configure, Stage::Enable, Stage::Disable, Stage::Unload];
    for suite in forms().iter().chain(&suites_with_a_choice()) {
        for name in NAMES {
            for stage in stages {
                for kind in [Fault::Error, Fault::Panic] {
                    let serial = boot(suite, Some(1), (name, stage, kind));
                    for threads in [Some(2), Some(8), None] {
                        let other = boot(suite, threads, (name, stage, kind));
                        assert_eq!(other, serial, "{suite}, {threads:?}");
                    }
                }
            }
        }
    }
}

/// The order in which plugins are added changes nothing that can be seen.
#[test]
fn a_suite_is_the_same_in_whatever_order_it_was_put_together() {
    for suite in all_suites().iter().chain(&suites_with_a_choice()) {
        let mut seen = BTreeSet::new();
        support::permute(3, |order| {
            let world = World::new();
            let builder = suite.add_to(host().threads(1), &world, order.iter().copied());
            let manager = builder.build().expect("no problems");
            let report = manager.enable_all().unwrap().to_string();
            seen.insert((report, world.log()));
        });
        assert_eq!(seen.len(), 1, "Canonical: {suite}");
    }
}

/// Every state that can be reached at all, of one suite of each form. Takes minutes, in release: set
/// `PLUGSTATE_LONG`.
#[test]
fn every_state_of_every_form() {
    if std::env::var_os("PLUGSTATE_LONG").is_none() {
        return;
    }
    for suite in forms().into_iter().chain(suites_with_a_choice()) {
        let mut known = BTreeSet::from([Life::new(&suite).state()]);
        let mut open = VecDeque::from([Vec::<Step>::new()]);
        let mut steps = 0;
        while let Some(path) = open.pop_front() {
            steps += every_operation(&suite, &path, Depth::Deep, |life, step| {
                if known.insert(life.state()) {
                    open.push_back([&path[..], std::slice::from_ref(step)].concat());
                }
            });
        }
        println!("{} states, {steps} steps: {suite}", known.len());
    }
}
