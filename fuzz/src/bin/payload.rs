//! `payload` under libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    landfall_fuzz::limits::watched(landfall_fuzz::payload::run, data);
});
