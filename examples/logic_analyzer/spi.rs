//! Decodes SPI: the words that master and slave exchange while chip select is low.

use serde::Deserialize;

use super::edges::Trace;
use super::frame::{Frame, FrameError, FrameKind};
use super::settings::{self, SettingsError};

/// How the master is set up, and on which lines it talks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table of settings")]
pub(crate) struct SpiSettings {
    /// The signal of chip select, which is active low.
    pub(crate) cs: String,
    /// The signal of the clock.
    pub(crate) sclk: String,
    /// The signal on which the master talks.
    pub(crate) mosi: String,
    /// The signal on which the slave talks.
    pub(crate) miso: String,
    /// The mode, 0 to 3: twice the level at which the clock rests, plus 1 if its second edge
    /// samples.
    pub(crate) mode: u8,
    /// Bits in a word, 1 to 32.
    pub(crate) bits: u8,
    /// Which bit of a word comes first.
    pub(crate) order: BitOrder,
}

/// Which bit of a word comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BitOrder {
    /// The most significant, as almost every device has it.
    MsbFirst,
    /// The least significant.
    LsbFirst,
}

impl Default for SpiSettings {
    fn default() -> Self {
        Self {
            cs: "spi_cs".to_owned(),
            sclk: "spi_sclk".to_owned(),
            mosi: "spi_mosi".to_owned(),
            miso: "spi_miso".to_owned(),
            mode: 0,
            bits: 8,
            order: BitOrder::MsbFirst,
        }
    }
}

impl SpiSettings {
    /// Checks every setting, and names the first that cannot be used.
    pub(crate) fn validate(&self) -> Result<(), SettingsError> {
        let lines =
            [("cs", &*self.cs), ("sclk", &self.sclk), ("mosi", &self.mosi), ("miso", &self.miso)];
        settings::distinct_lines(&lines)?;
        settings::within("mode", self.mode.into(), 0, 3)?;
        settings::within("bits", self.bits.into(), 1, 32)
    }
}

/// The four lines of a bus.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SpiLines<'t> {
    /// Chip select, active low.
    pub(crate) cs: &'t Trace,
    /// The clock.
    pub(crate) sclk: &'t Trace,
    /// From the master to the slave.
    pub(crate) mosi: &'t Trace,
    /// From the slave to the master.
    pub(crate) miso: &'t Trace,
}

/// Finds all words on a bus; a frame lasts from its first sampled bit to its last.
///
/// Chip select frames the words: it begins the first one, and its release in the middle of one
/// aborts it. A device that is selected from the capture's first moment on is listened to from
/// there, for want of a better beginning.
pub(crate) fn decode(
    settings: &SpiSettings,
    lines: SpiLines<'_>,
) -> Result<Vec<Frame>, SettingsError> {
    settings.validate()?;
    let mut frames = Vec::new();
    let start_ns = lines.cs.start_ns();
    let mut from = if lines.cs.level_at(start_ns) {
        lines.cs.next_to(false, start_ns)
    } else {
        Some(start_ns)
    };
    while let Some(selected_ns) = from {
        let released = lines.cs.next_to(true, selected_ns);
        selection(settings, lines, selected_ns, released, &mut frames);
        from = released.and_then(|released_ns| lines.cs.next_to(false, released_ns));
    }
    Ok(frames)
}

/// Decodes the words between a fall of chip select and its rise, if it rises.
fn selection(
    settings: &SpiSettings,
    lines: SpiLines<'_>,
    selected_ns: u64,
    released: Option<u64>,
    frames: &mut Vec<Frame>,
) {
    let until_ns = released.unwrap_or(u64::MAX);
    // Modes 0 and 3 sample where the clock rises: the first edge away from low, the second away
    // from high.
    let sampling = matches!(settings.mode, 0 | 3);
    let clock = lines.sclk.edges_after(selected_ns).take_while(|edge| edge.at_ns < until_ns);
    let mut word = Word::default();
    for edge in clock.filter(|edge| edge.level == sampling) {
        word.start_ns = word.start_ns.or(Some(edge.at_ns));
        word.push(settings.order, lines.mosi.level_at(edge.at_ns), lines.miso.level_at(edge.at_ns));
        if word.bits == settings.bits {
            frames.extend(std::mem::take(&mut word).frame(edge.at_ns, None));
        }
    }
    let (end_ns, error) = match released {
        Some(released_ns) => {
            (released_ns, FrameError::Aborted { got: word.bits, wanted: settings.bits })
        }
        None => (lines.cs.end_ns(), FrameError::CutOff),
    };
    frames.extend(word.frame(end_ns, Some(error)));
}

/// The word under way.
#[derive(Default)]
struct Word {
    start_ns: Option<u64>,
    bits: u8,
    mosi: u32,
    miso: u32,
}

impl Word {
    fn push(&mut self, order: BitOrder, mosi: bool, miso: bool) {
        for (word, bit) in [(&mut self.mosi, mosi), (&mut self.miso, miso)] {
            match order {
                BitOrder::MsbFirst => *word = *word << 1 | u32::from(bit),
                BitOrder::LsbFirst => *word |= u32::from(bit) << self.bits,
            }
        }
        self.bits += 1;
    }

