//! Histories by chance: the same ones in every run, shrunk to what a person can read.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use super::command::{Command, Step};
use super::conformance::{Conformance, Failed, Rule};
use super::inject::Timing;
use super::trial::Trial;
use super::world::Fault;

/// How many steps a history has at the most, when each is taken once.
const STEPS: usize = 16;

/// Tries histories of the plugin and what it requires, with hooks failing on the way.
pub(super) fn check(terms: &Conformance, cases: u32) -> Result<(), Failed> {
    let plugins = Trial::new(terms, Rule::AnyHistory)?.host().names().len();
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config(cases), rng);
    let found = runner.run(&histories(plugins), |(timing, steps)| {
        run(terms, &steps, timing).map_err(|_| TestCaseError::fail("does not conform"))
    });
    match found {
        Ok(()) => Ok(()),
        Err(TestError::Fail(_, (timing, steps))) => Err(shortest(terms, steps, timing)),
        Err(TestError::Abort(why)) => panic!("the histories could not be tried: {why}"),
    }
}

/// What is found is shown, and not written to a file.
fn config(cases: u32) -> Config {
    Config { cases, failure_persistence: None, max_shrink_iters: 4_096, ..Config::default() }
}

/// Leaves out steps, and faults, until each that is left is needed for the plugin to fail.
fn shortest(terms: &Conformance, mut steps: Vec<Step>, timing: Timing) -> Failed {
    let Err(mut failed) = run(terms, &steps, timing) else {
        let seen =
            format!("a history of {} steps that failed once, and then went well", steps.len());
        let expected = "the same history has the same end".to_owned();
        let (plugin, rule) = (terms.name(), Rule::AnyHistory);
        return Failed { plugin, rule, met: seen, expected, history: Vec::new() };
    };
    let mut at = 0;
    while at < steps.len() {
        let mut fewer = steps.clone();
        fewer.remove(at);
        let mut milder = steps.clone();
        milder[at].faults.pop();
        let found = [fewer, milder].into_iter().filter(|tried| *tried != steps).find_map(|tried| {
            let failed = run(terms, &tried, timing).err()?;
            Some((tried, failed))
        });
        match found {
            Some(found) => {
                (steps, failed) = found;
                at = 0;
            }
            None => at += 1,
        }
    }
    failed
}

/// Takes the steps, then everything down and the plugin up again.
pub(super) fn run(terms: &Conformance, steps: &[Step], timing: Timing) -> Result<(), Failed> {
    let mut trial = Trial::new(terms, Rule::AnyHistory)?;
    for step in steps {
        // What is refused is refused for a reason: a plugin has failed, or is needed.
        drop(trial.go(step, timing)?);
    }
    trial.end()
}

/// Whatever can be done with the plugin at position 0 and what it requires.
fn histories(plugins: usize) -> impl Strategy<Value = (Timing, Vec<Step>)> {
    let timing = prop_oneof![Just(Timing::Instead), Just(Timing::After)];
    // What goes well once and twice may go wrong the third time.
    let times = prop_oneof![3 => Just(1), 1 => 1..=4_usize];
    let runs = prop::collection::vec((steps(plugins), times), 1..=STEPS);
    let steps = runs.prop_map(|runs| {
        let run = |(step, times)| std::iter::repeat_n(step, times);
        runs.into_iter().flat_map(run).collect()
    });
    (timing, steps)
}

fn steps(plugins: usize) -> impl Strategy<Value = Step> {
    let fault = prop_oneof![Just(Fault::Error), Just(Fault::Panic), Just(Fault::Fatal)];
    let faults = prop_oneof![
        3 => Just(Vec::new()),
        2 => prop::collection::vec((0_u8..6, fault), 1..=2),
    ];
    (commands(plugins), faults).prop_map(|(command, faults)| Step { command, faults })
}

fn commands(plugins: usize) -> impl Strategy<Value = Command> {
    let last = u8::try_from(plugins.saturating_sub(1)).unwrap_or(u8::MAX);
    let at = || prop_oneof![3 => Just(0), 1 => 0..=last];
    let value = 0_u8..4;
    prop_oneof![
        6 => at().prop_map(Command::Enable),
        2 => at().prop_map(Command::Disable),
        2 => at().prop_map(Command::DisableCascade),
        4 => at().prop_map(Command::Reload),
        2 => (at(), value.clone()).prop_map(|(at, value)| Command::ReloadWith(at, value)),
        2 => at().prop_map(Command::Unload),
        2 => at().prop_map(Command::UnloadCascade),
        2 => at().prop_map(Command::Load),
        4 => (at(), value.clone()).prop_map(|(at, value)| Command::Configure(at, value)),
        1 => (at(), value).prop_map(|(at, value)| Command::SetConfig(at, value)),
        3 => at().prop_map(Command::Fault),
        3 => at().prop_map(Command::Retry),
        2 => (0_u16..3).prop_map(Command::Poll),
        1 => Just(Command::EnableAll),
        1 => Just(Command::EnableAllStrict),
        1 => Just(Command::Shutdown),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::Meta;
    use crate::plugin::{BoxError, Deps, Plugin};

    /// Fails when it is configured for the third time without having been enabled.
    #[derive(Default)]
    struct Counts {
        configured: u32,
    }

    impl Plugin for Counts {
        const META: Meta = Meta::new("counts", "1.0.0");
        type Requires = ();
        type Config = ();
        type Error = BoxError;

        fn load() -> Result<Self, BoxError> {
            Ok(Counts::default())
        }

        fn configure(&mut self, (): ()) -> Result<(), BoxError> {
            self.configured += 1;
            if self.configured == 3 { Err("too many configurations".into()) } else { Ok(()) }
        }

        fn enable(&mut self, (): Deps<'_, Self>) -> Result<(), BoxError> {
            self.configured = 0;
            Ok(())
        }
    }

    #[test]
    fn so_many_histories_are_tried_and_one_that_fails_is_kept_nowhere() {
        let config = config(3);
        assert_eq!((config.cases, config.max_shrink_iters), (3, 4_096));
        assert!(config.failure_persistence.is_none());
    }

    #[test]
    fn what_fails_is_left_with_the_steps_that_it_takes() {
        let configure = || Step::new(Command::Configure(0, 0));
        let steps = vec![
            Command::Enable(0).into(),
            Command::Unload(0).into(),
            Command::Load(0).into(),
            configure().failing(4, Fault::Panic),
            Command::Poll(1).into(),
            configure(),
            Command::SetConfig(0, 0).into(),
            configure(),
            Command::Enable(0).into(),
        ];
        let failed = shortest(&Conformance::of::<Counts>(), steps, Timing::Instead);
        assert_eq!(failed.met, "plugin `counts` failed to configure: too many configurations");
        let configure = "configure counts with the default";
        assert_eq!(failed.history, ["load counts", configure, configure, configure]);
    }
}
