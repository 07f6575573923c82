//! Input that is wrong: each is refused in words that name file, line or key, and never by a panic.

use std::path::Path;

use super::{Run, file, ours, read, run};

/// Runs with a configuration that must be refused before anything is tried.
#[track_caller]
fn refused(name: &str, config: impl AsRef<[u8]>, says: &str) {
    let config = file(name, config);
    let run = run(&[&ours("captures/bench.vcd"), "--config", &config]);
    assert_eq!(run.err, format!("error: {config}:{says}\n"));
    assert_eq!((run.code, &*run.out), (Some(2), ""));
}

/// Runs with a capture that cannot be read, so that nothing that stands on it can start.
#[track_caller]
fn unreadable(capture: &str, says: &str) {
    let run = run(&[capture]);
    assert_eq!(
        run.err,
        format!(
            "error: plugin `capture` failed to enable: {capture}{says}\n\
             error: left alone, for `capture` has failed: `sampler`, `i2c`, `spi`, `uart`\n"
        )
    );
    assert_eq!(run.code, Some(1));
    assert_eq!(run.plugins(capture)[..2], [("capture", "Failed"), ("sampler", "Discovered")]);
    assert_eq!(run.section("report"), ["report", "  nothing was decoded"]);
}

#[track_caller]
fn everything_but_the_uart_was_decoded(run: &Run, capture: &str) {
    assert_eq!(run.code, Some(1));
    let phases = [("i2c", "Enabled"), ("spi", "Enabled"), ("uart", "Failed"), ("stats", "Enabled")];
    assert_eq!(run.plugins(capture)[2..6], phases);
    assert!(
        run.out.contains(" i2c   data 19 ack\n") && run.out.contains(" spi   mosi 9f miso 00\n")
    );
    let buses: Vec<_> = run.section("report")[2..].iter().map(|line| &line[4..8]).collect();
    assert_eq!(buses, ["i2c ", "spi "]);
}

#[test]
fn captures_that_cannot_be_read() {
    let bench = read("captures/bench.vcd");
    let truncated = file("truncated.vcd", &bench[..5_003]);
    unreadable(&truncated, ":870: the file is truncated: it ends in the middle of a command");
    let header = file("header.vcd", &bench[..200]);
    unreadable(&header, ":14: the file is truncated: it ends in the middle of a command");
    unreadable(&file("empty.vcd", ""), ": is empty");
    unreadable(
        &file("binary.vcd", b"$date\n\xff\n"),
        ":2: is not utf-8 text, so it is no vcd file",
    );
    unreadable(&file("prose.vcd", "hello\n"), ":1: unexpected character at start of command");
}

#[cfg(unix)] // the words are the operating system's
#[test]
fn captures_that_are_no_files() {
    unreadable("no/such.vcd", ": cannot be read: No such file or directory (os error 2)");
    unreadable("examples", ": cannot be read: Is a directory (os error 21)");
}

#[test]
fn a_capture_cut_anywhere_never_panics() {
    let bench = read("captures/bench.vcd");
    let (mut whole, mut broken) = (0, 0);
    for length in (0..bench.len()).step_by(83) {
        let run = run(&[&file("cut.vcd", &bench[..length])]);
        match run.code {
            Some(0) => whole += 1,
            Some(1) => {
                broken += 1;
                let why = run.err.lines().next().and_then(|line| line.split_once("cut.vcd:"));
                let (_, why) = why.expect("the file is named");
                let (line, why) = why.split_once(": ").unwrap_or(("", why));
                match why.trim_start() {
                    "is empty" => assert_eq!(length, 0),
                    why => {
                        assert!(line.parse::<u32>().is_ok_and(|line| line > 0), "{}", run.err);
                        let truncated = why.starts_with("the file is truncated: it ends in ");
                        assert!(truncated || why == "there is no timestamp after the header");
                    }
                }
            }
            code => panic!("{length} bytes: {code:?}, {}", run.err),
        }
    }
    assert!(whole > 10 && broken > 10, "{whole} {broken}");
}

