//! Does a chain of typestate transitions cost more than the bare calls? `scripts/instructions` counts
//! the instructions; this measures the time.

use std::hint::black_box;

use plugstate_benches::chain;
use plugstate_benches::rounds::{Table, short, timed};

fn main() {
    let times = if short() { 100 } else { 100_000 };
    let repeat = |life: fn(u64) -> Result<u64, plugstate::BoxError>| {
        timed(
            || (),
            move |()| (0..times).map(|by| life(black_box(by)).expect("it does not fail")).max(),
        )
    };
    let mut table = Table::new("a chain of typestate transitions against the bare calls (time)");
    table.compare(
        "load to unload",
        "the hooks",
        None,
        repeat(chain::typestate),
        repeat(chain::bare),
    );
    table.compare(
        "load to unload",
        "the hooks, and unload whatever happens",
        None,
        repeat(chain::typestate),
        repeat(chain::dutiful),
    );
}
