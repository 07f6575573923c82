//! What a plugin author writes: [`Plugin`], its hooks, and the dependencies it declares by type.

use std::any::Any;

use serde::de::DeserializeOwned;

use crate::meta::{Dependency as Declared, Meta};

/// Any error of a hook.
///
/// Use it as [`Plugin::Error`] where hooks fail for many reasons: `?` makes one of every error, and
/// `.into()` of a text.
///
/// ```
/// use plugstate::BoxError;
///
/// fn baud(text: &str) -> Result<u32, BoxError> {
///     let baud: u32 = text.parse()?;
///     if baud == 0 { Err("baud must not be 0".into()) } else { Ok(baud) }
/// }
/// assert_eq!(baud("0").unwrap_err().to_string(), "baud must not be 0");
/// assert_eq!(baud("fast").unwrap_err().to_string(), "invalid digit found in string");
/// ```
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A plugin: its facts as constants and types, its life as six hooks.
///
/// Only `load` must be written. The hooks are called by nobody but the lifecycle, in the order of
/// the law (see [`Phase`](crate::Phase)), and never two at a time on one instance.
///
/// ```
/// use plugstate::{BoxError, Deps, Meta, Plugin, discover};
///
/// struct Core {
///     ticks: u32,
/// }
///
/// impl Plugin for Core {
///     const META: Meta = Meta::new("core", "1.0.0");
///     type Requires = ();
///     type Config = u32;
///     type Error = BoxError;
///
///     fn load() -> Result<Self, BoxError> {
///         Ok(Core { ticks: 0 })
///     }
///
///     fn configure(&mut self, ticks: u32) -> Result<(), BoxError> {
///         self.ticks = ticks;
///         Ok(())
///     }
/// }
///
/// struct Uart {
///     ticks: u32,
/// }
///
/// impl Plugin for Uart {
///     const META: Meta = Meta::new("uart", "1.0.0");
///     type Requires = (Core,);
///     type Config = ();
///     type Error = BoxError;
///
///     fn load() -> Result<Self, BoxError> {
///         Ok(Uart { ticks: 0 })
///     }
///
///     fn enable(&mut self, (core,): Deps<'_, Self>) -> Result<(), BoxError> {
///         self.ticks = core.ticks; // `Core` is enabled: the compiler saw to it
///         Ok(())
///     }
/// }
///
/// # fn main() -> Result<(), BoxError> {
/// let core = discover::<Core>().load()?.configure(7)?.enable(())?;
/// let uart = discover::<Uart>().load()?.configure(())?.enable((&core,))?;
/// assert_eq!(uart.ticks, 7);
/// # Ok(())
/// # }
/// ```
///
/// A plugin that a [`Manager`](crate::Manager) drives must also be `Send + Sync`.
///
/// A hook that panics under a manager has failed, with the panic's message and place. In the
/// typestate layer the panic goes on to the caller, and `unload` is called on its way.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no plugin",
    label = "this has no life to manage",
    note = "what can be required is a `Plugin`, an `Optional<Plugin>` or a `Provider<dyn Trait>`"
)]
pub trait Plugin: Sized + 'static {
    /// Name, version, named dependencies, files to watch.
    const META: Meta;

    /// The plugins and capabilities that this one needs, as a tuple: `()`, `(Core,)`,
    /// `(Core, Optional<Clock>, Provider<dyn Log>)`.
    type Requires: Requires;

    /// What [`configure`](Plugin::configure) is given. The default is used where the host has no
    /// configuration for the plugin.
    type Config: DeserializeOwned + Default;

    /// What a hook that fails answers.
    type Error: Into<BoxError>;

    /// Builds an instance. It must not take what only one instance can hold (a port, a file lock):
    /// at a reload two instances exist side by side. Take those in [`enable`](Plugin::enable).
    ///
    /// # Errors
    ///
    /// An error makes the plugin `Failed`, and there is no instance.
    fn load() -> Result<Self, Self::Error>;

    /// Takes the configuration over. It may come more than once in the life of an instance, before
    /// it is enabled or while it is disabled.
    ///
    /// # Errors
    ///
    /// An error makes the plugin `Failed`; the instance is kept until it is unloaded. A value that cannot be
    /// used is named by [`BadKey`](crate::BadKey).
    #[expect(unused_variables, reason = "the names are for whoever writes the hook")]
    fn configure(&mut self, config: Self::Config) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Starts to serve. Every dependency is enabled, and is handed over by reference. Exclusive
    /// resources are taken here.
    ///
    /// # Errors
    ///
    /// An error makes the plugin `Failed`; `disable` is not called, so what this hook has taken by
    /// then must be given back here or in [`unload`](Plugin::unload).
    ///
    /// # Examples
    ///
    /// A pin that only one instance can hold is taken here, and given back by the next hook:
    ///
    /// ```
    /// use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
    /// use plugstate::{BoxError, Deps, Meta, Plugin, discover};
    ///
    /// static PIN_TAKEN: AtomicBool = AtomicBool::new(false);
    ///
    /// struct Uart;
    ///
    /// impl Plugin for Uart {
    /// #     const META: Meta = Meta::new("uart", "1.0.0");
    /// #     type Requires = (); type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
    ///     fn enable(&mut self, (): Deps<'_, Self>) -> Result<(), BoxError> {
    ///         if PIN_TAKEN.swap(true, SeqCst) { Err("the pin is taken".into()) } else { Ok(()) }
    ///     }
    ///
    ///     fn disable(&mut self) -> Result<(), BoxError> {
    ///         PIN_TAKEN.store(false, SeqCst);
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let uart = discover::<Uart>().load()?.configure(())?.enable(())?;
    /// let second = discover::<Uart>().load()?.configure(())?.enable(()).unwrap_err();
    /// assert_eq!(second.to_string(), "plugin `uart` failed to enable: the pin is taken");
    /// uart.disable()?;
    /// let third = second.into_handle().unload()?.load()?.configure(())?.enable(())?;
    /// # drop(third);
    /// # Ok::<(), plugstate::BoxError>(())
    /// ```
    #[expect(unused_variables, reason = "the names are for whoever writes the hook")]
    fn enable(&mut self, deps: Deps<'_, Self>) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Stops serving, and gives back what [`enable`](Plugin::enable) took. An instance that broke is not
    /// told: see [`unload`](Plugin::unload).
    ///
    /// # Errors
    ///
    /// An error makes the plugin `Failed`; it counts as stopped. So give everything back first: in a
    /// reload the next instance is enabled beside one that has failed to stop.
    fn disable(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }

    /// At a reload: takes over what is worth keeping from the instance that this one replaces. It is
    /// called between `configure` and `enable`, when `previous` has been disabled.
    ///
    /// # Errors
    ///
    /// An error ends the reload, and `previous` is put back in service.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
    /// use plugstate::{BoxError, Manager, Meta, Plugin};
    ///
    /// #[derive(Default)]
    /// struct Counter {
    ///     frames: AtomicU32,
    /// }
    ///
    /// impl Plugin for Counter {
    /// #     const META: Meta = Meta::new("counter", "1.0.0");
    /// #     type Requires = (); type Config = (); type Error = BoxError;
    ///     fn load() -> Result<Self, BoxError> {
    ///         Ok(Counter::default())
    ///     }
    ///
    ///     fn restore(&mut self, previous: &Self) -> Result<(), BoxError> {
    ///         *self.frames.get_mut() = previous.frames.load(SeqCst);
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let manager = Manager::builder().add::<Counter>().build()?;
    /// manager.enable("counter")?;
    /// manager.get::<Counter>()?.frames.fetch_add(7, SeqCst);
    /// manager.reload("counter")?;
    /// assert_eq!(manager.get::<Counter>()?.frames.load(SeqCst), 7); // a new instance, the old count
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    #[expect(unused_variables, reason = "the names are for whoever writes the hook")]
    fn restore(&mut self, previous: &Self) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Ends the instance. Where this is not written, the instance is dropped.
    ///
    /// An instance that has failed is not disabled before: neither one whose `enable` or `disable`
    /// failed, nor one that the host has declared broken while it was enabled. What
    /// [`enable`](Plugin::enable) took and [`disable`](Plugin::disable) has not given back is given back
    /// here, or by `Drop`.
    ///
    /// # Errors
    ///
    /// An error is reported, and the instance is gone all the same.
    fn unload(self) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// The references that the `enable` hook of `P` receives, one for each entry of its
/// [`Requires`](Plugin::Requires).
///
/// An `enable` hook takes the tuple apart in its signature:
///
/// ```
/// use plugstate::{BoxError, Deps, Meta, Optional, Plugin, discover};
/// # macro_rules! plugin { ($t:ident, $name:literal) => { struct $t; impl Plugin for $t {
/// #     const META: Meta = Meta::new($name, "1.0.0");
/// #     type Requires = (); type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok($t) }
/// # } } }
/// # plugin!(Core, "core");
/// # plugin!(Clock, "clock");
///
/// struct Uart {
///     stamps: bool,
/// }
///
/// impl Plugin for Uart {
///     type Requires = (Core, Optional<Clock>);
/// #     const META: Meta = Meta::new("uart", "1.0.0");
/// #     type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Uart { stamps: false }) }
///     fn enable(&mut self, (_core, clock): Deps<'_, Self>) -> Result<(), BoxError> {
///         self.stamps = clock.is_some();
///         Ok(())
///     }
/// }
///
/// let core = discover::<Core>().load()?.configure(())?.enable(())?;
/// let uart = discover::<Uart>().load()?.configure(())?.enable((&core, None))?;
/// assert!(!uart.stamps);
/// # Ok::<(), BoxError>(())
/// ```
pub type Deps<'a, P> = <<P as Plugin>::Requires as Requires>::Refs<'a>;

/// What a caller shows to enable `P` by hand: a borrow of each dependency's enabled handle.
///
/// For `type Requires = (Core, Optional<Clock>)` that is `(&core, Some(&clock))` or `(&core, None)`, and
/// for a [`Provider`](crate::Provider) anything that has the trait. The handles stay borrowed for as long
/// as the dependent is enabled.
///
/// ```
/// use plugstate::{BoxError, Handle, Links, discover, state::Enabled};
/// # use plugstate::{Meta, Plugin};
/// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
/// #     const META: Meta = Meta::new($name, "1.0.0");
/// #     type Requires = $needs; type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok($t) }
/// # } } }
/// # plugin!(Core, "core", ());
/// # plugin!(Uart, "uart", (Core,));
///
/// /// Brings a `Uart` up on whatever it requires.
/// fn start<'deps>(links: Links<'deps, Uart>) -> Result<Handle<'deps, Uart, Enabled>, BoxError> {
///     Ok(discover::<Uart>().load()?.configure(())?.enable(links)?)
/// }
///
/// let core = discover::<Core>().load()?.configure(())?.enable(())?;
/// let uart = start((&core,))?;
/// # drop(uart);
/// # Ok::<(), BoxError>(())
/// ```
pub type Links<'a, P> = <<P as Plugin>::Requires as Requires>::Links<'a>;

/// What the manager found for one dependency: the running plugin, and how to see it as a trait.
#[derive(Clone, Copy)]
pub struct Bound<'a> {
    pub(crate) plugin: &'a dyn Any,
    pub(crate) view: Option<&'a (dyn Any + Send + Sync)>,
}

