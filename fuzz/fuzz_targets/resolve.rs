//! See `plugstate_fuzz::resolve`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| plugstate_fuzz::resolve::check(input));
