//! Waits for watched files to change, and takes over what did.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use notify::event::ModifyKind;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::error::Error;
use crate::explain::FileFlaw;
use crate::manager::{ChangeReport, Manager};
use crate::text::short;

/// Waits for the files of a [`Manager`] to change, and has it take over what did. Needs the feature
/// `watch`.
///
/// What is watched are the directories of the files, so that a file that is replaced by another one, or
/// deleted and created again, is not lost from sight. All files are those of
/// [`Manager::watched_files`]; one that is a symbolic link is also watched where it points to.
///
/// Nothing is reloaded behind the host's back: that happens in [`wait`](Self::wait), on the thread that
/// calls it. The operating system's events are gathered by a thread of the crate `notify`, which ends
/// when this is dropped. This crate has no thread of its own.
///
/// ```
/// use std::time::Duration;
/// use plugstate::Watcher;
/// # use plugstate::{BoxError, Manager, Meta, Plugin};
/// # struct Uart;
/// # impl Plugin for Uart {
/// #     const META: Meta = Meta::new("uart", "1.0.0");
/// #     type Requires = ();
/// #     type Config = toml::Table;
/// #     type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
/// # }
/// # let dir = std::env::temp_dir().join(format!("plugstate-watch-{}", std::process::id()));
/// # std::fs::create_dir_all(&dir)?;
/// # let file = dir.join("suite.toml");
/// # std::fs::write(&file, "[uart]\nbaud = 9600")?;
/// let manager = Manager::builder()
///     .add::<Uart>()
///     .config_file(&file, |text| toml::from_str::<toml::Table>(text))
///     .build()?;
/// manager.enable_all()?;
/// let mut watcher = Watcher::new(&manager, Duration::from_millis(50))?;
///
/// std::fs::write(&file, "[uart]\nbaud = 115200")?; // an editor does this
/// while let Some(report) = watcher.wait(Duration::from_secs(10))? {
///     assert!(report.reload("uart").is_some());
///     # break;
/// }
/// # std::fs::remove_dir_all(dir)?;
/// # Ok::<(), BoxError>(())
/// ```
pub struct Watcher<'m> {
    manager: &'m Manager,
    debounce: Duration,
    inner: RecommendedWatcher,
    events: Receiver<notify::Result<Event>>,
    /// The directories that are watched.
    directories: BTreeSet<PathBuf>,
    /// The paths in them that matter.
    names: BTreeSet<PathBuf>,
    /// When a file was last touched, if that was not seen to.
    touched: Option<Instant>,
}

impl<'m> Watcher<'m> {
    /// Begins to watch. What changed before this, the first [`wait`](Self::wait) finds.
    ///
    /// `debounce` is for how long the files must be left alone before a change is taken over, so that a
    /// burst of writes is one reload: 50 to 500 milliseconds suit most editors. While somebody goes on
    /// writing without such a pause nothing is reloaded.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if the directory of a file is not there or cannot be watched.
    pub fn new(manager: &'m Manager, debounce: Duration) -> Result<Self, Error> {
        let (sender, events) = mpsc::channel();
        // Without a receiver there is nobody to tell.
        let inner = notify::recommended_watcher(move |event| drop(sender.send(event)));
        let inner = inner.map_err(|error| unwatchable(Path::new("."), &error))?;
        let (directories, names, touched) = Default::default();
        let mut watcher = Watcher { manager, debounce, inner, events, directories, names, touched };
        match watcher.cover() {
            Some(error) => Err(error),
            None => Ok(watcher),
        }
    }

