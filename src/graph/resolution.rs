//! The answer of the resolver: immutable, and cheap to ask.

use std::any::TypeId;
use std::mem;

use rustc_hash::FxHashMap;
use semver::Version;

use super::NONE;
use super::dag::{Dag, Rows};
use super::facts::Facts;
use super::nearest::Nearest;
use crate::explain::{Cycle, Problem, Reason, Unmet, Warning};
use crate::id::PluginId;
use crate::meta::{Declaration, Dependency, Target, TypeKey};

/// Whether a plugin can do without what it depends on; see [`Resolution`] for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Need {
    /// It cannot.
    Required,
    /// It can; if the other is there, it comes first all the same.
    Optional,
}

/// A declared dependency, and what became of it.
///
/// ```
/// use plugstate::{Declaration, Need, explain::Unmet, resolve};
///
/// let resolution = resolve([
///     Declaration::new("clock", "1.0.0"),
///     Declaration::new("uart", "1.2.0").wants("clock", "^2"),
/// ]);
/// let clock = resolution.dependencies("uart").next().expect("one was declared");
/// assert_eq!(clock.need, Need::Optional);
/// assert_eq!(clock.bound, Err(Unmet::WrongVersion { found: "1.0.0".into() }));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Binding<'a> {
    /// What was declared.
    pub declared: &'a Dependency,
    /// Whether it is required, be it by another dependency on the same plugin.
    pub need: Need,
    /// The plugin that it resolved to, or why to none.
    pub bound: Result<&'a PluginId, Unmet>,
}

/// What [`resolve`](crate::resolve) found out: the canonical order of the plugins that can run,
/// and everything that is wrong with the others.
///
/// A plugin that is not *blocked* can run. Queries by name take anything that is text; for a name
/// that nobody has they answer like for a plugin without dependencies that cannot run.
///
/// ```
/// use plugstate::{Declaration, Need, resolve};
///
/// let resolution = resolve([
///     Declaration::new("stats", "0.3.0").wants("uart", "*"),
///     Declaration::new("uart", "1.2.0"),
/// ]);
/// assert_eq!(resolution.level("stats"), Some(1));
/// let binding = resolution.dependencies("stats").next().expect("one was declared");
/// assert_eq!(binding.need, Need::Optional);
/// assert_eq!(binding.bound.expect("it is there"), "uart");
/// ```
#[derive(Debug)]
pub struct Resolution {
    /// The declarations as they came; they hold the names.
    claims: Vec<Declaration>,
    /// For each plugin, by name, the position of its declaration.
    by_name: Vec<u32>,
    /// For each plugin its position in the order, or [`NONE`].
    rank: Vec<u32>,
    dag: Dag,
    facts: Facts,
}

impl Resolution {
    pub(super) fn new(claims: Vec<Declaration>, by_name: Vec<u32>, mut facts: Facts) -> Self {
        let dag = facts.dag.take().unwrap_or_else(|| Dag::new(0, Rows::default(), Rows::default()));
        let rank = mem::take(&mut facts.levels.rank);
        Resolution { claims, by_name, rank, dag, facts }
    }

    /// How many plugins there are, blocked ones included; a name counts once.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether there are no plugins at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// All plugins by name, blocked ones included.
    ///
    /// ```
    /// use plugstate::{Declaration, resolve};
    ///
    /// let resolution = resolve([
    ///     Declaration::new("core", "1.0.0"),
    ///     Declaration::new("clock", "2.1.0"),
    ///     Declaration::new("uart", "1.2.0").requires("core", "^1").wants("clock", "*"),
    ///     Declaration::new("spi", "1.0.0").requires("dma", "*"),
    /// ]);
    /// let names: Vec<&str> = resolution.plugins().map(|id| id.as_str()).collect();
    /// assert_eq!(names, ["clock", "core", "spi", "uart"]);
    /// ```
    pub fn plugins(&self) -> impl ExactSizeIterator<Item = &PluginId> {
        (0..self.len() as u32).map(|plugin| self.id(plugin))
    }

    /// The plugins that can run, in canonical order: by level, then by name.
    ///
    /// ```
    /// use plugstate::{Declaration, resolve};
    ///
    /// let resolution = resolve([
    ///     Declaration::new("core", "1.0.0"),
    ///     Declaration::new("clock", "2.1.0"),
    ///     Declaration::new("uart", "1.2.0").requires("core", "^1").wants("clock", "*"),
    ///     Declaration::new("spi", "1.0.0").requires("dma", "*"),
    /// ]);
    /// let order: Vec<&str> = resolution.order().map(|id| id.as_str()).collect();
    /// assert_eq!(order, ["clock", "core", "uart"]); // `spi` cannot run
    /// ```
    pub fn order(&self) -> impl ExactSizeIterator<Item = &PluginId> {
        self.facts.levels.order.iter().map(|&plugin| self.id(plugin))
    }

