// A ninth state is outside the law: a handle in it would be neither stopped nor unloaded by
// anything.

use plugstate::Phase;
use plugstate::state::State;

enum Limbo {}

impl State for Limbo {
    const PHASE: Phase = Phase::Enabled;
}

fn main() {}