    /// Waits until a file is touched and then left alone for as long as was said, calls
    /// [`Manager::reload_changed`], and answers its report. `None` if that did not come to pass before
    /// the timeout, or if there was nothing to tell: a file was written again with the same content,
    /// say.
    ///
    /// The timeout is for the waiting alone: a reload that has begun is finished.
    ///
    /// What was prevented by others, as by a guard that was not dropped, is tried again by the next
    /// call. A directory that was removed is watched again from the first call on that finds it there.
    ///
    /// # Errors
    ///
    /// As [`Manager::reload_changed`], and [`Error::File`] if the system gives no events any more.
    pub fn wait(&mut self, timeout: Duration) -> Result<Option<ChangeReport>, Error> {
        let deadline = Instant::now().checked_add(timeout);
        // While nobody waited a burst may have begun and may be going on.
        while let Ok(event) = self.events.try_recv() {
            self.note(&event);
        }
        loop {
            // A file whose directory is gone is told as gone, time and again.
            let _ = self.cover();
            if !self.pause(deadline)? {
                return Ok(None);
            }
            // From here on a touch is news again, also one that comes during the reload.
            let touched = self.touched.take();
            let report = match self.manager.reload_changed() {
                Ok(report) => report,
                Err(error) => {
                    self.touched = touched;
                    return Err(error);
                }
            };
            if report.left.is_pending() {
                self.touched = Some(Instant::now());
            }
            if !report.is_empty() {
                return Ok(Some(report));
            }
        }
    }

    /// Waits until the files were touched and left alone; answers whether that came before the
    /// deadline.
    fn pause(&mut self, deadline: Option<Instant>) -> Result<bool, Error> {
        loop {
            let now = Instant::now();
            let quiet = self.touched.map(|at| at.checked_add(self.debounce));
            if quiet.is_some_and(|quiet| quiet.is_some_and(|quiet| quiet <= now)) {
                return Ok(true);
            }
            if deadline.is_some_and(|deadline| deadline <= now) {
                return Ok(false);
            }
            let until = [quiet.flatten(), deadline].into_iter().flatten().min();
            let event = match until {
                Some(until) => self.events.recv_timeout(until - now),
                None => self.events.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match event {
                Ok(event) => self.note(&event),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let path = self.directories.first().cloned().unwrap_or_default();
                    let why = "the thread that gathers its events has ended".to_owned();
                    return Err(Error::File { path, flaw: FileFlaw::Unwatchable { why } });
                }
            }
        }
    }

    /// Takes notice of an event, if it is about a file that matters.
    fn note(&mut self, event: &notify::Result<Event>) {
        let matters = match event {
            // Reading a file is no news, and is what we do ourselves.
            Ok(event) if matches!(event.kind, EventKind::Access(_)) => false,
            Ok(event) => {
                for path in event.paths.iter().filter(|path| self.directories.contains(*path)) {
                    if is_gone(event.kind) {
                        // It is not watched any more, or under another name.
                        let _ = self.inner.unwatch(path);
                    }
                }
                if is_gone(event.kind) {
                    self.directories.retain(|directory| !event.paths.contains(directory));
                }
                event.need_rescan()
                    || event.paths.iter().any(|path| {
                        // What is inside of a path comes right after it.
                        let mut rest = self.names.range::<PathBuf, _>(path..);
                        rest.next().is_some_and(|name| name.starts_with(path))
                    })
            }
            // Events were lost: look for yourself.
            Err(_) => true,
        };
        if matters {
            self.touched = Some(Instant::now());
        }
    }

    /// Watches all directories in which files are now. Answers what could not be watched first.
    fn cover(&mut self) -> Option<Error> {
        let mut trouble = None;
        for file in self.manager.watched_files() {
            for path in places(file) {
                let Some(directory) = path.parent() else { continue };
                self.names.insert(path.clone());
                if self.directories.contains(directory) {
                    continue;
                }
                match self.inner.watch(directory, RecursiveMode::NonRecursive) {
                    Ok(()) => {
                        self.directories.insert(directory.to_owned());
                        // It may have been touched while nobody watched.
                        self.touched.get_or_insert_with(Instant::now);
                    }
                    Err(error) => drop(trouble.get_or_insert(unwatchable(file, &error))),
                }
            }
        }
        trouble
    }
}

/// Where a file is: in its directory, and, if it is a link, where that points to. Links on the way to
/// the directory are followed, for that is what some systems report.
fn places(file: &Path) -> Vec<PathBuf> {
    let real = |path: &Path| path.canonicalize().ok();
    let directory = file.parent().map(|directory| real(directory).unwrap_or(directory.to_owned()));
    let here = directory.zip(file.file_name()).map(|(directory, name)| directory.join(name));
    let mut places: Vec<_> = here.into_iter().chain(real(file)).collect();
    places.dedup();
    places
}

