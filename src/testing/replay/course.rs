//! The course of a recorded suite: every event is put to the law and the invariants.

use std::collections::HashMap;

use super::Violation;
use super::format::{Closing, Declared, EventLine, Opening};
use super::life::{Hook, Life, Need, Plugin};
use super::look::{Look, Side, leads_to, side_of};
use crate::event::EventKind;
use crate::id::PluginId;
use crate::manager::Standing;
use crate::phase::{Op, Phase};
use crate::stage::Stage;
use crate::text::Shown;

/// How many violations are kept; the others are counted.
const KEPT: usize = 100;

/// A suite on its way through its record.
pub(super) struct Course {
    plugins: Vec<Plugin>,
    index: HashMap<String, usize>,
    /// Who depends on a plugin now, once for each dependency, and whether it is required.
    above: Vec<Vec<(usize, bool)>>,
    /// Events were dropped before the first: what was under way then is not known.
    began_late: bool,
    pub(super) next: u64,
    pub(super) violations: Vec<Violation>,
    pub(super) more: u64,
}

/// Which of a plugin's instances.
#[derive(Clone, Copy, PartialEq)]
enum Lane {
    Main,
    Side,
}

impl Course {
    pub(super) fn new(opening: Opening) -> Result<Self, String> {
        let mut index = HashMap::new();
        for (at, plugin) in opening.plugins.iter().enumerate() {
            if index.insert(plugin.name.clone(), at).is_some() {
                return Err(format!("two plugins are called `{}`", Shown(&plugin.name)));
            }
        }
        let count = opening.plugins.len();
        let began_late = opening.first > 0;
        let mut course = Course {
            plugins: Vec::with_capacity(count),
            index,
            above: vec![Vec::new(); count],
            began_late,
            next: opening.first,
            violations: Vec::new(),
            more: 0,
        };
        for declared in opening.plugins {
            let plugin = course.declared(declared)?;
            course.plugins.push(plugin);
        }
        for at in 0..count {
            for (below, required) in course.plugins[at].below() {
                course.above[below].push((at, required));
            }
        }
        Ok(course)
    }

    fn declared(&self, declared: Declared) -> Result<Plugin, String> {
        let Declared { name, phase, generation, beside, .. } = declared;
        if !self.began_late
            && (phase, generation, beside.is_some()) != (Phase::Discovered, 0, false)
        {
            let name = Shown(&name);
            return Err(format!("`{name}` is {phase} before the first event of all"));
        }
        let find = |other: &String| {
            let other_at = self.index.get(other).copied();
            other_at.ok_or_else(|| {
                format!("`{}` depends on `{}`, which is not listed", Shown(&name), Shown(other))
            })
        };
        let all = |names: &[String]| names.iter().map(find).collect::<Result<Vec<_>, _>>();
        let requires = all(&declared.requires)?;
        let wants = all(&declared.wants)?;
        let mut needs = Vec::with_capacity(declared.needs.len());
        for need in declared.needs {
            let from = find(&need.from)?;
            needs.push(Need { capability: need.capability, from, optional: need.optional });
        }
        Ok(Plugin {
            is_blocked: declared.blocked,
            main: Life::found(phase, generation),
            side: beside.map(|beside| Life::found(beside.phase, beside.generation)),
            highest: (!self.began_late).then_some(0),
            requires,
            wants,
            needs,
            provides: declared.provides.into_iter().collect(),
            id: PluginId::from(name),
        })
    }

    /// Puts one event to the law and the invariants.
    pub(super) fn take(
        &mut self,
        line: u64,
        event: &EventLine,
        kind: EventKind,
    ) -> Result<(), String> {
        let find = |name: &str| {
            let found = self.index.get(name).copied();
            found.ok_or_else(|| format!("no plugin of the suite is called `{}`", Shown(name)))
        };
        let at = find(&event.plugin)?;
        let other = event.other.as_deref().map(find).transpose()?;
        let mut look = Look { line, event, kind, told: Vec::new() };
        if event.seq != self.next {
            look.wrong("Journal", format!("{look}, where #{} is due", self.next));
        }
        self.next = event.seq.saturating_add(1);
        match kind {
            // It may be written when the hook has ended.
            EventKind::IsOverdue(_) => {}
            EventKind::DidReplace => self.replace(&mut look, at),
            EventKind::DidRebind => self.rebind(&mut look, at, other),
            EventKind::WillLoad => {
                if let Some(lane) = self.begin(&mut look, at) {
                    self.step(&mut look, at, lane);
                }
            }
            _ => match self.lane(at, event.generation) {
                Some(lane) => self.step(&mut look, at, lane),
                None => look.wrong("Lawful", format!("{look}, and there is no such instance")),
            },
        }
        self.tell(look.told);
        Ok(())
    }

