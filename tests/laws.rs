//! Laws of a suite and of its manager, each a sentence, held against suites and histories that are made by
//! the kit's strategies.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use plugstate::testing::strategies::{check, histories, quiet_histories, sound_suites, suites};
use plugstate::{
    Event, EventKind, Manager, Need, Op, Outcome, Phase, PluginId, Request, Resolution, Snapshot,
    Stage,
};
use support::{
    CAPABILITIES, Command, Edge, Fault, History, Move, On, Probe, Suite, World, host, with_threads,
};

type Law = Result<(), String>;

/// That two things are the same.
#[track_caller]
fn same<T: PartialEq + Debug>(what: impl std::fmt::Display, left: &T, right: &T) -> Law {
    if left == right { Ok(()) } else { Err(format!("{what}: {left:?} is not {right:?}")) }
}

/// A manager of the suite, on one thread, in a world of its own.
fn build(suite: &Suite) -> (World, Manager) {
    build_of(suite, 0..suite.parts.len())
}

/// The same of some of the plugins, registered in this order.
fn build_of(suite: &Suite, plugins: impl IntoIterator<Item = usize>) -> (World, Manager) {
    let world = World::new();
    let manager = suite.add_to(host().threads(1), &world, plugins).build_partial();
    (world, manager)
}

fn phases(manager: &Manager) -> BTreeMap<String, Phase> {
    manager.snapshot().plugins.into_iter().map(|it| (it.id.to_string(), it.phase)).collect()
}

fn all_bindings(manager: &Manager) -> BTreeMap<String, Vec<Option<String>>> {
    let bound = |name: &String| {
        let bindings = manager.dependencies(name).expect("it was named");
        bindings.iter().map(|it| Some(it.bound.as_ref().ok()?.to_string())).collect()
    };
    phases(manager).into_keys().map(|name| (name.clone(), bound(&name))).collect()
}

/// What a resolution says, by name.
fn told(resolution: &Resolution) -> BTreeMap<String, String> {
    let one = |id: &PluginId| {
        let level = resolution.level(id);
        let bound: Vec<_> = (resolution.dependencies(id))
            .map(|it| (it.need == Need::Required, it.bound.ok().map(ToString::to_string)))
            .collect();
        (id.to_string(), format!("level {level:?}, {bound:?}"))
    };
    resolution.plugins().map(one).collect()
}

fn order(resolution: &Resolution) -> Vec<String> {
    resolution.order().map(ToString::to_string).collect()
}

/// Who depends on nobody's account: no edge names it, and it provides nothing that is asked for.
fn needed_by_nobody(suite: &Suite) -> Vec<usize> {
    let edges = || suite.parts.iter().flat_map(|part| &part.edges);
    (0..suite.parts.len())
        .filter(|&at| {
            edges().all(|edge| match edge.on {
                On::Plugin(on) => usize::from(on) != at,
                On::Capability(n) => {
                    suite.parts[at].provides & (1 << (usize::from(n) % CAPABILITIES)) == 0
                }
            })
        })
        .collect()
}

// ---------------------------------------------------------------------- resolution

#[test]
fn removing_a_plugin_that_nobody_needs_changes_nobody_else() {
    check(60, &suites(30), |suite| {
        let (world, manager) = build(suite);
        manager.enable_all().map_err(|error| error.to_string())?;
        let log = world.log();
        for removed in needed_by_nobody(suite) {
            let name = Suite::name(removed);
            let without = |mut of: BTreeMap<String, String>| {
                of.remove(&name);
                of
            };
            let left = (0..suite.parts.len()).filter(|&at| at != removed);
            let (world, smaller) = build_of(suite, left);
            let (all, less) = (manager.resolution(), smaller.resolution());
            same(format!("without {name}"), &without(told(all)), &told(less))?;
            smaller.enable_all().map_err(|error| error.to_string())?;
            let of_others = log.iter().filter(|hook| !hook.ends_with(&format!(" {name}")));
            same(format!("hooks without {name}"), &of_others.cloned().collect(), &world.log())?;
        }
        Ok(())
    });
}

#[test]
fn adding_an_unrelated_plugin_leaves_the_order_of_the_others() {
    check(100, &suites(30), |suite| {
        let resolution = suite.resolve();
        // Before all others by name, in between, and behind them.
        for name in ["Z", "bb", "zzzz"] {
            let added = plugstate::Declaration::new(name.to_owned(), "1.0.0");
            let more = plugstate::resolve(suite.declarations().into_iter().chain([added]));
            let mut others = order(&more);
            others.retain(|other| other != name);
            same(format!("order with {name}"), &order(&resolution), &others)?;
        }
        Ok(())
    });
}

