//! What `--fail` tells: a plugin that broke, and what still works without it.

use super::{ours, run};

#[test]
fn without_the_uart_the_others_go_on() {
    let run = run(&["--fail", "uart", &ours("captures/bench.vcd")]);
    assert_eq!((run.code, &*run.err), (Some(0), ""));
    let before = run.section("frames");
    let after = run.section("failing uart");
    assert_eq!(
        after[..4],
        [
            "failing uart",
            "  `uart` is Failed: plugin `uart` failed to run: told to fail by --fail; \
             `dyn logic_analyzer::plugins::Decoder` is still provided by `i2c`, `spi`; mend the \
             cause, then retry `uart`",
            "  still at work: capture, sampler, i2c, spi, stats, report",
            "frames",
        ]
    );
    // All frames of the others, and nothing of the uart: neither its frames nor its text.
    let others = |line: &&str| line.contains(" us  i2c ") || line.contains(" us  spi ");
    let of_others: Vec<_> = before.into_iter().filter(others).collect();
    assert_eq!(of_others.len(), 16 + 6);
    assert_eq!(after[4..], of_others);
    let report = run.section("report");
    assert_eq!(report.len(), 1 + 4, "what was counted before stays counted: {report:?}");
}

#[test]
fn with_the_sampler_stops_what_stands_on_it() {
    let run = run(&["--fail", "sampler", &ours("captures/bench.vcd")]);
    assert_eq!((run.code, &*run.err), (Some(0), ""));
    assert_eq!(
        run.section("failing sampler"),
        [
            "failing sampler",
            "  `sampler` is Failed: plugin `sampler` failed to run: told to fail by --fail; with it \
             stopped `i2c`, `spi`, `uart`; mend the cause, then retry `sampler`",
            "  `i2c` is Disabled because of `sampler`; see to `sampler` first",
            "  `spi` is Disabled because of `sampler`; see to `sampler` first",
            "  `uart` is Disabled because of `sampler`; see to `sampler` first",
            "  still at work: capture, stats, report",
            "frames",
        ]
    );
}

#[test]
fn the_next_capture_is_decoded_by_a_new_instance() {
    let run = run(&["--fail", "uart"]);
    assert_eq!((run.code, &*run.err), (Some(0), ""));
    assert_eq!(run.plugins(&ours("captures/noisy_uart.vcd"))[4], ("uart", "Enabled"));
    assert!(run.out.contains(
        "\nfailing uart\n  it does not run on this capture: it is Discovered\n\nreport\n"
    ));
    assert!(run.section("report").contains(
        &"    uart     41 frames   92.2 % busy  ! 1 x framing error: the stop bit is low"
    ));
}

#[test]
fn a_plugin_that_is_unknown_cannot_fail() {
    for (name, says) in [
        ("nobody", "no plugin is called `nobody`"),
        ("usrt", "no plugin is called `usrt`; did you mean `uart`?"),
    ] {
        let run = run(&["--fail", name]);
        assert_eq!(run.err, format!("error: {says}\n"));
        assert_eq!((run.code, &*run.out), (Some(2), ""));
    }
}
