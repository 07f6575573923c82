//! Plugins that are added by hand, in every order: nothing here is linked through `inventory`.

mod support;

use plugstate::{
    BoxError, Deps, Manager, Meta, Plugin, Provider, Registration, TypeKey, registration,
};
use support::{World, permute, plugin};

trait Clock: Send + Sync {
    fn now(&self) -> u64;
}

macro_rules! plugin {
    ($type:ident: $meta:expr, $requires:ty) => {
        struct $type;

        impl Plugin for $type {
            const META: Meta = $meta;
            type Requires = $requires;
            type Config = ();
            type Error = BoxError;

            fn load() -> Result<Self, BoxError> {
                Ok($type)
            }

            fn enable(&mut self, _: Deps<'_, Self>) -> Result<(), BoxError> {
                Ok(())
            }
        }
    };
}

plugin!(Core: Meta::new("core", "1.0.0"), ());
plugin!(Uart: Meta::new("uart", "1.0.0").wants(&[("script", "*")]), (Core, Provider<dyn Clock>));
plugin!(Quartz: Meta::new("quartz", "1.0.0"), ());
plugin!(Crystal: Meta::new("crystal", "1.0.0"), (Core,));

impl Clock for Quartz {
    fn now(&self) -> u64 {
        1
    }
}

impl Clock for Crystal {
    fn now(&self) -> u64 {
        2
    }
}

#[test]
fn nothing_is_discovered_where_nothing_is_registered() {
    assert!(Manager::builder().discover().build().unwrap().resolution().is_empty());
}

#[test]
fn every_order_of_adding_gives_the_same_suite() {
    let world = World::new();
    let script = world.probe(plugin("script").wants("zz", "*"));
    let seen: std::cell::RefCell<Option<_>> = std::cell::RefCell::default();
    let mut permutations = 0;
    permute(5, |order| {
        let add = |builder: plugstate::Builder, &which: &usize| match which {
            0 => builder.add::<Core>(),
            1 => builder.register(registration!(Uart)),
            2 => builder.register(registration!(Quartz as dyn Clock)),
            3 => builder.register(registration!(Crystal as dyn Clock)),
            _ => builder.register(script.clone()),
        };
        let manager = order.iter().fold(Manager::builder().threads(1), add).build().unwrap();
        let report = manager.enable_all().unwrap();
        assert!(report.is_good());
        let clocks: Vec<_> =
            manager.services::<dyn Clock>().map(|(id, c)| (id.clone(), c.now())).collect();
        let resolution = manager.resolution();
        let picture = (
            report.to_string(),
            resolution.order().cloned().collect::<Vec<_>>(),
            resolution.provider_of::<dyn Clock>("uart").cloned(),
            manager.snapshot(),
            manager.events(0).iter().map(ToString::to_string).collect::<Vec<_>>(),
            clocks,
        );
        let mut seen = seen.borrow_mut();
        assert_eq!(*seen.get_or_insert_with(|| picture.clone()), picture);
        permutations += 1;
    });
    assert_eq!(permutations, 120);
    let (_, order, provider, _, events, clocks) = seen.into_inner().expect("there were some");
    assert_eq!(order, ["core", "quartz", "script", "crystal", "uart"]);
    assert_eq!(provider.expect("there are two"), "crystal");
    assert_eq!(events.len(), 30);
    assert_eq!(clocks, [("crystal".into(), 2), ("quartz".into(), 1)]);
}

#[test]
fn a_registration_shows_what_it_declares() {
    let uart: Registration = registration!(Uart as dyn Send);
    let declared = uart.declaration();
    assert_eq!((declared.id().as_str(), declared.version()), ("uart", "1.0.0"));
    assert_eq!(declared.capabilities(), [TypeKey::of::<dyn Send>()]);
    assert_eq!(declared.key(), Some(TypeKey::of::<Uart>()));
    assert_eq!(declared.dependencies().len(), 3);
    assert_eq!(declared.place().file(), "tests/registry_by_hand.rs");

    let line = line!() + 1;
    let manager = Manager::builder().add::<Core>().build().unwrap();
    assert_eq!(manager.info("core").unwrap().place.line(), line);
}
