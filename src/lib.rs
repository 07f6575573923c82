//! A formally modelled, typestate plugin lifecycle manager.

mod handle;
mod id;
mod meta;
mod phase;
mod place;
mod plugin;
mod stage;
pub mod state;

pub use handle::{Failed, Handle, discover};
pub use id::PluginId;
pub use meta::{Declaration, Dependency, Meta, Target, TypeKey};
pub use phase::{Op, Phase};
pub use place::Place;
pub use plugin::{BoxError, Deps, Links, Optional, Plugin, Provider, Requirement, Requires};
pub use stage::Stage;
