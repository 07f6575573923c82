//! Following files: what has changed, and taking it over.

use std::path::Path;

use super::Manager;
use super::boundary;
use super::changes::{ChangeReport, Changes};
use super::engine::Engine;
use super::exec::Outcomes;
use super::files::Attempt;
use super::plan::{Request, Standings};
use crate::error::Error;
use crate::id::PluginId;
use crate::phase::Phase;
use crate::report::{Outcome, Report};

impl Manager {
    /// The files that [`check_for_changes`](Self::check_for_changes) looks at, sorted: those that plugins
    /// watch (see [`Meta::watches`](crate::Meta::watches)), and those of
    /// [`Builder::config_file`](crate::Builder::config_file). Relative paths were taken from the
    /// working directory that there was when the manager was built.
    #[must_use]
    ///
    /// ```
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # struct Uart;
    /// # impl Plugin for Uart {
    /// #     const META: Meta = Meta::new("uart", "1.0.0").watches(&["uart.table"]);
    /// #     type Requires = ();
    /// #     type Config = ();
    /// #     type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
    /// # }
    /// let manager = Manager::builder().add::<Uart>().build()?; // it declares `uart.table`
    /// assert!(manager.watched_files()[0].ends_with("uart.table"));
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    pub fn watched_files(&self) -> Vec<&Path> {
        self.files.paths()
    }

    /// Which of the watched files changed since they were last taken over, and whom that concerns.
    ///
    /// Asking changes nothing and forgets nothing: the answer is the same until the change is taken
    /// over by [`reload_changed`](Self::reload_changed), or undone. What counts is what a file holds;
    /// one that was written again with the same content has not changed. A file that a plugin watches
    /// and that was not there when the manager was built is news when it appears.
    ///
    /// The files themselves are looked at, so that this waits for the file system, and for the parsers
    /// of config files; it waits for no hook.
    ///
    /// ```
    /// # use plugstate::{BoxError, Declaration, DynDeps, DynPlugin, Manager, Registration};
    /// # struct Rules;
    /// # impl DynPlugin for Rules { type Config = (); }
    /// # let dir = std::env::temp_dir().join(format!("plugstate-check-{}", std::process::id()));
    /// # std::fs::create_dir_all(&dir)?;
    /// let file = dir.join("rules.txt");
    /// std::fs::write(&file, "allow 1")?;
    /// let rules = Declaration::new("rules", "1.0.0").watches(file.display().to_string());
    /// let manager = Manager::builder()
    ///     .register(Registration::dynamic(rules, || Ok(Rules)))
    ///     .build()?;
    /// manager.enable_all()?;
    /// assert!(manager.check_for_changes().is_empty());
    ///
    /// std::fs::write(&file, "allow 2")?;
    /// for _ in 0..2 {
    ///     let changes = manager.check_for_changes();
    ///     assert_eq!(changes.files[0].plugins[0].as_str(), "rules");
    /// }
    /// let report = manager.reload_changed()?;
    /// assert!(report.is_good());
    /// assert_eq!(manager.info("rules")?.generation, 2);
    /// assert!(manager.check_for_changes().is_empty());
    /// # std::fs::remove_dir_all(dir)?;
    /// # Ok::<(), BoxError>(())
    /// ```
    #[must_use]
    pub fn check_for_changes(&self) -> Changes {
        self.files.check(&self.engine, &self.files.look())
    }

