//! The boundary around every hook: what runs in it is known, and a panic ends there.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};

use crate::error::Misuse;
use crate::failure::{Panic, chain, is_recoverable, key};
use crate::id::PluginId;
use crate::plugin::BoxError;
use crate::stage::Stage;
use crate::sync::{Once, thread_local};

/// How a hook broke.
#[derive(Clone)]
pub(crate) struct Broke {
    pub(crate) chain: Vec<String>,
    pub(crate) panic: Option<Panic>,
    pub(crate) key: Option<String>,
    pub(crate) recoverable: bool,
}

/// A hook that is running on this thread.
#[derive(Clone, Copy)]
struct Running {
    manager: u32,
    /// Its number within the manager.
    plugin: u32,
    stage: Stage,
}

/// What runs on a thread. Two cells that own nothing: every hook is entered by them.
struct Here {
    /// The hook that was called last.
    innermost: Cell<Option<Running>>,
    /// Whether a panic was met since, whose place is in [`PANICKED_AT`].
    panicked: Cell<bool>,
}

thread_local! {
    static HERE: Here = const { Here { innermost: Cell::new(None), panicked: Cell::new(false) } };
    /// The hooks around the innermost, if a hook has another manager call hooks.
    static AROUND: RefCell<Vec<Running>> = const { RefCell::new(Vec::new()) };
    static PANICKED_AT: Cell<Option<String>> = const { Cell::new(None) };
}

/// Calls a hook. An error and a panic come back alike.
///
/// The error is put into words inside, for those words are the plugin's code too.
#[inline(always)]
pub(crate) fn call<R>(
    manager: u32,
    plugin: u32,
    stage: Stage,
    hook: impl FnOnce() -> Result<R, BoxError>,
) -> Result<R, Box<Broke>> {
    match caught(Running { manager, plugin, stage }, || hook().map_err(|error| failed(&error))) {
        Ok(answer) => answer,
        Err(broke) => Err(broke),
    }
}

/// An error in words.
#[cold]
pub(crate) fn failed(error: &BoxError) -> Box<Broke> {
    Box::new(Broke {
        chain: chain(error),
        panic: None,
        key: key(error),
        recoverable: is_recoverable(error),
    })
}

/// Calls code of the host on behalf of a plugin. It may call operations of the manager.
pub(crate) fn outside<R>(code: impl FnOnce() -> R) -> Result<R, Box<Broke>> {
    caught(Running { manager: u32::MAX, plugin: u32::MAX, stage: Stage::Fault }, code)
}

#[inline(always)]
fn caught<R>(what: Running, code: impl FnOnce() -> R) -> Result<R, Box<Broke>> {
    let outer = HERE.with(|here| {
        // A panic that an earlier hook caught itself is no news.
        here.panicked.set(false);
        here.innermost.replace(Some(what))
    });
    if let Some(outer) = outer {
        AROUND.with_borrow_mut(|around| around.push(outer));
    }
    let caught = panic::catch_unwind(AssertUnwindSafe(code));
    HERE.with(|here| here.innermost.set(outer));
    if outer.is_some() {
        AROUND.with_borrow_mut(Vec::pop);
    }
    caught.map_err(broken)
}

#[cold]
fn broken(payload: Box<dyn Any + Send>) -> Box<Broke> {
    let place = if HERE.with(|here| here.panicked.take()) { PANICKED_AT.take() } else { None };
    let panic = Panic { message: message(payload), place };
    let chain = vec![panic.message.clone()];
    Box::new(Broke { chain, panic: Some(panic), key: None, recoverable: true })
}

/// Calls the host's code, an observer, say. A panic comes back as its message.
pub(crate) fn shield(code: impl FnOnce()) -> Result<(), String> {
    panic::catch_unwind(AssertUnwindSafe(code)).map_err(message)
}

/// Refuses an operation that a hook of this very manager calls: it would wait for itself.
pub(crate) fn refuse_reentry(
    manager: u32,
    operation: &impl ToString,
    name: impl Fn(u32) -> PluginId,
) -> Result<(), Misuse> {
    let Some(innermost) = HERE.with(|here| here.innermost.get()) else { return Ok(()) };
    AROUND.with_borrow(|around| {
        let mut hooks = around.iter().chain([&innermost]);
        match hooks.find(|hook| hook.manager == manager) {
            None => Ok(()),
            Some(hook) => Err(Misuse::Reentrant {
                plugin: name(hook.plugin),
                stage: hook.stage,
                operation: operation.to_string(),
            }),
        }
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
            let inside = HERE.try_with(|here| {
                let inside = here.innermost.get().is_some();
                here.panicked.set(inside);
                inside
            });
            if inside.unwrap_or(false) {
                let _ = PANICKED_AT.try_with(|at| at.set(info.location().map(ToString::to_string)));
            }
            before(info);
        }));
    });
}
