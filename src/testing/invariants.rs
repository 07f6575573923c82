//! The invariants of the manager, by name, checked through its public API and by what the probes saw.
//!
//! Take a [`Picture`] before an operation, and [`Checker::check`] what is there after it. The answer
//! is a list of violations, each beginning with the invariant's name.

use std::collections::{BTreeMap, BTreeSet};

use super::picture::{Edges, Picture};
use super::world::{Mark, Probe, What, World};
use crate::error::{Error, Misuse};
use crate::event::{Event, EventKind};
use crate::manager::Manager;
use crate::phase::Phase;
use crate::stage::Stage;

/// Which plugins an operation may move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touch {
    /// This one.
    Only(String),
    /// This one and what it requires.
    Below(String),
    /// This one and what requires it.
    Above(String),
    /// This one, what it requires, and what requires it, or did when this one went down.
    Around(String),
    /// Any.
    All,
    /// Any, by several operations one after the other. Each has an order of its own; what enable
    /// hooks meet is checked all the same, by the hooks.
    Several,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Without an error.
    Well,
    /// With an error, so that it must have changed nothing but for what failed.
    Badly,
}

/// Follows one manager from its first operation on.
///
/// ```
/// use plugstate::testing::{Checker, Ended, Picture, Touch, World, plugin};
///
/// let world = World::new().traced();
/// let manager = world.build([plugin("core"), plugin("uart").requires("core", "*")]);
/// let mut checker = Checker::default();
/// let before = Picture::of(&world, &manager);
/// manager.enable("uart")?;
/// let touched = Touch::Below("uart".to_owned());
/// let wrong = checker.check(&world, &manager, &before, &touched, Ended::Well);
/// assert!(wrong.is_empty(), "{wrong:#?}");
/// # Ok::<(), plugstate::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Checker {
    next_seq: u64,
    /// The phase of each generation of each plugin.
    lives: BTreeMap<(String, u32), Phase>,
    /// The generations that were loaded and not unloaded.
    loaded: BTreeSet<(String, u32)>,
    /// The generations that the host has declared broken.
    faulted: BTreeSet<(String, u32)>,
    /// How many instances of each plugin were begun.
    begun: BTreeMap<String, u32>,
    instances: BTreeMap<usize, Seen>,
    /// What has stood on a plugin that is down. It comes back with that one, even if what was between
    /// them has another provider by then.
    stood_on: BTreeMap<String, BTreeSet<String>>,
    wrong: Vec<String>,
}

/// What was seen of one instance.
#[derive(Debug)]
struct Seen {
    plugin: String,
    generation: u32,
    running: Option<Stage>,
    configured: bool,
    restored: bool,
    enabled: bool,
    was_enabled: bool,
    loaded: bool,
    unloaded: bool,
}

impl Checker {
    /// Everything that is wrong after an operation, each with the name of the invariant.
    #[must_use]
    pub fn check(
        &mut self,
        world: &World,
        manager: &Manager,
        before: &Picture,
        touch: &Touch,
        ended: Ended,
    ) -> Vec<String> {
        let now = Picture::of(world, manager);
        let trace = world.trace();
        let faulted = self.faulted.clone();
        let failed = self.journal(manager, &trace, before, &now, touch);
        self.wrong.extend(world.wrong());
        // Of several operations, one may have stopped what another then declares broken.
        self.pairing(&trace, matches!(touch, Touch::Several).then_some(&faulted));
        self.support(&now);
        self.residency(manager, &now);
        if !matches!(touch, Touch::Several) {
            self.order(&trace, &before.ordered, &now.ordered, &now);
        }
        if ended == Ended::Badly {
            self.atomic(before, &now, &failed, &trace);
        }
        std::mem::take(&mut self.wrong)
    }

    fn wrong(&mut self, invariant: &str, what: impl std::fmt::Display) {
        self.wrong.push(format!("{invariant}: {what}"));
    }