#[test]
fn after_a_capture_that_cannot_be_read_the_next_one_is_decoded() {
    let broken = file("first_broken.vcd", &read("captures/bench.vcd")[..3_000]);
    let bench = ours("captures/bench.vcd");
    let run = run(&[&broken, &bench]);
    assert_eq!(run.code, Some(1));
    assert!(run.plugins(&bench).iter().all(|(_, phase)| *phase == "Enabled"));
    assert!(run.out.contains("\ntext on the uart: \"plugstate\\r\\n\u{fffd}OK\"\n"));
    assert_eq!(run.section("report").len(), 1 + 4, "one capture with three buses");
}

#[test]
fn a_missing_signal_stops_its_decoder_alone() {
    let config = file("signal.toml", "[i2c]\n[spi]\n[uart]\nbaud = 9600\nline = \"rx\"\n");
    let bench = ours("captures/bench.vcd");
    let run = run(&[&bench, "--config", &config]);
    assert_eq!(
        run.err,
        format!(
            "error: {config}:5: plugin `uart` failed to enable: line: {bench}: has no signal \"rx\", \
             only bench.uart_tx, bench.spi_cs, bench.spi_sclk, bench.spi_mosi, bench.spi_miso, \
             bench.i2c_scl, bench.i2c_sda\n"
        )
    );
    everything_but_the_uart_was_decoded(&run, &bench);
}

#[test]
fn a_capture_without_uart_fails_the_uart_of_the_default_configuration() {
    let sensor = ours("captures/sensor.vcd");
    let run = run(&[&sensor]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.starts_with("error: examples/logic_analyzer/analyzer.toml:"), "{}", run.err);
    assert!(run.err.contains("plugin `uart` failed to enable: line: "), "{}", run.err);
    assert!(run.err.contains("has no signal \"uart_tx\", only sensor.spi_cs"), "{}", run.err);
    assert_eq!(run.err.lines().count(), 1);
    assert!(run.section("report").iter().any(|line| line.starts_with("    i2c      21 frames")));
}

#[test]
fn a_baud_rate_of_0_stops_its_decoder_alone() {
    let config = file("baud.toml", "[uart]\n# too slow\nbaud = 0\n\n[spi]\n[i2c]\n");
    let bench = ours("captures/bench.vcd");
    let run = run(&[&bench, "--config", &config]);
    assert_eq!(
        run.err,
        format!(
            "error: {config}:3: plugin `uart` failed to configure: baud must be between 1 and \
             100000000, got 0\n"
        )
    );
    everything_but_the_uart_was_decoded(&run, &bench);
}

