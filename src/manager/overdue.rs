//! Hooks that run for longer than the host has allowed: reported while they run.
//!
//! Code in this process cannot be stopped from outside, so that a report is all that can be done.

use std::time::Duration;

use crate::stage::Stage;
use crate::sync::{Condvar, Mutex};

/// The hooks that are running, kept only where the host has set a limit.
pub(crate) struct Overdue {
    limit: Option<Duration>,
    running: Mutex<Vec<Hook>>,
    /// Hooks that have returned, too late, since the last look.
    late: Mutex<Vec<(u32, Stage, Duration)>>,
    over: Mutex<bool>,
    news: Condvar,
}

struct Hook {
    plugin: u32,
    stage: Stage,
    began: Duration,
    reported: bool,
}

impl Overdue {
    pub(crate) fn new(limit: Option<Duration>) -> Self {
        Overdue {
            limit,
            running: Mutex::new(Vec::new()),
            late: Mutex::new(Vec::new()),
            over: Mutex::new(false),
            news: Condvar::new(),
        }
    }

    pub(crate) fn limit(&self) -> Option<Duration> {
        self.limit
    }

    #[inline]
    pub(crate) fn begin(&self, plugin: u32, stage: Stage, began: Duration) {
        if self.limit.is_some() {
            self.running.lock().push(Hook { plugin, stage, began, reported: false });
        }
    }

    #[inline]
    pub(crate) fn finish(&self, plugin: u32, stage: Stage, took: Duration) {
        if let Some(limit) = self.limit {
            self.over(limit, plugin, stage, took);
        }
    }

    #[cold]
    fn over(&self, limit: Duration, plugin: u32, stage: Stage, took: Duration) {
        let mut running = self.running.lock();
        let Some(at) = running.iter().position(|hook| (hook.plugin, hook.stage) == (plugin, stage))
        else {
            // An unload that fails is written down twice: that it failed, and that it is over.
            return;
        };
        running.swap_remove(at);
        drop(running);
        if took > limit {
            self.late.lock().push((plugin, stage, took));
        }
    }

    /// The hooks that have returned, too late, since the last look.
    pub(crate) fn late(&self) -> Vec<(u32, Stage, Duration)> {
        match self.limit {
            None => Vec::new(),
            Some(_) => std::mem::take(&mut *self.late.lock()),
        }
    }

    /// The hooks that are overdue at `now` and were not reported yet, with how long they have run,
    /// and the moment at which the next one is due.
    pub(crate) fn due(&self, now: Duration) -> (Vec<(u32, Stage, Duration)>, Option<Duration>) {
        let Some(limit) = self.limit else { return (Vec::new(), None) };
        let mut overdue = Vec::new();
        let mut next: Option<Duration> = None;
        for hook in self.running.lock().iter_mut().filter(|hook| !hook.reported) {
            let due = hook.began.saturating_add(limit);
            if due <= now {
                hook.reported = true;
                overdue.push((hook.plugin, hook.stage, now.saturating_sub(hook.began)));
            } else {
                next = Some(next.map_or(due, |next| next.min(due)));
            }
        }
        (overdue, next)
    }

    /// Says that an operation starts to be watched.
    pub(crate) fn watch(&self) {
        *self.over.lock() = false;
    }

    /// Says that the operation that is watched is over.
    pub(crate) fn end(&self) {
        *self.over.lock() = true;
        self.news.notify_all();
    }

    /// Waits for the end of the operation, for `limit` at the most, and answers whether it came.
    pub(crate) fn wait_for_end(&self, limit: Duration) -> bool {
        let over = self.over.lock();
        if *over {
            return true;
        }
        *self.news.wait(over, limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_may_take_its_limit_and_no_longer() {
        let limit = Duration::from_millis(5);
        let overdue = Overdue::new(Some(limit));
        let more = limit + Duration::from_nanos(1);
        for (plugin, took) in [(0, limit), (1, more)] {
            overdue.begin(plugin, Stage::Enable, Duration::ZERO);
            overdue.finish(plugin, Stage::Enable, took);
        }
        assert_eq!(overdue.late(), [(1, Stage::Enable, more)]);
        assert_eq!((overdue.limit(), Overdue::new(None).limit()), (Some(limit), None));
    }
}
