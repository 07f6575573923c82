//! Puts mutants to the tests that reach them, the quickest first, until one fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::build::Kind;

/// One test of one binary.
#[derive(Clone, Debug)]
pub struct Test {
    pub binary: PathBuf,
    pub name: String,
    /// How long it takes without a mutant.
    pub took: Duration,
}

/// The tests, and which of them reach which mutant.
pub struct Map {
    pub tests: Vec<Test>,
    pub reaching: BTreeMap<usize, Vec<usize>>,
}

/// What became of a mutant.
#[derive(Clone, Debug)]
pub enum Verdict {
    Caught(String),
    TimedOut(String),
    Missed(usize),
    Unreached,
}

/// Runs `work` on every item on `jobs` threads.
pub fn each<T: Sync>(jobs: usize, items: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(item);
                }
            });
        }
    });
}

fn command(tree: &Path, binary: &Path) -> Command {
    let mut command = Command::new(binary);
    // What cargo would set, and what this program was given by it, must not be mixed.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO_")) {
        if name != "CARGO_HOME" {
            command.env_remove(name);
        }
    }
    command
        .current_dir(tree)
        .env("CARGO_MANIFEST_DIR", tree)
        .env("CARGO_TARGET_DIR", tree.join("target"))
        .env("CARGO_PKG_NAME", "plugstate")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// The tests of some binaries, each run once: all must pass.
pub fn map(tree: &Path, binaries: &[PathBuf], kind: Kind, jobs: usize) -> Result<Map, String> {
    let mut all = Vec::new();
    for binary in binaries {
        let listed = command(tree, binary)
            .args(["--list", "--format=terse"])
            .stdout(Stdio::piped())
            .output()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        for line in String::from_utf8_lossy(&listed.stdout).lines() {
            if let Some(name) = line.strip_suffix(": test")
                && kind.has(binary, name)
            {
                all.push((binary.clone(), name.to_owned()));
            }
        }
    }
    let numbers: Vec<usize> = (0..all.len()).collect();
    let found = Mutex::new(Vec::new());
    let failed = Mutex::new(Vec::new());
    each(jobs, &numbers, |&number| {
        let (binary, name) = &all[number];
        let reached = tree.join("target").join(format!("reached-{number}"));
        let _ = fs::remove_file(&reached);
        let began = Instant::now();
        let run = command(tree, binary)
            .args(["--exact", name, "--test-threads=1"])
            .env("MUTANTS_REACHED", &reached)
            .stdout(Stdio::piped())
            .output();
        let test = Test { binary: binary.clone(), name: name.clone(), took: began.elapsed() };
        if !run.as_ref().is_ok_and(|run| run.status.success()) {
            let said = run.map(|run| String::from_utf8_lossy(&run.stdout).into_owned());
            let said = said.unwrap_or_else(|error| error.to_string());
            failed.lock().expect("nobody panics with it").push((test, said));
            return;
        }
        let text = fs::read_to_string(&reached).unwrap_or_default();
        let _ = fs::remove_file(&reached);
        let reached: BTreeSet<usize> = text.lines().filter_map(|line| line.parse().ok()).collect();
        found.lock().expect("nobody panics with it").push((test, reached));
    });
    let failed = failed.into_inner().expect("nobody panics with it");
    // A test that fails without a mutant says nothing of one.
    for (test, said) in failed {
        eprintln!("fails without a mutant: {} {}\n{said}", test.binary.display(), test.name);
    }
    let mut found = found.into_inner().expect("nobody panics with it");
    found.sort_by_key(|(test, _)| test.took);
    let mut reaching: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, (_, reached)) in found.iter().enumerate() {
        for &mutant in reached {
            reaching.entry(mutant).or_default().push(number);
        }
    }
    Ok(Map { tests: found.into_iter().map(|(test, _)| test).collect(), reaching })
}

impl Map {
    /// What the tests say of a mutant. Those that take longer than `longest` are left out.
    pub fn verdict(&self, tree: &Path, mutant: usize, longest: Duration) -> Verdict {
        let Some(reaching) = self.reaching.get(&mutant) else { return Verdict::Unreached };
        let able: Vec<usize> =
            reaching.iter().copied().filter(|&test| self.tests[test].took <= longest).collect();
        // The first ones alone, for most mutants are caught at once; the rest by binary.
        let (first, rest) = able.split_at(able.len().min(12));
        let mut groups: Vec<Vec<usize>> = first.iter().map(|&test| vec![test]).collect();
        let mut by_binary: BTreeMap<&Path, Vec<usize>> = BTreeMap::new();
        for &test in rest {
            by_binary.entry(&self.tests[test].binary).or_default().push(test);
        }
        let mut by_binary: Vec<Vec<usize>> = by_binary.into_values().collect();
        let time =
            |group: &[usize]| group.iter().map(|&test| self.tests[test].took).sum::<Duration>();
        by_binary.sort_by_key(|group| time(group));
        groups.extend(by_binary);
        for group in groups {
            let binary = &self.tests[group[0]].binary;
            let names: Vec<&str> = group.iter().map(|&test| &*self.tests[test].name).collect();
            let limit = time(&group) * 10 + Duration::from_secs(20);
            let run = command(tree, binary)
                .args(["--exact", "--test-threads=1"])
                .args(&names)
                .env("MUTANT", mutant.to_string())
                .process_group(0)
                .spawn();
            let stem = binary.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let by = match &names[..] {
                [name] => format!("{stem} {name}"),
                _ => format!("{stem} ({} tests)", names.len()),
            };
            match run.ok().map(|child| wait(child, limit)) {
                Some(Some(true)) => {}
                Some(Some(false)) | None => return Verdict::Caught(by),
                Some(None) => return Verdict::TimedOut(by),
            }
        }
        Verdict::Missed(able.len())
    }
}

/// Whether the child succeeded; `None` if it had to be killed.
fn wait(mut child: Child, limit: Duration) -> Option<bool> {
    let began = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) if began.elapsed() < limit => std::thread::sleep(pause),
            _ => {
                // With the programs that it has started, which would go on for ever.
                let group = format!("-{}", child.id());
                let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}
