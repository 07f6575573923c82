//! The example `logic_analyzer` from the outside: what it prints, what it refuses, how it ends.

#[path = "logic_analyzer/bad_input.rs"]
mod bad_input;
#[path = "logic_analyzer/decoding.rs"]
mod decoding;
#[path = "logic_analyzer/failing.rs"]
mod failing;
#[path = "logic_analyzer/recording.rs"]
mod recording;
#[path = "logic_analyzer/watching.rs"]
mod watching;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::{env, fs};

/// What a run of the program came to.
struct Run {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Runs the program in the repository's folder, from which all paths in the tests begin.
fn run(arguments: &[&str]) -> Run {
    let output =
        program().args(arguments).stdin(Stdio::null()).output().expect("the program was built");
    let text = |bytes| String::from_utf8(bytes).expect("the program prints text");
    Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// The program, built first: an example that has tests is built by `cargo test` as these alone, and one
/// that was left over from an earlier build would be tested in place of the present one.
fn program() -> Command {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| {
        let test = env::current_exe().expect("a test knows where it is");
        let folder = test.ancestors().nth(2).expect("a test lies in TARGET/PROFILE/deps");
        let profile = match folder.file_name().and_then(|name| name.to_str()) {
            None | Some("debug") => "dev",
            Some(profile) => profile,
        };
        let target = folder.parent().expect("a test lies in TARGET/PROFILE/deps");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--example", "logic_analyzer", "--profile", profile])
            .args(if cfg!(feature = "watch") { &["--features", "watch"][..] } else { &[] })
            .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
            .arg("--target-dir")
            .arg(target)
            .status();
        assert!(built.expect("cargo runs").success(), "the example does not build");
        folder.join("examples").join(format!("logic_analyzer{}", env::consts::EXE_SUFFIX))
    });
    let mut command = Command::new(program);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// A file of the example.
fn ours(name: &str) -> String {
    format!("examples/logic_analyzer/{name}")
}

/// Writes a file for one test, which must give it a name of its own.
fn file(name: &str, contents: impl AsRef<[u8]>) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, contents).expect("the folder for the tests' files can be written to");
    path.to_str().expect("cargo's paths are text").to_owned()
}

fn read(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(ours(name)))
        .expect("it is in the repository")
}

impl Run {
    /// The lines from the one that begins with `heading` to the next empty one.
    fn section(&self, heading: &str) -> Vec<&str> {
        let from = self.out.lines().skip_while(|line| !line.starts_with(heading));
        from.take_while(|line| !line.is_empty()).collect()
    }

    /// Name and phase of each plugin, in the order of the table for a capture.
    fn plugins(&self, capture: &str) -> Vec<(&str, &str)> {
        let section = self.section(&format!("capture {capture}"));
        let table = section.into_iter().skip(3).take_while(|line| line.starts_with("  "));
        let words = table.map(|line| line.split_whitespace().collect::<Vec<_>>());
        words.map(|words| (words[0], words[2])).collect()
    }
}
