//! The oracle: what a manager must do, said as naively as it can be said.
//!
//! It knows the phases of the plugins, who requires whom, and what was stopped by whose fault; it
//! follows each operation hook by hook, on one thread, and everything that it asks about the suite it
//! finds by looking at all plugins. It shares no code with the manager but the names of things. What
//! it takes from the manager is the resolution: who runs at all, and who provides what at first.

use std::collections::{BTreeMap, BTreeSet};

use super::command::{Command, Step};
use super::invariants::Touch;
use super::suite::{CAPABILITIES, On, Suite};
use super::world::Fault;
use crate::error::Error;
use crate::manager::Manager;
use crate::phase::Phase;
use crate::phase::Phase::{Configured, Disabled, Discovered, Enabled, Failed, Loaded};
use crate::stage::Stage;

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

#[derive(Clone, Copy, Debug)]
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
        let enabled = self.plugins.get(plugin).is_some_and(|it| it.phase == Enabled);
        enabled && (self.held.insert(plugin) || enabled)
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
        let stopped = case.filter(|case| case.open && self.plugins[plugin].phase == Failed);
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
                for at in 0..size {
                    if it.plugins[at].phase != before[at] && it.plugins[at].phase != Failed {
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

    // ------------------------------------------------------------------ the suite, by looking

    fn is_stopped(&self, at: usize) -> bool {
        matches!(self.plugins[at].phase, Configured | Disabled)
    }

    fn is_enabled(&self, at: usize) -> bool {
        self.plugins[at].phase == Enabled
    }

    fn required(&self, at: usize) -> BTreeSet<usize> {
        self.plugins[at].needs.iter().filter(|it| it.required).map(|it| it.on).collect()
    }

    fn stands(&self, at: usize) -> bool {
        self.required(at).into_iter().all(|below| self.is_enabled(below))
    }

    /// `start` and what requires it, as far as it `counts`, in canonical order.
    fn above(&self, start: usize, counts: impl Fn(usize) -> bool) -> Vec<usize> {
        self.closure(start, |from, to| self.required(to).contains(&from), counts)
    }

    /// `start` and what it requires, as far as it `counts`, in canonical order.
    fn below(&self, start: usize, counts: impl Fn(usize) -> bool) -> Vec<usize> {
        self.closure(start, |from, to| self.required(from).contains(&to), counts)
    }

    fn closure(
        &self,
        start: usize,
        is_next: impl Fn(usize, usize) -> bool,
        counts: impl Fn(usize) -> bool,
    ) -> Vec<usize> {
        let mut found = BTreeSet::from([start]);
        while let Some(more) = (0..self.plugins.len()).find(|&to| {
            !found.contains(&to) && counts(to) && found.iter().any(|&from| is_next(from, to))
        }) {
            found.insert(more);
        }
        self.in_order(found)
    }

    /// By level, which is one more than the highest of what it depends on, and by name.
    fn in_order(&self, plugins: BTreeSet<usize>) -> Vec<usize> {
        let mut levels = vec![0; self.plugins.len()];
        let edges = || {
            (self.plugins.iter().enumerate())
                .flat_map(|(at, it)| it.needs.iter().map(move |needs| (at, needs.on)))
        };
        while let Some((at, on)) = edges().find(|&(at, on)| levels[at] <= levels[on]) {
            levels[at] = levels[on] + 1;
        }
        let mut order: Vec<_> = plugins.into_iter().collect();
        order.sort_by_key(|&at| (levels[at], at));
        order
    }

    /// All that can run, in canonical order: by level, and by name within a level.
    fn order(&self) -> Vec<usize> {
        self.in_order((0..self.plugins.len()).filter(|&at| !self.plugins[at].blocked).collect())
    }

    // ------------------------------------------------------------------ hooks

    fn hook(&mut self, at: usize, stage: Stage) -> Answer {
        self.log.push(format!("{stage} {}", Suite::name(at)));
        self.calls += 1;
        match self.faults.get(&(self.calls - 1)) {
            None => Ok(()),
            Some(&fault) => Err(Stop::Failed(at, fault)),
        }
    }

    /// Calls a hook of the instance that is the plugin.
    fn make(&mut self, at: usize, stage: Stage) -> Answer {
        self.told = true;
        if stage == Stage::Load {
            self.plugins[at].begun += 1;
            self.plugins[at].generation = self.plugins[at].begun;
        }
        if stage == Stage::Unload {
            let answer = if self.plugins[at].instance { self.hook(at, stage) } else { Ok(()) };
            self.plugins[at].phase = Discovered;
            self.plugins[at].instance = false;
            return answer;
        }
        let answer = self.hook(at, stage);
        let plugin = &mut self.plugins[at];
        plugin.phase = match (&answer, stage) {
            (Err(_), _) => Failed,
            (Ok(()), Stage::Load) => Loaded,
            (Ok(()), Stage::Configure) => Configured,
            (Ok(()), Stage::Enable) => Enabled,
            (Ok(()), _) => Disabled,
        };
        match plugin.phase {
            Loaded => (plugin.instance, plugin.holds) = (true, Holds::default()),
            Configured => plugin.holds.config = plugin.kept,
            _ => {}
        }
        answer
    }

    /// Makes a second instance beside the plugin; if that fails it is gone again.
    fn make_beside(&mut self, at: usize, configure: bool) -> Answer {
        self.told = true;
        self.plugins[at].begun += 1;
        self.hook(at, Stage::Load)?;
        if configure && let Err(failed) = self.hook(at, Stage::Configure) {
            self.hook(at, Stage::Unload).ok();
            return Err(failed);
        }
        Ok(())
    }

    /// All hooks up to a phase.
    fn start(&mut self, at: usize, goal: Phase) -> Answer {
        while self.plugins[at].phase != goal {
            let stage = match self.plugins[at].phase {
                Discovered => Stage::Load,
                Loaded if goal == Enabled => Stage::Configure,
                Configured | Disabled if goal == Enabled => Stage::Enable,
                // It is further already.
                Loaded | Configured | Disabled | Enabled => return Ok(()),
                _ => return Err(Stop::Refused),
            };
            self.make(at, stage)?;
        }
        Ok(())
    }

    fn nobody_holds(&self, plugins: &[usize]) -> Answer {
        let held = plugins.iter().find(|&&at| self.held.contains(&at) && self.is_enabled(at));
        held.map_or(Ok(()), |&at| Err(Stop::Busy(at)))
    }

    // ------------------------------------------------------------------ up

    fn bring_up(&mut self, at: usize, goal: Phase) -> Answer {
        let reached = |it: &Self, at: usize| match goal {
            Loaded => matches!(it.plugins[at].phase, Loaded | Configured | Enabled | Disabled),
            _ => it.plugins[at].phase == Enabled,
        };
        if self.plugins[at].blocked {
            return Err(Stop::Refused);
        }
        if reached(self, at) {
            return Ok(());
        }
        let moving = self.below(at, |below| !reached(self, below));
        if moving.iter().any(|&below| self.plugins[below].phase == Failed) {
            return Err(Stop::Refused);
        }
        self.all_or_nothing(&moving, |it, at| it.start(at, goal))
    }

    fn enable_all_strict(&mut self) -> Answer {
        let order = self.order();
        if order.iter().any(|&at| self.plugins[at].phase == Failed) {
            return Err(Stop::Refused);
        }
        self.all_or_nothing(&order, |it, at| it.start(at, Enabled))
    }

    /// Does something to each plugin; if that fails, what was enabled is disabled and what was loaded
    /// is unloaded, the last first, but for what an instance that failed stands on.
    fn all_or_nothing(
        &mut self,
        plugins: &[usize],
        mut deed: impl FnMut(&mut Self, usize) -> Answer,
    ) -> Answer {
        let before = self.plugins.clone();
        let failed = plugins.iter().find_map(|&at| Some((at, deed(self, at).err()?)));
        let Some((failed, stop)) = failed else { return Ok(()) };
        let is_left = self.plugins[failed].phase == Failed && self.plugins[failed].instance;
        let kept = if is_left { self.below(failed, |_| true) } else { Vec::new() };
        for &at in plugins.iter().rev() {
            if self.is_enabled(at) && before[at].phase != Enabled {
                self.make(at, Stage::Disable).ok();
            }
            if self.plugins[at].instance && !before[at].instance && !kept.contains(&at) {
                self.make(at, Stage::Unload).ok();
            }
        }
        Err(stop)
    }

    /// Past failures; what requires something that is not enabled is left alone. Where that is because
    /// a provider has failed, another one is asked when all else is done; what wants such a plugin
    /// waits for it.
    fn enable_what_can_be(&mut self, order: Vec<usize>) {
        let (mut left, mut may_come) = (Vec::new(), BTreeSet::new());
        for at in order {
            let needs = &self.plugins[at].needs;
            let waits = needs.iter().any(|it| may_come.contains(&it.on));
            if !self.stands(at) || waits {
                let has_choice = |it: &Needs| {
                    it.capability.is_some_and(|number| self.providers[number].len() > 1)
                        && self.plugins[it.on].phase == Failed
                };
                let is_down = !matches!(self.plugins[at].phase, Enabled | Failed);
                if is_down && (waits || needs.iter().any(has_choice)) {
                    may_come.insert(at);
                }
                left.push(at);
            } else if self.plugins[at].phase != Failed {
                self.start(at, Enabled).ok();
            }
        }
        for at in left {
            for below in self.required(at) {
                if self.plugins[below].phase == Failed {
                    self.rebind(below, at);
                }
            }
            if self.stands(at) && self.plugins[at].phase != Failed {
                self.start(at, Enabled).ok();
            }
        }
    }

    fn configure(&mut self, at: usize, value: u64) -> Answer {
        if !matches!(self.plugins[at].phase, Loaded | Configured | Disabled) {
            return Err(Stop::Refused);
        }
        self.plugins[at].kept = value;
        self.make(at, Stage::Configure)
    }

    // ------------------------------------------------------------------ down

    fn take_down(&mut self, at: usize, goal: Phase, cascade: bool) -> Answer {
        let phase = self.plugins[at].phase;
        if phase == goal {
            self.forget(at);
            return Ok(());
        }
        if goal == Disabled && phase != Enabled {
            return Err(Stop::Refused);
        }
        let mut moving = self.above(at, |above| match goal {
            Disabled => self.is_enabled(above),
            _ => self.plugins[above].instance,
        });
        if moving.len() > 1 && !cascade {
            return Err(Stop::Refused);
        }
        moving.reverse();
        self.nobody_holds(&moving)?;
        let mut answer = Ok(());
        for &plugin in &moving {
            if self.is_enabled(plugin)
                && let Err(failed) = self.make(plugin, Stage::Disable)
                && plugin == at
                && goal == Disabled
            {
                answer = Err(failed);
            }
        }
        for &plugin in moving.iter().filter(|_| goal == Discovered) {
            self.make(plugin, Stage::Unload).ok();
        }
        if answer.is_ok() {
            moving.into_iter().for_each(|plugin| self.forget(plugin));
        }
        answer
    }

    fn shutdown(&mut self) -> Answer {
        self.cases.clear();
        let (mut going, mut staying) = (Vec::new(), BTreeSet::new());
        for at in self.order().into_iter().rev() {
            let needed = staying.iter().any(|&above| self.required(above).contains(&at));
            if self.plugins[at].phase == Discovered {
                continue;
            } else if needed || self.nobody_holds(&[at]).is_err() {
                staying.insert(at);
            } else {
                going.push(at);
            }
        }
        let mut well = staying.is_empty();
        for &at in &going {
            if self.is_enabled(at) {
                well &= self.make(at, Stage::Disable).is_ok();
            }
        }
        for &at in &going {
            well &= self.make(at, Stage::Unload).is_ok();
        }
        if well { Ok(()) } else { Err(Stop::Incomplete) }
    }

    // ------------------------------------------------------------------ one instance for another

    fn reload(&mut self, at: usize) -> Answer {
        let phase = self.plugins[at].phase;
        if matches!(phase, Discovered | Failed) {
            return if phase == Failed { Err(Stop::Refused) } else { Ok(()) };
        }
        let mut above = self.above(at, |above| phase == Enabled && self.is_enabled(above));
        above.retain(|&above| above != at);
        self.make_beside(at, phase != Loaded)?;
        if phase == Enabled {
            let going: Vec<_> = above.iter().rev().copied().chain([at]).collect();
            if let Err(busy) = self.nobody_holds(&going) {
                self.hook(at, Stage::Unload).ok();
                return Err(busy);
            }
            going.into_iter().for_each(|at| drop(self.make(at, Stage::Disable)));
        }
        let mut new = if phase == Loaded { Ok(()) } else { self.hook(at, Stage::Restore) };
        if new.is_ok() && phase == Enabled {
            new = self.hook(at, Stage::Enable);
        }
        if new.is_ok() {
            self.plugins[at].generation = self.plugins[at].begun;
            self.plugins[at].phase = if phase == Disabled { Configured } else { phase };
            let plugin = &mut self.plugins[at];
            plugin.holds = match phase {
                Loaded => Holds::default(),
                _ => Holds { config: plugin.kept, memory: plugin.holds.memory + 1 },
            };
        } else {
            self.hook(at, Stage::Unload).ok();
            if phase == Enabled && !self.start_again(at) {
                above.iter().for_each(|&above| self.rebind(at, above));
            }
        }
        self.bring_back(&above);
        if new.is_ok() {
            self.hook(at, Stage::Unload).ok();
        }
        new
    }

    fn fault(&mut self, at: usize) -> Answer {
        let phase = self.plugins[at].phase;
        if matches!(phase, Discovered | Failed) {
            return Err(Stop::Refused);
        }
        let mut above = self.above(at, |above| phase == Enabled && self.is_enabled(above));
        above.retain(|&above| above != at);
        let going: Vec<_> = above.iter().rev().copied().chain([at]).collect();
        self.nobody_holds(&going)?;
        going[..above.len()].iter().for_each(|&at| drop(self.make(at, Stage::Disable)));
        self.told = true;
        self.plugins[at].phase = Failed;
        above.iter().for_each(|&above| self.rebind(at, above));
        if phase == Enabled {
            self.failed(at, 0, true);
        }
        self.bring_back(&above);
        Ok(())
    }

    fn retry(&mut self, at: usize) -> Answer {
        if self.plugins[at].phase != Failed {
            return Err(Stop::Refused);
        }
        let moving = self.below(at, |below| !self.is_enabled(below));
        if moving.iter().any(|&below| below != at && self.plugins[below].phase == Failed) {
            return Err(Stop::Refused);
        }
        self.all_or_nothing(&moving, |it, below| {
            if below == at && it.plugins[at].instance {
                it.make_beside(at, true)?;
                it.plugins[at].generation = it.plugins[at].begun;
                it.plugins[at].phase = Configured;
                it.plugins[at].holds = Holds { config: it.plugins[at].kept, memory: 0 };
                it.hook(at, Stage::Unload).ok();
            } else if below == at {
                it.make(at, Stage::Unload).ok();
            }
            it.start(below, Enabled)
        })?;
        let case = self.cases.entry(at).or_default();
        case.open = false;
        let stopped: BTreeSet<usize> = std::mem::take(&mut case.stopped);
        self.bring_back(&self.in_order(stopped));
        Ok(())
    }

    /// Enables again what was stopped; says whether it is enabled.
    fn start_again(&mut self, at: usize) -> bool {
        if self.is_stopped(at) && self.stands(at) {
            self.make(at, Stage::Enable).ok();
        }
        self.plugins[at].phase != Failed
    }

    /// Enables again what was stopped, as far as it stands; the rest comes back with what keeps it
    /// down.
    fn bring_back(&mut self, stopped: &[usize]) {
        for &at in stopped {
            self.start_again(at);
        }
        for &at in stopped {
            if self.is_stopped(at)
                && let Some(cause) = self.cause(at)
            {
                let case = self.cases.entry(cause).or_default();
                if !case.open {
                    case.open = true;
                    case.due = None;
                }
                case.stopped.insert(at);
            }
        }
    }

    /// The first plugin below that has failed, or else the one whose fault has stopped it.
    fn cause(&self, at: usize) -> Option<usize> {
        let below = self.below(at, |below| !self.is_enabled(below));
        let failed = below.into_iter().find(|&below| self.plugins[below].phase == Failed);
        let stopped_by = || {
            let mut open = self.cases.iter().filter(|(_, case)| case.open);
            let (&cause, _) = open.find(|(_, case)| case.stopped.contains(&at))?;
            (self.plugins[cause].phase == Failed).then_some(cause)
        };
        failed.or_else(stopped_by)
    }

    /// Gives a plugin another provider for what this one has provided, the first by name that is
    /// enabled and does not depend on the plugin itself.
    fn rebind(&mut self, from: usize, at: usize) {
        for position in 0..self.plugins[at].needs.len() {
            let Needs { capability: Some(capability), on, .. } = self.plugins[at].needs[position]
            else {
                continue;
            };
            if on != from {
                continue;
            }
            let other = self.providers[capability].iter().copied().find(|&other| {
                let needs = |from: usize, to| self.plugins[from].needs.iter().any(|it| it.on == to);
                self.is_enabled(other) && !self.closure(other, needs, |_| true).contains(&at)
            });
            if let Some(other) = other {
                self.plugins[at].needs[position].on = other;
                self.told = true;
            }
        }
    }

    // ------------------------------------------------------------------ restarts

    /// A plugin has failed: when is it started again?
    fn failed(&mut self, at: usize, now: u64, recoverable: bool) {
        let Restarts { most, wait } = self.policy;
        let case = self.cases.entry(at).or_default();
        case.open = true;
        case.due = None;
        if recoverable && case.restarts < most {
            case.due = Some(now + (wait << case.restarts));
            case.restarts += 1;
        }
    }

    fn forget(&mut self, at: usize) {
        self.cases.remove(&at);
        for case in self.cases.values_mut() {
            case.stopped.remove(&at);
        }
    }

    /// Each plugin that is due has one try, dependencies first.
    fn poll(&mut self, now: u64) {
        let is_due = |it: &Self, at: usize| {
            let case = it.cases.get(&at).filter(|case| case.open);
            case.and_then(|case| case.due).is_some_and(|due| due <= now)
        };
        let due = (0..self.plugins.len()).filter(|&at| is_due(self, at)).collect();
        for at in self.in_order(due) {
            if is_due(self, at)
                && let Err(stop) = self.retry(at)
            {
                let fatal = matches!(stop, Stop::Failed(who, Fault::Fatal) if who == at);
                self.failed(at, now, !fatal);
            }
            self.over();
        }
    }
}