    /// Journal, Lawful and Isolation, out of the events; answers whose hooks failed.
    fn journal(
        &mut self,
        manager: &Manager,
        trace: &[Mark],
        before: &Picture,
        now: &Picture,
        touch: &Touch,
    ) -> BTreeSet<String> {
        let events = manager.events(self.next_seq);
        let mut failed = BTreeSet::new();
        let mut moved: BTreeSet<String> = trace.iter().map(|mark| mark.plugin.clone()).collect();
        for event in &events {
            if event.seq != self.next_seq {
                self.wrong("Journal", format!("{event}, where #{} is due", self.next_seq));
            }
            self.next_seq = event.seq + 1;
            self.take_note(event);
            moved.insert(event.plugin.to_string());
            if let EventKind::DidFail(_) = event.kind {
                failed.insert(event.plugin.to_string());
            }
        }
        if manager.replay() != manager.snapshot() {
            self.wrong("Journal", "the replay differs from the present phases");
        }
        for standing in manager.snapshot().plugins {
            let life = (standing.id.to_string(), standing.generation);
            let phase = self.lives.get(&life).copied().unwrap_or(Phase::Discovered);
            if phase != standing.phase {
                self.wrong("Journal", format!("{life:?} is {phase} by its events"));
            }
        }
        let may = |picture: &Picture| -> BTreeSet<String> {
            match touch {
                Touch::Only(plugin) => BTreeSet::from([plugin.clone()]),
                Touch::Below(plugin) => picture.below(plugin),
                Touch::Above(plugin) => picture.above(plugin),
                Touch::Around(plugin) => &picture.below(plugin) | &picture.above(plugin),
                Touch::All | Touch::Several => picture.phases.keys().cloned().collect(),
            }
        };
        let may = &may(before) | &may(now);
        let none = BTreeSet::new();
        let back = match touch {
            Touch::Around(plugin) => self.stood_on.get(plugin).unwrap_or(&none).clone(),
            _ => none,
        };
        for plugin in moved.difference(&(&may | &back)) {
            self.wrong("Isolation", format!("{plugin} was moved, {touch:?}"));
        }
        self.note_standing(before, now);
        failed
    }

    /// Keeps in mind what stands on a plugin that goes down, or is down and has others on it now.
    fn note_standing(&mut self, before: &Picture, now: &Picture) {
        for plugin in now.phases.keys() {
            if now.is_enabled(plugin) {
                self.stood_on.remove(plugin);
            } else if before.is_enabled(plugin) || before.required != now.required {
                let stood = self.stood_on.entry(plugin.clone()).or_default();
                stood.extend(before.above(plugin));
            }
        }
    }

    fn take_note(&mut self, event: &Event) {
        let life = (event.plugin.to_string(), event.generation);
        if let Some(op) = event.kind.op() {
            let phase = self.lives.entry(life.clone()).or_insert(Phase::Discovered);
            match phase.after(op) {
                Some(after) => *phase = after,
                None => {
                    let phase = *phase;
                    self.wrong("Lawful", format!("{event}, where it is {phase}"));
                }
            }
        }
        match event.kind {
            EventKind::DidLoad => drop(self.loaded.insert(life)),
            EventKind::DidUnload => drop(self.loaded.remove(&life)),
            EventKind::DidFail(Stage::Fault) => drop(self.faulted.insert(life)),
            _ => {}
        }
    }

