//! Files that change: what is told of them, who is reloaded, and who is not.

mod support;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, SystemTime};

use plugstate::explain::{FileFlaw, Reason};
use plugstate::{
    BoxError, Builder, Declaration, DynDeps, DynPlugin, Error, EventKind, FileState, Manager,
    Misuse, Phase, Registration, Stage,
};
use support::{Fault, Probe, World, plugin};

const NOTHING: [&str; 0] = [];

/// An empty directory for the files of one test.
struct Dir(PathBuf);

impl Dir {
    fn new(test: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("changes").join(test);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a directory for the test");
        Dir(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.file(name);
        fs::write(&path, text).expect("a file of the test");
        path
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.file(name)).expect("a file of the test");
    }

    /// Words for people, without where the tests are run.
    fn words(&self, text: impl ToString) -> String {
        text.to_string().replace(&format!("{}/", self.0.display()), "")
    }
}

fn toml(text: &str) -> Result<toml::Table, toml::de::Error> {
    toml::from_str(text)
}

/// A probe that watches a file.
fn watching(name: &str, file: &Path) -> Declaration {
    plugin(name).watches(file.display().to_string())
}

/// A suite with a config file, everything enabled.
fn configured(world: &World, plugins: impl IntoIterator<Item = Declaration>, dir: &Dir) -> Manager {
    enabled(world, world.builder(plugins).config_file(dir.file("suite.toml"), toml))
}

fn enabled(world: &World, builder: Builder) -> Manager {
    let manager = builder.build().expect("a suite without problems");
    assert!(manager.enable_all().expect("it starts").is_good());
    world.log();
    manager
}

fn generation(manager: &Manager, plugin: &str) -> u32 {
    manager.info(plugin).expect("it is registered").generation
}

fn value(manager: &Manager, plugin: &str) -> u64 {
    manager.get_as::<Probe>(plugin).expect("it is enabled").config
}

fn reload(plugin: &str) -> Vec<String> {
    ["load", "configure", "disable", "restore", "enable"]
        .map(|hook| format!("{hook} {plugin}"))
        .into_iter()
        .chain([format!("unload {plugin}")])
        .collect()
}

/// Row 22: the predecessor's watcher compared a file's time with the one that it had stored, stored
/// the new one, and reported nothing: nobody ever heard of a change, and the next look found none.
#[test]
fn row_22_a_change_is_reported_until_it_is_taken_over() {
    let (world, dir) = (World::new(), Dir::new("row_22"));
    let rules = dir.write("rules.txt", "allow 1");
    dir.write("suite.toml", "[spi]\nvalue = 1");
    let plugins = [watching("uart", &rules), plugin("spi"), plugin("i2c")];
    let manager = configured(&world, plugins, &dir);
    assert_eq!(manager.watched_files(), [rules, dir.file("suite.toml")]);
    assert!(manager.check_for_changes().is_empty());
    assert!(manager.reload_changed().unwrap().is_empty());

    dir.write("rules.txt", "allow 2");
    dir.write("suite.toml", "[spi]\nvalue = 2");
    let before = manager.snapshot();
    let told = "file `rules.txt` has changed, and concerns `uart`\n\
                file `suite.toml` has changed, and concerns `spi`";
    for _ in 0..3 {
        let changes = manager.check_for_changes();
        assert_eq!(dir.words(&changes), told);
        assert!(changes.is_pending());
    }
    assert_eq!(manager.snapshot(), before, "asking changes nothing");
    assert_eq!(world.log(), NOTHING);

    let report = manager.reload_changed().unwrap();
    assert_eq!(dir.words(&report.found), told);
    assert_eq!(
        report.to_string(),
        "spi: Enabled -> Enabled, replaced by instance 2\n\
         uart: Enabled -> Enabled, replaced by instance 2"
    );
    assert!(report.is_good() && !report.is_empty());
    assert_eq!(world.log(), [reload("spi"), reload("uart")].concat());
    assert_eq!(value(&manager, "spi"), 2);
    assert_eq!(generation(&manager, "i2c"), 1);

    assert!(manager.check_for_changes().is_empty());
    assert!(manager.reload_changed().unwrap().is_empty());
    assert_eq!(world.log(), NOTHING);
}

#[test]
fn exactly_the_plugins_whose_tables_changed_are_reloaded() {
    let (world, dir) = (World::new(), Dir::new("tables"));
    dir.write("suite.toml", "[a]\nvalue = 1\n[b]\nvalue = 1\n[c]\nvalue = 1\n");
    let manager = configured(&world, ["d", "c", "b", "a", "e"].map(plugin), &dir);
    // `b` is changed, `c` is removed, `d` is added; `a` is only moved.
    dir.write("suite.toml", "# all new\n[d]\nvalue = 2\n[b]\nvalue = 2\n[a]\nvalue = 1\n");
    let changes = manager.check_for_changes();
    assert_eq!(dir.words(&changes), "file `suite.toml` has changed, and concerns `b`, `c`, `d`");
    let report = manager.reload_changed().unwrap();
    assert!(report.is_good());
    assert_eq!(world.log(), [reload("b"), reload("c"), reload("d")].concat());
    let values = ["a", "b", "c", "d", "e"].map(|plugin| value(&manager, plugin));
    assert_eq!(values, [1, 2, 0, 2, 0]);
    assert_eq!(["a", "e"].map(|plugin| generation(&manager, plugin)), [1, 1]);
    // The table that was taken over is kept.
    manager.reload("b").unwrap();
    assert_eq!(value(&manager, "b"), 2);
}

