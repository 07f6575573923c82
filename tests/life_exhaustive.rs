//! Every hook that fails or panics at every step of every operation, on every graph of three
//! plugins: all invariants hold after each.
//!
//! The states of a suite are explored breadth first: from each, every operation is run once as it
//! goes, then again with each of its hook calls failing, and again with each of the calls that are
//! made in answer to that. What cannot be told apart from outside is one state.

mod support;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use plugstate::{Backoff, Builder, Declaration, Manager, Phase, Restart, Stage};
use support::invariants::{Checker, Ended, Picture, Touch};
use support::{Fault, World, host, plugin, with_threads};

const NAMES: [&str; 3] = ["a", "b", "c"];

trait Clock {}
impl Clock for support::Probe {}

/// How a plugin depends on another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    Requires,
    Wants,
}

/// A suite of three plugins.
#[derive(Clone, Debug, Default)]
struct Suite {
    edges: Vec<(usize, usize, Edge)>,
    /// Who requires the capability, and who provides it.
    asks: Option<usize>,
    provides: Vec<usize>,
}

impl Suite {
    fn builder(&self, world: &World, order: [usize; 3]) -> Builder {
        self.parts(world, order, host().threads(1))
    }

    fn parts(&self, world: &World, order: [usize; 3], builder: Builder) -> Builder {
        let policy = Restart::OnFailure {
            max: 1,
            within: Duration::from_secs(1_000),
            backoff: Backoff::starting_with(Duration::from_secs(1)),
        };
        let builder = builder.clock(|| Duration::ZERO).restart_all(policy);
        order.into_iter().fold(builder, |builder, at| {
            let depends =
                |declared: Declaration, &(plugin, on, edge): &(usize, usize, Edge)| match edge {
                    _ if plugin != at => declared,
                    Edge::Requires => declared.requires(NAMES[on], "*"),
                    Edge::Wants => declared.wants(NAMES[on], "*"),
                };
            let mut declared = self.edges.iter().fold(plugin(NAMES[at]), depends);
            if self.asks == Some(at) {
                declared = declared.requires_capability::<dyn Clock>();
            }
            let probe = world.probe(declared);
            builder.register(match self.provides.contains(&at) {
                true => {
                    probe.view::<dyn Clock>(|plugin| Some(plugin.downcast_ref::<support::Probe>()?))
                }
                false => probe,
            })
        })
    }

    fn is_acyclic(&self) -> bool {
        let mut left: BTreeSet<usize> = (0..3).collect();
        while let Some(free) = left
            .iter()
            .copied()
            .find(|at| self.edges.iter().all(|(from, to, _)| from != at || !left.contains(to)))
        {
            left.remove(&free);
        }
        left.is_empty()
    }

    /// The same suite however its plugins are called: the least of its six forms.
    fn form(&self) -> Vec<(usize, usize, bool)> {
        let mut forms = Vec::new();
        support::permute(3, |name| {
            let renamed = self.edges.iter();
            let mut form: Vec<_> = renamed
                .map(|&(from, to, edge)| (name[from], name[to], edge == Edge::Wants))
                .collect();
            form.sort_unstable();
            forms.push(form);
        });
        forms.into_iter().min().expect("there are six")
    }
}

/// Every acyclic graph of required and wanted edges between three named plugins.
fn all_suites() -> Vec<Suite> {
    let pairs = [(0, 1), (0, 2), (1, 2)];
    let ways = |(x, y)| {
        use Edge::{Requires, Wants};
        [
            None,
            Some((x, y, Requires)),
            Some((x, y, Wants)),
            Some((y, x, Requires)),
            Some((y, x, Wants)),
        ]
    };
    let mut suites = Vec::new();
    for first in ways(pairs[0]) {
        for second in ways(pairs[1]) {
            for third in ways(pairs[2]) {
                let edges = [first, second, third].into_iter().flatten().collect();
                suites.push(Suite { edges, ..Suite::default() });
            }
        }
    }
    suites.retain(Suite::is_acyclic);
    suites
}

/// Suites in which `c` requires a capability that `a` and `b` provide, with all that can stand
/// between the providers, and between `c` and one of them.
fn suites_with_a_choice() -> Vec<Suite> {
    use Edge::{Requires, Wants};
    let between = [vec![], vec![(0, 1, Requires)], vec![(1, 0, Requires)], vec![(1, 0, Wants)]];
    let beside = [vec![], vec![(2, 1, Wants)], vec![(2, 0, Requires)], vec![(2, 1, Requires)]];
    let mut suites = Vec::new();
    for between in &between {
        for beside in &beside {
            let edges = [&between[..], &beside[..]].concat();
            suites.push(Suite { edges, asks: Some(2), provides: vec![0, 1] });
        }
    }
    suites
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Load(usize),
    Configure(usize),
    Enable(usize),
    Disable(usize),
    DisableCascade(usize),
    Unload(usize),
    UnloadCascade(usize),
    Reload(usize),
    Fault(usize),
    Retry(usize),
    EnableAll,
    Strict,
    Poll,
    Shutdown,
}

