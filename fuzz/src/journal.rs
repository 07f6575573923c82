//! Target `journal`: any text is a record of a life, or is refused in words; a record of a real life is
//! lawful, and one that was tampered with is not.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use plugstate::testing::{Replayed, World, host, replay};
use plugstate::{Backoff, Restart};

use super::operations::History;
use super::printable;

/// A life that is recorded, and what is then done to the record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// How many events the journal keeps.
    pub capacity: u8,
    /// What is done to the record.
    pub tampering: Tampering,
    /// To which of its lines of events; taken modulo their number.
    pub line: u8,
    /// The life.
    pub history: History,
}

/// What somebody does to a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tampering {
    /// Nothing.
    #[default]
    None,
    /// A line is left out.
    Drop,
    /// A line comes twice.
    Repeat,
    /// A line comes after the one that follows it.
    Swap,
    /// It ends with a line.
    Cut,
    /// A line ends in the middle.
    Break,
}

const TAMPERINGS: [Tampering; 6] = [
    Tampering::None,
    Tampering::Drop,
    Tampering::Repeat,
    Tampering::Swap,
    Tampering::Cut,
    Tampering::Break,
];

impl<'a> Arbitrary<'a> for Recorded {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let [capacity, tampering, line] = <[u8; 3]>::arbitrary(input)?;
        let tampering = TAMPERINGS[usize::from(tampering) % TAMPERINGS.len()];
        Ok(Recorded { capacity, tampering, line, history: History::arbitrary(input)? })
    }
}

impl Recorded {
    /// The input that is read as this, if there is one.
    #[must_use]
    pub fn encode(&self) -> Option<Vec<u8>> {
        let tampering = TAMPERINGS.iter().position(|it| *it == self.tampering)?;
        let head = [1, self.capacity, u8::try_from(tampering).ok()?, self.line];
        Some([&head[..], &self.history.encode()?].concat())
    }
}

/// Reads an input: whether it is a text or a life, then that.
///
/// # Panics
///
/// If anything does not hold.
pub fn check(input: &[u8]) {
    let Some((&head, rest)) = input.split_first() else { return };
    if head & 1 == 0 {
        text(rest);
    } else if let Ok(recorded) = Recorded::arbitrary(&mut Unstructured::new(rest)) {
        life(&recorded);
    }
}

/// Replays a record twice; answers what came of it.
fn replayed(record: &[u8]) -> Result<Replayed, String> {
    let first = replay(record).map_err(|refused| refused.to_string());
    let again = replay(record).map_err(|refused| refused.to_string());
    assert_eq!(first, again, "the same record is judged in two ways");
    if let Err(refused) = &first {
        refused.lines().for_each(printable);
        let lines = record.split(|&byte| byte == b'\n').count() as u64 + 1;
        for line in refused.lines().filter_map(|line| line.strip_prefix("line ")) {
            let number = line.split(|c: char| !c.is_ascii_digit()).next().expect("there is one");
            let number: u64 = number.parse().expect("a line has a number");
            assert!((1..=lines).contains(&number), "of {lines} lines: {refused}");
        }
    }
    first
}

/// What is a record may end after each of its lines.
fn text(record: &[u8]) {
    let Ok(whole) = replayed(record) else { return };
    let ends = (0..record.len()).filter(|&at| record[at] == b'\n').collect::<Vec<_>>();
    // All of them would be quadratic.
    for &end in ends.iter().rev().take(8) {
        let part = replayed(&record[..=end]).expect("the beginning of a lawful record is lawful");
        assert_eq!(part.first(), whole.first());
        assert!(part.events() <= whole.events());
        assert!(part.snapshot().next_seq <= whole.snapshot().next_seq);
    }
}

/// What was recorded while it happened.
type Lines = Arc<Mutex<Vec<String>>>;

fn life(recorded: &Recorded) {
    let History { suite, setup, steps } = &recorded.history;
    let world = World::new();
    let told = Lines::default();
    let tell = Arc::clone(&told);
    let policy = Restart::OnFailure {
        max: setup.restarts.into(),
        within: Duration::from_secs(1_000),
        backoff: Backoff::starting_with(Duration::from_secs(1)),
    };
    let builder = host()
        .clock(|| Duration::ZERO)
        .threads(if setup.two_threads { 2 } else { 1 })
        .journal_capacity(recorded.capacity.into())
        .restart_all(policy)
        .observe(move |event| tell.lock().expect("nobody panics with it").push(event.to_json()));
    let manager = suite.add_to(builder, &world, 0..suite.parts.len()).build_partial();
    told.lock().expect("nobody panics with it").push(manager.record().opening().to_owned());
    for (at, step) in steps.iter().enumerate() {
        world.fail_calls(step.faults.iter().map(|&(call, fault)| (call.into(), fault)));
        let _ = step.command.run(&manager, suite.parts.len());
        world.fail_calls([]);
        assert_eq!(manager.replay(), manager.snapshot(), "after {step}\nin {}", recorded.history);
        // After every step it would be most of the time.
        if at % 16 == 3 {
            lawful(&manager.record().to_string(), &manager.snapshot(), recorded);
        }
    }
    let record = manager.record().to_string();
    lawful(&record, &manager.snapshot(), recorded);
    let all = told.lock().expect("nobody panics with it").join("\n");
    lawful(&all, &manager.snapshot(), recorded);
    tampered(&record, recorded);
}

/// The record of a real life is lawful, and leads to where the manager is.
fn lawful(record: &str, snapshot: &plugstate::Snapshot, recorded: &Recorded) {
    let replayed = replay(record.as_bytes());
    let replayed =
        replayed.unwrap_or_else(|why| panic!("{why}\nin\n{record}\nof {}", recorded.history));
    assert_eq!(replayed.snapshot(), snapshot, "{record}\nof {}", recorded.history);
}

/// A line that is missing, comes twice or is out of place is noticed; an end is not.
fn tampered(record: &str, recorded: &Recorded) {
    let mut lines: Vec<&str> = record.lines().collect();
    // Between the line that declares the suite and the one that closes the record.
    let events = lines.len() - 2;
    let Some(at) = usize::from(recorded.line).checked_rem(events).map(|at| at + 1) else { return };
    let is_last = at == events;
    let is_lawful = match recorded.tampering {
        Tampering::None => true,
        Tampering::Drop => {
            lines.remove(at);
            false
        }
        Tampering::Repeat => {
            lines.insert(at, lines[at]);
            false
        }
        Tampering::Swap => {
            lines.swap(at, at + 1);
            false
        }
        Tampering::Cut => {
            lines.truncate(at + 1);
            true
        }
        Tampering::Break => {
            lines[at] = &lines[at][..lines[at].len() / 2];
            false
        }
    };
    let tampered = lines.join("\n");
    let answer = replayed(tampered.as_bytes());
    let what = recorded.tampering;
    assert_eq!(
        answer.is_ok(),
        is_lawful,
        "{what:?} {at} (last: {is_last}): {answer:?}\n{tampered}"
    );
}
