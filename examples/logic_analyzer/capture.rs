//! A logic capture: its signals by name, and what each of them did.

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) use super::capture_error::CaptureError;
use super::edges::Trace;
use super::vcd_reader::{self, Contents};

/// What a logic analyzer saw.
#[derive(Debug, Clone, Default)]
pub(crate) struct Capture {
    path: PathBuf,
    /// Each signal's path and the index of its trace. Several paths can share a trace: a simulator
    /// writes a wire that runs through several modules once.
    names: Vec<(String, usize)>,
    traces: Vec<Trace>,
}

impl Capture {
    /// Reads a VCD file. All of it is held in memory while it is read.
    ///
    /// Times are in nanoseconds; what happens within one nanosecond is taken as its outcome. A
    /// level `x` or `z` is read as high, as is a signal before its first value: a line that nobody
    /// drives is held high by its pull-up on all three buses (a UART rests high, chip select is
    /// active low, I2C is open-drain by definition).
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the file; see [`CaptureError`]. A last line without its end counts as
    /// truncated, since nobody can tell whether the rest of a number is missing.
    pub(crate) fn read(path: impl AsRef<Path>) -> Result<Self, CaptureError> {
        let path = path.as_ref();
        match fs::read(path) {
            Ok(bytes) => Self::parse(path, &bytes),
            Err(source) => Err(CaptureError::Io { path: path.to_owned(), source }),
        }
    }

    /// Reads the contents of a VCD file; the path is for the errors only. As [`Capture::read`].
    pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Self, CaptureError> {
        if bytes.trim_ascii().is_empty() {
            return Err(CaptureError::Empty { path: path.to_owned() });
        }
        if let Err(error) = std::str::from_utf8(bytes) {
            let breaks = bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count();
            return Err(CaptureError::NotText { path: path.to_owned(), line: breaks as u64 + 1 });
        }
        let Contents { names, traces } = vcd_reader::read(path, bytes)?;
        Ok(Self { path: path.to_owned(), names, traces })
    }

    /// The file that it was read from.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How long it lasts, from its first moment to its last. All signals last equally long.
    pub(crate) fn span_ns(&self) -> u64 {
        self.traces.first().map_or(0, |trace| trace.end_ns() - trace.start_ns())
    }

    /// How many signals there are; one that has several paths counts once.
    pub(crate) fn signal_count(&self) -> usize {
        self.traces.len()
    }

    /// How many edges there are on all signals together.
    pub(crate) fn edge_count(&self) -> usize {
        self.traces.iter().map(Trace::edge_count).sum()
    }

    /// The same capture with all its signals as [`Trace::deglitch`] leaves them.
    #[must_use]
    pub(crate) fn deglitch(&self, min_ns: u64) -> Self {
        let traces = self.traces.iter().map(|trace| trace.deglitch(min_ns)).collect();
        Self { path: self.path.clone(), names: self.names.clone(), traces }
    }

