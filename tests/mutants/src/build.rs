//! A copy of the crate with all mutants in it, and its test binaries. What the compiler refuses is taken
//! out until it refuses nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::list::Mutant;
use crate::weave::{SWITCHES, arms, concerned, weave};

/// Which tests there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Those of the ordinary test command.
    Ordinary,
    /// Interleavings of threads, with a scheduler in place of the machine's.
    Interleavings,
}

impl Kind {
    /// What `cargo test` is told to build.
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Kind::Ordinary => &["test", "--no-run", "--all-features"],
            Kind::Interleavings => {
                &["test", "--no-run", "--features=testing", "--lib", "--test=interleavings"]
            }
        }
    }

    fn flags(self) -> &'static str {
        match self {
            Kind::Ordinary => "-Awarnings",
            Kind::Interleavings => "-Awarnings --cfg plugstate_shuttle",
        }
    }

    fn target(self, tree: &Path) -> PathBuf {
        match self {
            Kind::Ordinary => tree.join("target"),
            Kind::Interleavings => tree.join("target/interleavings"),
        }
    }

    /// Whether a test of a binary is one of them.
    pub fn has(self, binary: &Path, test: &str) -> bool {
        // The place of the binary may be called so too.
        let binary = binary.file_name().unwrap_or_default().to_string_lossy();
        self == Kind::Ordinary || [&binary, test].iter().any(|name| name.contains("interleavings"))
    }
}

/// The woven crate, built.
pub struct Built {
    pub binaries: Vec<PathBuf>,
    /// Mutants that do not compile.
    pub unviable: BTreeSet<usize>,
    /// Mutants that cannot be switched: in constants and what they call, and in functions that answer an
    /// unnamed type which is more than an iterator.
    pub left_out: BTreeSet<usize>,
}

