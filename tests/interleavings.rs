//! What threads do to one manager at the same time, in many interleavings of each scenario: `shuttle`
//! stands in for locks, atomics, threads and the clock, and decides at each of their operations who
//! goes on.
//!
//! `scripts/interleavings` runs them. Schedules come from a fixed seed, so a run says the same every
//! time; `PLUGSTATE_SCHEDULES=10000` tries more of each kind. A run that fails prints its schedule, and
//! `PLUGSTATE_SCHEDULE=... scripts/interleavings NAME`, with the schedule or with a file that holds it,
//! runs the scenario NAME in that one again, step by step the same. A schedule is of one program: where
//! a change has another step come next, shuttle says that the scheduled task is not runnable.
//! `SHUTTLE_CAPTURE_BACKTRACE=1` has a deadlock say where everybody waits.
//!
//! The smallest parts (a guard and who waits for it, the turn, the queue) are tried in every schedule,
//! in `src/manager/interleavings.rs`.

#![cfg(plugstate_shuttle)]

/// A module, so that every scenario has this word in its name, here and within the crate.
mod interleavings {
    mod boot;
    mod case;
    mod explore;
    mod harness;
    mod loans;
    mod turns;
}
