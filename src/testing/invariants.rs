//! The invariants of the manager, by name, checked through its public API and by what the probes saw.
//!
//! Take a [`Picture`] before an operation, and [`Checker::check`] what is there after it. The answer
//! is a list of violations, each beginning with the invariant's name.

use std::collections::{BTreeMap, BTreeSet};

use super::world::{Mark, Probe, What, World};
use crate::error::{Error, Misuse};
use crate::event::{Event, EventKind};
use crate::graph::Need;
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
    /// This one, what it requires, and what requires it.
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

/// Pairs of a plugin and one that it depends on.
pub type Edges = BTreeSet<(String, String)>;

/// The suite between two operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The phase of each plugin.
    pub phases: BTreeMap<String, Phase>,
    /// How many instances there are of each plugin.
    pub alive: BTreeMap<String, i64>,
    /// Each required dependency, as it is bound.
    pub required: Edges,
    /// Each dependency, required or wanted.
    pub ordered: Edges,
}

impl Picture {
    /// What can be seen of a manager whose plugins write into `world`.
    ///
    /// # Panics
    ///
    /// Never: it asks of plugins that the manager names.
    #[must_use]
    pub fn of(world: &World, manager: &Manager) -> Self {
        let mut picture = Picture {
            phases: BTreeMap::new(),
            alive: BTreeMap::new(),
            required: BTreeSet::new(),
            ordered: BTreeSet::new(),
        };
        for standing in manager.snapshot().plugins {
            let name = standing.id.to_string();
            for binding in manager.dependencies(&name).unwrap() {
                let Ok(bound) = binding.bound else { continue };
                let edge = (name.clone(), bound.to_string());
                if binding.need == Need::Required {
                    picture.required.insert(edge.clone());
                }
                picture.ordered.insert(edge);
            }
            picture.alive.insert(name.clone(), world.alive(&name));
            picture.phases.insert(name, standing.phase);
        }
        picture
    }

    /// `start` and all that requires it, by any way.
    #[must_use]
    pub fn above(&self, start: &str) -> BTreeSet<String> {
        self.closure(start, |(plugin, dependency)| (dependency, plugin))
    }

    /// `start` and all that it requires, by any way.
    #[must_use]
    pub fn below(&self, start: &str) -> BTreeSet<String> {
        self.closure(start, |(plugin, dependency)| (plugin, dependency))
    }

    fn closure(
        &self,
        start: &str,
        turn: impl Fn(&(String, String)) -> (&String, &String),
    ) -> BTreeSet<String> {
        let mut found = BTreeSet::from([start.to_owned()]);
        loop {
            let more: Vec<String> = (self.required.iter().map(&turn))
                .filter(|(from, to)| found.contains(*from) && !found.contains(*to))
                .map(|(_, to)| to.clone())
                .collect();
            if more.is_empty() {
                return found;
            }
            found.extend(more);
        }
    }

    fn is_resident(&self, plugin: &str) -> bool {
        self.alive[plugin] > 0
    }

    fn is_enabled(&self, plugin: &str) -> bool {
        self.phases[plugin] == Phase::Enabled
    }
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
        for plugin in moved.difference(&may) {
            self.wrong("Isolation", format!("{plugin} was moved, {touch:?}"));
        }
        failed
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
mod tests {
    use super::*;
    use crate::testing::world::plugin;

    /// Plugins with their phases and how many instances they have, and who requires whom.
    fn picture(plugins: &[(&str, Phase, i64)], required: &[(&str, &str)]) -> Picture {
        let edges: Edges =
            required.iter().map(|&(from, to)| (from.to_owned(), to.to_owned())).collect();
        Picture {
            phases: plugins.iter().map(|&(name, phase, _)| (name.to_owned(), phase)).collect(),
            alive: plugins.iter().map(|&(name, _, alive)| (name.to_owned(), alive)).collect(),
            required: edges.clone(),
            ordered: edges,
        }
    }