/// Copies what is under version control in `root` to `tree`, as it is now.
pub fn copy(root: &Path, tree: &Path) -> Result<(), String> {
    let listed = Command::new("git")
        .current_dir(root)
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()
        .map_err(|error| format!("git ls-files: {error}"))?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    for file in listed.split('\0').filter(|file| !file.is_empty()) {
        let (from, to) = (root.join(file), tree.join(file));
        let Ok(new) = fs::read(&from) else { continue };
        // A file that is the same keeps its time, so that it is not built again.
        if !file.starts_with("src/") && fs::read(&to).is_ok_and(|old| old == new) {
            continue;
        }
        put(&to, &new)?;
        let mode = fs::metadata(&from).map_err(|error| error.to_string())?.permissions();
        fs::set_permissions(&to, mode).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn put(path: &Path, text: &[u8]) -> Result<(), String> {
    let told = |error| format!("{}: {error}", path.display());
    fs::create_dir_all(path.parent().expect("a file is in a folder")).map_err(told)?;
    fs::write(path, text).map_err(told)
}

/// Weaves the mutants `wanted` into `tree` and builds its tests.
pub fn build(
    root: &Path,
    tree: &Path,
    mutants: &[Mutant],
    wanted: &BTreeSet<usize>,
    kind: Kind,
) -> Result<Built, String> {
    let mut unviable = BTreeSet::new();
    // Functions that constants call.
    let mut constant: BTreeSet<String> = BTreeSet::new();
    let unnamed = |number: &usize| {
        let mutant = &mutants[*number];
        mutant.is_unnamed() && !mutant.is_iterator()
    };
    let mut left_out: BTreeSet<usize> = wanted.iter().copied().filter(unnamed).collect();
    unviable.extend(&left_out);
    loop {
        let alive = wanted.difference(&unviable).copied().collect();
        write(root, tree, mutants, &alive, &constant, &mut left_out, &mut unviable)?;
        let (_, refused) = compile(tree, &["check", "--lib", "--all-features"], kind)?;
        let refused = match refused.is_empty() {
            true => {
                let (binaries, refused) = compile(tree, kind.arguments(), kind)?;
                if refused.is_empty() {
                    unviable.retain(|number| !left_out.contains(number));
                    return Ok(Built { binaries, unviable, left_out });
                }
                refused
            }
            false => refused,
        };
        let (mut gone, before) = (BTreeSet::new(), constant.len());
        constant.extend(refused.iter().filter_map(|refusal| not_constant(&refusal.text)));
        if constant.len() > before {
            continue;
        }
        for Refusal { file, at, text } in &refused {
            // A place in somebody else's code, a macro's of the standard library for one, is not ours.
            let Ok(woven) = fs::read_to_string(tree.join(file)) else { continue };
            let mut numbers = concerned(&woven, *at);
            if text.contains("E0004") {
                // The arms that are left do not cover everything.
                numbers = arms(&woven, *at);
            }
            gone.extend(numbers.into_iter().map(|number| (number, text)));
        }
        if gone.is_empty() {
            let texts: Vec<&str> = refused.iter().map(|refusal| &*refusal.text).collect();
            return Err(format!("nothing that can be taken out mends this:\n{}", texts.concat()));
        }
        eprintln!("{} mutants do not compile", gone.len());
        for (number, text) in gone {
            // A constant function cannot ask a switch, but may be a good program without one.
            let switch = ["E0015", "E0658", "cannot call non-const"];
            if switch.iter().any(|code| text.contains(code)) {
                left_out.insert(number);
            }
            unviable.insert(number);
        }
        unviable.extend(&left_out);
    }
}

/// The function that is called in a constant, if that is what the compiler does not like, and if it is not
/// the switch.
fn not_constant(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("cannot call non-const ")?;
    let called = rest.split('`').nth(1)?;
    let name = called.split('<').next()?.trim_end_matches(':').rsplit("::").next()?;
    (name != "on").then(|| name.to_owned())
}

fn write(
    root: &Path,
    tree: &Path,
    mutants: &[Mutant],
    alive: &BTreeSet<usize>,
    constant: &BTreeSet<String>,
    left_out: &mut BTreeSet<usize>,
    unviable: &mut BTreeSet<usize>,
) -> Result<(), String> {
    let mut files: BTreeMap<&Path, BTreeMap<usize, &Mutant>> = BTreeMap::new();
    for (number, mutant) in mutants.iter().enumerate() {
        let of_file = files.entry(&mutant.file).or_default();
        if alive.contains(&number) {
            of_file.insert(number, mutant);
        }
    }
    files.entry(Path::new("src/lib.rs")).or_default();
    for (file, mutants) in files {
        let told = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let source = fs::read_to_string(root.join(file)).map_err(|error| told(&error))?;
        let mut woven = weave(&source, &mutants, constant).map_err(|error| told(&error))?;
        left_out.extend(woven.left_out);
        unviable.extend(woven.no_program);
        if file == Path::new("src/lib.rs") {
            woven.text.push_str("\nmod mutants;\n");
        }
        put(&tree.join(file), woven.text.as_bytes())?;
    }
    let count = format!("\nconst COUNT: usize = {};\n", mutants.len());
    put(&tree.join("src/mutants.rs"), format!("{SWITCHES}{count}").as_bytes())
}

struct Refusal {
    file: PathBuf,
    at: usize,
    text: String,
}

#[derive(Deserialize)]
struct Line {
    message: Option<Message>,
    executable: Option<PathBuf>,
    profile: Option<Profile>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

#[derive(Deserialize)]
struct Message {
    level: String,
    rendered: Option<String>,
    spans: Vec<Place>,
}

#[derive(Deserialize)]
struct Place {
    file_name: PathBuf,
    byte_start: usize,
    is_primary: bool,
    expansion: Option<Box<Expansion>>,
}

#[derive(Deserialize)]
struct Expansion {
    span: Place,
}

fn compile(tree: &Path, what: &[&str], kind: Kind) -> Result<(Vec<PathBuf>, Vec<Refusal>), String> {
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(tree)
        .args(what)
        .args(["--message-format=json", "--quiet"])
        .env("RUSTFLAGS", kind.flags())
        .env("CARGO_TARGET_DIR", kind.target(tree))
        .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .stdin(Stdio::null());
    let output = cargo.output().map_err(|error| format!("cargo {}: {error}", what[0]))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let (mut binaries, mut refused) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let Ok(line) = serde_json::from_str::<Line>(line) else { continue };
        if let (Some(binary), Some(Profile { test: true })) = (line.executable, &line.profile) {
            binaries.push(binary);
        }
        let Some(message) = line.message.filter(|message| message.level == "error") else {
            continue;
        };
        let text = message.rendered.unwrap_or_default();
        for mut place in message.spans.into_iter().filter(|place| place.is_primary) {
            // Where a macro was called, and not where it was written.
            while let Some(expansion) = place.expansion.take() {
                place = expansion.span;
            }
            refused.push(Refusal {
                file: place.file_name,
                at: place.byte_start,
                text: text.clone(),
            });
        }
    }
    if !output.status.success() && refused.is_empty() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("cargo {} failed: {said}", what.join(" ")));
    }
    Ok((binaries, refused))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_known_by_its_binary_or_its_own_name_and_not_by_the_place() {
        let is = |binary: &str, test| Kind::Interleavings.has(Path::new(binary), test);
        assert!(is("target/deps/interleavings-1f", "boot::all"));
        assert!(is("target/deps/plugstate-1f", "manager::interleavings::two_threads"));
        assert!(!is("target/interleavings/deps/plugstate-1f", "graph::tests::order"));
        assert!(Kind::Ordinary.has(Path::new("target/deps/plugstate-1f"), "graph::tests::order"));
    }
}