#[test]
fn permuting_registrations_changes_nothing() {
    check(60, &suites(30), |suite| {
        let size = suite.parts.len();
        let life = |order: Vec<usize>| {
            let (world, manager) = build_of(suite, order);
            let problems = manager.problems().iter().map(ToString::to_string);
            let problems: Vec<String> =
                problems.chain(manager.warnings().iter().map(ToString::to_string)).collect();
            let up = manager.enable_all().expect("nothing keeps it from starting").to_string();
            let standing = (all_bindings(&manager), order_of(&manager));
            manager.shutdown().expect("no hook fails");
            let events: Vec<_> = manager.events(0).iter().map(ToString::to_string).collect();
            (problems, up, standing, world.log(), events)
        };
        let straight = life((0..size).collect());
        let backward: Vec<usize> = (0..size).rev().collect();
        let odd_first = (0..size).filter(|at| at % 2 == 1).chain((0..size).step_by(2)).collect();
        let turned = (0..size).map(|at| (at + size / 2) % size).collect();
        for other in [backward, odd_first, turned] {
            same(format!("registered as {other:?}"), &straight, &life(other.clone()))?;
        }
        Ok(())
    });
}

fn order_of(manager: &Manager) -> Vec<String> {
    manager.enabled().iter().map(ToString::to_string).collect()
}

#[test]
fn resolving_twice_is_resolving_once() {
    check(150, &suites(30), |suite| {
        let once = suite.resolve();
        same("told again", &told(&once), &told(&suite.resolve()))?;
        // And what could be resolved is what is resolved without the rest.
        let runs =
            |declaration: &plugstate::Declaration| once.is_blocked(declaration.id()).is_none();
        let again = plugstate::resolve(suite.declarations().into_iter().filter(runs));
        same("order", &order(&once), &order(&again))?;
        same("problems", &0, &again.problems().len())?;
        same("levels", &levels(&once), &levels(&again))
    });
}

fn levels(resolution: &Resolution) -> Vec<Vec<String>> {
    resolution.levels().map(|level| level.map(ToString::to_string).collect()).collect()
}

/// Who can run, said naively: whoever finds all that it requires among those who can.
fn can_run(suite: &Suite) -> BTreeSet<usize> {
    let mut can: BTreeSet<usize> = BTreeSet::new();
    let meets = |at: usize, edge: &Edge, can: &BTreeSet<usize>| match edge.on {
        On::Plugin(on) => {
            let version = suite.parts.get(usize::from(on)).map(|part| part.version.0);
            let fits = edge.major.is_none_or(|major| Some(major) == version);
            edge.optional || (fits && can.contains(&usize::from(on)))
        }
        On::Capability(n) => {
            let bit = 1 << (usize::from(n) % CAPABILITIES);
            can.iter().any(|&other| other != at && suite.parts[other].provides & bit != 0)
        }
    };
    while let Some(next) = (0..suite.parts.len()).find(|&at| {
        !can.contains(&at) && suite.parts[at].edges.iter().all(|edge| meets(at, edge, &can))
    }) {
        can.insert(next);
    }
    can
}

#[test]
fn a_plugin_runs_if_and_only_if_it_finds_all_that_it_requires_among_those_that_run() {
    check(300, &suites(30), |suite| {
        let resolution = suite.resolve();
        let run: BTreeSet<usize> = (0..suite.parts.len())
            .filter(|&at| resolution.is_blocked(Suite::name(at)).is_none())
            .collect();
        same("who runs", &can_run(suite), &run)
    });
}

#[test]
fn a_capability_comes_from_the_first_by_name_that_can_give_it() {
    check(200, &suites(30), |suite| {
        let resolution = suite.resolve();
        if resolution.cycles().next().is_some() {
            // What closes a cycle is passed over, and which do is another question.
            return Ok(());
        }
        for (at, part) in suite.parts.iter().enumerate() {
            let name = Suite::name(at);
            for (edge, binding) in part.edges.iter().zip(resolution.dependencies(&name)) {
                let (On::Capability(number), Ok(bound)) = (edge.on, binding.bound) else {
                    continue;
                };
                let bit = 1 << (usize::from(number) % CAPABILITIES);
                let first = (0..suite.parts.len()).find(|&other| {
                    suite.parts[other].provides & bit != 0
                        && resolution.is_blocked(Suite::name(other)).is_none()
                        && !below(&resolution, &Suite::name(other)).contains(&name)
                });
                let first = first.map(Suite::name);
                same(format!("what {name} gets"), &first, &Some(bound.to_string()))?;
            }
        }
        Ok(())
    });
}

