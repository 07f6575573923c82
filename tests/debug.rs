//! What the types that are no plain data show of themselves where a test fails or a developer looks.

use plugstate::testing::strategies::suites;
use plugstate::testing::{Conformance, FakeHost, Faults, Probe, World, host, plugin};
use plugstate::{BoxError, Manager, Meta, Plugin, registration};

#[derive(Debug)]
struct Uart;

impl Plugin for Uart {
    const META: Meta = Meta::new("uart", "1.2.0");
    type Requires = ();
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Uart)
    }
}

#[test]
fn a_manager_shows_how_many_plugins_it_has_and_which_are_enabled() {
    let manager = Manager::builder().add::<Uart>().build().unwrap();
    assert_eq!(format!("{manager:?}"), "Manager { plugins: 1, enabled: [], .. }");
    let report = manager.enable_all().unwrap();
    assert_eq!(format!("{manager:?}"), r#"Manager { plugins: 1, enabled: ["uart"], .. }"#);
    let shown = format!("{report:?}");
    let outcomes = r#"[("uart", Moved { from: Discovered, to: Enabled })]"#;
    assert!(
        shown.starts_with(&format!("Report {{ outcomes: {outcomes}, overdue: [], took: ")),
        "{shown}"
    );
    assert_eq!(format!("{:?}", manager.get::<Uart>().unwrap()), "Uart");
}

#[test]
fn a_registration_shows_what_it_declares() {
    let shown = format!("{:?}", registration!(Uart));
    assert!(shown.starts_with("Registration(Declaration {"), "{shown}");
    assert!(shown.contains(r#"id: "uart", version: "1.2.0""#), "{shown}");
}

#[test]
fn the_kit_shows_whom_it_is_about() {
    let shown = format!("{:?}", Conformance::of::<Uart>().config(()));
    assert!(shown.starts_with("Conformance { plugin: Registration(Declaration {"), "{shown}");
    assert!(
        shown.contains("given: [], configs: [Null], cases: ") && shown.ends_with(", .. }"),
        "{shown}"
    );
    let shown = format!("{:?}", FakeHost::of::<Uart>());
    assert!(shown.starts_with("FakeHostBuilder { under_test: [Registration("), "{shown}");
    assert!(shown.ends_with("given: [], .. }"), "{shown}");
    assert_eq!(format!("{:?}", Faults::new()), "Faults { world: World { alive: {}, .. }, .. }");
    assert!(format!("{:?}", suites(3)).starts_with("Made"));
}

#[test]
fn a_world_shows_who_is_alive_in_it() {
    let world = World::new();
    let manager = host().register(world.probe(plugin("core"))).build().unwrap();
    manager.enable_all().unwrap();
    assert_eq!(format!("{world:?}"), r#"World { alive: {"core": 1}, .. }"#);
    assert_eq!(Probe::table().into_iter().collect::<Vec<_>>(), [("value", 1)]);
}