    fn told(look: impl FnOnce(&mut Checker)) -> Vec<String> {
        let mut checker = Checker::default();
        look(&mut checker);
        checker.wrong
    }

    const NOTHING: [&str; 0] = [];

    #[test]
    fn what_stands_or_runs_on_what_does_not_is_told() {
        use Phase::{Disabled, Discovered, Enabled, Loaded};
        let told = |uart, core| told(|it| it.support(&picture(&[uart, core], &[("uart", "core")])));
        assert_eq!(told(("uart", Enabled, 1), ("core", Enabled, 1)), NOTHING);
        assert_eq!(told(("uart", Loaded, 1), ("core", Disabled, 1)), NOTHING);
        assert_eq!(told(("uart", Discovered, 0), ("core", Enabled, 1)), NOTHING);
        assert_eq!(
            told(("uart", Enabled, 1), ("core", Disabled, 1)),
            ["Support: uart runs on core, which does not"],
        );
        assert_eq!(
            told(("uart", Loaded, 1), ("core", Discovered, 0)),
            ["Support: uart stands on core, which is not there"],
        );
    }

    #[test]
    fn hooks_that_are_called_in_the_wrong_order_are_told() {
        use Stage::{Disable, Enable, Unload};
        let hooks = |order: &[(&str, Stage)]| -> Vec<Mark> {
            let sides = |&(name, stage): &(&str, Stage)| {
                [What::Starts(stage), What::Ends(stage, true)].map(|what| Mark {
                    instance: 0,
                    plugin: name.to_owned(),
                    what,
                })
            };
            order.iter().flat_map(sides).collect()
        };
        let told = |order: &[(&str, Stage)], core_left| {
            let plugins = [("uart", Phase::Enabled, 0), ("core", Phase::Enabled, core_left)];
            let now = picture(&plugins, &[("uart", "core")]);
            told(|it| it.order(&hooks(order), &now.ordered, &now.ordered, &now))
        };
        assert_eq!(told(&[("core", Enable), ("uart", Enable)], 0), NOTHING);
        assert_eq!(
            told(&[("uart", Enable), ("core", Enable)], 0),
            ["Order: enable of uart before that of core has ended"],
        );
        assert_eq!(told(&[("uart", Disable), ("core", Disable)], 0), NOTHING);
        assert_eq!(
            told(&[("core", Disable), ("uart", Disable)], 0),
            ["Order: disable of core before that of uart has ended"],
        );
        assert_eq!(
            told(&[("core", Unload), ("uart", Unload)], 0),
            ["Order: unload of core before that of uart has ended"],
        );
        // An old instance went, and another is there.
        assert_eq!(told(&[("core", Unload), ("uart", Unload)], 1), NOTHING);
        // One hook while the other runs.
        let mut marks = hooks(&[("core", Enable), ("uart", Enable)]);
        marks.swap(1, 2);
        let now = picture(
            &[("uart", Phase::Enabled, 1), ("core", Phase::Enabled, 1)],
            &[("uart", "core")],
        );
        assert_eq!(
            super::tests::told(|it| it.order(&marks, &now.ordered, &now.ordered, &now)),
            ["Order: enable of uart before that of core has ended"],
        );
    }

    /// What is said of the sides of hooks that an instance of `a` sees.
    fn seen(sides: &[What], faulted: bool) -> Vec<String> {
        let mark = |&what: &What| Mark { instance: 4, plugin: "a".to_owned(), what };
        let trace: Vec<Mark> = sides.iter().map(mark).collect();
        told(|it| {
            it.faulted.extend(faulted.then(|| ("a".to_owned(), 1)));
            it.pairing(&trace, None);
        })
    }

