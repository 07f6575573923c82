// A dependency of one's own making could receive a reference without showing an enabled handle, so
// nothing would be kept in service for it.

use plugstate::Requirement;

struct Anything;

impl Requirement for Anything {
    type Ref<'a> = ();
    type Link<'a> = ();

    fn follow<'a>(_: Self::Link<'a>) -> Self::Ref<'a> {}
}

fn main() {}