#[test]
fn a_change_that_concerns_no_plugin_is_told_once_it_is_seen_to() {
    let (world, dir) = (World::new(), Dir::new("comment"));
    dir.write("suite.toml", "[a]\nvalue = 1");
    let manager = configured(&world, [plugin("a")], &dir);
    dir.write("suite.toml", "[a]\nvalue = 1 # one");
    let told = "file `suite.toml` has changed, and concerns no plugin";
    assert_eq!(dir.words(manager.check_for_changes()), told);
    let report = manager.reload_changed().unwrap();
    assert_eq!(dir.words(&report.found), told);
    assert!(report.reloads.is_empty() && report.left.is_empty());
    assert!(!report.is_empty(), "there was something to tell");
    assert!(manager.check_for_changes().is_empty());
    assert_eq!(world.log(), NOTHING);
}

#[test]
fn a_plugin_that_changed_and_requires_one_that_did_is_reloaded_once_after_it() {
    let (world, dir) = (World::new(), Dir::new("both"));
    let pins = dir.write("pins.txt", "1");
    dir.write("suite.toml", "[core]\nvalue = 1\n[uart]\nvalue = 1");
    let plugins = [watching("uart", &pins).requires("core", "*"), plugin("core")];
    let manager = configured(&world, plugins, &dir);
    dir.write("pins.txt", "2");
    dir.write("suite.toml", "[core]\nvalue = 2\n[uart]\nvalue = 2");
    let report = manager.reload_changed().unwrap();
    assert!(report.is_good());
    let reloaded: Vec<_> = report.reloads.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(reloaded, ["core", "uart"]);
    assert_eq!(
        world.log(),
        [
            "load core",
            "configure core",
            "disable uart",
            "disable core",
            "restore core",
            "enable core",
            "enable uart",
            "unload core",
            "load uart",
            "configure uart",
            "disable uart",
            "restore uart",
            "enable uart",
            "unload uart",
        ]
    );
    assert_eq!([value(&manager, "core"), value(&manager, "uart")], [2, 2]);
    assert_eq!([generation(&manager, "core"), generation(&manager, "uart")], [2, 2]);
}

/// A clock of a file system may stand still for two seconds, and a time can be set.
#[test]
fn a_rewrite_of_the_same_length_at_the_same_time_is_seen() {
    let (world, dir) = (World::new(), Dir::new("same_time"));
    let rules = dir.file("rules.txt");
    let now = SystemTime::now();
    // Whether the time is old enough to be trusted or not: it is the same each time.
    for time in [now, now - Duration::from_secs(3600)] {
        let write = |text| {
            dir.write("rules.txt", text);
            File::options().append(true).open(&rules).unwrap().set_modified(time).unwrap();
        };
        write("allow 1");
        let manager = enabled(&world, world.builder([watching("uart", &rules)]));
        for text in ["allow 2", "allow 3"] {
            write(text);
            assert!(manager.check_for_changes().is_pending(), "{text}");
            assert!(manager.reload_changed().unwrap().is_good());
            assert_eq!(world.log(), reload("uart"), "{text}");
        }
        // Without the other times that Unix keeps, a time that was set cannot be seen through.
        if cfg!(not(unix)) {
            break;
        }
    }
}

#[test]
fn the_same_content_written_again_is_no_change() {
    let (world, dir) = (World::new(), Dir::new("same_content"));
    let rules = dir.write("rules.txt", "allow 1");
    dir.write("suite.toml", "[uart]\nvalue = 1");
    let manager = configured(&world, [watching("uart", &rules)], &dir);
    dir.write("rules.txt", "allow 1");
    dir.write("suite.toml", "[uart]\nvalue = 1");
    let later = SystemTime::now() + Duration::from_secs(60);
    File::options().append(true).open(&rules).unwrap().set_modified(later).unwrap();
    assert!(manager.check_for_changes().is_empty());
    // A change that is undone is none.
    dir.write("rules.txt", "allow 2");
    assert!(manager.check_for_changes().is_pending());
    dir.write("rules.txt", "allow 1");
    assert!(manager.check_for_changes().is_empty());
    assert!(manager.reload_changed().unwrap().is_empty());
    assert_eq!(world.log(), NOTHING);
}

