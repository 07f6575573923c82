//! The TOML file that configures the plugins, and where in it each key stands.

use std::fs;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::plugins::CAPTURE;

/// A configuration as it was read: a table for each plugin.
///
/// The manager says which key of which plugin does not fit. It takes values of any format, so it
/// knows of no lines; the file does.
#[derive(Debug, Clone)]
pub(crate) struct ConfigFile {
    path: PathBuf,
    text: String,
    tables: toml::Table,
}

/// Why a file cannot be used as a configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigFileError {
    #[error("{}: cannot be read: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{}:{line}: is not utf-8 text, so it is no toml file", path.display())]
    NotText { path: PathBuf, line: usize },
    #[error("{}:{line}:{column}: {message}", path.display())]
    Syntax { path: PathBuf, line: usize, column: usize, message: String },
    #[error("{}: its path is not utf-8 text, so no configuration can hold it", path.display())]
    Unspeakable { path: PathBuf },
}

impl ConfigFile {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigFileError> {
        let path = path.to_owned();
        match fs::read(&path) {
            Ok(bytes) => Self::parse(path, bytes),
            Err(source) => Err(ConfigFileError::Io { path, source }),
        }
    }

    /// Reads the bytes of a file.
    pub(crate) fn parse(path: PathBuf, bytes: Vec<u8>) -> Result<Self, ConfigFileError> {
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let whole = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = 1 + whole.iter().filter(|&&byte| byte == b'\n').count();
                return Err(ConfigFileError::NotText { path, line });
            }
        };
        match toml::from_str(&text) {
            Ok(tables) => Ok(Self { path, text, tables }),
            Err(error) => {
                let (line, column) = position(&text, error.span().map_or(0, |span| span.start));
                let message = error.message().replace('\n', "; ");
                Err(ConfigFileError::Syntax { path, line, column, message })
            }
        }
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The capture that it is for; see [`ConfigFile::with_capture`].
    pub(crate) fn capture(&self) -> &str {
        let file = self.tables.get(CAPTURE).and_then(|table| table.get("file"));
        file.and_then(toml::Value::as_str).unwrap_or_default()
    }

    /// All tables.
    pub(crate) fn tables(&self) -> &toml::Table {
        &self.tables
    }

    /// Whether there is a table for a plugin.
    pub(crate) fn mentions(&self, plugin: &str) -> bool {
        self.tables.contains_key(plugin)
    }

    /// The table of a plugin; an empty one where the file has none.
    pub(crate) fn table(&self, plugin: &str) -> toml::Value {
        self.tables.get(plugin).cloned().unwrap_or_else(|| toml::Table::new().into())
    }

    /// Whether the file itself says which capture it is for.
    pub(crate) fn names_capture(&self) -> bool {
        self.tables.get(CAPTURE).is_some_and(|table| table.get("file").is_some())
    }

    /// The same configuration for a capture: for `file` if there is one, otherwise for the one that
    /// the file names, whose path begins at the file's own folder.
    pub(crate) fn with_capture(mut self, file: Option<&Path>) -> Result<Self, ConfigFileError> {
        let named = self.tables.get(CAPTURE).and_then(|table| table.get("file"));
        let file = match (file, named.and_then(toml::Value::as_str)) {
            (Some(file), _) => file.to_owned(),
            (None, Some(file)) => self.path.parent().unwrap_or(Path::new("")).join(file),
            (None, None) => return Ok(self),
        };
        let Some(file) = file.to_str() else {
            return Err(ConfigFileError::Unspeakable { path: file });
        };
        let table = self.tables.entry(CAPTURE).or_insert_with(|| toml::Table::new().into());
        // What is no table stays as it is: the manager is going to say what it should have been.
        if let Some(table) = table.as_table_mut() {
            table.insert("file".to_owned(), file.into());
        }
        Ok(self)
    }

    /// Where a plugin's key stands, as `analyzer.toml:12`. The key is a path as in
    /// [`ConfigError::path`](plugstate::ConfigError::path). Where it leads to something that the file
    /// does not have, this is the last thing on the way that it does have, or the file.
    pub(crate) fn place(&self, plugin: &str, key: &str) -> String {
        let path = self.path.display();
        match DeTable::parse(&self.text).ok().and_then(|root| find(root.get_ref(), plugin, key)) {
            Some(at) => format!("{path}:{}", position(&self.text, at).0),
            None => path.to_string(),
        }
    }
}

