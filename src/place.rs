//! Where in the source something was written: a file and a line.

use std::fmt;
use std::panic::Location;

/// A file and a line, as `src/uart.rs:12`.
///
/// ```
/// let place = plugstate::Place::new("src/uart.rs", 12);
/// assert_eq!(place.to_string(), "src/uart.rs:12");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    file: &'static str,
    line: u32,
}

impl Place {
    /// The place at `line` of `file`; see the macros [`file!`] and [`line!`].
    #[must_use]
    pub const fn new(file: &'static str, line: u32) -> Self {
        Place { file, line }
    }

    /// The place from which the function that calls this was called, if that function is
    /// `#[track_caller]`, as all functions of this crate are that remember a place.
    ///
    /// ```
    /// use plugstate::Place;
    ///
    /// #[track_caller]
    /// fn register() -> Place {
    ///     Place::caller()
    /// }
    ///
    /// let place = register();
    /// assert_eq!((place.file(), place.line()), (file!(), line!() - 1));
    /// ```
    #[must_use]
    #[track_caller]
    pub const fn caller() -> Self {
        Place::at(Location::caller())
    }

    /// The place of a [`Location`].
    #[must_use]
    pub const fn at(location: &'static Location<'static>) -> Self {
        Place { file: location.file(), line: location.line() }
    }

    /// The file, as the compiler names it.
    #[must_use]
    pub const fn file(&self) -> &'static str {
        self.file
    }

    /// The line, counted from 1.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.line
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
