//! Decodes a UART's line: start bit, data bits with the least significant first, parity, stop bits.

use serde::Deserialize;

use super::edges::Trace;
use super::frame::{Frame, FrameError, FrameKind};
use super::settings::{self, SettingsError};

/// The fastest line that can be decoded: ten nanoseconds, the unit of every time here, to a bit.
pub(crate) const MAX_BAUD: u32 = 100_000_000;

/// How the transmitter is set up, and on which line it talks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table of settings")]
pub(crate) struct UartSettings {
    /// The signal, by its name or by its full path.
    pub(crate) line: String,
    /// Bits per second, 1 to [`MAX_BAUD`].
    pub(crate) baud: u32,
    /// Data bits in a frame, 5 to 9.
    pub(crate) data_bits: u8,
    /// The parity bit after the data.
    pub(crate) parity: Parity,
    /// Stop bits, 1 or 2.
    pub(crate) stop_bits: u8,
}

/// The parity bit of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Parity {
    /// There is none.
    None,
    /// It makes the number of ones even.
    Even,
    /// It makes the number of ones odd.
    Odd,
}

impl Default for UartSettings {
    fn default() -> Self {
        Self {
            line: "uart_tx".to_owned(),
            baud: 115_200,
            data_bits: 8,
            parity: Parity::None,
            stop_bits: 1,
        }
    }
}

impl UartSettings {
    /// Checks every setting, and names the first that cannot be used.
    pub(crate) fn validate(&self) -> Result<(), SettingsError> {
        settings::distinct_lines(&[("line", &self.line)])?;
        settings::within("baud", self.baud, 1, MAX_BAUD)?;
        settings::within("data_bits", self.data_bits.into(), 5, 9)?;
        settings::within("stop_bits", self.stop_bits.into(), 1, 2)
    }

    /// When a frame that starts at `start_ns` has had so many half bits. Reckoned from the start
    /// each time, so that a bit that is no whole number of nanoseconds does not drift.
    fn after_halves(&self, start_ns: u64, halves: u64) -> u64 {
        start_ns.saturating_add(halves * 500_000_000 / u64::from(self.baud))
    }
}

/// Finds all frames on a line, which rests high.
///
/// A frame begins with a falling edge; each bit is read in its middle. A line that is high again in
/// the middle of the start bit was a disturbance, not a frame. After a wrong stop bit the search
/// goes on at the next falling edge.
pub(crate) fn decode(settings: &UartSettings, line: &Trace) -> Result<Vec<Frame>, SettingsError> {
    settings.validate()?;
    let mut frames = Vec::new();
    let mut from = line.next_to(false, line.start_ns());
    while let Some(start_ns) = from {
        let found = frame_at(settings, line, start_ns);
        frames.extend(found.frame);
        from = line.next_to(false, found.until_ns);
    }
    Ok(frames)
}

/// What a falling edge turned out to be.
struct Found {
    frame: Option<Frame>,
    /// No later start bit begins before this.
    until_ns: u64,
}

fn frame_at(settings: &UartSettings, line: &Trace, start_ns: u64) -> Found {
    let parity_bits = u8::from(settings.parity != Parity::None);
    let bits = 1 + settings.data_bits + parity_bits + settings.stop_bits;
    let sample_ns = |bit: u8| settings.after_halves(start_ns, 2 * u64::from(bit) + 1);

    let mut read: u32 = 0;
    for bit in 0..bits {
        let at_ns = sample_ns(bit);
        let cut_off = at_ns > line.end_ns();
        let level = line.level_at(at_ns);
        if bit == 0 && (level || cut_off) {
            return Found { frame: None, until_ns: start_ns };
        }
        if cut_off {
            let got = (bit - 1).min(settings.data_bits);
            let kind = FrameKind::Word { value: (read >> 1) & mask(got), bits: got };
            let error = Some(FrameError::CutOff);
            let frame = Frame { start_ns, end_ns: line.end_ns(), bus: "uart", kind, error };
            return Found { frame: Some(frame), until_ns: line.end_ns() };
        }
        read |= u32::from(level) << bit;
    }

    let value = (read >> 1) & mask(settings.data_bits);
    let parity_at = 1 + settings.data_bits;
    let stops = read >> (parity_at + parity_bits);
    // The parity bit counts too, so with even parity the ones of a good frame are even.
    let ones = value.count_ones() + ((read >> parity_at) & u32::from(parity_bits));
    let parity_fits = match settings.parity {
        Parity::None => true,
        Parity::Even => ones.is_multiple_of(2),
        Parity::Odd => !ones.is_multiple_of(2),
    };
    let error = match () {
        () if read == 0 => Some(FrameError::Break),
        () if stops != mask(settings.stop_bits) => Some(FrameError::Framing),
        () if !parity_fits => Some(FrameError::Parity),
        () => None,
    };
    let frame = Frame {
        start_ns,
        end_ns: settings.after_halves(start_ns, 2 * u64::from(bits)).min(line.end_ns()),
        bus: "uart",
        kind: FrameKind::Word { value, bits: settings.data_bits },
        error,
    };
    // Half a stop bit is enough: a sender that is a little fast begins its next frame before ours
    // is over.
    Found { frame: Some(frame), until_ns: sample_ns(bits - 1) }
}