/// Whether what is at the path is there no more.
fn is_gone(kind: EventKind) -> bool {
    matches!(kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)))
}

fn unwatchable(path: &Path, error: &notify::Error) -> Error {
    // Its words name the path again, and that is named already.
    let why = match &error.kind {
        notify::ErrorKind::Io(error) => error.to_string(),
        notify::ErrorKind::PathNotFound => "its directory is not there".to_owned(),
        notify::ErrorKind::MaxFilesWatch => "the system watches too many files".to_owned(),
        notify::ErrorKind::Generic(why) => why.clone(),
        other => format!("{other:?}"),
    };
    Error::File { path: path.to_owned(), flaw: FileFlaw::Unwatchable { why: short(&why) } }
}

impl fmt::Debug for Watcher<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher")
            .field("debounce", &self.debounce)
            .field("directories", &self.directories)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use notify::event::RemoveKind;

    use super::*;
    use crate::dynamic::DynPlugin;
    use crate::meta::Declaration;
    use crate::registry::Registration;

    struct Idle;

    impl DynPlugin for Idle {
        type Config = ();
    }

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).canonicalize().expect("it is there")
    }

    /// Of a plugin with two files, in two directories.
    fn manager() -> Manager {
        let files = ["src/lib.rs", "tests/watch.rs"].map(|file| root().join(file));
        let declaration = files.iter().fold(Declaration::new("a", "1.0.0"), |it, file| {
            it.watches(file.to_str().expect("the path of the crate is UTF-8").to_owned())
        });
        let plugin = Registration::dynamic(declaration, || Ok(Idle));
        Manager::builder().register(plugin).build().expect("it is sound")
    }

    #[test]
    fn what_was_touched_must_be_left_alone_for_as_long_as_is_said() {
        let manager = manager();
        let pause = |debounce| {
            let mut watcher = Watcher::new(&manager, debounce).expect("both exist");
            let now = Instant::now();
            watcher.touched = Some(now);
            watcher.pause(Some(now)).expect("its thread is there")
        };
        assert!(pause(Duration::ZERO));
        assert!(!pause(Duration::from_secs(3_600)));
        assert!(!pause(Duration::MAX), "there is no such time");
    }

    #[test]
    fn what_matters_is_a_watched_file_and_the_way_to_it() {
        let manager = manager();
        let touches = |path: PathBuf| {
            let mut watcher = Watcher::new(&manager, Duration::ZERO).expect("both exist");
            watcher.touched = None;
            watcher.note(&Ok(Event::new(EventKind::Any).add_path(path)));
            watcher.touched.is_some()
        };
        assert!(touches(root().join("src/lib.rs")));
        assert!(touches(root().join("tests")) && touches(root()));
        assert!(!touches(root().join("src/lib")) && !touches(root().join("src/id.rs")));
        assert!(!touches(root().join("src/lib.rs/inside")) && !touches(root().join("tests/a.rs")));
        assert!(!touches(root().join("zzz")), "it comes after all of them");
    }

    #[test]
    fn a_directory_that_is_gone_is_watched_no_more_and_the_others_are() {
        let (manager, root) = (manager(), root());
        let mut watcher = Watcher::new(&manager, Duration::from_millis(60)).expect("both exist");
        let (src, tests) = (root.join("src"), root.join("tests"));
        let both = BTreeSet::from([src.clone(), tests.clone()]);
        assert_eq!(watcher.directories, both);
        // One that is merely touched is there.
        watcher.note(&Ok(Event::new(EventKind::Any).add_path(src.clone())));
        assert_eq!(watcher.directories, both);
        let gone = EventKind::Remove(RemoveKind::Folder);
        watcher.note(&Ok(Event::new(gone).add_path(src)));
        assert_eq!(watcher.directories, BTreeSet::from([tests.clone()]));
        assert_eq!(
            format!("{watcher:?}"),
            format!("Watcher {{ debounce: 60ms, directories: {{{tests:?}}}, .. }}"),
        );
    }
}
