// A row from a state that the law does not know: its `To` could be `Enabled`, reached from
// nowhere.

use plugstate::state::{Enabled, Next, op};

enum Limbo {}

impl Next<op::Enable> for Limbo {
    type To = Enabled;
}

fn main() {}