/// A number whose lowest `bits` bits are ones.
fn mask(bits: u8) -> u32 {
    (1 << bits) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line at 1 Mbaud that starts after 5 us and takes one bit of `bits` each microsecond, then
    /// rests.
    fn line(bits: &str) -> Trace {
        let levels =
            bits.chars().enumerate().map(|(i, bit)| (5_000 + 1_000 * i as u64, bit == '1'));
        let rest = 5_000 + 1_000 * bits.len() as u64;
        Trace::new(0, rest + 5_000, true, levels.chain([(rest, true)]))
    }

    fn fast() -> UartSettings {
        UartSettings { baud: 1_000_000, ..UartSettings::default() }
    }

    fn found(settings: &UartSettings, bits: &str) -> Vec<(u32, Option<FrameError>)> {
        let frames = decode(settings, &line(bits)).expect("the settings of this test are valid");
        let word = |frame: &Frame| match frame.kind {
            FrameKind::Word { value, .. } => (value, frame.error),
            other => panic!("a uart has words only, not {other}"),
        };
        frames.iter().map(word).collect()
    }

    #[test]
    fn characters_back_to_back() {
        assert_eq!(found(&fast(), "01000001010000100101"), [(0x41, None), (0x48, None)]);
    }

    #[test]
    fn times_are_those_of_the_frame() {
        let frame = &decode(&fast(), &line("0100000101")).unwrap()[0];
        assert_eq!((frame.start_ns, frame.end_ns), (5_000, 15_000));
    }

    #[test]
    fn a_low_stop_bit_is_a_framing_error_and_the_next_frame_is_found() {
        let expected = [(0x41, Some(FrameError::Framing)), (0x41, None)];
        assert_eq!(found(&fast(), "0100000100110100000101"), expected);
    }

    #[test]
    fn the_second_stop_bit_counts() {
        let two = UartSettings { stop_bits: 2, ..fast() };
        assert_eq!(found(&two, "01000001011"), [(0x41, None)]);
        assert_eq!(found(&two, "01000001010"), [(0x41, Some(FrameError::Framing))]);
    }

    #[test]
    fn a_line_held_low_is_one_break() {
        assert_eq!(found(&fast(), &"0".repeat(30)), [(0, Some(FrameError::Break))]);
    }

    #[test]
    fn parity_even_and_odd() {
        let even = UartSettings { parity: Parity::Even, data_bits: 7, ..fast() };
        let odd = UartSettings { parity: Parity::Odd, ..even.clone() };
        // Three ones, then a parity bit that makes them four.
        assert_eq!(found(&even, "0110010011"), [(0x13, None)]);
        assert_eq!(found(&odd, "0110010011"), [(0x13, Some(FrameError::Parity))]);
    }

    #[test]
    fn a_short_dip_is_no_frame() {
        let dip = Trace::new(0, 50_000, true, [(5_000, false), (5_400, true)]);
        assert_eq!(decode(&fast(), &dip).unwrap(), []);
    }

    #[test]
    fn a_frame_that_the_capture_cuts_off_keeps_its_bits() {
        let cut = Trace::new(0, 9_000, true, [(5_000, false), (6_000, true)]);
        let frame = &decode(&fast(), &cut).unwrap()[0];
        assert_eq!(frame.kind, FrameKind::Word { value: 0b111, bits: 3 });
        assert_eq!(frame.error, Some(FrameError::CutOff));
    }

    #[test]
    fn extreme_settings_and_times_do_not_overflow() {
        let slow =
            UartSettings { baud: 1, data_bits: 9, stop_bits: 2, parity: Parity::Odd, ..fast() };
        let late = Trace::new(0, u64::MAX, true, [(u64::MAX - 5, false)]);
        assert_eq!(decode(&slow, &late).unwrap().len(), 1);
        assert_eq!(decode(&UartSettings { baud: MAX_BAUD, ..fast() }, &late).unwrap().len(), 1);
    }

    #[test]
    fn unusable_settings_are_named() {
        let message = |settings: UartSettings| settings.validate().unwrap_err().to_string();
        let baud = UartSettings { baud: 0, ..fast() };
        assert_eq!(decode(&baud, &line("")).unwrap_err(), baud.validate().unwrap_err());
        assert_eq!(message(baud), "baud must be between 1 and 100000000, got 0");
        let data = UartSettings { data_bits: 10, ..fast() };
        assert_eq!(message(data), "data_bits must be between 5 and 9, got 10");
        let stop = UartSettings { stop_bits: 0, ..fast() };
        assert_eq!(message(stop), "stop_bits must be between 1 and 2, got 0");
        let line = UartSettings { line: String::new(), ..fast() };
        assert_eq!(message(line), "line must name a signal, got an empty name");
    }

    #[test]
    fn settings_come_from_toml_and_refuse_unknown_keys() {
        let settings: UartSettings = toml::from_str("baud = 9600\nparity = 'even'").unwrap();
        assert_eq!(
            settings,
            UartSettings { baud: 9_600, parity: Parity::Even, ..UartSettings::default() }
        );
        let error = toml::from_str::<UartSettings>("bauds = 9600").unwrap_err();
        assert!(error.message().starts_with("unknown field `bauds`"), "{error}");
    }
}
