//! Ten thousand reloads, some of which fail, and faults in between: memory stays flat.
//!
//! A binary of its own, for it looks at the memory of the whole process.
#![cfg(target_os = "linux")]

mod support;

use plugstate::{Manager, Stage};
use support::{Fault, World, plugin};

/// What the process holds in memory, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("it has this line");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

fn reload(world: &World, manager: &Manager, rounds: std::ops::Range<usize>) {
    for round in rounds {
        let name = ["core", "uart", "stats"][round % 3];
        match round % 10 {
            7 => {
                world.fail_calls([(round % 6, Fault::Error)]);
                let _ = manager.reload(name);
                world.heal();
            }
            8 => {
                manager.fault(name, "broken").expect("it is enabled");
                manager.retry(name).expect("nothing fails");
            }
            _ => drop(manager.reload(name).expect("nothing fails")),
        }
        if manager.enabled().len() < 3 {
            // A hook that failed while something stopped or started again.
            for name in ["core", "uart", "stats"] {
                let _ = manager.retry(name);
            }
            assert!(manager.enable_all().expect("nothing fails").is_good());
        }
        world.log();
    }
}

#[test]
fn memory_is_flat_over_ten_thousand_reloads() {
    let world = World::new();
    let manager = world
        .builder([
            plugin("core"),
            plugin("uart").requires("core", "*"),
            plugin("stats").requires("uart", "*"),
        ])
        .journal_capacity(1_000)
        .build()
        .unwrap();
    manager.enable_all().unwrap();
    reload(&world, &manager, 0..1_000);
    let after_a_thousand = resident();
    reload(&world, &manager, 1_000..10_000);
    let after_ten_thousand = resident();
    let grown = after_ten_thousand.saturating_sub(after_a_thousand);
    println!("{after_a_thousand} KiB, then {after_ten_thousand} KiB");
    // 9,000 reloads that lose 64 bytes each would be more than this.
    assert!(grown < 512, "{after_a_thousand} KiB, then {after_ten_thousand} KiB");
    assert!(manager.info("core").unwrap().generation > 3_000);
    assert!(manager.info("core").unwrap().failures.len() <= 16);
    assert_eq!(manager.replay(), manager.snapshot());
    world.fail("core", Stage::Unload, Fault::Error);
    manager.shutdown().unwrap_err();
    assert_eq!(["core", "uart", "stats"].map(|name| world.alive(name)), [0, 0, 0]);
}
