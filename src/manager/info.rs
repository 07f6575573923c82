//! What can be known of a plugin and of the whole suite, as data.

use std::fmt;
use std::sync::Arc;

use super::times::Times;
use crate::failure::Failure;
use crate::graph::Binding;
use crate::id::PluginId;
use crate::phase::Phase;
use crate::place::Place;
use crate::text::Shown;

/// Everything about one plugin, as it stood when [`Manager::info`](crate::Manager::info) was called.
///
/// ```
/// use plugstate::Phase;
/// # use plugstate::{BoxError, Manager, Meta, Plugin};
/// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
/// #     const META: Meta = Meta::new($name, "1.0.0");
/// #     type Requires = $needs; type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok($t) }
/// # } } }
/// # plugin!(Core, "core", ());
/// # plugin!(Uart, "uart", (Core,));
/// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
/// manager.enable("uart")?;
/// manager.fault("core", "the bus is stuck")?;
///
/// let core = manager.info("core")?;
/// assert_eq!((core.version.as_str(), core.phase, core.generation), ("1.0.0", Phase::Failed, 1));
/// assert_eq!(core.dependents, ["uart"]);
/// assert_eq!(core.failures[0].chain(), ["the bus is stuck"]);
/// assert!(core.times.enable.is_some() && core.times.disable.is_none());
/// # Ok::<(), plugstate::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Info<'m> {
    /// Its name.
    pub id: PluginId,
    /// Its version.
    pub version: String,
    /// One line for people; empty where there is none.
    pub about: String,
    /// Where it was registered.
    pub place: Place,
    /// Where it stands.
    pub phase: Phase,
    /// Which instance is, or was last, alive, counted from 1; 0 before the first.
    pub generation: u32,
    /// What it depends on, as declared, with what became of each.
    pub dependencies: Vec<Binding<'m>>,
    /// Who requires it, in canonical order.
    pub dependents: Vec<PluginId>,
    /// Why it could not be resolved; such a plugin stays `Discovered`.
    pub blocked: Option<crate::explain::Reason>,
    /// The newest failures, oldest first; 16 at the most.
    pub failures: Vec<Arc<Failure>>,
    /// How long each hook ran when it was last called.
    pub times: Times,
}

/// Every plugin's phase at one moment, between two events of the journal. Its `Display` is one line
/// for each plugin; see [`Manager::snapshot`](crate::Manager::snapshot) for an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The number that the next event will have: all events before it are in this picture.
    pub next_seq: u64,
    /// Each plugin's phase and generation, by name.
    pub plugins: Vec<Standing>,
}

/// One line of a [`Snapshot`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The plugin.
    pub id: PluginId,
    /// Where it stands.
    pub phase: Phase,
    /// Which instance is, or was last, alive, counted from 1; 0 before the first.
    pub generation: u32,
}

impl Snapshot {
    /// The phase of one plugin; `None` if there is none of that name. O(log plugins).
    ///
    /// ```
    /// use plugstate::Phase;
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// # plugin!(Uart, "uart", (Core,));
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
    /// assert_eq!(manager.snapshot().phase("uart"), Some(Phase::Discovered));
    /// assert_eq!(manager.snapshot().phase("spi"), None);
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    #[must_use]
    pub fn phase(&self, plugin: &str) -> Option<Phase> {
        let at = self.plugins.binary_search_by(|standing| standing.id.as_str().cmp(plugin)).ok()?;
        Some(self.plugins[at].phase)
    }
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, standing) in self.plugins.iter().enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            write!(f, "{end}{}: {}", Shown(standing.id.as_str()), standing.phase)?;
        }
        Ok(())
    }
}
