//! A thousand hostile inputs: a typed reason for each, none lost, no panic.

use plugstate::explain::{Cause, Reason};
use plugstate::{Declaration, Resolution, resolve};

/// Texts that are no name, no version and no requirement; each differs from the others.
fn hostile(seed: u32) -> String {
    let tail = format!("{seed}");
    match seed % 10 {
        0 => "x".repeat(300 + seed as usize),
        1 => format!("u\u{430}rt{tail}"),
        2 => format!("a\0b{tail}"),
        3 => format!("\u{202e}{tail}"),
        4 => format!("a\nplugin `b` is fine {tail}"),
        5 => format!("\u{1f600}{tail}"),
        6 => format!("\t{tail} ="),
        7 => format!("{tail}\u{200b}"),
        8 => format!("{tail}\u{7f}`\\\"'"),
        _ => "\u{e9}".repeat(50_000) + &tail,
    }
}

/// The reasons that a plugin has, and that none of their texts could forge a line.
fn causes(resolution: &Resolution, plugin: &str) -> Vec<Cause> {
    let of = resolution.problems().iter().filter(|problem| problem.plugin() == plugin);
    of.map(|problem| {
        let text = problem.to_string();
        assert!(text.chars().all(|c| c.is_ascii_graphic() || c == ' '), "{text:?}");
        assert!(text.len() < 2_000, "{} bytes", text.len());
        problem.reason().cause()
    })
    .collect()
}

#[test]
fn names() {
    let all = || (0..1_000).map(hostile).chain([String::new()]);
    let resolution = resolve(all().map(|name| Declaration::new(name, "1.0.0")));
    assert_eq!((resolution.len(), resolution.order().len()), (1_001, 0));
    assert_eq!(resolution.problems().len(), 1_001);
    for name in all() {
        assert!(
            matches!(resolution.is_blocked(&name), Some(Reason::InvalidName { .. })),
            "{name:?}"
        );
        assert_eq!(causes(&resolution, &name), [Cause::InvalidName]);
    }
}

#[test]
fn versions() {
    let all = || (0..1_000).map(hostile).chain([String::new()]);
    let plugin = |i: usize| format!("p{i}");
    let suite = all().enumerate().map(|(i, version)| Declaration::new(plugin(i), version));
    let resolution = resolve(suite);
    assert_eq!((resolution.len(), resolution.order().len()), (1_001, 0));
    for (i, version) in all().enumerate() {
        assert_eq!(causes(&resolution, &plugin(i)), [Cause::InvalidVersion], "{version:?}");
        assert_eq!(resolution.version(plugin(i)), None);
    }
}

#[test]
fn requirements_and_the_names_that_they_are_for() {
    let plugin = |i: u32| format!("p{i}");
    let suite = (0..1_000).map(|i| {
        // Every second is optional: what cannot be read is wrong all the same.
        let plain = Declaration::new(plugin(i), "1.0.0");
        match i % 2 {
            0 => plain.requires("core", hostile(i)),
            _ => plain.wants(hostile(i), hostile(i)).requires(hostile(i + 1), "*"),
        }
    });
    let resolution = resolve(suite.chain([Declaration::new("core", "1.0.0")]));
    assert_eq!((resolution.len(), resolution.order().len()), (1_001, 1));
    for i in 0..1_000 {
        let causes = causes(&resolution, &plugin(i));
        match i % 2 {
            0 => assert_eq!(causes, [Cause::InvalidRequirement], "{:?}", hostile(i)),
            _ => assert_eq!(causes, [Cause::InvalidRequirement, Cause::Missing]),
        }
    }
}

#[test]
fn a_thousand_claims_to_nothing_are_one_plugin() {
    let resolution = resolve((0..1_000).map(|_| Declaration::new("", "")));
    assert_eq!(resolution.len(), 1);
    assert!(matches!(
        resolution.is_blocked(""),
        Some(Reason::Clash { places }) if places.len() == 1_000
    ));
    assert_eq!(resolution.problems().len(), 1_002);
}
