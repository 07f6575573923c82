//! One plugin on trial: steps that are taken, told in words, and judged by what the plugin itself did.

use serde_json::Value;

use super::command::{Command, Step};
use super::conformance::{Conformance, Failed, Rule};
use super::fake_host::FakeHost;
use super::inject::{Hit, Timing};
use super::life::Violations;
use super::world::Fault;
use crate::error::Error;
use crate::phase::Phase;
use crate::stage::Stage;
use crate::text::short;

/// A plugin on its way through a history. Whatever it does that a plugin must not do ends the trial.
pub(super) struct Trial<'a> {
    terms: &'a Conformance,
    rule: Rule,
    host: FakeHost,
    /// What was done, a line for each step.
    told: Vec<String>,
    /// What the plugin held before anything was done.
    held: usize,
}

impl<'a> Trial<'a> {
    #[track_caller]
    pub(super) fn new(terms: &'a Conformance, rule: Rule) -> Result<Self, Failed> {
        let held = terms.held_now();
        match terms.host().build() {
            Ok(host) => Ok(Trial { terms, rule, host, told: Vec::new(), held }),
            Err(error) => Err(Failed {
                plugin: terms.name(),
                rule,
                met: error.to_string(),
                expected: "the plugin can be built with what it requires".to_owned(),
                history: Vec::new(),
            }),
        }
    }

    pub(super) fn host(&self) -> &FakeHost {
        &self.host
    }

    /// The trial ends here.
    pub(super) fn failed(&self, met: impl Into<String>, expected: impl Into<String>) -> Failed {
        Failed {
            plugin: self.terms.name(),
            rule: self.rule,
            met: met.into(),
            expected: expected.into(),
            history: self.told.clone(),
        }
    }

    /// Takes a step, in which no hook may fail but those that are told to. The manager may refuse.
    pub(super) fn go(&mut self, step: &Step, timing: Timing) -> Result<Result<(), Error>, Failed> {
        self.told.push(words(&step.command, &self.host));
        let taken = self.host.step_at(step, timing);
        let hits = self.tell_hits();
        let taken = self.lawful(taken)?;
        self.by_itself(&hits)?;
        match taken.answer {
            Err(Error::Config(error)) => {
                Err(self.failed(error.to_string(), "its configuration is taken"))
            }
            answer => Ok(answer),
        }
    }

    /// Takes a step without faults, which the manager has no reason to refuse.
    pub(super) fn must(&mut self, command: Command) -> Result<(), Failed> {
        match self.go(&command.clone().into(), Timing::Instead)? {
            Ok(()) => Ok(()),
            Err(error) => {
                let asked = words(&command, &self.host);
                Err(self.failed(error.to_string(), format!("it is possible to {asked}")))
            }
        }
    }

    pub(super) fn must_all(
        &mut self,
        commands: impl IntoIterator<Item = Command>,
    ) -> Result<(), Failed> {
        commands.into_iter().try_for_each(|command| self.must(command))
    }

    /// Takes a step in which this hook of the plugin fails as it is told to.
    pub(super) fn must_fail(
        &mut self,
        command: Command,
        stage: Stage,
        fault: Fault,
        timing: Timing,
    ) -> Result<(), Failed> {
        let plugin = self.host.plugin().to_owned();
        self.host.faults().inject_at(&plugin, stage, fault, timing);
        let answer = self.go(&command.into(), timing);
        self.host.faults().heal();
        answer.map(drop)
    }

    /// Hands the plugin a table that need not fit, and answers how that was refused.
    pub(super) fn offer(&mut self, table: &Value) -> Result<Result<(), Error>, Failed> {
        let plugin = self.host.plugin().to_owned();
        self.told.push(format!("configure {plugin} with {}", short(&table.to_string())));
        let touch = super::invariants::Touch::Only(plugin.clone());
        let answer = self.host.run(&touch, |manager| manager.configure(&plugin, table));
        let _ = self.host.faults().hits();
        let answer = self.lawful(answer)?;
        match &answer {
            Err(Error::Hook(failure)) if failure.panic().is_some() => Err(self.failed(
                failure.to_string(),
                "a table that does not fit is refused, and not met with a panic",
            )),
            Err(Error::Config(error)) if error.message().starts_with("reading it panicked") => {
                Err(self.failed(
                    error.to_string(),
                    "a table that does not fit is refused, and not met with a panic",
                ))
            }
            _ => Ok(answer.map(drop)),
        }
    }

    /// What is asked of the plugin to be the same wherever its configuration is.
    pub(super) fn shows(&self) -> Option<String> {
        if self.host.phase() != Phase::Enabled {
            return None;
        }
        self.terms.shows_now(self.host.manager(), self.host.plugin())
    }

    /// Checks that it shows what this configuration alone has made it show.
    pub(super) fn still_shows(&self, before: Option<&String>) -> Result<(), Failed> {
        let now = self.shows();
        match (before, now) {
            (Some(before), Some(now)) if *before != now => Err(self.failed(
                format!("it shows {}", short(&now)),
                format!(
                    "it shows {}, as a new instance does with this configuration",
                    short(before)
                ),
            )),
            _ => Ok(()),
        }
    }

