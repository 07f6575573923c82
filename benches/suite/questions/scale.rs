//! What happens at 10, 1,000, 100,000 and 1,000,000 plugins: time, memory, stack.

use std::time::Instant;

use plugstate::resolve;
use plugstate_benches::idle;
use plugstate_benches::inputs::{self, Input, count};
use plugstate_benches::memory::{self, Counting};
use plugstate_benches::rounds::{short, shown, with_stack};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    bytes();
    stack();
    managers();
}

fn sizes() -> &'static [usize] {
    if short() { &[10, 1_000] } else { &[10, 1_000, 100_000, 1_000_000] }
}

fn bytes() {
    println!("\n### bytes of a resolved graph beside the declarations, which hold the names\n");
    println!(
        "| graph | plugins | edges | bytes | bytes per plugin and edge | goal | most while resolving |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let mut inputs = vec![inputs::deno(1), inputs::npm(1)];
    if !short() {
        inputs.extend([inputs::deno(57), inputs::npm(33)]);
    }
    for &plugins in &sizes()[1..] {
        inputs.extend([inputs::layered(plugins), inputs::chain(plugins), inputs::star(plugins)]);
    }
    for Input { name, declarations } in inputs {
        let input = Input { name, declarations };
        let (name, plugins, edges) = (input.name.clone(), input.plugins(), input.edges());
        let before = memory::used();
        memory::peak();
        let resolution = resolve(input.declarations);
        let (most, after) = (memory::peak() - before, memory::used());
        assert!(!resolution.is_empty());
        let bytes = after.saturating_sub(before);
        let each = bytes as f64 / (plugins + edges) as f64;
        let goal = if each <= 24.0 { "24 met" } else { "24 **missed**" };
        let (plugins, edges) = (count(plugins), count(edges));
        println!(
            "| {name} | {plugins} | {edges} | {} | {each:.1} | {goal} | {} |",
            count(bytes),
            count(most)
        );
    }
}

fn stack() {
    println!("\n### on a stack of 256 KiB\n");
    let plugins = *sizes().last().expect("there are sizes");
    for input in [inputs::chain(plugins), inputs::cycle(plugins)] {
        let Input { name, declarations } = input;
        let (order, cycles) = with_stack(256 << 10, || {
            let resolution = resolve(declarations);
            (resolution.order().len(), resolution.cycles().count())
        });
        println!("- {name}: {} in order, cycles: {cycles}; no overflow", count(order));
    }
}

fn managers() {
    println!("\n### a manager of N idle plugins\n");
    println!(
        "| plugins | build | bytes per plugin, built | enable all | bytes per plugin, enabled | \
         disable and enable one | snapshot | shutdown |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for &plugins in sizes() {
        let registrations = idle::suite(plugins);
        let per = |bytes: usize| count(bytes / plugins);
        let before = memory::used();
        let began = Instant::now();
        let manager = idle::builder(registrations).build().expect("nothing is wrong with it");
        let build = began.elapsed();
        let built = memory::used().saturating_sub(before);
        let began = Instant::now();
        let report = manager.enable_all().expect("it may start");
        let enable = began.elapsed();
        drop(report);
        let enabled = memory::used().saturating_sub(before);
        let last = idle::name(plugins - 1);
        let again = |times: u32| {
            let began = Instant::now();
            for _ in 0..times {
                manager.disable(&last).expect("nobody requires it");
                manager.enable(&last).expect("it does not fail");
            }
            began.elapsed() / times
        };
        again(10);
        let one = again(1_000);
        let began = Instant::now();
        let snapshot = manager.snapshot();
        let look = began.elapsed();
        drop(snapshot);
        let began = Instant::now();
        manager.shutdown().expect("nothing fails");
        let down = began.elapsed();
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            count(plugins),
            shown(build),
            per(built),
            shown(enable),
            per(enabled),
            shown(one),
            shown(look),
            shown(down)
        );
    }
}
