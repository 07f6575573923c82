//! Why a decoder's settings cannot be used, and the checks that its three kinds share.

/// What is wrong with a decoder's settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SettingsError {
    /// A number is outside of what the decoder can do.
    #[error("{key} must be between {min} and {max}, got {got}")]
    OutOfRange {
        /// The name of the setting.
        key: &'static str,
        /// The least that is allowed.
        min: u32,
        /// The most that is allowed.
        max: u32,
        /// What was given.
        got: u32,
    },
    /// A line has no name.
    #[error("{key} must name a signal, got an empty name")]
    NoLine {
        /// The name of the setting.
        key: &'static str,
    },
    /// Two lines of a bus are the same signal.
    #[error("{first} and {second} must be different signals, got {line:?} for both")]
    SameLine {
        /// The name of one setting.
        first: &'static str,
        /// The name of the other.
        second: &'static str,
        /// The signal that both of them name.
        line: String,
    },
}

/// Checks that a number lies between two bounds, both allowed.
pub(crate) fn within(key: &'static str, got: u32, min: u32, max: u32) -> Result<(), SettingsError> {
    if (min..=max).contains(&got) {
        Ok(())
    } else {
        Err(SettingsError::OutOfRange { key, min, max, got })
    }
}

/// Checks that every line of a bus has a name, and each a different one.
pub(crate) fn distinct_lines(lines: &[(&'static str, &str)]) -> Result<(), SettingsError> {
    for (i, &(key, line)) in lines.iter().enumerate() {
        if line.is_empty() {
            return Err(SettingsError::NoLine { key });
        }
        if let Some(&(first, _)) = lines[..i].iter().find(|(_, earlier)| *earlier == line) {
            return Err(SettingsError::SameLine { first, second: key, line: line.to_owned() });
        }
    }
    Ok(())
}