    /// Takes over what changed in the watched files, one plugin after the other, in canonical order.
    ///
    /// A plugin whose own files changed is [reloaded](Self::reload). When a config file changed, exactly
    /// those plugins are concerned whose tables did: each is reloaded with its new table, or without
    /// one if that was removed. A plugin with both is reloaded once. One that is `Failed` is
    /// [retried](Self::retry) with what is new. One without an instance just has its table kept for
    /// later, as has one that is not configured yet, unless its own files changed.
    ///
    /// What goes wrong for one plugin changes nothing for it, and keeps no other from being reloaded:
    ///
    /// - A file that is gone, cannot be read or does not parse changes nothing. That is told each time,
    ///   until it is mended; then the next good version is taken over.
    /// - A table that does not fit, or a reload that fails, is refused: see [`Changes::refused`]. It is
    ///   told each time, and not tried again, until the file changes again or somebody reloads or
    ///   retries the plugin. A table that was refused is then tried again; the plugin's own files
    ///   count as read by the new instance.
    /// - What was prevented by others ([`Error::Busy`], [`Error::Turn`]) stays a change, and is tried
    ///   again by the next call.
    ///
    /// Each reload is an operation of its own; other operations may come in between.
    ///
    /// ```
    /// # use plugstate::{BoxError, Manager, Meta, Phase, Plugin};
    /// # let dir = std::env::temp_dir().join(format!("plugstate-changed-{}", std::process::id()));
    /// # std::fs::create_dir_all(&dir)?;
    /// # let file = dir.join("suite.toml");
    /// #[derive(Default, serde::Deserialize)]
    /// struct Settings {
    ///     baud: u32,
    /// }
    ///
    /// struct Uart {
    ///     baud: u32,
    /// }
    ///
    /// impl Plugin for Uart {
    ///     const META: Meta = Meta::new("uart", "1.0.0");
    ///     type Requires = ();
    ///     type Config = Settings;
    ///     type Error = BoxError;
    ///
    ///     fn load() -> Result<Self, BoxError> {
    ///         Ok(Uart { baud: 0 })
    ///     }
    ///
    ///     fn configure(&mut self, settings: Settings) -> Result<(), BoxError> {
    ///         self.baud = settings.baud;
    ///         Ok(())
    ///     }
    /// }
    ///
    /// std::fs::write(&file, "[uart]\nbaud = 9600")?;
    /// let manager = Manager::builder()
    ///     .add::<Uart>()
    ///     .config_file(&file, |text| toml::from_str::<toml::Table>(text))
    ///     .build()?;
    /// manager.enable_all()?;
    ///
    /// std::fs::write(&file, "[uart]\nbaud = 115200")?;
    /// let report = manager.reload_changed()?;
    /// assert_eq!(report.to_string(), "uart: Enabled -> Enabled, replaced by instance 2");
    /// assert_eq!(manager.get::<Uart>()?.baud, 115_200);
    ///
    /// std::fs::write(&file, "[uart]\nbaud = 'fast'")?;
    /// let report = manager.reload_changed()?;
    /// assert_eq!(
    ///     report.left.refused[0].why.to_string(),
    ///     "config of plugin `uart`, key `baud`: invalid type: string \"fast\", expected u32",
    /// );
    /// assert_eq!(manager.get::<Uart>()?.baud, 115_200); // nothing has changed
    /// # std::fs::remove_dir_all(dir)?;
    /// # Ok::<(), BoxError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Misuse::Reentrant`](crate::Misuse::Reentrant) if a hook calls this. What became of each plugin is
    /// in the report.
    pub fn reload_changed(&self) -> Result<ChangeReport, Error> {
        let name = |plugin| self.engine.id(plugin).clone();
        boundary::refuse_reentry(self.engine.number, &"a reload of what has changed", name)?;
        let view = self.files.look();
        let (found, attempts) = self.files.begin(&self.engine, &view);
        let mut reloads = Vec::new();
        for what in attempts {
            let id = self.engine.id(what.plugin).clone();
            let result = self.take_over(&id, &what);
            reloads.push((id, result));
        }
        let left = self.files.end(&self.engine, &view);
        Ok(ChangeReport { found, reloads, left })
    }

    fn take_over(&self, id: &PluginId, what: &Attempt) -> Result<Report, Error> {
        self.operate(Request::Reload, id.as_str(), |engine, plugin| {
            // Somebody else may have been here while this waited for its turn.
            let mut what = self.files.still(what);
            if let Some(new) = &what.table
                && let Err(error) = engine.parse(plugin, new.table.as_deref())
            {
                let table = what.table.take();
                let misfit = Attempt { plugin, table, own: Vec::new() };
                self.files.refuse(misfit, None, error.clone().into());
                if what.is_empty() {
                    return Err(error.into());
                }
            }
            let done = self.put_in_place(engine, &what);
            match &done {
                Ok(_) => self.files.take(&what),
                // Others prevented it.
                Err(Error::Busy { .. }) => {}
                Err(why) => {
                    let generation = engine.ledger.generation(plugin);
                    self.files.refuse(what, Some(generation), why.clone());
                }
            }
            done
        })
    }

    fn put_in_place(&self, engine: &Engine, what: &Attempt) -> Result<Outcomes, Error> {
        let plugin = what.plugin;
        let phase = engine.phase(plugin);
        let slot = engine.slot(plugin);
        if what.is_empty() {
            return Ok(vec![(plugin, Outcome::Unchanged(phase))]);
        }
        let before = what.table.as_ref().map(|new| {
            let table = new.table.clone();
            slot.set_config(table)
        });
        let done = match phase {
            Phase::Loaded if what.own.is_empty() => Ok(vec![(plugin, Outcome::Unchanged(phase))]),
            Phase::Failed => self.start_anew(plugin),
            _ => engine.reload(plugin).map_err(|trouble| self.error(trouble)),
        };
        if let (Err(_), Some(before)) = (&done, before) {
            slot.set_config(before);
        }
        done
    }
}
