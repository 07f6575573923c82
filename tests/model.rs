//! The model says what the code says, and the proof speaks of every action of the model.

use std::collections::{BTreeMap, BTreeSet};

use plugstate::Phase;

const SPEC: &str = include_str!("../model/Lifecycle.tla");
const INVARIANT: &str = include_str!("../model/Inductive.tla");
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
fn every_obligation_is_about_the_action_of_its_name() {
    let mut actions = 0;
    for obligation in PROOF.split("(echo \"").skip(1) {
        let (name, rest) = obligation.split_once("\")\n").expect("a name ends");
        if name == "Init" {
            continue;
        }
        let action = name.replace(',', "").replace(": ", "!").replace(' ', "-");
        let taken = format!("(assert (and (Inv a) ({action} a b x)))\n(push 1) (assert (not ");
        assert!(rest.starts_with(&taken), "{name} does not begin with {taken}");
        let defined = format!("(define-fun {action} ((a State) (b State) (x P)) Bool (and\n");
        assert_eq!(PROOF.matches(&defined).count(), 1, "{name} has not one {defined}");
        actions += 1;
    }
    let defined = PROOF.matches(" ((a State) (b State) (x P)) Bool (and\n").count();
    assert_eq!(defined, actions, "an action that nothing is asked about");
}

#[test]
fn every_obligation_asks_both_questions() {
    let obligations = PROOF.matches("(echo \"").count();
    assert_eq!(obligations, 71);
    assert_eq!(PROOF.matches("(check-sat)").count(), 2 * obligations);
    assert_eq!(PROOF.matches("(push 1)").count(), 2 * obligations);
    // Of any three plugins, whichever they are: u, v and w are said nothing else of.
    let must = |what: &str| PROOF.matches(&format!("(assert (not ({what} a b u v w)))")).count();
    assert_eq!(PROOF.matches("(assert (and Init (not (Inv-of a u v w))))").count(), 1);
    assert_eq!(must("Swapped"), 1);
    assert_eq!(must("Ended"), 2);
    assert_eq!(must("Good"), obligations - 4);
    assert_eq!(PROOF.matches(" u v w)").count(), obligations);
}

/// The names of the parts that a text mentions, `known` being those that it may.
fn mentioned<'a>(text: &str, known: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
    let words: BTreeSet<&str> = text.split(|letter: char| !letter.is_alphanumeric()).collect();
    known.iter().copied().filter(|name| words.contains(name)).collect()
}

/// What is checked in every state of the spec is what is proved of every step.
#[test]
fn the_invariant_of_the_model_is_that_of_the_proof() {
    let of_one = "((s State) (p P) (q P) (d P)) Bool";
    let parts: BTreeSet<&str> = PROOF
        .lines()
        .filter_map(|line| line.strip_prefix("(define-fun ")?.split_once(' '))
        .filter(|(name, rest)| rest.starts_with(of_one) && *name != "Inv-of")
        .map(|(name, _)| name.trim_end_matches("-of"))
        .collect();
    assert_eq!(parts.len(), 15, "{parts:?}");
    for part in &parts {
        let defines = |text: &str| text.contains(&format!("\n{part} =="));
        assert!(defines(INVARIANT) || defines(SPEC), "the model has no {part}");
    }

    // Each kind of operation has the same parts in both.
    let (_, proved) = PROOF.split_once("(define-fun Inv-of ").expect("the proof has it");
    let (proved, _) = proved.split_once("\n(define-fun ").expect("it ends");
    let proved = proved.replace("-of", "");
    let (_, checked) = INVARIANT.split_once("\nInductive ==").expect("the model has it");
    let kinds = |text: &str, start: &str| -> BTreeMap<String, BTreeSet<&str>> {
        let clauses = text.split(start).enumerate();
        let clause = |(at, clause): (usize, &str)| {
            let end = clause.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(0);
            let kind = if at == 0 { "every" } else { &clause[..end] };
            (kind.to_owned(), mentioned(&clause[if at == 0 { 0 } else { end }..], &parts))
        };
        clauses.map(clause).collect()
    };
    let (proved, checked) = (kinds(&proved, "(=> (= (k s) "), kinds(checked, "Kind = \""));
    assert_eq!(proved.len(), 10);
    assert_eq!(proved, checked);
}

#[test]
fn the_inductive_invariant_is_checked_in_every_configuration() {
    for config in [
        include_str!("../model/Small.cfg"),
        include_str!("../model/Rebind.cfg"),
        include_str!("../model/Chances.cfg"),
        include_str!("../model/Large.cfg"),
    ] {
        let invariants = config.lines().find_map(|line| line.strip_prefix("INVARIANTS "));
        assert!(invariants.expect("it has invariants").split(' ').any(|name| name == "Inductive"));
    }
}
