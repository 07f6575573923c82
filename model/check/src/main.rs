//! Checks the model, and writes down what it says: see `USAGE`.

mod golden;
mod planted;
mod spec;
mod steps;
mod trace;
mod walk;

use std::process::ExitCode;

const USAGE: &str = "usage: plugstate-model check CONFIG.. | planted [TEXT] | golden [--write] CONFIG.. | \
                     golden --suite NUMBER CONFIG | trace FILE";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["check", ref configs @ ..] if !configs.is_empty() => {
            configs.iter().try_for_each(|config| check(config))
        }
        ["planted"] => planted::check(""),
        ["planted", only] => planted::check(only),
        ["golden", "--suite", number, config] => match number.parse() {
            Ok(number) => golden::print(config, number),
            Err(_) => Err(USAGE.to_owned()),
        },
        ["golden", "--write", ref configs @ ..] if !configs.is_empty() => {
            configs.iter().try_for_each(|config| golden::run(config, true))
        }
        ["golden", ref configs @ ..] if !configs.is_empty() => {
            configs.iter().try_for_each(|config| golden::run(config, false))
        }
        ["trace", file] => trace::run(file),
        _ => Err(USAGE.to_owned()),
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
