//! What the fuzz targets hold, each as a function of any bytes: libFuzzer calls it, and so does an ordinary
//! test, with the inputs of `fuzz/corpus`.

pub mod config;
mod naive;
pub mod operations;
pub mod resolve;
pub mod seeds;

pub mod journal {
    pub fn check(_: &[u8]) {}
}
