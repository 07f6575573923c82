//! Waiting for files to change: the system's events in, one reload for each burst out.
//!
//! Nothing here sleeps: a test writes, and waits with the watcher's own timeout.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use plugstate::explain::FileFlaw;
use plugstate::{ChangeReport, Declaration, Error, FileState, Manager, Stage, Watcher};
use support::{Fault, Probe, World, plugin};

const NOTHING: [&str; 0] = [];

/// How long files must be left alone.
const PAUSE: Duration = Duration::from_millis(60);

/// Within this an event must have come, however busy the machine is.
const LONG: Duration = Duration::from_secs(30);

/// Within this nothing may come: more than a pause.
const SHORT: Duration = Duration::from_millis(300);

struct Dir(PathBuf);

impl Dir {
    fn new(test: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("watch").join(test);
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

    fn words(&self, text: impl ToString) -> String {
        text.to_string().replace(&format!("{}/", self.0.display()), "")
    }
}

fn toml(text: &str) -> Result<toml::Table, toml::de::Error> {
    toml::from_str(text)
}

fn watching(name: &str, file: &Path) -> Declaration {
    plugin(name).watches(file.display().to_string())
}

fn enabled(world: &World, manager: Manager) -> Manager {
    assert!(manager.enable_all().expect("it starts").is_good());
    world.log();
    manager
}

/// A suite of these plugins and a config file.
fn configured(world: &World, plugins: impl IntoIterator<Item = Declaration>, dir: &Dir) -> Manager {
    let builder = world.builder(plugins).config_file(dir.file("suite.toml"), toml);
    enabled(world, builder.build().expect("a suite without problems"))
}

/// A watcher that has nothing to tell any more of what was before it.
fn watch(manager: &Manager) -> Watcher<'_> {
    let mut watcher = Watcher::new(manager, PAUSE).expect("the directories are there");
    assert!(watcher.wait(SHORT).expect("it waits").is_none());
    watcher
}

fn next(watcher: &mut Watcher<'_>) -> ChangeReport {
    watcher.wait(LONG).expect("it waits").expect("a change")
}

fn is_quiet(watcher: &mut Watcher<'_>) -> bool {
    watcher.wait(SHORT).expect("it waits").is_none()
}

fn reload(plugin: &str) -> Vec<String> {
    ["load", "configure", "disable", "restore", "enable", "unload"]
        .map(|hook| format!("{hook} {plugin}"))
        .to_vec()
}

fn value(manager: &Manager, plugin: &str) -> u64 {
    manager.get_as::<Probe>(plugin).expect("it is enabled").config
}

#[test]
fn a_burst_of_writes_is_one_reload() {
    let (world, dir) = (World::new(), Dir::new("burst"));
    let rules = dir.write("rules.txt", "0");
    dir.write("suite.toml", "[a]\nvalue = 0");
    let manager = configured(&world, [plugin("a"), watching("b", &rules), plugin("c")], &dir);
    let mut watcher = watch(&manager);
    for n in 1..=100 {
        dir.write("rules.txt", &n.to_string());
        dir.write("suite.toml", &format!("[a]\nvalue = {n}"));
    }
    let report = next(&mut watcher);
    assert_eq!(
        report.to_string(),
        "a: Enabled -> Enabled, replaced by instance 2\n\
         b: Enabled -> Enabled, replaced by instance 2"
    );
    assert!(is_quiet(&mut watcher));
    assert_eq!(world.log(), [reload("a"), reload("b")].concat());
    assert_eq!(value(&manager, "a"), 100);
}

#[test]
fn a_burst_that_is_longer_than_the_pause_is_one_reload() {
    let (world, dir) = (World::new(), Dir::new("long_burst"));
    let rules = dir.write("rules.txt", "0");
    let manager = enabled(&world, world.build([watching("a", &rules)]));
    // A pause so long that no machine is slow enough to make one within the burst.
    let pause = Duration::from_secs(2);
    let mut watcher = Watcher::new(&manager, pause).unwrap();
    // The host looks again and again while the writing goes on, with less patience than the pause.
    let began = std::time::Instant::now();
    let mut n = 0;
    while began.elapsed() < pause + pause / 4 {
        n += 1;
        dir.write("rules.txt", &n.to_string());
        assert!(watcher.wait(Duration::from_millis(20)).unwrap().is_none(), "write {n}");
    }
    assert_eq!(world.log(), NOTHING);
    assert!(next(&mut watcher).is_good());
    assert_eq!(world.log(), reload("a"));
}

#[test]
fn a_host_with_little_patience_gets_the_change_in_the_end() {
    let (world, dir) = (World::new(), Dir::new("impatient"));
    let rules = dir.write("rules.txt", "0");
    let manager = enabled(&world, world.build([watching("a", &rules)]));
    let mut watcher = watch(&manager);
    dir.write("rules.txt", "1");
    let report = (0..10_000).find_map(|_| watcher.wait(Duration::from_millis(1)).unwrap());
    assert!(report.is_some_and(|report| report.is_good()));
    assert_eq!(world.log(), reload("a"));
}

