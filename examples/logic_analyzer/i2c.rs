//! Decodes I2C: starts, addresses, data bytes with their acknowledgements, and stops.

use serde::Deserialize;

use super::edges::Trace;
use super::frame::{Frame, FrameError, FrameKind};
use super::settings::{self, SettingsError};

/// On which lines the bus talks. Its clock carries the speed, so there is nothing else to set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table of settings")]
pub(crate) struct I2cSettings {
    /// The signal of the clock.
    pub(crate) scl: String,
    /// The signal of the data.
    pub(crate) sda: String,
}

impl Default for I2cSettings {
    fn default() -> Self {
        Self { scl: "i2c_scl".to_owned(), sda: "i2c_sda".to_owned() }
    }
}

impl I2cSettings {
    /// Checks every setting, and names the first that cannot be used.
    pub(crate) fn validate(&self) -> Result<(), SettingsError> {
        settings::distinct_lines(&[("scl", &self.scl), ("sda", &self.sda)])
    }
}

/// Finds all frames on a bus.
///
/// Bits before the first start are passed over: nobody can tell where a byte of theirs begins. A
/// byte's frame lasts from the rise of the clock for its first bit to that for its acknowledgement.
pub(crate) fn decode(scl: &Trace, sda: &Trace) -> Vec<Frame> {
    let start_ns = scl.start_ns();
    let mut listener = Listener {
        scl: scl.level_at(start_ns),
        sda: sda.level_at(start_ns),
        frames: Vec::new(),
        transfer: None,
    };
    for (at_ns, _, line) in merged(scl, sda) {
        match line {
            Line::Scl(level) => {
                listener.scl = level;
                if level {
                    listener.bit(at_ns);
                }
            }
            Line::Sda(level) => {
                listener.sda = level;
                match (listener.scl, level) {
                    (true, false) => listener.start(at_ns),
                    (true, true) => listener.stop(at_ns),
                    (false, _) => {}
                }
            }
        }
    }
    listener.finish(scl.end_ns())
}

#[derive(Clone, Copy)]
enum Line {
    Scl(bool),
    Sda(bool),
}

/// The edges of both lines in the order of time.
///
/// Where both move at the same nanosecond, the data moves while the clock is low, as senders that
/// keep the rules do: after the fall of the clock, before its rise.
fn merged(scl: &Trace, sda: &Trace) -> Vec<(u64, u8, Line)> {
    let clock =
        scl.edges().map(|edge| (edge.at_ns, if edge.level { 2 } else { 0 }, Line::Scl(edge.level)));
    let data = sda.edges().map(|edge| (edge.at_ns, 1, Line::Sda(edge.level)));
    let mut all: Vec<_> = clock.chain(data).collect();
    all.sort_by_key(|&(at_ns, turn, _)| (at_ns, turn));
    all
}

/// What is known of the bus so far.
struct Listener {
    scl: bool,
    sda: bool,
    frames: Vec<Frame>,
    transfer: Option<Transfer>,
}

/// What is known of what was said since the last start.
#[derive(Default)]
struct Transfer {
    /// Set by the address: whether the slave talks, so that the acknowledgements are the master's.
    read: Option<bool>,
    /// When the byte under way began.
    byte_ns: u64,
    value: u8,
    bits: u8,
}

impl Listener {
    fn start(&mut self, at_ns: u64) {
        let kind =
            if self.transfer.is_some() { FrameKind::RepeatedStart } else { FrameKind::Start };
        self.end_byte(at_ns);
        self.transfer = Some(Transfer::default());
        self.push(at_ns, at_ns, kind, None);
    }

    fn stop(&mut self, at_ns: u64) {
        if self.transfer.is_some() {
            self.end_byte(at_ns);
            self.transfer = None;
            self.push(at_ns, at_ns, FrameKind::Stop, None);
        }
    }

    fn bit(&mut self, at_ns: u64) {
        let Some(transfer) = &mut self.transfer else { return };
        if transfer.bits == 0 {
            transfer.byte_ns = at_ns;
        }
        if transfer.bits < 8 {
            transfer.value = transfer.value << 1 | u8::from(self.sda);
            transfer.bits += 1;
            return;
        }
        let (acked, value, byte_ns) = (!self.sda, transfer.value, transfer.byte_ns);
        transfer.bits = 0;
        let (kind, error) = match transfer.read {
            None => {
                let read = value & 1 == 1;
                transfer.read = Some(read);
                (FrameKind::Address { address: value >> 1, read, acked }, FrameError::AddressNack)
            }
            Some(_) => (FrameKind::Data { value, acked }, FrameError::DataNack),
        };
        // The master that reads leaves its last byte unacknowledged to say that it is the last.
        let wrong =
            !acked && !matches!((kind, transfer.read), (FrameKind::Data { .. }, Some(true)));
        self.push(byte_ns, at_ns, kind, wrong.then_some(error));
    }