impl Op {
    fn all() -> Vec<Op> {
        let of_one: [fn(usize) -> Op; 10] = [
            Op::Load,
            Op::Configure,
            Op::Enable,
            Op::Disable,
            Op::DisableCascade,
            Op::Unload,
            Op::UnloadCascade,
            Op::Reload,
            Op::Fault,
            Op::Retry,
        ];
        let mut all: Vec<_> = of_one.iter().flat_map(|op| (0..3).map(op)).collect();
        all.extend([Op::EnableAll, Op::Strict, Op::Poll, Op::Shutdown]);
        all
    }

    fn run(self, manager: &Manager) -> Ended {
        let table = BTreeMap::from([("value", 1)]);
        let answer = match self {
            Op::Load(at) => manager.load(NAMES[at]).map(drop),
            Op::Configure(at) => manager.configure(NAMES[at], table).map(drop),
            Op::Enable(at) => manager.enable(NAMES[at]).map(drop),
            Op::Disable(at) => manager.disable(NAMES[at]).map(drop),
            Op::DisableCascade(at) => manager.disable_cascade(NAMES[at]).map(drop),
            Op::Unload(at) => manager.unload(NAMES[at]).map(drop),
            Op::UnloadCascade(at) => manager.unload_cascade(NAMES[at]).map(drop),
            Op::Reload(at) => manager.reload(NAMES[at]).map(drop),
            Op::Fault(at) => manager.fault(NAMES[at], "broken").map(drop),
            Op::Retry(at) => manager.retry(NAMES[at]).map(drop),
            Op::EnableAll => manager.enable_all().map(drop),
            Op::Strict => manager.enable_all_strict().map(drop),
            Op::Poll => manager.poll(Duration::from_secs(10)).map(drop),
            // What a shutdown met is its error, and all that could be stopped has been stopped.
            Op::Shutdown => manager.shutdown().or(Ok(())),
        };
        if answer.is_ok() { Ended::Well } else { Ended::Badly }
    }

    fn touch(self) -> Touch {
        let name = |at: usize| NAMES[at].to_owned();
        match self {
            Op::Configure(at) => Touch::Only(name(at)),
            Op::Load(at) | Op::Enable(at) => Touch::Below(name(at)),
            Op::Disable(at) | Op::Unload(at) => Touch::Only(name(at)),
            Op::DisableCascade(at) | Op::UnloadCascade(at) => Touch::Above(name(at)),
            Op::Reload(at) | Op::Fault(at) => Touch::Above(name(at)),
            Op::Retry(at) => Touch::Around(name(at)),
            Op::EnableAll | Op::Strict | Op::Shutdown => Touch::All,
            Op::Poll => Touch::Several,
        }
    }
}

/// An operation, with the numbers of the hook calls that fail in it.
type Step = (Op, Vec<(usize, Fault)>);

/// A suite on its way.
struct Run {
    world: World,
    manager: Manager,
    checker: Checker,
}

impl Run {
    fn new(suite: &Suite) -> Self {
        let world = World::new().traced();
        let manager = suite.builder(&world, [0, 1, 2]).build().expect("a suite without problems");
        Run { world, manager, checker: Checker::default() }
    }

    /// Makes steps that were checked when they were found.
    fn follow(&mut self, path: &[Step]) {
        for (op, faults) in path {
            self.world.fail_calls(faults.iter().copied());
            op.run(&self.manager);
        }
        self.world.heal();
        self.checker.skip(&self.world, &self.manager);
    }

    /// Makes a step and checks everything; answers how many hooks were called.
    fn step(&mut self, step: &Step) -> (usize, Vec<String>) {
        let before = Picture::of(&self.world, &self.manager);
        self.world.fail_calls(step.1.iter().copied());
        let ended = step.0.run(&self.manager);
        let calls = self.world.calls();
        self.world.heal();
        let wrong = self.checker.check(&self.world, &self.manager, &before, &step.0.touch(), ended);
        (calls, wrong)
    }

