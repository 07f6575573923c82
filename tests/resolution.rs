//! The laws of resolution: canonical, complete, linear, and as a naive reader of the rules has it.

use std::collections::BTreeSet;

use plugstate::explain::{Cause, NameFlaw, Reason, Unmet, Warning};
use plugstate::{Declaration, Need, Place, Resolution, resolve};

#[path = "resolution/graphs.rs"]
mod graphs;
#[path = "resolution/hostile.rs"]
mod hostile;
#[path = "resolution/oracle.rs"]
mod oracle;

trait Clock {}
trait Probe {}

fn at(line: u32) -> Place {
    Place::new("suite.rs", line)
}

/// Everything that a resolution says, as text.
fn everything(resolution: &Resolution) -> String {
    let mut text = format!("order {:?}\n", resolution.order().collect::<Vec<_>>());
    for level in resolution.levels() {
        text += &format!("level {:?}\n", level.collect::<Vec<_>>());
    }
    for plugin in resolution.plugins() {
        text += &format!("{plugin} {:?}\n", resolution.is_blocked(plugin));
        text += &format!("  {:?}\n", resolution.dependencies(plugin).collect::<Vec<_>>());
        text += &format!("  {:?}\n", resolution.dependents(plugin).collect::<Vec<_>>());
    }
    for problem in resolution.problems() {
        text += &format!("{problem}\n{problem:?}\n");
    }
    for warning in resolution.warnings() {
        text += &format!("{warning}\n{warning:?}\n");
    }
    text
}

fn order(resolution: &Resolution) -> Vec<&str> {
    resolution.order().map(|id| id.as_str()).collect()
}

fn permutations(count: usize) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    for i in 0..count {
        all = all
            .iter()
            .flat_map(|p: &Vec<usize>| {
                (0..=i).map(move |at| {
                    let mut p = p.clone();
                    p.insert(at, i);
                    p
                })
            })
            .collect();
    }
    all
}

#[test]
fn a_suite_without_problems_is_told_what_it_wants_in_vain() {
    let resolution = resolve([
        Declaration::new("core", "1.0.0"),
        Declaration::new("uart", "1.0.0").wants("clock", "*").wants("core", "^2"),
    ]);
    assert!(resolution.problems().is_empty());
    let told: Vec<String> = resolution.warnings().iter().map(ToString::to_string).collect();
    // What is not there is no reason to warn, what is there and does not do is.
    assert_eq!(
        told,
        [
            "plugin `uart` goes without `core` ^2, which is optional and is registered in version 1.0.0"
        ]
    );
}

#[test]
fn every_permutation_of_registration_gives_the_same_everything() {
    let suites = [
        vec![
            Declaration::new("a", "1.0.0").requires("b", "*").at(at(1)),
            Declaration::new("b", "1.0.0").wants("c", "*").at(at(2)),
            Declaration::new("c", "1.0.0").requires("a", "*").wants("d", "^2").at(at(3)),
            Declaration::new("d", "1.0.0").provides::<dyn Clock>().at(at(4)),
            Declaration::new("e", "1.0.0").requires_capability::<dyn Clock>().at(at(5)),
            Declaration::new("e2", "x").provides::<dyn Clock>().requires("e3", "*").at(at(6)),
            Declaration::new("b0", "1.0.0").requires("e2", "*").at(at(7)),
        ],
        vec![
            Declaration::new("a", "1.0.0").requires("b", "^1").at(at(1)),
            Declaration::new("a", "2.0.0").wants("b", "^1").at(at(1)),
            Declaration::new("a", "oops").at(at(2)),
            Declaration::new("b", "1.0.0").requires("c", "*").at(at(3)),
            Declaration::new("c", "1.0.0").requires("b", "*").requires("x", "*").at(at(4)),
            Declaration::new("d", "1.0.0").requires("a", "*").at(at(5)),
            Declaration::new("\u{430}", "1.0.0").wants("d", "nonsense").at(at(6)),
        ],
    ];
    for suite in suites {
        let first = everything(&resolve(suite.clone()));
        for permutation in permutations(suite.len()) {
            let permuted = permutation.iter().map(|&i| suite[i].clone());
            assert_eq!(everything(&resolve(permuted)), first, "{permutation:?}");
        }
    }
}

#[test]
fn by_level_and_then_by_name() {
    let resolution = resolve([
        Declaration::new("z", "1.0.0"),
        Declaration::new("a", "1.0.0").requires("m", "*"),
        Declaration::new("m", "1.0.0"),
        Declaration::new("b", "1.0.0").wants("z", "*"),
    ]);
    assert_eq!(order(&resolution), ["m", "z", "a", "b"]);
    assert_eq!(resolution.level("b"), Some(1));
    assert_eq!(resolution.level("z"), Some(0));
    assert_eq!(resolution.level("nobody"), None);
    let dependents: Vec<_> = resolution.dependents("z").collect();
    assert_eq!(dependents, [(&"b".into(), Need::Optional)]);
    assert!(resolution.problems().is_empty() && resolution.warnings().is_empty());
    assert!(resolve([]).is_empty());
}