#[test]
fn a_file_that_is_replaced_by_another_is_seen() {
    let (world, dir) = (World::new(), Dir::new("replaced"));
    let rules = dir.write("rules.txt", "allow 1");
    let manager = enabled(&world, world.builder([watching("uart", &rules)]));
    for (text, changed) in [("allow 1", false), ("allow 2", true)] {
        fs::rename(dir.write(".rules.swp", text), &rules).unwrap();
        assert_eq!(manager.check_for_changes().is_pending(), changed, "{text}");
    }
    assert!(manager.reload_changed().unwrap().is_good());
    assert_eq!(world.log(), reload("uart"));
}

#[test]
fn a_file_that_is_gone_changes_nothing_and_is_told_until_it_is_back() {
    let (world, dir) = (World::new(), Dir::new("gone"));
    let rules = dir.write("rules.txt", "allow 1");
    dir.write("suite.toml", "[spi]\nvalue = 1");
    let plugins = [watching("uart", &rules), plugin("spi"), plugin("i2c")];
    let manager = configured(&world, plugins, &dir);
    dir.remove("rules.txt");
    dir.remove("suite.toml");
    let told = "file `rules.txt` is not there: create it, or correct the path; what it said before \
                stays in force\n\
                file `suite.toml` is not there: create it, or correct the path; what it said \
                before stays in force";
    for _ in 0..2 {
        let changes = manager.check_for_changes();
        assert_eq!(dir.words(&changes), told);
        assert!(!changes.is_pending());
        assert!(
            changes.files.iter().all(|file| file.state == FileState::Flawed(FileFlaw::Missing))
        );
        assert_eq!(changes.files[0].plugins, ["uart"]);
        assert_eq!(changes.files[1].plugins, ["spi"]);
        let report = manager.reload_changed().unwrap();
        assert_eq!(dir.words(&report), told);
        assert!(!report.is_good());
    }
    // What was is again: that is no change. The other comes back with something new.
    dir.write("rules.txt", "allow 1");
    dir.write("suite.toml", "[spi]\nvalue = 3");
    assert_eq!(world.log(), NOTHING);
    assert!(manager.reload_changed().unwrap().is_good());
    assert_eq!(world.log(), reload("spi"));
    assert_eq!(value(&manager, "spi"), 3);
}

#[test]
fn a_file_that_does_not_parse_changes_nothing_and_is_told_until_it_is_mended() {
    let (world, dir) = (World::new(), Dir::new("unparsable"));
    let good = "[spi]\nvalue = 1";
    let file = dir.write("suite.toml", good);
    let parse = |text: &str| {
        assert!(!text.contains("panic"), "no such text");
        toml(text)
    };
    let manager = enabled(&world, world.builder([plugin("spi")]).config_file(&file, parse));
    let flaws: [(&[u8], &str); 4] = [
        (b"[spi]\nvalue = = 1", "TOML parse error at line 2, column 9: "),
        (b"\xff\xfe", "it is not utf-8 text"),
        (b"panic", "its parser panicked: no such text"),
        (b"[spi]\nvalue = inf", "cannot be read: the number inf cannot be part of a config"),
    ];
    for (bytes, why) in flaws {
        fs::write(&file, bytes).unwrap();
        let start = format!("file `suite.toml` does not parse, {why}");
        for _ in 0..2 {
            let told = dir.words(manager.check_for_changes());
            assert!(told.starts_with(&start), "{told}");
            assert!(!told.contains("\\n") && !told.contains('|'), "in one line: {told}");
            let report = manager.reload_changed().unwrap();
            assert!(!report.is_empty() && !report.is_good());
            assert_eq!(dir.words(report), told);
        }
    }
    dir.write("suite.toml", good);
    assert!(manager.reload_changed().unwrap().is_empty(), "it is what it was");
    dir.write("suite.toml", "[spi]\nvalue = 2");
    assert_eq!(world.log(), NOTHING);
    assert!(manager.reload_changed().unwrap().is_good());
    assert_eq!(value(&manager, "spi"), 2);

    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert_eq!(
        dir.words(manager.check_for_changes()),
        "file `suite.toml` cannot be read, it is not a regular file: make it a file that can, or \
         correct the path; what it said before stays in force"
    );
}

