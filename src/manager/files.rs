//! The files that concern plugins: what they hold, and what of it was taken over.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::boundary;
use super::changes::{Changes, FileChange, FileState, Refusal, UnownedTable};
use super::engine::Engine;
use super::fingerprint::Glance;
use super::plan::Standings;
use crate::config;
use crate::error::Error;
use crate::explain::{FileFlaw, Problem, Reason};
use crate::failure::chain;
use crate::graph::Resolution;
use crate::id::PluginId;
use crate::phase::Phase;
use crate::place::Place;
use crate::plugin::BoxError;
use crate::sync::Mutex;
use crate::text::short;

/// The tables of one source, by the name of the plugin.
pub(crate) type Tables = BTreeMap<String, Arc<Value>>;

type Parse = Box<dyn Fn(&str) -> Result<Tables, String> + Send + Sync>;

/// Where tables come from. Where two sources name a plugin the later one wins.
pub(crate) enum Source {
    Given(Tables),
    File(ConfigFile),
}

/// A file with a table for each plugin.
pub(crate) struct ConfigFile {
    path: PathBuf,
    parse: Parse,
}

impl ConfigFile {
    pub(crate) fn new<T, E>(
        path: &Path,
        parse: impl Fn(&str) -> Result<T, E> + Send + Sync + 'static,
    ) -> Self
    where
        T: Serialize,
        E: Into<BoxError>,
    {
        let parse = move |text: &str| match parse(text) {
            Ok(value) => config::tables(&value).map(shared),
            Err(error) => Err(in_a_line(&chain(&error.into()).join(": "))),
        };
        ConfigFile { path: absolute(path), parse: Box::new(parse) }
    }

    fn read(&self, bytes: Vec<u8>) -> Result<Arc<Tables>, FileFlaw> {
        let unparsable = |why| FileFlaw::Unparsable { why };
        let Ok(text) = String::from_utf8(bytes) else {
            return Err(unparsable("it is not utf-8 text".to_owned()));
        };
        match boundary::outside(|| (self.parse)(&text)) {
            Ok(Ok(tables)) => Ok(Arc::new(tables)),
            Ok(Err(why)) => Err(unparsable(why)),
            Err(broke) => {
                Err(unparsable(short(&format!("its parser panicked: {}", broke.chain.concat()))))
            }
        }
    }
}

pub(crate) fn shared(tables: serde_json::Map<String, Value>) -> Tables {
    tables.into_iter().map(|(plugin, table)| (plugin, Arc::new(table))).collect()
}

/// What a parser says, without the lines in which it draws a picture of the spot.
fn in_a_line(text: &str) -> String {
    let is_drawn = |line: &str| {
        line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').starts_with('|')
    };
    let said: Vec<_> = text
        .lines()
        .filter(|line| !is_drawn(line))
        .map(str::trim)
        .filter(|s| !s.is_empty())
        .collect();
    short(&said.join(": "))
}

/// The path from the root, so that it means the same when the working directory has changed.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// A table, where it was given, and the number of its file if it came from one.
pub(crate) struct Layered {
    pub(crate) table: Arc<Value>,
    pub(crate) place: Place,
    file: Option<usize>,
}

/// The files that concern plugins.
#[derive(Default)]
pub(crate) struct Files {
    /// The files that plugins watch, each with those plugins.
    own: Box<[(PathBuf, Vec<u32>)]>,
    configs: Box<[ConfigFile]>,
    /// All sources of tables, the winning one last; empty where there is no file.
    layers: Box<[Layer]>,
    /// What spares reading a file again, and no more than that.
    sights: Mutex<Sights>,
    /// Never locked while somebody else's code runs.
    book: Mutex<Book>,
}

enum Layer {
    Given(Tables),
    File(usize),
}

#[derive(Clone, Default)]
struct Sights {
    own: Vec<Glance>,
    configs: Vec<(Glance, Option<Parsed>)>,
}

type Parsed = (u64, Result<Arc<Tables>, FileFlaw>);

/// What the files hold, seen once.
pub(crate) struct View {
    own: Vec<Result<u64, FileFlaw>>,
    configs: Vec<Result<(u64, Arc<Tables>), FileFlaw>>,
}

/// What was taken over, and what was refused.
#[derive(Clone, Default)]
struct Book {
    /// For each file of plugins and each of those plugins, the hash that it has taken over; `None`
    /// for a file that was not there.
    own: Vec<Vec<Option<u64>>>,
    configs: Vec<Seen>,
    /// The tables that are in force, with their files.
    tables: BTreeMap<u32, (Arc<Value>, Option<usize>)>,
    refused: Vec<Refused>,
}

