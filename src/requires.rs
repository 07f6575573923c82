//! What can stand in [`Plugin::Requires`]: plugins, [`Optional`] ones, [`Provider`]s, and tuples of them.

use std::marker::PhantomData;

use crate::handle::Handle;
use crate::meta::{Dependency as Declared, Target, TypeKey};
use crate::plugin::{Bound, Cast, Plugin, Requirement, Requires, sealed};
use crate::state::Enabled;

/// A dependency that a plugin can do without. Where both are started it is started first, and the
/// hook receives `Some` if it is enabled.
///
/// It does not hold anything up: under a [`Manager`](crate::Manager) an optional dependency that
/// fails, or is disabled, leaves its dependent running. Nor is it brought along:
/// [`Manager::enable`](crate::Manager::enable) of the dependent alone does not start it.
///
/// ```
/// use plugstate::{BoxError, Deps, Manager, Meta, Optional, Plugin};
/// # struct Clock;
/// # impl Plugin for Clock {
/// #     const META: Meta = Meta::new("clock", "1.0.0");
/// #     type Requires = (); type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Clock) }
/// # }
///
/// struct Uart {
///     stamps: bool,
/// }
///
/// impl Plugin for Uart {
///     type Requires = (Optional<Clock>,);
/// #     const META: Meta = Meta::new("uart", "1.0.0");
/// #     type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Uart { stamps: false }) }
///     fn enable(&mut self, (clock,): Deps<'_, Self>) -> Result<(), BoxError> {
///         self.stamps = clock.is_some();
///         Ok(())
///     }
/// }
///
/// let alone = Manager::builder().add::<Uart>().build()?;
/// alone.enable_all()?;
/// assert!(!alone.get::<Uart>()?.stamps);
///
/// let both = Manager::builder().add::<Uart>().add::<Clock>().build()?;
/// both.enable_all()?; // `clock` first
/// assert!(both.get::<Uart>()?.stamps);
/// # Ok::<(), plugstate::Error>(())
/// ```
pub struct Optional<P>(PhantomData<P>);

/// A dependency on any plugin that was registered as the trait `T`, as in `Provider<dyn Clock>`. The
/// hook receives `&dyn Clock`.
///
/// Of several providers a manager takes the first by name that can be had;
/// [`Resolution::provider_of`](crate::Resolution::provider_of) tells which. The choice changes only
/// when that one fails while it is running, and never silently: see
/// [`DidRebind`](crate::EventKind::DidRebind). By hand, show anything that has the trait.
///
/// ```
/// use plugstate::{BoxError, Deps, Manager, Meta, Plugin, Provider, registration};
///
/// trait Clock: Send + Sync {
///     fn hertz(&self) -> u32;
/// }
///
/// struct Quartz;
/// # impl Plugin for Quartz {
/// #     const META: Meta = Meta::new("quartz", "1.0.0");
/// #     type Requires = (); type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Quartz) }
/// # }
///
/// impl Clock for Quartz {
///     fn hertz(&self) -> u32 {
///         32_768
///     }
/// }
///
/// struct Uart {
///     hertz: u32,
/// }
///
/// impl Plugin for Uart {
///     type Requires = (Provider<dyn Clock>,);
/// #     const META: Meta = Meta::new("uart", "1.0.0");
/// #     type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Uart { hertz: 0 }) }
///     fn enable(&mut self, (clock,): Deps<'_, Self>) -> Result<(), BoxError> {
///         self.hertz = clock.hertz();
///         Ok(())
///     }
/// }
///
/// let manager =
///     Manager::builder().add::<Uart>().register(registration!(Quartz as dyn Clock)).build()?;
/// assert_eq!(manager.resolution().provider_of::<dyn Clock>("uart").unwrap(), "quartz");
/// manager.enable("uart")?;
/// assert_eq!(manager.get::<Uart>()?.hertz, 32_768);
/// # Ok::<(), plugstate::Error>(())
/// ```
pub struct Provider<T: ?Sized>(PhantomData<T>);

