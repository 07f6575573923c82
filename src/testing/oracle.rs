//! The oracle: what a manager must do, said as naively as it can be said.
//!
//! It knows the phases of the plugins, who requires whom, and what was stopped by whose fault; it
//! follows each operation hook by hook, on one thread, and everything that it asks about the suite it
//! finds by looking at all plugins. It shares no code with the manager but the names of things. What
//! it takes from the manager is the resolution: who runs at all, and who provides what at first.

mod look;
mod moves;
mod replace;

use std::collections::{BTreeMap, BTreeSet};

use super::command::{Command, Step};
use super::invariants::Touch;
use super::suite::{CAPABILITIES, On, Suite};
use super::world::Fault;
use crate::error::Error;
use crate::manager::Manager;
use crate::phase::Phase;
use crate::phase::Phase::{Disabled, Discovered, Enabled, Failed, Loaded};

/// A reference for the operations of a manager with one thread, whose clock stands still.
///
/// ```
/// use plugstate::Phase;
/// use plugstate::testing::{Command, Edge, Life, Oracle, Part, Suite, Verdict};
///
/// let suite = Suite::new([Part::default(), Part::default().with(Edge::requires(0))]);
/// let mut oracle = Oracle::new(&suite, &Life::new(&suite).manager);
/// assert_eq!(oracle.step(&Command::Enable(1).into()), Verdict::Well);
/// assert_eq!(oracle.step(&Command::Disable(0).into()), Verdict::Refused);
/// assert_eq!(oracle.phases()["a"], (Phase::Enabled, 1)); // its first instance
/// ```
#[derive(Clone, Debug)]
pub struct Oracle {
    plugins: Vec<Plugin>,
    /// Who provides each capability, by name.
    providers: Vec<Vec<usize>>,
    cases: BTreeMap<usize, Case>,
    policy: Restarts,
    held: BTreeSet<usize>,
    faults: BTreeMap<usize, Fault>,
    calls: usize,
    log: Vec<String>,
    /// Whether the operation that is under way has written an event.
    told: bool,
    answer: Option<Command>,
}

/// What an operation is answered with, as far as the oracle tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// `Ok`.
    Well,
    /// Nothing was done, for the law, a dependency or a dependent forbids it.
    Refused,
    /// Nothing was done, for somebody holds this plugin.
    Busy(String),
    /// A hook of this plugin failed.
    Failed(String),
    /// Not all could be shut down well.
    Incomplete,
}

/// How the oracle restarts plugins: as often within an endless time, after a wait of so many seconds,
/// which doubles each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restarts {
    /// How many there may be.
    pub most: usize,
    /// The first wait, in seconds.
    pub wait: u64,
}

#[derive(Clone, Debug)]
struct Plugin {
    blocked: bool,
    phase: Phase,
    /// Whether there is an instance: told by the phase, but for `Failed`.
    instance: bool,
    generation: u32,
    begun: u32,
    needs: Vec<Needs>,
    /// The configuration that is kept for it.
    kept: u64,
    holds: Holds,
}

/// What an instance holds, as a [`Probe`](super::Probe) says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holds {
    /// What it was configured with.
    pub config: u64,
    /// How many reloads there were before it.
    pub memory: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Needs {
    capability: Option<usize>,
    required: bool,
    on: usize,
}

/// A plugin that failed while it was running, or that keeps others down.
#[derive(Clone, Debug, Default)]
struct Case {
    open: bool,
    restarts: usize,
    due: Option<u64>,
    stopped: BTreeSet<usize>,
}

/// Why an operation ended early.
enum Stop {
    Refused,
    Busy(usize),
    Failed(usize, Fault),
    Incomplete,
}

type Answer = Result<(), Stop>;

impl Verdict {
    /// What a manager has answered.
    #[must_use]
    pub fn of(answer: &Result<(), Error>) -> Self {
        match answer {
            Ok(()) => Verdict::Well,
            Err(Error::Hook(failure)) => Verdict::Failed(failure.plugin().to_string()),
            Err(Error::Busy { plugin, .. }) => Verdict::Busy(plugin.to_string()),
            Err(Error::Shutdown(_)) => Verdict::Incomplete,
            Err(_) => Verdict::Refused,
        }
    }
}

