//! Captures that can be decoded: those of the repository, and others with a configuration.

use super::{file, ours, program, read, run};

const ALL_ENABLED: [(&str, &str); 7] = [
    ("capture", "Enabled"),
    ("sampler", "Enabled"),
    ("i2c", "Enabled"),
    ("spi", "Enabled"),
    ("uart", "Enabled"),
    ("stats", "Enabled"),
    ("report", "Enabled"),
];

#[test]
fn without_arguments_everything_of_the_repository_is_decoded() {
    let run = run(&[]);
    assert_eq!((run.code, &*run.err), (Some(0), ""));
    let headings: Vec<_> = run.out.lines().filter(|line| line.starts_with("capture ")).collect();
    assert_eq!(
        headings,
        ["bench.vcd", "noisy_uart.vcd", "sensor.vcd"]
            .map(|name| format!("capture {}", ours(&format!("captures/{name}"))))
    );
    let report = [
        "report",
        "  examples/logic_analyzer/captures/bench.vcd: 1436.270 us, 7 lines, 176 glitches removed",
        "    i2c      16 frames   50.1 % busy  ! 1 x nobody answers to this address",
        "    spi       6 frames    2.8 % busy  ! 1 x aborted after 5 of 8 bits",
        "    uart     14 frames   84.6 % busy  ! 1 x framing error: the stop bit is low",
        "  examples/logic_analyzer/captures/noisy_uart.vcd: 3858.030 us, 1 line, 720 glitches removed",
        "    uart     41 frames   92.2 % busy  ! 1 x framing error: the stop bit is low",
        "  examples/logic_analyzer/captures/sensor.vcd: 441.210 us, 6 lines, 52 glitches removed",
        "    i2c      21 frames   58.5 % busy  ! 1 x the byte was not accepted",
        "    spi       6 frames    9.5 % busy",
    ];
    assert_eq!(run.section("report"), report);
}

#[test]
fn plugins_come_in_canonical_order_and_rest_where_they_are_not_asked_for() {
    let run = run(&[]);
    assert_eq!(run.plugins(&ours("captures/bench.vcd")), ALL_ENABLED);
    let mut noisy = ALL_ENABLED;
    (noisy[2].1, noisy[3].1) = ("Disabled", "Disabled");
    assert_eq!(run.plugins(&ours("captures/noisy_uart.vcd")), noisy);
    let mut sensor = ALL_ENABLED;
    sensor[4].1 = "Disabled";
    assert_eq!(run.plugins(&ours("captures/sensor.vcd")), sensor);
}

#[test]
fn the_table_of_plugins_tells_version_times_and_dependencies() {
    let run = run(&[]);
    let table = run.section("capture ");
    assert_eq!(table[1], "plugins, in the order in which they start");
    let columns = "  plugin   version  phase             load   configure      enable  \
                   stands on (or wants)";
    assert_eq!(table[2], columns);
    for (line, (name, version, on)) in table[3..10].iter().zip([
        ("capture", "1.0.0", "-"),
        ("sampler", "1.2.0", "capture"),
        ("i2c", "1.0.0", "sampler ^1.0"),
        ("spi", "1.0.1", "sampler ^1.0"),
        ("uart", "1.1.0", "sampler ^1.2"),
        ("stats", "0.3.0", "(sampler), (i2c), (spi), (uart)"),
        ("report", "0.2.0", "stats"),
    ]) {
        assert!(line.starts_with(&format!("  {name:<8} {version:<8} Enabled ")), "{line}");
        assert_eq!(line.matches(" us").count(), 3, "{line}");
        assert!(line.ends_with(&format!(" us  {on}")), "{line}");
    }
}

#[test]
fn the_bench_says_plugstate_and_has_a_fault_on_each_bus() {
    let run = run(&[&ours("captures/bench.vcd")]);
    assert_eq!((run.code, &*run.err), (Some(0), ""));
    assert!(run.out.contains("\ntext on the uart: \"plugstate\\r\\n\u{fffd}OK\"\n"));
    let faults: Vec<_> =
        run.section("frames").into_iter().filter(|line| line.contains('!')).collect();
    assert_eq!(
        faults,
        [
            "     297.750 us  spi   mosi 14 miso 00  ! aborted after 5 of 8 bits",
            "     595.550 us  i2c   write 2a nack  ! nobody answers to this address",
            "    1025.710 us  uart  21 '!'  ! framing error: the stop bit is low",
        ]
    );
    let frames = run.section("frames");
    assert_eq!(frames[1], "      20.050 us  uart  70 'p'");
    assert_eq!(frames.len(), 1 + 36 + 1, "heading, 14 + 6 + 16 frames, text");
}