/// How to see a plugin, whose type is known only at run time, as the trait `T`.
pub struct Cast<T: ?Sized + 'static>(pub for<'a> fn(&'a dyn Any) -> Option<&'a T>);

pub(crate) mod sealed {
    use super::Declared;

    /// The part of a dependency that nobody outside implements or calls.
    pub trait Requirement {
        /// That nothing below requires this again: evaluating it on a cycle is refused by the compiler.
        const ACYCLIC: ();
        fn declared() -> Declared;
    }

    /// The same for a whole tuple.
    pub trait Requires {
        const ACYCLIC: ();
        fn declared() -> Vec<Declared>;
    }
}

/// One entry of [`Plugin::Requires`]: a plugin, [`Optional`](crate::Optional) or
/// [`Provider`](crate::Provider).
///
/// | entry | the hook receives | a caller shows, by hand |
/// | --- | --- | --- |
/// | `Core` | `&Core` | `&Handle<'_, Core, Enabled>` |
/// | `Optional<Core>` | `Option<&Core>` | `Option<&Handle<'_, Core, Enabled>>` |
/// | `Provider<dyn Clock>` | `&dyn Clock` | `&dyn Clock` |
///
/// This trait is sealed.
pub trait Requirement: sealed::Requirement {
    /// What the `enable` hook receives.
    type Ref<'a>;
    /// What a caller shows to enable the dependent by hand.
    type Link<'a>;
    /// From what was shown to what is received.
    #[doc(hidden)]
    fn follow<'a>(link: Self::Link<'a>) -> Self::Ref<'a>;
    /// From what the manager found to what is received.
    #[doc(hidden)]
    fn from_bound(bound: Option<Bound<'_>>) -> Option<Self::Ref<'_>>;
}

