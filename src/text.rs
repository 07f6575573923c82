//! Text from outside, made safe to print: it can neither forge a line of a log nor flood it.

use std::fmt::{self, Display, Formatter, Write};

/// A name or the like from outside, made safe to print: what is not a printable ASCII character is
/// escaped, and only the first 64 characters are shown.
///
/// ```
/// use plugstate::explain::Shown;
///
/// assert_eq!(Shown("u\u{430}rt\n").to_string(), "u\\u{430}rt\\u{a}");
/// assert_eq!(Shown(&"a".repeat(100)).to_string(), "a".repeat(64) + "... (100 bytes)");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a>(pub &'a str);

/// How many characters of a text from outside are shown.
const SHOWN: usize = 64;

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for c in self.0.chars().take(SHOWN) {
            // The backquote is what names are quoted with here.
            if (c.is_ascii_graphic() || c == ' ') && c != '`' {
                f.write_char(c)?;
            } else {
                write!(f, "{}", c.escape_unicode())?;
            }
        }
        if self.0.chars().nth(SHOWN).is_some() {
            write!(f, "... ({} bytes)", self.0.len())?;
        }
        Ok(())
    }
}

/// A sentence from outside, in any language, on one line: characters that move the cursor, change
/// the direction of writing or cannot be seen are escaped.
pub(crate) struct Line<'a>(pub(crate) &'a str);

impl Display for Line<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '\n' => f.write_str("\\n"),
            '\r' => f.write_str("\\r"),
            '\t' => f.write_str("\\t"),
            _ if c.is_control() || is_unseen(c) => write!(f, "{}", c.escape_unicode()),
            _ => f.write_char(c),
        })
    }
}

/// Whether a character that is no control character prints as nothing, or changes how its
/// neighbours print.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// A path in backquotes, on one line.
pub(crate) struct ShownPath<'a>(pub(crate) &'a std::path::Path);

impl Display for ShownPath<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", Line(&self.0.to_string_lossy()))
    }
}

/// A sentence from outside as a [`Line`], with its middle left out where it is very long: what was
/// met and what was expected stand at the ends.
pub(crate) fn short(sentence: &str) -> String {
    const HEAD: usize = 200;
    const TAIL: usize = 100;
    let chars = sentence.chars().count();
    if chars <= HEAD + TAIL {
        return Line(sentence).to_string();
    }
    let at = |n| sentence.char_indices().nth(n).map_or(sentence.len(), |(at, _)| at);
    let (head, tail) = (&sentence[..at(HEAD)], &sentence[at(chars - TAIL)..]);
    format!("{} ... ({} bytes) ... {}", Line(head), sentence.len(), Line(tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_in_any_language() {
        assert_eq!(Line("größe \"ß\" 鍵: a\\b").to_string(), "größe \"ß\" 鍵: a\\b");
        assert_eq!(
            Line("a\nb\r\tc\0\u{1b}[2J\u{202e}d\u{200b}").to_string(),
            "a\\nb\\r\\tc\\u{0}\\u{1b}[2J\\u{202e}d\\u{200b}"
        );
    }

    #[test]
    fn a_long_sentence_keeps_its_ends() {
        assert_eq!(short(&"ä".repeat(300)), "ä".repeat(300));
        let long = format!("met {}, expected u32", "ä".repeat(1_000));
        let text = short(&long);
        assert!(text.starts_with("met ää") && text.ends_with("ä, expected u32"), "{text}");
        assert!(text.contains("ä ... (2018 bytes) ... ä"), "{text}");
        assert!(text.chars().count() < 340);
    }
}