#[test]
fn all_problems_at_once_each_with_its_reason() {
    let resolution = resolve([
        Declaration::new("a", "1.0.0").requires("sampel", "^1").requires("sampler", "^2"),
        Declaration::new("b", "1.0.0").requires("a", "*"),
        Declaration::new("c", "1.0.0").requires("b", "*"),
        Declaration::new("d", "1.0.0").requires("d", "*"),
        Declaration::new("sampler", "1.0.0").at(at(9)),
    ]);
    let problems: Vec<_> = resolution.problems().iter().map(|p| p.plugin().as_str()).collect();
    assert_eq!(problems, ["a", "a", "b", "c", "d"]);
    let Reason::WrongVersion { found, place, .. } = resolution.problems()[0].reason() else {
        panic!("{:?}", resolution.problems());
    };
    assert_eq!((found.as_str(), *place), ("1.0.0", at(9)));
    let Reason::Missing { nearest, .. } = resolution.problems()[1].reason() else {
        panic!("{:?}", resolution.problems());
    };
    assert_eq!(nearest.as_ref().expect("a name is close"), "sampler");
    let blocked = |by: &'static str| Reason::Blocked {
        by: by.into(),
        root: "a".into(),
        cause: Cause::WrongVersion,
    };
    assert_eq!(resolution.is_blocked("b"), Some(&blocked("a")));
    assert_eq!(resolution.is_blocked("c"), Some(&blocked("b")));
    assert_eq!(order(&resolution), ["sampler"]);
}

#[test]
fn a_name_has_one_owner_and_a_second_names_both_places() {
    let resolution = resolve([
        Declaration::new("uart", "1.0.0").at(at(7)),
        Declaration::new("uart", "oops").at(at(3)),
        Declaration::new("stats", "1.0.0").requires("uart", "*"),
    ]);
    assert_eq!(resolution.len(), 2);
    let clash = Reason::Clash { places: vec![at(3), at(7)] };
    assert_eq!(resolution.is_blocked("uart"), Some(&clash));
    assert!(resolution.problems().iter().any(|p| p.reason().cause() == Cause::InvalidVersion));
    assert!(matches!(resolution.is_blocked("stats"), Some(Reason::Blocked { .. })));
}

#[test]
fn dependencies_on_one_plugin_count_as_one() {
    let resolution = resolve([
        Declaration::new("a", "1.0.0").wants("b", "*").requires("b", "^1"),
        Declaration::new("b", "1.5.0"),
        Declaration::new("c", "1.0.0").wants("b", "^2").requires("b", "*"),
        Declaration::new("d", "1.0.0").wants("b", "^2").wants("b", "*"),
    ]);
    let needs: Vec<_> = resolution.dependencies("a").map(|b| (b.need, b.bound.is_ok())).collect();
    assert_eq!(needs, [(Need::Required, true), (Need::Required, true)]);
    assert!(matches!(resolution.is_blocked("c"), Some(Reason::WrongVersion { .. })));
    assert!(resolution.is_blocked("d").is_none());
    let wrong = Unmet::WrongVersion { found: "1.5.0".into() };
    assert!(resolution.dependencies("d").all(|b| b.bound == Err(wrong.clone())));
    assert_eq!(resolution.warnings().len(), 2);
}

#[test]
fn an_optional_dependency_that_is_absent_is_normal_and_one_that_does_not_do_is_told() {
    let resolution = resolve([
        Declaration::new("a", "1.0.0").wants("nobody", "*"),
        Declaration::new("b", "1.0.0").wants("old", "^2"),
        Declaration::new("c", "1.0.0").wants("broken", "*"),
        Declaration::new("old", "1.0.0"),
        Declaration::new("broken", "1.0.0").requires("nobody", "*"),
    ]);
    let unmet = |plugin| resolution.dependencies(plugin).next().and_then(|b| b.bound.err());
    assert_eq!(unmet("a"), Some(Unmet::Missing));
    assert_eq!(unmet("b"), Some(Unmet::WrongVersion { found: "1.0.0".into() }));
    assert_eq!(unmet("c"), Some(Unmet::Blocked));
    let warned: Vec<_> = resolution.warnings().iter().map(|w| w.plugin().as_str()).collect();
    assert_eq!(warned, ["b", "c"]);
    assert_eq!(order(&resolution), ["a", "b", "c", "old"]);
}