impl<P: Plugin> sealed::Requirement for P {
    const ACYCLIC: () = <P::Requires as sealed::Requires>::ACYCLIC;

    fn declared() -> Declared {
        declared_plugin::<P>(false)
    }
}

impl<P: Plugin> Requirement for P {
    type Ref<'a> = &'a P;
    type Link<'a> = &'a Handle<'a, P, Enabled>;

    fn follow<'a>(link: Self::Link<'a>) -> Self::Ref<'a> {
        link
    }

    fn from_bound(bound: Option<Bound<'_>>) -> Option<&P> {
        bound?.plugin.downcast_ref()
    }
}

impl<P: Plugin> sealed::Requirement for Optional<P> {
    const ACYCLIC: () = <P as sealed::Requirement>::ACYCLIC;

    fn declared() -> Declared {
        declared_plugin::<P>(true)
    }
}

impl<P: Plugin> Requirement for Optional<P> {
    type Ref<'a> = Option<&'a P>;
    type Link<'a> = Option<&'a Handle<'a, P, Enabled>>;

    fn follow<'a>(link: Self::Link<'a>) -> Self::Ref<'a> {
        link.map(|handle| &**handle)
    }

    fn from_bound(bound: Option<Bound<'_>>) -> Option<Option<&P>> {
        match bound {
            None => Some(None),
            Some(bound) => bound.plugin.downcast_ref().map(Some),
        }
    }
}

impl<T: ?Sized + 'static> sealed::Requirement for Provider<T> {
    const ACYCLIC: () = ();

    fn declared() -> Declared {
        Declared {
            target: Target::Capability(TypeKey::of::<T>()),
            requirement: "*".into(),
            optional: false,
        }
    }
}

impl<T: ?Sized + 'static> Requirement for Provider<T> {
    type Ref<'a> = &'a T;
    type Link<'a> = &'a T;

    fn follow<'a>(link: Self::Link<'a>) -> Self::Ref<'a> {
        link
    }

    fn from_bound(bound: Option<Bound<'_>>) -> Option<&T> {
        let bound = bound?;
        (bound.view?.downcast_ref::<Cast<T>>()?.0)(bound.plugin)
    }
}

fn declared_plugin<P: Plugin>(optional: bool) -> Declared {
    Declared {
        target: Target::Typed(P::META.name().into(), TypeKey::of::<P>()),
        requirement: "*".into(),
        optional,
    }
}

macro_rules! tuples {
    ($(($($T:ident),*))+) => {$(
        impl<$($T: Requirement),*> sealed::Requires for ($($T,)*) {
            const ACYCLIC: () = {
                $(let () = <$T as sealed::Requirement>::ACYCLIC;)*
            };

            fn declared() -> Vec<Declared> {
                vec![$(<$T as sealed::Requirement>::declared()),*]
            }
        }

        impl<$($T: Requirement),*> Requires for ($($T,)*) {
            type Refs<'a> = ($($T::Ref<'a>,)*);
            type Links<'a> = ($($T::Link<'a>,)*);

            #[allow(non_snake_case, clippy::unused_unit, reason = "one name for type and value")]
            fn follow<'a>(($($T,)*): Self::Links<'a>) -> Self::Refs<'a> {
                ($($T::follow($T),)*)
            }

            #[allow(unused_variables, unused_mut, clippy::unused_unit, reason = "the empty tuple")]
            fn from_bounds<'a>(bounds: &[Option<Bound<'a>>]) -> Option<Self::Refs<'a>> {
                let mut bounds = bounds.iter().copied();
                Some(($($T::from_bound(bounds.next()?)?,)*))
            }
        }
    )+};
}
tuples! {
    () (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) (A, B, C, D, E, F, G)
    (A, B, C, D, E, F, G, H) (A, B, C, D, E, F, G, H, I) (A, B, C, D, E, F, G, H, I, J)
    (A, B, C, D, E, F, G, H, I, J, K) (A, B, C, D, E, F, G, H, I, J, K, L)
}
