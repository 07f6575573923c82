//! What can stand in [`Plugin::Requires`]: plugins, [`Optional`] ones, [`Provider`]s, and tuples of them.

use std::marker::PhantomData;

use crate::handle::Handle;
use crate::meta::{Dependency as Declared, Target, TypeKey};
use crate::plugin::{Bound, Cast, Plugin, Requirement, Requires, sealed};
use crate::state::Enabled;

/// A dependency that a plugin can do without. It is started first if it is there, and the hook
/// receives `Some` if it is enabled.
pub struct Optional<P>(PhantomData<P>);

/// A dependency on any plugin that was registered as the trait `T`, as in `Provider<dyn Clock>`. The
/// hook receives `&dyn Clock`.
pub struct Provider<T: ?Sized>(PhantomData<T>);

impl<P: Plugin> sealed::Requirement for P {
    const LEVEL: usize = 1 + <P::Requires as sealed::Requires>::LEVEL;

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
    const LEVEL: usize = <P as sealed::Requirement>::LEVEL;

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
    const LEVEL: usize = 0;

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

const fn max(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

macro_rules! tuples {
    ($(($($T:ident),*))+) => {$(
        impl<$($T: Requirement),*> sealed::Requires for ($($T,)*) {
            #[allow(unused_mut, reason = "the empty tuple has no level to raise")]
            const LEVEL: usize = {
                let mut level = 0;
                $(level = max(level, <$T as sealed::Requirement>::LEVEL);)*
                level
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