/// A tuple of up to twelve dependencies; see [`Requirement`] for what can stand in it. One alone is
/// written with a comma: `(Core,)`.
///
/// This trait is sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of dependencies",
    label = "write a tuple, such as `()`, `(Core,)` or `(Core, Optional<Clock>)`"
)]
pub trait Requires: sealed::Requires {
    /// What the `enable` hook receives.
    type Refs<'a>;
    /// What a caller shows to enable the dependent by hand.
    type Links<'a>;
    /// From what was shown to what is received.
    #[doc(hidden)]
    fn follow<'a>(links: Self::Links<'a>) -> Self::Refs<'a>;
    /// From what the manager found to what is received.
    #[doc(hidden)]
    fn from_bounds<'a>(bounds: &[Option<Bound<'a>>]) -> Option<Self::Refs<'a>>;
}

/// That no typed dependency below `P` leads back to it.
///
/// A constant that needs itself is refused by the compiler (E0391), so naming this for every plugin
/// that is used makes a cycle of types impossible. The trait is sealed: no implementor can say
/// otherwise.
pub(crate) const fn acyclic<P: Plugin>() {
    <P as sealed::Requirement>::ACYCLIC
}

/// What `P` requires by type, in the order of its tuple.
pub(crate) fn declared<P: Plugin>() -> Vec<Declared> {
    <P::Requires as sealed::Requires>::declared()
}
