//! Long histories of suites of up to thirty plugins: all invariants after every move and inside every
//! hook, and the oracle beside it.

use plugstate::testing::History;
use plugstate::testing::strategies::{histories, runner};
use proptest::strategy::Strategy;
use proptest::test_runner::{TestCaseError, TestError};

/// Runs histories; of one that fails the smallest form is shown.
#[track_caller]
fn run(cases: u32, histories: &impl Strategy<Value = History>) {
    let run = |history: History| match history.run() {
        Ok(_) => Ok(()),
        Err(broken) => Err(TestCaseError::fail(broken.wrong.join("\n"))),
    };
    match runner(cases).run(histories, run) {
        Ok(()) => {}
        Err(TestError::Fail(reason, history)) => panic!("{reason}\nafter:\n{history}"),
        Err(aborted) => panic!("{aborted}"),
    }
}

#[test]
fn two_hundred_moves_on_up_to_thirty_plugins() {
    run(30, &histories(30, 200));
}