    /// Checks that the plugin has given back what it held.
    pub(super) fn holds_nothing(&self) -> Result<(), Failed> {
        let (before, now) = (self.held, self.terms.held_now());
        if before == now {
            return Ok(());
        }
        Err(self.failed(
            format!("it holds {now} when it is unloaded"),
            format!("{before}, as before it was loaded"),
        ))
    }

    /// Whatever was done: everything can be taken down, nothing is held then, and the plugin can be
    /// enabled again. Then the manager is dropped.
    pub(super) fn end(mut self) -> Result<(), Failed> {
        self.must_all([Command::UnloadCascade(0), Command::Shutdown])?;
        self.holds_nothing()?;
        self.must(Command::Enable(0))?;
        self.finish()
    }

    /// Drops the manager as it is.
    pub(super) fn finish(mut self) -> Result<(), Failed> {
        self.told.push("drop the manager".to_owned());
        let Trial { terms, rule, host, told, held } = self;
        let plugin = terms.name();
        let faults = host.faults().clone();
        let fail = |met, expected: String| Failed {
            plugin: plugin.clone(),
            rule,
            met,
            expected,
            history: told.clone(),
        };
        host.end().map_err(|wrong| fail(wrong.join("; "), HOLD.to_owned()))?;
        if let Some(hit) = faults.hits().into_iter().find(|hit| hit.injected.is_none()) {
            let met = format!("plugin `{}` failed to {}", hit.plugin, hit.stage);
            return Err(fail(met, BY_ITSELF.to_owned()));
        }
        let now = terms.held_now();
        if now != held {
            let met = format!("it holds {now} when the manager is gone");
            return Err(fail(met, format!("{held}, as before it was loaded")));
        }
        Ok(())
    }

    fn lawful<T>(&self, taken: Result<T, Violations>) -> Result<T, Failed> {
        taken.map_err(|wrong| self.failed(wrong.join("; "), HOLD))
    }

    /// Adds the faults that struck to the line of the last step.
    fn tell_hits(&mut self) -> Vec<Hit> {
        let hits = self.host.faults().hits();
        for Hit { plugin, stage, injected } in &hits {
            let Some((fault, timing)) = injected else { continue };
            let how = match fault {
                Fault::Error => "answers an error",
                Fault::Fatal => "answers a fatal error",
                Fault::Panic => "panics",
            };
            let when = match timing {
                Timing::Instead => "instead of running",
                Timing::After => "when it has run",
            };
            if let Some(line) = self.told.last_mut() {
                line.push_str(&format!("; the {stage} hook of {plugin} {how} {when}"));
            }
        }
        hits
    }

    /// No hook may fail by itself. One is excused: of a plugin whose `disable` was told to fail, the new
    /// instance may find taken what the old one has not given back.
    fn by_itself(&self, hits: &[Hit]) -> Result<(), Failed> {
        let mut stuck = Vec::new();
        let fault = hits.iter().find(|hit| match (hit.injected, hit.stage) {
            (Some(_), Stage::Disable) => {
                stuck.push(&hit.plugin);
                false
            }
            (Some(_), _) => false,
            (None, Stage::Enable) => !stuck.contains(&&hit.plugin),
            (None, _) => true,
        });
        let Some(Hit { plugin, stage, .. }) = fault else { return Ok(()) };
        let failures = self.host.manager().info(plugin).map(|info| info.failures);
        let on_record = failures.unwrap_or_default();
        let met = match on_record.iter().rev().find(|failure| failure.stage() == *stage) {
            Some(failure) => failure.to_string(),
            None => format!("plugin `{plugin}` failed to {stage}"),
        };
        Err(self.failed(met, BY_ITSELF))
    }
}

const HOLD: &str = "all invariants of the manager hold";
const BY_ITSELF: &str = "no hook fails but those that are told to";

/// A command in words that go after "it is possible to".
fn words(command: &Command, host: &FakeHost) -> String {
    let name = |at: &u8| host.name(*at).to_owned();
    let table = |at: &u8, value: &u8| match host.table(*at, *value) {
        Value::Null => "the default".to_owned(),
        table => short(&table.to_string()),
    };
    match command {
        Command::Load(at) => format!("load {}", name(at)),
        Command::Configure(at, value) => {
            format!("configure {} with {}", name(at), table(at, value))
        }
        Command::SetConfig(at, value) => {
            format!("set the configuration of {} to {}", name(at), table(at, value))
        }
        Command::Enable(at) => format!("enable {}", name(at)),
        Command::EnableEach(each) => {
            format!("enable each of [{}]", each.iter().map(name).collect::<Vec<_>>().join(", "))
        }
        Command::EnableAll => "enable all".to_owned(),
        Command::EnableAllStrict => "enable all or none".to_owned(),
        Command::Disable(at) => format!("disable {}", name(at)),
        Command::DisableCascade(at) => format!("disable {} and what requires it", name(at)),
        Command::Unload(at) => format!("unload {}", name(at)),
        Command::UnloadCascade(at) => format!("unload {} and what requires it", name(at)),
        Command::Reload(at) => format!("reload {}", name(at)),
        Command::ReloadWith(at, value) => format!("reload {} with {}", name(at), table(at, value)),
        Command::Fault(at) => format!("report {} as broken", name(at)),
        Command::Retry(at) => format!("retry {}", name(at)),
        Command::Poll(seconds) => format!("let {seconds} s pass"),
        Command::Shutdown => "shut down".to_owned(),
    }
}