/// A plugin and all that it requires.
fn below(resolution: &Resolution, plugin: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::from([plugin.to_owned()]);
    let mut open = vec![plugin.to_owned()];
    while let Some(at) = open.pop() {
        let required = resolution.dependencies(&at).filter(|it| it.need == Need::Required);
        let bound = required.filter_map(|it| Some(it.bound.ok()?.to_string()));
        open.extend(bound.filter(|it| found.insert(it.clone())));
    }
    found
}

#[test]
fn everyone_comes_after_what_it_depends_on_and_by_name_among_its_level() {
    check(200, &suites(30), |suite| {
        let resolution = suite.resolve();
        let mut naive: Vec<(usize, String)> = Vec::new();
        for id in resolution.order() {
            let below = resolution.dependencies(id).filter_map(|it| it.bound.ok());
            let level = below
                .map(|below| {
                    let found = naive.iter().find(|(_, name)| below == name.as_str());
                    found.map(|(level, _)| level + 1).ok_or(format!("{id} comes before {below}"))
                })
                .collect::<Result<Vec<_>, _>>()?;
            naive.push((level.into_iter().max().unwrap_or(0), id.to_string()));
        }
        let mut sorted = naive.clone();
        sorted.sort();
        same("by level and name", &sorted, &naive)
    });
}

// ---------------------------------------------------------------------- a life

#[test]
fn shutdown_undoes_enable_all() {
    check(60, &suites(30), |suite| {
        let (world, manager) = build(suite);
        let before = phases(&manager);
        let up = |manager: &Manager| manager.enable_all().map_err(|error| error.to_string());
        let first = up(&manager)?.to_string();
        let started = world.log();
        manager.shutdown().map_err(|error| error.to_string())?;
        same("phases", &before, &phases(&manager))?;
        let left: Vec<_> = before.keys().filter(|name| world.alive(name) != 0).collect();
        same("instances", &Vec::new(), &left)?;
        let back = |from: &str, to: &str| -> Vec<String> {
            let of = started.iter().rev().filter_map(|hook| hook.strip_prefix(from));
            of.map(|name| format!("{to}{name}")).collect()
        };
        let stopped = [back("enable ", "disable "), back("load ", "unload ")].concat();
        same("the way back", &stopped, &world.log())?;
        same("once more", &first, &up(&manager)?.to_string())?;
        same("hooks once more", &started, &world.log())
    });
}

#[test]
fn repeating_what_is_true_already_calls_nothing() {
    check(20, &quiet_histories(20, 60), |history| {
        let (world, manager) = build(&history.suite);
        for command in commands(history) {
            let again = !matches!(
                command,
                Command::Configure(..)
                    | Command::Reload(_)
                    | Command::ReloadWith(..)
                    | Command::Fault(_)
                    | Command::Retry(_)
            );
            if command.run(&manager, history.suite.parts.len()).is_ok() && again {
                let before = (manager.snapshot(), all_bindings(&manager));
                world.log();
                let answer = command.run(&manager, history.suite.parts.len());
                answer.map_err(|error| format!("{command:?} again: {error}"))?;
                let after = (manager.snapshot(), all_bindings(&manager));
                same(format!("{command:?} again"), &Vec::<String>::new(), &world.log())?;
                same(format!("{command:?} again"), &before, &after)?;
            }
        }
        Ok(())
    });
}

fn commands(history: &History) -> impl Iterator<Item = &Command> {
    history.moves.iter().filter_map(Move::step).map(|step| &step.command)
}

#[test]
fn disable_cascade_and_enable_all_leave_everything_as_it_was() {
    check(30, &suites(30), |suite| {
        let (_, manager) = build(suite);
        manager.enable_all().map_err(|error| error.to_string())?;
        let before = manager.snapshot().plugins;
        for id in manager.enabled() {
            let above = above(&manager, id.as_str());
            manager.disable_cascade(id.as_str()).map_err(|error| error.to_string())?;
            let down = phases(&manager).into_iter().filter(|(_, phase)| *phase == Phase::Disabled);
            same(format!("below {id}"), &above, &down.map(|(name, _)| name).collect())?;
            manager.enable_all().map_err(|error| error.to_string())?;
            same(format!("after {id}"), &before, &manager.snapshot().plugins)?;
        }
        Ok(())
    });
}

