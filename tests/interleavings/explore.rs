//! Runs a scenario in many schedules, in every schedule, or in the one that is given.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use shuttle::scheduler::{
    DfsScheduler, PctScheduler, RandomScheduler, ReplayScheduler, Scheduler,
    UncontrolledNondeterminismCheckScheduler,
};
use shuttle::{Config, MaxSteps, Runner};

/// The schedules are the same in every run: a failure stays where it is.
const SEED: u64 = 0x706c_7567;

/// How many schedules of each kind, unless `PLUGSTATE_SCHEDULES` says otherwise.
const SCHEDULES: usize = 150;

/// How many changes of thread PCT makes where nobody waits; most races need one or two.
const DEPTH: usize = 3;

/// Tries a scenario in many schedules: at random, and with few changes of thread at random places (S.
/// Burckhardt et al., A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs, 2010).
/// Answers whether it did: with `PLUGSTATE_SCHEDULE` it tries that one alone.
pub(crate) fn explore(scenario: fn()) -> bool {
    if replayed(scenario) {
        return false;
    }
    let schedules = schedules();
    let random = || RandomScheduler::new_from_seed(SEED, schedules);
    tried("at random", random(), scenario);
    tried("by PCT", PctScheduler::new_from_seed(SEED, DEPTH, schedules), scenario);
    // What follows from anything but the schedule could not be replayed.
    let random = RandomScheduler::new_from_seed(SEED + 1, 3);
    tried("twice", UncontrolledNondeterminismCheckScheduler::new(random), scenario);
    true
}

/// Tries a scenario in every schedule, and answers how many there are; 0 if one is replayed.
#[allow(dead_code, reason = "for the smallest parts, which are tested within the crate")]
pub(crate) fn exhaust(scenario: fn()) -> usize {
    /// More than these are no small part.
    const MOST: usize = 2_000_000;
    if replayed(scenario) {
        return 0;
    }
    let count = tried("in order", DfsScheduler::new(Some(MOST), false), scenario);
    assert!(count < MOST, "not all schedules of it were tried");
    count
}

fn schedules() -> usize {
    match std::env::var("PLUGSTATE_SCHEDULES") {
        Ok(number) => number.parse().expect("PLUGSTATE_SCHEDULES is a number"),
        Err(_) => SCHEDULES,
    }
}

fn replayed(scenario: fn()) -> bool {
    let Ok(schedule) = std::env::var("PLUGSTATE_SCHEDULE") else { return false };
    replay(&schedule, scenario);
    true
}

/// Runs the one schedule that is given, itself or as a file. Where nothing fails in it any more, it is
/// over before the scenario is.
pub(crate) fn replay(schedule: &str, scenario: fn()) {
    let file = Path::new(schedule);
    let mut replay = match file.is_file() {
        true => ReplayScheduler::new_from_file(file).expect("a schedule in a file"),
        false => ReplayScheduler::new_from_encoded(schedule.trim()),
    };
    replay.set_allow_incomplete();
    tried("replayed", replay, scenario);
}

pub(crate) fn config() -> Config {
    let mut config = Config::new();
    config.stack_size = 1 << 20;
    config.max_steps = MaxSteps::FailAfter(100_000);
    // That orderings weaker than the strongest are taken for the strongest is said where they are.
    config.silence_warnings = true;
    config
}

fn tried(how: &str, scheduler: impl Scheduler + 'static, scenario: fn()) -> usize {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let run = || {
        Runner::new(scheduler, config()).run(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            scenario();
        })
    };
    let answer = catch_unwind(AssertUnwindSafe(run));
    let test = std::thread::current().name().unwrap_or("a scenario").to_owned();
    let count = count.load(Ordering::Relaxed);
    match answer {
        Ok(_) => {
            eprintln!("{test}: {count} schedules {how}");
            count
        }
        Err(panic) => {
            eprintln!(
                "{test}: schedule {count} {how} fails; to replay it:\n\
                 PLUGSTATE_SCHEDULE=<the schedule above, or a file with it> scripts/interleavings {test}"
            );
            resume_unwind(panic)
        }
    }
}
