//! Tests on the recorded captures: what is decoded must be what the senders say they sent.

use std::path::{Path, PathBuf};

use super::capture::{Capture, CaptureError};
use super::edges::Trace;
use super::frame::{Frame, FrameError, FrameKind};
use super::spi::{SpiLines, SpiSettings};
use super::uart::UartSettings;
use super::{i2c, spi, uart};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/logic_analyzer/captures").join(name)
}

fn capture(name: &str) -> Capture {
    Capture::read(file(name)).expect("the captures of the repository are whole")
}

fn clean(capture: &Capture, line: &str, min_ns: u64) -> Trace {
    capture.trace(line).expect("the captures have the default lines").deglitch(min_ns)
}

fn uart(capture: &Capture, min_ns: u64) -> Vec<Frame> {
    uart::decode(&UartSettings::default(), &clean(capture, "uart_tx", min_ns))
        .expect("the default is valid")
}

fn spi(capture: &Capture, mode: u8, min_ns: u64) -> Vec<Frame> {
    let [cs, sclk, mosi, miso] =
        ["spi_cs", "spi_sclk", "spi_mosi", "spi_miso"].map(|line| clean(capture, line, min_ns));
    let settings = SpiSettings { mode, ..SpiSettings::default() };
    spi::decode(&settings, SpiLines { cs: &cs, sclk: &sclk, mosi: &mosi, miso: &miso })
        .expect("the mode is valid")
}

fn i2c(capture: &Capture, min_ns: u64) -> Vec<Frame> {
    i2c::decode(&clean(capture, "i2c_scl", min_ns), &clean(capture, "i2c_sda", min_ns))
}

/// What the senders of a capture logged for one bus, without the times.
fn sent(name: &str, bus: &str) -> Vec<String> {
    let log = std::fs::read_to_string(file(name)).expect("the logs lie beside the captures");
    let of_bus = |line: &str| {
        let (_, said) = line.split_once(' ').expect("a time and what was said");
        said.strip_prefix(bus).map(|said| said.trim_start().to_owned())
    };
    log.lines().filter_map(of_bus).filter(|said| said != "false start").collect()
}

/// A frame in the words of the log.
fn logged(frame: &Frame) -> String {
    match (frame.kind, frame.error) {
        (FrameKind::Word { value, .. }, None) => format!("{value:02x} ok"),
        (FrameKind::Word { value, .. }, Some(FrameError::Framing)) => {
            format!("{value:02x} framing")
        }
        (FrameKind::Exchange { .. }, Some(FrameError::Aborted { .. })) => "aborted".to_owned(),
        (FrameKind::Exchange { mosi, miso, .. }, None) => format!("{mosi:02x} {miso:02x}"),
        (FrameKind::RepeatedStart, None) => "restart".to_owned(),
        (kind, _) => kind.to_string(),
    }
}

fn all_logged(frames: &[Frame]) -> Vec<String> {
    frames.iter().map(logged).collect()
}

fn text(frames: &[Frame]) -> String {
    let byte = |frame: &Frame| match frame.kind {
        FrameKind::Word { value, .. } if frame.error.is_none() => char::from_u32(value),
        _ => Some('?'),
    };
    frames.iter().filter_map(byte).collect()
}

fn errors(frames: &[Frame]) -> Vec<FrameError> {
    frames.iter().filter_map(|frame| frame.error).collect()
}

#[test]
fn what_is_decoded_is_what_was_sent() {
    let bench = capture("bench.vcd");
    assert_eq!(all_logged(&uart(&bench, 100)), sent("bench.sent", "uart"));
    assert_eq!(all_logged(&spi(&bench, 0, 100)), sent("bench.sent", "spi"));
    assert_eq!(all_logged(&i2c(&bench, 100)), sent("bench.sent", "i2c"));
    assert_eq!(all_logged(&uart(&capture("noisy_uart.vcd"), 500)), sent("noisy_uart.sent", "uart"));
    let sensor = capture("sensor.vcd");
    assert_eq!(all_logged(&spi(&sensor, 3, 100)), sent("sensor.sent", "spi"));
    assert_eq!(all_logged(&i2c(&sensor, 100)), sent("sensor.sent", "i2c"));
}

