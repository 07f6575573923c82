//! The name of a plugin, cheap to copy and ordered by its text.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// A plugin's name.
///
/// Names that are known when the program is compiled cost nothing to clone; names made at run time
/// are shared. Ids compare and hash as their text.
///
/// ```
/// use plugstate::PluginId;
///
/// let id = PluginId::from("uart");
/// assert_eq!(id, "uart");
/// assert!(id < PluginId::from(String::from("uart2")));
/// ```
///
/// Any text can be an id; whether it can be a name is checked when plugins are resolved. A map with
/// ids for keys is asked with text:
///
/// ```
/// use std::collections::HashMap;
/// use plugstate::PluginId;
///
/// let bauds = HashMap::from([(PluginId::from_static("uart"), 9600)]);
/// assert_eq!(bauds["uart"], 9600);
/// ```
#[derive(Clone)]
pub struct PluginId(Name);

#[derive(Clone)]
enum Name {
    Static(&'static str),
    Shared(Arc<str>),
}

impl PluginId {
    /// The name as text.
    #[must_use]
    #[inline]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Name::Static(name) => name,
            Name::Shared(name) => name,
        }
    }

    /// An id for a name that is known when the program is compiled.
    #[must_use]
    pub const fn from_static(name: &'static str) -> Self {
        PluginId(Name::Static(name))
    }
}

impl From<&'static str> for PluginId {
    fn from(name: &'static str) -> Self {
        PluginId::from_static(name)
    }
}

impl From<String> for PluginId {
    fn from(name: String) -> Self {
        PluginId(Name::Shared(name.into()))
    }
}

impl AsRef<str> for PluginId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for PluginId {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for PluginId {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for PluginId {}

impl PartialEq<str> for PluginId {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for PluginId {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialOrd for PluginId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PluginId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl std::hash::Hash for PluginId {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Display for PluginId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for PluginId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use super::*;

    #[test]
    fn a_name_is_found_by_its_text() {
        let ids = || ["uart", "core"].map(PluginId::from);
        for text in ["uart", "core"] {
            assert_eq!(HashSet::from(ids()).get(text).map(PluginId::as_str), Some(text));
            assert_eq!(BTreeSet::from(ids()).get(text).map(PluginId::as_str), Some(text));
        }
        assert!(!HashSet::from(ids()).contains("tower"));
        assert!(!BTreeSet::from(ids()).contains("tower"));
        // Equal ones count once, however they were made.
        let twice = [PluginId::from("uart"), PluginId::from("uart".to_owned())];
        assert_eq!(HashSet::from(twice).len(), 1);
    }
}
