//! What a plugin says of itself: const [`Meta`] in, a [`Declaration`] for the resolver out.

use std::any::{TypeId, type_name};
use std::borrow::Cow;
use std::fmt;

use crate::id::PluginId;
use crate::place::Place;

/// What a plugin declares about itself, as a constant.
///
/// ```
/// use plugstate::Meta;
///
/// const META: Meta = Meta::new("uart", "1.2.0")
///     .description("decodes asynchronous serial lines")
///     .requires(&[("sampler", "^1.0")])
///     .wants(&[("clock", ">=2, <4")])
///     .watches(&["uart.toml"]);
/// assert_eq!(META.name(), "uart");
/// ```
///
/// Names and versions are checked when the plugins are resolved, where every problem is reported at
/// once and with its place. Each of `requires`, `wants` and `watches` takes the whole list: a second
/// call replaces the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    name: &'static str,
    version: &'static str,
    description: &'static str,
    requires: &'static [(&'static str, &'static str)],
    wants: &'static [(&'static str, &'static str)],
    watches: &'static [&'static str],
}

impl Meta {
    /// A plugin called `name`, in `version` (semver, for example `env!("CARGO_PKG_VERSION")`).
    ///
    /// A name has 1 to 214 characters out of `A-Z a-z 0-9 - _ . @ / + :`.
    #[must_use]
    pub const fn new(name: &'static str, version: &'static str) -> Self {
        Meta { name, version, description: "", requires: &[], wants: &[], watches: &[] }
    }

    /// One line for people.
    #[must_use]
    pub const fn description(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// The plugins without which this one cannot run: name and semver requirement.
    ///
    /// A requirement on a plugin that is also named in [`Plugin::Requires`](crate::Plugin::Requires)
    /// adds its version to the typed dependency.
    ///
    /// ```
    /// use plugstate::Meta;
    ///
    /// const META: Meta = Meta::new("uart", "1.2.0").requires(&[("sampler", "^1.0"), ("core", "*")]);
    /// ```
    #[must_use]
    pub const fn requires(mut self, plugins: &'static [(&'static str, &'static str)]) -> Self {
        self.requires = plugins;
        self
    }

    /// The plugins that start before this one if they are there: name and semver requirement.
    #[must_use]
    pub const fn wants(mut self, plugins: &'static [(&'static str, &'static str)]) -> Self {
        self.wants = plugins;
        self
    }

    /// The files whose change concerns this plugin, from the root or from the working directory that
    /// there is when the manager is built: see
    /// [`Manager::reload_changed`](crate::Manager::reload_changed).
    #[must_use]
    pub const fn watches(mut self, files: &'static [&'static str]) -> Self {
        self.watches = files;
        self
    }

    /// The declared name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The declared version, as text.
    #[must_use]
    pub const fn version(&self) -> &'static str {
        self.version
    }

    /// The line for people; empty where there is none.
    #[must_use]
    pub const fn about(&self) -> &'static str {
        self.description
    }

    /// The files whose change concerns this plugin.
    #[must_use]
    pub const fn watched(&self) -> &'static [&'static str] {
        self.watches
    }
}

/// A Rust type as a key: compared by its id, shown by its name.
///
/// ```
/// use plugstate::TypeKey;
///
/// trait Clock {}
/// assert_eq!(TypeKey::of::<dyn Clock>(), TypeKey::of::<dyn Clock>());
/// assert!(TypeKey::of::<dyn Clock>().to_string().contains("Clock"));
/// ```
#[derive(Clone, Copy)]
pub struct TypeKey {
    id: TypeId,
    name: fn() -> &'static str,
}

impl TypeKey {
    /// The key of `T`.
    #[must_use]
    pub const fn of<T: ?Sized + 'static>() -> Self {
        TypeKey { id: TypeId::of::<T>(), name: type_name::<T> }
    }

    /// The id of the type.
    #[must_use]
    pub const fn id(&self) -> TypeId {
        self.id
    }

    /// The name of the type, for people.
    #[must_use]
    pub fn name(&self) -> &'static str {
        (self.name)()
    }
}

