//! The typestate layer: [`Handle`], whose type is the plugin's phase. The only caller of hooks.

use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::ops::Deref;

use crate::meta::Meta;
use crate::phase::Phase;
use crate::plugin::{BoxError, Deps, Links, Plugin, Requires, acyclic};
use crate::stage::Stage;
use crate::state::{
    self, Configured, Disabled, Discovered, Enabled, Loaded, Loading, Next, State, Unloading, op,
};

/// A live instance with the duty to unload it: whatever happens, `unload` is called once.
///
/// Handles and the manager's slots both hold their plugin as a `Body`, and every hook of every plugin
/// is called from here. While a hook runs the body is outside any handle, so that a hook that panics
/// leaves `unload` to be called, and nothing else.
pub(crate) struct Body<P: Plugin>(Option<Box<P>>);

impl<P: Plugin> Body<P> {
    pub(crate) fn load() -> Result<Self, P::Error> {
        P::load().map(|plugin| Body(Some(Box::new(plugin))))
    }

    const fn none() -> Self {
        Body(None)
    }

    pub(crate) fn plugin(&self) -> &P {
        self.0.as_deref().expect("a body is emptied only by unload, which consumes it")
    }

    fn plugin_mut(&mut self) -> &mut P {
        self.0.as_deref_mut().expect("a body is emptied only by unload, which consumes it")
    }

    pub(crate) fn configure(&mut self, config: P::Config) -> Result<(), P::Error> {
        self.plugin_mut().configure(config)
    }

    pub(crate) fn enable(&mut self, deps: Deps<'_, P>) -> Result<(), P::Error> {
        self.plugin_mut().enable(deps)
    }

    pub(crate) fn disable(&mut self) -> Result<(), P::Error> {
        self.plugin_mut().disable()
    }

    pub(crate) fn restore(&mut self, previous: &P) -> Result<(), P::Error> {
        self.plugin_mut().restore(previous)
    }

    pub(crate) fn unload(mut self) -> Result<(), P::Error> {
        match self.0.take() {
            Some(plugin) => plugin.unload(),
            None => Ok(()),
        }
    }
}

impl<P: Plugin> Drop for Body<P> {
    #[inline]
    fn drop(&mut self) {
        if let Some(plugin) = self.0.take() {
            end(plugin);
        }
    }
}

/// Unloads what nobody is left to ask about: `Handle::unload` is for those who want to hear of an
/// error.
///
/// A function of its own, by value, so that a chain of verbs keeps its plugin in a register and not in
/// memory where a panic would look for it.
#[inline(never)]
#[allow(clippy::boxed_local, reason = "out of its box, a large plugin would be copied")]
fn end<P: Plugin>(plugin: Box<P>) {
    let _ = plugin.unload();
}

/// A plugin in state `S`, one pointer wide.
///
/// Each state has the verbs that the law allows it and no others, and each verb consumes the handle
/// and answers with the next one. An enabled handle borrows the handles of its dependencies for as
/// long as it lives (`'deps`), so the borrow checker keeps them enabled.
///
/// What the compiler says to an illegal transition names the state that would have allowed it:
///
/// ```text
/// error[E0599]: no method named `enable` found for struct `Handle<'_, Core, plugstate::state::Loaded>` in the current scope
///    |
/// 11 |     discover::<Core>().load()?.enable(())?;
///    |                                ^^^^^^ method not found in `Handle<'_, Core, plugstate::state::Loaded>`
///    |
///    = note: the method was found for
///            - `Handle<'static, P, plugstate::state::Configured>`
///            - `Handle<'static, P, plugstate::state::Disabled>`
/// ```
///
/// Dropping a handle runs what is left of the plugin's life in order: `disable` if it is enabled,
/// then `unload`. Errors of these two are lost at a drop; call the verbs to see them.
///
/// ```
/// use plugstate::{Handle, discover, state::Enabled};
/// # use plugstate::{BoxError, Meta, Plugin};
/// # struct Core;
/// # impl Plugin for Core {
/// #     const META: Meta = Meta::new("core", "1.0.0");
/// #     type Requires = (); type Config = u32; type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Core) }
/// # }
/// # impl Core { fn ticks(&self) -> u32 { 7 } }
///
/// let core: Handle<'_, Core, Enabled> = discover().load()?.configure(7)?.enable(())?;
/// assert_eq!(core.ticks(), 7); // an enabled handle derefs to the plugin
/// let core = core.disable()?.enable(())?; // stopped and started again
/// core.disable()?.unload()?;
/// # Ok::<(), BoxError>(())
/// ```
///
/// A chain of verbs costs no more than the hooks that it calls and one allocation, at `load`.
///
/// # Panics
///
/// A verb panics if its hook does. The handle is gone then, and `unload` was called on the way.
#[must_use = "dropping a handle ends the plugin's life"]
pub struct Handle<'deps, P: Plugin, S: State> {
    body: Body<P>,
    // A shared reference keeps the handle covariant in `'deps`: a handle that borrows for long can
    // be shown where a shorter borrow is asked for.
    state: PhantomData<(S, &'deps ())>,
}

