//! The kit for tests (feature `testing`): what every plugin and every suite must do, a world of plugins
//! that fail on demand, the alphabet of operations, and a checker of every invariant.
//!
//! | to | take |
//! | --- | --- |
//! | write a test with plugins that do nothing but fail when told | [`World`], [`Probe`], [`plugin`] |
//! | run a history of operations with every invariant checked | [`Life`], [`Step`], [`Command`], [`Suite`] |
//! | run one that a person can read, beside an oracle | [`History`], [`Move`], [`Oracle`] |
//! | have histories made, and made smaller where they fail | [`strategies`] |
//! | check a manager of your own plugins | [`Checker`], [`Picture`] |
//! | have tests made of your plugin | [`conformance!`](crate::conformance), [`Conformance`], [`fuzz`](fn@fuzz) |
//! | write tests of your plugin | [`FakeHost`], [`Faults`] |
//! | check all that is linked | [`assert_suite!`](crate::assert_suite), [`SuiteCheck`] |
//! | check the log of a run | [`replay`](fn@replay), [`Record`](crate::Record) |

mod any_history;
mod assert;
mod command;
pub mod conformance;
mod fake_host;
mod fuzz;
mod history;
mod inject;
mod invariants;
mod life;
mod macros;
mod oracle;
mod picture;
mod replay;
mod rules;
mod run;
mod stand_in;
mod standing;
pub mod strategies;
mod suite;
mod trial;
mod world;

pub use assert::{SuiteCheck, SuiteFailed};
pub use command::{Command, Step};
pub use conformance::Conformance;
pub use fake_host::{FakeHost, FakeHostBuilder};
pub use fuzz::fuzz;
pub use history::{History, Move};
pub use inject::{Faults, Hit, Timing};
pub use invariants::{Checker, Ended, Touch};
pub use life::{Life, Taken, Violations};
pub use oracle::{Holds, Oracle, Restarts, Verdict};
pub use picture::{Edges, Picture};
pub use replay::{ReplayError, Replayed, Violation, replay};
pub use run::{Broken, Tale};
pub use standing::standing_violations;
pub use suite::{CAPABILITIES, Capability, Edge, On, Part, Suite};
pub use world::{
    Fault, Mark, Probe, ProbeConfig, What, World, host, plugin, silence_panics, threads,
    with_threads,
};