#[test]
fn uart_frames_end_when_the_sender_says() {
    let log =
        std::fs::read_to_string(file("bench.sent")).expect("the logs lie beside the captures");
    let ended = log.lines().filter_map(|line| line.split_once(" uart ")?.0.parse().ok());
    let ended: Vec<u64> = ended.collect();
    let frames = uart(&capture("bench.vcd"), 100);
    assert_eq!(ended.len(), frames.len());
    assert!(frames.iter().zip(ended).all(|(frame, ended)| frame.end_ns.abs_diff(ended) < 100));
}

#[test]
fn bench_holds_a_text_and_one_fault_on_each_bus() {
    let bench = capture("bench.vcd");
    let uart = uart(&bench, 100);
    assert_eq!(text(&uart), "plugstate\r\n?OK");
    assert_eq!(errors(&uart), [FrameError::Framing]);
    let spi = spi(&bench, 0, 100);
    let aborted = FrameKind::Exchange { mosi: 0b10100, miso: 0, bits: 5 };
    assert_eq!(spi[4].kind, aborted);
    assert_eq!(errors(&spi), [FrameError::Aborted { got: 5, wanted: 8 }]);
    assert_eq!(errors(&i2c(&bench, 100)), [FrameError::AddressNack]);
}

#[test]
fn sensor_holds_a_byte_that_was_not_accepted() {
    let sensor = capture("sensor.vcd");
    assert_eq!(errors(&i2c(&sensor, 100)), [FrameError::DataNack]);
    assert_eq!(errors(&spi(&sensor, 3, 100)), []);
}

#[test]
fn the_noise_matters_and_deglitching_removes_it() {
    let noisy = capture("noisy_uart.vcd");
    let frames = uart(&noisy, 500);
    assert_eq!(text(&frames), "the motor is running ?and still we talk\r\n");
    assert_eq!(errors(&frames), [FrameError::Framing]);
    assert_ne!(all_logged(&uart(&noisy, 0)), all_logged(&frames));
    let bench = capture("bench.vcd");
    assert_ne!(all_logged(&spi(&bench, 0, 0)), all_logged(&spi(&bench, 0, 100)));
    assert_ne!(all_logged(&i2c(&bench, 0)), all_logged(&i2c(&bench, 100)));
}

#[test]
fn frames_lie_within_the_capture_in_the_order_of_time() {
    let bench = capture("bench.vcd");
    for frames in [uart(&bench, 100), spi(&bench, 0, 100), i2c(&bench, 100)] {
        assert!(frames.iter().all(|frame| frame.start_ns <= frame.end_ns));
        assert!(frames.windows(2).all(|pair| pair[0].start_ns < pair[1].start_ns));
    }
}

#[test]
fn a_capture_cut_anywhere_is_read_or_refused_but_never_panics() {
    let bytes = std::fs::read(file("bench.vcd")).expect("the captures lie in the repository");
    let (mut whole, mut truncated, mut decoded) = (0, 0, 0);
    for length in (0..bytes.len()).step_by(97) {
        match Capture::parse(Path::new("cut.vcd"), &bytes[..length]) {
            Ok(capture) => {
                whole += 1;
                for min_ns in [0, 100] {
                    decoded += uart(&capture, min_ns).len();
                    decoded += spi(&capture, 0, min_ns).len();
                    decoded += i2c(&capture, min_ns).len();
                }
            }
            Err(CaptureError::Truncated { .. }) => truncated += 1,
            Err(CaptureError::Empty { .. }) => assert_eq!(length, 0),
            Err(other) => panic!("cut after {length} bytes: {other}"),
        }
    }
    assert!(whole > 10 && truncated > 10 && decoded > 100, "{whole} {truncated} {decoded}");
}

#[test]
fn a_capture_with_damaged_bytes_never_panics() {
    let bytes = std::fs::read(file("bench.vcd")).expect("the captures lie in the repository");
    let mut refused = 0;
    for at in (0..bytes.len()).step_by(29) {
        for damage in [0, b'\n', b'$', b'#', b'9', 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] = damage;
            match Capture::parse(Path::new("damaged.vcd"), &damaged) {
                Ok(capture) => {
                    // A damaged name is an error of the lookup, not of the reader.
                    let _ = capture
                        .trace("uart_tx")
                        .map(|line| uart::decode(&UartSettings::default(), line));
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > 500, "{refused}");
}
