//! The spec under a configuration: loaded, checked, and counted.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use tla_checker::checker::{self, CheckResult, CheckStats};
use tla_checker::load::{Prepared, prepare_from_path};

/// What a check came to.
pub struct Checked {
    pub states: usize,
    pub transitions: usize,
    pub seconds: f64,
}

/// Where the spec is.
pub fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the model").to_owned()
}

/// Reads the spec in `directory` with a configuration. A warning is an error: what this checker
/// cannot read it would otherwise pass over.
pub fn load(directory: &Path, config: &str) -> Result<Prepared, String> {
    let config = directory.join(config);
    let prepared = prepare_from_path(&directory.join("Inductive.tla"), Some(&config), &[])
        .map_err(|error| error.to_string())?;
    let mut odd: Vec<_> = prepared.warnings.iter().map(|warning| warning.value.clone()).collect();
    let names = prepared.spec.definitions.keys();
    odd.extend(names.filter_map(|name| Some(prepared.spec.unparsed_definition(name)?.to_string())));
    if odd.is_empty() { Ok(prepared) } else { Err(odd.join("\n")) }
}

/// The names that a comment of the configuration lists: what must be seen in some state.
fn sometimes(directory: &Path, config: &str) -> Result<Vec<Arc<str>>, String> {
    let text = fs::read_to_string(directory.join(config)).map_err(|error| error.to_string())?;
    let lines = text.lines().filter_map(|line| line.strip_prefix("\\* Sometimes: "));
    Ok(lines
        .flat_map(str::split_whitespace)
        .map(|name| format!("Sometimes{name}").into())
        .collect())
}

/// Explores every state and checks everything that the configuration names, or says what does not
/// hold.
pub fn check(directory: &Path, config: &str) -> Result<Checked, String> {
    let mut prepared = load(directory, config)?;
    prepared.checker_config.max_states = 100_000_000;
    prepared.checker_config.max_depth = 100_000;
    prepared.checker_config.count_properties = sometimes(directory, config)?;
    let began = Instant::now();
    let Prepared { spec, domains, checker_config, .. } = &prepared;
    let trace =
        |states: &[tla_checker::ast::State]| checker::format_trace_with_diffs(states, &spec.vars);
    let stats = match checker::check(spec, domains, checker_config) {
        CheckResult::Ok(stats) => stats,
        CheckResult::InvariantViolation(found, _) => {
            let name = spec.invariant_names.get(found.violated_invariant).cloned().flatten();
            let name = name.unwrap_or_else(|| "an invariant".into());
            return Err(format!("{name} is violated\n{}", trace(&found.trace)));
        }
        CheckResult::PropertyViolation(found, _) => {
            return Err(format!("{} is violated\n{}", found.property, trace(&found.trace)));
        }
        CheckResult::LivenessViolation(found, _) => {
            let (before, round) = (trace(&found.prefix), trace(&found.cycle));
            return Err(format!("{} is violated\n{before}\nand for ever\n{round}", found.property));
        }
        other => return Err(format!("the check did not end: {other:?}")),
    };
    seen(&stats)?;
    Ok(Checked {
        states: stats.states_explored,
        transitions: stats.transitions,
        seconds: began.elapsed().as_secs_f64(),
    })
}

fn seen(stats: &CheckStats) -> Result<(), String> {
    let never = stats.property_stats.iter().filter(|found| found.satisfied == 0);
    let never: Vec<_> = never.map(|found| found.name.to_string()).collect();
    if never.is_empty() { Ok(()) } else { Err(format!("never seen: {}", never.join(", "))) }
}

/// The counts that `README.md` pins for a configuration: its row of the table.
pub fn pinned(directory: &Path, config: &str) -> Result<(usize, usize), String> {
    let text =
        fs::read_to_string(directory.join("README.md")).map_err(|error| error.to_string())?;
    // The row of the last table: the first says what each configuration is for.
    let start = format!("| `{config}` |");
    let row = text.lines().rev().find_map(|line| line.strip_prefix(&start));
    let row = row.ok_or_else(|| format!("model/README.md has no row for `{config}`"))?;
    let counts: Vec<_> =
        (row.split('|')).filter_map(|cell| cell.trim().replace(',', "").parse().ok()).collect();
    match counts[..] {
        [states, transitions] => Ok((states, transitions)),
        _ => Err(format!("the row for `{config}` has not two counts: {row}")),
    }
}
