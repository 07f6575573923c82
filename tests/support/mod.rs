//! What tests share beside the kit: plugins with hooks of the test's own, and orders.

#![allow(dead_code, unreachable_pub, unused_imports, reason = "each test binary uses its own part")]

use std::sync::{Arc, OnceLock, Weak};

pub use plugstate::testing::*;
use plugstate::{BoxError, Declaration, DynDeps, DynPlugin, Manager, Registration, Stage};

/// Calls `visit` with every order of the numbers below `n`.
pub fn permute(n: usize, mut visit: impl FnMut(&[usize])) {
    fn place(order: &mut Vec<usize>, fixed: usize, visit: &mut dyn FnMut(&[usize])) {
        if fixed == order.len() {
            return visit(order);
        }
        for at in fixed..order.len() {
            order.swap(fixed, at);
            place(order, fixed + 1, visit);
            order.swap(fixed, at);
        }
    }
    place(&mut (0..n).collect(), 0, &mut visit);
}

/// What a scripted plugin does in each of its hooks.
type Script = dyn Fn(Stage) -> Result<(), BoxError> + Send + Sync;

/// A plugin whose hooks all call one function of the test.
pub struct Scripted(Arc<Script>);

/// The registration of a plugin whose hooks all call `script`.
pub fn scripted(
    declaration: Declaration,
    script: impl Fn(Stage) -> Result<(), BoxError> + Send + Sync + 'static,
) -> Registration {
    let script: Arc<Script> = Arc::new(script);
    Registration::dynamic(declaration, move || {
        script(Stage::Load)?;
        Ok(Scripted(Arc::clone(&script)))
    })
}

impl DynPlugin for Scripted {
    type Config = ();

    fn configure(&mut self, (): ()) -> Result<(), BoxError> {
        (self.0)(Stage::Configure)
    }

    fn enable(&mut self, _: DynDeps<'_>) -> Result<(), BoxError> {
        (self.0)(Stage::Enable)
    }

    fn disable(&mut self) -> Result<(), BoxError> {
        (self.0)(Stage::Disable)
    }

    fn unload(self) -> Result<(), BoxError> {
        (self.0)(Stage::Unload)
    }
}

/// A manager that its own hooks and observers can find.
#[derive(Clone, Default)]
pub struct Finder(Arc<OnceLock<Weak<Manager>>>);

impl Finder {
    /// Makes `manager` the one that is found.
    pub fn show(&self, manager: Manager) -> Arc<Manager> {
        let manager = Arc::new(manager);
        self.0.set(Arc::downgrade(&manager)).expect("a finder finds one manager");
        manager
    }

    /// The manager, in a hook or an observer.
    pub fn find(&self) -> Arc<Manager> {
        let manager = self.0.get().expect("the manager was shown");
        manager.upgrade().expect("the test holds it")
    }
}
