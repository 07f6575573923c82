//! Guards: a running plugin on loan.

use std::any::Any;
use std::fmt;
use std::ops::Deref;
use std::panic::Location;

use super::desk::{Desk, Hold};
use super::slot::{Running, Slot};
use crate::handle::Body;
use crate::instance::Instance;
use crate::plugin::Plugin;
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
    // Dropped before what comes after it.
    lease: Lease<Running>,
    #[expect(dead_code, reason = "it is there to be dropped")]
    after: After<'m>,
    sight: Sight<T>,
}

/// How an instance is seen as a `T`.
pub(crate) enum Sight<T: ?Sized + 'static> {
    /// By itself, for those who know what it is made of: that saves a call.
    Whole(for<'a> fn(&'a dyn Instance) -> Option<&'a T>),
    /// By the plugin in it.
    Plugin(for<'a> fn(&'a dyn Any) -> Option<&'a T>),
}

impl<T: ?Sized> Sight<T> {
    #[inline(always)]
    fn of<'a>(&self, running: &'a Running) -> Option<&'a T> {
        match self {
            Sight::Whole(cast) => cast(&*running.instance),
            Sight::Plugin(cast) => cast(running.instance.plugin()),
        }
    }
}

impl<P: Plugin> Sight<P> {
    /// For a plugin whose instance is made by its type, with nothing around it.
    pub(crate) const TYPED: Self = Sight::Whole(|instance| {
        let whole: &dyn Any = instance;
        whole.downcast_ref::<Body<P>>().map(Body::plugin)
    });
}

/// What is to be done when a plugin has been given back.
struct After<'m> {
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
    /// of another type. `sure` says that one in this slot can always be seen so.
    #[inline(always)]
    pub(crate) fn take<E>(
        desk: &'m Desk,
        slot: &'m Slot,
        plugin: u32,
        sight: Sight<T>,
        sure: bool,
        place: &'static Location<'static>,
        refuse: impl FnOnce(NoGuard) -> E,
    ) -> Result<Self, E> {
        // The lease is handed on by value wherever something else than a guard becomes of it. So it is in
        // registers until the guard is where it will stay: one that is written down and then moved
        // costs more than all the rest, for what was just written in two pieces is read as one.
        let after = After { hold: desk.note(plugin, place), slot, desk };
        let mut lease = slot.lease();
        if !sure {
            lease = match fitting(lease, &sight) {
                Ok(lease) => lease,
                Err((lease, why)) => return Err(refused(lease, after, refuse, why)),
            };
        }
        if lease.is_none() {
            return Err(refused(lease, after, refuse, NoGuard::NotServing));
        }
        Ok(Guard { lease, after, sight })
    }

    #[inline]
    fn look(&self) -> Option<&T> {
        let running = self.lease.as_ref()?;
        self.sight.of(running)
    }
}

/// The lease again if it is on a plugin that can be seen as a `T`, or on none.
#[inline(never)]
fn fitting<T: ?Sized + 'static>(
    lease: Lease<Running>,
    sight: &Sight<T>,
) -> Result<Lease<Running>, (Lease<Running>, NoGuard)> {
    let fits = match &*lease {
        None => true,
        Some(running) => sight.of(running).is_some(),
    };
    if fits { Ok(lease) } else { Err((lease, NoGuard::NotSo)) }
}

/// Gives the lease back as a guard does that is dropped, and says why there is none.
#[cold]
#[inline(never)]
fn refused<E>(
    lease: Lease<Running>,
    after: After<'_>,
    refuse: impl FnOnce(NoGuard) -> E,
    why: NoGuard,
) -> E {
    drop(lease);
    drop(after);
    refuse(why)
}

impl<T: ?Sized + 'static> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.look().expect("a guard was taken on a plugin that can be seen so")
    }
}

impl Drop for After<'_> {
    #[inline(always)]
    fn drop(&mut self) {
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
