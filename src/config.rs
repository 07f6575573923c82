//! Configurations: any serde value in, one table for each plugin, a plugin's own type out.

mod bounded;

use std::any::TypeId;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::id::PluginId;
use crate::text::{Shown, short};

/// A configuration that does not fit its plugin. Nothing has changed.
///
/// ```
/// use plugstate::{Error, Manager};
/// # use plugstate::{BoxError, Meta, Plugin};
/// # use serde::Deserialize;
/// # struct Uart;
///
/// #[derive(Default, Deserialize)]
/// struct UartConfig {
///     baud: u32,
/// }
///
/// # impl Plugin for Uart {
/// #     const META: Meta = Meta::new("uart", "1.0.0");
/// #     type Requires = (); type Config = UartConfig; type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
/// # }
/// let manager = Manager::builder().add::<Uart>().build()?; // its `Config` is `UartConfig`
/// manager.load("uart")?;
/// let table: toml::Table = toml::from_str("baud = 'fast'").unwrap();
/// let Err(Error::Config(error)) = manager.configure("uart", table) else { panic!("it fits") };
/// assert_eq!((error.plugin().as_str(), error.path()), ("uart", "baud"));
/// assert_eq!(
///     error.to_string(),
///     "config of plugin `uart`, key `baud`: invalid type: string \"fast\", expected u32",
/// );
/// # Ok::<(), plugstate::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(Box<Misfit>);

/// What the error says, on the heap: it is rare, and every answer that may hold one is moved about.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Misfit {
    plugin: PluginId,
    path: String,
    message: String,
}

impl ConfigError {
    fn new(plugin: &PluginId, path: String, message: &str) -> Self {
        ConfigError(Box::new(Misfit { plugin: plugin.clone(), path, message: short(message) }))
    }

    /// The plugin's own code panicked while it read the table.
    pub(crate) fn panicked(plugin: &PluginId, message: &str) -> Self {
        ConfigError::new(plugin, String::new(), &format!("reading it panicked: {message}"))
    }

    /// Whose configuration it is.
    #[must_use]
    pub fn plugin(&self) -> &PluginId {
        &self.0.plugin
    }

    /// The path to the offending key, as in `pins.rx` or `taps[2]`; empty for the table itself.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// What was met, and what was expected: one line, the middle of which is left out where it is
    /// very long.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "config of plugin `{}`", Shown(self.plugin().as_str()))?;
        if !self.path().is_empty() {
            write!(f, ", key `{}`", Shown(self.path()))?;
        }
        write!(f, ": {}", self.message())
    }
}

impl std::error::Error for ConfigError {}

/// Whether a type of configuration says that there is none.
pub(crate) fn is_none<C: 'static>() -> bool {
    TypeId::of::<C>() == TypeId::of::<()>()
}

/// Reads one plugin's table as its own type. Without a table the type's default is used.
///
/// A key that the type does not know is an error, whether or not the type says so: a misspelt key
/// must not be dropped in silence.
pub(crate) fn parse<C: DeserializeOwned + Default + 'static>(
    plugin: &PluginId,
    table: Option<&Value>,
) -> Result<C, ConfigError> {
    let Some(table) = table.filter(|table| !table.is_null()) else { return Ok(C::default()) };
    let error = |path: String, message: &str| ConfigError::new(plugin, path, message);
    if is_none::<C>() {
        // The unit type reads no table, not even an empty one.
        return match table {
            Value::Object(keys) => match keys.keys().next() {
                None => Ok(C::default()),
                Some(key) => {
                    Err(error(key.clone(), "this plugin takes no configuration; remove the key"))
                }
            },
            other => {
                let message =
                    format!("this plugin takes no configuration, met {}; remove it", kind(other));
                Err(error(String::new(), &message))
            }
        };
    }
    let mut unknown = None;
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(table, &mut track);
    let parsed: Result<C, _> = serde_ignored::deserialize(tracked, |path| {
        unknown.get_or_insert_with(|| place_of(steps_to(&path), table));
    });
    match (parsed, unknown) {
        (Err(why), _) => {
            use serde_path_to_error::Segment;
            let path = track.path();
            let steps = path.iter().map_while(|segment| match segment {
                Segment::Seq { index } => Some(Step::Item(*index)),
                Segment::Map { key } | Segment::Enum { variant: key } => Some(Step::Key(key)),
                Segment::Unknown => None,
            });
            Err(error(place_of(steps, table), &why.to_string()))
        }
        (Ok(_), Some(path)) if !cfg!(plugstate_bug = "config") => {
            Err(error(path, "unknown key; remove it, or check its spelling"))
        }
        (Ok(config), _) => Ok(config),
    }
}

