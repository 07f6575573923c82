//! What every decoder finds: frames, each with its time, its meaning and what went wrong.

use std::fmt;

/// One thing that was said on a bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    /// When it began, in nanoseconds.
    pub(crate) start_ns: u64,
    /// When it was over, in nanoseconds.
    pub(crate) end_ns: u64,
    /// Which protocol it was said in: `uart`, `spi` or `i2c`.
    pub(crate) bus: &'static str,
    /// What was said.
    pub(crate) kind: FrameKind,
    /// What went wrong, if anything did.
    pub(crate) error: Option<FrameError>,
}

/// The meaning of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FrameKind {
    /// Bits that went one way: a UART's character, or an I2C byte that was not finished.
    Word {
        /// The bits, the last `bits` of this number.
        value: u32,
        /// How many there are.
        bits: u8,
    },
    /// An SPI word, which goes both ways at once.
    Exchange {
        /// What the master said.
        mosi: u32,
        /// What the slave said.
        miso: u32,
        /// How many bits each of them said.
        bits: u8,
    },
    /// An I2C start.
    Start,
    /// An I2C start without a stop before it.
    RepeatedStart,
    /// The I2C byte after a start.
    Address {
        /// The seven bits of the address.
        address: u8,
        /// Whether the master wants to read.
        read: bool,
        /// Whether a slave answered.
        acked: bool,
    },
    /// Any later I2C byte.
    Data {
        /// The byte.
        value: u8,
        /// Whether its receiver acknowledged it. A master leaves the last byte that it reads
        /// unacknowledged, so this is no error by itself.
        acked: bool,
    },
    /// An I2C stop.
    Stop,
}

/// What is wrong with a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FrameError {
    /// A UART's stop bit is low.
    #[error("framing error: the stop bit is low")]
    Framing,
    /// A UART's line is low from the start bit to the stop bit.
    #[error("break: the line stays low")]
    Break,
    /// A UART's parity bit does not fit its data.
    #[error("parity error")]
    Parity,
    /// No I2C slave answered to the address.
    #[error("nobody answers to this address")]
    AddressNack,
    /// An I2C slave did not acknowledge a byte that was written to it.
    #[error("the byte was not accepted")]
    DataNack,
    /// The word ended early: chip select was released, or a start or stop came in mid-byte.
    #[error("aborted after {got} of {wanted} bits")]
    Aborted {
        /// How many bits there were.
        got: u8,
        /// How many make a word.
        wanted: u8,
    },
    /// The capture ends before the frame does.
    #[error("cut off by the end of the capture")]
    CutOff,
}

impl fmt::Display for FrameKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Word { value, bits } => {
                f.write_str(&hex(value, bits))?;
                match u8::try_from(value) {
                    Ok(byte) if bits >= 7 => write!(f, " '{}'", byte.escape_ascii()),
                    _ => Ok(()),
                }
            }
            Self::Exchange { mosi, miso, bits } => {
                write!(f, "mosi {} miso {}", hex(mosi, bits), hex(miso, bits))
            }
            Self::Start => f.write_str("start"),
            Self::RepeatedStart => f.write_str("repeated start"),
            Self::Address { address, read, acked } => {
                let verb = if read { "read" } else { "write" };
                write!(f, "{verb} {address:02x} {}", answer(acked))
            }
            Self::Data { value, acked } => write!(f, "data {value:02x} {}", answer(acked)),
            Self::Stop => f.write_str("stop"),
        }
    }
}

impl fmt::Display for Frame {
    /// Writes one line, its columns aligned with those of other frames: the start in microseconds,
    /// the bus and the meaning, then the error, if there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (us, ns) = (self.start_ns / 1_000, self.start_ns % 1_000);
        write!(f, "{us:>8}.{ns:03} us  {:<4}  {}", self.bus, self.kind)?;
        match self.error {
            Some(error) => write!(f, "  ! {error}"),
            None => Ok(()),
        }
    }
}

/// As many hexadecimal digits as the bits need; `-` for no bits at all.
fn hex(value: u32, bits: u8) -> String {
    match usize::from(bits).div_ceil(4) {
        0 => "-".to_owned(),
        digits => format!("{value:0digits$x}"),
    }
}

fn answer(acked: bool) -> &'static str {
    if acked { "ack" } else { "nack" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind: FrameKind, error: Option<FrameError>) -> String {
        Frame { start_ns: 1_234_567, end_ns: 1_300_000, bus: "uart", kind, error }.to_string()
    }

    #[test]
    fn a_frame_is_one_aligned_line() {
        let word = FrameKind::Word { value: 0x0a, bits: 8 };
        assert_eq!(line(word, None), "    1234.567 us  uart  0a '\\n'");
        assert_eq!(
            line(word, Some(FrameError::Framing)),
            "    1234.567 us  uart  0a '\\n'  ! framing error: the stop bit is low"
        );
    }

    #[test]
    fn kinds_read_like_the_bus() {
        let address = FrameKind::Address { address: 0x48, read: true, acked: false };
        assert_eq!(address.to_string(), "read 48 nack");
        let exchange = FrameKind::Exchange { mosi: 0x9f, miso: 0, bits: 12 };
        assert_eq!(exchange.to_string(), "mosi 09f miso 000");
        assert_eq!(FrameKind::Word { value: 0, bits: 0 }.to_string(), "-");
    }
}
