//! Guards: a running plugin on loan.

use std::any::Any;
use std::fmt;
use std::ops::Deref;
use std::panic::Location;

use super::desk::{Desk, Hold};
use super::slot::{Running, Slot};
use crate::sync::Lease;

/// A plugin, or a plugin seen as a trait, that is enabled for as long as this lives.
///
/// Whoever wants to disable the plugin waits for its guards to be dropped, up to a deadline; so keep
/// guards short. Taking one waits for nobody.
///
/// ```
/// use std::time::Duration;
/// use plugstate::Error;
/// # use plugstate::{BoxError, Manager, Meta, Plugin};
/// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
/// #     const META: Meta = Meta::new($name, "1.0.0");
/// #     type Requires = $needs; type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok($t) }
/// # } } }
/// # plugin!(Core, "core", ());
/// # impl Core { fn ticks(&self) -> u32 { 7 } }
/// let manager =
///     Manager::builder().add::<Core>().guard_deadline(Duration::from_millis(10)).build()?;
/// manager.enable("core")?;
///
/// let core = manager.get::<Core>()?;
/// assert_eq!(core.ticks(), 7);
/// let Err(Error::Busy { holders, .. }) = manager.disable("core") else { panic!("it is in use") };
/// assert_eq!(holders.len(), 1); // the line of `get` above
///
/// drop(core);
/// manager.disable("core")?;
/// # Ok::<(), plugstate::Error>(())
/// ```
pub struct Guard<'m, T: ?Sized + 'static> {
    /// `None` only while the guard is being dropped.
    lease: Option<Lease<Running>>,
    cast: for<'a> fn(&'a dyn Any) -> Option<&'a T>,
    hold: Hold<'m>,
    slot: &'m Slot,
    desk: &'m Desk,
}

/// Why there is no guard.
pub(crate) enum NoGuard {
    /// The plugin is not in service.
    NotServing,
    /// It is, and cannot be seen as what was asked for.
    NotSo,
}

impl<'m, T: ?Sized + 'static> Guard<'m, T> {
    /// A guard on the plugin in `slot`, if it is in service and can be seen as a `T`.
    ///
    /// Both are asked of one lease: a plugin that comes into service in between is not taken for one
    /// of another type.
    #[inline]
    pub(crate) fn take<E>(
        desk: &'m Desk,
        slot: &'m Slot,
        plugin: u32,
        cast: for<'a> fn(&'a dyn Any) -> Option<&'a T>,
        place: &'static Location<'static>,
        refuse: impl FnOnce(NoGuard) -> E,
    ) -> Result<Self, E> {
        let lease = slot.lease();
        // All is asked before there is a guard: one that is moved about costs more than a borrow.
        match &*lease {
            None => return Err(refuse(NoGuard::NotServing)),
            Some(running) if cast(running.instance.plugin()).is_none() => {
                // As a guard does when it is dropped.
                drop(lease);
                if slot.is_closing() {
                    desk.freed();
                }
                return Err(refuse(NoGuard::NotSo));
            }
            Some(_) => {}
        }
        let hold = desk.note(plugin, place);
        Ok(Guard { lease: Some(lease), cast, hold, slot, desk })
    }

    #[inline]
    fn look(&self) -> Option<&T> {
        let running = self.lease.as_ref()?.as_ref()?;
        (self.cast)(running.instance.plugin())
    }
}

impl<T: ?Sized + 'static> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.look().expect("a guard was taken on a plugin that can be seen so")
    }
}

impl<T: ?Sized + 'static> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lease = None;
        self.hold.release();
        if self.slot.is_closing() {
            self.desk.freed();
        }
    }
}

impl<T: ?Sized + fmt::Debug + 'static> fmt::Debug for Guard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display + 'static> fmt::Display for Guard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