/// How far a config file was dealt with.
#[derive(Clone, Default)]
struct Seen {
    /// The content of which nothing is pending.
    hash: Option<u64>,
    /// The last good tables.
    tables: Arc<Tables>,
}

/// Something of which a plugin was tried to be convinced in vain.
#[derive(Clone)]
struct Refused {
    what: Attempt,
    /// The instance that stayed in place; `None` if the table does not fit whatever the instance.
    generation: Option<u32>,
    why: Error,
}

/// What one plugin has to take over.
#[derive(Clone)]
pub(crate) struct Attempt {
    pub(crate) plugin: u32,
    /// A change of its table, if there is one.
    pub(crate) table: Option<NewTable>,
    /// Those of its own files that have changed: numbers and hashes.
    pub(crate) own: Vec<(usize, u64)>,
}

/// The table that is to be in force; `None` if there is to be none.
#[derive(Clone)]
pub(crate) struct NewTable {
    pub(crate) table: Option<Arc<Value>>,
    /// The file that it comes from.
    to: Option<usize>,
    /// The file to which the change is due.
    due_to: Option<usize>,
}

impl Files {
    /// Reads all files for the first time. What they hold now is taken over.
    pub(crate) fn open(
        sources: Vec<(Source, Place)>,
        resolution: &Resolution,
    ) -> (Self, BTreeMap<String, Layered>, Vec<Problem>) {
        let mut places = Vec::new();
        let (mut configs, mut layers) = (Vec::new(), Vec::new());
        let mut config_places = Vec::new();
        for (source, place) in sources {
            places.push(place);
            layers.push(match source {
                Source::Given(tables) => Layer::Given(tables),
                Source::File(file) => {
                    configs.push(file);
                    config_places.push(place);
                    Layer::File(configs.len() - 1)
                }
            });
        }
        let mut files = Files {
            own: own_files(resolution),
            configs: configs.into(),
            layers: layers.into(),
            ..Files::default()
        };
        let view = files.look();
        let mut problems = Vec::new();
        let mut seen = Vec::new();
        for ((file, met), place) in files.configs.iter().zip(&view.configs).zip(config_places) {
            seen.push(match met {
                Ok((hash, tables)) => Seen { hash: Some(*hash), tables: Arc::clone(tables) },
                Err(flaw) => {
                    let reason = Reason::ConfigFile { path: file.path.clone(), flaw: flaw.clone() };
                    problems.push(Problem::new(PluginId::from_static("*"), place, reason));
                    Seen::default()
                }
            });
        }
        let mut tables = BTreeMap::new();
        for (layer, place) in files.layers.iter().zip(places) {
            let (from, file) = layer.tables(|file| &seen[file].tables);
            tables.extend(from.iter().map(|(name, table)| {
                (name.clone(), Layered { table: Arc::clone(table), place, file })
            }));
        }
        let book = Book {
            own: (files.own.iter().zip(&view.own))
                .map(|((_, plugins), met)| vec![met.as_ref().ok().copied(); plugins.len()])
                .collect(),
            configs: seen,
            tables: (tables.iter())
                .filter_map(|(name, layered)| {
                    let plugin = resolution.index_of(name)?;
                    Some((plugin, (Arc::clone(&layered.table), layered.file)))
                })
                .collect(),
            refused: Vec::new(),
        };
        if files.configs.is_empty() {
            files.layers = Box::default();
        }
        files.book = Mutex::new(book);
        (files, tables, problems)
    }

    /// All paths, sorted.
    pub(crate) fn paths(&self) -> Vec<&Path> {
        let own = self.own.iter().map(|(path, _)| path);
        let mut paths: Vec<&Path> =
            own.chain(self.configs.iter().map(|file| &file.path)).map(PathBuf::as_path).collect();
        paths.sort_unstable();
        paths.dedup();
        paths
    }