/// A step down into a table.
#[derive(Clone, Copy)]
enum Step<'a> {
    Item(usize),
    Key(&'a str),
}

/// The steps to a key that nobody reads.
fn steps_to<'a>(path: &'a serde_ignored::Path<'_>) -> Vec<Step<'a>> {
    use serde_ignored::Path;
    let mut steps = Vec::new();
    let mut at = path;
    loop {
        at = match at {
            Path::Root => break,
            Path::Seq { parent, index } => {
                steps.push(Step::Item(*index));
                parent
            }
            Path::Map { parent, key } => {
                steps.push(Step::Key(key));
                parent
            }
            Path::Some { parent }
            | Path::NewtypeStruct { parent }
            | Path::NewtypeVariant { parent } => parent,
        };
    }
    steps.reverse();
    steps
}

/// Where these steps lead to in a table: as far as they go there.
///
/// A step into a variant may be missing: one with something in it is a table with one key, so it is
/// found in the table. A key that was to be a number may have been read in part, or not at all.
fn place_of<'a>(steps: impl IntoIterator<Item = Step<'a>>, table: &Value) -> String {
    let mut place = String::new();
    let mut is_inside = false;
    let mut enter = |separator: &str, step: &str| {
        place.push_str(if is_inside { separator } else { "" });
        place.push_str(step);
        is_inside = true;
    };
    let mut node = table;
    for step in steps {
        if let (Value::Object(keys), None) = (node, entered(step, node))
            && let Some((variant, inside)) = keys.iter().next().filter(|_| keys.len() == 1)
        {
            enter(".", variant);
            node = inside;
        }
        let Some(inside) = entered(step, node) else { break };
        match step {
            Step::Item(index) => enter("", &format!("[{index}]")),
            Step::Key(key) => enter(".", key),
        }
        node = inside;
    }
    place
}

/// What a step leads to from here, if it goes.
fn entered<'a>(step: Step<'_>, node: &'a Value) -> Option<&'a Value> {
    match step {
        Step::Item(index) => node.get(index),
        Step::Key(key) => node.get(key),
    }
}

/// The tables of all plugins: any value that serializes as a map from plugin names.
pub(crate) fn tables(value: impl Serialize) -> Result<Map<String, Value>, String> {
    match read(value) {
        Ok(Value::Object(tables)) => Ok(tables),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(other) => Err(format!(
            "expected a table for each plugin, as in `{{\"uart\": {{\"baud\": 9600}}}}`, met {}",
            kind(&other)
        )),
        Err(why) => Err(short(&why)),
    }
}

/// One plugin's table, not yet as its own type, or why it cannot be read. This is the host's code.
pub(crate) fn read(value: impl Serialize) -> Result<Value, String> {
    bounded::tree_of(value).map_err(|why| format!("cannot be read: {why}"))
}

