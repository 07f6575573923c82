//! Interleaved rounds: each measures both sides, one right after the other, and gives one ratio.

use std::time::{Duration, Instant};

/// Ratios of one question, gathered row by row and printed as a Markdown table.
pub struct Table {
    ours: &'static str,
    rows: Vec<Row>,
}

struct Row {
    what: String,
    against: String,
    goal: Option<f64>,
    ratios: Ratios,
    note: String,
}

/// The ratios of some rounds.
#[derive(Clone, Copy, Debug)]
pub struct Ratios {
    pub median: f64,
    pub min: f64,
    pub max: f64,
    pub rounds: usize,
}

impl Ratios {
    pub fn of(mut all: Vec<f64>) -> Self {
        assert!(!all.is_empty());
        all.sort_by(f64::total_cmp);
        Ratios {
            median: all[all.len() / 2],
            min: all[0],
            max: all[all.len() - 1],
            rounds: all.len(),
        }
    }
}

/// Whether this is the smoke run: everything once or twice, on small inputs, and no figure means
/// anything. `--short` on the command line, or `PLUGSTATE_BENCH_SHORT` in the environment.
pub fn short() -> bool {
    std::env::args().any(|argument| argument == "--short")
        || std::env::var_os("PLUGSTATE_BENCH_SHORT").is_some()
}

/// Whether a row is asked for: all are, unless the command line names parts of some, as in
/// `cargo bench --bench resolve -- deno`.
pub fn asked(row: &str) -> bool {
    let mut parts =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).peekable();
    parts.peek().is_none() || parts.any(|part| row.contains(&part))
}

/// How often at most, and for how long, two sides are compared.
fn limits() -> (usize, Duration, Duration) {
    if short() {
        (2, Duration::ZERO, Duration::ZERO)
    } else {
        (31, Duration::from_secs(2), Duration::from_millis(4))
    }
}

/// The time that this thread has spent on a processor: what others do on the machine is not in it.
pub fn cpu() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a timespec that lives until the call returns.
    let answer = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut now) };
    assert_eq!(answer, 0, "the clock of a thread can be read");
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// Measures `work` on what `prepare` makes. Neither making it nor dropping what comes out counts.
pub fn timed<I, O>(prepare: impl Fn() -> I, work: impl Fn(I) -> O) -> impl Fn() -> Duration {
    move || {
        let input = prepare();
        let began = cpu();
        let output = std::hint::black_box(work(std::hint::black_box(input)));
        let took = cpu() - began;
        drop(output);
        took
    }
}

/// The ratios of two sides, each of which says how long it took. A round repeats each side until the
/// second has taken a few milliseconds in all, and the side that comes first changes from round to
/// round.
pub fn ratios(
    mut ours: impl FnMut() -> Duration,
    mut theirs: impl FnMut() -> Duration,
) -> (Ratios, Duration, Duration) {
    let (rounds, limit, least) = limits();
    // The first call of each warms up and sets the number of repetitions. Where it takes long there is
    // nothing to warm up, and it is a round.
    let (first, once) = (ours(), theirs().max(Duration::from_nanos(1)));
    let repeat = (least.as_nanos() / once.as_nanos()).clamp(1, 100_000) as u32;
    let began = Instant::now();
    let mut all = Vec::new();
    let mut sums = (Duration::ZERO, Duration::ZERO);
    if once >= Duration::from_millis(500) {
        all.push(first.as_secs_f64() / once.as_secs_f64());
        sums = (first, once);
    }
    while all.len() < rounds && (all.len() < 3.min(rounds) || began.elapsed() < limit) {
        let mut sum = (Duration::ZERO, Duration::ZERO);
        for _ in 0..repeat {
            if all.len() % 2 == 0 {
                sum.0 += ours();
                sum.1 += theirs();
            } else {
                sum.1 += theirs();
                sum.0 += ours();
            }
        }
        all.push(sum.0.as_secs_f64() / sum.1.as_secs_f64().max(1e-12));
        sums = (sums.0 + sum.0, sums.1 + sum.1);
    }
    let times = all.len() as u32 * repeat;
    (Ratios::of(all), sums.0 / times, sums.1 / times)
}

impl Table {
    pub fn new(ours: &'static str) -> Self {
        Table { ours, rows: Vec::new() }
    }

    /// Compares two sides and adds a row. `goal` is the ratio that is aimed at.
    pub fn compare(
        &mut self,
        what: impl Into<String>,
        against: impl Into<String>,
        goal: impl Into<Option<f64>>,
        ours: impl FnMut() -> Duration,
        theirs: impl FnMut() -> Duration,
    ) -> Ratios {
        let (ratios, mine, other) = ratios(ours, theirs);
        self.add(what, against, goal, ratios, format!("{} / {}", shown(mine), shown(other)));
        ratios
    }

    /// Adds a row of ratios that were measured elsewhere.
    pub fn add(
        &mut self,
        what: impl Into<String>,
        against: impl Into<String>,
        goal: impl Into<Option<f64>>,
        ratios: Ratios,
        note: impl Into<String>,
    ) {
        let row = Row {
            what: what.into(),
            against: against.into(),
            goal: goal.into(),
            ratios,
            note: note.into(),
        };
        eprintln!(
            "{}: {} against {}: {:.3} ({:.3} to {:.3}) {}",
            self.ours,
            row.what,
            row.against,
            row.ratios.median,
            row.ratios.min,
            row.ratios.max,
            row.note
        );
        self.rows.push(row);
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        println!("\n### {}\n", self.ours);
        println!("| what | against | median | min | max | rounds | goal | mean times |");
        println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
        for Row { what, against, goal, ratios, note } in &self.rows {
            let Ratios { median, min, max, rounds } = ratios;
            let goal = goal.map_or("-".to_owned(), |goal| {
                format!("{goal} {}", if *median <= goal { "met" } else { "**missed**" })
            });
            println!(
                "| {what} | {against} | {median:.3} | {min:.3} | {max:.3} | {rounds} | {goal} | {note} |"
            );
        }
    }
}

/// A time with three digits that mean something.
pub fn shown(time: Duration) -> String {
    let nanos = time.as_nanos() as f64;
    match nanos {
        0.0..1e3 => format!("{nanos:.0} ns"),
        1e3..1e6 => format!("{:.2} µs", nanos / 1e3),
        1e6..1e9 => format!("{:.2} ms", nanos / 1e6),
        _ => format!("{:.2} s", nanos / 1e9),
    }
}

/// Runs `work` on a thread with a stack of so many bytes.
pub fn with_stack<R: Send>(bytes: usize, work: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(bytes).spawn_scoped(scope, work);
        thread.expect("there is memory for a stack").join().expect("the work does not panic")
    })
}