    /// Pairing, out of what the instances saw.
    fn pairing(&mut self, trace: &[Mark], faulted_before: Option<&BTreeSet<(String, u32)>>) {
        for mark in trace {
            let Mark { instance, plugin, what } = mark;
            if *what == What::Starts(Stage::Load) {
                let begun = self.begun.entry(plugin.clone()).or_insert(0);
                *begun += 1;
                let seen = Seen {
                    plugin: plugin.clone(),
                    generation: *begun,
                    running: None,
                    configured: false,
                    restored: false,
                    enabled: false,
                    was_enabled: false,
                    loaded: false,
                    unloaded: false,
                };
                if self.instances.insert(*instance, seen).is_some() {
                    self.wrong("Pairing", format!("{mark:?}: a second load"));
                }
            }
            let faulted = &self.faulted;
            let Some(seen) = self.instances.get_mut(instance) else {
                self.wrong("Pairing", format!("{mark:?}: no such instance"));
                continue;
            };
            let life = (seen.plugin.clone(), seen.generation);
            let is_faulted = faulted.contains(&life);
            let was_faulted = faulted_before.unwrap_or(faulted).contains(&life);
            let fine = match *what {
                What::Starts(stage) => {
                    let alone = seen.running.replace(stage).is_none();
                    let lawful = match stage {
                        Stage::Load => true,
                        Stage::Configure => seen.loaded && !seen.enabled,
                        Stage::Restore => {
                            seen.configured
                                && !seen.was_enabled
                                && !std::mem::replace(&mut seen.restored, true)
                        }
                        Stage::Enable => seen.configured && !seen.enabled,
                        Stage::Disable => seen.enabled && !was_faulted,
                        Stage::Unload => seen.loaded && (!seen.enabled || is_faulted),
                        _ => false,
                    };
                    alone && lawful && !seen.unloaded
                }
                What::Ends(stage, well) => {
                    match stage {
                        Stage::Load => seen.loaded = well,
                        Stage::Configure => seen.configured = well,
                        Stage::Enable => {
                            seen.was_enabled = true;
                            seen.enabled = well;
                        }
                        Stage::Disable => seen.enabled = false,
                        Stage::Unload => seen.unloaded = true,
                        _ => {}
                    }
                    seen.running.take() == Some(stage)
                }
                What::Dropped => {
                    let fine = seen.unloaded && seen.loaded;
                    seen.loaded = false;
                    fine
                }
            };
            if !fine {
                self.wrong("Pairing", format!("{mark:?} is out of place"));
            }
        }
    }

    fn support(&mut self, now: &Picture) {
        for (plugin, dependency) in &now.required {
            if now.is_resident(plugin) && !now.is_resident(dependency) {
                self.wrong(
                    "Support",
                    format!("{plugin} stands on {dependency}, which is not there"),
                );
            }
            if now.is_enabled(plugin) && !now.is_enabled(dependency) {
                self.wrong("Support", format!("{plugin} runs on {dependency}, which does not"));
            }
        }
    }

    /// Residency, and that exactly what is enabled can be borrowed.
    fn residency(&mut self, manager: &Manager, now: &Picture) {
        for standing in manager.snapshot().plugins {
            let name = standing.id.to_string();
            let phase = now.phases[&name];
            let expected = match phase {
                Phase::Discovered => 0,
                Phase::Loaded | Phase::Configured | Phase::Enabled | Phase::Disabled => 1,
                Phase::Failed => {
                    i64::from(self.loaded.contains(&(name.clone(), standing.generation)))
                }
                Phase::Loading | Phase::Unloading => {
                    self.wrong("Residency", format!("{name} is {phase} between operations"));
                    continue;
                }
            };
            let alive = now.alive[&name];
            if alive != expected {
                self.wrong("Residency", format!("{name} is {phase} with {alive} instances"));
            }
            match manager.get_as::<Probe>(&name) {
                Ok(guard) => {
                    let seen = self.instances.get(&guard.instance);
                    let right = seen.is_some_and(|seen| {
                        seen.generation == standing.generation && seen.plugin == name
                    });
                    if phase != Phase::Enabled || !guard.enabled || !right {
                        let instance = guard.instance;
                        self.wrong("Residency", format!("{name}, {phase}, serves with {instance}"));
                    }
                }
                Err(Error::NotEnabled { .. }) if phase != Phase::Enabled => {}
                // A plugin of a type of its own serves.
                Err(Error::Misuse(Misuse::WrongType { .. })) if phase == Phase::Enabled => {}
                Err(error) => self.wrong("Residency", format!("{name} is {phase}: {error}")),
            }
        }
    }