#[test]
fn the_noisy_uart_is_read_through_its_noise() {
    let run = run(&["--config", &ours("captures/noisy_uart.toml")]);
    assert_eq!((run.code, &*run.err), (Some(0), ""));
    let text = "text on the uart: \"the motor is running \u{fffd}and still we talk\\r\\n\"";
    assert_eq!(run.section("frames").last(), Some(&text));
}

#[test]
fn the_sensors_are_read_in_the_mode_that_the_configuration_says() {
    let run = run(&["--config", &ours("captures/sensor.toml")]);
    assert_eq!((run.code, &*run.err), (Some(0), ""));
    let spi: Vec<_> =
        run.section("frames").into_iter().filter(|line| line.contains(" spi ")).collect();
    assert_eq!(
        spi,
        [
            "      32.030 us  spi   mosi 80 miso 00",
            "      40.590 us  spi   mosi 00 miso e5",
            "      49.150 us  spi   mosi 00 miso 1b",
            "      57.710 us  spi   mosi 00 miso 03",
            "     118.250 us  spi   mosi 2d miso 00",
            "     126.810 us  spi   mosi 08 miso 00",
        ]
    );
    let nack = "     195.690 us  i2c   data 00 nack  ! the byte was not accepted";
    assert!(run.section("frames").contains(&nack));
}

#[test]
fn a_file_and_a_configuration_of_ones_own() {
    let capture = file("own.vcd", read("captures/bench.vcd"));
    let config = file("own.toml", "[uart]\nbaud = 115_207\n");
    let run = run(&[&capture, "--config", &config]);
    assert_eq!((run.code, &*run.err), (Some(0), ""));
    assert!(run.out.contains("\ntext on the uart: \"plugstate\\r\\n\u{fffd}OK\"\n"));
    let left_out = ("i2c", "Discovered");
    assert_eq!(run.plugins(&capture)[2], left_out, "no table, no decoder");
}

#[test]
fn a_configuration_alone_decodes_the_bench() {
    let config = file("alone.toml", "[i2c]\n");
    let run = run(&[&format!("--config={config}")]);
    assert_eq!((run.code, &*run.err), (Some(0), ""));
    assert_eq!(run.section("frames").len(), 1 + 16);
}

#[test]
fn the_output_is_the_same_each_time_apart_from_hook_times() {
    let steady = || {
        let out = run(&[]).out;
        let lines = out.lines().filter(|line| line.matches(" us").count() < 3);
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(steady(), steady());
}

#[test]
fn events_are_told_on_the_standard_error() {
    let run = run(&["--events", &ours("captures/bench.vcd")]);
    assert_eq!(run.code, Some(0));
    let events: Vec<_> = run.err.lines().collect();
    assert_eq!(events[0], "#0 capture#1 will load");
    assert_eq!(
        events.last(),
        Some(&format!("#{} capture#1 did unload", events.len() - 1).as_str())
    );
    let at = |event: &str| events.iter().position(|line| line.ends_with(event)).expect(event);
    assert!(at("sampler#1 did enable") < at("uart#1 will enable"));
    assert!(at("uart#1 did enable") < at("stats#1 will enable"), "wanted ones come first, too");
    assert!(at("report#1 did disable") < at("stats#1 will disable"));
    assert!(at("uart#1 did disable") < at("sampler#1 will disable"));
}

#[test]
fn help_is_no_error() {
    let run = run(&["--help"]);
    assert_eq!((run.code, &*run.err), (Some(0), ""));
    assert!(run.out.starts_with("Decodes UART, SPI and I2C from captures of a logic analyzer.\n"));
    for option in [
        "FILE.vcd",
        "--config",
        "--events",
        "--fail",
        "--watch",
        "--changes",
        "--help",
        "Exit code:",
    ] {
        assert!(run.out.contains(option), "{option}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_makes_no_panic() {
    let (reader, writer) = std::io::pipe().expect("there are pipes");
    drop(reader);
    let output = program().stdout(writer).output().expect("the program was built");
    assert_eq!((output.status.code(), &*output.stderr), (Some(0), &b""[..]));
}
