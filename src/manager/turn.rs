//! Whose turn it is: operations exclude each other without holding a lock while hooks run.

use std::time::Duration;

use super::plan::Request;
use crate::error::Error;
use crate::sync::{Condvar, Instant, Mutex};

/// The right to move plugins. One operation has it at a time; the others wait, up to a deadline.
#[derive(Default)]
pub(crate) struct Turn {
    state: Mutex<State>,
    over: Condvar,
}

#[derive(Default)]
struct State {
    /// What the operation that has the turn is called.
    running: Option<Request>,
    /// How many wait for its end: telling nobody would still be a call of the system.
    waiting: usize,
}

/// The turn, until this is dropped.
pub(crate) struct Taken<'a>(&'a Turn);

impl Turn {
    pub(crate) fn take(&self, operation: &Request, limit: Duration) -> Result<Taken<'_>, Error> {
        let mut state = self.state.lock();
        if state.running.is_some() {
            let began = Instant::now();
            while let Some(other) = &state.running {
                let waited = began.elapsed();
                if waited >= limit {
                    return Err(Error::Turn {
                        operation: operation.to_string(),
                        running: other.to_string(),
                        waited: limit,
                    });
                }
                state.waiting += 1;
                state = self.over.wait(state, limit - waited);
                state.waiting -= 1;
            }
        }
        state.running = Some(operation.clone());
        Ok(Taken(self))
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        let waiting = state.waiting > 0;
        // What the interleavings must find: whoever waits is told before there is news.
        #[cfg(plugstate_bug = "race")]
        if waiting {
            drop(state);
            self.0.over.notify_all();
            state = self.0.state.lock();
        }
        state.running = None;
        drop(state);
        #[cfg(not(plugstate_bug = "race"))]
        if waiting {
            self.0.over.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_given_up_waits_no_more() {
        let turn = Turn::default();
        let taken = turn.take(&Request::EnableAll, Duration::ZERO).expect("nobody has it");
        let limit = Duration::from_millis(1);
        let refused = turn.take(&Request::Shutdown, limit).err().expect("somebody has it");
        assert!(matches!(refused, Error::Turn { waited, .. } if waited == limit), "{refused}");
        assert_eq!(turn.state.lock().waiting, 0);
        drop(taken);
        assert!(turn.take(&Request::Shutdown, Duration::ZERO).is_ok());
    }
}
