//! See `plugstate_fuzz::operations`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| plugstate_fuzz::operations::check(input));