/// A verb that failed: the error, the stage, and the handle, which is in state `Failed` (or in
/// `Discovered` after a failed [`unload`](Handle::unload)) and can be unloaded and tried again.
///
/// It holds the plugin, so `?` makes a [`BoxError`] of it if the plugin is `Send` and `Sync`, and a
/// `Box<dyn Error>` in any case.
///
/// ```
/// use plugstate::{BoxError, Meta, Plugin, Stage, discover};
///
/// #[derive(Debug)]
/// struct Uart;
///
/// impl Plugin for Uart {
///     const META: Meta = Meta::new("uart", "1.0.0");
///     type Requires = ();
///     type Config = u32;
///     type Error = BoxError;
///
///     fn load() -> Result<Self, BoxError> {
///         Ok(Uart)
///     }
///
///     fn configure(&mut self, baud: u32) -> Result<(), BoxError> {
///         if baud == 0 { Err("baud must not be 0".into()) } else { Ok(()) }
///     }
/// }
///
/// # fn main() -> Result<(), BoxError> {
/// let failed = discover::<Uart>().load()?.configure(0).unwrap_err();
/// assert_eq!(failed.stage(), Stage::Configure);
/// assert_eq!(failed.to_string(), "plugin `uart` failed to configure: baud must not be 0");
///
/// let uart = failed.into_handle().unload()?; // nothing is lost: try again
/// let uart = uart.load()?.configure(9600)?.enable(())?;
/// # let _ = uart;
/// # Ok(())
/// # }
/// ```
pub struct Failed<P: Plugin, S: State = state::Failed> {
    handle: Handle<'static, P, S>,
    stage: Stage,
    error: BoxError,
}

impl<P: Plugin, S: State> Failed<P, S> {
    /// The hook that failed.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// What the hook answered. Where [`Plugin::Error`] is an error type, `downcast_ref` gives it
    /// back.
    ///
    /// ```
    /// # use plugstate::{BoxError, Meta, Plugin, Stage, discover};
    /// # #[derive(Debug)]
    /// # struct Uart;
    /// # impl Plugin for Uart {
    /// #     const META: Meta = Meta::new("uart", "1.0.0");
    /// #     type Requires = (); type Config = u32; type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
    /// #     fn configure(&mut self, baud: u32) -> Result<(), BoxError> {
    /// #         baud.checked_sub(1).map(drop).ok_or_else(|| BoxError::from(std::fmt::Error))
    /// #     }
    /// # }
    /// let failed = discover::<Uart>().load()?.configure(0).unwrap_err();
    /// assert!(failed.error().downcast_ref::<std::fmt::Error>().is_some());
    /// # Ok::<(), BoxError>(())
    /// ```
    #[must_use]
    pub fn error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        &*self.error
    }

    /// The handle, to be unloaded and tried again.
    pub fn into_handle(self) -> Handle<'static, P, S> {
        self.handle
    }

    /// The handle and the error.
    ///
    /// ```
    /// # use plugstate::{BoxError, Meta, Plugin, Stage, discover};
    /// # #[derive(Debug)]
    /// # struct Uart;
    /// # impl Plugin for Uart {
    /// #     const META: Meta = Meta::new("uart", "1.0.0");
    /// #     type Requires = (); type Config = u32; type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
    /// #     fn configure(&mut self, baud: u32) -> Result<(), BoxError> {
    /// #         baud.checked_sub(1).map(drop).ok_or_else(|| BoxError::from(std::fmt::Error))
    /// #     }
    /// # }
    /// let (uart, error) = discover::<Uart>().load()?.configure(0).unwrap_err().into_parts();
    /// eprintln!("starting without it: {error}");
    /// uart.unload()?;
    /// # Ok::<(), BoxError>(())
    /// ```
    pub fn into_parts(self) -> (Handle<'static, P, S>, BoxError) {
        (self.handle, self.error)
    }
}