    fn tell(&mut self, told: Vec<Violation>) {
        for violation in told {
            if self.violations.len() < KEPT {
                self.violations.push(violation);
            } else {
                self.more += 1;
            }
        }
    }

    fn lane(&self, at: usize, generation: u32) -> Option<Lane> {
        let plugin = &self.plugins[at];
        if plugin.main.generation == generation {
            return Some(Lane::Main);
        }
        (plugin.side.as_ref()?.generation == generation).then_some(Lane::Side)
    }

    /// A new instance is about to be built.
    fn begin(&mut self, look: &mut Look<'_>, at: usize) -> Option<Lane> {
        let plugin = &mut self.plugins[at];
        let generation = look.event.generation;
        if plugin.is_blocked {
            look.wrong("Support", format!("{look}, and it cannot run"));
        }
        let due = plugin.highest.map(|highest| highest.saturating_add(1));
        let least = plugin.main.generation.saturating_add(1);
        if due.is_some_and(|due| due != generation) || generation < least {
            let due = due.unwrap_or(least);
            look.wrong("Residency", format!("{look}, where instance {due} is due"));
        }
        plugin.highest = Some(generation);
        if plugin.main.phase == Phase::Discovered {
            plugin.main = Life::new(generation);
            return Some(Lane::Main);
        }
        if let Some(side) = &plugin.side {
            let (one, two) = (plugin.main.generation, side.generation);
            look.wrong("Residency", format!("{look}, beside instances {one} and {two}"));
            return None;
        }
        if !plugin.main.may_be_resident() {
            let (one, phase) = (plugin.main.generation, plugin.main.phase);
            look.wrong("Residency", format!("{look}, beside instance {one}, which is {phase}"));
        }
        plugin.side = Some(Life::new(generation));
        Some(Lane::Side)
    }

    /// One side of a hook call, or a fault.
    fn step(&mut self, look: &mut Look<'_>, at: usize, lane: Lane) {
        let kind = look.kind;
        match side_of(kind) {
            Side::Begins(stage, done) => {
                self.order(look, at, lane, stage);
                let (has_old, life) = self.life(at, lane);
                if let Some(running) = life.hook.running() {
                    look.wrong("Pairing", format!("{look}, while its {running} hook runs"));
                } else if let (None, Some(done)) = (kind.op(), done)
                    && life.phase.after(done).is_none()
                {
                    look.wrong("Lawful", format!("{look}, where it is {}", life.phase));
                }
                if stage == Stage::Restore {
                    let fits = life.phase == Phase::Configured && !life.was_enabled;
                    if !has_old || !fits || std::mem::replace(&mut life.is_restored, true) {
                        let phase = life.phase;
                        look.wrong("Pairing", format!("{look}, where it is {phase} and not new"));
                    }
                }
                life.hook = Hook::Running(stage, Some(look.event.at));
                look.took(None);
            }
            Side::Ends(stage) => {
                let (_, life) = self.life(at, lane);
                let began = match life.hook {
                    Hook::Running(running, began) if running == stage => began,
                    Hook::Unknown => None,
                    _ => {
                        look.wrong("Pairing", format!("{look}, and its {stage} hook does not run"));
                        None
                    }
                };
                if let Some(began) = began {
                    look.took(Some(look.event.at.saturating_sub(began)));
                } else if look.event.took.is_none() {
                    look.wrong("Journal", format!("{look}, and does not say how long it took"));
                }
                // A failed unload is followed by its end.
                if kind != EventKind::DidFail(Stage::Unload) {
                    life.hook = Hook::None;
                }
            }
            Side::Alone => {
                let (_, life) = self.life(at, lane);
                if let Some(running) = life.hook.running() {
                    look.wrong("Pairing", format!("{look}, while its {running} hook runs"));
                }
                look.took(None);
            }
        }
        if let Some(op) = kind.op() {
            self.moves(look, at, lane, op);
        }
    }

