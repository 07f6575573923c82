//! Dependency graphs: from declarations to a canonical order, or the reasons why there is none.

mod bind;
mod check;
mod cycle;
mod dag;
mod facts;
mod names;
mod nearest;
mod plain;
mod provide;
mod report;
mod resolution;
mod resolve;
mod scc;
mod sort;
mod walk;
mod weaken;

pub use resolution::{Binding, Need, Resolution};
pub use resolve::resolve;

/// No plugin, no component, no level.
const NONE: u32 = u32::MAX;
