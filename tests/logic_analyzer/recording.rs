//! What `--record` writes down: the lives of the plugins, which were lawful.

use std::fs::{self, File};
use std::io::BufReader;

use plugstate::Phase;
use plugstate::testing::replay;

use super::{file, run};

#[test]
fn the_record_of_a_run_is_lawful() {
    let record = file("run.jsonl", "");
    let run = run(&["--fail", "sampler", "--record", &record]);
    assert_eq!((run.code, &*run.err), (Some(0), ""));
    let replayed = replay(BufReader::new(File::open(&record).unwrap())).unwrap();
    assert_eq!((replayed.first(), replayed.is_closed()), (0, true));
    assert_eq!(replayed.snapshot().plugins.len(), 7);
    assert!(replayed.snapshot().plugins.iter().all(|it| it.phase == Phase::Discovered));
    let text = fs::read_to_string(&record).unwrap();
    assert_eq!(
        text.matches(r#""plugin":"sampler","generation":1,"event":"DidFail","stage":"run""#)
            .count(),
        1
    );
}

#[test]
fn a_record_that_cannot_be_written_is_a_failure() {
    let run = run(&["--record", "no such folder/run.jsonl"]);
    assert_eq!(run.code, Some(1));
    let line = "error: no such folder/run.jsonl: the record cannot be written: ";
    assert!(run.err.starts_with(line), "{}", run.err);
}