#[test]
fn a_table_that_does_not_fit_is_refused_and_the_others_go_on() {
    let (world, dir) = (World::new(), Dir::new("misfit"));
    dir.write("suite.toml", "[a]\nvalue = 1\n[b]\nvalue = 1");
    let manager = configured(&world, ["a", "b"].map(plugin), &dir);
    dir.write("suite.toml", "[a]\nvalue = 'two'\n[b]\nvalue = 2");
    let told = "plugin `a` has refused the change of `suite.toml`: config of plugin `a`, key \
                `value`: invalid type: string \"two\", expected u64";
    let report = manager.reload_changed().unwrap();
    assert_eq!(
        dir.words(&report),
        format!("b: Enabled -> Enabled, replaced by instance 2\n{told}")
    );
    let Some(Err(Error::Config(error))) = report.reload("a") else { panic!("{report:?}") };
    assert_eq!(error.path(), "value");
    assert_eq!(world.log(), reload("b"));
    assert_eq!([value(&manager, "a"), value(&manager, "b")], [1, 2]);

    for _ in 0..2 {
        assert_eq!(dir.words(manager.check_for_changes()), told);
        let again = manager.reload_changed().unwrap();
        assert_eq!(dir.words(&again), told);
        assert!(again.reloads.is_empty() && !again.is_good());
    }
    // The other table goes on changing.
    dir.write("suite.toml", "[a]\nvalue = 'two'\n[b]\nvalue = 3");
    let report = manager.reload_changed().unwrap();
    assert_eq!(report.reloads.len(), 1);
    assert_eq!(world.log(), reload("b"));
    // What is kept is the old table.
    manager.reload("a").unwrap();
    assert_eq!(world.log(), reload("a"));
    assert_eq!(value(&manager, "a"), 1);
    dir.write("suite.toml", "[a]\nvalue = 2\n[b]\nvalue = 3");
    assert!(manager.reload_changed().unwrap().is_good());
    assert_eq!(world.log(), reload("a"));
    assert!(manager.check_for_changes().is_empty());
}

#[test]
fn a_reload_that_fails_is_refused_and_not_tried_again_with_the_same_content() {
    let (world, dir) = (World::new(), Dir::new("refused"));
    dir.write("suite.toml", "[a]\nvalue = 1");
    let manager = configured(&world, [plugin("a")], &dir);
    world.fail("a", Stage::Configure, Fault::Error);
    dir.write("suite.toml", "[a]\nvalue = 2");
    let told = "plugin `a` has refused the change of `suite.toml`: plugin `a` failed to configure: a \
         cannot configure";
    let report = manager.reload_changed().unwrap();
    assert_eq!(dir.words(&report), told);
    assert!(matches!(report.reload("a"), Some(Err(Error::Hook(_)))));
    assert_eq!(world.log(), ["load a", "configure a", "unload a"]);
    assert_eq!(value(&manager, "a"), 1);
    for _ in 0..2 {
        assert_eq!(dir.words(manager.check_for_changes()), told);
        assert_eq!(dir.words(manager.reload_changed().unwrap()), told);
    }
    assert_eq!(world.log(), NOTHING);

    // Back to what is in force: there is nothing to refuse any more.
    dir.write("suite.toml", "[a]\nvalue = 1");
    let report = manager.reload_changed().unwrap();
    assert_eq!(dir.words(&report.found), "file `suite.toml` has changed, and concerns no plugin");
    assert!(report.is_good());
    assert_eq!(world.log(), NOTHING);
    // The same once more is a new change.
    dir.write("suite.toml", "[a]\nvalue = 2");
    assert_eq!(dir.words(manager.reload_changed().unwrap()), told);
    assert_eq!(world.log(), ["load a", "configure a", "unload a"]);

    world.heal();
    dir.write("suite.toml", "[a]\nvalue = 3");
    assert!(manager.reload_changed().unwrap().is_good());
    assert_eq!(world.log(), reload("a"));
    assert_eq!(value(&manager, "a"), 3);
}

#[test]
fn a_reload_by_hand_has_what_was_refused_tried_again() {
    let (world, dir) = (World::new(), Dir::new("by_hand"));
    let rules = dir.write("rules.txt", "allow 1");
    dir.write("suite.toml", "[a]\nvalue = 1");
    let manager = configured(&world, [plugin("a"), watching("b", &rules)], &dir);
    world.fail("a", Stage::Restore, Fault::Error);
    world.fail("b", Stage::Load, Fault::Panic);
    dir.write("suite.toml", "[a]\nvalue = 2");
    dir.write("rules.txt", "allow 2");
    let report = manager.reload_changed().unwrap();
    let refused: Vec<_> =
        report.left.refused.iter().map(|refusal| refusal.plugin.as_str()).collect();
    assert_eq!(refused, ["a", "b"]);
    assert_eq!(report.left.refused[1].files, [rules]);
    assert_eq!(["a", "b"].map(|id| manager.phase(id).unwrap()), [Phase::Enabled; 2]);

    world.heal();
    manager.reload("a").unwrap();
    manager.reload("b").unwrap();
    world.log();
    // The new instance of `b` has read its file; that of `a` was given the table that was kept.
    assert_eq!(value(&manager, "a"), 1);
    assert_eq!(
        dir.words(manager.check_for_changes()),
        "file `suite.toml` has changed, and concerns `a`"
    );
    assert!(manager.reload_changed().unwrap().is_good());
    assert_eq!(world.log(), reload("a"));
    assert_eq!(value(&manager, "a"), 2);
    assert!(manager.check_for_changes().is_empty());
    // Back to what `b` had before: its instance has read the other.
    dir.write("rules.txt", "allow 1");
    assert!(manager.reload_changed().unwrap().is_good());
    assert_eq!(world.log(), reload("b"));
}

