//! Files that changed, as data: what a host is told of them.

use std::fmt;
use std::path::PathBuf;

use crate::error::Error;
use crate::explain::FileFlaw;
use crate::id::PluginId;
use crate::report::Report;
use crate::text::{Shown, ShownPath};

/// What of the watched files is not taken over: the answer of [`Manager::check_for_changes`](crate::Manager::check_for_changes).
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

/// What [`Manager::reload_changed`](crate::Manager::reload_changed) met, did and left.
///
/// Its `Display` is one line for each plugin that was to be reloaded, then what is left.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ChangeReport {
    /// What there was to take over, as [`Manager::check_for_changes`](crate::Manager::check_for_changes) would have told it.
    pub found: Changes,
    /// The plugins that were to be reloaded, in the order in which that was done, which is canonical.
    pub reloads: Vec<(PluginId, Result<Report, Error>)>,
    /// What is not taken over, as [`Manager::check_for_changes`](crate::Manager::check_for_changes) tells it from now on.
    pub left: Changes,
}

impl Changes {
    /// Whether there is nothing to tell: everything that can be taken over is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.refused.is_empty() && self.unowned.is_empty()
    }

    /// Whether [`Manager::reload_changed`](crate::Manager::reload_changed) has something to take over.
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
