//! A formally modelled, typestate plugin lifecycle manager.

mod chart;
mod config;
mod dynamic;
mod handle;
mod id;
mod instance;
mod meta;
mod phase;
mod place;
mod plugin;
mod registry;
mod stage;
pub mod state;
mod sync;

pub use config::ConfigError;
pub use dynamic::{DynDeps, DynPlugin};
pub use handle::{Failed, Handle, discover};
pub use id::PluginId;
pub use meta::{Declaration, Dependency, Meta, Target, TypeKey};
pub use phase::{Op, Phase};
pub use place::Place;
pub use plugin::{BoxError, Deps, Links, Optional, Plugin, Provider, Requirement, Requires};
pub use registry::{Registration, View};
pub use stage::Stage;

/// What the macros need to reach.
#[doc(hidden)]
pub mod __private {
    pub use crate::plugin::Cast;
    pub use inventory::submit;
}
