//! What `cargo mutants --list` says.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// One change to the crate that some test should notice.
#[derive(Clone, Debug, Deserialize)]
pub struct Mutant {
    pub file: PathBuf,
    pub function: Option<Function>,
    pub genre: String,
    pub name: String,
    pub replacement: String,
    pub span: Lines,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Function {
    pub return_type: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Lines {
    pub start: At,
    pub end: At,
}

/// Line and column, both counted from 1.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct At {
    pub line: usize,
    pub column: usize,
}

impl Mutant {
    /// Whether it answers another value where the type of the answer has no name, and so is the
    /// original's alone.
    pub fn is_unnamed(&self) -> bool {
        self.answers(|answer| answer.contains("impl "))
    }

    /// Whether it answers another iterator in place of one of which nothing else is known.
    pub fn is_iterator(&self) -> bool {
        self.answers(|answer| answer.starts_with("-> impl Iterator"))
    }

    fn answers(&self, is: impl Fn(&str) -> bool) -> bool {
        let function = self.function.as_ref();
        self.genre == "FnValue" && function.is_some_and(|function| is(&function.return_type))
    }

    /// The name without the line and the column, which change with every edit.
    pub fn title(&self) -> String {
        let file = self.file.display().to_string();
        let rest = self.name.strip_prefix(&file).unwrap_or(&self.name);
        let rest = rest.split_once(": ").map_or(rest, |(_, rest)| rest);
        format!("{file}: {rest}")
    }
}

/// All mutants of the crate in `root`.
pub fn all(root: &Path) -> Result<Vec<Mutant>, String> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).args(["mutants", "--list", "--json", "-f", "src/**"]);
    let output = cargo.output().map_err(|error| format!("cargo mutants: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("cargo mutants --list failed; is it installed? {said}"));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("what cargo mutants lists is not understood: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Mutant {
        /// One in a file of no name.
        pub fn said(genre: &str, line: usize, column: usize, replacement: &str) -> Self {
            Mutant {
                file: PathBuf::from("f.rs"),
                function: None,
                genre: genre.to_owned(),
                name: format!("f.rs:{line}:{column}: replace it"),
                replacement: replacement.to_owned(),
                span: Lines { start: At { line, column }, end: At { line, column } },
            }
        }
    }

    #[test]
    fn a_title_is_the_same_wherever_the_code_stands() {
        let mutant = Mutant::said("FnValue", 7, 3, "true");
        assert_eq!(mutant.title(), "f.rs: replace it");
        assert!(!mutant.is_unnamed());
        let answers = |answer: &str| {
            let function = Some(Function { return_type: answer.to_owned() });
            let mutant = Mutant { function, ..mutant.clone() };
            (mutant.is_unnamed(), mutant.is_iterator())
        };
        assert_eq!(answers("-> impl Iterator<Item = u8>"), (true, true));
        assert_eq!(answers("-> impl ExactSizeIterator<Item = u8>"), (true, false));
    }
}
