// The count of an `Rc` is not atomic: two threads would lose an increment, and free what the other
// one still uses.

use std::rc::Rc;

use plugstate::state::Loaded;
use plugstate::{BoxError, Handle, Meta, Plugin};

struct Local(Rc<()>);

impl Plugin for Local {
    const META: Meta = Meta::new("local", "1.0.0");
    type Requires = ();
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Local(Rc::new(())))
    }
}

fn evil(local: Handle<'static, Local, Loaded>) {
    std::thread::spawn(move || drop(local));
}

fn main() {}