impl<P: Plugin, S: State> fmt::Display for Failed<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "plugin `{}` failed to {}: {}", P::META.name(), self.stage, self.error)
    }
}

impl<P: Plugin, S: State> fmt::Debug for Failed<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failed")
            .field("plugin", &P::META.name())
            .field("stage", &self.stage)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

impl<P: Plugin, S: State> std::error::Error for Failed<P, S> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

/// The state after operation `O` in state `S`: the only way in which this module names a result.
type After<S, O> = <S as Next<O>>::To;

/// A handle in the state after `O`, or what failed.
type Step<'deps, P, S, O> = Result<Handle<'deps, P, After<S, O>>, Failed<P, After<S, op::Fail>>>;

/// A plugin that is known, and of which nothing is built.
///
/// A plugin that requires itself, by type and over however many others, does not compile (it is
/// `cargo build` that refuses it: `cargo check` does not evaluate the constant):
///
/// ```text
/// error[E0391]: cycle detected when simplifying constant for the type system `plugstate::requires::<impl plugstate::plugin::sealed::Requirement for P>::ACYCLIC`
///   = note: ...which again requires simplifying constant for the type system `plugstate::requires::<impl plugstate::plugin::sealed::Requirement for P>::ACYCLIC`, completing the cycle
/// note: cycle used when const-evaluating + checking `plugstate::handle::discover::{constant#0}`
/// ```
///
/// ```
/// # use plugstate::{BoxError, Meta, Phase, Plugin, Stage, discover};
/// # struct Uart;
/// # impl Plugin for Uart {
/// #     const META: Meta = Meta::new("uart", "1.0.0");
/// #     type Requires = (); type Config = u32; type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
/// # }
/// let uart = discover::<Uart>();
/// assert_eq!((uart.meta().name(), uart.phase()), ("uart", Phase::Discovered));
/// ```
pub fn discover<P: Plugin>() -> Handle<'static, P, Discovered> {
    const { acyclic::<P>() };
    Handle::holding(Body::none())
}

impl<'deps, P: Plugin, S: State> Handle<'deps, P, S> {
    fn holding(body: Body<P>) -> Self {
        Handle { body, state: PhantomData }
    }

    fn into_body(mut self) -> Body<P> {
        let body = mem::replace(&mut self.body, Body::none());
        mem::forget(self); // an empty handle owes nothing; its drop would only look and see
        body
    }

    /// The phase as a value.
    #[must_use]
    pub fn phase(&self) -> Phase {
        S::PHASE
    }

    /// What the plugin declares.
    #[must_use]
    pub fn meta(&self) -> Meta {
        P::META
    }
}

/// What a hook's answer makes of a plugin that was in `S` and is subject to `O`.
fn settle<'deps, P, S, O>(
    body: Body<P>,
    stage: Stage,
    answer: Result<(), P::Error>,
) -> Step<'deps, P, S, O>
where
    P: Plugin,
    S: Next<O> + Next<op::Fail>,
{
    match answer {
        Ok(()) => Ok(Handle::holding(body)),
        Err(error) => Err(Failed { handle: Handle::holding(body), stage, error: error.into() }),
    }
}

