//! The model says what the code says, and the proof speaks of every action of the model.

use std::collections::BTreeSet;

use plugstate::Phase;

const SPEC: &str = include_str!("../model/Lifecycle.tla");
const PROOF: &str = include_str!("../model/inductive.smt2");

/// The part of the spec between two texts.
fn between<'a>(start: &str, end: &str) -> &'a str {
    let (_, rest) = SPEC.split_once(start).unwrap_or_else(|| panic!("the spec has no {start:?}"));
    rest.split_once(end).unwrap_or_else(|| panic!("nothing ends {start:?}")).0
}

/// The words of a text that are names of definitions.
fn names(text: &str) -> BTreeSet<&str> {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| word.starts_with(char::is_uppercase)).collect()
}

#[test]
fn the_law_of_the_model_is_the_law() {
    let rows: Vec<String> = between("\nLaw == {", "}")
        .lines()
        .filter(|line| line.contains("<<"))
        .map(|line| line.split('"').skip(1).step_by(2).collect::<Vec<_>>().join(" "))
        .collect();
    let law: Vec<String> =
        Phase::LAW.iter().map(|(from, op, to)| format!("{from} {op} {to}")).collect();
    assert_eq!(rows, law);
}

#[test]
fn the_law_of_the_proof_is_the_law() {
    let (_, rest) = PROOF.split_once("(define-fun law ").expect("the proof has the law");
    let (law, _) = rest.split_once("\n\n").expect("it ends");
    // A clause is (and (= x FROM) ..) with one (= y TO) for each row.
    let mut rows = BTreeSet::new();
    for clause in law.split("(= x ").skip(2) {
        let from = clause.split(')').next().unwrap();
        rows.extend(clause.split("(= y ").skip(1).map(|to| (from, to.split(')').next().unwrap())));
    }
    let moves = Phase::LAW.iter().filter(|(from, _, to)| from != to);
    assert_eq!(rows, moves.map(|(from, _, to)| (from.name(), to.name())).collect());
}

#[test]
fn every_action_of_the_model_has_its_obligations() {
    let ask = between("\nAskOne(op, p) ==", "\n\n");
    let mut actions: BTreeSet<&str> =
        ask.lines().filter_map(|line| line.split_once("-> ")?.1.split('(').next()).collect();
    let all = between("\nAsk ==", "\n\n");
    actions.extend(names(all).iter().filter(|name| {
        // The three that are asked of everything, not the sets that are mentioned.
        ["EnableAll", "EnableStrict", "Shutdown"].contains(name)
    }));
    actions.extend(names(between("\nStep ==", "\n\n")));
    // A request that only takes a plugin's fate out of the supervisor's hands.
    actions.extend(["Init", "Nothing"]);
    assert_eq!(actions.len(), 32);

    let echoed =
        PROOF.lines().filter_map(|line| line.strip_prefix("(echo \"")?.strip_suffix("\")"));
    let proved: BTreeSet<&str> = echoed.map(|name| name.split(':').next().unwrap()).collect();
    let besides: BTreeSet<&str> = proved.difference(&actions).copied().collect();
    let missing: BTreeSet<&str> = actions.difference(&proved).copied().collect();
    // The proof has stages where the spec has a sequence: to go on to the next moves nothing.
    assert_eq!(besides, BTreeSet::from(["Goes on"]));
    assert_eq!(missing, BTreeSet::new());
}

#[test]
fn every_obligation_asks_both_questions() {
    let obligations = PROOF.matches("(echo \"").count();
    assert_eq!(PROOF.matches("(check-sat)").count(), 2 * obligations);
    assert_eq!(PROOF.matches("(push 1)").count(), 2 * obligations);
    // What must hold after a step: more when an operation ends, other things when two instances change
    // places. `Init` has no step.
    let of = |what: &str| PROOF.matches(&format!("(assert (not ({what} a b u v w)))")).count();
    assert_eq!((of("Ended"), of("Swapped")), (2, 1));
    assert_eq!(of("Good"), obligations - 4);
}
