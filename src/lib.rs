//! A formally modelled, typestate plugin lifecycle manager.

mod chart;
mod config;
mod dynamic;
mod error;
mod event;
pub mod explain;
mod failure;
mod global;
mod graph;
mod handle;
mod id;
mod instance;
mod journal;
mod manager;
mod meta;
mod phase;
mod place;
mod plugin;
mod registry;
mod report;
mod requires;
mod stage;
pub mod state;
mod sync;
mod text;
#[cfg(feature = "watch")]
mod watch;

pub use config::ConfigError;
pub use dynamic::{DynDeps, DynPlugin};
pub use error::{Error, Misuse, Problems};
pub use event::{Event, EventKind};
pub use failure::{Failure, Fatal, Panic};
pub use global::{global, set_global};
pub use graph::{Binding, Need, Resolution, resolve};
pub use handle::{Failed, Handle, discover};
pub use id::PluginId;
pub use manager::{
    Backoff, Builder, ChangeReport, Changes, Degradation, FileChange, FileState, Guard, Health,
    Info, LostObserver, Manager, ObserverId, Plan, Poll, Prospect, Refusal, Request, Restart,
    Snapshot, Standing, Times, UnownedTable,
};
pub use meta::{Declaration, Dependency, Meta, Target, TypeKey};
pub use phase::{Op, Phase};
pub use place::Place;
pub use plugin::{BoxError, Deps, Links, Plugin, Requirement, Requires};
pub use registry::{Registration, View};
pub use report::{Outcome, Report};
pub use requires::{Optional, Provider};
pub use stage::Stage;
#[cfg(feature = "watch")]
pub use watch::Watcher;

/// The examples of the README, run with the other tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

/// What the macros need to reach.
#[doc(hidden)]
pub mod __private {
    pub use crate::plugin::Cast;
    pub use inventory::submit;
}
