//! Files that changed: what a host is told of them, and how they are taken over.

use std::fmt;
use std::path::{Path, PathBuf};

use super::Manager;
use super::boundary;
use super::engine::Engine;
use super::exec::Outcomes;
use super::files::Attempt;
use super::plan::{Request, Standings};
use crate::error::Error;
use crate::explain::FileFlaw;
use crate::id::PluginId;
use crate::phase::Phase;
use crate::report::{Outcome, Report};
use crate::text::{Shown, ShownPath};

/// What of the watched files is not taken over: the answer of [`Manager::check_for_changes`].
///
/// Its `Display` is one line for each thing to tell.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Changes {
    /// The files that changed since they were last taken over, and those of which nothing can be
    /// taken over, by path.
    pub files: Vec<FileChange>,
    /// The changes that plugins have refused, in canonical order. They are not tried again until the
    /// file changes again, or the plugin gets a new instance by other means.
    pub refused: Vec<Refusal>,
    /// The tables in config files that belong to no plugin, by file and name.
    pub unowned: Vec<UnownedTable>,
}

/// One watched file that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileChange {
    /// The file, from the root.
    pub path: PathBuf,
    /// What is new about it.
    pub state: FileState,
    /// The plugins that this concerns, in canonical order: those that watch it, or, for a config
    /// file, those whose tables are not the same. Of one that cannot be read, those whose tables it
    /// gave.
    pub plugins: Vec<PluginId>,
}

/// What is new about a watched file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileState {
    /// It holds something else.
    Changed,
    /// It cannot be used. What was taken over from it stays in force.
    Flawed(FileFlaw),
}

/// A change that a plugin has refused. What was there before stays in force.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Refusal {
    /// The plugin.
    pub plugin: PluginId,
    /// The files whose change it was.
    pub files: Vec<PathBuf>,
    /// What prevented it: [`Error::Config`] with the path to the key if the table does not fit, or what
    /// the reload answered.
    pub why: Error,
}

/// A table for a plugin that is not registered. It is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnownedTable {
    /// The config file.
    pub path: PathBuf,
    /// The name of the table.
    pub name: String,
    /// A registered plugin whose name is only a slip of the pen away.
    pub nearest: Option<PluginId>,
}

/// What [`Manager::reload_changed`] met, did and left.
///
/// Its `Display` is one line for each plugin that was to be reloaded, then what is left.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ChangeReport {
    /// What there was to take over, as [`Manager::check_for_changes`] would have told it.
    pub found: Changes,
    /// The plugins that were to be reloaded, in the order in which that was done, which is canonical.
    pub reloads: Vec<(PluginId, Result<Report, Error>)>,
    /// What is not taken over, as [`Manager::check_for_changes`] tells it from now on.
    pub left: Changes,
}

impl Changes {
    /// Whether there is nothing to tell: everything that can be taken over is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.refused.is_empty() && self.unowned.is_empty()
    }

    /// Whether [`Manager::reload_changed`] has something to take over.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.files.iter().any(|file| file.state == FileState::Changed)
    }
}

impl ChangeReport {
    /// Whether there was nothing to tell and nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty() && self.reloads.is_empty() && self.left.is_empty()
    }

    /// Whether everything was taken over, and every plugin got where it should be.
    #[must_use]
    pub fn is_good(&self) -> bool {
        let good = |result: &Result<Report, Error>| result.as_ref().is_ok_and(Report::is_good);
        self.left.is_empty() && self.reloads.iter().all(|(_, result)| good(result))
    }

    /// What became of one plugin that was to be reloaded; `None` if no change concerned it.
    #[must_use]
    pub fn reload(&self, plugin: &str) -> Option<&Result<Report, Error>> {
        self.reloads.iter().find(|(id, _)| id.as_str() == plugin).map(|(_, result)| result)
    }
}

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
            slot.record(|record| std::mem::replace(&mut record.config, table))
        });
        let done = match phase {
            Phase::Loaded if what.own.is_empty() => Ok(vec![(plugin, Outcome::Unchanged(phase))]),
            Phase::Failed => self.start_anew(plugin),
            _ => engine.reload(plugin).map_err(|trouble| self.error(trouble)),
        };
        if let (Err(_), Some(before)) = (&done, before) {
            slot.record(|record| record.config = before);
        }
        done
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = self.files.iter().map(ToString::to_string);
        let refused = self.refused.iter().map(ToString::to_string);
        let unowned = self.unowned.iter().map(ToString::to_string);
        f.write_str(&files.chain(refused).chain(unowned).collect::<Vec<_>>().join("\n"))
    }
}

impl fmt::Display for FileChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FileChange { path, state, plugins } = self;
        write!(f, "file {}", ShownPath(path))?;
        match state {
            FileState::Changed if plugins.is_empty() => {
                f.write_str(" has changed, and concerns no plugin")
            }
            FileState::Changed => write!(f, " has changed, and concerns {}", listed(plugins)),
            FileState::Flawed(flaw) => write!(f, " {flaw}; what it said before stays in force"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files: Vec<_> = self.files.iter().map(|path| ShownPath(path).to_string()).collect();
        let plugin = Shown(self.plugin.as_str());
        write!(f, "plugin `{plugin}` has refused the change of {}: {}", files.join(", "), self.why)
    }
}

impl fmt::Display for UnownedTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, name) = (ShownPath(&self.path), Shown(&self.name));
        write!(f, "file {path} has a table `{name}`, and no plugin is called that")?;
        match &self.nearest {
            None => f.write_str("; remove it, or link the plugin"),
            Some(nearest) => write!(f, "; did you mean `{}`?", Shown(nearest.as_str())),
        }
    }
}

impl fmt::Display for ChangeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Vec::new();
        for (id, result) in &self.reloads {
            match result {
                Ok(report) => lines.push(report.to_string()),
                // It is told below.
                Err(_) if self.left.refused.iter().any(|refusal| refusal.plugin == *id) => {}
                Err(why) => lines.push(format!("{}: {why}", Shown(id.as_str()))),
            }
        }
        if !self.left.is_empty() {
            lines.push(self.left.to_string());
        }
        f.write_str(&lines.join("\n"))
    }
}

fn listed(ids: &[PluginId]) -> String {
    ids.iter().map(|id| format!("`{}`", Shown(id.as_str()))).collect::<Vec<_>>().join(", ")
}
