//! A formally modelled, typestate plugin lifecycle manager.

pub mod explain;
mod graph;
mod id;
mod meta;
mod phase;
mod place;
pub mod state;

pub use graph::{Binding, Need, Resolution, resolve};
pub use id::PluginId;
pub use meta::{Declaration, Dependency, Meta, Target, TypeKey};
pub use phase::{Op, Phase};
pub use place::Place;
