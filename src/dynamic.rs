//! Plugins whose names and dependencies are known only at run time.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::config::{self, ConfigError};
use crate::id::PluginId;
use crate::instance::{Instance, Maker};
use crate::meta::{Declaration, Dependency, Target};
use crate::plugin::{Bound, BoxError};

/// A plugin that is declared at run time: [`Plugin`](crate::Plugin) without the constants.
///
/// For hosts that make plugins out of data: scripts, rules, remote services. The hooks mean what they
/// mean there, and the instance is built by the function given to
/// [`Registration::dynamic`](crate::Registration::dynamic). What such a plugin needs is checked when
/// the suite is built and at every call, but not by the compiler.
///
/// ```
/// use plugstate::{BoxError, Declaration, DynDeps, DynPlugin, Manager, Registration};
///
/// /// A rule of a filter, read from a file.
/// struct Rule {
///     limit: u32,
/// }
///
/// impl DynPlugin for Rule {
///     type Config = Option<u32>;
///
///     fn configure(&mut self, limit: Option<u32>) -> Result<(), BoxError> {
///         self.limit = limit.unwrap_or(self.limit);
///         Ok(())
///     }
///
///     fn enable(&mut self, deps: DynDeps<'_>) -> Result<(), BoxError> {
///         for id in deps.ids() {
///             let other: &Rule = deps.get(id.as_str()).ok_or("no rule")?;
///             self.limit = self.limit.min(other.limit);
///         }
///         Ok(())
///     }
/// }
///
/// let rule = |declaration, limit| Registration::dynamic(declaration, move || Ok(Rule { limit }));
/// let manager = Manager::builder()
///     .register(rule(Declaration::new("rule/all", "1.0.0"), 10))
///     .register(rule(Declaration::new("rule/uart", "1.0.0").requires("rule/all", "^1"), 50))
///     .config(std::collections::BTreeMap::from([("rule/all", 20)]))
///     .build()?;
/// manager.enable("rule/uart")?;
/// assert_eq!(manager.get_as::<Rule>("rule/uart")?.limit, 20);
/// # Ok::<(), plugstate::Error>(())
/// ```
pub trait DynPlugin: Sized + Send + Sync + 'static {
    /// What [`configure`](DynPlugin::configure) is given.
    type Config: DeserializeOwned + Default + 'static;

    /// Takes the configuration over.
    ///
    /// # Errors
    ///
    /// An error makes the plugin `Failed`.
    #[expect(unused_variables, reason = "the names are for whoever writes the hook")]
    fn configure(&mut self, config: Self::Config) -> Result<(), BoxError> {
        Ok(())
    }

    /// Starts to serve.
    ///
    /// # Errors
    ///
    /// An error makes the plugin `Failed`.
    #[expect(unused_variables, reason = "the names are for whoever writes the hook")]
    fn enable(&mut self, deps: DynDeps<'_>) -> Result<(), BoxError> {
        Ok(())
    }

    /// Stops serving.
    ///
    /// # Errors
    ///
    /// An error makes the plugin `Failed`; it counts as stopped. So give everything back first: in a
    /// reload the next instance is enabled beside one that has failed to stop.
    fn disable(&mut self) -> Result<(), BoxError> {
        Ok(())
    }

    /// At a reload: takes over what is worth keeping.
    ///
    /// # Errors
    ///
    /// An error ends the reload.
    #[expect(unused_variables, reason = "the names are for whoever writes the hook")]
    fn restore(&mut self, previous: &Self) -> Result<(), BoxError> {
        Ok(())
    }

    /// Ends the instance.
    ///
    /// # Errors
    ///
    /// An error is reported, and the instance is gone all the same.
    fn unload(self) -> Result<(), BoxError> {
        Ok(())
    }
}

/// The enabled dependencies of a [`DynPlugin`], by name; see there for an example.
///
/// Dependencies on a capability are not in it: they order the plugin, and a host reaches the provider
/// with [`Manager::services`](crate::Manager::services).
#[derive(Clone, Copy)]
pub struct DynDeps<'a> {
    names: &'a [Option<PluginId>],
    bounds: &'a [Option<Bound<'a>>],
}

impl<'a> DynDeps<'a> {
    /// The dependency called `name`, if it was declared, is enabled, and is a `P`.
    #[must_use]
    pub fn get<P: 'static>(&self, name: &str) -> Option<&'a P> {
        self.iter().find(|(id, _)| id.as_str() == name)?.1.downcast_ref()
    }

    /// The names of the enabled dependencies, in the order in which they were declared.
    pub fn ids(&self) -> impl Iterator<Item = &'a PluginId> {
        self.iter().map(|(id, _)| id)
    }

    fn iter(&self) -> impl Iterator<Item = (&'a PluginId, &'a dyn Any)> {
        let bounds = self.bounds.iter().map(|bound| bound.map(|bound| bound.plugin));
        self.names.iter().zip(bounds).filter_map(|(id, plugin)| Some((id.as_ref()?, plugin?)))
    }
}

