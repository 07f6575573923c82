//! What does it cost to borrow a running plugin, from one thread and from several?

use std::any::Any;
use std::hint::black_box;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use plugstate::{BoxError, Manager, Meta, Plugin};
use plugstate_benches::rounds::{Table, cpu, short};

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

/// What a program would have that did this by hand.
struct Erased(Box<dyn Any + Send + Sync>);

fn main() {
    let manager = Manager::builder().add::<Service>().build().expect("nothing is wrong with it");
    manager.enable("service").expect("it does not fail");
    let swap = ArcSwap::from_pointee(Service(7));
    let erased = ArcSwapOption::from_pointee(Erased(Box::new(Service(7))));
    let get = || manager.get::<Service>().expect("it is enabled").0;
    let load = || swap.load().0;
    let typed = || {
        let lease = erased.load();
        let erased: &Arc<Erased> = lease.as_ref().expect("it is there");
        erased.0.downcast_ref::<Service>().expect("it is one").0
    };
    let mut table = Table::new("a read of a running plugin (processor time of all threads)");
    let threads: &[usize] = if short() { &[2] } else { &[1, 2, 4, 8] };
    for &threads in threads {
        let on = if threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") };
        let what = format!("get on {on}");
        table.compare(
            &what,
            "load of an ArcSwap",
            None,
            || all(threads, &get),
            || all(threads, &load),
        );
        let goal = (threads > 1).then_some(2.0);
        let against = "load of an ArcSwapOption, downcast";
        table.compare(&what, against, goal, || all(threads, &get), || all(threads, &typed));
    }
}

/// The time that the threads spend on a processor, in all, each with the same number of reads.
fn all(threads: usize, read: &(impl Fn() -> u64 + Sync)) -> Duration {
    let reads = if short() { 1_000 } else { 200_000 };
    let barrier = Barrier::new(threads);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    let began = cpu();
                    let sum: u64 = (0..reads).map(|_| black_box(read())).sum();
                    black_box(sum);
                    cpu() - began
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().expect("it does not panic")).sum()
    })
}
