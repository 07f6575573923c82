//! That the harness bites: a race is found, and its schedule replayed.

use std::panic::catch_unwind;
use std::sync::Arc;

use shuttle::scheduler::RandomScheduler;
use shuttle::sync::{Condvar, Mutex};
use shuttle::{FailurePersistence, Runner, thread};

use super::explore::{config, explore, replay};

/// A wake-up that can be lost: whoever waits looks at the flag, and lets go of it before it waits.
fn lost_wake_up() {
    let shared = Arc::new((Mutex::new(false), Condvar::new()));
    let other = Arc::clone(&shared);
    let waits = thread::spawn(move || {
        let done = *other.0.lock().unwrap();
        if !done {
            let guard = other.0.lock().unwrap();
            drop(other.1.wait(guard).unwrap());
        }
    });
    *shared.0.lock().unwrap() = true;
    shared.1.notify_all();
    waits.join().unwrap();
}

#[test]
fn a_race_is_found_and_its_schedule_replayed() {
    if std::env::var_os("PLUGSTATE_SCHEDULE").is_some() {
        return;
    }
    assert!(catch_unwind(|| explore(lost_wake_up)).is_err(), "it is found");

    let folder = std::env::temp_dir().join(format!("plugstate-schedules-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut config = config();
    config.failure_persistence = FailurePersistence::File(Some(folder.clone()));
    let found = catch_unwind(|| {
        Runner::new(RandomScheduler::new_from_seed(1, 1_000), config).run(lost_wake_up)
    });
    let file = folder.join("schedule000.txt");
    let schedule = std::fs::read_to_string(&file);
    let replayed = catch_unwind(|| replay(file.to_str().unwrap(), lost_wake_up));
    std::fs::remove_dir_all(&folder).unwrap();
    let text = |panic: Box<dyn std::any::Any + Send>| *panic.downcast::<String>().unwrap();
    assert!(text(found.unwrap_err()).starts_with("deadlock!"));
    assert!(text(replayed.unwrap_err()).starts_with("deadlock!"), "from the file");
    let schedule = schedule.unwrap();
    let replayed = catch_unwind(|| replay(&schedule, lost_wake_up));
    assert!(text(replayed.unwrap_err()).starts_with("deadlock!"), "from its text");
}