impl Oracle {
    /// An oracle for a manager of this suite with which nothing has been done. Plugins are restarted
    /// once, after a second, as in a [`Life`](super::Life).
    ///
    /// # Panics
    ///
    /// If the manager is of another suite.
    #[must_use]
    pub fn new(suite: &Suite, manager: &Manager) -> Self {
        let names = suite.names();
        let position = |name: &str| names.iter().position(|it| it == name).expect("a plugin of it");
        let plugin = |(at, part): (usize, &super::suite::Part)| {
            let bindings = manager.dependencies(&names[at]).expect("a plugin of the suite");
            let needs = bindings.iter().zip(&part.edges).filter_map(|(binding, edge)| {
                let on = position(binding.bound.as_ref().ok()?.as_str());
                let capability = match edge.on {
                    On::Capability(number) => Some(usize::from(number) % CAPABILITIES),
                    On::Plugin(_) => None,
                };
                Some(Needs { capability, required: !edge.optional || capability.is_some(), on })
            });
            let blocked = manager.resolution().is_blocked(&names[at]).is_some();
            let needs = needs.filter(|_| !blocked).collect();
            Plugin {
                blocked,
                phase: Discovered,
                instance: false,
                generation: 0,
                begun: 0,
                needs,
                kept: 0,
                holds: Holds::default(),
            }
        };
        let plugins = suite.parts.iter().enumerate().map(plugin).collect();
        let providers = (0..CAPABILITIES).map(|capability| {
            let provides = |&at: &usize| suite.parts[at].provides & (1 << capability) != 0;
            (0..names.len()).filter(provides).collect()
        });
        Oracle {
            plugins,
            providers: providers.collect(),
            cases: BTreeMap::new(),
            policy: Restarts { most: 1, wait: 1 },
            held: BTreeSet::new(),
            faults: BTreeMap::new(),
            calls: 0,
            log: Vec::new(),
            told: false,
            answer: None,
        }
    }

    /// The same with another policy.
    #[must_use]
    pub fn restarting(mut self, policy: Restarts) -> Self {
        self.policy = policy;
        self
    }

    /// Somebody tries to hold a plugin; says whether that can be.
    pub fn hold(&mut self, plugin: u8) -> bool {
        let plugin = usize::from(plugin) % self.plugins.len().max(1);
        let is_enabled = self.plugins.get(plugin).is_some_and(|it| it.phase == Enabled);
        if is_enabled {
            self.held.insert(plugin);
        }
        is_enabled
    }

    /// All that is held is given back.
    pub fn release(&mut self) {
        self.held.clear();
    }

    /// Takes a step.
    pub fn step(&mut self, step: &Step) -> Verdict {
        self.answered(step, None)
    }

    /// Takes a step, in which an observer answers the first event with another operation.
    pub fn answered(&mut self, step: &Step, answer: Option<Command>) -> Verdict {
        // Of several faults for one call, the last counts.
        self.faults = step.faults.iter().map(|&(call, fault)| (call.into(), fault)).collect();
        self.calls = 0;
        self.answer = answer;
        let verdict = self.run(&step.command);
        self.answer = None;
        verdict
    }

    /// The hooks that were called since the last look, as [`World::log`](super::World::log) has them.
    pub fn log(&mut self) -> Vec<String> {
        std::mem::take(&mut self.log)
    }

    /// The phase of each plugin, with the number of its instance.
    #[must_use]
    pub fn phases(&self) -> BTreeMap<String, (Phase, u32)> {
        let standing = |it: &Plugin| (it.phase, it.generation);
        (0..).map(Suite::name).zip(self.plugins.iter().map(standing)).collect()
    }

    /// What the instance of a plugin holds.
    #[must_use]
    pub fn holds(&self, plugin: usize) -> Holds {
        self.plugins[plugin].holds
    }

    /// What comes back with a plugin that has failed, by name.
    #[must_use]
    pub fn stopped(&self, plugin: usize) -> BTreeSet<String> {
        let case = self.cases.get(&plugin);
        let stopped = case.filter(|_| self.plugins[plugin].phase == Failed);
        let stopped = stopped.into_iter().flat_map(|case| &case.stopped);
        stopped.filter(|&&at| self.is_stopped(at)).map(|&at| Suite::name(at)).collect()
    }

