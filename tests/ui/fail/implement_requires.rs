// A list of dependencies of one's own making could claim to need nothing, and so hide a cycle and
// everything else from the compiler.

use plugstate::Requires;

struct Nothing;

impl Requires for Nothing {
    type Refs<'a> = ();
    type Links<'a> = ();

    fn follow<'a>(_: Self::Links<'a>) -> Self::Refs<'a> {}
}

fn main() {}
