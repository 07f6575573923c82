//! The law: eight phases, eight operations, eighteen legal rows, written once.
//!
//! Everything that speaks of the lifecycle reads the table below: the [`Phase`] and [`Op`] enums
//! and [`Phase::after`] here, the marker types and the return types of the typestate methods in
//! [`state`](crate::state), the table on this page and the diagram ([`Phase::mermaid`]). Two
//! readings are written by hand on purpose, because they are checks: the statechart that the
//! manager asks at run time, and the model. Tests hold all readings equal.

use std::fmt;

/// Hands the one table of the law to the macro named in its argument.
macro_rules! law {
    ($read:ident) => {
        $read! {
            phases {
                /// Known, and nothing built: before the first load, and after an unload.
                Discovered,
                /// The `load` hook is running.
                Loading,
                /// An instance exists; it has seen no configuration.
                Loaded,
                /// The instance has its configuration.
                Configured,
                /// The plugin serves.
                Enabled,
                /// The plugin served, and was told to stop.
                Disabled,
                /// A hook failed, or the host reported a fault.
                Failed,
                /// The `unload` hook is running.
                Unloading,
            }
            ops {
                /// Start to build an instance.
                BeginLoad,
                /// The instance is built.
                FinishLoad,
                /// Hand the instance its configuration.
                Configure,
                /// Let the instance serve.
                Enable,
                /// Stop the instance.
                Disable,
                /// Something broke.
                Fail,
                /// Start to tear the instance down.
                BeginUnload,
                /// The instance is gone.
                FinishUnload,
            }
            rows {
                Discovered BeginLoad    Loading;
                Loading    FinishLoad   Loaded;
                Loading    Fail         Failed;
                Loaded     Configure    Configured;
                Loaded     Fail         Failed;
                Loaded     BeginUnload  Unloading;
                Configured Configure    Configured;
                Configured Enable       Enabled;
                Configured Fail         Failed;
                Configured BeginUnload  Unloading;
                Enabled    Disable      Disabled;
                Enabled    Fail         Failed;
                Disabled   Enable       Enabled;
                Disabled   Configure    Configured;
                Disabled   Fail         Failed;
                Disabled   BeginUnload  Unloading;
                Failed     BeginUnload  Unloading;
                Unloading  FinishUnload Discovered;
            }
        }
    };
}
pub(crate) use law;

macro_rules! enums {
    (
        phases { $($(#[$phase_doc:meta])* $phase:ident,)* }
        ops { $($(#[$op_doc:meta])* $op:ident,)* }
        rows { $($from:ident $by:ident $to:ident;)* }
    ) => {
        /// Where a plugin stands in its life.
        ///
        /// The law, row by row:
        ///
        /// | from | operation | to |
        /// | --- | --- | --- |
        $(#[doc = concat!("| ", stringify!($from), " | ", stringify!($by), " | ", stringify!($to), " |")])*
        ///
        /// ```
        /// use plugstate::{Op, Phase};
        ///
        /// assert_eq!(Phase::Configured.after(Op::Enable), Some(Phase::Enabled));
        /// assert_eq!(Phase::Loaded.after(Op::Enable), None);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Phase { $($(#[$phase_doc])* $phase,)* }

        /// What can happen to a plugin; see [`Phase`] for what is legal when.
        ///
        /// A hook's start and end are operations of their own where the plugin is between two
        /// phases: `BeginLoad` and `FinishLoad`, `BeginUnload` and `FinishUnload`.
        ///
        /// ```
        /// use plugstate::{Op, Phase};
        ///
        /// // Something can break wherever an instance exists, and while one is being built.
        /// let breakable: Vec<Phase> =
        ///     Phase::ALL.iter().copied().filter(|phase| phase.after(Op::Fail).is_some()).collect();
        /// assert_eq!(
        ///     breakable,
        ///     [Phase::Loading, Phase::Loaded, Phase::Configured, Phase::Enabled, Phase::Disabled],
        /// );
        /// assert_eq!(Op::BeginLoad.to_string(), "BeginLoad");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Op { $($(#[$op_doc])* $op,)* }

        impl Phase {
            /// Every phase, in the order of a life.
            pub const ALL: &'static [Phase] = &[$(Phase::$phase),*];

            /// Every legal row: from, operation, to. Nothing else may happen.
            ///
            /// ```
            /// use plugstate::{Op, Phase};
            ///
            /// assert_eq!(Phase::LAW.len(), 18);
            /// assert_eq!(Phase::LAW[0], (Phase::Discovered, Op::BeginLoad, Phase::Loading));
            /// ```
            pub const LAW: &'static [(Phase, Op, Phase)] = &[$((Phase::$from, Op::$by, Phase::$to)),*];

            /// Where `op` leads from here, or `None` where the law has no such row.
            ///
            /// ```
            /// use plugstate::{Op, Phase};
            ///
            /// assert_eq!(Phase::Disabled.after(Op::Enable), Some(Phase::Enabled));
            /// assert_eq!(Phase::Failed.after(Op::Enable), None);
            /// ```
            #[must_use]
            pub const fn after(self, op: Op) -> Option<Phase> {
                match (self, op) {
                    #[cfg(plugstate_bug = "law")]
                    (Phase::Failed, Op::Configure) => Some(Phase::Configured),
                    $((Phase::$from, Op::$by) => Some(Phase::$to),)*
                    _ => None,
                }
            }

            /// The phase's name, as the law spells it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Phase::$phase => stringify!($phase),)* }
            }
        }

        impl Op {
            /// Every operation, in the order of a life.
            pub const ALL: &'static [Op] = &[$(Op::$op),*];

            /// The operation's name, as the law spells it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Op::$op => stringify!($op),)* }
            }
        }
    };
}
law!(enums);

impl Phase {
    /// The operations that are legal here, in the order of [`Op::ALL`].
    ///
    /// ```
    /// use plugstate::{Op, Phase};
    ///
    /// assert_eq!(Phase::Enabled.legal().collect::<Vec<_>>(), [Op::Disable, Op::Fail]);
    /// ```
    pub fn legal(self) -> impl Iterator<Item = Op> {
        Op::ALL.iter().copied().filter(move |&op| self.after(op).is_some())
    }

    /// Whether an instance certainly exists here. One exists in `Failed` too, when the plugin
    /// failed after it was loaded.
    ///
    /// ```
    /// use plugstate::Phase;
    ///
    /// assert!(Phase::Disabled.is_resident());
    /// assert!(!Phase::Loading.is_resident());
    /// ```
    #[must_use]
    pub const fn is_resident(self) -> bool {
        matches!(self, Phase::Loaded | Phase::Configured | Phase::Enabled | Phase::Disabled)
    }

    /// The law as a Mermaid state diagram, one arrow for each row.
    ///
    /// ```
    /// let diagram = plugstate::Phase::mermaid();
    /// assert!(diagram.starts_with("stateDiagram-v2\n"));
    /// assert!(diagram.contains("    Configured --> Enabled: Enable\n"));
    /// ```
    #[must_use]
    pub fn mermaid() -> String {
        let mut diagram = String::from("stateDiagram-v2\n    [*] --> Discovered\n");
        for (from, op, to) in Phase::LAW {
            diagram.push_str(&format!("    {from} --> {to}: {op}\n"));
        }
        diagram
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