#[test]
fn a_capture_without_a_name_is_named_by_its_key() {
    // Written where the test runs, since a name begins at the folder of the configuration.
    let config = file("unnamed.toml", "[uart]\n[capture]\nfile = \"\"\n");
    let folder = Path::new(&config).parent().expect("a file has a folder");
    let output = super::program().current_dir(folder).args(["--config", "unnamed.toml"]).output();
    let output = output.expect("the program was built");
    let says = "error: unnamed.toml:3: plugin `capture` failed to configure: file must name a \
                capture, got an empty name\n";
    assert!(String::from_utf8_lossy(&output.stderr).starts_with(says));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn configurations_that_do_not_fit() {
    refused(
        "key.toml",
        "[uart]\n\nbuad = 9600\n",
        "3: config of plugin `uart`, key `buad`: unknown field `buad`, expected one of `line`, \
         `baud`, `data_bits`, `parity`, `stop_bits`",
    );
    refused(
        "type.toml",
        "[i2c]\n[uart]\nbaud = \"fast\"\n",
        "3: config of plugin `uart`, key `baud`: invalid type: string \"fast\", expected u32",
    );
    refused(
        "choice.toml",
        "uart.parity = 'mark'",
        "1: config of plugin `uart`, key `parity`: unknown variant `mark`, expected one of `none`, \
         `even`, `odd`",
    );
    refused(
        "plugin.toml",
        "[uart]\n[can]\nbitrate = 500_000\n",
        "2: plugin `can` is given a config, but is not registered: remove the table, link the \
         plugin, or correct the name",
    );
    refused(
        "near.toml",
        "[uart]\n[i2]\n",
        "2: plugin `i2` is given a config, but is not registered: remove the table, link the \
         plugin, or correct the name (did you mean `i2c`?)",
    );
    refused(
        "scalar.toml",
        "uart = 3\n",
        "1: config of plugin `uart`: invalid type: integer `3`, expected a table of settings",
    );
    refused(
        "none.toml",
        "[uart]\n[stats]\nmore = true\n",
        "3: config of plugin `stats`, key `more`: this plugin takes no configuration; remove the key",
    );
    refused(
        "empty.toml",
        "",
        " asks for no decoder: one runs if it has a table, as [i2c], [spi], [uart]",
    );
}

#[test]
fn all_that_does_not_fit_is_told_at_once() {
    let config = file("all.toml", "[spi]\nmode = -1\n[uart]\nbuad = 1\n[can]\n");
    let bench = ours("captures/bench.vcd");
    let run = run(&[&bench, &bench, "--config", &config]);
    assert_eq!((run.code, &*run.out), (Some(2), ""));
    let starts = ["5: plugin `can`", "2: config of plugin `spi`", "4: config of plugin `uart`"];
    assert_eq!(run.err.lines().count(), starts.len());
    for (line, start) in run.err.lines().zip(starts) {
        assert!(line.starts_with(&format!("error: {config}:{start}")), "{line}");
    }
}

#[test]
fn configurations_that_are_no_toml() {
    refused("syntax.toml", "[uart]\nbaud 9600\n", "2:6: key with no value, expected `=`");
    refused("twice.toml", "[uart]\nbaud = 1\nbaud = 2\n", "3:1: duplicate key");
    refused(
        "binary.toml",
        b"[uart]\nline = \"\xff\"\n",
        "2: is not utf-8 text, so it is no toml file",
    );
    refused(
        "control.toml",
        "[uart]\n\"a\\u001b[2J\" = 1\n",
        "2: config of plugin `uart`, key `a\\u{1b}[2J`: unknown field `a\\u{1b}[2J`, expected one of \
         `line`, `baud`, `data_bits`, `parity`, `stop_bits`",
    );
}

#[cfg(unix)] // the words are the operating system's
#[test]
fn configurations_that_are_no_files() {
    for (config, why) in [
        ("no/such.toml", "No such file or directory (os error 2)"),
        ("examples", "Is a directory (os error 21)"),
    ] {
        let run = run(&["--config", config]);
        assert_eq!(run.err, format!("error: {config}: cannot be read: {why}\n"));
        assert_eq!((run.code, &*run.out), (Some(2), ""));
    }
}

#[test]
fn command_lines_that_are_wrong() {
    for (arguments, says) in [
        (&["--frobnicate"][..], "invalid option '--frobnicate'"),
        (&["-x"], "invalid option '-x'"),
        (&["--config"], "missing argument for option '--config'"),
        (&["--config", "a", "--config", "b"], "option '--config' can be given only once"),
        (&["--events=loud"], "unexpected argument for option '--events': \"loud\""),
        (&["--fail"], "missing argument for option '--fail'"),
        (&["--fail", "i2c", "--fail", "spi"], "option '--fail' can be given only once"),
        (&["--changes", "1"], "option '--changes' needs '--watch'"),
        (
            &["--watch", "--changes", "0"],
            "cannot parse argument \"0\": number would be zero for non-zero type",
        ),
        (&["--record"], "missing argument for option '--record'"),
        (&["--record", "a", "--record", "b"], "option '--record' can be given only once"),
        (&["--watch", "--record", "a"], "options '--watch' and '--record' do not go together"),
        (&["--watch", "--fail", "i2c"], "options '--watch' and '--fail' do not go together"),
        (&["--watch", "a.vcd", "b.vcd"], "option '--watch' takes one capture"),
    ] {
        let run = run(arguments);
        assert_eq!(run.err, format!("error: {says}; see --help\n"));
        assert_eq!((run.code, &*run.out), (Some(2), ""));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_takes_nothing_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("linux has it");
    let output = super::program().stdout(full).output().expect("the program was built");
    let says = "error: the output cannot be written: No space left on device (os error 28)\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), says);
    assert_eq!(output.status.code(), Some(1));
}

/// What `cargo run -- $'\xff.vcd'` gives to the program on a system whose names are bytes.
#[cfg(target_os = "linux")]
#[test]
fn a_path_that_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::OsStr::from_bytes(b"\xff.vcd");
    let output = super::program().arg(path).output().expect("the program was built");
    let says = "error: \u{fffd}.vcd: its path is not utf-8 text, so no configuration can hold it\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), says);
    assert_eq!(output.status.code(), Some(2));
}
