//! The record of a hook that failed or panicked.

use std::fmt;
use std::time::Duration;

use crate::id::PluginId;
use crate::plugin::BoxError;
use crate::stage::Stage;
use crate::text::{Line, Shown};

/// What is known of one failure of one plugin. It stays on the plugin's record (see
/// [`Info::failures`](crate::Info::failures)) after the operation that met it.
///
/// ```
/// use plugstate::{BoxError, Error, Manager, Meta, Plugin, Stage};
///
/// struct Uart;
///
/// impl Plugin for Uart {
/// #     const META: Meta = Meta::new("uart", "1.0.0");
/// #     type Requires = (); type Config = (); type Error = BoxError;
///     fn load() -> Result<Self, BoxError> {
///         let baud: u32 = "fast".parse()?;
///         Ok(Uart)
///     }
/// }
///
/// let manager = Manager::builder().add::<Uart>().build()?;
/// let Err(Error::Hook(failure)) = manager.load("uart") else { panic!("`fast` is no number") };
/// assert_eq!((failure.stage(), failure.generation()), (Stage::Load, 1));
/// assert_eq!(failure.chain(), ["invalid digit found in string"]);
/// assert_eq!(
///     failure.to_string(),
///     "plugin `uart` failed to load: invalid digit found in string",
/// );
/// assert!(failure.is_recoverable() && failure.panic().is_none());
/// # Ok::<(), plugstate::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub(crate) plugin: PluginId,
    pub(crate) generation: u32,
    pub(crate) stage: Stage,
    pub(crate) chain: Vec<String>,
    pub(crate) panic: Option<Panic>,
    pub(crate) at: Duration,
    pub(crate) key: Option<String>,
    pub(crate) recoverable: bool,
}

/// A panic in a hook.
///
/// ```
/// use plugstate::{BoxError, Error, Manager, Meta, Plugin};
///
/// struct Uart;
///
/// impl Plugin for Uart {
/// #     const META: Meta = Meta::new("uart", "1.0.0");
/// #     type Requires = (); type Config = (); type Error = BoxError;
///     fn load() -> Result<Self, BoxError> {
///         panic!("no such pin")
///     }
/// }
///
/// let manager = Manager::builder().add::<Uart>().build()?;
/// let Err(Error::Hook(failure)) = manager.load("uart") else { panic!("it cannot be loaded") };
/// let panic = failure.panic().expect("it was one");
/// assert_eq!(panic.message(), "no such pin");
/// assert!(panic.place().is_some_and(|place| place.contains(".rs:")));
/// # Ok::<(), plugstate::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panic {
    pub(crate) message: String,
    pub(crate) place: Option<String>,
}

impl Panic {
    /// What the panic said.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where it happened, as `src/uart.rs:12:9`; `None` where the program has replaced the panic
    /// hook that remembers it.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }
}

impl Failure {
    /// Who failed.
    #[must_use]
    pub fn plugin(&self) -> &PluginId {
        &self.plugin
    }

    /// Which instance, counted from 1.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// In which hook.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// The error and its sources, outermost first. A panic has its message here.
    #[must_use]
    pub fn chain(&self) -> &[String] {
        &self.chain
    }

    /// The panic, if it was one.
    #[must_use]
    pub fn panic(&self) -> Option<&Panic> {
        self.panic.as_ref()
    }

    /// When, counted from the moment at which the manager was built.
    #[must_use]
    pub fn at(&self) -> Duration {
        self.at
    }

