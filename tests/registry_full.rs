//! A program with a whole suite of registered plugins: views, typed and named dependencies, providers.

use std::sync::Mutex;

use plugstate::{
    BoxError, Deps, Error, Manager, Meta, Misuse, Optional, Phase, Place, Plugin, Provider,
    Registration, registration,
};

trait Decoder: Send + Sync {
    fn protocol(&self) -> &'static str;
}

trait Clock: Send + Sync {
    fn now(&self) -> u64;
}

/// Registered as a trait by nobody.
trait Encoder: Send + Sync {}

static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A plugin that writes down when it is enabled, with what its dependencies say.
macro_rules! plugin {
    ($type:ident: $meta:expr, $requires:ty, |$deps:pat_param| $say:expr) => {
        struct $type;

        impl Plugin for $type {
            const META: Meta = $meta;
            type Requires = $requires;
            type Config = ();
            type Error = BoxError;

            fn load() -> Result<Self, BoxError> {
                Ok($type)
            }

            fn enable(&mut self, $deps: Deps<'_, Self>) -> Result<(), BoxError> {
                let name = Self::META.name();
                LOG.lock().unwrap().push(format!("{name}: {}", $say));
                Ok(())
            }
        }
    };
}

plugin!(Uart: Meta::new("uart", "1.2.0").requires(&[("sampler", "^1.0")]),
    (Sampler, Provider<dyn Clock>), |(_, clock)| clock.now());
plugin!(Spi: Meta::new("spi", "1.0.0"), (Sampler,), |(_,)| "ready");
plugin!(Sampler: Meta::new("sampler", "1.4.2").description("edges to samples"), (), |()| "ready");
plugin!(Quartz: Meta::new("quartz", "1.0.0"), (), |()| "ready");
plugin!(Atomic: Meta::new("atomic", "1.0.0"), (), |()| "ready");
plugin!(Stats: Meta::new("stats", "0.3.0").wants(&[("uart", "*"), ("spi", "*"), ("i2c", "*")]),
(Optional<Spi>, Optional<NotHere>), |(spi, none)| {
    format!("spi {}, other {}", spi.is_some(), none.is_some())
});
plugin!(NotHere: Meta::new("not-here", "1.0.0"), (), |()| "never");

impl Decoder for Uart {
    fn protocol(&self) -> &'static str {
        "UART"
    }
}

impl Decoder for Spi {
    fn protocol(&self) -> &'static str {
        "SPI"
    }
}

impl Clock for Quartz {
    fn now(&self) -> u64 {
        32_768
    }
}

impl Clock for Atomic {
    fn now(&self) -> u64 {
        9_192_631_770
    }
}

impl Clock for Uart {
    fn now(&self) -> u64 {
        0
    }
}

plugstate::register!(Stats);
const UART: u32 = line!() + 1;
plugstate::register!(Uart as dyn Decoder, dyn Clock);
plugstate::register!(Spi as dyn Decoder);
plugstate::register!(Quartz as dyn Clock);
plugstate::register!(Sampler);
plugstate::register!(Atomic as dyn Clock,);

const ORDER: [&str; 6] = ["atomic", "quartz", "sampler", "spi", "uart", "stats"];

fn discovered() -> Manager {
    let expected = ["uart", "spi", "quartz", "atomic", "sampler", "stats"];
    Manager::builder().discover().expect(expected).build().unwrap()
}

#[test]
fn everything_that_is_linked_is_found_and_put_in_canonical_order() {
    let manager = discovered();
    let names: Vec<_> = manager.resolution().plugins().map(ToString::to_string).collect();
    assert_eq!(names, ["atomic", "quartz", "sampler", "spi", "stats", "uart"]);
    assert!(manager.resolution().order().map(AsRef::as_ref).eq(ORDER));
    let levels: Vec<usize> = manager.resolution().levels().map(|level| level.len()).collect();
    assert_eq!(levels, [3, 2, 1]);
    let uart = manager.info("uart").unwrap();
    assert_eq!((uart.place, &*uart.version), (Place::new(file!(), UART), "1.2.0"));
    assert_eq!(manager.info("sampler").unwrap().about, "edges to samples");
    assert_eq!(manager.dependents("sampler").unwrap(), ["spi", "uart"]);
}

#[test]
fn link_order_and_the_order_by_hand_come_to_the_same() {
    let by_hand: [Registration; 6] = [
        registration!(Uart as dyn Decoder, dyn Clock),
        registration!(Atomic as dyn Clock),
        registration!(Stats),
        registration!(Sampler),
        registration!(Spi as dyn Decoder),
        registration!(Quartz as dyn Clock),
    ];
    let manager = by_hand.into_iter().fold(Manager::builder(), |b, r| b.register(r)).build();
    let manager = manager.unwrap();
    assert_eq!(manager.snapshot(), discovered().snapshot());
    assert!(manager.resolution().order().eq(discovered().resolution().order()));
    assert!(manager.services::<dyn Clock>().next().is_none(), "nothing is enabled");
}

#[test]
fn the_suite_runs_and_is_found_by_type_and_by_trait() {
    let manager = discovered();
    assert!(matches!(manager.get::<Uart>(), Err(Error::NotEnabled { .. })));
    assert!(manager.enable_all().unwrap().is_good());
    assert_eq!(
        std::mem::take(&mut *LOG.lock().unwrap()),
        [
            "atomic: ready",
            "quartz: ready",
            "sampler: ready",
            "spi: ready",
            // The first by name provides, and not the plugin itself.
            "uart: 9192631770",
            "stats: spi true, other false",
        ]
    );
    let provider = manager.resolution().provider_of::<dyn Clock>("uart");
    assert_eq!(provider.map(AsRef::as_ref), Some("atomic"));

    let decoders: Vec<_> =
        manager.services::<dyn Decoder>().map(|(id, it)| (id.as_str(), it.protocol())).collect();
    assert_eq!(decoders, [("spi", "SPI"), ("uart", "UART")]);
    let clocks: Vec<_> = manager.services::<dyn Clock>().map(|(id, _)| id.as_str()).collect();
    assert_eq!(clocks, ["atomic", "quartz", "uart"]);
    assert_eq!(manager.services::<dyn Encoder>().count(), 0);
    assert_eq!(manager.get::<Uart>().unwrap().protocol(), "UART");
    let unknown = manager.get::<NotHere>().err().expect("nothing has that type");
    assert!(matches!(unknown, Error::Misuse(Misuse::NotRegistered { .. })));

    manager.disable("uart").unwrap();
    let decoders: Vec<_> = manager.services::<dyn Decoder>().map(|(id, _)| id.as_str()).collect();
    assert_eq!(decoders, ["spi"], "only what is enabled serves");
    assert_eq!(manager.phase("uart").unwrap(), Phase::Disabled);
    manager.disable("atomic").expect("its dependent is down");
    manager.shutdown().unwrap();
    assert!(manager.snapshot().plugins.iter().all(|p| p.phase == Phase::Discovered));
}
