//! What must not compile, each program with the compiler's words and the reason why it would be evil,
//! beside what must compile and run.
//!
//! After a change that is meant, `TRYBUILD=overwrite cargo test --test ui` writes the words anew; read
//! the difference before it is committed.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use plugstate::{Op, Phase};

/// How many programs must not compile beside the pairs of verb and phase.
const OTHER_FAILURES: usize = 59;
/// How many programs must compile and run.
const PASSES: usize = 16;

#[test]
fn programs() {
    let cases = trybuild::TestCases::new();
    // A program that passes makes this a build and not a check: a cycle of types is found only when
    // the constant is evaluated, which `cargo check` does not do.
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}

/// The verbs of the typestate layer that stand for an operation of the law.
fn verbs(op: Op) -> &'static [&'static str] {
    match op {
        Op::BeginLoad => &["begin_load", "load"],
        Op::FinishLoad => &["finish_load"],
        Op::Configure => &["configure"],
        Op::Enable => &["enable"],
        Op::Disable => &["disable"],
        Op::Fail => &["fail"],
        Op::BeginUnload => &["begin_unload", "unload"],
        Op::FinishUnload => &["finish_unload"],
    }
}

/// Every call that must not compile: the verb, or the plugin's own method, and the phase.
fn illegal_pairs() -> BTreeSet<(&'static str, Phase)> {
    let mut pairs = BTreeSet::new();
    for &phase in Phase::ALL {
        for &op in Op::ALL {
            if phase.after(op).is_none() {
                pairs.extend(verbs(op).iter().map(|&verb| (verb, phase)));
            }
        }
        if phase != Phase::Configured {
            pairs.insert(("restore", phase));
        }
        if phase != Phase::Enabled {
            pairs.insert(("use", phase));
        }
    }
    pairs
}

fn name(verb: &str, phase: Phase) -> String {
    format!("{verb}_{}", phase.name().to_lowercase())
}

/// The names of the files of a kind, without their endings.
fn stems(folder: &str, ending: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    fs::read_dir(folder)
        .expect("the folder is part of the repository")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .map(|path| path.file_stem().expect("it has an ending").to_string_lossy().into_owned())
        .collect()
}

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_illegal_pair_has_a_program() {
    // 46 of the 64 pairs have no row; 11 of them have two verbs; then `restore` and use.
    assert_eq!(illegal_pairs().len(), 46 + 11 + 7 + 7);
    let present = stems("tests/ui/fail", "rs");
    let missing: Vec<_> = illegal_pairs()
        .into_iter()
        .map(|(verb, phase)| name(verb, phase))
        .filter(|name| !present.contains(name))
        .collect();
    assert!(missing.is_empty(), "no program in tests/ui/fail for {missing:?}");
}

#[test]
fn every_illegal_pair_is_refused_for_itself() {
    for (verb, phase) in illegal_pairs() {
        let name = name(verb, phase);
        let call = if verb == "use" { ".ticks()".into() } else { format!(".{verb}(") };
        let program = read(&format!("tests/ui/fail/{name}.rs"));
        let calls: Vec<_> = program.lines().filter(|line| line.contains(&call)).collect();
        let [call] = calls[..] else { panic!("{name}: one call of {verb}, not {calls:?}") };

        let words = read(&format!("tests/ui/fail/{name}.stderr"));
        let errors: Vec<_> = words.lines().filter(|line| line.starts_with("error")).collect();
        let [error] = errors[..] else { panic!("{name}: one error, not {errors:?}") };
        assert!(words.contains(call), "{name}: the error is about something else: {error}");
        let state = format!("state::{phase}>");
        assert!(words.contains(&state), "{name}: the error does not name the state: {error}");
    }
}

#[test]
fn every_program_that_fails_says_why_it_would_be_evil() {
    for name in stems("tests/ui/fail", "rs") {
        let program = read(&format!("tests/ui/fail/{name}.rs"));
        let why: String = program.lines().map_while(|line| line.strip_prefix("// ")).collect();
        assert!(why.len() >= 40, "{name}: a comment that says why, not {why:?}");
    }
}

#[test]
fn every_refusal_is_pinned_and_bears_no_warning() {
    assert_eq!(stems("tests/ui/fail", "rs"), stems("tests/ui/fail", "stderr"));
    for name in stems("tests/ui/fail", "stderr") {
        let words = read(&format!("tests/ui/fail/{name}.stderr"));
        let warning = words.lines().find(|line| line.starts_with("warning"));
        assert_eq!(warning, None, "{name}");
    }
}

#[test]
fn the_suite_does_not_shrink() {
    assert_eq!(stems("tests/ui/fail", "rs").len(), illegal_pairs().len() + OTHER_FAILURES);
    assert_eq!(stems("tests/ui/pass", "rs").len(), PASSES);
}

/// The error code that a quotation in the docs begins with, and the program that earned it.
const QUOTED: [(&str, &str); 3] = [
    ("error[E0599]", "enable_loaded"),
    ("error[E0505]", "disable_under_dependent"),
    ("error[E0391]", "cycle_self"),
];

#[test]
fn the_docs_quote_the_compiler() {
    let source = read("src/handle.rs");
    let docs: Vec<_> = source
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("///"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    let mut quotations: Vec<_> = docs
        .split(|line| line.starts_with("```"))
        .filter(|block| block.first().is_some_and(|line| line.starts_with("error")))
        .collect();
    for (code, name) in QUOTED {
        let found = quotations.iter().position(|quotation| quotation[0].starts_with(code));
        let found = found.unwrap_or_else(|| panic!("the docs of src/handle.rs quote no {code}"));
        let words = read(&format!("tests/ui/fail/{name}.stderr"));
        let mut rest = words.lines();
        for line in quotations.remove(found) {
            assert!(
                rest.any(|said| said == *line),
                "src/handle.rs quotes a line that tests/ui/fail/{name}.stderr does not have, or not there:\n{line}"
            );
        }
    }
    assert!(quotations.is_empty(), "quoted and not checked: {quotations:?}");
}
