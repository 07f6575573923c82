//! The README shows the law as it is.

use plugstate::Phase;

const README: &str = include_str!("../README.md");

#[test]
fn the_diagram_in_the_readme_is_the_law() {
    let (_, rest) = README.split_once("<!-- law -->\n```mermaid\n").expect("the diagram's place");
    let (diagram, _) = rest.split_once("```").expect("the diagram's end");
    assert_eq!(diagram, Phase::mermaid(), "write what `Phase::mermaid()` answers into the README");
}

#[test]
fn the_readme_counts_right() {
    let words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "Eight"];
    assert_eq!(words[Phase::ALL.len()], "Eight");
    assert_eq!(plugstate::Op::ALL.len(), 8);
    assert_eq!(Phase::LAW.len(), 18);
    assert!(README.contains("Eight phases, eight operations, eighteen legal rows."));
}
