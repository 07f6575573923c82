//! The phases as types: sealed markers, and the law as a relation between them.
//!
//! [`Handle`](crate::Handle) carries one of these as its last parameter. Each marker is the
//! type-level twin of a [`Phase`], and `S: Next<op::Enable>` holds exactly where
//! [`Phase::after`] answers `Some`: both come from the one table, [`Phase::LAW`].

use crate::phase::{Phase, law};

mod sealed {
    /// Keeps the set of states closed: a ninth phase would be outside the law.
    pub trait Sealed {}
}

/// A phase as a type.
///
/// ```
/// use plugstate::{Phase, state::{Enabled, State}};
///
/// assert_eq!(Enabled::PHASE, Phase::Enabled);
/// ```
///
/// This trait is sealed: its implementors are the eight types of this module.
pub trait State: sealed::Sealed {
    /// The same phase as a value.
    const PHASE: Phase;
}

/// The law as a relation of types: in this state `O` is legal, and leads to [`Next::To`].
///
/// ```
/// use plugstate::state::{Configured, Next, State, op};
///
/// type After = <Configured as Next<op::Enable>>::To;
/// assert_eq!(After::PHASE, plugstate::Phase::Enabled);
/// ```
///
/// Where the law has no row, there is no impl, and the compiler says so:
///
/// ```compile_fail,E0277
/// use plugstate::state::{Loaded, Next, op};
///
/// fn can_be_enabled<S: Next<op::Enable>>() {}
/// can_be_enabled::<Loaded>(); // error[E0277]: the law has no row `Loaded` `Enable`
/// ```
///
/// This trait is sealed.
#[diagnostic::on_unimplemented(
    message = "the law has no row `{Self}` `{O}`",
    label = "this operation is not legal in this state",
    note = "the legal rows are listed at `plugstate::Phase`"
)]
pub trait Next<O>: State {
    /// The state after the operation.
    type To: State;
}

macro_rules! markers {
    (
        phases { $($(#[$phase_doc:meta])* $phase:ident,)* }
        ops { $($(#[$op_doc:meta])* $op:ident,)* }
        rows { $($from:ident $by:ident $to:ident;)* }
    ) => {
        $(
            $(#[$phase_doc])*
            #[derive(Debug)]
            pub enum $phase {}
            impl sealed::Sealed for $phase {}
            impl State for $phase {
                const PHASE: Phase = Phase::$phase;
            }
        )*

        /// The operations as types, for [`Next`].
        ///
        /// ```
        /// use plugstate::state::{Enabled, Next, State, op};
        ///
        /// type Stopped = <Enabled as Next<op::Disable>>::To;
        /// assert_eq!(Stopped::PHASE, plugstate::Phase::Disabled);
        /// ```
        pub mod op {
            $($(#[$op_doc])* #[derive(Debug)] pub enum $op {})*
        }

        $(impl Next<op::$by> for $from { type To = $to; })*

        /// What the relation of types says of every pair that it holds for; a test compares it
        /// with the table of values.
        #[cfg(test)]
        pub(crate) const RELATION: &[(Phase, crate::phase::Op, Phase)] = &[
            $((<$from as State>::PHASE, crate::phase::Op::$by, <<$from as Next<op::$by>>::To as State>::PHASE)),*
        ];
    };
}
law!(markers);

/// What the programs that must not compile have to find.
#[cfg(plugstate_bug = "types")]
impl Next<op::Enable> for Loaded {
    type To = Enabled;
}
