//! What the fuzz targets hold, each as a function of any bytes: libFuzzer calls it, and so does an ordinary
//! test, with the inputs of `fuzz/corpus`.

mod chain;
pub mod config;
pub mod journal;
mod naive;
pub mod operations;
pub mod resolve;
pub mod seeds;

/// Asserts that a text can be printed where every line counts, and does not flood it.
fn printable(text: &str) {
    let poison = |c: &char| {
        c.is_control()
            || matches!(*c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}')
    };
    assert_eq!(text.chars().find(poison), None, "{text:?}");
    assert!(text.len() < 2_500, "{} bytes: {text}", text.len());
}
