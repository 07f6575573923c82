//! How plugins become known: `register!` over `inventory`, or by hand.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::dynamic::{DynMaker, DynPlugin};
use crate::instance::{Maker, Typed};
use crate::meta::{Declaration, Meta, TypeKey};
use crate::place::Place;
use crate::plugin::{BoxError, Cast, Plugin, acyclic};

/// A plugin as the manager gets to know it: what it declares, how to build it, and as which traits
/// it can be seen.
///
/// [`register!`](crate::register) makes one and hands it to every manager of the program that
/// discovers; [`registration!`](crate::registration) makes one to be added by hand;
/// [`Registration::dynamic`] makes one at run time.
///
/// ```
/// use plugstate::{Registration, registration};
/// # use plugstate::{BoxError, Meta, Plugin};
/// # trait Decoder: Send + Sync {}
/// # struct Uart;
/// # impl Decoder for Uart {}
/// # impl Plugin for Uart {
/// #     const META: Meta = Meta::new("uart", "1.0.0");
/// #     type Requires = (); type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
/// # }
///
/// let uart: Registration = registration!(Uart as dyn Decoder);
/// let declaration = uart.declaration();
/// assert_eq!(declaration.id(), "uart");
/// assert_eq!(declaration.capabilities().len(), 1);
/// assert_eq!(declaration.place().file(), file!());
/// ```
#[derive(Clone)]
pub struct Registration {
    declares: Declares,
    maker: MakerRef,
    views: Cow<'static, [View]>,
}

#[derive(Clone)]
enum Declares {
    Const { meta: &'static Meta, key: TypeKey, place: Place },
    Made(Box<Declaration>),
}

/// A registration whose declaration has been taken: how to build the plugin, and its views.
pub(crate) struct Registered {
    pub(crate) maker: MakerRef,
    pub(crate) views: Cow<'static, [View]>,
}

/// A maker that was there when the program was compiled, or that was made since.
#[derive(Clone)]
pub(crate) enum MakerRef {
    Static(&'static dyn Maker),
    Shared(Arc<dyn Maker>),
}

impl std::ops::Deref for MakerRef {
    type Target = dyn Maker;

    fn deref(&self) -> &(dyn Maker + 'static) {
        match self {
            MakerRef::Static(maker) => *maker,
            MakerRef::Shared(maker) => &**maker,
        }
    }
}

/// A plugin seen as a trait: one entry after `as` in [`register!`](crate::register).
#[derive(Clone)]
pub struct View {
    key: TypeKey,
    cast: CastRef,
}

#[derive(Clone)]
enum CastRef {
    Static(&'static (dyn Any + Send + Sync)),
    Shared(Arc<dyn Any + Send + Sync>),
}

impl View {
    /// The view that `cast` gives.
    #[doc(hidden)]
    #[must_use]
    pub const fn new<T: ?Sized + 'static>(cast: &'static Cast<T>) -> Self {
        View { key: TypeKey::of::<T>(), cast: CastRef::Static(cast) }
    }

    pub(crate) fn key(&self) -> TypeKey {
        self.key
    }

    /// The [`Cast`] to the trait of [`key`](Self::key).
    pub(crate) fn cast(&self) -> &(dyn Any + Send + Sync) {
        match &self.cast {
            CastRef::Static(cast) => *cast,
            CastRef::Shared(cast) => &**cast,
        }
    }
}

impl Registration {
    /// The registration of `P`; use [`registration!`](crate::registration), which fills in the rest.
    #[doc(hidden)]
    #[must_use]
    pub const fn of<P: Plugin + Send + Sync>(views: &'static [View], place: Place) -> Self {
        const { acyclic::<P>() };
        Registration {
            declares: Declares::Const { meta: const { &P::META }, key: TypeKey::of::<P>(), place },
            maker: MakerRef::Static(Typed::<P>::NEW),
            views: Cow::Borrowed(views),
        }
    }