    /// The plugins that can run, level by level: no plugin depends on one of its own level.
    ///
    /// ```
    /// use plugstate::{Declaration, resolve};
    ///
    /// let resolution = resolve([
    ///     Declaration::new("core", "1.0.0"),
    ///     Declaration::new("clock", "2.1.0"),
    ///     Declaration::new("uart", "1.2.0").requires("core", "^1").wants("clock", "*"),
    ///     Declaration::new("spi", "1.0.0").requires("dma", "*"),
    /// ]);
    /// let levels: Vec<usize> = resolution.levels().map(|level| level.len()).collect();
    /// assert_eq!(levels, [2, 1]); // `clock` and `core`, then `uart`
    /// ```
    pub fn levels(
        &self,
    ) -> impl ExactSizeIterator<Item = impl ExactSizeIterator<Item = &PluginId>> {
        let levels = &self.facts.levels;
        levels.starts.windows(2).map(move |w| {
            let level = &levels.order[w[0] as usize..w[1] as usize];
            level.iter().map(|&plugin| self.id(plugin))
        })
    }

    /// The level of a plugin, counted from 0; `None` if it cannot run. O(log levels).
    #[must_use]
    pub fn level(&self, plugin: impl AsRef<str>) -> Option<usize> {
        let rank = self.rank(self.index_of(plugin.as_ref())?)?;
        Some(self.facts.levels.starts.partition_point(|&start| start <= rank) - 1)
    }