    /// Looks at all files, and into those that may have changed.
    pub(crate) fn look(&self) -> View {
        let mut sights = self.sights.lock().clone();
        sights.own.resize_with(self.own.len(), Default::default);
        sights.configs.resize_with(self.configs.len(), Default::default);
        let own = (self.own.iter().zip(&mut sights.own))
            .map(|((path, _), glance)| glance.look(path, |_| ()))
            .collect();
        let configs = (self.configs.iter().zip(&mut sights.configs))
            .map(|(file, (glance, parsed))| {
                let mut bytes = Vec::new();
                let hash = glance.look(&file.path, |block| bytes.extend_from_slice(block))?;
                if parsed.as_ref().is_none_or(|(of, _)| *of != hash) {
                    *parsed = Some((hash, file.read(bytes)));
                }
                let (_, tables) = parsed.as_ref().expect("it was just parsed, or was before");
                tables.clone().map(|tables| (hash, tables))
            })
            .collect();
        *self.sights.lock() = sights;
        View { own, configs }
    }

    /// What is to be taken over, without a trace.
    pub(crate) fn check(&self, engine: &Engine, view: &View) -> Changes {
        let mut book = self.book.lock().clone();
        self.assess(&mut book, engine, view).0
    }

    /// What is to be taken over, and how. The good tables of `view` are the last good ones from now
    /// on.
    pub(crate) fn begin(&self, engine: &Engine, view: &View) -> (Changes, Vec<Attempt>) {
        let mut book = self.book.lock();
        for (seen, met) in book.configs.iter_mut().zip(&view.configs) {
            if let Ok((_, tables)) = met {
                seen.tables = Arc::clone(tables);
            }
        }
        self.assess(&mut book, engine, view)
    }

    /// What is left of it.
    pub(crate) fn end(&self, engine: &Engine, view: &View) -> Changes {
        let mut book = self.book.lock();
        let (_, attempts) = self.assess(&mut book, engine, view);
        let pending =
            |file| attempts.iter().flat_map(|what| &what.table).any(|new| new.due_to == Some(file));
        for (file, met) in view.configs.iter().enumerate() {
            if let Ok((hash, _)) = met
                && !pending(file)
            {
                book.configs[file].hash = Some(*hash);
            }
        }
        self.assess(&mut book, engine, view).0
    }

    /// The part of an attempt that nobody has seen to in the meantime.
    pub(crate) fn still(&self, what: &Attempt) -> Attempt {
        let book = self.book.lock();
        let table = what.table.clone().filter(|new| {
            new.table.as_ref() != book.tables.get(&what.plugin).map(|(table, _)| table)
        });
        let own = what.own.iter().copied().filter(|&(file, hash)| {
            let taken = self.own[file].1.iter().zip(&book.own[file]);
            taken.into_iter().any(|(&by, &taken)| by == what.plugin && taken != Some(hash))
        });
        let mut still = Attempt { plugin: what.plugin, table, own: own.collect() };
        let refused = book.refused.iter().filter(|refused| refused.what.plugin == what.plugin);
        refused.for_each(|refused| still.subtract(&refused.what));
        still
    }

    pub(crate) fn take(&self, what: &Attempt) {
        let mut book = self.book.lock();
        if let Some(new) = &what.table {
            match &new.table {
                Some(table) => {
                    book.tables.insert(what.plugin, (Arc::clone(table), new.to));
                }
                None => drop(book.tables.remove(&what.plugin)),
            }
        }
        self.take_own(&mut book, what);
    }

    fn take_own(&self, book: &mut Book, what: &Attempt) {
        for &(file, hash) in &what.own {
            let taken = self.own[file].1.iter().zip(&mut book.own[file]);
            taken.filter(|(by, _)| **by == what.plugin).for_each(|(_, taken)| *taken = Some(hash));
        }
    }

    pub(crate) fn refuse(&self, what: Attempt, generation: Option<u32>, why: Error) {
        self.book.lock().refused.push(Refused { what, generation, why });
    }

