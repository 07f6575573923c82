//! The docs of `Manager` and `Builder`: every public method shows an example, or says where one is.

use std::fs;
use std::path::{Path, PathBuf};

const TYPES: [&str; 2] = ["Manager", "Builder"];

/// How many methods there are at the least: should this test lose sight of them, it must not pass.
const LEAST: usize = 50;

/// The name and the docs of each public method of the [`TYPES`].
fn documented(text: &str) -> Vec<(String, String)> {
    let mut docs = String::new();
    let mut found = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if !line.starts_with([' ', '\t']) && !line.is_empty() {
            inside = TYPES.iter().any(|name| line == format!("impl {name} {{"));
        }
        let line = line.trim();
        if let Some(doc) = line.strip_prefix("///") {
            docs.push_str(doc);
            docs.push('\n');
        } else if let Some(function) = line.strip_prefix("pub fn ") {
            let name = function.split(['(', '<']).next().unwrap_or_default().to_owned();
            let docs = std::mem::take(&mut docs);
            found.extend(inside.then_some((name, docs)));
        } else if !line.starts_with("#[") {
            docs.clear();
        }
    }
    found
}

fn has_example(docs: &str) -> bool {
    [" ```\n", " ```standalone_crate\n", "an example"].iter().any(|sign| docs.contains(sign))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

#[test]
fn every_method_of_manager_and_builder_shows_an_example_or_says_where_one_is() {
    let files = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let methods: Vec<_> =
        files.iter().flat_map(|file| documented(&fs::read_to_string(file).unwrap())).collect();
    assert!(methods.len() >= LEAST, "only {} methods are in sight", methods.len());
    let bare: Vec<_> = (methods.iter())
        .filter(|(_, docs)| !has_example(docs))
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(bare.is_empty(), "without an example: {}", bare.join(", "));
}

#[test]
fn a_method_without_an_example_is_found() {
    let text = "impl Manager {\n    \
        /// Says it.\n    ///\n    /// ```\n    /// say();\n    /// ```\n    #[must_use]\n    \
        pub fn shown(&self) {}\n\n    \
        /// See [`shown`](Self::shown) for an example.\n    pub fn told<T>(&self) {}\n\n    \
        /// Says nothing.\n    pub fn bare(&self) {}\n}\n\n\
        impl Other {\n    /// Says nothing.\n    pub fn other(&self) {}\n}\n";
    let without: Vec<_> = (documented(text).into_iter())
        .filter(|(_, docs)| !has_example(docs))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(without, ["bare"]);
}