    /// A plugin whose name and dependencies are known only at run time, built by `load`.
    ///
    /// What it provides is said by [`view`](Self::view).
    ///
    /// ```
    /// use plugstate::{BoxError, Declaration, DynPlugin, Manager, Phase, Registration};
    ///
    /// struct Script(String);
    ///
    /// impl DynPlugin for Script {
    ///     type Config = ();
    /// }
    ///
    /// # fn main() -> Result<(), plugstate::Error> {
    /// let manager = Manager::builder()
    ///     .register(Registration::dynamic(Declaration::new("greet.lua", "1.0.0"), || {
    ///         Ok::<_, BoxError>(Script("print 'hello'".into()))
    ///     }))
    ///     .build()?;
    /// manager.enable("greet.lua")?;
    /// assert_eq!(manager.get_as::<Script>("greet.lua")?.0, "print 'hello'");
    /// # Ok(())
    /// # }
    /// ```
    pub fn dynamic<P: DynPlugin>(
        declaration: Declaration,
        load: impl Fn() -> Result<P, BoxError> + Send + Sync + 'static,
    ) -> Self {
        let maker = DynMaker::new(&declaration, load);
        Registration {
            declares: Declares::Made(Box::new(declaration)),
            maker: MakerRef::Shared(Arc::new(maker)),
            views: Cow::Owned(Vec::new()),
        }
    }

    /// Says that the plugin provides the trait `T`, and how it is seen as one:
    /// `.view::<dyn Decoder>(|plugin| Some(plugin.downcast_ref::<Script>()?))`.
    ///
    /// ```
    /// use plugstate::{Declaration, DynPlugin, Manager, Registration};
    ///
    /// trait Decoder: Send + Sync {
    ///     fn protocol(&self) -> &str;
    /// }
    ///
    /// struct Script(String);
    ///
    /// impl DynPlugin for Script {
    ///     type Config = ();
    /// }
    ///
    /// impl Decoder for Script {
    ///     fn protocol(&self) -> &str {
    ///         &self.0
    ///     }
    /// }
    ///
    /// let script = Registration::dynamic(Declaration::new("uart.lua", "1.0.0"), || Ok(Script("UART".into())))
    ///     .view::<dyn Decoder>(|plugin| Some(plugin.downcast_ref::<Script>()?));
    /// let manager = Manager::builder().register(script).build()?;
    /// manager.enable_all()?;
    /// let names: Vec<String> =
    ///     manager.services::<dyn Decoder>().map(|(_, decoder)| decoder.protocol().to_owned()).collect();
    /// assert_eq!(names, ["UART"]);
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    #[must_use]
    pub fn view<T: ?Sized + 'static>(
        mut self,
        cast: for<'a> fn(&'a dyn Any) -> Option<&'a T>,
    ) -> Self {
        let cast = CastRef::Shared(Arc::new(Cast(cast)));
        self.views.to_mut().push(View { key: TypeKey::of::<T>(), cast });
        self
    }

    /// What the plugin declares.
    #[must_use]
    pub fn declaration(&self) -> Declaration {
        let provides = self.views.iter().map(View::key).collect();
        match &self.declares {
            Declares::Const { meta, key, place } => {
                Declaration::of_meta(meta, *key, self.maker.typed(), provides, *place)
            }
            Declares::Made(declaration) => Declaration::clone(declaration).providing(provides),
        }
    }

    /// The same plugin, built by a maker that stands around its own.
    #[cfg(feature = "testing")]
    pub(crate) fn made_by(self, wrap: impl FnOnce(MakerRef) -> Arc<dyn Maker>) -> Self {
        Registration { maker: MakerRef::Shared(wrap(self.maker)), ..self }
    }

    /// Says that the plugin provides this trait, though nobody can see it as one: for a stand-in that
    /// only has to be there.
    #[cfg(feature = "testing")]
    pub(crate) fn standing_in_for(mut self, key: TypeKey) -> Self {
        self.views.to_mut().push(View { key, cast: CastRef::Shared(Arc::new(())) });
        self
    }

    /// The declaration, and what is left without it.
    pub(crate) fn into_parts(self) -> (Declaration, Registered) {
        let declaration = match self.declares {
            Declares::Const { .. } => self.declaration(),
            Declares::Made(declaration) => {
                declaration.providing(self.views.iter().map(View::key).collect())
            }
        };
        (declaration, Registered { maker: self.maker, views: self.views })
    }