#[test]
fn pre_releases_only_where_asked_for() {
    let with = |requirement: &'static str| {
        let core = Declaration::new("core", "2.0.0-rc.1");
        let resolution =
            resolve([core, Declaration::new("a", "1.0.0").requires("core", requirement)]);
        resolution.is_blocked("a").is_none()
    };
    assert!(with("*") && with("^2.0.0-rc.1") && with("=2.0.0-rc.1"));
    assert!(!with("^2") && !with(">=1.0.0") && !with("^2.0.0-rc.2"));
}

#[test]
fn the_first_provider_by_name_that_can_be_had() {
    let provider = |name: &'static str| Declaration::new(name, "1.0.0").provides::<dyn Clock>();
    let user = || Declaration::new("user", "1.0.0").requires_capability::<dyn Clock>();
    let chosen = |suite: Vec<Declaration>| {
        let resolution = resolve(suite);
        resolution.provider_of::<dyn Clock>("user").map(ToString::to_string)
    };
    assert_eq!(chosen(vec![user(), provider("b"), provider("a")]).as_deref(), Some("a"));
    let broken = provider("a").requires("nobody", "*");
    assert_eq!(chosen(vec![user(), provider("b"), broken]).as_deref(), Some("b"));
    let back = provider("a").requires("user", "*");
    assert_eq!(chosen(vec![user(), provider("b"), back.clone()]).as_deref(), Some("b"));
    assert_eq!(chosen(vec![user().provides::<dyn Clock>()]), None);

    // All of them close a cycle: the first one's is reported.
    let resolution = resolve([user(), back, provider("b").requires("user", "*")]);
    let cycle = resolution.cycles().next().expect("a cycle");
    let path: Vec<_> = cycle.path().iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(path, ["a", "user", "a"]);
    assert!(matches!(resolution.is_blocked("b"), Some(Reason::Blocked { .. })));

    // Two choices in one cycle: moving one is enough, so the other stays first.
    let resolution = resolve([
        Declaration::new("a", "1.0.0").requires_capability::<dyn Clock>().provides::<dyn Probe>(),
        provider("b").requires_capability::<dyn Probe>(),
        provider("c"),
        Declaration::new("d", "1.0.0").provides::<dyn Probe>(),
    ]);
    assert_eq!(resolution.provider_of::<dyn Clock>("a").expect("c"), "c");
    assert_eq!(resolution.provider_of::<dyn Probe>("b").expect("a"), "a");
    assert!(resolution.problems().is_empty());
}

#[test]
fn blocked_by_the_first_by_name_and_told_once() {
    let resolution = resolve([
        Declaration::new("a", "1.0.0").requires("z", "*").requires("b", "*"),
        Declaration::new("b", "oops"),
        Declaration::new("c", "1.0.0").requires("b", "=oops"),
        // What blocks `d` blocks its provider through it: that is not a second problem.
        Declaration::new("d", "1.0.0").requires("no", "*").requires_capability::<dyn Clock>(),
        Declaration::new("e", "1.0.0").provides::<dyn Clock>().requires("d", "*"),
        Declaration::new("z", "oops"),
    ]);
    let blocked =
        Reason::Blocked { by: "b".into(), root: "b".into(), cause: Cause::InvalidVersion };
    assert_eq!(resolution.is_blocked("a"), Some(&blocked));
    assert!(matches!(resolution.is_blocked("c"), Some(Reason::InvalidRequirement { .. })));
    let of_d = resolution.problems().iter().filter(|problem| problem.plugin() == "d");
    assert_eq!(of_d.map(|p| p.reason().cause()).collect::<Vec<_>>(), [Cause::Missing]);
    assert_eq!(resolution.order().len(), 0);
}

#[test]
fn no_provider_says_why_each_was_rejected() {
    let resolution = resolve([
        Declaration::new("a", "1.0.0").provides::<dyn Clock>().requires("nobody", "*"),
        Declaration::new("user", "1.0.0")
            .requires_capability::<dyn Clock>()
            .provides::<dyn Clock>(),
        Declaration::new("lost", "1.0.0").requires_capability::<dyn Probe>(),
    ]);
    let Some(Reason::NoProvider { rejected, .. }) = resolution.is_blocked("user") else {
        panic!("{:?}", resolution.problems());
    };
    assert_eq!(rejected[..], [("a".into(), Unmet::Blocked), ("user".into(), Unmet::Itself)]);
    assert!(
        matches!(resolution.is_blocked("lost"), Some(Reason::NoProvider { rejected, .. }) if rejected.is_empty())
    );
}