    /// The key of its configuration that the hook refused, as in `pins.rx`, if it named one with
    /// [`BadKey`].
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Whether trying again with a new instance may help: yes, unless the hook said otherwise with
    /// [`Fatal`].
    #[must_use]
    pub fn is_recoverable(&self) -> bool {
        self.recoverable
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.panic {
            None => write!(f, "plugin `{}` failed to {}", self.plugin, self.stage)?,
            Some(panic) => {
                write!(f, "plugin `{}` panicked in {}", self.plugin, self.stage)?;
                if let Some(place) = &panic.place {
                    write!(f, " at {place}")?;
                }
            }
        }
        for link in &self.chain {
            write!(f, ": {}", Line(link))?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

/// Marks an error after which trying again is of no use: `Err(Fatal::new(error).into())`.
///
/// ```
/// use plugstate::{BoxError, Fatal};
///
/// fn load() -> Result<(), BoxError> {
///     Err(Fatal::new("this machine has no such port").into())
/// }
/// assert_eq!(load().unwrap_err().to_string(), "this machine has no such port");
/// ```
///
/// It may stand anywhere in the chain of sources. A plugin that fails so while it is running is not
/// restarted, whatever its [`Restart`](crate::Restart) policy says; [`Manager::retry`] still tries.
///
/// [`Manager::retry`]: crate::Manager::retry
#[derive(Debug)]
pub struct Fatal(BoxError);

impl Fatal {
    /// Marks `error`.
    pub fn new(error: impl Into<BoxError>) -> Self {
        Fatal(error.into())
    }
}

impl fmt::Display for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::error::Error for Fatal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

/// Names the key of a configuration that is read well and cannot be used:
/// `Err(BadKey::new("pins.rx", error).into())`.
///
/// What does not parse as [`Plugin::Config`](crate::Plugin::Config) is refused with its key before a hook is
/// called ([`ConfigError`](crate::ConfigError)). What only the plugin can judge, its `configure` hook
/// refuses; with this, [`Failure::key`] tells the host where to look, and so does the text.
///
/// ```
/// use plugstate::{BadKey, BoxError, Error, Manager, Meta, Plugin};
///
/// struct Uart;
///
/// impl Plugin for Uart {
/// #     const META: Meta = Meta::new("uart", "1.0.0");
/// #     type Requires = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
///     type Config = std::collections::BTreeMap<String, u32>;
///
///     fn configure(&mut self, config: Self::Config) -> Result<(), BoxError> {
///         match config.get("baud") {
///             Some(0) => Err(BadKey::new("baud", "must not be 0").into()),
///             _ => Ok(()),
///         }
///     }
/// }
///
/// let manager = Manager::builder().add::<Uart>().build()?;
/// manager.load("uart")?;
/// let table = toml::Table::from_iter([("baud".to_owned(), 0.into())]);
/// let Err(Error::Hook(failure)) = manager.configure("uart", table) else { panic!("it is 0") };
/// assert_eq!(failure.key(), Some("baud"));
/// assert_eq!(
///     failure.to_string(),
///     "plugin `uart` failed to configure: key `baud`: must not be 0",
/// );
/// # Ok::<(), plugstate::Error>(())
/// ```
///
/// It may stand anywhere in the chain of sources; the outermost counts.
#[derive(Debug)]
pub struct BadKey {
    path: String,
    why: BoxError,
}

impl BadKey {
    /// `path` leads to the key from the plugin's own table, as in `pins.rx` or `taps[2]`; `why` says
    /// what was met and what was expected.
    pub fn new(path: impl Into<String>, why: impl Into<BoxError>) -> Self {
        BadKey { path: path.into(), why: why.into() }
    }
}

impl fmt::Display for BadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key `{}`: {}", Shown(&self.path), self.why)
    }
}

impl std::error::Error for BadKey {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.why.source()
    }
}

/// An error and its sources, as far as one can be expected to look: nothing keeps an error from being
/// its own source.
fn links(error: &BoxError) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    const LINKS: usize = 64;
    let outermost: &(dyn std::error::Error + 'static) = &**error;
    std::iter::successors(Some(outermost), |link| link.source()).take(LINKS)
}

/// The same, with what marks stand around: that is told by their own texts, so it is no source.
fn marked(error: &BoxError) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    links(error).flat_map(|link| {
        std::iter::successors(Some(link), |link| {
            let fatal = link.downcast_ref::<Fatal>().map(|fatal| &fatal.0);
            let inside = fatal.or_else(|| Some(&link.downcast_ref::<BadKey>()?.why))?;
            Some(&**inside as &(dyn std::error::Error + 'static))
        })
    })
}

/// An error's texts, outermost first. A link that only repeats what was just said is left out.
pub(crate) fn chain(error: &BoxError) -> Vec<String> {
    let mut chain: Vec<String> = Vec::new();
    for error in links(error) {
        let text = error.to_string();
        if chain.last() != Some(&text) {
            chain.push(text);
        }
    }
    chain
}

/// Whether the hook said that trying again is of no use.
pub(crate) fn is_recoverable(error: &BoxError) -> bool {
    !marked(error).any(|link| link.is::<Fatal>())
}

/// The key of its configuration that the hook has named.
pub(crate) fn key(error: &BoxError) -> Option<String> {
    marked(error).find_map(|link| Some(link.downcast_ref::<BadKey>()?.path.clone()))
}