impl<P: Plugin> Handle<'static, P, Discovered> {
    /// Builds an instance: [`begin_load`](Self::begin_load) and [`finish_load`](Handle::finish_load).
    ///
    /// # Errors
    ///
    /// What the `load` hook answers, with the handle in state `Failed`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use plugstate::{BoxError, Meta, Phase, Plugin, Stage, discover};
    /// # struct Uart;
    /// # impl Plugin for Uart {
    /// #     const META: Meta = Meta::new("uart", "1.0.0");
    /// #     type Requires = (); type Config = u32; type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
    /// # }
    /// let uart = discover::<Uart>().load()?;
    /// assert_eq!(uart.phase(), Phase::Loaded);
    /// # Ok::<(), BoxError>(())
    /// ```
    pub fn load(self) -> Step<'static, P, Loading, op::FinishLoad> {
        self.begin_load().finish_load()
    }

    /// Says that an instance is about to be built.
    ///
    /// For hosts that want to stand between the two halves, to show a phase or to note a time:
    ///
    /// ```
    /// # use plugstate::{BoxError, Meta, Phase, Plugin, Stage, discover};
    /// # struct Uart;
    /// # impl Plugin for Uart {
    /// #     const META: Meta = Meta::new("uart", "1.0.0");
    /// #     type Requires = (); type Config = u32; type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
    /// # }
    /// let uart = discover::<Uart>().begin_load();
    /// assert_eq!(uart.phase(), Phase::Loading);
    /// let uart = uart.finish_load()?;
    /// assert_eq!(uart.phase(), Phase::Loaded);
    /// # Ok::<(), BoxError>(())
    /// ```
    pub fn begin_load(self) -> Handle<'static, P, After<Discovered, op::BeginLoad>> {
        Handle::holding(self.into_body())
    }
}

impl<P: Plugin> Handle<'static, P, Loading> {
    /// Calls the `load` hook.
    ///
    /// # Errors
    ///
    /// What the hook answers, with the handle in state `Failed`.
    pub fn finish_load(self) -> Step<'static, P, Loading, op::FinishLoad> {
        // Nothing is held while the hook runs, so there is nothing to keep for a panic.
        drop(self);
        match Body::load() {
            Ok(body) => Ok(Handle::holding(body)),
            Err(error) => Err(Failed {
                handle: Handle::holding(Body::none()),
                stage: Stage::Load,
                error: error.into(),
            }),
        }
    }
}

impl<P: Plugin> Handle<'_, P, Enabled> {
    /// Calls the `disable` hook.
    ///
    /// While a dependent is enabled this does not compile, for the dependent borrows the handle:
    ///
    /// ```text
    /// error[E0505]: cannot move out of `core` because it is borrowed
    ///    |
    /// 11 |     let core = discover::<Core>().load()?.configure(1)?.enable(())?;
    ///    |         ---- binding `core` declared here
    /// 12 |     let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
    ///    |                                                                  ----- borrow of `core` occurs here
    /// 13 |     core.disable()?;
    ///    |     ^^^^ move out of `core` occurs here
    /// ...
    /// 16 | }
    ///    | - borrow might be used here, when `uart` is dropped and runs the `Drop` code for type `Handle`
    /// ```
    ///
    /// # Errors
    ///
    /// What the hook answers, with the handle in state `Failed`: it counts as stopped.
    ///
    /// # Examples
    ///
    /// ```
    /// # use plugstate::{BoxError, Meta, Phase, Plugin, Stage, discover};
    /// # struct Uart;
    /// # impl Plugin for Uart {
    /// #     const META: Meta = Meta::new("uart", "1.0.0");
    /// #     type Requires = (); type Config = u32; type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
    /// # }
    /// let uart = discover::<Uart>().load()?.configure(9600)?.enable(())?;
    /// let uart = uart.disable()?;
    /// let uart = uart.configure(115_200)?.enable(())?; // a disabled plugin takes another configuration
    /// # drop(uart);
    /// # Ok::<(), BoxError>(())
    /// ```
    pub fn disable(self) -> Step<'static, P, Enabled, op::Disable> {
        let mut body = self.into_body();
        let answer = body.disable();
        settle::<P, Enabled, op::Disable>(body, Stage::Disable, answer)
    }
}

