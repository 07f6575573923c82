//! See `plugstate_fuzz::journal`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| plugstate_fuzz::journal::check(input));
