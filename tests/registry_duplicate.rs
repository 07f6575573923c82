//! A program in which two registered plugins claim one name.

use plugstate::{BoxError, Error, Manager, Meta, Outcome, Place, Plugin};

macro_rules! plugin {
    ($type:ident: $meta:expr) => {
        struct $type;

        impl Plugin for $type {
            const META: Meta = $meta;
            type Requires = ();
            type Config = ();
            type Error = BoxError;

            fn load() -> Result<Self, BoxError> {
                Ok($type)
            }
        }
    };
}

plugin!(Uart: Meta::new("uart", "1.0.0"));
plugin!(OtherUart: Meta::new("uart", "2.0.0"));
plugin!(Stats: Meta::new("stats", "1.0.0").requires(&[("uart", "*")]));
plugin!(Report: Meta::new("report", "1.0.0").requires(&[("stats", "*")]));
plugin!(Clock: Meta::new("clock", "1.0.0").wants(&[("uart", "*")]));

const FIRST: u32 = line!() + 1;
plugstate::register!(Uart);
plugstate::register!(Report);
plugstate::register!(Stats);
plugstate::register!(Clock);
const SECOND: u32 = line!() + 1;
plugstate::register!(OtherUart);

fn place(line: u32) -> Place {
    Place::new(file!(), line)
}

#[test]
fn two_owners_of_a_name_are_refused_with_both_places() {
    let refused = Manager::builder().discover().build().unwrap_err();
    let Error::Link(problems) = &refused else { panic!("{refused}") };
    let texts: Vec<_> = problems.iter().map(ToString::to_string).collect();
    let (first, second) = (place(FIRST), place(SECOND));
    let (report, stats) = (place(FIRST + 1), place(FIRST + 2));
    assert_eq!(
        texts,
        [
            format!(
                "plugin `report` ({report}) requires `stats`, which is blocked because `uart` is \
                 registered more than once"
            ),
            format!("plugin `stats` ({stats}) requires `uart`, which is registered more than once"),
            format!(
                "plugin `uart` ({first}) is registered 2 times, at {first} and at {second}: a name \
                 has one owner, so rename or remove all but one"
            ),
        ]
    );
    assert_eq!(refused.to_string(), format!("3 problems:\n  - {}", texts.join("\n  - ")));
    assert_eq!(first.to_string(), format!("tests/registry_duplicate.rs:{FIRST}"));
}

#[test]
fn both_and_what_requires_them_are_blocked_and_the_rest_runs() {
    let manager = Manager::builder().discover().build_partial();
    let report = manager.enable_all().unwrap();
    for blocked in ["uart", "stats", "report"] {
        assert!(matches!(report.outcome(blocked), Some(Outcome::Unresolved(_))), "{blocked}");
        assert!(matches!(manager.enable(blocked), Err(Error::Blocked { .. })), "{blocked}");
    }
    assert_eq!(manager.enabled(), ["clock"]);
    let warnings: Vec<_> = manager.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings, ["plugin `clock` goes without `uart`, which is optional and is blocked"]);
    assert!(manager.get::<Uart>().is_err() && manager.get::<OtherUart>().is_err());
}

#[test]
fn discovering_twice_is_discovering_once() {
    let refused = Manager::builder().discover().discover().build().unwrap_err();
    let Error::Link(problems) = refused else { panic!("{refused}") };
    let once = Manager::builder().discover().build().unwrap_err();
    let Error::Link(once) = once else { panic!("{once}") };
    assert_eq!(problems.to_string(), once.to_string());
}