    /// The instance that is meant, and whether it stands beside another.
    fn life(&mut self, at: usize, lane: Lane) -> (bool, &mut Life) {
        let plugin = &mut self.plugins[at];
        match (lane, &mut plugin.side) {
            (Lane::Side, Some(side)) => (true, side),
            _ => (false, &mut plugin.main),
        }
    }

    /// Makes the transition, lawful or not, and looks at who stands on whom.
    fn moves(&mut self, look: &mut Look<'_>, at: usize, lane: Lane, op: Op) {
        let (_, life) = self.life(at, lane);
        let (from, to) = (life.phase, life.phase.after(op));
        if to.is_none() {
            look.wrong("Lawful", format!("{look}, where it is {from}"));
        }
        // What the event says has happened, whatever may be thought of it.
        let to = to.unwrap_or_else(|| leads_to(op));
        life.phase = to;
        match to {
            Phase::Loaded => life.has_instance = Some(true),
            Phase::Discovered => life.has_instance = Some(false),
            Phase::Enabled => life.was_enabled = true,
            _ => {}
        }
        match lane {
            Lane::Main => {
                if to == Phase::Unloading && self.plugins[at].side.is_some() {
                    look.wrong("Residency", format!("{look}, and not the instance beside it"));
                }
                self.stands(look, at);
            }
            // One that has taken over goes only if it fails then.
            Lane::Side if to == Phase::Unloading && from != Phase::Failed => {
                let plugin = &self.plugins[at];
                let is_new = look.event.generation > plugin.main.generation;
                if is_new && plugin.side.as_ref().is_some_and(|side| side.is_restored) {
                    look.wrong("Residency", format!("{look}, and has taken over, and not failed"));
                }
            }
            Lane::Side if to == Phase::Discovered => self.plugins[at].side = None,
            Lane::Side => {}
        }
    }

    fn replace(&mut self, look: &mut Look<'_>, at: usize) {
        look.took(None);
        self.alone(look, at);
        let plugin = &mut self.plugins[at];
        let generation = look.event.generation;
        let Some(side) = plugin.side.as_mut().filter(|side| side.generation == generation) else {
            look.wrong("Residency", format!("{look}, and there is no such instance beside it"));
            return;
        };
        if !side.phase.is_resident() || plugin.main.phase == Phase::Enabled {
            let (new, old) = (side.phase, plugin.main.phase);
            look.wrong(
                "Residency",
                format!("{look}, where the new one is {new}, the old one {old}"),
            );
        }
        std::mem::swap(&mut plugin.main, side);
        self.stands(look, at);
    }

    /// No hook runs on either instance of a plugin.
    fn alone(&self, look: &mut Look<'_>, at: usize) {
        let plugin = &self.plugins[at];
        for life in [Some(&plugin.main), plugin.side.as_ref()].into_iter().flatten() {
            if let Some(running) = life.hook.running() {
                let generation = life.generation;
                let what = format!("{look}, while the {running} hook of #{generation} runs");
                look.wrong("Pairing", what);
            }
        }
    }

    /// Support of one plugin and of who stands on it.
    fn stands(&self, look: &mut Look<'_>, at: usize) {
        let plugin = &self.plugins[at];
        for (below, required) in plugin.below() {
            if required {
                look.supports(plugin, &self.plugins[below]);
            }
        }
        for &(above, required) in &self.above[at] {
            if required {
                look.supports(&self.plugins[above], plugin);
            }
        }
    }