    /// The paths of all signals, in the order of the file.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(name, _)| name.as_str())
    }

    /// What a signal did; by its path, `scope.signal`, or by the end of its path if only one signal
    /// ends so.
    ///
    /// # Errors
    ///
    /// [`CaptureError::NoSuchSignal`] and [`CaptureError::Ambiguous`].
    pub(crate) fn trace(&self, wanted: &str) -> Result<&Trace, CaptureError> {
        let whole: Vec<_> = self.names.iter().filter(|(name, _)| name == wanted).collect();
        let ends = |name: &str| name.strip_suffix(wanted).is_some_and(|scope| scope.ends_with('.'));
        let fitting = match whole.is_empty() {
            true => self.names.iter().filter(|(name, _)| ends(name)).collect(),
            false => whole,
        };
        let path = self.path.clone();
        let wanted = wanted.to_owned();
        match fitting.as_slice() {
            [] => Err(CaptureError::NoSuchSignal {
                path,
                wanted,
                names: self.names().map(str::to_owned).collect(),
            }),
            [(_, first), rest @ ..] if rest.iter().all(|(_, other)| other == first) => {
                Ok(&self.traces[*first])
            }
            several => {
                let names = several.iter().map(|(name, _)| name.clone()).collect();
                Err(CaptureError::Ambiguous { path, wanted, names })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    const TWO_SCOPES: &str = r##"$timescale 10 ns $end
$scope module top $end
$var wire 1 ! clk $end
$scope module a $end $var wire 1 ! clk $end $var wire 1 " rx $end $upscope $end
$scope module b $end $var wire 1 # rx $end $var wire 8 $ bus $end $upscope $end
$upscope $end
$enddefinitions $end
#5
0!
x"
z#
b10101010 $
#6
1! 0"
#7
b0 !
#9
"##;

    fn parse(text: &str) -> Result<Capture, CaptureError> {
        Capture::parse(Path::new("x.vcd"), text.as_bytes())
    }

    fn message(text: &str) -> String {
        parse(text).expect_err("the text of this test is wrong").to_string()
    }

    #[test]
    fn times_are_nanoseconds_and_undriven_lines_are_high() {
        let capture = parse(TWO_SCOPES).unwrap();
        let clk = capture.trace("top.clk").unwrap();
        assert_eq!((clk.start_ns(), clk.end_ns()), (50, 90));
        assert_eq!([50, 59, 60, 70].map(|t| clk.level_at(t)), [false, false, true, false]);
        let a = capture.trace("top.a.rx").unwrap();
        assert_eq!([50, 60].map(|t| a.level_at(t)), [true, false], "x is high");
        assert!(capture.trace("top.b.rx").unwrap().level_at(90), "z is high");
    }

    #[test]
    fn a_signal_goes_by_its_path_or_the_end_of_it() {
        let capture = parse(TWO_SCOPES).unwrap();
        assert_eq!(
            capture.names().collect::<Vec<_>>(),
            ["top.clk", "top.a.clk", "top.a.rx", "top.b.rx"]
        );
        assert_eq!(capture.trace("clk").unwrap(), capture.trace("top.a.clk").unwrap());
        assert!(capture.trace("b.rx").is_ok());
        assert_eq!(
            capture.trace("rx").unwrap_err().to_string(),
            "x.vcd: \"rx\" can be any of top.a.rx, top.b.rx: give the whole path"
        );
        assert_eq!(
            capture.trace("tx").unwrap_err().to_string(),
            "x.vcd: has no signal \"tx\", only top.clk, top.a.clk, top.a.rx, top.b.rx"
        );
    }

    #[test]
    fn finer_times_are_rounded_down_and_their_outcome_kept() {
        let text = "$timescale 1ps $end $var wire 1 ! a $end $enddefinitions $end
#0 1! #1000 0! #1400 1! #1900 0! #2100 1! #3000
";
        let capture = parse(text).unwrap();
        let times: Vec<_> = capture.trace("a").unwrap().edges().map(|edge| edge.at_ns).collect();
        assert_eq!(times, [1, 2]);
    }

    #[test]
    fn every_error_names_its_line() {
        let vars = "$timescale 1ns $end\n$var wire 1 ! a $end\n";
        let body = |rest: &str| format!("{vars}$enddefinitions $end\n{rest}");
        assert_eq!(message(" \n"), "x.vcd: is empty");
        assert_eq!(message(vars), "x.vcd:2: the file is truncated: it ends in the header");
        assert_eq!(
            message("$var wire 1 ! a $end $enddefinitions $end\n"),
            "x.vcd:1: the header has no $timescale"
        );
        let wide = "$timescale 1 ns $end\n$var wire 8 ! a $end\n$enddefinitions $end\n";
        assert_eq!(message(wide), "x.vcd:3: the header declares no one-bit signal");
        assert_eq!(message(&body("")), "x.vcd:3: there is no timestamp after the header");
        assert_eq!(message(&body("#10\n1!\n#9\n")), "x.vcd:6: time goes backwards, from #10 to #9");
        assert_eq!(
            message(&body("#10\n1?\n")),
            "x.vcd:5: a value for the id `?`, which the header does not declare"
        );
        assert_eq!(
            message(&body("#10\n1!\n#1")),
            "x.vcd:6: the file is truncated: it ends in the middle of a command"
        );
        let dump = body("#0\n$dumpvars\n1!\n");
        assert_eq!(
            message(&dump),
            "x.vcd:6: the file is truncated: it ends in $dumpvars, before its $end"
        );
        assert_eq!(message(&body("#10\n@\n")), "x.vcd:5: unexpected character at start of command");
        assert_eq!(
            message(&body("#10\nr1.5 !\n")),
            "x.vcd:5: a value that is not of one bit for the one-bit signal a"
        );
        assert_eq!(
            message(&body("#10\n$upscope $end\n")),
            "x.vcd:5: a declaration after the header"
        );
        assert_eq!(message("$upscope $end\n"), "x.vcd:1: $upscope without a $scope");
        assert_eq!(message("$timescale 0 ns $end\n"), "x.vcd:1: the $timescale is 0");
        let long =
            "$timescale 100 s $end $var wire 1 ! a $end $enddefinitions $end\n#999999999999\n";
        assert_eq!(
            message(long),
            "x.vcd:2: #999999999999 is later than the latest time that can be held, 584 years"
        );
    }

    #[test]
    fn bytes_that_are_no_text_and_files_that_are_not_there() {
        let error = Capture::parse(Path::new("x.vcd"), b"$date\n\xff\n").unwrap_err();
        assert_eq!(error.to_string(), "x.vcd:2: is not utf-8 text, so it is no vcd file");
        let error = Capture::read("no/such.vcd").unwrap_err();
        assert_eq!(error.to_string(), "no/such.vcd: cannot be read");
        assert!(error.source().is_some(), "the operating system says why");
    }

    #[test]
    fn scopes_nested_without_end_are_refused() {
        let error = message(&"$scope module a $end\n".repeat(100_000));
        assert_eq!(error, "x.vcd:513: the path of this scope is longer than 1024 bytes");
    }
}
