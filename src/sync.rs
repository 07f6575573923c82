//! The only place that names a lock, an atomic, a condition variable, a thread or the clock.
//!
//! With `--cfg plugstate_shuttle` those of the model checker `shuttle` stand in, which tries many
//! interleavings of the same program: see `tests/interleavings.rs`. Nothing else has to know. What
//! waits for files (`watch.rs`) is left to the machine: no model checker knows when a file changes.
//!
//! No lock of this crate is held while a hook or an observer runs, so a poisoned one cannot have left
//! its data half changed by anybody's code but ours: poison is set aside.

#[cfg(plugstate_shuttle)]
mod model;
#[cfg(not(plugstate_shuttle))]
mod real;

use std::sync::atomic;

pub(crate) use std::sync::Once;
pub(crate) use std::sync::atomic::Ordering;

pub(crate) use crossbeam_utils::CachePadded;

#[cfg(plugstate_shuttle)]
pub(crate) use model::*;
#[cfg(not(plugstate_shuttle))]
pub(crate) use real::*;

/// Gives out numbers, each once in a program.
///
/// What numbers tell apart is not in a race with anything, so that a model checker, for which a
/// program is many runs, has nothing to look for here.
#[derive(Debug)]
pub(crate) struct Numbers(atomic::AtomicUsize);

impl Numbers {
    pub(crate) const fn new() -> Self {
        Numbers(atomic::AtomicUsize::new(0))
    }

    pub(crate) fn next(&self) -> usize {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}