    #[test]
    fn hooks_that_do_not_follow_each_other_as_in_a_life_are_told() {
        use Stage::{Configure, Disable, Enable, Load, Restore, Unload};
        use What::{Dropped, Ends, Starts};
        let ran = |stages: &[Stage]| -> Vec<What> {
            stages.iter().flat_map(|&stage| [Starts(stage), Ends(stage, true)]).collect()
        };
        let told = |before: &[Stage], more: &[What]| seen(&[&ran(before), more].concat(), false);
        let fine = |stages: &[Stage]| assert_eq!(told(stages, &[Dropped]), NOTHING, "{stages:?}");
        let wrong = |before: &[Stage], what: What| {
            let place = format!(
                "Pairing: {:?} is out of place",
                Mark { instance: 4, plugin: "a".to_owned(), what }
            );
            assert_eq!(told(before, &[what]), [place], "{before:?}");
        };
        fine(&[Load, Unload]);
        fine(&[Load, Configure, Configure, Restore, Enable, Disable, Unload]);
        fine(&[
            Load, Configure, Enable, Disable, Configure, Enable, Disable, Enable, Disable, Unload,
        ]);
        wrong(&[Load, Configure, Enable], Starts(Configure));
        wrong(&[Load], Starts(Restore));
        wrong(&[Load, Configure, Restore], Starts(Restore));
        wrong(&[Load, Configure, Enable, Disable, Configure], Starts(Restore));
        wrong(&[Load], Starts(Enable));
        wrong(&[Load, Configure, Enable], Starts(Enable));
        wrong(&[Load, Configure], Starts(Disable));
        wrong(&[Load, Configure, Enable], Starts(Unload));
        wrong(&[Load, Unload], Starts(Unload));
        wrong(&[Load, Unload], Starts(Configure));
        wrong(&[Load, Configure], Ends(Configure, true));
        wrong(&[Load, Configure], Dropped);
        let mark =
            |what| format!("Pairing: {:?}", Mark { instance: 4, plugin: "a".to_owned(), what });
        // An instance that was not loaded has no hooks, and is not dropped as one.
        for what in [Starts(Configure), Starts(Unload), Dropped] {
            assert_eq!(
                seen(&[Starts(Load), Ends(Load, false), what], false),
                [mark(what) + " is out of place"],
            );
        }
        // Two hooks at once, and one that ends as another.
        assert_eq!(
            told(&[Load], &[Starts(Configure), Starts(Configure)]),
            [mark(Starts(Configure)) + " is out of place"],
        );
        assert_eq!(
            told(&[Load], &[Starts(Configure), Ends(Enable, true)]),
            [mark(Ends(Enable, true)) + " is out of place"],
        );
        // One that was declared broken is not disabled, and may go all the same.
        let running = [ran(&[Load, Configure, Enable]), ran(&[Unload]), vec![Dropped]].concat();
        assert_eq!(seen(&running, true), NOTHING);
        let stopped = [ran(&[Load, Configure, Enable]), vec![Starts(Disable)]].concat();
        assert_eq!(seen(&stopped, true), [mark(Starts(Disable)) + " is out of place"]);
        // One that is there twice, and one that is not there.
        assert_eq!(told(&[Load], &[Starts(Load)])[0], mark(Starts(Load)) + ": a second load");
        assert_eq!(told(&[], &[Dropped]), [mark(Dropped) + ": no such instance"]);
    }

    #[test]
    fn what_was_unloaded_is_not_loaded_any_more() {
        let mut checker = Checker::default();
        let mut note = |kind| {
            let event = Event {
                seq: 0,
                at: std::time::Duration::ZERO,
                plugin: "a".into(),
                generation: 1,
                kind,
                took: None,
                other: None,
            };
            checker.take_note(&event);
            checker.loaded.len()
        };
        use EventKind::{DidLoad, DidUnload, WillLoad, WillUnload};
        assert_eq!([WillLoad, DidLoad, WillUnload, DidUnload].map(&mut note), [0, 1, 1, 0]);
    }

