//! Tests of the plugins as plugins: whatever a host does with them, they conform.

use std::path::Path;

use plugstate::{assert_suite, conformance};
use serde_json::{Value, json};

use super::i2c::I2c;
use super::spi::Spi;
use super::stats::Stats;
use super::{Decoder, NAMES, Report, Sampler, Source, Uart};

/// A table for each plugin: the recorded capture, and the defaults.
fn tables() -> Value {
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/logic_analyzer/captures");
    json!({ "capture": { "file": captures.join("bench.vcd") } })
}

conformance!(
    Uart,
    name = uart,
    suite_config = tables(),
    config = [json!({}), json!({ "baud": 57_600, "parity": "odd" })],
    wrong = [json!({ "baud": 0 }), json!({ "bauds": 9600 }), json!({ "parity": "some" })],
    shows = |uart: &Uart| uart.frames().to_vec(),
    cases = 24,
);

conformance!(
    Spi,
    name = spi,
    suite_config = tables(),
    config = [json!({}), json!({ "mode": 1, "order": "lsb_first" })],
    wrong = [json!({ "mode": 4 }), json!({ "cs": 1 })],
    shows = |spi: &Spi| spi.frames().to_vec(),
    cases = 24,
);

conformance!(
    I2c,
    name = i2c,
    suite_config = tables(),
    config = [json!({}), json!({ "scl": "i2c_sda", "sda": "i2c_scl" })],
    wrong = [json!({ "scl": "" }), json!({ "clock": "i2c_scl" })],
    shows = |i2c: &I2c| i2c.frames().to_vec(),
    cases = 24,
);

conformance!(
    Sampler,
    name = sampler,
    suite_config = tables(),
    config = [json!({}), json!({ "deglitch_ns": 5_000 })],
    wrong = [json!({ "deglitch_ns": -1 })],
    shows = |sampler: &Sampler| sampler.glitches(),
    cases = 24,
);

conformance!(
    Source,
    name = capture,
    config = [tables()["capture"].clone()],
    wrong = [json!({ "file": "" }), json!({})],
    shows = |source: &Source| source.capture().edge_count(),
    cases = 24,
);

conformance!(Stats, name = stats, suite_config = tables(), cases = 24);
conformance!(Report, name = report, suite_config = tables(), cases = 24);

#[test]
fn the_suite_holds() {
    assert_suite!(config = tables(), expect = NAMES);
}
