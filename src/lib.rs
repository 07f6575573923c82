//! A plugin lifecycle manager in which an illegal transition does not compile.
//!
//! A *plugin* is a Rust type with a life: it is loaded, configured, enabled, disabled and unloaded, in
//! the order of a [law](Phase) of eighteen rows. The crate drives that life in two ways: by types,
//! where the compiler checks every step ([`Handle`]), and at run time, where a [`Manager`] moves whole
//! suites of plugins that are linked into the program. What can be refused earlier is refused earlier:
//! when the program is compiled, when the suite is built, and only then when it runs.
//!
//! # 1. By types
//!
//! ```
//! use plugstate::{BoxError, Deps, Meta, Plugin, discover};
//!
//! struct Core;
//!
//! impl Plugin for Core {
//!     const META: Meta = Meta::new("core", "1.0.0");
//!     type Requires = ();
//!     type Config = u32;
//!     type Error = BoxError;
//!
//!     fn load() -> Result<Self, BoxError> {
//!         Ok(Core)
//!     }
//! }
//! # struct Uart;
//! # impl Plugin for Uart {
//! #     const META: Meta = Meta::new("uart", "1.0.0");
//! #     type Requires = (Core,); type Config = (); type Error = BoxError;
//! #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
//! # }
//!
//! # fn main() -> Result<(), BoxError> {
//! let core = discover::<Core>().load()?.configure(1)?.enable(())?;
//! let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?; // `Requires = (Core,)`
//! uart.disable()?; // without this line ...
//! core.disable()?;
//! # Ok(())
//! # }
//! ```
//!
//! ... the compiler refuses the next, for `uart` still stands on `core`:
//!
//! ```text
//! error[E0505]: cannot move out of `core` because it is borrowed
//!    |
//! 11 |     let core = discover::<Core>().load()?.configure(1)?.enable(())?;
//!    |         ---- binding `core` declared here
//! 12 |     let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
//!    |                                                                  ----- borrow of `core` occurs here
//! 13 |     core.disable()?;
//!    |     ^^^^ move out of `core` occurs here
//! ...
//! 16 | }
//!    | - borrow might be used here, when `uart` is dropped and runs the `Drop` code for type `Handle`
//! ```
//!
//! A verb that the law does not have in a state is no method of that state, and a cycle of typed
//! dependencies does not compile either.
//!
//! # 2. Register and discover
//!
//! A plugin registers itself where it is written. Nothing runs before `main`, and building the manager
//! finds every problem of the suite at once.
//!
//! ```standalone_crate
//! use plugstate::{BoxError, Manager, Meta, Phase, Plugin};
//!
//! struct Uart;
//!
//! impl Plugin for Uart {
//!     const META: Meta = Meta::new("uart", "1.2.0");
//! #     type Requires = (); type Config = (); type Error = BoxError;
//! #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
//!     // ... as above
//! }
//!
//! plugstate::register!(Uart);
//!
//! fn main() -> Result<(), plugstate::Error> {
//!     let manager = Manager::builder().discover().build()?;
//!     let report = manager.enable_all()?;
//!     assert_eq!(report.to_string(), "uart: Discovered -> Enabled");
//!     manager.shutdown()
//! }
//! ```
//!
//! # 3. Capabilities and services
//!
//! A capability is a trait. Who is registered `as dyn Decoder` is found by it, and a plugin that
//! requires a [`Provider<dyn Decoder>`](Provider) gets it.
//!
//! ```standalone_crate
//! # use plugstate::{BoxError, Manager, Meta, Plugin};
//! trait Decoder: Send + Sync {
//!     fn decode(&self, level: bool) -> char;
//! }
//!
//! # struct Uart;
//! # impl Plugin for Uart {
//! #     const META: Meta = Meta::new("uart", "1.2.0");
//! #     type Requires = (); type Config = (); type Error = BoxError;
//! #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
//! # }
//! impl Decoder for Uart {
//!     fn decode(&self, level: bool) -> char {
//!         if level { '1' } else { '0' }
//!     }
//! }
//!
//! plugstate::register!(Uart as dyn Decoder);
//!
//! fn main() -> Result<(), plugstate::Error> {
//!     let manager = Manager::builder().discover().build()?;
//!     manager.enable("uart")?;
//!     for (id, decoder) in manager.services::<dyn Decoder>() {
//!         assert_eq!((id.as_str(), decoder.decode(true)), ("uart", '1'));
//!     }
//!     let uart = manager.get::<Uart>()?; // by type: a guard, while it is enabled
//!     assert_eq!(uart.decode(false), '0');
//!     Ok(())
//! }
//! ```
//!
//! # 4. Reload, faults and restarts
//!
//! ```
//! use std::time::Duration;
//! use plugstate::{Backoff, Manager, Restart};
//! # use plugstate::{BoxError, Meta, Plugin};
//! # struct Uart;
//! # impl Plugin for Uart {
//! #     const META: Meta = Meta::new("uart", "1.2.0");
//! #     type Requires = (); type Config = (); type Error = BoxError;
//! #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
//! # }
//!
//! let second = Duration::from_secs(1);
//! let backoff = Backoff::starting_with(second);
//! let manager = Manager::builder()
//!     .add::<Uart>()
//!     .restart("uart", Restart::OnFailure { max: 3, within: 60 * second, backoff })
//!     .build()?;
//! manager.enable("uart")?;
//! manager.reload("uart")?; // a new instance, and the old one serves until that is ready
//!
//! manager.fault("uart", "the line is cut")?; // the host has seen it break
//! assert!(manager.degradation("uart")?.is_degraded());
//! manager.poll(manager.now() + second)?; // time is an argument: what is due is done
//! assert_eq!(manager.enabled(), ["uart"]);
//! # Ok::<(), plugstate::Error>(())
//! ```
//!
//! # 5. A crate that is not linked
//!
//! A crate that stands in `Cargo.toml` but is never named in source is left out of the program, with
//! all that it registers, and without a word. Two lines keep that from happening: at the top of
//! `main.rs`, `plugstate::link!(uart_plugin, spi_plugin);` names the crates ([`link!`]), and
//! [`Builder::expect`] tells when a plugin is not there all the same:
//!
//! ```
//! let refused = plugstate::Manager::builder().discover().expect(["uart"]).build().unwrap_err();
//! assert!(refused.to_string().contains("is expected, but not linked"));
//! ```
//!
//! # What to read next
//!
//! | to | read |
//! | --- | --- |
//! | write a plugin | [`Plugin`], [`Meta`], [`Optional`], [`Provider`], [`register!`] |
//! | make plugins out of data | [`DynPlugin`], [`Declaration`], [`Registration`] |
//! | hold a few plugins by hand | [`Handle`], [`Failed`], [`state`] |
//! | drive a suite | [`Builder`], [`Manager`], [`Report`], [`Plan`] |
//! | understand a refusal | [`Error`], [`Problems`], [`explain`] |
//! | keep it running | [`Restart`], [`Poll`], [`Health`], [`Degradation`], [`Event`] |
//! | put plugins in order, and no more | [`resolve`], [`Resolution`] |
//! | keep a record of what happened | [`Manager::record`], [`Record`] |
//! | test a plugin or a suite | the module `testing`, its macros `conformance!` and `assert_suite!` |
//!
//! The feature `watch` adds `Watcher`, which waits for watched files to change, on `notify`; the feature
//! `testing` adds the kit for tests. A feature adds, and never changes what is there.
//! `ARCHITECTURE.md` beside the source has the map of the code and the questions that begin with
//! "why". `cargo run --release --example logic_analyzer` runs a logic analyzer that is made of plugins.

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
mod noted;
mod phase;
mod place;
mod plugin;
mod registry;
mod report;
mod requires;
mod stage;
pub mod state;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
#[cfg(feature = "watch")]
mod watch;

pub use config::ConfigError;
pub use dynamic::{DynDeps, DynPlugin};
pub use error::{Error, Misuse, Problems};
pub use event::{Event, EventKind};
pub use failure::{BadKey, Failure, Fatal, Panic};
pub use global::{global, set_global};
pub use graph::{Binding, Need, Resolution, resolve};
pub use handle::{Failed, Handle, discover};
pub use id::PluginId;
pub use manager::{
    Backoff, Builder, ChangeReport, Changes, Degradation, FileChange, FileState, Guard, Health,
    Info, LostObserver, Manager, ObserverId, Plan, Poll, Prospect, Record, Refusal, Request,
    Restart, Snapshot, Standing, Times, UnownedTable,
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