    /// Compares what the files hold with what was taken over.
    fn assess(&self, book: &mut Book, engine: &Engine, view: &View) -> (Changes, Vec<Attempt>) {
        self.forgive(book, engine);
        let mut pending = self.differences(book, engine, view);
        book.refused.retain(|refused| {
            let of = pending.get(&refused.what.plugin);
            of.is_some_and(|pending| refused.what.is_part_of(pending))
        });
        let mut refusals = Vec::new();
        for refused in &book.refused {
            let files = self.files_of(&refused.what);
            refusals.push((refused.what.plugin, files, refused.why.clone()));
            if let Some(pending) = pending.get_mut(&refused.what.plugin) {
                pending.subtract(&refused.what);
            }
        }
        pending.retain(|_, what| !what.is_empty());
        let mut files = self.own_changes(book, view, &pending);
        files.extend(self.config_changes(book, view, &pending));
        let canonical = |plugin: u32| (engine.resolution.rank(plugin).unwrap_or(u32::MAX), plugin);
        let id = |plugin: u32| engine.id(plugin).clone();
        files.sort_by_key(|(path, ..)| *path);
        files.dedup_by(|(path, state, plugins), (first, of_first, concerned)| {
            let same = path == first && state == of_first;
            if same {
                concerned.append(plugins);
            }
            same
        });
        refusals.sort_by_key(|(plugin, ..)| canonical(*plugin));
        let changes = Changes {
            files: (files.into_iter())
                .map(|(path, state, mut plugins)| {
                    plugins.sort_unstable_by_key(|&plugin| canonical(plugin));
                    plugins.dedup();
                    let plugins = plugins.into_iter().map(id).collect();
                    FileChange { path: path.to_owned(), state, plugins }
                })
                .collect(),
            refused: (refusals.into_iter())
                .map(|(plugin, files, why)| Refusal { plugin: id(plugin), files, why })
                .collect(),
            unowned: self.unowned(engine, view),
        };
        let mut attempts: Vec<_> = pending.into_values().collect();
        attempts.sort_unstable_by_key(|what| canonical(what.plugin));
        (changes, attempts)
    }

    /// Drops what was refused by an instance that is no longer there: the one that came in its place
    /// has read the plugin's own files, and may like the table.
    fn forgive(&self, book: &mut Book, engine: &Engine) {
        for refused in std::mem::take(&mut book.refused) {
            let plugin = refused.what.plugin;
            match refused.generation {
                Some(_) if engine.phase(plugin) == Phase::Discovered => {}
                Some(then) if engine.ledger.generation(plugin) != then => {
                    self.take_own(book, &refused.what);
                }
                _ => book.refused.push(refused),
            }
        }
    }

    /// Everything that differs from what was taken over, by plugin.
    fn differences(&self, book: &Book, engine: &Engine, view: &View) -> BTreeMap<u32, Attempt> {
        let mut found: BTreeMap<u32, Attempt> = BTreeMap::new();
        for (plugin, table) in self.new_tables(book, engine, view) {
            found.insert(plugin, Attempt { plugin, table: Some(table), own: Vec::new() });
        }
        for (file, met) in view.own.iter().enumerate() {
            let Ok(hash) = *met else { continue };
            for (&plugin, &taken) in self.own[file].1.iter().zip(&book.own[file]) {
                if taken != Some(hash) {
                    let none = Attempt { plugin, table: None, own: Vec::new() };
                    found.entry(plugin).or_insert(none).own.push((file, hash));
                }
            }
        }
        found
    }

    fn new_tables(&self, book: &Book, engine: &Engine, view: &View) -> Vec<(u32, NewTable)> {
        if self.configs.is_empty() {
            return Vec::new();
        }
        let mut effective: BTreeMap<u32, (&Arc<Value>, Option<usize>)> = BTreeMap::new();
        for layer in &self.layers {
            let (tables, file) = layer.tables(|file| match &view.configs[file] {
                Ok((_, tables)) => tables,
                Err(_) => &book.configs[file].tables,
            });
            let named = tables.iter().filter_map(|(name, table)| {
                Some((engine.resolution.index_of(name)?, (table, file)))
            });
            effective.extend(named);
        }
        let is_news = |file: &usize| match &view.configs[*file] {
            Ok((hash, _)) => book.configs[*file].hash != Some(*hash),
            Err(_) => false,
        };
        let mut plugins: Vec<u32> = effective.keys().chain(book.tables.keys()).copied().collect();
        plugins.sort_unstable();
        plugins.dedup();
        (plugins.into_iter())
            .filter_map(|plugin| {
                let (new, old) = (effective.get(&plugin), book.tables.get(&plugin));
                if new.map(|(table, _)| *table) == old.map(|(table, _)| table) {
                    return None;
                }
                let to = new.and_then(|(_, file)| *file);
                let from = old.and_then(|(_, file)| *file);
                let due_to = [to, from].into_iter().flatten().find(is_news).or(to).or(from);
                let table = new.map(|(table, _)| Arc::clone(table));
                Some((plugin, NewTable { table, to, due_to }))
            })
            .collect()
    }

    fn files_of(&self, what: &Attempt) -> Vec<PathBuf> {
        let config = what.table.iter().filter_map(|new| new.due_to);
        let own = what.own.iter().map(|&(file, _)| self.own[file].0.clone());
        config.map(|file| self.configs[file].path.clone()).chain(own).collect()
    }

