//! What is known of a plugin and its instances in the middle of a record.

use std::collections::HashSet;

use crate::id::PluginId;
use crate::phase::Phase;
use crate::stage::Stage;

/// A plugin with its instances, and what it depends on now.
pub(super) struct Plugin {
    pub(super) id: PluginId,
    pub(super) is_blocked: bool,
    pub(super) main: Life,
    pub(super) side: Option<Life>,
    /// The highest generation that was given out; unknown until the first load of a record that begins
    /// late.
    pub(super) highest: Option<u32>,
    pub(super) requires: Vec<usize>,
    pub(super) wants: Vec<usize>,
    pub(super) needs: Vec<Need>,
    pub(super) provides: HashSet<String>,
}

/// A capability that a plugin depends on, with who provides it now.
pub(super) struct Need {
    pub(super) capability: String,
    pub(super) from: usize,
    pub(super) optional: bool,
}

/// One instance.
pub(super) struct Life {
    pub(super) generation: u32,
    pub(super) phase: Phase,
    pub(super) hook: Hook,
    /// Whether there is an instance where it has failed; unknown in a record that begins late.
    pub(super) has_instance: Option<bool>,
    pub(super) was_enabled: bool,
    pub(super) is_restored: bool,
}

/// The hook that is running.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Hook {
    None,
    /// It was called at this time, if that is known.
    Running(Stage, Option<u64>),
    /// Some, or none: it was called before the record begins.
    Unknown,
}

impl Life {
    pub(super) fn new(generation: u32) -> Self {
        Life {
            generation,
            phase: Phase::Discovered,
            hook: Hook::None,
            has_instance: Some(false),
            was_enabled: false,
            is_restored: false,
        }
    }

    /// As it stood when the record began.
    pub(super) fn found(phase: Phase, generation: u32) -> Self {
        let (hook, has_instance) = match phase {
            Phase::Discovered => (Hook::None, Some(false)),
            Phase::Loading => (Hook::Running(Stage::Load, None), Some(false)),
            Phase::Unloading => (Hook::Running(Stage::Unload, None), None),
            Phase::Failed => (Hook::None, None),
            _ => (Hook::Unknown, Some(true)),
        };
        let was_enabled = matches!(phase, Phase::Enabled | Phase::Disabled);
        Life { generation, phase, hook, has_instance, was_enabled, is_restored: false }
    }

    /// Whether there is certainly an instance that can be relied on.
    pub(super) fn is_resident(&self) -> bool {
        self.phase.is_resident() || (self.phase == Phase::Failed && self.has_instance == Some(true))
    }

    /// Whether there may be one.
    pub(super) fn may_be_resident(&self) -> bool {
        self.is_resident() || (self.phase == Phase::Failed && self.has_instance.is_none())
    }
}

impl Hook {
    /// The hook that certainly runs.
    pub(super) fn running(self) -> Option<Stage> {
        match self {
            Hook::Running(stage, _) => Some(stage),
            Hook::None | Hook::Unknown => None,
        }
    }
}

impl Plugin {
    /// What it depends on now, and whether it requires that.
    pub(super) fn below(&self) -> impl Iterator<Item = (usize, bool)> {
        let requires = self.requires.iter().map(|&at| (at, true));
        let needs = self.needs.iter().map(|need| (need.from, !need.optional));
        requires.chain(needs).chain(self.wants.iter().map(|&at| (at, false)))
    }
}
