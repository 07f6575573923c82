// A plugin that never leaves its thread may hold what cannot be sent. `Failed` holds the plugin, so it
// becomes a `Box<dyn Error>`, which asks for neither `Send` nor `Sync`.

use std::cell::RefCell;
use std::error::Error;
use std::rc::Rc;

use plugstate::{BoxError, Meta, Plugin, discover};

struct Local {
    lines: Rc<RefCell<Vec<&'static str>>>,
}

impl Plugin for Local {
    const META: Meta = Meta::new("local", "1.0.0");
    type Requires = ();
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Local { lines: Rc::default() })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let local = discover::<Local>().load()?.configure(())?.enable(())?;
    let lines = Rc::clone(&local.lines);
    local.lines.borrow_mut().push("in service");
    let _ = local.disable()?.unload()?;
    assert_eq!(*lines.borrow(), ["in service"]);
    Ok(())
}