    /// Order: upwards dependencies first, downwards dependents first.
    fn order(&mut self, trace: &[Mark], before: &Edges, after: &Edges, now: &Picture) {
        let (mut firsts, mut lasts) = (BTreeMap::new(), BTreeMap::new());
        for (at, mark) in trace.iter().enumerate() {
            match mark.what {
                What::Starts(stage) => {
                    firsts.entry((&*mark.plugin, stage)).or_insert(at);
                }
                What::Ends(stage, _) => drop(lasts.insert((&*mark.plugin, stage), at)),
                What::Dropped => {}
            }
        }
        let mut wrong = Vec::new();
        for (plugin, dependency) in before.intersection(after) {
            let pairs = [
                (dependency, plugin, Stage::Load),
                (dependency, plugin, Stage::Enable),
                (plugin, dependency, Stage::Disable),
                (plugin, dependency, Stage::Unload),
            ];
            let gone = now.alive[plugin] == 0 && now.alive[dependency] == 0;
            // An instance that goes because another has taken its place is no plugin that goes.
            for (earlier, later, stage) in
                pairs.into_iter().filter(|(.., stage)| *stage != Stage::Unload || gone)
            {
                if let (Some(end), Some(start)) =
                    (lasts.get(&(&**earlier, stage)), firsts.get(&(&**later, stage)))
                    && end > start
                {
                    wrong.push(format!("{stage} of {later} before that of {earlier} has ended"));
                }
            }
        }
        wrong.into_iter().for_each(|what| self.wrong("Order", what));
    }

    /// Atomic: what failed, and what cannot stand without it, is all that an error may have changed.
    /// What a plugin requires that failed with an instance may stay loaded under it.
    fn atomic(
        &mut self,
        before: &Picture,
        now: &Picture,
        failed: &BTreeSet<String>,
        trace: &[Mark],
    ) {
        // An instance that was made for a reload, and is gone again, has changed nothing.
        let is_there = |mark: &&Mark| {
            let same = |what| trace.contains(&Mark { what, ..(*mark).clone() });
            !(same(What::Starts(Stage::Load)) && same(What::Dropped))
        };
        if failed.is_empty()
            && let Some(mark) = trace.iter().find(is_there)
        {
            self.wrong("Atomic", format!("a refusal has called {mark:?}"));
        }
        let excused: BTreeSet<String> =
            failed.iter().flat_map(|plugin| &before.above(plugin) | &now.above(plugin)).collect();
        let stood_on: BTreeSet<String> = (failed.iter())
            .filter(|plugin| now.is_resident(plugin))
            .flat_map(|plugin| now.below(plugin))
            .collect();
        for plugin in now.phases.keys().filter(|plugin| !excused.contains(*plugin)) {
            if before.is_enabled(plugin) != now.is_enabled(plugin) {
                let (from, to) = (before.phases[plugin], now.phases[plugin]);
                self.wrong("Atomic", format!("{plugin} went from {from} to {to}"));
            }
            let (was, is) = (before.is_resident(plugin), now.is_resident(plugin));
            if was != is && !(is && stood_on.contains(plugin)) {
                self.wrong("Atomic", format!("{plugin} was resident: {was}, and is: {is}"));
            }
        }
    }

    /// Takes note of operations that were checked before, in another run.
    pub fn skip(&mut self, world: &World, manager: &Manager) {
        for event in manager.events(self.next_seq) {
            self.next_seq = event.seq + 1;
            self.take_note(&event);
        }
        drop(self.finish(world));
    }

    /// Looks at what was done while the manager was dropped.
    #[must_use]
    pub fn finish(&mut self, world: &World) -> Vec<String> {
        let trace = world.trace();
        self.pairing(&trace, None);
        std::mem::take(&mut self.wrong)
    }

    /// At the end of a life: nothing is left.
    #[must_use]
    pub fn nothing_is_left(&self) -> bool {
        self.instances.values().all(|seen| !seen.loaded)
    }
}

#[cfg(test)]
mod tests;
