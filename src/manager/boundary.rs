//! The boundary around every hook: what runs in it is known, and a panic ends there.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};

use crate::error::Misuse;
use crate::failure::{Panic, chain, is_recoverable};
use crate::id::PluginId;
use crate::plugin::BoxError;
use crate::stage::Stage;
use crate::sync::{Once, thread_local};

/// How a hook broke.
#[derive(Clone)]
pub(crate) struct Broke {
    pub(crate) chain: Vec<String>,
    pub(crate) panic: Option<Panic>,
    pub(crate) recoverable: bool,
}

/// A hook that is running on this thread.
struct Running {
    manager: usize,
    /// Its number within the manager.
    plugin: u32,
    stage: Stage,
}

thread_local! {
    static RUNNING: RefCell<Vec<Running>> = const { RefCell::new(Vec::new()) };
    static PANICKED_AT: Cell<Option<String>> = const { Cell::new(None) };
}

/// Calls a hook. An error and a panic come back alike.
///
/// The error is put into words inside, for those words are the plugin's code too.
pub(crate) fn call<R>(
    manager: usize,
    plugin: u32,
    stage: Stage,
    hook: impl FnOnce() -> Result<R, BoxError>,
) -> Result<R, Broke> {
    let answer = caught(Running { manager, plugin, stage }, || {
        hook().map_err(|error| Broke {
            chain: chain(&error),
            panic: None,
            recoverable: is_recoverable(&error),
        })
    });
    answer.and_then(|answer| answer)
}

/// Calls code of the host on behalf of a plugin. It may call operations of the manager.
pub(crate) fn outside<R>(code: impl FnOnce() -> R) -> Result<R, Broke> {
    caught(Running { manager: usize::MAX, plugin: u32::MAX, stage: Stage::Fault }, code)
}

fn caught<R>(what: Running, code: impl FnOnce() -> R) -> Result<R, Broke> {
    RUNNING.with_borrow_mut(|running| running.push(what));
    // A panic that an earlier hook caught itself is no news.
    PANICKED_AT.set(None);
    let caught = panic::catch_unwind(AssertUnwindSafe(code));
    RUNNING.with_borrow_mut(Vec::pop);
    caught.map_err(|payload| {
        let panic = Panic { message: message(payload), place: PANICKED_AT.take() };
        Broke { chain: vec![panic.message.clone()], panic: Some(panic), recoverable: true }
    })
}

/// Calls the host's code, an observer, say. A panic comes back as its message.
pub(crate) fn shield(code: impl FnOnce()) -> Result<(), String> {
    panic::catch_unwind(AssertUnwindSafe(code)).map_err(message)
}

/// Refuses an operation that a hook of this very manager calls: it would wait for itself.
pub(crate) fn refuse_reentry(
    manager: usize,
    operation: &impl ToString,
    name: impl Fn(u32) -> PluginId,
) -> Result<(), Misuse> {
    RUNNING.with_borrow(|running| match running.iter().find(|hook| hook.manager == manager) {
        None => Ok(()),
        Some(hook) => Err(Misuse::Reentrant {
            plugin: name(hook.plugin),
            stage: hook.stage,
            operation: operation.to_string(),
        }),
    })
}

/// What a panic said. The payload is the plugin's, so that even dropping it may panic.
fn message(payload: Box<dyn Any + Send>) -> String {
    let message = if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic without a message".to_owned()
    };
    if let Err(again) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
    message
}

/// Has the program's panic hook remember where a plugin's hook panicked, for the payload does not
/// say. What the program's own hook does is done as before.
pub(crate) fn remember_places() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let inside = RUNNING
                .try_with(|running| running.try_borrow().is_ok_and(|running| !running.is_empty()));
            if inside.unwrap_or(false) {
                let _ = PANICKED_AT.try_with(|at| at.set(info.location().map(ToString::to_string)));
            }
            before(info);
        }));
    });
}