impl<P: Plugin> Handle<'_, P, Enabled> {
    /// Keeps `unload` from reaching the hook of that name through [`Deref`]: of a plugin that is
    /// `Copy`, a copy would be unloaded, and the handle would unload it again. The bound holds for
    /// nothing, so a call is refused in the words of the law.
    #[doc(hidden)]
    pub fn unload(self) -> Result<Handle<'static, P, Discovered>, Failed<P, Discovered>>
    where
        Self: Next<op::BeginUnload>,
    {
        Handle::<P, Unloading>::holding(self.into_body()).finish_unload()
    }
}

/// A plugin is used while it is enabled, and by shared reference: there is no `DerefMut`. Through it
/// every hook could be called past the law (`configure` on an enabled handle would find
/// [`Plugin::configure`]), and the instance could be swapped for one that was never enabled. What
/// changes while it serves belongs in a cell or a lock, as it does under a manager.
impl<P: Plugin> Deref for Handle<'_, P, Enabled> {
    type Target = P;

    fn deref(&self) -> &P {
        self.body.plugin()
    }
}

impl<P: Plugin> Handle<'static, P, Configured> {
    /// Calls the `restore` hook: takes over what is worth keeping from `previous`, an instance of the
    /// same plugin that has been disabled. The state stays the same.
    ///
    /// # Errors
    ///
    /// What the hook answers, with the handle in state `Failed`.
    ///
    /// # Examples
    ///
    /// ```
    /// use plugstate::{BoxError, Meta, Plugin, discover};
    ///
    /// struct Counter {
    ///     frames: u32,
    /// }
    ///
    /// impl Plugin for Counter {
    ///     type Config = u32;
    /// #     const META: Meta = Meta::new("counter", "1.0.0");
    /// #     type Requires = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok(Counter { frames: 0 }) }
    ///     fn configure(&mut self, frames: u32) -> Result<(), BoxError> {
    ///         self.frames = frames;
    ///         Ok(())
    ///     }
    ///     fn restore(&mut self, previous: &Self) -> Result<(), BoxError> {
    ///         self.frames += previous.frames;
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let old = discover::<Counter>().load()?.configure(40)?.enable(())?.disable()?;
    /// let new = discover::<Counter>().load()?.configure(2)?.restore(&old)?.enable(())?;
    /// old.unload()?;
    /// assert_eq!(new.frames, 42);
    /// # Ok::<(), BoxError>(())
    /// ```
    pub fn restore(
        self,
        previous: &Handle<'_, P, Disabled>,
    ) -> Step<'static, P, Configured, op::Configure> {
        let mut body = self.into_body();
        let answer = body.restore(previous.body.plugin());
        settle::<P, Configured, op::Configure>(body, Stage::Restore, answer)
    }
}

/// What the programs that must not compile have to find.
#[cfg(plugstate_bug = "types")]
impl<P: Plugin> Handle<'static, P, Loaded> {
    /// A disable of what was never enabled.
    pub fn disable(self) -> Self {
        self
    }
}

impl<P: Plugin> Handle<'static, P, Unloading> {
    /// Calls the `unload` hook, if there is an instance.
    ///
    /// # Errors
    ///
    /// What the hook answers. The instance is gone all the same, so the handle that comes with the
    /// error is in the state that was asked for.
    #[allow(clippy::type_complexity, reason = "the two states are what the signature says")]
    pub fn finish_unload(
        self,
    ) -> Result<
        Handle<'static, P, After<Unloading, op::FinishUnload>>,
        Failed<P, After<Unloading, op::FinishUnload>>,
    > {
        let answer = self.into_body().unload();
        let handle = Handle::holding(Body::none());
        match answer {
            Ok(()) => Ok(handle),
            Err(error) => Err(Failed { handle, stage: Stage::Unload, error: error.into() }),
        }
    }
}