/// The maker of a [`DynPlugin`].
pub(crate) struct DynMaker<P, F> {
    load: F,
    /// The names of the declared dependencies by position; `None` for a capability.
    names: Arc<[Option<PluginId>]>,
    plugin: PhantomData<fn() -> P>,
}

impl<P, F> DynMaker<P, F> {
    pub(crate) fn new(declaration: &Declaration, load: F) -> Self {
        let names = declaration.dependencies().iter().map(|dependency| match &dependency.target {
            Target::Named(id) | Target::Typed(id, _) => Some(id.clone()),
            Target::Capability(_) => None,
        });
        DynMaker { load, names: names.collect(), plugin: PhantomData }
    }
}

impl<P, F> Maker for DynMaker<P, F>
where
    P: DynPlugin,
    F: Fn() -> Result<P, BoxError> + Send + Sync,
{
    fn load(&self) -> Result<Box<dyn Instance>, BoxError> {
        let plugin = (self.load)()?;
        Ok(Box::new(DynBody { plugin: Some(plugin), names: Arc::clone(&self.names) }))
    }

    fn parse(&self, plugin: &PluginId, table: Option<&Value>) -> Result<Box<dyn Any>, ConfigError> {
        config::parse::<P::Config>(plugin, table).map(|config| Box::new(config) as _)
    }

    fn takes_no_config(&self) -> bool {
        config::is_none::<P::Config>()
    }

    fn typed(&self) -> Vec<Dependency> {
        vec![]
    }
}

/// A live instance with the duty to unload it, as [`Body`](crate::handle::Body) is for typed ones.
struct DynBody<P: DynPlugin> {
    plugin: Option<P>,
    names: Arc<[Option<PluginId>]>,
}

const WHOLE: &str = "a body is emptied only by unload, which consumes it";

impl<P: DynPlugin> DynBody<P> {
    fn plugin_mut(&mut self) -> &mut P {
        self.plugin.as_mut().expect(WHOLE)
    }
}

impl<P: DynPlugin> Instance for DynBody<P> {
    fn configure(&mut self, config: Box<dyn Any>) -> Result<(), BoxError> {
        let config = config.downcast().expect("the maker of this instance parsed its config");
        self.plugin_mut().configure(*config)
    }

    fn enable(&mut self, bounds: &[Option<Bound<'_>>]) -> Result<(), BoxError> {
        let DynBody { plugin, names } = self;
        let plugin = plugin.as_mut().expect(WHOLE);
        plugin.enable(DynDeps { names, bounds })
    }

    fn disable(&mut self) -> Result<(), BoxError> {
        self.plugin_mut().disable()
    }

    fn restore(&mut self, previous: &dyn Any) -> Result<(), BoxError> {
        let previous = previous.downcast_ref().expect("two generations are of one type");
        self.plugin_mut().restore(previous)
    }

    fn unload(mut self: Box<Self>) -> Result<(), BoxError> {
        self.plugin.take().map_or(Ok(()), DynPlugin::unload)
    }

    fn plugin(&self) -> &dyn Any {
        self.plugin.as_ref().expect(WHOLE)
    }
}

impl<P: DynPlugin> Drop for DynBody<P> {
    fn drop(&mut self) {
        if let Some(plugin) = self.plugin.take() {
            let _ = plugin.unload();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manager::Manager;
    use crate::registry::Registration;

    /// Notes what it found among its dependencies.
    #[derive(Default)]
    struct Rule {
        limit: u32,
        found: [Option<u32>; 3],
    }

    impl DynPlugin for Rule {
        type Config = ();

        fn enable(&mut self, deps: DynDeps<'_>) -> Result<(), BoxError> {
            let limit = |name| deps.get::<Rule>(name).map(|rule| rule.limit);
            self.found = [limit("all"), limit("some"), limit("uart")];
            assert!(deps.get::<u32>("all").is_none(), "it is no number");
            Ok(())
        }
    }

    #[test]
    fn a_dependency_is_found_by_its_name_and_type() {
        let rule = |name: &'static str, limit| {
            let it = Declaration::new(name, "1.0.0");
            let it =
                if name == "uart" { it.requires("all", "*").requires("some", "*") } else { it };
            Registration::dynamic(it, move || Ok(Rule { limit, ..Rule::default() }))
        };
        let builder = Manager::builder().register(rule("all", 1)).register(rule("some", 2));
        let manager = builder.register(rule("uart", 3)).build().expect("it is sound");
        manager.enable("uart").expect("nothing fails");
        let uart = manager.get_as::<Rule>("uart").expect("it is enabled");
        assert_eq!(uart.found, [Some(1), Some(2), None]);
    }
}
