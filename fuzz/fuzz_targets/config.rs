//! See `plugstate_fuzz::config`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| plugstate_fuzz::config::check(input));
