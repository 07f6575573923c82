//! The inputs of every fuzz target, run without a fuzzer: the corpora that are committed, the seeds that
//! they began with, and no input at all.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use plugstate::testing::{Command, Suite};

#[allow(dead_code, unreachable_pub, reason = "the fuzzer and the maker of seeds use the rest")]
#[path = "../fuzz/src/lib.rs"]
mod fuzz;

/// Runs a target on its corpus and its seeds; names each input that fails.
fn replay(target: &str, check: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let files = corpus.read_dir().expect("the corpus is committed").map(|entry| {
        let path = entry.expect("it can be listed").path();
        (path.display().to_string(), std::fs::read(&path).expect("it can be read"))
    });
    let mut inputs: Vec<(String, Vec<u8>)> = files.collect();
    assert!((20..=300).contains(&inputs.len()), "{} inputs in the corpus", inputs.len());
    let bytes: usize = inputs.iter().map(|(_, input)| input.len()).sum();
    assert!(bytes < 1_000_000, "{bytes} bytes in the corpus");
    inputs.sort();
    inputs.extend(fuzz::seeds::of(target));
    inputs.push(("nothing".to_owned(), Vec::new()));
    let fails = |(name, input): &(String, Vec<u8>)| {
        let run = catch_unwind(AssertUnwindSafe(|| check(input)));
        run.is_err().then(|| name.clone())
    };
    let failed: Vec<String> = inputs.iter().filter_map(fails).collect();
    assert!(failed.is_empty(), "the text of each is above: {failed:#?}");
}

#[test]
fn operations() {
    replay("operations", fuzz::operations::check);
}

#[test]
fn resolve() {
    replay("resolve", fuzz::resolve::check);
}

#[test]
fn config() {
    replay("config", fuzz::config::check);
}

#[test]
fn journal() {
    replay("journal", fuzz::journal::check);
}

/// The target has a table of its own of the alphabet, so that a new command leaves the corpus what it is.
#[test]
fn every_command_of_the_alphabet_is_in_some_input() {
    let kind = |command: &Command| {
        format!("{command:?}").split('(').next().expect("there is a first part").to_owned()
    };
    // The variant is in the first four bytes, as a part of all that they can be.
    let all = (0..=u16::MAX).map(|high| {
        let bytes = [[0, 0], high.to_le_bytes(), [1, 1], [0, 0]].concat();
        arbitrary::Unstructured::new(&bytes).arbitrary::<Command>().expect("bytes enough")
    });
    let all: BTreeSet<String> = all.map(|command| kind(&command)).collect();
    let inputs = (0..=u8::MAX).map(|first| {
        let input = [0, 0, 0, first, 1, 1, 0, 0];
        fuzz::operations::History::decode(&input).expect("any bytes are one").steps[0].clone()
    });
    let known: BTreeSet<String> = inputs.map(|step| kind(&step.command)).collect();
    assert_eq!(known, all);
}

/// The seeds are what they say: a boot of a suite that can boot enables all of it.
#[test]
fn seeds_mean_what_they_were_made_from() {
    let seeds = fuzz::seeds::of("operations");
    assert!(seeds.len() > 150, "{}", seeds.len());
    for (name, input) in seeds {
        let history = fuzz::operations::History::decode(&input).expect("any bytes are one");
        assert_eq!(history.encode(), Some(input), "{name}");
        assert!(!history.suite.parts.is_empty() && history.steps.len() > 2, "{name}");
    }
    let sure = |name: &str| {
        let seeds = fuzz::seeds::of("operations");
        let (_, input) = seeds.into_iter().find(|(seed, _)| seed == name).expect("there is one");
        fuzz::operations::History::decode(&input).expect("any bytes are one").suite
    };
    let order = |suite: &Suite| suite.resolve().order().len();
    assert_eq!(order(&sure("tree-boot")), 12);
    assert_eq!(order(&sure("circles-boot")), 3, "two plugins require each other");
    assert_eq!(order(&sure("turns-boot")), 5);
}