impl PartialEq for TypeKey {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for TypeKey {}

impl fmt::Display for TypeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for TypeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a dependency points at.
///
/// ```
/// use plugstate::{Declaration, Target, TypeKey};
///
/// trait Clock {}
///
/// let uart = Declaration::new("uart", "1.0.0").requires("core", "^1").requires_capability::<dyn Clock>();
/// let targets: Vec<&Target> = uart.dependencies().iter().map(|d| &d.target).collect();
/// assert_eq!(
///     targets,
///     [&Target::Named("core".into()), &Target::Capability(TypeKey::of::<dyn Clock>())],
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The plugin with this name.
    Named(PluginId),
    /// The plugin with this name, which must be this very type.
    Typed(PluginId, TypeKey),
    /// Any plugin that was registered as this trait.
    Capability(TypeKey),
}

/// One declared dependency, unparsed.
///
/// ```
/// use plugstate::Declaration;
///
/// let uart = Declaration::new("uart", "1.0.0").wants("clock", ">=2, <4");
/// let clock = &uart.dependencies()[0];
/// assert_eq!((&*clock.requirement, clock.optional), (">=2, <4", true));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// What it points at.
    pub target: Target,
    /// The semver requirement on its version, `*` for any.
    pub requirement: Cow<'static, str>,
    /// Whether the plugin can do without.
    pub optional: bool,
}

impl Dependency {
    /// The capability that it points at, if it is not at a plugin.
    pub(crate) fn capability(&self) -> Option<TypeKey> {
        match self.target {
            Target::Capability(key) => Some(key),
            Target::Named(_) | Target::Typed(..) => None,
        }
    }
}

/// Everything that the resolver looks at: one plugin's name, version, dependencies and
/// capabilities, with the place of its registration. Nothing in it is checked yet.
///
/// Registered plugins bring theirs along. One made by hand lets a suite be resolved without any
/// plugin code:
///
/// ```
/// use plugstate::Declaration;
///
/// let uart = Declaration::new("uart", "1.2.0").requires("sampler", "^1.0").wants("clock", "*");
/// assert_eq!(uart.dependencies().len(), 2);
/// ```
///
/// Each call of `requires`, `wants`, `provides` and `watches` adds one entry. With a
/// [`Registration::dynamic`](crate::Registration::dynamic) a declaration becomes a plugin that runs.
#[derive(Clone, Debug)]
pub struct Declaration {
    id: PluginId,
    version: Cow<'static, str>,
    description: Cow<'static, str>,
    dependencies: Vec<Dependency>,
    provides: Vec<TypeKey>,
    watches: Vec<Cow<'static, str>>,
    key: Option<TypeKey>,
    place: Place,
}

impl Declaration {
    /// A plugin called `name`, in `version`, without dependencies, registered where this is called.
    #[must_use]
    #[track_caller]
    pub fn new(name: impl Into<PluginId>, version: impl Into<Cow<'static, str>>) -> Self {
        Declaration {
            id: name.into(),
            version: version.into(),
            description: Cow::Borrowed(""),
            dependencies: Vec::new(),
            provides: Vec::new(),
            watches: Vec::new(),
            key: None,
            place: Place::caller(),
        }
    }

