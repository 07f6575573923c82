//! Suites as data: what a generator makes, an explorer goes through, and a person can read.

use std::fmt;

use super::world::{Probe, World, host};
use crate::manager::Builder;
use crate::meta::Declaration;
use crate::registry::Registration;

/// A suite of probes. Plugins are known by their positions; their names are [`Suite::name`]s.
///
/// Whatever the data says is a suite: an edge may point at a plugin that is not there, at its own
/// plugin, or at a version that nobody has, and edges may run in circles. What a manager makes of
/// that is what is tested.
///
/// ```
/// use plugstate::testing::{Edge, Part, Suite};
///
/// let suite = Suite::new([Part::default(), Part::default().with(Edge::requires(0))]);
/// assert_eq!(suite.to_string(), "a 1.0; b 1.0 requires a");
/// assert!(suite.resolve().problems().is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, arbitrary::Arbitrary)]
pub struct Suite {
    /// Its plugins.
    pub parts: Vec<Part>,
}

/// One plugin of a [`Suite`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, arbitrary::Arbitrary)]
pub struct Part {
    /// Its major and its minor version.
    pub version: (u8, u8),
    /// What it depends on.
    pub edges: Vec<Edge>,
    /// The capabilities that it provides: bit `n` stands for [`Capability<n>`](Capability).
    pub provides: u8,
}

impl Default for Part {
    fn default() -> Self {
        Part { version: (1, 0), edges: Vec::new(), provides: 0 }
    }
}

/// A dependency of a [`Part`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, arbitrary::Arbitrary)]
pub struct Edge {
    /// What it points at.
    pub on: On,
    /// Whether the plugin can do without. A capability is required always.
    pub optional: bool,
    /// The major version that is asked for; `None` for any.
    pub major: Option<u8>,
}

/// What an [`Edge`] points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, arbitrary::Arbitrary)]
pub enum On {
    /// The plugin at this position, which need not be there.
    Plugin(u8),
    /// Whoever provides [`Capability<n>`](Capability); taken modulo [`CAPABILITIES`].
    Capability(u8),
}

/// A trait for probes to provide; there are [`CAPABILITIES`] of them.
pub trait Capability<const N: usize> {}

impl<const N: usize> Capability<N> for Probe {}

/// How many capabilities there are.
pub const CAPABILITIES: usize = 3;

impl Edge {
    /// Requires the plugin at a position, in any version.
    #[must_use]
    pub fn requires(plugin: u8) -> Self {
        Edge { on: On::Plugin(plugin), optional: false, major: None }
    }

    /// Wants the plugin at a position, in any version.
    #[must_use]
    pub fn wants(plugin: u8) -> Self {
        Edge { optional: true, ..Edge::requires(plugin) }
    }

    /// Requires a capability.
    #[must_use]
    pub fn capability(number: u8) -> Self {
        Edge { on: On::Capability(number), optional: false, major: None }
    }
}

impl Part {
    /// The same with one more dependency.
    #[must_use]
    pub fn with(mut self, edge: Edge) -> Self {
        self.edges.push(edge);
        self
    }

    /// The same with one more capability that it provides.
    #[must_use]
    pub fn providing(mut self, capability: u8) -> Self {
        self.provides |= 1 << (usize::from(capability) % CAPABILITIES);
        self
    }

    fn declaration(&self, at: usize) -> Declaration {
        let (major, minor) = self.version;
        let declaration = Declaration::new(Suite::name(at), format!("{major}.{minor}.0"));
        self.edges.iter().fold(declaration, |declaration, edge| {
            let requirement = edge.major.map_or("*".to_owned(), |major| format!("^{major}"));
            match edge.on {
                On::Capability(number) => match usize::from(number) % CAPABILITIES {
                    0 => declaration.requires_capability::<dyn Capability<0>>(),
                    1 => declaration.requires_capability::<dyn Capability<1>>(),
                    _ => declaration.requires_capability::<dyn Capability<2>>(),
                },
                On::Plugin(on) if edge.optional => {
                    declaration.wants(Suite::name(on.into()), requirement)
                }
                On::Plugin(on) => declaration.requires(Suite::name(on.into()), requirement),
            }
        })
    }