    /// The frame of this word, unless it has no bit yet.
    fn frame(self, end_ns: u64, error: Option<FrameError>) -> Option<Frame> {
        let kind = FrameKind::Exchange { mosi: self.mosi, miso: self.miso, bits: self.bits };
        self.start_ns.map(|start_ns| Frame { start_ns, end_ns, bus: "spi", kind, error })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The traces of one selection that exchanges `bits`, each of them (mosi, miso), in a mode.
    ///
    /// Each bit lasts a microsecond: the data lines move at its start, the clock samples in its
    /// middle.
    fn bus(mode: u8, bits: &[(u8, u8)], released: bool) -> [Trace; 4] {
        let end = 2_000 + 1_000 * bits.len() as u64;
        let trace = |initial, levels: Vec<(u64, bool)>| Trace::new(0, end + 1_000, initial, levels);
        let at = |i: usize| 1_000 + 1_000 * i as u64;
        let rests = mode >= 2;
        // With the second edge sampling, the first edge is where the data moves.
        let (away, back) = if mode.is_multiple_of(2) { (500, 900) } else { (10, 500) };
        let clock = (0..bits.len()).flat_map(|i| [(at(i) + away, !rests), (at(i) + back, rests)]);
        let mut select = vec![(900, false)];
        select.extend(released.then_some((end, true)));
        [
            trace(true, select),
            trace(rests, clock.collect()),
            trace(false, bits.iter().enumerate().map(|(i, bit)| (at(i), bit.0 == 1)).collect()),
            trace(true, bits.iter().enumerate().map(|(i, bit)| (at(i), bit.1 == 1)).collect()),
        ]
    }

    fn found(settings: &SpiSettings, traces: &[Trace; 4]) -> Vec<(FrameKind, Option<FrameError>)> {
        let [cs, sclk, mosi, miso] = traces;
        let frames = decode(settings, SpiLines { cs, sclk, mosi, miso });
        let frames = frames.expect("the settings of this test are valid");
        frames.iter().map(|frame| (frame.kind, frame.error)).collect()
    }

    const BITS: [(u8, u8); 4] = [(1, 0), (1, 1), (0, 0), (1, 0)];

    #[test]
    fn every_mode_reads_what_was_sent_in_it() {
        for mode in 0..4 {
            let settings = SpiSettings { mode, bits: 4, ..SpiSettings::default() };
            let word = FrameKind::Exchange { mosi: 0b1101, miso: 0b0100, bits: 4 };
            assert_eq!(found(&settings, &bus(mode, &BITS, true)), [(word, None)], "mode {mode}");
        }
    }

    #[test]
    fn the_least_significant_bit_can_come_first() {
        let settings = SpiSettings { bits: 4, order: BitOrder::LsbFirst, ..SpiSettings::default() };
        let word = FrameKind::Exchange { mosi: 0b1011, miso: 0b0010, bits: 4 };
        assert_eq!(found(&settings, &bus(0, &BITS, true)), [(word, None)]);
    }

    #[test]
    fn a_release_in_mid_word_aborts_it() {
        let settings = SpiSettings { bits: 3, ..SpiSettings::default() };
        let whole = FrameKind::Exchange { mosi: 0b110, miso: 0b010, bits: 3 };
        let part = FrameKind::Exchange { mosi: 1, miso: 0, bits: 1 };
        let aborted = FrameError::Aborted { got: 1, wanted: 3 };
        assert_eq!(found(&settings, &bus(0, &BITS, true)), [(whole, None), (part, Some(aborted))]);
    }

    #[test]
    fn the_end_of_the_capture_cuts_a_word_off() {
        let part = FrameKind::Exchange { mosi: 0b1101, miso: 0b0100, bits: 4 };
        let cut = [(part, Some(FrameError::CutOff))];
        assert_eq!(found(&SpiSettings::default(), &bus(0, &BITS, false)), cut);
    }

    #[test]
    fn a_word_of_32_bits_fits() {
        let settings = SpiSettings { bits: 32, ..SpiSettings::default() };
        let word = FrameKind::Exchange { mosi: u32::MAX, miso: 0, bits: 32 };
        assert_eq!(found(&settings, &bus(0, &[(1, 0); 32], true)), [(word, None)]);
    }

    #[test]
    fn unusable_settings_are_named() {
        let message = |settings: SpiSettings| settings.validate().unwrap_err().to_string();
        let mode = SpiSettings { mode: 4, ..SpiSettings::default() };
        assert_eq!(message(mode), "mode must be between 0 and 3, got 4");
        let bits = SpiSettings { bits: 0, ..SpiSettings::default() };
        assert_eq!(message(bits), "bits must be between 1 and 32, got 0");
        let same = SpiSettings { miso: "spi_mosi".to_owned(), ..SpiSettings::default() };
        assert_eq!(
            message(same),
            "mosi and miso must be different signals, got \"spi_mosi\" for both"
        );
    }
}