/// The verbs that several states share, each written once.
macro_rules! verbs {
    ($($state:ty: $($verb:ident)+;)+) => {$(
        impl<P: Plugin> Handle<'static, P, $state> {
            $(verbs!(@$verb $state);)+
        }
    )+};
    (@configure $state:ty) => {
        /// Calls the `configure` hook.
        ///
        /// # Errors
        ///
        /// What the hook answers, with the handle in state `Failed`.
        pub fn configure(self, config: P::Config) -> Step<'static, P, $state, op::Configure> {
            let mut body = self.into_body();
            let answer = body.configure(config);
            settle::<P, $state, op::Configure>(body, Stage::Configure, answer)
        }
    };
    (@enable $state:ty) => {
        /// Calls the `enable` hook with the dependencies, whose handles stay borrowed for as long
        /// as the handle that this answers lives.
        ///
        /// # Errors
        ///
        /// What the hook answers, with the handle in state `Failed`; the dependencies are free.
        pub fn enable<'deps>(self, links: Links<'deps, P>) -> Step<'deps, P, $state, op::Enable> {
            let mut body = self.into_body();
            let answer = body.enable(<P::Requires as Requires>::follow(links));
            settle::<P, $state, op::Enable>(body, Stage::Enable, answer)
        }
    };
    (@unload $state:ty) => {
        /// Ends the instance: [`begin_unload`](Self::begin_unload) and
        /// [`finish_unload`](Handle::finish_unload).
        ///
        /// # Errors
        ///
        /// What the `unload` hook answers. The instance is gone all the same, so the handle that
        /// comes with the error is in state `Discovered`.
        pub fn unload(self) -> Result<Handle<'static, P, Discovered>, Failed<P, Discovered>> {
            self.begin_unload().finish_unload()
        }

        /// Says that the instance is about to end.
        pub fn begin_unload(self) -> Handle<'static, P, After<$state, op::BeginUnload>> {
            Handle::holding(self.into_body())
        }
    };
    (@fail $state:ty) => {
        /// Says that the plugin broke while no hook ran.
        ///
        /// ```
        /// # use plugstate::{BoxError, Meta, Phase, Plugin, Stage, discover};
        /// # struct Uart;
        /// # impl Plugin for Uart {
        /// #     const META: Meta = Meta::new("uart", "1.0.0");
        /// #     type Requires = (); type Config = u32; type Error = BoxError;
        /// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
        /// # }
        /// let uart = discover::<Uart>().load()?.configure(9600)?.enable(())?;
        /// let failed = uart.fail("the line is cut");
        /// assert_eq!(failed.stage(), Stage::Fault);
        /// assert_eq!(failed.to_string(), "plugin `uart` failed to run: the line is cut");
        /// # Ok::<(), BoxError>(())
        /// ```
        pub fn fail(self, error: impl Into<BoxError>) -> Failed<P, After<$state, op::Fail>> {
            let handle = Handle::holding(self.into_body());
            Failed { handle, stage: Stage::Fault, error: error.into() }
        }
    };
}
verbs! {
    Loading: fail;
    Loaded: configure unload fail;
    Configured: configure enable unload fail;
    Disabled: configure enable unload fail;
    state::Failed: unload;
}

impl<P: Plugin> Handle<'_, P, Enabled> {
    verbs!(@fail Enabled);
}

impl<P: Plugin, S: State> Drop for Handle<'_, P, S> {
    fn drop(&mut self) {
        if S::PHASE as u8 == Phase::Enabled as u8
            && let Some(plugin) = self.body.0.as_deref_mut()
        {
            let _ = plugin.disable();
        }
        // The body is dropped next, and unloads.
    }
}

impl<P: Plugin, S: State> fmt::Debug for Handle<'_, P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("plugin", &P::META.name())
            .field("phase", &S::PHASE)
            .finish_non_exhaustive()
    }
}