    /// The declared dependencies of a plugin, in the order of [`Declaration::dependencies`], and
    /// what became of each.
    pub fn dependencies(&self, plugin: impl AsRef<str>) -> impl Iterator<Item = Binding<'_>> {
        let plugin = self.index_of(plugin.as_ref());
        let declared = plugin.map_or(&[][..], |p| self.declaration_at(p).dependencies());
        declared.iter().enumerate().map(move |(position, declared)| {
            let plugin = plugin.expect("only a plugin has declared something");
            let target = self.bound(plugin, position);
            let bound = match target {
                Some(target) => Ok(self.id(target)),
                None => Err(self.why_unmet(plugin, position)),
            };
            let same = |other: &Dependency| match (named(other), named(declared)) {
                (Some(other), Some(name)) => other == name,
                _ => false,
            };
            let all = self.declaration_at(plugin).dependencies();
            let required = !declared.optional
                || all.iter().any(|other| !other.optional && same(other))
                || target.is_some_and(|t| self.required(plugin).binary_search(&t).is_ok());
            let need = if required { Need::Required } else { Need::Optional };
            Binding { declared, need, bound }
        })
    }

    /// The plugins that can run and depend on this one: required by some, by name, then wanted by
    /// others, by name.
    ///
    /// ```
    /// use plugstate::Need;
    /// use plugstate::{Declaration, resolve};
    ///
    /// let resolution = resolve([
    ///     Declaration::new("core", "1.0.0"),
    ///     Declaration::new("clock", "2.1.0"),
    ///     Declaration::new("uart", "1.2.0").requires("core", "^1").wants("clock", "*"),
    ///     Declaration::new("spi", "1.0.0").requires("dma", "*"),
    /// ]);
    /// let uart = "uart".into();
    /// assert_eq!(resolution.dependents("core").next(), Some((&uart, Need::Required)));
    /// assert_eq!(resolution.dependents("clock").next(), Some((&uart, Need::Optional)));
    /// ```
    pub fn dependents(&self, plugin: impl AsRef<str>) -> impl Iterator<Item = (&PluginId, Need)> {
        let plugin = self.index_of(plugin.as_ref()).unwrap_or(NONE);
        let required = self.dependents_required(plugin).iter().map(|&p| (p, Need::Required));
        let optional = self.dependents_optional(plugin).iter().map(|&p| (p, Need::Optional));
        required.chain(optional).map(|(plugin, need)| (self.id(plugin), need))
    }

    /// The plugin that was chosen to provide the capability `T` to `plugin`.
    ///
    /// ```
    /// use plugstate::{Declaration, resolve};
    ///
    /// trait Clock {}
    ///
    /// let resolution = resolve([
    ///     Declaration::new("quartz", "1.0.0").provides::<dyn Clock>(),
    ///     Declaration::new("atomic", "1.0.0").provides::<dyn Clock>(),
    ///     Declaration::new("uart", "1.2.0").requires_capability::<dyn Clock>(),
    /// ]);
    /// assert_eq!(resolution.provider_of::<dyn Clock>("uart").unwrap(), "atomic"); // the first by name
    /// ```
    #[must_use]
    pub fn provider_of<T: ?Sized + 'static>(&self, plugin: impl AsRef<str>) -> Option<&PluginId> {
        let plugin = self.index_of(plugin.as_ref())?;
        let wanted = Target::Capability(TypeKey::of::<T>());
        let dependencies = self.declaration_at(plugin).dependencies();
        let position = dependencies.iter().position(|dependency| dependency.target == wanted)?;
        self.bound(plugin, position).map(|provider| self.id(provider))
    }

    /// Every strongly connected component of required dependencies.
    ///
    /// ```
    /// use plugstate::{Declaration, resolve};
    ///
    /// let resolution = resolve([
    ///     Declaration::new("uart", "1.0.0").requires("sampler", "*"),
    ///     Declaration::new("sampler", "1.0.0").requires("uart", "*"),
    /// ]);
    /// let cycle = resolution.cycles().next().expect("there is one");
    /// assert_eq!(cycle.members(), ["sampler", "uart"]);
    /// ```
    pub fn cycles(&self) -> impl Iterator<Item = &Cycle> {
        self.problems().iter().filter_map(|problem| match problem.reason() {
            Reason::Cycle(cycle) => Some(cycle),
            _ => None,
        })
    }

    /// Everything that blocks a plugin, by the plugin's name.
    ///
    /// A plugin may have several problems. One that only requires a blocked plugin has one that
    /// names it; one that is in a cycle, and has no other problem, has none but the cycle's, which
    /// is listed at the first plugin of its path.
    ///
    /// ```
    /// use plugstate::{Declaration, resolve};
    ///
    /// let resolution = resolve([
    ///     Declaration::new("core", "1.0.0"),
    ///     Declaration::new("clock", "2.1.0"),
    ///     Declaration::new("uart", "1.2.0").requires("core", "^1").wants("clock", "*"),
    ///     Declaration::new("spi", "1.0.0").requires("dma", "*"),
    /// ]);
    /// assert!(resolution.problems()[0].to_string().contains("requires `dma`, which is not registered"));
    /// ```
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.facts.problems
    }

    /// What plugins that can run go without though it is there, by the plugin's name.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.facts.warnings
    }

    /// Why a plugin cannot run, if it cannot: the first of its problems.
    ///
    /// ```
    /// use plugstate::{Declaration, resolve};
    ///
    /// let resolution = resolve([
    ///     Declaration::new("core", "1.0.0"),
    ///     Declaration::new("clock", "2.1.0"),
    ///     Declaration::new("uart", "1.2.0").requires("core", "^1").wants("clock", "*"),
    ///     Declaration::new("spi", "1.0.0").requires("dma", "*"),
    /// ]);
    /// assert!(resolution.is_blocked("core").is_none());
    /// assert_eq!(
    ///     resolution.is_blocked("spi").unwrap().to_string(),
    ///     "requires `dma`, which is not registered: register it, or correct the name",
    /// );
    /// ```
    #[must_use]
    pub fn is_blocked(&self, plugin: impl AsRef<str>) -> Option<&Reason> {
        self.blocked(self.index_of(plugin.as_ref())?)
    }

    /// The version of a plugin, parsed for each call; `None` if it is invalid.
    ///
    /// ```
    /// use plugstate::{Declaration, resolve};
    ///
    /// let resolution = resolve([
    ///     Declaration::new("core", "1.0.0"),
    ///     Declaration::new("clock", "2.1.0"),
    ///     Declaration::new("uart", "1.2.0").requires("core", "^1").wants("clock", "*"),
    ///     Declaration::new("spi", "1.0.0").requires("dma", "*"),
    /// ]);
    /// assert_eq!(resolution.version("clock").unwrap().minor, 1);
    /// ```
    #[must_use]
    pub fn version(&self, plugin: impl AsRef<str>) -> Option<Version> {
        super::check::version(self.declaration(plugin)?.version()).ok()
    }

    /// What a plugin declared. Where several claim the name, the first by place.
    #[must_use]
    pub fn declaration(&self, plugin: impl AsRef<str>) -> Option<&Declaration> {
        self.index_of(plugin.as_ref()).map(|plugin| self.declaration_at(plugin))
    }

    fn why_unmet(&self, plugin: u32, position: usize) -> Unmet {
        let at = (plugin, position as u32);
        let unmet = &self.facts.unmet;
        if let Ok(found) = unmet.binary_search_by_key(&at, |&(p, n, _)| (p, n)) {
            return unmet[found].2.clone();
        }
        match named(&self.declaration_at(plugin).dependencies()[position]) {
            Some(name) if self.index_of(name).is_none() => Unmet::Missing,
            _ => Unmet::Blocked,
        }
    }
}