    fn own_changes(
        &self,
        book: &Book,
        view: &View,
        pending: &BTreeMap<u32, Attempt>,
    ) -> Vec<(&Path, FileState, Vec<u32>)> {
        let mut changes = Vec::new();
        for (file, (path, plugins)) in self.own.iter().enumerate() {
            let taken = plugins.iter().zip(&book.own[file]);
            let (state, concerned): (_, Vec<u32>) = match &view.own[file] {
                Ok(hash) => {
                    let is_pending = |plugin: &u32| {
                        pending.get(plugin).is_some_and(|what| what.own.contains(&(file, *hash)))
                    };
                    (FileState::Changed, plugins.iter().copied().filter(is_pending).collect())
                }
                // A plugin may do without a file that never was there.
                Err(flaw @ FileFlaw::Missing) => {
                    let had = taken.filter(|(_, taken)| taken.is_some());
                    (FileState::Flawed(flaw.clone()), had.map(|(&plugin, _)| plugin).collect())
                }
                Err(flaw) => (FileState::Flawed(flaw.clone()), plugins.clone()),
            };
            if !concerned.is_empty() {
                changes.push((path.as_path(), state, concerned));
            }
        }
        changes
    }

    fn config_changes(
        &self,
        book: &Book,
        view: &View,
        pending: &BTreeMap<u32, Attempt>,
    ) -> Vec<(&Path, FileState, Vec<u32>)> {
        let mut changes = Vec::new();
        for (file, config) in self.configs.iter().enumerate() {
            let path = config.path.as_path();
            match &view.configs[file] {
                Ok((hash, _)) => {
                    let due = pending.values().filter(|what| {
                        what.table.as_ref().is_some_and(|new| new.due_to == Some(file))
                    });
                    let plugins: Vec<u32> = due.map(|what| what.plugin).collect();
                    if book.configs[file].hash != Some(*hash) || !plugins.is_empty() {
                        changes.push((path, FileState::Changed, plugins));
                    }
                }
                Err(flaw) => {
                    let from = book.tables.iter().filter(|(_, (_, from))| *from == Some(file));
                    let plugins = from.map(|(&plugin, _)| plugin).collect();
                    changes.push((path, FileState::Flawed(flaw.clone()), plugins));
                }
            }
        }
        changes
    }

    fn unowned(&self, engine: &Engine, view: &View) -> Vec<UnownedTable> {
        let files = self.configs.iter().zip(&view.configs);
        let tables = files.filter_map(|(file, met)| Some((file, &met.as_ref().ok()?.1)));
        let mut unowned = Vec::new();
        for (file, tables) in tables {
            let strange = tables.keys().filter(|name| engine.resolution.index_of(name).is_none());
            unowned.extend(strange.map(|name| UnownedTable {
                path: file.path.clone(),
                name: name.clone(),
                nearest: engine.resolution.nearest(name),
            }));
        }
        unowned
    }
}

impl Layer {
    /// The tables, and the number of their file.
    fn tables<'a>(
        &'a self,
        of_file: impl FnOnce(usize) -> &'a Arc<Tables>,
    ) -> (&'a Tables, Option<usize>) {
        match self {
            Layer::Given(tables) => (tables, None),
            Layer::File(file) => (of_file(*file), Some(*file)),
        }
    }
}

impl Attempt {
    pub(crate) fn is_empty(&self) -> bool {
        self.table.is_none() && self.own.is_empty()
    }

    fn same_table(&self, other: &Attempt) -> bool {
        match (&self.table, &other.table) {
            (Some(mine), Some(other)) => mine.table == other.table,
            _ => false,
        }
    }

    fn is_part_of(&self, other: &Attempt) -> bool {
        (self.table.is_none() || self.same_table(other))
            && self.own.iter().all(|part| other.own.contains(part))
    }

    fn subtract(&mut self, other: &Attempt) {
        if self.same_table(other) {
            self.table = None;
        }
        self.own.retain(|part| !other.own.contains(part));
    }
}

fn own_files(resolution: &Resolution) -> Box<[(PathBuf, Vec<u32>)]> {
    let mut files: BTreeMap<PathBuf, Vec<u32>> = BTreeMap::new();
    for plugin in 0..resolution.len() as u32 {
        for file in resolution.declaration_at(plugin).watched() {
            let plugins = files.entry(absolute(Path::new(&**file))).or_default();
            if !plugins.contains(&plugin) {
                plugins.push(plugin);
            }
        }
    }
    files.into_iter().collect()
}