    /// Everything that is linked into this program, in no order that means anything.
    pub(crate) fn linked() -> impl Iterator<Item = &'static Registration> {
        inventory::iter::<Registration>.into_iter()
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Registration").field(&self.declaration()).finish()
    }
}

inventory::collect!(Registration);

/// Registers a plugin with every manager that discovers, as in `register!(Uart)`,
/// `register!(Uart as dyn Decoder)` or `register!(Uart as dyn Decoder, dyn Probe)`.
///
/// Nothing runs before `main`, and nothing is built before it is needed. The traits after `as` are
/// the plugin's capabilities: [`Manager::services`](crate::Manager::services) finds it by them, and
/// [`Provider`](crate::Provider) depends on them. The compiler checks that the plugin has them.
///
/// A crate that stands in `Cargo.toml` but is never named in the program is not linked, and
/// registers nothing: name it with [`link!`](crate::link).
///
/// ```standalone_crate
/// use plugstate::{BoxError, Manager, Meta, Plugin};
///
/// trait Decoder: Send + Sync {
///     fn decode(&self, level: bool) -> char;
/// }
///
/// struct Uart;
///
/// impl Plugin for Uart {
///     const META: Meta = Meta::new("uart", "1.0.0");
///     type Requires = ();
///     type Config = ();
///     type Error = BoxError;
///
///     fn load() -> Result<Self, BoxError> {
///         Ok(Uart)
///     }
/// }
///
/// impl Decoder for Uart {
///     fn decode(&self, level: bool) -> char {
///         if level { '1' } else { '0' }
///     }
/// }
///
/// plugstate::register!(Uart as dyn Decoder);
///
/// fn main() -> Result<(), plugstate::Error> {
///     let manager = Manager::builder().discover().build()?;
///     manager.enable_all()?;
///     for (id, decoder) in manager.services::<dyn Decoder>() {
///         assert_eq!((id.as_str(), decoder.decode(true)), ("uart", '1'));
///     }
///     manager.shutdown()
/// }
/// ```
#[macro_export]
macro_rules! register {
    ($($plugin:tt)+) => {
        $crate::__private::submit! { $crate::registration!($($plugin)+) }
    };
}

/// The [`Registration`] of a plugin, to be added by hand where [`register!`](crate::register) is not
/// wanted: in tests, or on platforms that `inventory` does not support.
///
/// ```
/// # use plugstate::{BoxError, Manager, Meta, Plugin};
/// # trait Decoder: Send + Sync {}
/// # struct Uart;
/// # impl Decoder for Uart {}
/// # impl Plugin for Uart {
/// #     const META: Meta = Meta::new("uart", "1.0.0");
/// #     type Requires = ();
/// #     type Config = ();
/// #     type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
/// # }
/// let manager = Manager::builder().register(plugstate::registration!(Uart as dyn Decoder)).build()?;
/// manager.enable("uart")?;
/// assert_eq!(manager.services::<dyn Decoder>().count(), 1);
/// # Ok::<(), plugstate::Error>(())
/// ```
#[macro_export]
macro_rules! registration {
    ($plugin:ty $(as $($capability:ty),+ $(,)?)?) => {
        $crate::Registration::of::<$plugin>(
            const { &[$($($crate::View::new::<$capability>(
                const { &$crate::__private::Cast::<$capability>(|plugin| {
                    match plugin.downcast_ref::<$plugin>() {
                        ::core::option::Option::Some(plugin) => ::core::option::Option::Some(plugin),
                        ::core::option::Option::None => ::core::option::Option::None,
                    }
                }) },
            )),+)?] },
            $crate::Place::new(::core::file!(), ::core::line!()),
        )
    };
}

/// Names plugin crates, so that they are linked: `link!(uart_plugin, spi_plugin);`
///
/// A crate that is listed in `Cargo.toml` but never named in source is left out of the program, with
/// all that it registers, and without a word. Write this once, at the top of `main.rs`, and let
/// [`Builder::expect`](crate::Builder::expect) check the outcome.
///
/// ```
/// plugstate::link!(plugstate);
/// ```
#[macro_export]
macro_rules! link {
    ($($krate:ident),+ $(,)?) => {
        $(#[allow(unused_extern_crates)] extern crate $krate as _;)+
    };
}
