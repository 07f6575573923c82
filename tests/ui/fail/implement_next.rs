// A nineteenth row of the law: a failed plugin could be put back in service, and every invariant
// is proved without that row.

use plugstate::state::{Enabled, Failed, Next, op};

impl Next<op::Enable> for Failed {
    type To = Enabled;
}

fn main() {}
