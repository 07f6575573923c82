//! Checks the model: `plugstate-model check Small.cfg ..`, or `planted`.

mod planted;
mod spec;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["check", ref configs @ ..] if !configs.is_empty() => {
            configs.iter().try_for_each(|config| check(config))
        }
        ["planted"] => planted::check(),
        _ => Err("usage: plugstate-model check CONFIG.. | planted".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Checks a configuration, and holds its counts to those that are pinned.
fn check(config: &str) -> Result<(), String> {
    let directory = spec::directory();
    let found = spec::check(&directory, config)?;
    let spec::Checked { states, transitions, seconds } = found;
    println!("{config}: {states} distinct states, {transitions} transitions, {seconds:.0} s");
    let pinned = spec::pinned(&directory, config)?;
    if pinned == (states, transitions) {
        return Ok(());
    }
    let (pinned, moves) = pinned;
    Err(format!("{config}: model/README.md has {pinned} distinct states and {moves} transitions"))
}
