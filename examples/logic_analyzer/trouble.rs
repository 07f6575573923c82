//! Words for what went wrong, with the file and the line where the user can mend it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, Write as _};

use plugstate::explain::{Problem, Reason};
use plugstate::{ConfigError, Error, Stage};

use crate::config_file::ConfigFile;
use crate::plugins::CAPTURE;

/// Puts an error of the manager into lines, one for each thing that is wrong.
///
/// The manager names plugins and keys. What the configuration is to blame for gets its place in the
/// file in front.
pub(crate) fn explain(error: &Error, config: &ConfigFile) -> Vec<String> {
    let line = match error {
        Error::Link(problems) => {
            return problems.iter().map(|problem| explain_problem(problem, config)).collect();
        }
        Error::Config(error) => misfit(error, config),
        // What is wrong with a capture itself has its own file and line.
        Error::Hook(failure)
            if failure.plugin() != CAPTURE || failure.stage() == Stage::Configure =>
        {
            // The errors of the plugins' hooks begin with the name of the setting.
            let text = failure.chain().first().map_or("", String::as_str);
            let key = text.split(|c: char| c != '_' && !c.is_alphanumeric()).next().unwrap_or("");
            format!("{}: {failure}", config.place(failure.plugin().as_str(), key))
        }
        other => other.to_string(),
    };
    vec![line]
}

/// As [`explain`], for several errors. What only follows from another failure is told in one line.
pub(crate) fn explain_all(errors: &[Error], config: &ConfigFile) -> Vec<String> {
    let mut lines = Vec::new();
    let mut left: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for error in errors {
        match error {
            Error::DependencyFailed { plugin, dependency, .. } => {
                left.entry(dependency.as_str()).or_default().push(format!("`{plugin}`"));
            }
            other => lines.extend(explain(other, config)),
        }
    }
    for (dependency, plugins) in left {
        let plugins = plugins.join(", ");
        lines.push(format!("left alone, for `{dependency}` has failed: {plugins}"));
    }
    lines
}

fn explain_problem(problem: &Problem, config: &ConfigFile) -> String {
    match problem.reason() {
        Reason::Config(error) => misfit(error, config),
        // The place in the problem is that in the program, which is of no use to its user.
        reason @ Reason::NobodysConfig { .. } => {
            let plugin = problem.plugin();
            format!("{}: plugin `{plugin}` {reason}", config.place(plugin.as_str(), ""))
        }
        _ => problem.to_string(),
    }
}

fn misfit(error: &ConfigError, config: &ConfigFile) -> String {
    format!("{}: {error}", config.place(error.plugin().as_str(), error.path()))
}

/// Tells the user, on the standard error.
///
/// Texts may hold what came from a file: a control character is shown, not obeyed. If nobody listens
/// there is nothing left to do; the exit code says it too.
pub(crate) fn complain(what: impl Display) {
    let text = what.to_string();
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.into() };
    let _ = writeln!(io::stderr(), "error: {}", text.chars().map(shown).collect::<String>());
}