    /// What a constant declares, with the typed dependencies beside the named ones.
    pub(crate) fn of_meta(
        meta: &Meta,
        key: TypeKey,
        typed: Vec<Dependency>,
        provides: Vec<TypeKey>,
        place: Place,
    ) -> Self {
        let named = |list: &'static [(&'static str, &'static str)], optional| {
            list.iter().map(move |&(name, requirement)| Dependency {
                target: Target::Named(PluginId::from_static(name)),
                requirement: Cow::Borrowed(requirement),
                optional,
            })
        };
        let mut dependencies = typed;
        dependencies.extend(named(meta.requires, false));
        dependencies.extend(named(meta.wants, true));
        Declaration {
            id: PluginId::from_static(meta.name),
            version: Cow::Borrowed(meta.version),
            description: Cow::Borrowed(meta.description),
            dependencies,
            provides,
            watches: meta.watches.iter().map(|&file| Cow::Borrowed(file)).collect(),
            key: Some(key),
            place,
        }
    }

    /// One line for people.
    #[must_use]
    pub fn description(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.description = description.into();
        self
    }

    /// Adds a dependency without which this plugin cannot run.
    #[must_use]
    pub fn requires(
        self,
        name: impl Into<PluginId>,
        requirement: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.depends(Target::Named(name.into()), requirement.into(), false)
    }

    /// Adds a dependency that starts before this plugin if it is there.
    #[must_use]
    pub fn wants(
        self,
        name: impl Into<PluginId>,
        requirement: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.depends(Target::Named(name.into()), requirement.into(), true)
    }

    /// Adds a dependency on whoever provides the trait `T`, as
    /// `requires_capability::<dyn Clock>()`.
    ///
    /// ```
    /// use plugstate::{Declaration, resolve};
    ///
    /// trait Clock {}
    ///
    /// let resolution = resolve([
    ///     Declaration::new("quartz", "1.0.0").provides::<dyn Clock>(),
    ///     Declaration::new("uart", "1.0.0").requires_capability::<dyn Clock>(),
    /// ]);
    /// assert_eq!(resolution.provider_of::<dyn Clock>("uart").unwrap(), "quartz");
    /// ```
    #[must_use]
    pub fn requires_capability<T: ?Sized + 'static>(self) -> Self {
        self.depends(Target::Capability(TypeKey::of::<T>()), Cow::Borrowed("*"), false)
    }

    /// Says that this plugin provides the trait `T`.
    ///
    /// Of a plugin that is registered, the views count and not this:
    /// [`Registration::view`](crate::Registration::view).
    #[must_use]
    pub fn provides<T: ?Sized + 'static>(mut self) -> Self {
        self.provides.push(TypeKey::of::<T>());
        self
    }

    /// Adds a file whose change concerns this plugin: see [`Meta::watches`].
    #[must_use]
    pub fn watches(mut self, file: impl Into<Cow<'static, str>>) -> Self {
        self.watches.push(file.into());
        self
    }

    /// Says that the registration stands at `place`.
    ///
    /// ```
    /// use plugstate::{Declaration, Place};
    ///
    /// let script = Declaration::new("greet.lua", "1.0.0").at(Place::new("greet.lua", 1));
    /// assert_eq!(script.place().to_string(), "greet.lua:1");
    /// ```
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// The same with these capabilities instead of the declared ones.
    pub(crate) fn providing(mut self, provides: Vec<TypeKey>) -> Self {
        self.provides = provides;
        self
    }

    fn depends(mut self, target: Target, requirement: Cow<'static, str>, optional: bool) -> Self {
        self.dependencies.push(Dependency { target, requirement, optional });
        self
    }

    /// The declared name.
    #[must_use]
    pub fn id(&self) -> &PluginId {
        &self.id
    }

    /// The declared version, as text.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The line for people; empty where there is none.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.description
    }

    /// The declared dependencies: the typed ones first, in the order of
    /// [`Plugin::Requires`](crate::Plugin::Requires), then the named ones.
    #[must_use]
    pub fn dependencies(&self) -> &[Dependency] {
        &self.dependencies
    }

    /// The traits that this plugin provides.
    #[must_use]
    pub fn capabilities(&self) -> &[TypeKey] {
        &self.provides
    }

    /// The files whose change concerns this plugin.
    #[must_use]
    pub fn watched(&self) -> &[Cow<'static, str>] {
        &self.watches
    }

    /// The type of the plugin, where it is known by type.
    #[must_use]
    pub fn key(&self) -> Option<TypeKey> {
        self.key
    }

    /// Where the plugin was registered.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_plugin_says_of_itself_is_read_as_it_was_said() {
        const UART: Meta = Meta::new("uart", "1.2.0")
            .description("decodes bytes")
            .watches(&["rules.txt", "pins.toml"]);
        assert_eq!((UART.name(), UART.version()), ("uart", "1.2.0"));
        assert_eq!(UART.about(), "decodes bytes");
        assert_eq!(UART.watched(), ["rules.txt", "pins.toml"]);
        let bare = Meta::new("core", "0.1.0");
        assert_eq!((bare.about(), bare.watched().len()), ("", 0));
    }
}