#[test]
fn a_file_that_is_replaced_by_another_is_seen() {
    let (world, dir) = (World::new(), Dir::new("rename"));
    dir.write("suite.toml", "[a]\nvalue = 1");
    let manager = configured(&world, [plugin("a"), plugin("b")], &dir);
    let mut watcher = watch(&manager);
    // More than once: the watch is on the path and not on the file that was there.
    for n in 2..5 {
        let swap = dir.write(".suite.toml.swp", &format!("[a]\nvalue = {n}"));
        fs::rename(swap, dir.file("suite.toml")).unwrap();
        assert!(next(&mut watcher).is_good());
        assert_eq!(world.log(), reload("a"));
        assert_eq!(value(&manager, "a"), n);
    }
}

#[test]
fn a_file_that_is_deleted_and_created_again_is_seen() {
    let (world, dir) = (World::new(), Dir::new("recreate"));
    let rules = dir.write("rules.txt", "1");
    let manager = enabled(&world, world.build([watching("a", &rules)]));
    let mut watcher = watch(&manager);
    for n in 2..4 {
        fs::remove_file(&rules).unwrap();
        let report = next(&mut watcher);
        assert!(report.reloads.is_empty());
        assert_eq!(report.left.files[0].state, FileState::Flawed(FileFlaw::Missing));
        assert_eq!(report.left.files[0].path, rules);
        assert_eq!(world.log(), NOTHING);
        dir.write("rules.txt", &n.to_string());
        assert!(next(&mut watcher).is_good());
        assert_eq!(world.log(), reload("a"));
    }
}

#[test]
fn a_file_that_is_not_there_yet_is_waited_for() {
    let (world, dir) = (World::new(), Dir::new("appears"));
    let manager = enabled(&world, world.build([watching("a", &dir.file("later.txt"))]));
    let mut watcher = watch(&manager);
    dir.write("later.txt", "1");
    assert!(next(&mut watcher).is_good());
    assert_eq!(world.log(), reload("a"));
}

#[test]
fn a_directory_that_is_deleted_and_created_again_is_watched_again() {
    let (world, dir) = (World::new(), Dir::new("directory"));
    let home = dir.file("etc");
    fs::create_dir(&home).unwrap();
    let rules = dir.write("etc/rules.txt", "1");
    let manager = enabled(&world, world.build([watching("a", &rules)]));
    let mut watcher = watch(&manager);
    fs::remove_dir_all(&home).unwrap();
    assert_eq!(next(&mut watcher).left.files[0].state, FileState::Flawed(FileFlaw::Missing));
    fs::create_dir(&home).unwrap();
    dir.write("etc/rules.txt", "2");
    assert!(next(&mut watcher).is_good());
    dir.write("etc/rules.txt", "3");
    assert!(next(&mut watcher).is_good());
    assert_eq!(world.log(), [reload("a"), reload("a")].concat());
}

#[test]
fn a_file_that_does_not_parse_is_told_and_taken_over_when_it_is_mended() {
    let (world, dir) = (World::new(), Dir::new("unparsable"));
    dir.write("suite.toml", "[a]\nvalue = 1");
    let manager = configured(&world, [plugin("a")], &dir);
    let mut watcher = watch(&manager);
    dir.write("suite.toml", "[a\nvalue = 2");
    let report = next(&mut watcher);
    assert!(dir.words(&report).starts_with("file `suite.toml` does not parse, "), "{report}");
    assert!(report.reloads.is_empty());
    assert_eq!((value(&manager, "a"), world.log()), (1, vec![]));
    assert!(is_quiet(&mut watcher));
    dir.write("suite.toml", "[a]\nvalue = 2");
    assert!(next(&mut watcher).is_good());
    assert_eq!((value(&manager, "a"), world.log()), (2, reload("a")));
}

#[test]
fn of_a_config_file_only_the_tables_that_changed_concern_anybody() {
    let (world, dir) = (World::new(), Dir::new("tables"));
    dir.write("suite.toml", "[a]\nvalue = 1\n[b]\nvalue = 1\n[c]\nvalue = 1");
    let manager = configured(&world, ["a", "b", "c"].map(plugin), &dir);
    let mut watcher = watch(&manager);
    dir.write("suite.toml", "[a]\nvalue = 1\n[b]\nvalue = 2\n[c]\nvalue = []");
    let report = next(&mut watcher);
    assert_eq!(report.left.refused[0].plugin, "c");
    assert_eq!(world.log(), reload("b"));
    assert!(is_quiet(&mut watcher), "what was refused is not tried again");
    dir.write("suite.toml", "[a]\nvalue = 1\n[b]\nvalue = 2\n[c]\nvalue = 2");
    assert!(next(&mut watcher).is_good());
    assert_eq!(world.log(), reload("c"));
}

#[test]
fn what_concerns_no_watched_file_and_what_changes_nothing_is_not_told() {
    let (world, dir) = (World::new(), Dir::new("quiet"));
    let rules = dir.write("rules.txt", "1");
    let manager = enabled(&world, world.build([watching("a", &rules)]));
    let mut watcher = watch(&manager);
    dir.write("other.txt", "1");
    dir.write("rules.txt", "1");
    assert_eq!(fs::read(&rules).unwrap(), b"1");
    assert!(is_quiet(&mut watcher));
    assert_eq!(world.log(), NOTHING);
}