#[test]
fn what_an_instance_has_refused_is_open_again_when_the_instance_is_gone() {
    let (world, dir) = (World::new(), Dir::new("refused_and_gone"));
    dir.write("suite.toml", "[a]\nvalue = 1");
    let manager = configured(&world, [plugin("a")], &dir);
    world.fail("a", Stage::Configure, Fault::Error);
    dir.write("suite.toml", "[a]\nvalue = 2");
    assert_eq!(manager.reload_changed().unwrap().left.refused.len(), 1);
    world.heal();
    manager.unload("a").unwrap();
    assert_eq!(
        dir.words(manager.check_for_changes()),
        "file `suite.toml` has changed, and concerns `a`"
    );
    assert!(manager.reload_changed().unwrap().is_good());
    manager.enable("a").unwrap();
    assert_eq!(value(&manager, "a"), 2);
}

#[test]
fn a_table_that_does_not_fit_does_not_keep_the_plugins_files_from_being_taken_over() {
    let (world, dir) = (World::new(), Dir::new("misfit_and_file"));
    let rules = dir.write("rules.txt", "allow 1");
    dir.write("suite.toml", "[a]\nvalue = 1");
    let manager = configured(&world, [watching("a", &rules)], &dir);
    dir.write("rules.txt", "allow 2");
    dir.write("suite.toml", "[a]\nvalue = []");
    let report = manager.reload_changed().unwrap();
    assert!(report.reload("a").is_some_and(Result::is_ok));
    assert_eq!(report.left.refused.len(), 1);
    assert!(report.left.files.is_empty());
    assert_eq!(world.log(), reload("a"));
    assert_eq!(value(&manager, "a"), 1);
    assert!(manager.reload_changed().unwrap().reloads.is_empty());
    dir.write("suite.toml", "[a]\nvalue = 1");
    assert_eq!(
        dir.words(manager.check_for_changes()),
        "file `suite.toml` has changed, and concerns no plugin"
    );
    assert!(manager.reload_changed().unwrap().reloads.is_empty());
    assert_eq!(world.log(), NOTHING);
}

#[test]
fn a_plugin_that_is_not_configured_yet_just_has_its_table_kept() {
    let (world, dir) = (World::new(), Dir::new("discovered"));
    let rules = dir.write("rules.txt", "allow 1");
    dir.write("suite.toml", "[a]\nvalue = 1\n[b]\nvalue = 1\n[c]\nvalue = 1");
    let plugins = [watching("a", &rules), plugin("b"), plugin("c")];
    let builder = world.builder(plugins).config_file(dir.file("suite.toml"), toml);
    let manager = builder.build().unwrap();
    manager.load("b").unwrap();
    manager.enable("c").unwrap();
    manager.disable("c").unwrap();
    world.log();
    dir.write("rules.txt", "allow 2");
    dir.write("suite.toml", "[a]\nvalue = 2\n[b]\nvalue = 2\n[c]\nvalue = 2");
    let report = manager.reload_changed().unwrap();
    assert_eq!(
        report.to_string(),
        "a: stays Discovered\nb: stays Loaded\nc: Disabled -> Configured, replaced by instance 2"
    );
    assert_eq!(world.log(), ["load c", "configure c", "restore c", "unload c"]);
    assert!(manager.check_for_changes().is_empty());
    manager.enable_all().unwrap();
    assert_eq!(["a", "b", "c"].map(|plugin| value(&manager, plugin)), [2, 2, 2]);
    assert_eq!(["a", "b", "c"].map(|plugin| generation(&manager, plugin)), [1, 1, 2]);

    // A table that does not fit is refused all the same.
    manager.unload("a").unwrap();
    dir.write("suite.toml", "[a]\nvalue = -1\n[b]\nvalue = 2\n[c]\nvalue = 2");
    assert_eq!(manager.reload_changed().unwrap().left.refused.len(), 1);
    manager.enable("a").unwrap();
    assert_eq!(value(&manager, "a"), 2);
}

#[test]
fn a_plugin_that_has_failed_is_retried_with_what_is_new() {
    let (world, dir) = (World::new(), Dir::new("failed"));
    dir.write("suite.toml", "[a]\nvalue = 1");
    let builder = world.builder([plugin("a"), plugin("b").requires("a", "*")]);
    let manager = builder.config_file(dir.file("suite.toml"), toml).build().unwrap();
    world.fail("a", Stage::Configure, Fault::Error);
    assert!(!manager.enable_all().unwrap().is_good());
    world.log();
    dir.write("suite.toml", "[a]\nvalue = 2");
    assert!(!manager.reload_changed().unwrap().is_good());
    // Which of the two instances goes first is the affair of `retry`.
    let sorted = |mut log: Vec<String>| {
        log.sort();
        log
    };
    assert_eq!(sorted(world.log()), ["configure a", "load a", "unload a"]);
    assert_eq!(manager.phase("a").unwrap(), Phase::Failed);
    assert!(manager.reload_changed().unwrap().reloads.is_empty());
    assert_eq!(world.log(), NOTHING);

    world.heal();
    dir.write("suite.toml", "[a]\nvalue = 3");
    let report = manager.reload_changed().unwrap();
    assert_eq!(report.to_string(), "a: Failed -> Enabled");
    assert_eq!(sorted(world.log()), ["configure a", "enable a", "load a", "unload a"]);
    assert_eq!(value(&manager, "a"), 3);
}

