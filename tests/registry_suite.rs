//! A suite over two crates that both stand in `Cargo.toml`, of which the program names one alone.

use plugstate::{Manager, Phase, Place};

plugstate::link!(linked);

#[test]
fn a_crate_that_is_named_brings_its_plugins() {
    let manager = Manager::builder().discover().expect(["linked"]).build().unwrap();
    let ids: Vec<_> = manager.resolution().plugins().map(ToString::to_string).collect();
    assert_eq!(ids, ["linked"]);
    manager.enable("linked").unwrap();
    assert_eq!(manager.phase("linked").unwrap(), Phase::Enabled);
    assert!(
        manager.info("linked").unwrap().place.file().ends_with("tests/suite/linked/src/lib.rs")
    );
}

#[test]
fn a_crate_that_is_not_named_is_missed_by_expect_which_says_what_to_write() {
    let line = line!() + 1;
    let builder = Manager::builder().discover().expect(["linked", "forgotten"]);
    let refused = builder.build().unwrap_err();
    let place = Place::new(file!(), line);
    assert_eq!(
        refused.to_string(),
        format!(
            "plugin `forgotten` ({place}) is expected, but not linked: a crate that is never named \
             in the program registers nothing, so name the crate that has it, as in \
             `plugstate::link!(crate_name);`, or add it to the builder"
        )
    );
}

#[test]
fn what_is_missed_keeps_nothing_else_from_running() {
    let manager =
        Manager::builder().discover().expect(["forgotten", "linked", "forgotten"]).build_partial();
    assert_eq!(manager.problems().len(), 1, "one for each plugin, however often it is expected");
    assert!(manager.enable_all().unwrap().is_good());
    assert_eq!(manager.enabled(), ["linked"]);
}
