//! How close does a boot come to what its hooks need, and does the machinery for it cost anything?

use std::collections::HashMap;
use std::time::{Duration, Instant};

use plugstate::{
    BoxError, Declaration, DynDeps, DynPlugin, EventKind, Manager, PluginId, Registration,
};
use plugstate_benches::idle;
use plugstate_benches::inputs::{Random, count};
use plugstate_benches::rounds::{Ratios, Table, short, shown};

fn main() {
    bound();
    empty();
}

/// A plugin that takes its time when it is enabled.
struct Slow(Duration);

impl DynPlugin for Slow {
    type Config = ();

    fn enable(&mut self, _: DynDeps<'_>) -> Result<(), BoxError> {
        std::thread::sleep(self.0);
        Ok(())
    }
}

/// 200 plugins of 1 to 20 ms; each requires up to three before it.
fn slow(plugins: usize, threads: usize) -> Manager {
    let mut random = Random(11);
    let registrations = (0..plugins).map(|at| {
        let time = Duration::from_micros(1_000 + random.below(19_001) as u64);
        let mut on: Vec<_> = (0..random.below(4)).map(|_| random.below(at.max(1))).collect();
        on.sort_unstable();
        on.dedup();
        on.retain(|&on| on < at);
        let start = Declaration::new(idle::name(at), "1.0.0");
        let declaration = on.into_iter().fold(start, |d, on| d.requires(idle::name(on), "*"));
        Registration::dynamic(declaration, move || Ok::<_, BoxError>(Slow(time)))
    });
    let builder = idle::builder(registrations).threads(threads).journal_capacity(plugins * 32);
    builder.build().expect("nothing is wrong with it")
}

fn bound() {
    let mut table =
        Table::new("boot of 200 plugins of 1 to 20 ms against the bound from the measured hooks");
    let (plugins, rounds) = if short() { (20, 1) } else { (200, 5) };
    for threads in [2, 8] {
        let (mut first, mut again) = (Vec::new(), Vec::new());
        let mut bounds = Vec::new();
        for _ in 0..rounds {
            let manager = slow(plugins, threads);
            for ratios in [&mut first, &mut again] {
                let from = manager.snapshot().next_seq;
                let began = Instant::now();
                manager.enable_all().expect("it may start");
                let took = began.elapsed();
                let bound = least(&manager, from, threads);
                ratios.push(took.as_secs_f64() / bound.as_secs_f64());
                bounds.push(bound);
                manager.shutdown().expect("nothing fails");
            }
        }
        let note = format!("bound {}", shown(bounds[bounds.len() / 2]));
        let against = "the larger of critical path and total / threads";
        let what = format!("{threads} threads, first boot: times unknown");
        table.add(what, against, 1.02, Ratios::of(first), note.clone());
        let what = format!("{threads} threads, second boot: times known");
        table.add(what, against, 1.02, Ratios::of(again), note);
    }
}

/// The larger of the critical path and the total over the threads, from what the hooks took.
fn least(manager: &Manager, from: u64, threads: usize) -> Duration {
    let mut took: HashMap<PluginId, Duration> = HashMap::new();
    for event in manager.events(from) {
        if matches!(event.kind, EventKind::DidLoad | EventKind::DidConfigure | EventKind::DidEnable)
        {
            *took.entry(event.plugin).or_insert(Duration::ZERO) += event.took.unwrap_or_default();
        }
    }
    let mut ends: HashMap<PluginId, Duration> = HashMap::new();
    for id in manager.resolution().order() {
        let below = manager.resolution().dependencies(id);
        let start = below.filter_map(|binding| ends.get(binding.bound.ok()?)).max().copied();
        ends.insert(id.clone(), start.unwrap_or_default() + took[id]);
    }
    let critical = ends.values().max().copied().unwrap_or_default();
    critical.max(took.values().sum::<Duration>() / threads as u32)
}

fn empty() {
    let mut table =
        Table::new("boot of plugins with empty hooks against a serial boot (wall time)");
    let sizes: &[usize] = if short() { &[100] } else { &[100, 1_000, 10_000, 100_000] };
    for &plugins in sizes {
        let build = || idle::builder(idle::suite(plugins));
        let serial = build().threads(1).build().expect("nothing is wrong with it");
        let boot = |manager: &Manager| {
            let began = Instant::now();
            manager.enable_all().expect("it may start");
            let took = began.elapsed();
            manager.shutdown().expect("nothing fails");
            took
        };
        let others = [
            ("as it comes", build()),
            ("threads(2)", build().threads(2)),
            ("threads(8)", build().threads(8)),
        ];
        for (name, builder) in others {
            let manager = builder.build().expect("nothing is wrong with it");
            let what = format!("{}, {name}", count(plugins));
            table.compare(what, "threads(1)", 1.0, || boot(&manager), || boot(&serial));
        }
    }
}
