//! One manager for the whole program, for those who want one.

use crate::error::{Error, Misuse};
use crate::manager::Manager;
use crate::place::Place;
use crate::sync::OnceLock;

static GLOBAL: OnceLock<(Manager, Place)> = OnceLock::new();

/// Makes `manager` the program's global one. A global manager is never dropped: call
/// [`Manager::shutdown`] before the program ends.
///
/// # Errors
///
/// [`Misuse::GlobalSetTwice`] the second time, with the place of the first; the manager that was given
/// is dropped, which shuts it down.
///
/// # Examples
///
/// ```
/// use plugstate::{Manager, global, set_global};
///
/// assert_eq!(
///     global().unwrap_err().to_string(),
///     "there is no global manager yet; call `plugstate::set_global` first",
/// );
/// set_global(Manager::builder().build()?)?;
/// global()?.enable_all()?;
/// global()?.shutdown()?;
///
/// let again = set_global(Manager::builder().build()?).unwrap_err();
/// assert!(again.to_string().starts_with("the global manager is set already, at "));
/// # Ok::<(), plugstate::Error>(())
/// ```
#[track_caller]
pub fn set_global(manager: Manager) -> Result<&'static Manager, Error> {
    let place = Place::caller();
    let mut refused = Some(manager);
    let (global, first) = GLOBAL.get_or_init(|| (refused.take().expect("it is taken once"), place));
    match refused {
        None => Ok(global),
        Some(_) => Err(Misuse::GlobalSetTwice { first: *first }.into()),
    }
}

/// The program's global manager, for code that nobody can hand one to; see [`set_global`] for an
/// example. A read of one atomic.
///
/// # Errors
///
/// [`Misuse::NoGlobal`] before [`set_global`] was called.
pub fn global() -> Result<&'static Manager, Error> {
    GLOBAL.get().map(|(manager, _)| manager).ok_or_else(|| Misuse::NoGlobal.into())
}