#[test]
fn a_table_that_belongs_to_nobody_is_told_while_it_is_there() {
    let (world, dir) = (World::new(), Dir::new("unowned"));
    dir.write("suite.toml", "[uart]\nvalue = 1");
    let manager = configured(&world, [plugin("uart")], &dir);
    dir.write("suite.toml", "[uart]\nvalue = 2\n[uarr]\nx = 1\n[zzz]");
    let told = "file `suite.toml` has a table `uarr`, and no plugin is called that; did you mean \
                `uart`?\n\
                file `suite.toml` has a table `zzz`, and no plugin is called that; remove it, or \
                link the plugin";
    let report = manager.reload_changed().unwrap();
    assert_eq!(
        dir.words(&report),
        format!("uart: Enabled -> Enabled, replaced by instance 2\n{told}")
    );
    assert!(!report.is_good());
    let changes = manager.check_for_changes();
    assert_eq!(dir.words(&changes), told);
    assert!(!changes.is_empty() && !changes.is_pending());
    assert_eq!(changes.unowned[0].nearest, Some("uart".into()));
    dir.write("suite.toml", "[uart]\nvalue = 2");
    assert!(manager.reload_changed().unwrap().is_good());
}

#[test]
fn a_config_file_that_cannot_be_used_is_a_problem_beside_the_others() {
    let (world, dir) = (World::new(), Dir::new("problems"));
    dir.write("bad.toml", "[uart");
    dir.write("misfit.toml", "[uart]\nbaud = 1\n[usrt]");
    let builder = || {
        world
            .builder([plugin("uart"), plugin("spi").requires("core", "*")])
            .config_file(dir.file("none.toml"), toml)
            .config_file(dir.file("bad.toml"), toml)
            .config_file(dir.file("misfit.toml"), toml)
    };
    let Error::Link(problems) = builder().build().unwrap_err() else { panic!("another error") };
    let reasons: Vec<_> = problems.iter().map(|problem| dir.words(problem.reason())).collect();
    let files: Vec<_> = problems.iter().map(|problem| problem.place().file()).collect();
    assert_eq!(
        reasons,
        [
            "(all of them) is given a config file, and `none.toml` is not there: create it, or \
             correct the path",
            "(all of them) is given a config file, and `bad.toml` does not parse, TOML parse error \
             at line 1, column 6: unclosed table, expected `]`: mend it",
            "requires `core`, which is not registered: register it, or correct the name",
            "is given a config that does not fit, key `baud`: unknown key; remove it, or check its \
             spelling",
            "is given a config, but is not registered: remove the table, link the plugin, or \
             correct the name (did you mean `uart`?)",
        ]
    );
    assert!(files.iter().all(|file| *file == file!()), "{files:?}");
    assert!(matches!(
        problems.iter().next().map(|problem| problem.reason()),
        Some(Reason::ConfigFile { flaw: FileFlaw::Missing, .. })
    ));

    // With what is left: the files are told as long as they are not mended, and then taken over.
    let manager = builder().build_partial();
    assert_eq!(manager.check_for_changes().files.len(), 2);
    dir.write("none.toml", "[uart]\nvalue = 7");
    dir.write("bad.toml", "");
    dir.write("misfit.toml", "");
    assert!(manager.reload_changed().unwrap().is_good());
    manager.enable("uart").unwrap();
    assert_eq!(value(&manager, "uart"), 7);
}