/// A plugin and all that requires it, as it is bound now.
fn above(manager: &Manager, plugin: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::from([plugin.to_owned()]);
    let mut open = vec![plugin.to_owned()];
    while let Some(at) = open.pop() {
        let dependents = manager.dependents(&at).expect("a plugin of the suite");
        open.extend(
            dependents.iter().map(ToString::to_string).filter(|it| found.insert(it.clone())),
        );
    }
    found
}

#[test]
fn a_reload_changes_nothing_but_the_generation_and_a_second_one_no_more() {
    check(20, &suites(30), |suite| {
        let (world, manager) = build(suite);
        manager.enable_all().map_err(|error| error.to_string())?;
        for id in manager.enabled() {
            let look = || {
                let mut snapshot = manager.snapshot().plugins;
                let mut generation = 0;
                for standing in snapshot.iter_mut().filter(|standing| standing.id == id) {
                    generation = std::mem::take(&mut standing.generation);
                }
                let memory = manager.get_as::<Probe>(id.as_str()).expect("it is enabled").memory;
                (snapshot, all_bindings(&manager), generation, memory)
            };
            let before = look();
            let reload = || {
                world.log();
                manager.reload(id.as_str()).map_err(|error| error.to_string())?;
                Ok::<_, String>((world.log(), look()))
            };
            let (once, twice) = (reload()?, reload()?);
            same(format!("hooks of {id}"), &once.0, &twice.0)?;
            let (snapshot, bindings, generation, memory) = before;
            let expected = |times: u32| {
                let memory = memory + u64::from(times);
                (snapshot.clone(), bindings.clone(), generation + times, memory)
            };
            same(format!("reload of {id}"), &expected(1), &once.1)?;
            same(format!("second reload of {id}"), &expected(2), &twice.1)?;
        }
        Ok(())
    });
}

#[test]
fn a_run_in_which_a_hook_fails_differs_only_in_what_depends_on_what_failed() {
    check(25, &suites(20), |suite| {
        let (_, whole) = build(suite);
        whole.enable_all().map_err(|error| error.to_string())?;
        for id in whole.enabled() {
            for stage in [Stage::Load, Stage::Configure, Stage::Enable] {
                let (world, manager) = build(suite);
                world.fail(id.as_str(), stage, Fault::Error);
                manager.enable_all().map_err(|error| error.to_string())?;
                let above = above(&whole, id.as_str());
                let others = |of: &Manager| {
                    let mut phases = phases(of);
                    phases.retain(|name, _| !above.contains(name));
                    phases
                };
                let say = format!("{id} fails to {stage}");
                same(&say, &others(&whole), &others(&manager))?;
                same(&say, &Phase::Failed, &phases(&manager)[id.as_str()])?;
                // Mended, it is as if nothing had been, but for who provides what.
                world.heal();
                manager.retry(id.as_str()).map_err(|error| format!("{say}, retry: {error}"))?;
                manager.enable_all().map_err(|error| error.to_string())?;
                same(format!("{say}, mended"), &phases(&whole), &phases(&manager))?;
            }
        }
        Ok(())
    });
}

#[test]
fn what_fails_on_the_way_down_is_down_all_the_same() {
    check(15, &suites(20), |suite| {
        let (world, manager) = build(suite);
        let names = suite.names();
        for (at, name) in names.iter().enumerate() {
            manager.enable_all().map_err(|error| error.to_string())?;
            if phases(&manager)[name] != Phase::Enabled {
                continue;
            }
            let stage = if at % 2 == 0 { Stage::Disable } else { Stage::Unload };
            world.fail(name, stage, if at % 3 == 0 { Fault::Panic } else { Fault::Error });
            let Err(plugstate::Error::Shutdown(report)) = manager.shutdown() else {
                return Err(format!("{name} failed to {stage}, and nobody is told"));
            };
            let troubles: Vec<_> = report.troubles().map(|(id, _)| id.to_string()).collect();
            same("troubles", &vec![name.clone()], &troubles)?;
            let up: Vec<_> =
                phases(&manager).into_iter().filter(|it| it.1 != Phase::Discovered).collect();
            same("what is left", &Vec::new(), &up)?;
            world.heal();
        }
        Ok(())
    });
}

