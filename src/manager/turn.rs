//! Whose turn it is: operations exclude each other without holding a lock while hooks run.

use std::time::{Duration, Instant};

use super::plan::Request;
use crate::error::Error;
use crate::sync::{Condvar, Mutex};

/// The right to move plugins. One operation has it at a time; the others wait, up to a deadline.
#[derive(Default)]
pub(crate) struct Turn {
    /// What the operation that has the turn is called.
    running: Mutex<Option<Request>>,
    over: Condvar,
}

/// The turn, until this is dropped.
pub(crate) struct Taken<'a>(&'a Turn);

impl Turn {
    pub(crate) fn take(&self, operation: &Request, limit: Duration) -> Result<Taken<'_>, Error> {
        let mut running = self.running.lock();
        if running.is_some() {
            let began = Instant::now();
            while let Some(other) = &*running {
                let waited = began.elapsed();
                if waited >= limit {
                    return Err(Error::Turn {
                        operation: operation.to_string(),
                        running: other.to_string(),
                        waited: limit,
                    });
                }
                running = self.over.wait(running, limit - waited);
            }
        }
        *running = Some(operation.clone());
        Ok(Taken(self))
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        *self.0.running.lock() = None;
        self.0.over.notify_all();
    }
}
