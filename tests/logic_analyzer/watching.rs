//! What `--watch` takes over, what it refuses, and what it keeps.

#[cfg(not(feature = "watch"))]
#[test]
fn without_the_feature_nothing_is_watched() {
    for arguments in [&["--watch"][..], &["--watch", "no/such.vcd", "--config", "no/such.toml"]] {
        let run = super::run(arguments);
        assert_eq!(
            run.err,
            "error: --watch needs the feature `watch`, and this program was built without it: cargo \
             run --release --features watch --example logic_analyzer -- --watch [FILE.vcd] [--config \
             FILE.toml]\n"
        );
        assert_eq!((run.code, &*run.out), (Some(2), ""));
    }
}

#[cfg(feature = "watch")]
mod with_the_feature {
    use std::fs;
    use std::io::{BufRead, BufReader, Lines, Read};
    use std::process::{Child, ChildStdout, Stdio};

    use crate::{file, ours, program, run};

    /// The program while it watches a configuration. What it does is waited for by its lines.
    struct Watch {
        child: Child,
        lines: Lines<BufReader<ChildStdout>>,
        config: String,
    }

    impl Watch {
        /// Decodes the bench, and comes back when the watch has begun.
        fn start(name: &str, config: &str, changes: u32) -> Self {
            let config = file(name, config);
            let mut child = program()
                .args(["--watch", &ours("captures/bench.vcd"), "--config", &config])
                .args(["--changes", &changes.to_string()])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("the program was built");
            let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
            let mut watch = Watch { child, lines, config };
            let begun = format!("watching {}", watch.config);
            while watch.section() != [&*begun] {}
            watch
        }

        /// The lines up to the next empty one.
        fn section(&mut self) -> Vec<String> {
            let mut section = Vec::new();
            loop {
                match self.lines.next() {
                    Some(line) => match line.expect("the program prints text") {
                        line if line.is_empty() => return section,
                        line => section.push(line),
                    },
                    None => {
                        let mut err = String::new();
                        let stderr = self.child.stderr.as_mut().expect("it is piped");
                        stderr.read_to_string(&mut err).expect("the program prints text");
                        panic!("the program has ended: {section:?}, {err}");
                    }
                }
            }
        }

        /// Replaces the configuration in one step, and answers what the program says to it.
        fn change(&mut self, config: &str) -> Vec<String> {
            let new = format!("{}.new", self.config);
            fs::write(&new, config).expect("the folder can be written to");
            fs::rename(&new, &self.config).expect("a file can be renamed in its folder");
            self.section()
        }

        /// What is told after the last change: exit code, report, errors without the file's name.
        fn end(mut self) -> (Option<i32>, Vec<String>, Vec<String>) {
            let report = self.lines.by_ref().map(|line| line.expect("the program prints text"));
            let report = report.collect();
            let mut err = String::new();
            let stderr = self.child.stderr.as_mut().expect("it is piped");
            stderr.read_to_string(&mut err).expect("the program prints text");
            let code = self.child.wait().expect("the program has ended").code();
            let front = format!("error: {}:", self.config);
            let err = err.lines().map(|line| line.strip_prefix(&front).unwrap_or(line).to_owned());
            (code, report, err.collect())
        }
    }

