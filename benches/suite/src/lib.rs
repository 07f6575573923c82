//! What the benches share: interleaved rounds, inputs, the best possible pass, plugins that do nothing.

pub mod best;
pub mod chain;
pub mod idle;
pub mod inputs;
pub mod memory;
pub mod rounds;
pub mod search;
