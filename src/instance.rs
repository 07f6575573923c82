//! A live plugin whose type is known only to itself, and what a registration can do without one.

use std::any::Any;
use std::marker::PhantomData;

use serde_json::Value;

use crate::config::{self, ConfigError};
use crate::handle::Body;
use crate::id::PluginId;
use crate::meta::Dependency;
use crate::plugin::{Bound, BoxError, Plugin, Requires, declared};

/// One instance of some plugin. Which hook may run when is not decided here: the chart does that.
pub(crate) trait Instance: Any + Send + Sync {
    fn configure(&mut self, config: Box<dyn Any>) -> Result<(), BoxError>;
    fn enable(&mut self, bounds: &[Option<Bound<'_>>]) -> Result<(), BoxError>;
    fn disable(&mut self) -> Result<(), BoxError>;
    fn restore(&mut self, previous: &dyn Any) -> Result<(), BoxError>;
    fn unload(self: Box<Self>) -> Result<(), BoxError>;
    /// The plugin itself, for guards and views to look into.
    fn plugin(&self) -> &dyn Any;
}

/// What can be done for a plugin of which no instance exists.
pub(crate) trait Maker: Send + Sync {
    fn load(&self) -> Result<Box<dyn Instance>, BoxError>;
    /// Reads the table as the plugin's own type of configuration.
    fn parse(&self, plugin: &PluginId, table: Option<&Value>) -> Result<Box<dyn Any>, ConfigError>;
    /// Whether the plugin has no configuration at all: its type is `()`, which is all that there is to
    /// [`parse`](Self::parse) without a table.
    fn takes_no_config(&self) -> bool;
    /// The dependencies that are declared by type; they come first among all.
    fn typed(&self) -> Vec<Dependency>;
}

/// The maker of a [`Plugin`].
pub(crate) struct Typed<P>(PhantomData<fn() -> P>);

impl<P: 'static> Typed<P> {
    pub(crate) const NEW: &'static Self = &Typed(PhantomData);
}

impl<P: Plugin + Send + Sync> Maker for Typed<P> {
    fn load(&self) -> Result<Box<dyn Instance>, BoxError> {
        match Body::<P>::load() {
            Ok(body) => Ok(Box::new(body)),
            Err(error) => Err(error.into()),
        }
    }

    fn parse(&self, plugin: &PluginId, table: Option<&Value>) -> Result<Box<dyn Any>, ConfigError> {
        config::parse::<P::Config>(plugin, table).map(|config| Box::new(config) as _)
    }

    fn takes_no_config(&self) -> bool {
        config::is_none::<P::Config>()
    }

    fn typed(&self) -> Vec<Dependency> {
        declared::<P>()
    }
}

impl<P: Plugin + Send + Sync> Instance for Body<P> {
    fn configure(&mut self, config: Box<dyn Any>) -> Result<(), BoxError> {
        let config = config.downcast().expect("the maker of this instance parsed its config");
        Body::configure(self, *config).map_err(Into::into)
    }

    fn enable(&mut self, bounds: &[Option<Bound<'_>>]) -> Result<(), BoxError> {
        let refs = <P::Requires as Requires>::from_bounds(bounds)
            .expect("the resolver bound each typed dependency to a plugin of its type");
        Body::enable(self, refs).map_err(Into::into)
    }

    fn disable(&mut self) -> Result<(), BoxError> {
        Body::disable(self).map_err(Into::into)
    }

    fn restore(&mut self, previous: &dyn Any) -> Result<(), BoxError> {
        let previous = previous.downcast_ref().expect("two generations are of one type");
        Body::restore(self, previous).map_err(Into::into)
    }

    fn unload(self: Box<Self>) -> Result<(), BoxError> {
        Body::unload(*self).map_err(Into::into)
    }

    fn plugin(&self) -> &dyn Any {
        Body::<P>::plugin(self)
    }
}