    #[test]
    fn an_error_excuses_what_stood_on_what_failed_then_or_now_and_nothing_else() {
        use Phase::{Disabled, Enabled, Failed};
        let running = [("uart", Enabled, 1), ("core", Enabled, 1), ("spare", Enabled, 1)];
        let after = [("uart", Disabled, 1), ("core", Failed, 1), ("spare", Enabled, 1)];
        let told = |failed: &[&str], before: &[(&str, &str)], now: &[(&str, &str)]| {
            let failed = failed.iter().map(|&name| name.to_owned()).collect();
            let (before, now) = (picture(&running, before), picture(&after, now));
            told(|it| it.atomic(&before, &now, &failed, &[]))
        };
        let (on_core, on_spare) = ([("uart", "core")], [("uart", "spare")]);
        assert_eq!(told(&["core"], &on_core, &on_core), NOTHING);
        // It was bound to another provider, or is now.
        assert_eq!(told(&["core"], &on_core, &on_spare), NOTHING);
        assert_eq!(told(&["core"], &on_spare, &on_core), NOTHING);
        assert_eq!(
            told(&["core"], &on_spare, &on_spare),
            ["Atomic: uart went from Enabled to Disabled"],
        );
    }

    #[test]
    fn what_serves_and_is_not_enabled_or_not_the_plugin_is_told() {
        let world = World::new().traced();
        struct Idle;
        impl crate::dynamic::DynPlugin for Idle {
            type Config = ();
        }
        let idle = crate::registry::Registration::dynamic(plugin("idle"), || Ok(Idle));
        let probes = world.builder([plugin("core"), plugin("uart")]);
        let manager = probes.register(idle).build().unwrap();
        let mut checker = Checker::default();
        let before = Picture::of(&world, &manager);
        manager.enable("core").unwrap();
        let touched = Touch::Only("core".to_owned());
        assert_eq!(checker.check(&world, &manager, &before, &touched, Ended::Well), NOTHING);
        let now = Picture::of(&world, &manager);
        let mut told = |now: &Picture, change: fn(&mut Seen)| {
            change(checker.instances.get_mut(&0).unwrap());
            checker.residency(&manager, now);
            std::mem::take(&mut checker.wrong)
        };
        assert_eq!(told(&now, |_| {}), NOTHING);
        let serves = ["Residency: core, Enabled, serves with 0"];
        assert_eq!(told(&now, |seen| seen.generation = 2), serves);
        assert_eq!(
            told(&now, |seen| (seen.generation, seen.plugin) = (1, "uart".to_owned())),
            serves,
        );
        let mut other = now.clone();
        other.phases.insert("core".to_owned(), Phase::Disabled);
        assert_eq!(
            told(&other, |seen| seen.plugin = "core".to_owned()),
            ["Residency: core, Disabled, serves with 0"],
        );
        other.phases.insert("core".to_owned(), Phase::Loading);
        assert_eq!(told(&other, |_| {}), ["Residency: core is Loading between operations"]);
        let mut other = now.clone();
        other.alive.insert("uart".to_owned(), 1);
        assert_eq!(told(&other, |_| {}), ["Residency: uart is Discovered with 1 instances"]);
        let mut other = now.clone();
        other.phases.insert("uart".to_owned(), Phase::Enabled);
        other.alive.insert("uart".to_owned(), 1);
        assert_eq!(
            told(&other, |_| {}),
            [
                "Residency: uart is Enabled: plugin `uart` is Discovered, not in service; enable it first",
            ],
        );
        // One of another type serves, where it is enabled.
        manager.enable("idle").unwrap();
        let mut other = now.clone();
        other.phases.insert("idle".to_owned(), Phase::Enabled);
        other.alive.insert("idle".to_owned(), 1);
        assert_eq!(told(&other, |_| {}), NOTHING);
        other.phases.insert("idle".to_owned(), Phase::Loaded);
        let [wrong] = &told(&other, |_| {})[..] else { panic!("it is Loaded and serves") };
        assert!(wrong.starts_with("Residency: idle is Loaded: "), "{wrong}");
    }
}