    /// Everything that can be told from outside.
    fn state(&self) -> String {
        let mut state = format!("{:?}", Picture::of(&self.world, &self.manager));
        for name in NAMES {
            let left = self.manager.degradation(name).unwrap();
            state.push_str(&format!("{:?}{:?}", left.prospect, left.stopped));
        }
        state
    }
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
    let well = |op: Op| (op, Vec::new());
    let mut starts = vec![vec![], vec![well(Op::EnableAll)]];
    let enabled = |more: &[Step]| [&[well(Op::EnableAll)], more].concat();
    starts.push((0..3).flat_map(|at| [Op::Load(at), Op::Configure(at)]).map(well).collect());
    for at in 0..3 {
        starts.push(enabled(&[well(Op::DisableCascade(at))]));
        starts.push(enabled(&[well(Op::Fault(at))]));
    }
    if depth == Depth::Shallow {
        return starts;
    }
    starts.push((0..3).map(|at| well(Op::Load(at))).collect());
    for at in 0..3 {
        starts.push(vec![well(Op::Load(at))]);
        starts.push(vec![well(Op::Enable(at))]);
        starts.push(enabled(&[well(Op::Fault(at)), (Op::Poll, vec![(0, Fault::Error)])]));
        starts.push(enabled(&[(Op::DisableCascade(at), vec![(0, Fault::Error)])]));
        starts.push(enabled(&[(Op::Reload(at), vec![(2, Fault::Error), (3, Fault::Error)])]));
        starts.push(enabled(&[well(Op::Fault(at)), well(Op::Fault((at + 1) % 3))]));
    }
    starts.extend((0..9).map(|call| vec![(Op::EnableAll, vec![(call, Fault::Error)])]));
    starts
}

/// Runs every operation from one state, with every hook call failing; calls `found` with the way to
/// each state that this leads to.
fn every_operation(
    suite: &Suite,
    path: &[Step],
    depth: Depth,
    mut found: impl FnMut(&Run, &Step),
) -> usize {
    let mut steps = 0;
    for op in Op::all() {
        let mut faults = VecDeque::from([Vec::new()]);
        while let Some(fault) = faults.pop_front() {
            let step = (op, fault);
            let mut run = Run::new(suite);
            run.follow(path);
            let (calls, wrong) = run.step(&step);
            assert!(wrong.is_empty(), "{suite:?}\nafter {path:?}\n{step:?}:\n{wrong:#?}");
            steps += 1;
            found(&run, &step);
            // Every call that was made after one that failed may fail as well.
            match step.1[..] {
                [] => {
                    for call in 0..calls {
                        faults.push_back(vec![(call, Fault::Error)]);
                        if depth == Depth::Shallow {
                            faults.push_back(vec![(call, Fault::Panic)]);
                        }
                    }
                }
                [(first, Fault::Error)] if depth == Depth::Deep => {
                    let again =
                        (first + 1..calls).map(|call| vec![step.1[0], (call, Fault::Error)]);
                    faults.extend(again);
                }
                _ => {}
            }
            // Whatever state it is in, it can be taken down, and nothing is left.
            drop(run.manager);
            let wrong = run.checker.finish(&run.world);
            assert!(wrong.is_empty(), "{suite:?}\nafter {path:?}\n{step:?}:\n{wrong:#?}");
            assert!(run.checker.nothing_is_left(), "{suite:?}\nafter {path:?}\n{step:?}");
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
            let mut run = Run::new(suite);
            run.follow(&path);
            if known.insert(run.state()) {
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
    suites.retain(|suite| forms.insert(suite.form()));
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

/// Boot and shutdown with one hook failing: what comes of them, with all invariants checked.
fn boot(suite: &Suite, threads: Option<usize>, fault: (&str, Stage, Fault)) -> [String; 4] {
    let world = World::new().traced();
    let builder = with_threads(threads, || suite.parts(&world, [0, 1, 2], host()));
    let manager = builder.build().expect("a suite without problems");
    let mut checker = Checker::default();
    world.fail(fault.0, fault.1, fault.2);
    let mut check = |before: &Picture| {
        let wrong = checker.check(&world, &manager, before, &Touch::All, Ended::Well);
        assert!(wrong.is_empty(), "{suite:?}, {threads:?}, {fault:?}:\n{wrong:#?}");
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
                        assert_eq!(other, serial, "{suite:?}, {threads:?}");
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
            let order = [order[0], order[1], order[2]];
            let manager = suite.builder(&world, order).build().expect("no problems");
            let report = manager.enable_all().unwrap().to_string();
            seen.insert((report, world.log()));
        });
        assert_eq!(seen.len(), 1, "Canonical: {suite:?}");
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
        let mut known = BTreeSet::from([Run::new(&suite).state()]);
        let mut open = VecDeque::from([Vec::<Step>::new()]);
        let mut steps = 0;
        while let Some(path) = open.pop_front() {
            steps += every_operation(&suite, &path, Depth::Deep, |run, step| {
                if known.insert(run.state()) {
                    open.push_back([&path[..], std::slice::from_ref(step)].concat());
                }
            });
        }
        println!("{} states, {steps} steps: {suite:?}", known.len());
    }
}
