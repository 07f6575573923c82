//! The suite on its way from one capture to the next: what the manager is asked to do, and when.

use std::io::{self, Write as _};

use plugstate::{Builder, Error, Manager, Phase, PluginId, TypeKey};

use crate::config_file::ConfigFile;
use crate::plugins::{self, CAPTURE, Decoder, STATS};
use crate::trouble::explain;

/// Gathers the plugins that are linked into the program, and checks that they fit together and that
/// the configuration fits them. Nothing is loaded yet.
///
/// # Errors
///
/// [`Error::Link`] with everything that is wrong, not the first thing alone.
pub(crate) fn build(config: &ConfigFile, events: bool) -> Result<Manager, Error> {
    builder(events).config(config.tables()).build()
}

/// The same, for those who have other ways to give a configuration.
pub(crate) fn builder(events: bool) -> Builder {
    let builder = Manager::builder().discover().expect(plugins::NAMES);
    if !events {
        return builder;
    }
    // Nobody can be told if this cannot be told either.
    builder.observe(|event| drop(writeln!(io::stderr(), "{event}")))
}

/// What keeps a configuration from being used at all, in words; nothing if it can be.
pub(crate) fn flaws(config: &ConfigFile) -> Vec<String> {
    match build(config, false) {
        Err(error) => explain(&error, config),
        Ok(manager) if !decoders(&manager).any(|decoder| config.mentions(decoder.as_str())) => {
            let file = config.path().display();
            let names: Vec<_> = decoders(&manager).map(|decoder| format!("[{decoder}]")).collect();
            let names = names.join(", ");
            vec![format!("{file}: asks for no decoder: one runs if it has a table, as {names}")]
        }
        Ok(_) => Vec::new(),
    }
}

/// Puts the suite to work on the capture that the configuration names: brings everything up in
/// canonical order, past what fails, and answers with what did.
///
/// # Errors
///
/// What no capture and no configuration can be blamed for.
pub(crate) fn start(manager: &Manager, config: &ConfigFile) -> Result<Vec<Error>, Error> {
    rest(manager)?;
    let order = manager.resolution().order().filter(|plugin| wanted(manager, config, plugin));
    Ok(order.filter_map(|plugin| bring_up(manager, config, plugin).err()).collect())
}

/// Takes down what stands on the last capture, so that everything can be configured anew.
///
/// Disabling keeps the instances: `stats` still knows what it has counted. A plugin that has failed
/// has to be unloaded before it can be tried again, and so has whatever requires it.
fn rest(manager: &Manager) -> Result<(), Error> {
    for plugin in [STATS, CAPTURE] {
        if manager.phase(plugin)? == Phase::Enabled {
            let _ = manager.disable_cascade(plugin)?;
        }
    }
    for plugin in manager.resolution().order() {
        if manager.phase(plugin.as_str())? == Phase::Failed {
            let _ = manager.unload_cascade(plugin.as_str())?;
        }
    }
    Ok(())
}

/// Leads one plugin from where it stands to `Enabled`, by way of a new configuration. What it
/// requires was led there before.
fn bring_up(manager: &Manager, config: &ConfigFile, plugin: &PluginId) -> Result<(), Error> {
    let plugin = plugin.as_str();
    let _ = manager.load(plugin)?; // does nothing for an instance that is there already
    let _ = manager.configure(plugin, config.table(plugin))?;
    let _ = manager.enable(plugin)?;
    Ok(())
}

/// A decoder runs if it has a table; everything else always does.
pub(crate) fn wanted(manager: &Manager, config: &ConfigFile, plugin: &PluginId) -> bool {
    config.mentions(plugin.as_str()) || decoders(manager).all(|decoder| decoder != plugin)
}

/// The plugins that were registered as decoders, be they in service or not.
pub(crate) fn decoders(manager: &Manager) -> impl Iterator<Item = &PluginId> {
    let decoder = TypeKey::of::<dyn Decoder>();
    let resolution = manager.resolution();
    resolution.order().filter(move |plugin| {
        let declaration = resolution.declaration(plugin);
        declaration.is_some_and(|declaration| declaration.capabilities().contains(&decoder))
    })
}