/// The name that a dependency gives, if it gives one.
fn named(dependency: &Dependency) -> Option<&str> {
    match &dependency.target {
        Target::Named(id) | Target::Typed(id, _) => Some(id.as_str()),
        Target::Capability(_) => None,
    }
}

/// The face for the manager: plugins by their number, which is their position among the names.
impl Resolution {
    /// The number of a plugin; one hash and, all but always, one comparison.
    pub(crate) fn index_of(&self, name: &str) -> Option<u32> {
        let text = |plugin| self.id(plugin).as_str().as_bytes();
        self.facts.index.find(name.as_bytes(), self.len(), text, |plugin| plugin)
    }

    /// The registered name that `name` is only a slip of the pen away from.
    pub(crate) fn nearest(&self, name: &str) -> Option<PluginId> {
        let names = self.plugins().map(PluginId::as_str);
        Nearest::new().to(name, names).map(|plugin| self.id(plugin).clone())
    }

    /// The name of a plugin.
    #[inline]
    pub(crate) fn id(&self, plugin: u32) -> &PluginId {
        self.declaration_at(plugin).id()
    }

    /// The position of a plugin's declaration among those that were given.
    #[inline]
    pub(crate) fn arrival(&self, plugin: u32) -> usize {
        self.by_name[plugin as usize] as usize
    }

    /// What a plugin declared.
    /// A declaration by its arrival, also where another takes precedence over it.
    pub(crate) fn arrived(&self, arrival: usize) -> &Declaration {
        &self.claims[arrival]
    }

    #[inline]
    pub(crate) fn declaration_at(&self, plugin: u32) -> &Declaration {
        &self.claims[self.arrival(plugin)]
    }

    /// The position of a plugin in the canonical order; `None` if it cannot run.
    pub(crate) fn rank(&self, plugin: u32) -> Option<u32> {
        Some(self.rank[plugin as usize]).filter(|&rank| rank != NONE)
    }

    /// The plugins that can run, in canonical order.
    pub(crate) fn order_indices(&self) -> &[u32] {
        &self.facts.levels.order
    }

    /// What a plugin that can run requires, ascending; empty for one that cannot.
    pub(crate) fn required(&self, plugin: u32) -> &[u32] {
        self.dag.required.row(plugin)
    }

    /// What a plugin that can run wants, is there and was not given up, ascending.
    pub(crate) fn optional(&self, plugin: u32) -> &[u32] {
        self.dag.optional.row(plugin)
    }

    /// The plugins that can run and require this one, ascending.
    pub(crate) fn dependents_required(&self, plugin: u32) -> &[u32] {
        self.dag.required_back.row(plugin)
    }

    /// The plugins that can run and want this one, ascending.
    pub(crate) fn dependents_optional(&self, plugin: u32) -> &[u32] {
        self.dag.optional_back.row(plugin)
    }

    /// Why a plugin cannot run, if it cannot.
    pub(crate) fn blocked(&self, plugin: u32) -> Option<&Reason> {
        let problem = *self.facts.blocked_by.get(plugin as usize)?;
        self.facts.problems.get(problem as usize).map(Problem::reason)
    }

    /// What the dependency at `position` of a plugin's declaration resolved to. O(1) expected,
    /// beside a binary search among the exceptions where there are any.
    pub(crate) fn bound(&self, plugin: u32, position: usize) -> Option<u32> {
        let dependency = self.declaration_at(plugin).dependencies().get(position)?;
        let at = (plugin, position as u32);
        match named(dependency) {
            None => {
                let granted = &self.facts.granted;
                let found = granted.binary_search_by_key(&at, |&(p, n, _)| (p, n)).ok()?;
                Some(granted[found].2)
            }
            Some(name) => {
                let unmet = &self.facts.unmet;
                if unmet.binary_search_by_key(&at, |&(p, n, _)| (p, n)).is_ok() {
                    return None;
                }
                self.index_of(name).filter(|&target| self.blocked(target).is_none())
            }
        }
    }

    /// All plugins that provide a capability, ascending, blocked ones included.
    pub(crate) fn providers(&self, capability: TypeId) -> &[u32] {
        let providers: &FxHashMap<TypeId, Vec<u32>> = &self.facts.providers;
        providers.get(&capability).map_or(&[], Vec::as_slice)
    }
}