#[test]
fn of_two_sources_the_later_one_wins_also_after_a_change() {
    let (world, dir) = (World::new(), Dir::new("layers"));
    let table = |value: i64| -> toml::Table { toml(&format!("value = {value}")).unwrap() };
    let given = |names: &[&str], value| -> toml::Table {
        names.iter().map(|name| ((*name).to_owned(), table(value).into())).collect()
    };
    dir.write("low.toml", "[c]\nvalue = 20\n[d]\nvalue = 20");
    dir.write("high.toml", "[a]\nvalue = 30\n[d]\nvalue = 30\n[e]\nvalue = 30");
    let builder = world
        .builder(["a", "b", "c", "d", "e"].map(plugin))
        .guard_deadline(Duration::ZERO)
        .config(given(&["a", "b", "c"], 10))
        .config_file(dir.file("low.toml"), toml)
        .config_file(dir.file("high.toml"), toml)
        .config(given(&["e"], 40));
    let manager = enabled(&world, builder);
    let values = |manager: &Manager| ["a", "b", "c", "d", "e"].map(|plugin| value(manager, plugin));
    assert_eq!(values(&manager), [30, 10, 20, 30, 40]);
    // Hidden below another table, or above nothing.
    dir.write("low.toml", "[c]\nvalue = 20\n[d]\nvalue = 21");
    dir.write("high.toml", "[d]\nvalue = 30\n[e]\nvalue = 31");
    assert_eq!(
        dir.words(manager.check_for_changes()),
        "file `high.toml` has changed, and concerns `a`\n\
         file `low.toml` has changed, and concerns no plugin"
    );
    assert!(manager.reload_changed().unwrap().is_good());
    assert_eq!(world.log(), reload("a"));
    assert_eq!(values(&manager), [10, 10, 20, 30, 40]);
    // The file that changed is named, and not the one whose table comes to light, also while the
    // change is put off.
    dir.write("high.toml", "");
    let told = "file `high.toml` has changed, and concerns `d`";
    assert_eq!(dir.words(manager.check_for_changes()), told);
    let guard = manager.get_as::<Probe>("d").unwrap();
    let left = manager.reload_changed().unwrap().left;
    assert_eq!(dir.words(left), told);
    assert_eq!(dir.words(manager.check_for_changes()), told);
    drop(guard);
    world.log();
    assert!(manager.reload_changed().unwrap().is_good());
    assert_eq!(world.log(), reload("d"));
    assert_eq!(values(&manager), [10, 10, 20, 21, 40]);
}

#[test]
fn what_a_guard_prevents_stays_a_change_and_is_tried_again() {
    let (world, dir) = (World::new(), Dir::new("busy"));
    dir.write("suite.toml", "[a]\nvalue = 1\n[b]\nvalue = 1");
    let builder = world.builder(["a", "b"].map(plugin)).guard_deadline(Duration::ZERO);
    let manager = enabled(&world, builder.config_file(dir.file("suite.toml"), toml));
    dir.write("suite.toml", "[a]\nvalue = 2\n[b]\nvalue = 2");
    let guard = manager.get_as::<Probe>("a").unwrap();
    let report = manager.reload_changed().unwrap();
    assert!(matches!(report.reload("a"), Some(Err(Error::Busy { .. }))));
    assert!(report.reload("b").is_some_and(Result::is_ok));
    assert!(report.to_string().starts_with("a: plugin `a` is in use"), "{report}");
    let told = "file `suite.toml` has changed, and concerns `a`";
    assert_eq!(dir.words(&report.left), told);
    assert_eq!(dir.words(manager.check_for_changes()), told);
    // What is pending stays so when its file is gone, and nothing else is taken back.
    drop(guard);
    dir.remove("suite.toml");
    world.log();
    let report = manager.reload_changed().unwrap();
    assert_eq!(world.log(), reload("a"));
    assert_eq!(report.left.files[0].state, FileState::Flawed(FileFlaw::Missing));
    assert_eq!([value(&manager, "a"), value(&manager, "b")], [2, 2]);
    dir.write("suite.toml", "[a]\nvalue = 2\n[b]\nvalue = 2");
    assert!(manager.reload_changed().unwrap().reloads.is_empty());
    assert!(manager.check_for_changes().is_empty());
}

#[test]
fn a_file_of_two_plugins_is_taken_over_by_each_for_itself() {
    let (world, dir) = (World::new(), Dir::new("shared"));
    let rules = dir.write("rules.txt", "allow 1");
    let twice = watching("a", &rules).watches(rules.display().to_string());
    let plugins = [twice, watching("b", &rules), plugin("c")];
    let manager = enabled(&world, world.builder(plugins));
    world.fail("a", Stage::Restore, Fault::Error);
    dir.write("rules.txt", "allow 2");
    assert_eq!(
        dir.words(manager.check_for_changes()),
        "file `rules.txt` has changed, and concerns `a`, `b`"
    );
    let report = manager.reload_changed().unwrap();
    assert_eq!(
        dir.words(&report),
        "b: Enabled -> Enabled, replaced by instance 2\n\
         plugin `a` has refused the change of `rules.txt`: plugin `a` failed to restore: a cannot \
         restore"
    );
    assert_eq!(generation(&manager, "b"), 2);
    world.heal();
    world.log();
    dir.write("rules.txt", "allow 3");
    assert!(manager.reload_changed().unwrap().is_good());
    assert_eq!(world.log(), [reload("a"), reload("b")].concat());
}