/// The byte at which the key of a plugin's table begins.
fn find(root: &DeTable<'_>, plugin: &str, key: &str) -> Option<usize> {
    let (mut at, mut value) = entry(root, plugin)?;
    let mut rest = key;
    while let DeValue::Table(table) = value {
        // A key that has a dot in itself looks like two, so the longest name that there is counts.
        let ends = rest.match_indices(['.', '[']).map(|(end, _)| end);
        let names = std::iter::once(rest.len()).chain(ends.collect::<Vec<_>>().into_iter().rev());
        let Some((end, next)) =
            names.into_iter().find_map(|end| Some((end, entry(table, &rest[..end])?)))
        else {
            break;
        };
        (at, value) = next;
        rest = rest[end..].trim_start_matches('.');
    }
    Some(at)
}

fn entry<'t, 'i>(table: &'t DeTable<'i>, name: &str) -> Option<(usize, &'t DeValue<'i>)> {
    let (key, value) = table.iter().find(|(key, _)| key.get_ref() == name)?;
    Some((key.span().start, Spanned::get_ref(value)))
}

/// The line and the column of a byte, both counted from 1.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ConfigFile, String> {
        let bytes = text.as_bytes().to_vec();
        ConfigFile::parse("dir/x.toml".into(), bytes).map_err(|error| error.to_string())
    }

    #[test]
    fn keys_are_found_in_headers_inline_tables_and_dotted_keys() {
        let text = "# first\n[uart]\nbaud = 1\n\"a.b\" = 2\npins.rx = 3\npins.tx = { low = 4 }\n\
                    taps = [1, 2]\n\n[other]\n";
        let file = parse(text).unwrap();
        for (plugin, key, place) in [
            ("uart", "", "dir/x.toml:2"),
            ("uart", "baud", "dir/x.toml:3"),
            ("uart", "a.b", "dir/x.toml:4"),
            ("uart", "pins.rx", "dir/x.toml:5"),
            ("uart", "pins.tx.low", "dir/x.toml:6"),
            ("uart", "taps[1]", "dir/x.toml:7"),
            ("uart", "parity", "dir/x.toml:2"),
            ("other", "", "dir/x.toml:9"),
            ("spi", "mode", "dir/x.toml"),
        ] {
            assert_eq!(file.place(plugin, key), place, "{plugin} {key}");
        }
    }

    #[test]
    fn what_is_no_toml_is_refused_with_line_and_column() {
        assert!(parse("[uart]\nbaud = \n").unwrap_err().starts_with("dir/x.toml:2:8: "));
        assert_eq!(
            parse("[uart]\nbaud = 1\nbaud = 2\n").unwrap_err(),
            "dir/x.toml:3:1: duplicate key"
        );
        let error = ConfigFile::parse("x.toml".into(), b"[uart]\nline = \"\xff\"\n".to_vec());
        assert_eq!(
            error.unwrap_err().to_string(),
            "x.toml:2: is not utf-8 text, so it is no toml file"
        );
    }

    #[test]
    fn a_capture_is_found_beside_the_file_that_names_it() {
        let file = |text: &str, given: Option<&str>| {
            let file = parse(text).unwrap().with_capture(given.map(Path::new)).unwrap();
            file.table(CAPTURE).get("file").and_then(toml::Value::as_str).map(str::to_owned)
        };
        let named = "[capture]\nfile = \"a.vcd\"\n";
        assert_eq!(file(named, None).as_deref(), Some("dir/a.vcd"));
        assert_eq!(file(named, Some("b.vcd")).as_deref(), Some("b.vcd"));
        assert_eq!(file("", Some("b.vcd")).as_deref(), Some("b.vcd"));
        assert_eq!(file("", None), None);
    }
}
