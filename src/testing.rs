//! The kit for tests (feature `testing`): a world of plugins that fail on demand, the alphabet of
//! operations, and a checker of every invariant.
//!
//! | to | take |
//! | --- | --- |
//! | write a test with plugins that do nothing but fail when told | [`World`], [`Probe`], [`plugin`] |
//! | run a history of operations with every invariant checked | [`Life`], [`Step`], [`Command`], [`Suite`] |
//! | run one that a person can read, beside an oracle | [`History`], [`Move`], [`Oracle`] |
//! | have histories made, and made smaller where they fail | [`strategies`] |
//! | check a manager of your own plugins | [`Checker`], [`Picture`] |

mod command;
mod history;
mod invariants;
mod life;
mod oracle;
mod run;
pub mod strategies;
mod suite;
mod world;

pub use command::{Command, Step};
pub use history::{History, Move};
pub use invariants::{Checker, Edges, Ended, Picture, Touch, standing_violations};
pub use life::{Life, Taken, Violations};
pub use oracle::{Holds, Oracle, Restarts, Verdict};
pub use run::{Broken, Tale};
pub use suite::{CAPABILITIES, Capability, Edge, On, Part, Suite};
pub use world::{
    Fault, Mark, Probe, ProbeConfig, What, World, host, plugin, silence_panics, threads,
    with_threads,
};