    /// Order: who depends on whom does not run a hook at the same time, and goes up after it and down
    /// before it.
    fn order(&self, look: &mut Look<'_>, at: usize, lane: Lane, stage: Stage) {
        let plugin = &self.plugins[at];
        let beside = match lane {
            Lane::Main => plugin.side.as_ref(),
            Lane::Side => Some(&plugin.main),
        };
        if let Some((life, running)) = beside.and_then(|life| Some((life, life.hook.running()?))) {
            let generation = life.generation;
            look.wrong("Order", format!("{look}, while the {running} hook of #{generation} runs"));
        }
        let below = plugin.below().map(|(below, required)| (below, required, true));
        let above = self.above[at].iter().map(|&(above, required)| (above, required, false));
        for (other, required, is_below) in below.chain(above) {
            let other = &self.plugins[other];
            let mut lives = [Some(&other.main), other.side.as_ref()].into_iter().flatten();
            if let Some(running) = lives.find_map(|life| life.hook.running()) {
                let name = Shown(other.id.as_str());
                look.wrong("Order", format!("{look}, while the {running} hook of {name} runs"));
                continue;
            }
            if !required || (lane == Lane::Side && stage == Stage::Unload) {
                // The other may have been left as it is, or an old instance goes.
                continue;
            }
            let (name, phase) = (Shown(other.id.as_str()), other.main.phase);
            let waits = match (stage, is_below) {
                (Stage::Load, true) => !other.main.may_be_resident(),
                (Stage::Enable, true) => phase != Phase::Enabled,
                (Stage::Disable, false) => phase == Phase::Enabled,
                (Stage::Unload, false) => other.main.is_resident(),
                _ => false,
            };
            if waits {
                look.wrong("Order", format!("{look}, where {name} is {phase}"));
            }
        }
    }

    /// A capability of a plugin comes from another provider from now on.
    fn rebind(&mut self, look: &mut Look<'_>, at: usize, other: Option<usize>) {
        look.took(None);
        self.alone(look, at);
        let main = &self.plugins[at].main;
        if main.generation != look.event.generation {
            look.wrong("Residency", format!("{look}, where it is instance {}", main.generation));
        }
        let (Some(to), Some(capability)) = (other, &look.event.capability) else { return };
        let (plugin, provider) = (&self.plugins[at], &self.plugins[to]);
        // Where it is declared twice, each has an event of its own.
        let is_it = |need: &Need| need.capability == *capability && need.from != to;
        let Some(position) = plugin.needs.iter().position(is_it) else {
            look.wrong("Support", format!("{look}, and needs none that came from another"));
            return;
        };
        if !provider.provides.contains(capability) {
            look.wrong("Support", format!("{look}, which does not provide it"));
            return;
        }
        if provider.main.phase != Phase::Enabled {
            look.wrong("Support", format!("{look}, which is {}", provider.main.phase));
        }
        if plugin.main.phase == Phase::Enabled {
            look.wrong("Support", format!("{look}, while it is Enabled"));
        }
        let before = &self.plugins[plugin.needs[position].from];
        if before.main.phase == Phase::Enabled {
            let name = Shown(before.id.as_str());
            look.wrong("Support", format!("{look}, where {name} is Enabled"));
        }
        let need = &mut self.plugins[at].needs[position];
        let from = std::mem::replace(&mut need.from, to);
        let edge = (at, !need.optional);
        if let Some(place) = self.above[from].iter().position(|above| *above == edge) {
            self.above[from].swap_remove(place);
        }
        self.above[to].push(edge);
        self.stands(look, at);
    }

    /// Whether the record ends where its events lead.
    pub(super) fn close(&mut self, line: u64, closing: &Closing) -> Result<(), String> {
        let mut told = Vec::new();
        let mut wrong = |what| told.push(Violation { line, invariant: "Journal", what });
        if closing.next != self.next {
            wrong(format!("the next event is #{}, and #{} is due", closing.next, self.next));
        }
        for plugin in &self.plugins {
            let name = Shown(plugin.id.as_str());
            let Some(stands) = closing.phases.get(plugin.id.as_str()) else {
                return Err(format!("`{name}` is not among the phases"));
            };
            let (phase, generation) = (plugin.main.phase, plugin.main.generation);
            if (stands.0, stands.1) != (phase, generation) {
                let (said, number) = (stands.0, stands.1);
                wrong(format!(
                    "{name}#{number} is {said}, and {name}#{generation} is {phase} by its events"
                ));
            }
        }
        if closing.phases.len() != self.plugins.len() {
            return Err("there are phases of plugins that are not of the suite".to_owned());
        }
        self.tell(told);
        Ok(())
    }

    pub(super) fn standings(&self) -> Vec<Standing> {
        let standing = |plugin: &Plugin| Standing {
            id: plugin.id.clone(),
            phase: plugin.main.phase,
            generation: plugin.main.generation,
        };
        self.plugins.iter().map(standing).collect()
    }
}
