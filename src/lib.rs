//! A formally modelled, typestate plugin lifecycle manager.

mod id;
mod meta;
mod phase;
mod place;
pub mod state;

pub use id::PluginId;
pub use meta::{Declaration, Dependency, Meta, Target, TypeKey};
pub use phase::{Op, Phase};
pub use place::Place;
