//! All mutants of plugstate in one build, each put to the tests that reach it.
//!
//! `cargo mutants` builds the crate and all its tests anew for each mutant: more than a day. Here its list
//! is woven into one copy of the crate, each mutant behind a switch that a variable of the environment
//! turns on; the tests are built once, and a mutant is put to the tests that reach it alone.

mod build;
mod list;
mod trial;
mod weave;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Duration;

use crate::build::Kind;
use crate::trial::Verdict;

const USAGE: &str = "usage: scripts/mutants [--jobs N] [--longest SECONDS] [--again] [FILE...]
  FILE             only the mutants of files whose path contains this
  --jobs N         so many tests at a time (2)
  --longest N      leaves out tests that take longer than N seconds (none)
  --again          only those that were missed the last time, or not put to the tests at all
  --interleavings  puts them to the interleavings of threads (scripts/interleavings), and to no other test";

struct Options {
    jobs: usize,
    longest: Duration,
    again: bool,
    kind: Kind,
    files: Vec<String>,
}

fn options() -> Option<Options> {
    let mut options = Options {
        jobs: 2,
        longest: Duration::MAX,
        again: false,
        kind: Kind::Ordinary,
        files: Vec::new(),
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--jobs" => options.jobs = arguments.next()?.parse().ok().filter(|&jobs| jobs > 0)?,
            "--longest" => {
                options.longest =
                    Duration::try_from_secs_f64(arguments.next()?.parse().ok()?).ok()?;
            }
            "--again" => options.again = true,
            "--interleavings" => options.kind = Kind::Interleavings,
            _ if argument.starts_with('-') => return None,
            _ => options.files.push(argument),
        }
    }
    Some(options)
}

fn main() -> ExitCode {
    let Some(options) = options() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(options: &Options) -> Result<bool, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().map_err(|error| error.to_string())?;
    let place = root.join("target/mutants");
    let tree = place.join("tree");
    let outcomes = place.join("outcomes.tsv");
    let mutants = list::all(&root)?;
    let before = Outcomes::read(&outcomes);
    let wanted: BTreeSet<usize> = (0..mutants.len())
        .filter(|&number| {
            let mutant = &mutants[number];
            let file = mutant.file.display().to_string();
            (options.files.is_empty() || options.files.iter().any(|part| file.contains(part)))
                && (!options.again || !before.is_done(&mutant.name))
        })
        .collect();
    eprintln!("{} of {} mutants", wanted.len(), mutants.len());
    build::copy(&root, &tree)?;
    let built = build::build(&root, &tree, &mutants, &wanted, options.kind)?;
    eprintln!("built: {} do not compile", built.unviable.len());
    // Programs that must not compile say nothing of what runs.
    let binaries: Vec<PathBuf> =
        (built.binaries.into_iter()).filter(|binary| !name_of(binary).starts_with("ui-")).collect();
    let map = trial::map(&tree, &binaries, options.kind, options.jobs)?;
    eprintln!("{} tests, {} mutants reached", map.tests.len(), map.reaching.len());

    let file = fs::OpenOptions::new().append(true).create(true).open(&outcomes);
    let mut told =
        Told { all: Outcomes::default(), file: file.map_err(|error| error.to_string())? };
    for number in &built.unviable {
        told.tell(&mutants[*number].name, "unviable", String::new());
    }
    for number in &built.left_out {
        told.tell(&mutants[*number].name, "left out", String::new());
    }
    let out = |number: &usize| built.unviable.contains(number) || built.left_out.contains(number);
    let mut trials: Vec<usize> = wanted.into_iter().filter(|number| !out(number)).collect();
    // Mutants that few tests reach are done soonest.
    trials.sort_by_key(|number| map.reaching.get(number).map_or(0, Vec::len));
    let told = Mutex::new(told);
    trial::each(options.jobs, &trials, |&number| {
        let (what, by) = match map.verdict(&tree, number, options.longest) {
            Verdict::Caught(by) => ("caught", by),
            Verdict::TimedOut(by) => ("timed out", by),
            Verdict::Missed(tests) => ("missed", format!("{tests} tests reach it")),
            Verdict::Unreached => ("missed", "no test reaches it".to_owned()),
        };
        told.lock().expect("nobody panics with it").tell(&mutants[number].name, what, by);
    });
    let told = told.into_inner().expect("nobody panics with it").all;
    // What was appended while it went on is there once, and what is no mutant any more is gone.
    let mut all = before;
    all.0.retain(|name, _| mutants.iter().any(|mutant| mutant.name == *name));
    all.0.extend(told.0.clone());
    all.write(&outcomes).map_err(|error| error.to_string())?;
    Ok(report(&root, &mutants, &told))
}

fn name_of(binary: &Path) -> String {
    binary.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Says how many mutants met which end, and names those that were missed and are not known to be.
fn report(root: &Path, mutants: &[list::Mutant], told: &Outcomes) -> bool {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (what, _) in told.0.values() {
        *counts.entry(what).or_default() += 1;
    }
    for (what, count) in &counts {
        println!("{what:10} {count}");
    }
    let survivors =
        fs::read_to_string(root.join("tests/mutants/survivors.txt")).unwrap_or_default();
    // A title that several have stands there as often as one of them lives.
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for line in survivors.lines().filter(|line| !line.starts_with([' ', '#']) && !line.is_empty()) {
        *known.entry(line).or_default() += 1;
    }
    let mut good = true;
    for mutant in mutants.iter().filter(|mutant| told.missed(&mutant.name)) {
        match known.get_mut(&*mutant.title()) {
            Some(left) if *left > 0 => *left -= 1,
            _ => {
                println!("missed: {} ({})", mutant.name, told.0[&mutant.name].1);
                good = false;
            }
        }
    }
    let judged = told.0.len() - counts.get("left out").unwrap_or(&0);
    let missed = counts.get("missed").unwrap_or(&0);
    if judged > 0 {
        let share = 100.0 * (judged - missed) as f64 / judged as f64;
        println!("{share:.1} % of {judged} caught or unviable");
    }
    good
}

/// Outcomes of this run, each written down at once: a run may be broken off.
struct Told {
    all: Outcomes,
    file: fs::File,
}

impl Told {
    fn tell(&mut self, name: &str, what: &str, by: String) {
        // A line that cannot be written is written at the end.
        let _ = writeln!(self.file, "{what}\t{name}\t{by}");
        self.all.0.insert(name.to_owned(), (what.to_owned(), by));
    }
}

/// What became of each mutant, by name, and by which test.
#[derive(Default)]
struct Outcomes(BTreeMap<String, (String, String)>);

impl Outcomes {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_default();
        let line = |line: &str| {
            let mut words = line.split('\t').map(str::to_owned);
            let (what, name, by) = (words.next()?, words.next()?, words.next()?);
            Some((name, (what, by)))
        };
        Outcomes(text.lines().filter_map(line).collect())
    }

    fn write(&self, path: &Path) -> std::io::Result<()> {
        let line =
            |(name, (what, by)): (&String, &(String, String))| format!("{what}\t{name}\t{by}\n");
        fs::write(path, self.0.iter().map(line).collect::<String>())
    }

    fn is_done(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|(what, _)| what != "missed")
    }

    fn missed(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|(what, _)| what == "missed")
    }
}
