//! What is found out about a suite, and what a resolution is made of.

use std::any::TypeId;

use rustc_hash::FxHashMap;

use super::dag::{Dag, Levels};
use super::names::Index;
use crate::explain::{Problem, Reason, Unmet, Warning};
use crate::place::Place;

/// What the resolution is made of, beside the declarations.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) index: Index,
    pub(super) dag: Option<Dag>,
    pub(super) levels: Levels,
    pub(super) providers: FxHashMap<TypeId, Vec<u32>>,
    /// Providers chosen for dependencies on capabilities: plugin, position, provider; sorted.
    pub(super) granted: Vec<(u32, u32, u32)>,
    /// Dependencies on what is there and does not do, sorted.
    pub(super) unmet: Vec<(u32, u32, Unmet)>,
    pub(super) problems: Vec<Problem>,
    /// For each plugin the problem that blocks it; empty if there is no problem.
    pub(super) blocked_by: Vec<u32>,
    pub(super) warnings: Vec<Warning>,
}

/// A problem to be: the plugin, where the claim stands, the reason.
pub(super) type Found = (u32, Place, Reason);
