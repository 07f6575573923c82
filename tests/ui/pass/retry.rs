// What failed is handed back, unloaded and tried again, whatever the hook.

use std::sync::atomic::{AtomicBool, Ordering};

use plugstate::{BoxError, Deps, Failed, Meta, Plugin, Stage, discover};

static JAMMED: AtomicBool = AtomicBool::new(true);

struct Port;

fn jammed() -> Result<(), BoxError> {
    if JAMMED.load(Ordering::Relaxed) { Err("jammed".into()) } else { Ok(()) }
}

impl Plugin for Port {
    const META: Meta = Meta::new("port", "1.0.0");
    type Requires = ();
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        jammed().map(|()| Port)
    }

    fn enable(&mut self, (): Deps<'_, Self>) -> Result<(), BoxError> {
        jammed()
    }

    fn unload(self) -> Result<(), BoxError> {
        jammed()
    }
}

fn main() -> Result<(), Failed<Port>> {
    let failed = discover::<Port>().load().unwrap_err();
    assert_eq!(failed.stage(), Stage::Load);
    let Ok(port) = failed.into_handle().unload() else { panic!("there was no instance to unload") };

    JAMMED.store(false, Ordering::Relaxed);
    let port = port.load()?.configure(())?;

    JAMMED.store(true, Ordering::Relaxed);
    let failed = port.enable(()).unwrap_err();
    assert_eq!(failed.stage(), Stage::Enable);
    let (port, error) = failed.into_parts();
    assert_eq!(error.to_string(), "jammed");
    let failed = port.unload().unwrap_err();
    assert_eq!(failed.stage(), Stage::Unload);

    JAMMED.store(false, Ordering::Relaxed);
    let port = failed.into_handle(); // discovered: the instance is gone all the same
    let port = port.load()?.configure(())?.enable(())?;
    let _ = port.disable()?;
    Ok(())
}