    /// Reports the byte that a start or a stop came into, if it has a bit.
    ///
    /// The bit that was read last is none: a bit is a level that stays while the clock is high, and
    /// this one moved.
    fn end_byte(&mut self, at_ns: u64) {
        if let Some(Transfer { bits: bits @ 2.., value, byte_ns, .. }) = self.transfer {
            let got = bits - 1;
            let kind = FrameKind::Word { value: lowest(value >> 1, got), bits: got };
            self.push(byte_ns, at_ns, kind, Some(FrameError::Aborted { got, wanted: 8 }));
        }
    }

    fn finish(mut self, end_ns: u64) -> Vec<Frame> {
        if let Some(Transfer { bits: bits @ 1.., value, byte_ns, .. }) = self.transfer {
            let kind = FrameKind::Word { value: lowest(value, bits), bits };
            self.push(byte_ns, end_ns, kind, Some(FrameError::CutOff));
        }
        self.frames
    }

    fn push(&mut self, start_ns: u64, end_ns: u64, kind: FrameKind, error: Option<FrameError>) {
        self.frames.push(Frame { start_ns, end_ns, bus: "i2c", kind, error });
    }
}

/// The lowest `bits` bits of a shift register that may still hold an earlier byte's.
fn lowest(value: u8, bits: u8) -> u32 {
    u32::from(value) & ((1 << bits) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws a bus: `S` start or repeated start, `P` stop, `0` and `1` bits; each takes four
    /// microseconds.
    fn bus(script: &str) -> (Trace, Trace) {
        let (mut scl, mut sda) = (Vec::new(), Vec::new());
        let mut now = 1_000;
        for symbol in script.chars() {
            let (before, after) = match symbol {
                'S' => (true, false),
                'P' => (false, true),
                bit => (bit == '1', bit == '1'),
            };
            sda.push((now, before));
            scl.push((now + 1_000, true));
            sda.push((now + 2_000, after));
            if symbol != 'P' {
                scl.push((now + 3_000, false));
            }
            now += 4_000;
        }
        (Trace::new(0, now, true, scl), Trace::new(0, now, true, sda))
    }

    fn said(script: &str) -> Vec<String> {
        let (scl, sda) = bus(script);
        let line = |frame: &Frame| match frame.error {
            Some(error) => format!("{}: {error}", frame.kind),
            None => frame.kind.to_string(),
        };
        decode(&scl, &sda).iter().map(line).collect()
    }

    #[test]
    fn a_write_and_a_read_after_a_repeated_start() {
        let script = "S100100000 000000000 S100100010 000110011 P".replace(' ', "");
        let expected = [
            "start",
            "write 48 ack",
            "data 00 ack",
            "repeated start",
            "read 48 ack",
            "data 19 nack",
            "stop",
        ];
        assert_eq!(said(&script), expected);
    }

    #[test]
    fn nacks_of_address_and_written_data_are_errors() {
        let expected = ["start", "write 48 nack: nobody answers to this address", "stop"];
        assert_eq!(said("S100100001P"), expected);
        let expected = ["start", "write 48 ack", "data ff nack: the byte was not accepted", "stop"];
        assert_eq!(said("S100100000111111111P"), expected);
    }

    #[test]
    fn a_stop_in_mid_byte_aborts_it() {
        assert_eq!(said("S101P"), ["start", "5: aborted after 3 of 8 bits", "stop"]);
        assert_eq!(said("S1S"), ["start", "1: aborted after 1 of 8 bits", "repeated start"]);
    }

    #[test]
    fn the_end_of_the_capture_cuts_a_byte_off() {
        assert_eq!(said("S10110"), ["start", "16: cut off by the end of the capture"]);
    }

    #[test]
    fn bits_before_a_start_are_passed_over() {
        assert_eq!(said("1011"), [""; 0]);
    }

    #[test]
    fn lines_that_move_together_make_no_start_or_stop() {
        let scl = Trace::new(0, 100, true, [(10, false), (20, true), (30, false)]);
        let sda = Trace::new(0, 100, true, [(10, false), (20, true), (30, false)]);
        assert_eq!(decode(&scl, &sda), []);
    }

    #[test]
    fn both_lines_must_be_named_and_differ() {
        let same = I2cSettings { scl: "x".to_owned(), sda: "x".to_owned() };
        let message = "scl and sda must be different signals, got \"x\" for both";
        assert_eq!(same.validate().unwrap_err().to_string(), message);
    }
}