    /// When a plugin that has failed is restarted, in seconds.
    #[must_use]
    pub fn restart(&self, plugin: usize) -> Option<u64> {
        let case = self.cases.get(&plugin).filter(|_| self.plugins[plugin].phase == Failed);
        case.filter(|case| case.open)?.due
    }

    fn run(&mut self, command: &Command) -> Verdict {
        if self.plugins.is_empty() {
            let names_none = match command {
                Command::EnableEach(each) => each.is_empty(),
                command => matches!(command.touch(0), Touch::All | Touch::Several),
            };
            return if names_none { Verdict::Well } else { Verdict::Refused };
        }
        if let Command::Poll(seconds) = command {
            self.poll((*seconds).into());
            return Verdict::Well;
        }
        let before: Vec<Phase> = self.plugins.iter().map(|it| it.phase).collect();
        let size = self.plugins.len();
        let at = |at: u8| usize::from(at) % size;
        let own = |it: &mut Self, answer: Answer| {
            // Whoever is moved by the host is in its hands: nothing comes back by itself.
            if answer.is_ok() {
                for (at, &before) in before.iter().enumerate() {
                    let phase = it.plugins[at].phase;
                    if phase != before && phase != Failed {
                        it.forget(at);
                    }
                }
            }
            answer
        };
        let answer = match *command {
            Command::Load(plugin) => {
                let answer = self.bring_up(at(plugin), Loaded);
                own(self, answer)
            }
            Command::Enable(plugin) => {
                let answer = self.bring_up(at(plugin), Enabled);
                own(self, answer)
            }
            Command::Configure(plugin, value) => {
                let answer = self.configure(at(plugin), value.into());
                own(self, answer)
            }
            Command::SetConfig(plugin, value) => {
                self.plugins[at(plugin)].kept = value.into();
                Ok(())
            }
            Command::EnableAll => {
                self.enable_what_can_be(self.order());
                own(self, Ok(()))
            }
            Command::EnableEach(ref each) => {
                let each: BTreeSet<usize> = each.iter().map(|&plugin| at(plugin)).collect();
                let each = each.into_iter().filter(|&plugin| !self.plugins[plugin].blocked);
                let all: BTreeSet<usize> =
                    each.flat_map(|plugin| self.below(plugin, |_| true)).collect();
                self.enable_what_can_be(self.in_order(all));
                own(self, Ok(()))
            }
            Command::EnableAllStrict => {
                let answer = self.enable_all_strict();
                own(self, answer)
            }
            Command::Disable(plugin) => self.take_down(at(plugin), Disabled, false),
            Command::DisableCascade(plugin) => self.take_down(at(plugin), Disabled, true),
            Command::Unload(plugin) => self.take_down(at(plugin), Discovered, false),
            Command::UnloadCascade(plugin) => self.take_down(at(plugin), Discovered, true),
            Command::Reload(plugin) => self.reload(at(plugin)),
            Command::ReloadWith(plugin, value) => {
                let before = std::mem::replace(&mut self.plugins[at(plugin)].kept, value.into());
                let answer = self.reload(at(plugin));
                if answer.is_err() {
                    self.plugins[at(plugin)].kept = before;
                }
                answer
            }
            Command::Fault(plugin) => self.fault(at(plugin)),
            Command::Retry(plugin) => {
                let answer = self.retry(at(plugin));
                if answer.is_ok() {
                    // Who retries by hand has mended the cause: the restarts count anew.
                    self.cases.entry(at(plugin)).and_modify(|case| case.restarts = 0);
                }
                answer
            }
            Command::Shutdown => self.shutdown(),
            Command::Poll(_) => unreachable!("it was run above"),
        };
        self.over();
        let name = Suite::name;
        match answer {
            Ok(()) => Verdict::Well,
            Err(Stop::Refused) => Verdict::Refused,
            Err(Stop::Busy(plugin)) => Verdict::Busy(name(plugin)),
            Err(Stop::Failed(plugin, _)) => Verdict::Failed(name(plugin)),
            Err(Stop::Incomplete) => Verdict::Incomplete,
        }
    }

    /// An operation is over, and observers are told.
    fn over(&mut self) {
        if std::mem::take(&mut self.told)
            && let Some(answer) = self.answer.take()
        {
            self.run(&answer);
        }
    }
}
