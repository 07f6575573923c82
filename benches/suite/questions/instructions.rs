//! One piece of work, so and so often, for a tool that counts instructions or looks where the time goes:
//! `instructions WORK TIMES [PLUGINS]`.
//! Preparing costs the same whatever TIMES is, so the difference of two runs is the work.

use std::hint::black_box;

use plugstate::{BoxError, Declaration, Manager, Meta, Plugin, resolve};
use plugstate_benches::{best, chain, idle, inputs};

struct Service(u64);

impl Plugin for Service {
    const META: Meta = Meta::new("service", "1.0.0");
    type Requires = ();
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Service(7))
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let work = arguments.next().expect("what to do");
    let times: u64 = arguments.next().and_then(|times| times.parse().ok()).expect("how often");
    let plugins = arguments.next().map_or(1_000, |plugins| plugins.parse().expect("how many"));
    match work.as_str() {
        "typestate" => repeat(times, |at| black_box(chain::typestate(at)).is_ok()),
        "bare" => repeat(times, |at| black_box(chain::bare(at)).is_ok()),
        "dutiful" => repeat(times, |at| black_box(chain::dutiful(at)).is_ok()),
        "resolve_1000" => resolves(times, inputs::layered(1_000).declarations),
        "resolve_deno" => resolves(times, inputs::deno(1).declarations),
        "best_1000" => bests(times, inputs::layered(1_000).declarations),
        "best_deno" => bests(times, inputs::deno(1).declarations),
        "operation" => {
            let manager = manager(plugins);
            // Half of what this counts is the `enable`, half the `disable`.
            repeat(times, |_| {
                manager.enable("plugin-000500").is_ok() && manager.disable("plugin-000500").is_ok()
            });
            std::mem::forget(manager);
        }
        "build" => repeat(times, |_| {
            std::mem::forget(black_box(manager(plugins)));
            true
        }),
        "start" | "start_100" => {
            // All registrations are there before the first manager is built, and none is dropped.
            let plugins = if work == "start" { plugins } else { 100 };
            let registrations = || (0..plugins).map(|at| idle::registration(at, [])).collect();
            let mut copies: Vec<Vec<_>> = (0..8).map(|_| registrations()).collect();
            repeat(times, |_| {
                let builder = idle::builder(copies.pop().expect("there are enough")).threads(1);
                let manager = builder.build().expect("nothing is wrong");
                let started = manager.enable_all().is_ok();
                std::mem::forget(manager);
                started
            });
            std::mem::forget(copies);
        }
        "life" => {
            let manager = manager(plugins);
            repeat(times, |_| manager.enable_all().is_ok() && manager.shutdown().is_ok());
            std::mem::forget(manager);
        }
        "read" => {
            let manager = Manager::builder().add::<Service>().build().expect("nothing is wrong");
            manager.enable("service").expect("it does not fail");
            repeat(times, |_| {
                manager.get::<Service>().is_ok_and(|service| service.0 == black_box(7))
            });
            std::mem::forget(manager);
        }
        other => panic!("`{other}` is nothing that can be counted"),
    }
}

fn resolves(times: u64, declarations: Vec<Declaration>) {
    // All copies are there before the first is resolved, and none is dropped.
    let mut copies = vec![declarations; 8];
    repeat(times, |_| {
        let declarations = copies.pop().expect("there are enough");
        std::mem::forget(black_box(resolve(declarations)));
        true
    });
    std::mem::forget(copies);
}

/// The peer of `resolve`, to be held against it.
fn bests(times: u64, declarations: Vec<Declaration>) {
    repeat(times, |_| black_box(best::order(&declarations)).len() == declarations.len());
}

fn manager(plugins: usize) -> Manager {
    let idle = (0..plugins).map(|at| idle::registration(at, []));
    // On one thread: the same instructions every time.
    idle::builder(idle).threads(1).build().expect("nothing is wrong")
}

fn repeat(times: u64, mut work: impl FnMut(u64) -> bool) {
    for at in 0..times {
        assert!(work(at), "it does not fail");
    }
}
