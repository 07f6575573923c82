//! The record of a hook that failed or panicked.

use std::fmt;
use std::time::Duration;

use crate::id::PluginId;
use crate::plugin::BoxError;
use crate::stage::Stage;
use crate::text::Line;

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

/// An error and its sources, as far as one can be expected to look: nothing keeps an error from being
/// its own source.
fn links(error: &BoxError) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    const LINKS: usize = 64;
    let outermost: &(dyn std::error::Error + 'static) = &**error;
    std::iter::successors(Some(outermost), |link| link.source()).take(LINKS)
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
    !links(error).any(|link| link.is::<Fatal>())
}
