//! The rules of conformance, each as what is done with a plugin to see whether it keeps it.

use serde_json::json;

use super::command::Command;
use super::conformance::{Conformance, Failed, Rule};
use super::inject::Timing;
use super::trial::Trial;
use super::world::Fault;
use crate::error::Error;
use crate::phase::Phase;
use crate::stage::Stage;

impl Conformance {
    #[track_caller]
    pub(super) fn lives(&self) -> Result<(), Failed> {
        use Command::{Configure, Disable, Enable, Load, Unload};
        let mut trial = Trial::new(self, Rule::Lives)?;
        for _ in 0..2 {
            trial.must_all([Load(0), Configure(0, 0), Enable(0), Disable(0), Unload(0)])?;
        }
        trial.must(Enable(0))?;
        trial.finish()
    }

    pub(super) fn restarts(&self) -> Result<(), Failed> {
        use Command::{Configure, Disable, Enable};
        let mut trial = Trial::new(self, Rule::Restarts)?;
        trial.must(Enable(0))?;
        for _ in 0..4 {
            trial.must_all([Disable(0), Enable(0)])?;
        }
        for value in 0..4 {
            trial.must_all([Disable(0), Configure(0, value), Enable(0)])?;
        }
        trial.end()
    }

    pub(super) fn reloads(&self) -> Result<(), Failed> {
        use Command::{Configure, Disable, Enable, Load, Reload, ReloadWith};
        let ways: [&[Command]; 4] = [
            &[Load(0)],
            &[Load(0), Configure(0, 0)],
            &[Load(0), Configure(0, 0), Enable(0), Disable(0)],
            &[Enable(0)],
        ];
        for way in ways {
            let mut trial = Trial::new(self, Rule::Reloads)?;
            trial.must_all(way.iter().cloned())?;
            trial.must_all([Reload(0), Reload(0), Reload(0), Enable(0)])?;
            trial.must_all([Reload(0), Disable(0), Enable(0), Reload(0)])?;
            trial.must_all((0..4).map(|value| ReloadWith(0, value)))?;
            trial.end()?;
        }
        Ok(())
    }

    pub(super) fn leaves_nothing(&self) -> Result<(), Failed> {
        use Command::{Disable, Enable, Fault, Load, Reload, Retry, UnloadCascade};
        let ways: [&[Command]; 6] = [
            &[Load(0)],
            &[Enable(0), Disable(0)],
            &[Enable(0), Reload(0), Reload(0)],
            // An instance that is broken is not disabled before it is unloaded.
            &[Enable(0), Fault(0)],
            &[Enable(0), Fault(0), Retry(0)],
            &[Enable(0)],
        ];
        for way in ways {
            let mut trial = Trial::new(self, Rule::LeavesNothing)?;
            trial.must_all(way.iter().cloned())?;
            trial.must_all([UnloadCascade(0), Command::Shutdown])?;
            trial.holds_nothing()?;
            trial.must_all(way.iter().cloned())?;
            trial.finish()?;
        }
        Ok(())
    }

    pub(super) fn configures(&self) -> Result<(), Failed> {
        use Command::{Configure, Disable, Enable, Load, Reload, ReloadWith, UnloadCascade};
        let count = u8::try_from(self.configs.len().max(1)).unwrap_or(u8::MAX);
        let begin = |value| -> Result<Trial<'_>, Failed> {
            let mut trial = Trial::new(self, Rule::Configures)?;
            trial.must_all([Load(0), Configure(0, value), Enable(0)])?;
            Ok(trial)
        };
        // What it shows with each configuration when it has seen no other.
        let mut shown = Vec::new();
        for value in 0..count {
            let trial = begin(value)?;
            shown.push(trial.shows());
            trial.finish()?;
        }
        for value in 0..count {
            let other = (value + 1) % count;
            let ways: [(&[Command], u8); 7] = [
                (&[Disable(0), Enable(0)], value),
                (&[Reload(0)], value),
                (&[Disable(0), Configure(0, other), Enable(0)], other),
                (&[Disable(0), Configure(0, value), Enable(0)], value),
                (&[ReloadWith(0, other)], other),
                (&[ReloadWith(0, value)], value),
                (&[UnloadCascade(0), Enable(0)], value),
            ];
            let mut trial = begin(value)?;
            for (way, now) in ways {
                trial.must_all(way.iter().cloned())?;
                trial.still_shows(shown[usize::from(now)].as_ref())?;
            }
            trial.end()?;
        }
        self.refuses()
    }

    /// Tables that do not fit, some of them by any plugin's measure.
    fn refuses(&self) -> Result<(), Failed> {
        use Command::{Configure, Enable, Load, UnloadCascade};
        let odd =
            [json!("no table"), json!(-1), json!([[]]), json!(true), json!({ "no such key": 1 })];
        let wrong = self.wrong.iter().map(|table| (table, true));
        for (table, must) in wrong.chain(odd.iter().map(|table| (table, false))) {
            let mut trial = Trial::new(self, Rule::Configures)?;
            trial.must(Load(0))?;
            match trial.offer(table)? {
                Ok(()) if must => {
                    return Err(trial.failed("the table is taken", "it is refused"));
                }
                // There are types that take anything.
                Ok(()) => continue,
                Err(Error::Config(error)) => {
                    if trial.host().phase() != Phase::Loaded {
                        let met = format!("it is {} after {error}", trial.host().phase());
                        return Err(trial.failed(met, "a refused table changes nothing"));
                    }
                }
                // A table that could be read, with something in it that cannot be.
                Err(_) => trial.must_all([UnloadCascade(0), Load(0)])?,
            }
            trial.must_all([Configure(0, 0), Enable(0)])?;
            trial.finish()?;
        }
        Ok(())
    }

    /// Each hook fails once, instead of running and when it has run, and the plugin comes back both
    /// ways.
    pub(super) fn outlives(&self, rule: Rule, fault: Fault) -> Result<(), Failed> {
        use Command::{Disable, Enable, Reload, Retry, UnloadCascade};
        let hooks: [(&[Command], Command, Stage); 6] = [
            (&[], Enable(0), Stage::Load),
            (&[], Enable(0), Stage::Configure),
            (&[], Enable(0), Stage::Enable),
            (&[Enable(0)], Disable(0), Stage::Disable),
            (&[Enable(0)], Reload(0), Stage::Restore),
            (&[Enable(0)], UnloadCascade(0), Stage::Unload),
        ];
        for (before, command, stage) in hooks {
            for timing in [Timing::Instead, Timing::After] {
                for again in [UnloadCascade(0), Retry(0)] {
                    let mut trial = Trial::new(self, rule)?;
                    trial.must_all(before.iter().cloned())?;
                    trial.must_fail(command.clone(), stage, fault, timing)?;
                    if again != Retry(0) || trial.host().phase() == Phase::Failed {
                        trial.must(again)?;
                    }
                    trial.must_all([Enable(0), Reload(0)])?;
                    trial.end()?;
                }
            }
        }
        Ok(())
    }
}