#[test]
fn the_number_of_threads_changes_nothing_at_the_end() {
    check(25, &suites(30), |suite| {
        // Hooks fail by name, for with several threads the numbers of calls mean nothing.
        for failing in [None, Some((suite.parts.len() / 2, Stage::Enable)), Some((0, Stage::Load))]
        {
            let life = |threads: usize| {
                let world = World::new();
                let builder = with_threads(Some(threads), || suite.builder(&world));
                let manager = builder.build_partial();
                if let Some((at, stage)) = failing {
                    world.fail(&Suite::name(at), stage, Fault::Error);
                    world.fail(&Suite::name(at), Stage::Disable, Fault::Panic);
                }
                let up = manager.enable_all().expect("it starts").to_string();
                let standing = (manager.snapshot().plugins, all_bindings(&manager));
                world.fail(&Suite::name(suite.parts.len() - 1), Stage::Unload, Fault::Panic);
                let down = manager.shutdown().map_err(|error| error.to_string());
                let mut hooks: BTreeMap<String, Vec<String>> = BTreeMap::new();
                for hook in world.log() {
                    let (stage, plugin) = hook.split_once(' ').expect("as `enable a`");
                    hooks.entry(plugin.to_owned()).or_default().push(stage.to_owned());
                }
                (up, standing, down, manager.snapshot().plugins, hooks)
            };
            let serial = life(1);
            for threads in [2, 8] {
                same(format!("{threads} threads, {failing:?}"), &serial, &life(threads))?;
            }
        }
        Ok(())
    });
}

// ---------------------------------------------------------------------- plans and journal

fn request(command: &Command, suite: &Suite) -> Option<Request> {
    let id = |at: u8| PluginId::from(Suite::name(usize::from(at) % suite.parts.len()));
    Some(match command {
        Command::Load(at) => Request::Load(id(*at)),
        Command::Configure(at, _) => Request::Configure(id(*at)),
        Command::Enable(at) => Request::Enable(id(*at)),
        Command::EnableEach(each) => Request::EnableEach(each.iter().map(|&at| id(at)).collect()),
        Command::EnableAll => Request::EnableAll,
        Command::Disable(at) => Request::Disable(id(*at)),
        Command::DisableCascade(at) => Request::DisableCascade(id(*at)),
        Command::Unload(at) => Request::Unload(id(*at)),
        Command::UnloadCascade(at) => Request::UnloadCascade(id(*at)),
        Command::Reload(at) | Command::ReloadWith(at, _) => Request::Reload(id(*at)),
        Command::Fault(at) => Request::Fault(id(*at)),
        Command::Retry(at) => Request::Retry(id(*at)),
        Command::Shutdown => Request::Shutdown,
        _ => return None,
    })
}

#[test]
fn a_plan_says_what_the_operation_then_does() {
    let kept = std::cell::Cell::new(0);
    check(25, &histories(20, 100), |history| {
        let (world, manager) = build(&history.suite);
        for step in history.moves.iter().filter_map(Move::step) {
            let size = history.suite.parts.len();
            let plan = request(&step.command, &history.suite).map(|it| manager.plan(&it));
            let start = manager.snapshot();
            world.log();
            // Every other operation has hooks that fail, so that there is something to plan around.
            let faulty = !step.faults.is_empty();
            world.fail_calls(step.faults.iter().map(|&(call, fault)| (call.into(), fault)));
            let answer = step.command.run(&manager, size);
            world.fail_calls([]);
            let hooks = world.log();
            match plan {
                None => {}
                Some(Ok(_)) if faulty => {}
                Some(Ok(plan)) => {
                    answer.map_err(|error| format!("planned, {:?}: {error}", step.command))?;
                    // Unloading a plugin that failed before there was an instance calls no hook.
                    let calls = |(id, stage): &&(PluginId, Stage)| {
                        let standing = start.plugins.iter().find(|it| it.id == *id);
                        let phase = standing.expect("a plugin of the suite").phase;
                        *stage != Stage::Unload
                            || phase != Phase::Failed
                            || hooks.contains(&format!("unload {id}"))
                    };
                    let planned = plan.steps().iter().filter(calls);
                    let planned: Vec<_> =
                        planned.map(|(id, stage)| format!("{stage} {id}")).collect();
                    same(format!("{:?}", step.command), &planned, &hooks)?;
                    kept.set(kept.get() + usize::from(!hooks.is_empty()));
                }
                Some(Err(refused)) => {
                    let text = answer.map_err(|error| error.to_string());
                    same(format!("{:?}", step.command), &Err(refused.to_string()), &text)?;
                    same(format!("{:?}", step.command), &Vec::<String>::new(), &hooks)?;
                }
            }
        }
        Ok(())
    });
    assert!(kept.get() > 300, "plans that did something were kept {} times", kept.get());
}