#[test]
fn a_config_file_that_a_plugin_watches_too_is_one_change() {
    let (world, dir) = (World::new(), Dir::new("both"));
    let suite = dir.write("suite.toml", "[a]\nvalue = 1\n[b]\nvalue = 1");
    let manager = configured(&world, [plugin("a"), watching("b", &suite), plugin("c")], &dir);
    dir.write("suite.toml", "[a]\nvalue = 2\n[b]\nvalue = 1");
    let changes = manager.check_for_changes();
    assert_eq!(dir.words(changes), "file `suite.toml` has changed, and concerns `a`, `b`");
    assert!(manager.reload_changed().unwrap().is_good());
    assert_eq!((generation(&manager, "a"), generation(&manager, "b")), (2, 2));
    assert_eq!((value(&manager, "a"), value(&manager, "b")), (2, 1));
}

#[test]
fn a_plugin_that_is_loaded_only_is_replaced_when_its_own_file_changes() {
    let (world, dir) = (World::new(), Dir::new("loaded"));
    let rules = dir.write("rules.txt", "allow 1");
    let manager = world.builder([watching("a", &rules)]).build().unwrap();
    manager.load("a").unwrap();
    dir.write("rules.txt", "allow 2");
    assert!(manager.reload_changed().unwrap().is_good());
    assert_eq!(generation(&manager, "a"), 2);
}

#[test]
fn a_file_that_never_was_there_is_news_when_it_appears() {
    let (world, dir) = (World::new(), Dir::new("never"));
    let manager =
        enabled(&world, world.builder([watching("a", &dir.file("later.txt")), plugin("b")]));
    assert!(manager.check_for_changes().is_empty());
    dir.write("later.txt", "");
    assert!(manager.check_for_changes().is_pending());
    assert!(manager.reload_changed().unwrap().is_good());
    assert_eq!(world.log(), reload("a"));
    assert!(manager.check_for_changes().is_empty());
}

#[test]
fn a_file_is_found_from_another_working_directory() {
    let (world, dir) = (World::new(), Dir::new("relative"));
    dir.write("rules.txt", "allow 1");
    // The tests of one binary share a working directory, so it is not changed here: what counts is
    // that the path is fixed.
    let manager = world.build([plugin("a").watches("./no_such_file.txt")]);
    let here = std::env::current_dir().unwrap();
    assert_eq!(manager.watched_files(), [here.join("no_such_file.txt")]);
}

/// Calls back into the manager from its `enable` hook.
struct Meddler(Arc<OnceLock<Weak<Manager>>>);

impl DynPlugin for Meddler {
    type Config = ();

    fn enable(&mut self, _: DynDeps<'_>) -> Result<(), BoxError> {
        let manager = self.0.get().and_then(Weak::upgrade).ok_or("no manager")?;
        let _ = manager.check_for_changes();
        manager.reload_changed()?;
        Ok(())
    }
}

#[test]
fn a_hook_may_ask_and_must_not_reload() {
    let cell = Arc::new(OnceLock::new());
    let shared = Arc::clone(&cell);
    let meddler = Registration::dynamic(plugin("meddler"), move || Ok(Meddler(shared.clone())));
    let manager = Arc::new(Manager::builder().register(meddler).build().unwrap());
    cell.set(Arc::downgrade(&manager)).unwrap();
    let failed = manager.enable("meddler").unwrap_err();
    let misuse = Misuse::Reentrant {
        plugin: "meddler".into(),
        stage: Stage::Enable,
        operation: "a reload of what has changed".to_owned(),
    };
    assert_eq!(failed.to_string(), format!("plugin `meddler` failed to enable: {misuse}"));
}

/// An observer is told between the reloads of one call, and may call the same.
#[test]
fn what_somebody_else_saw_to_in_between_is_not_done_again() {
    let (world, dir) = (World::new(), Dir::new("between"));
    dir.write("suite.toml", "");
    let rules = dir.write("rules.txt", "1");
    let plugins = [plugin("a"), plugin("b"), plugin("c"), watching("d", &rules)];
    let manager = Arc::new(configured(&world, plugins, &dir));
    let weak = Arc::downgrade(&manager);
    manager.observe(move |event| {
        if event.kind == EventKind::DidReplace && event.plugin == "a" {
            let report = weak.upgrade().expect("it is being used").reload_changed().unwrap();
            assert!(report.reload("b").is_some_and(Result::is_ok));
            assert!(report.reload("c").is_some_and(Result::is_err));
        }
    });
    world.fail("c", Stage::Load, Fault::Error);
    dir.write("rules.txt", "2");
    dir.write("suite.toml", "[a]\nvalue = 1\n[b]\nvalue = 1\n[c]\nvalue = 1");
    let report = manager.reload_changed().unwrap();
    assert_eq!(
        dir.words(&report),
        "a: Enabled -> Enabled, replaced by instance 2\n\
         b: stays Enabled\n\
         c: stays Enabled\n\
         d: stays Enabled\n\
         plugin `c` has refused the change of `suite.toml`: plugin `c` failed to load: c cannot load"
    );
    assert_eq!(
        world.log(),
        [reload("a"), reload("b"), vec!["load c".to_owned()], reload("d")].concat()
    );
    assert_eq!(manager.lost_observers().len(), 0);
}