/// The table that was read, for a plugin that is known by now.
pub(crate) fn table(plugin: &PluginId, read: Result<Value, String>) -> Result<Value, ConfigError> {
    read.map_err(|why| ConfigError::new(plugin, String::new(), &why))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    #[serde(default)]
    struct Uart {
        baud: u32,
        pins: Pins,
        taps: Vec<u8>,
    }

    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    #[serde(default)]
    struct Pins {
        rx: u8,
    }

    fn read<C: DeserializeOwned + Default + 'static>(table: Value) -> Result<C, String> {
        parse(&"uart".into(), Some(&table)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_offending_key_is_named_by_its_path() {
        for (table, text) in [
            (
                json!({"baud": "fast"}),
                "config of plugin `uart`, key `baud`: invalid type: string \"fast\", expected u32",
            ),
            (
                json!({"pins": {"rx": 300}}),
                "config of plugin `uart`, key `pins.rx`: invalid value: integer `300`, expected u8",
            ),
            (
                json!({"taps": [1, 2, -1]}),
                "config of plugin `uart`, key `taps[2]`: invalid value: integer `-1`, expected u8",
            ),
            (
                json!({"pins": {"tx": 1}}),
                "config of plugin `uart`, key `pins.tx`: unknown key; remove it, or check its spelling",
            ),
            (
                json!({"pins": {".": {}}}),
                "config of plugin `uart`, key `pins..`: unknown key; remove it, or check its spelling",
            ),
            (json!(7), "config of plugin `uart`: invalid type: integer `7`, expected struct Uart"),
        ] {
            assert_eq!(read::<Uart>(table), Err(text.to_owned()));
        }
        assert_eq!(read(json!({"baud": 9600})), Ok(Uart { baud: 9600, ..Uart::default() }));
    }

    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    #[serde(default)]
    struct Lines {
        ports: std::collections::BTreeMap<u8, Pins>,
        lines: Vec<Option<Pins>>,
        mode: Mode,
    }

    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    enum Mode {
        #[default]
        Idle,
        Line(Pins),
        Pair(u8, Pins),
        Custom {
            #[serde(default)]
            pins: Pins,
        },
    }

    #[test]
    fn the_unknown_key_is_named_by_its_path_wherever_it_is() {
        for (table, key) in [
            (json!({"tx": 1}), "tx"),
            (json!({"lines": [{"rx": 1}, {"rx": 1, "tx": 2}]}), "lines[1].tx"),
            (json!({"mode": {"Line": {"tx": 1}}}), "mode.Line.tx"),
            (json!({"mode": {"Pair": [1, {"rx": 1, "tx": 1}]}}), "mode.Pair[1].tx"),
            (json!({"mode": {"Custom": {"tx": 1}}}), "mode.Custom.tx"),
            (json!({"mode": {"Custom": {"pins": {"tx": 1}}}}), "mode.Custom.pins.tx"),
            (json!({".": 1}), "."),
            (json!({".tx": 1}), ".tx"),
        ] {
            let refused = parse::<Lines>(&"uart".into(), Some(&table)).unwrap_err();
            assert_eq!(refused.path(), key, "{table}");
            assert_eq!(refused.message(), "unknown key; remove it, or check its spelling");
        }
    }

    #[test]
    fn a_key_that_was_to_be_a_number_is_not_named_as_another() {
        for (ports, key) in [
            (json!({"8": {"rx": 300}}), "ports.8.rx"),
            (json!({"8@": {}}), "ports.8@"),
            (json!({"8eeee": {}}), "ports"),
            (json!({"7": {}, "8@": {}}), "ports"),
            (json!({"256": {}, "7": {}}), "ports.256"),
        ] {
            let table = json!({"ports": ports});
            let refused = parse::<Lines>(&"uart".into(), Some(&table)).unwrap_err();
            assert_eq!(refused.path(), key, "{table}");
        }
    }

    #[test]
    fn the_unknown_key_of_a_list_is_named_too() {
        let table = json!([{"rx": 1}, {"rx": 1, "tx": 2}]);
        let refused = parse::<Vec<Pins>>(&"uart".into(), Some(&table)).unwrap_err();
        assert_eq!(refused.path(), "[1].tx");
    }

    #[test]
    fn a_plugin_without_configuration_takes_nothing_or_an_empty_table() {
        assert_eq!(read::<()>(json!({})), Ok(()));
        assert_eq!(read::<()>(json!(null)), Ok(()));
        assert_eq!(
            read::<()>(json!([1])),
            Err("config of plugin `uart`: this plugin takes no configuration, met a list; \
                 remove it"
                .to_owned())
        );
        assert_eq!(
            read::<()>(json!({"baud": 1})),
            Err("config of plugin `uart`, key `baud`: this plugin takes no configuration; remove \
                 the key"
                .to_owned())
        );
    }

    #[test]
    fn without_a_table_the_default_is_used() {
        assert_eq!(parse::<Uart>(&"uart".into(), None), Ok(Uart::default()));
    }
}