#[test]
fn a_required_cycle_blocks_its_members_and_is_reported_once() {
    let resolution = resolve([
        Declaration::new("a", "1.0.0").requires("b", "*").at(at(1)),
        Declaration::new("b", "1.0.0").requires("c", "*").requires("d", "*").at(at(2)),
        Declaration::new("c", "1.0.0").requires("a", "*").at(at(3)),
        Declaration::new("d", "1.0.0").requires("b", "^9").at(at(4)),
        Declaration::new("e", "1.0.0").requires("c", "*"),
        Declaration::new("f", "1.0.0"),
    ]);
    let cycles: Vec<_> = resolution.cycles().collect();
    assert_eq!(cycles.len(), 1);
    // The wrong version is no way out of the cycle: it is reported beside it.
    assert_eq!(cycles[0].path(), [("b".into(), at(2)), ("d".into(), at(4)), ("b".into(), at(2))]);
    assert_eq!(cycles[0].members(), ["a", "b", "c", "d"]);
    assert!(matches!(resolution.is_blocked("c"), Some(Reason::Cycle(_))));
    assert!(matches!(resolution.is_blocked("d"), Some(Reason::WrongVersion { .. })));
    assert!(matches!(
        resolution.is_blocked("e"),
        Some(Reason::Blocked { cause: Cause::Cycle, .. })
    ));
    assert_eq!(order(&resolution), ["f"]);
}

#[test]
fn a_cycle_is_broken_at_its_optional_edge_and_nobody_is_dropped() {
    let resolution = resolve([
        Declaration::new("a", "1.0.0").requires("b", "*").at(at(1)),
        Declaration::new("b", "1.0.0").wants("c", "*").at(at(2)),
        Declaration::new("c", "1.0.0").requires("a", "*").at(at(3)),
        Declaration::new("d", "1.0.0").wants("d", "*").at(at(4)),
    ]);
    assert_eq!(order(&resolution), ["b", "d", "a", "c"]);
    let [
        Warning::CycleBroken { from, to, path },
        Warning::CycleBroken { from: own, to: itself, .. },
    ] = resolution.warnings()
    else {
        panic!("{:?}", resolution.warnings());
    };
    assert_eq!((from.as_str(), to.as_str()), ("b", "c"));
    let names: Vec<_> = path.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(names, ["b", "c", "a", "b"]);
    assert_eq!((own.as_str(), itself.as_str()), ("d", "d"));
    let binding = resolution.dependencies("b").next().expect("declared");
    assert_eq!(binding.bound, Err(Unmet::GivenUp));
    assert!(resolution.problems().is_empty());
}

#[test]
fn an_invalid_name_tells_its_first_wrong_character() {
    let resolution = resolve([Declaration::new("u\u{430}rt", "1.0.0")]);
    let why = NameFlaw::Character { found: '\u{430}', at: 1 };
    assert_eq!(resolution.is_blocked("u\u{430}rt"), Some(&Reason::InvalidName { why }));
    assert_eq!(resolution.len(), 1);
    let names: BTreeSet<_> = resolution.plugins().map(|id| id.as_str()).collect();
    assert!(names.contains("u\u{430}rt"));
}

#[test]
fn what_is_asked_about_a_resolution_is_answered_for_whoever_is_in_it() {
    let resolution = resolve([
        Declaration::new("core", "1.2.3-rc.1+5"),
        Declaration::new("odd", "one"),
        Declaration::new("uart", "1.0.0").requires("core", "*"),
    ]);
    assert!(!resolution.is_empty());
    assert!(resolve([]).is_empty());
    let version = |plugin| resolution.version(plugin).map(|version| version.to_string());
    assert_eq!(version("core").as_deref(), Some("1.2.3-rc.1+5"));
    assert_eq!(version("odd"), None);
    assert_eq!(version("spi"), None);
}

#[test]
fn a_missing_plugin_is_told_once_with_the_version_that_says_something() {
    for requirements in [["*", "^2"], ["^2", "*"]] {
        let declare = |claim: Declaration, requirement| claim.requires("sampler", requirement);
        let claim = requirements.into_iter().fold(Declaration::new("uart", "1.0.0"), declare);
        let resolution = resolve([claim]);
        let told: Vec<String> = resolution.problems().iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("`sampler` ^2"), "{told:?}");
    }
}

#[test]
fn a_dependency_that_is_not_met_says_why_and_how_much_it_is_needed() {
    let resolution = resolve([
        Declaration::new("uart", "1.0.0")
            .requires_capability::<dyn Clock>()
            .wants("ghost", "*")
            .wants("spi", "*"),
        Declaration::new("spi", "1.0.0").wants("ghost", "*").requires("ghost", "^1"),
    ]);
    let told = |plugin| {
        let bindings = resolution.dependencies(plugin);
        bindings.map(|binding| (binding.need, binding.bound.unwrap_err())).collect::<Vec<_>>()
    };
    assert_eq!(
        told("uart"),
        [
            (Need::Required, Unmet::NoProvider),
            (Need::Optional, Unmet::Missing),
            (Need::Optional, Unmet::Blocked),
        ],
    );
    // Where it is required once, it is required.
    assert_eq!(told("spi"), [(Need::Required, Unmet::Missing), (Need::Required, Unmet::Missing)]);
}