    fn provides(&self, capability: usize) -> bool {
        self.provides & (1 << capability) != 0
    }

    fn views(&self, probe: Registration) -> Registration {
        let mut probe = probe;
        if self.provides(0) {
            probe = probe.view::<dyn Capability<0>>(|it| Some(it.downcast_ref::<Probe>()?));
        }
        if self.provides(1) {
            probe = probe.view::<dyn Capability<1>>(|it| Some(it.downcast_ref::<Probe>()?));
        }
        if self.provides(2) {
            probe = probe.view::<dyn Capability<2>>(|it| Some(it.downcast_ref::<Probe>()?));
        }
        probe
    }
}

impl Suite {
    /// A suite of these plugins.
    #[must_use]
    pub fn new(parts: impl IntoIterator<Item = Part>) -> Self {
        Suite { parts: parts.into_iter().collect() }
    }

    /// The name of the plugin at a position: `a` to `z`, then `za`, `zb` and so on, so that names
    /// are in the order of the positions.
    #[must_use]
    pub fn name(at: usize) -> String {
        let letter = char::from(b'a' + u8::try_from(at % 25).expect("less than 25"));
        format!("{}{letter}", "z".repeat(at / 25))
    }

    /// The names of the plugins.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        (0..self.parts.len()).map(Suite::name).collect()
    }

    /// What the plugins declare, in order.
    #[must_use]
    pub fn declarations(&self) -> Vec<Declaration> {
        (self.parts.iter().enumerate())
            .map(|(at, part)| {
                let declaration = part.declaration(at);
                let declaration = match part.provides(0) {
                    true => declaration.provides::<dyn Capability<0>>(),
                    false => declaration,
                };
                let declaration = match part.provides(1) {
                    true => declaration.provides::<dyn Capability<1>>(),
                    false => declaration,
                };
                match part.provides(2) {
                    true => declaration.provides::<dyn Capability<2>>(),
                    false => declaration,
                }
            })
            .collect()
    }

    /// The suite as the resolver answers it, without a plugin being made.
    #[must_use]
    pub fn resolve(&self) -> crate::Resolution {
        crate::resolve(self.declarations())
    }

    /// A builder of a manager of the suite's plugins, which write into `world`.
    pub fn builder(&self, world: &World) -> Builder {
        self.add_to(host(), world, 0..self.parts.len())
    }

    /// Registers the plugins at these positions, in this order.
    ///
    /// # Panics
    ///
    /// If there is no plugin at one of the positions.
    pub fn add_to(
        &self,
        builder: Builder,
        world: &World,
        order: impl IntoIterator<Item = usize>,
    ) -> Builder {
        order.into_iter().fold(builder, |builder, at| {
            let part = &self.parts[at];
            builder.register(part.views(world.probe(part.declaration(at))))
        })
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.parts.iter().enumerate() {
            let (major, minor) = part.version;
            let separator = if at == 0 { "" } else { "; " };
            write!(f, "{separator}{} {major}.{minor}", Suite::name(at))?;
            for capability in (0..CAPABILITIES).filter(|&capability| part.provides(capability)) {
                write!(f, " provides #{capability}")?;
            }
            for edge in &part.edges {
                match edge.on {
                    On::Capability(number) => {
                        write!(f, " requires #{}", usize::from(number) % CAPABILITIES)?;
                    }
                    On::Plugin(on) => {
                        let verb = if edge.optional { "wants" } else { "requires" };
                        write!(f, " {verb} {}", Suite::name(on.into()))?;
                        if let Some(major) = edge.major {
                            write!(f, " ^{major}")?;
                        }
                    }
                }
            }
        }
        Ok(())
    }
}