    impl Drop for Watch {
        fn drop(&mut self) {
            // It has ended already, unless the test has failed.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    #[test]
    fn a_changed_table_replaces_its_decoder_and_keeps_the_statistics() {
        let mut watch = Watch::start("live.toml", "[i2c]\n[uart]\n", 2);
        assert_eq!(
            watch.change("[i2c]\n[uart]\nbaud = 57_600\n"),
            [
                "change 1",
                "  uart: Enabled -> Enabled, replaced by instance 2",
                "statistics",
                "  i2c: 16 frames, 16 in 1 instance",
                "  uart: 6 frames, 20 in 2 instances",
                "text on the uart: \"\u{fffd}\u{fffd}\u{fffd}\\u{13}\u{fffd}\u{e6}\"",
            ]
        );
        assert_eq!(
            watch.change("[i2c]\n[uart]\nbaud = 115_200\n"),
            [
                "change 2",
                "  uart: Enabled -> Enabled, replaced by instance 3",
                "statistics",
                "  i2c: 16 frames, 16 in 1 instance",
                "  uart: 14 frames, 34 in 3 instances",
                "text on the uart: \"plugstate\\r\\n\u{fffd}OK\"",
            ]
        );
        let (code, report, err) = watch.end();
        assert_eq!((code, err.len()), (Some(0), 0), "{err:?}");
        // The bench was decoded three times, and the report tells of each.
        assert_eq!(report.len(), 1 + 3 * 3);
        assert_eq!(report[0], "report");
        assert!(report[3].starts_with("    uart     14 frames"), "{report:?}");
        assert!(report[6].starts_with("    uart      6 frames"), "{report:?}");
        assert!(report[9].starts_with("    uart     14 frames"), "{report:?}");
    }

    #[test]
    fn what_cannot_be_used_changes_nothing_until_it_is_mended() {
        let mut watch = Watch::start("broken.toml", "[uart]\n", 6);
        let unchanged = |number: u32| {
            [
                format!("change {number}"),
                "  nothing was replaced".to_owned(),
                "statistics".to_owned(),
                "  uart: 14 frames, 14 in 1 instance".to_owned(),
                "text on the uart: \"plugstate\\r\\n\u{fffd}OK\"".to_owned(),
            ]
        };
        assert_eq!(watch.change("[uart]\nbaud 9600\n"), unchanged(1));
        assert_eq!(watch.change("[uart]\n\nbaud = \"fast\"\n"), unchanged(2));
        assert_eq!(watch.change("[uart]\nbaud = 0\n"), unchanged(3));
        assert_eq!(watch.change("[uart]\nline = \"rx\"\n"), unchanged(4));
        let _ = watch.change("[uart]\nbuad 9600\n");
        let mended = watch.change("[uart]\nbaud = 115_207\n");
        assert!(mended[1].starts_with("  uart: Enabled -> Enabled, replaced by instance "));
        assert_eq!(mended[3], "  uart: 14 frames, 28 in 2 instances");
        let (code, _, err) = watch.end();
        assert_eq!(
            err,
            [
                "2:6: key with no value, expected `=`; what it said before stays in force",
                "3: config of plugin `uart`, key `baud`: invalid type: string \"fast\", expected u32",
                "2: plugin `uart` failed to configure: baud must be between 1 and 100000000, got 0",
                "2: plugin `uart` failed to enable: line: examples/logic_analyzer/captures/bench.vcd: \
                 has no signal \"rx\", only bench.uart_tx, bench.spi_cs, bench.spi_sclk, \
                 bench.spi_mosi, bench.spi_miso, bench.i2c_scl, bench.i2c_sda",
                "2:6: key with no value, expected `=`; what it said before stays in force",
            ]
        );
        assert_eq!(code, Some(0), "all was well in the end");
    }

    #[test]
    fn a_decoder_runs_for_as_long_as_it_has_a_table() {
        let mut watch = Watch::start("tables.toml", "[uart]\n", 4);
        assert_eq!(
            watch.change("[uart]\n[spi]\n")[1..5],
            [
                "  spi: Discovered -> Enabled",
                "statistics",
                "  spi: 6 frames, 6 in 1 instance",
                "  uart: 14 frames, 14 in 1 instance",
            ]
        );
        assert_eq!(
            watch.change("[spi]\n[can]\n"),
            [
                "change 2",
                "  uart: Enabled -> Enabled, replaced by instance 2",
                "  uart: Enabled -> Disabled",
                "statistics",
                "  spi: 6 frames, 6 in 1 instance",
            ]
        );
        let back = watch.change("[spi]\n[uart]\nbaud = 57_600\n[can]\n");
        assert_eq!(back[back.len() - 2], "  uart: 6 frames, 34 in 3 instances", "{back:?}");
        let dead = watch.change("[spi]\n[uart]\nbaud = 57_600\n[i2c]\nsda = \"x\"\n");
        assert_eq!(dead[1], "  nothing was replaced", "{dead:?}");
        let (code, _, err) = watch.end();
        let can = "no plugin is called `can`, so its table is left alone";
        assert_eq!(err[..2], [format!("2: {can}"), format!("4: {can}")]);
        let sda = "5: plugin `i2c` failed to enable: sda: examples/logic_analyzer/captures/bench.vcd: \
                   has no signal \"x\", only ";
        assert!(err[2].starts_with(sda), "{err:?}");
        assert_eq!(
            (code, err.len()),
            (Some(1), 3),
            "the last change was not taken over as a whole"
        );
    }

    #[test]
    fn another_sampler_makes_the_decoders_decode_again() {
        let mut watch = Watch::start("sampler.toml", "[spi]\n[uart]\n", 1);
        assert_eq!(
            watch.change("[spi]\n[uart]\n[sampler]\ndeglitch_ns = 0\n")[1..6],
            [
                "  sampler: Enabled -> Enabled, replaced by instance 2",
                "  spi: restarted",
                "  uart: restarted",
                "statistics",
                "  spi: 8 frames, 14 in 1 instance",
            ]
        );
        assert_eq!(watch.end().0, Some(0));
    }

    #[test]
    fn a_decoder_that_failed_is_tried_again_when_its_table_changes() {
        let mut watch = Watch::start("failed.toml", "[uart]\nline = \"rx\"\n", 1);
        assert_eq!(
            watch.change("[uart]\n")[1..4],
            ["  uart: Failed -> Enabled", "statistics", "  uart: 14 frames, 14 in 1 instance",]
        );
        let (code, _, err) = watch.end();
        assert_eq!((code, err.len()), (Some(0), 1), "{err:?}");
    }

    #[test]
    fn a_configuration_that_is_wrong_from_the_start_is_refused() {
        let config = file("watch_refused.toml", "[uart]\nbuad = 9600\n");
        let run = run(&["--watch", "--config", &config]);
        assert!(
            run.err.starts_with(&format!("error: {config}:2: config of plugin `uart`, key `buad`"))
        );
        assert_eq!((run.code, &*run.out), (Some(2), ""));
    }
}