#[test]
fn what_happens_next_door_does_not_put_a_change_off() {
    let (world, dir) = (World::new(), Dir::new("next_door"));
    let rules = dir.write("rules.txt", "1");
    let manager = enabled(&world, world.build([watching("a", &rules)]));
    let mut watcher = watch(&manager);
    dir.write("rules.txt", "2");
    // Somebody writes a log beside it, without a pause, and reads the file as well.
    let report = (0..2_000).find_map(|n: u32| {
        dir.write("log.txt", &n.to_string());
        fs::read(&rules).unwrap();
        watcher.wait(Duration::from_millis(5)).unwrap()
    });
    assert!(report.is_some_and(|report| report.is_good()));
    assert_eq!(world.log(), reload("a"));
}

#[test]
fn what_changed_before_there_was_a_watcher_is_found_by_the_first_wait() {
    let (world, dir) = (World::new(), Dir::new("before"));
    let rules = dir.write("rules.txt", "1");
    let manager = enabled(&world, world.build([watching("a", &rules)]));
    dir.write("rules.txt", "2");
    let mut watcher = Watcher::new(&manager, PAUSE).unwrap();
    assert!(next(&mut watcher).is_good());
    assert_eq!(world.log(), reload("a"));
}

#[test]
fn what_a_guard_prevented_is_tried_again_without_another_event() {
    let (world, dir) = (World::new(), Dir::new("busy"));
    let rules = dir.write("rules.txt", "1");
    let builder = world.builder([watching("a", &rules)]).guard_deadline(Duration::ZERO);
    let manager = enabled(&world, builder.build().unwrap());
    let mut watcher = watch(&manager);
    let guard = manager.get_as::<Probe>("a").unwrap();
    dir.write("rules.txt", "2");
    assert!(matches!(next(&mut watcher).reload("a"), Some(Err(Error::Busy { .. }))));
    drop(guard);
    assert!(next(&mut watcher).is_good());
    assert!(is_quiet(&mut watcher));
}

#[test]
fn a_reload_that_fails_is_told_and_the_next_version_is_tried() {
    let (world, dir) = (World::new(), Dir::new("failing"));
    let rules = dir.write("rules.txt", "1");
    let manager = enabled(&world, world.build([watching("a", &rules)]));
    let mut watcher = watch(&manager);
    world.fail("a", Stage::Load, Fault::Error);
    dir.write("rules.txt", "2");
    assert_eq!(
        dir.words(next(&mut watcher)),
        "plugin `a` has refused the change of `rules.txt`: plugin `a` failed to load: a cannot load"
    );
    assert_eq!(world.log(), ["load a"]);
    assert!(is_quiet(&mut watcher));
    world.heal();
    dir.write("rules.txt", "3");
    assert!(next(&mut watcher).is_good());
    assert_eq!(world.log(), reload("a"));
}

#[cfg(unix)]
#[test]
fn a_file_is_watched_where_its_link_points_to() {
    let (world, dir) = (World::new(), Dir::new("link"));
    fs::create_dir(dir.file("real")).unwrap();
    fs::create_dir(dir.file("etc")).unwrap();
    let real = dir.write("real/rules.txt", "1");
    let link = dir.file("etc/rules.txt");
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let manager = enabled(&world, world.build([watching("a", &link)]));
    let mut watcher = watch(&manager);
    dir.write("real/rules.txt", "2");
    assert!(next(&mut watcher).is_good());
    assert_eq!(world.log(), reload("a"));
    // The link is turned to another file.
    let other = dir.write("real/other.txt", "3");
    std::os::unix::fs::symlink(&other, dir.file("etc/.new")).unwrap();
    fs::rename(dir.file("etc/.new"), &link).unwrap();
    assert!(next(&mut watcher).is_good());
    dir.write("real/other.txt", "4");
    assert!(next(&mut watcher).is_good());
    assert_eq!(world.log(), [reload("a"), reload("a")].concat());
}

#[test]
fn a_file_whose_directory_is_not_there_cannot_be_watched() {
    let (world, dir) = (World::new(), Dir::new("nowhere"));
    let manager = world.build([watching("a", &dir.file("no/rules.txt"))]);
    let refused = Watcher::new(&manager, PAUSE).unwrap_err();
    assert!(matches!(
        &refused,
        Error::File { path, flaw: FileFlaw::Unwatchable { .. } } if *path == dir.file("no/rules.txt")
    ));
    assert_eq!(
        dir.words(refused),
        "file `no/rules.txt` cannot be watched, its directory is not there: see to its directory \
         and the system's limits"
    );
}

#[test]
fn without_files_there_is_nothing_to_wait_for() {
    let manager = World::new().build([plugin("a")]);
    let mut watcher = Watcher::new(&manager, PAUSE).unwrap();
    assert!(watcher.wait(SHORT).unwrap().is_none());
}