/// Adds events up to phases, naively: a plugin is the generation that was begun last on nothing, or
/// that has replaced another.
fn replayed(start: &Snapshot, events: &[Event]) -> BTreeMap<String, (u32, Phase)> {
    let mut current: BTreeMap<String, u32> = BTreeMap::new();
    let mut lives: BTreeMap<(String, u32), Phase> = BTreeMap::new();
    for standing in &start.plugins {
        current.insert(standing.id.to_string(), standing.generation);
        lives.insert((standing.id.to_string(), standing.generation), standing.phase);
    }
    for event in events {
        let name = event.plugin.to_string();
        let of = |generation| (name.clone(), generation);
        let now = lives[&of(current[&name])];
        if event.kind.op() == Some(Op::BeginLoad) && now == Phase::Discovered
            || event.kind == EventKind::DidReplace
        {
            current.insert(name.clone(), event.generation);
        }
        if let Some(op) = event.kind.op() {
            let life = lives.entry(of(event.generation)).or_insert(Phase::Discovered);
            *life = life.after(op).expect("every change is a row of the law");
        }
    }
    current.into_iter().map(|(name, at)| (name.clone(), (at, lives[&(name, at)]))).collect()
}

#[test]
fn the_journal_can_be_replayed_from_any_number() {
    check(12, &histories(15, 60), |history| {
        let (world, manager) = build(&history.suite);
        let mut seen = vec![manager.snapshot()];
        for step in history.moves.iter().filter_map(Move::step) {
            world.fail_calls(step.faults.iter().map(|&(call, fault)| (call.into(), fault)));
            step.command.run(&manager, history.suite.parts.len()).ok();
            seen.push(manager.snapshot());
        }
        let end = manager.snapshot();
        let standing = |it: &plugstate::Standing| (it.id.to_string(), (it.generation, it.phase));
        let phases: BTreeMap<_, _> = end.plugins.iter().map(standing).collect();
        let all = manager.events(0);
        same("numbers", &end.next_seq, &(all.len() as u64))?;
        for snapshot in seen {
            let from = snapshot.next_seq;
            let events = manager.events(from);
            let at = usize::try_from(from).expect("it is small");
            same(format!("events from {from}"), &all[at..].to_vec(), &events)?;
            same(format!("replay from {from}"), &phases, &replayed(&snapshot, &events))?;
        }
        same("the manager's own", &end, &manager.replay())
    });
}

#[test]
fn a_journal_that_forgets_adds_up_to_the_same() {
    check(12, &histories(15, 60), |history| {
        let life = |capacity| {
            let world = World::new();
            let builder = host().threads(1).journal_capacity(capacity).clock(Default::default);
            let manager = history.suite.add_to(builder, &world, 0..history.suite.parts.len());
            let manager = manager.build_partial();
            for step in history.moves.iter().filter_map(Move::step) {
                world.fail_calls(step.faults.iter().map(|&(call, fault)| (call.into(), fault)));
                step.command.run(&manager, history.suite.parts.len()).ok();
            }
            (manager.replay(), manager.snapshot(), manager.events(0))
        };
        let (_, whole, all) = life(1 << 20);
        for capacity in [1, 7, 100] {
            let (replay, snapshot, events) = life(capacity);
            same(format!("{capacity} events kept"), &whole, &replay)?;
            same(format!("{capacity} events kept"), &whole, &snapshot)?;
            same("the newest", &all[all.len() - events.len()..].to_vec(), &events)?;
            same("how many", &all.len().min(capacity), &events.len())?;
        }
        Ok(())
    });
}

#[test]
fn a_report_names_each_plugin_once_with_where_it_went() {
    check(20, &sound_suites(30), |suite| {
        let (_, manager) = build(suite);
        let report = manager.enable_all().map_err(|error| error.to_string())?;
        let named: Vec<String> = report.iter().map(|(id, _)| id.to_string()).collect();
        same("names", &order(manager.resolution()), &named)?;
        let all = report.iter().all(|(_, outcome)| {
            matches!(outcome, Outcome::Moved { from: Phase::Discovered, to: Phase::Enabled })
        });
        same("outcomes", &true, &all)
    });
}
