//! Spans and log lines, in a program of their own: interest in spans is a matter of the whole program.

mod support;

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use plugstate::Stage;
use support::{Fault, Probe, World, host, plugin};
use tracing::field::{Field, Visit};
use tracing::span;

/// Writes spans down as they are entered and left.
#[derive(Clone, Default)]
struct Tape(Arc<Mutex<(Vec<String>, Vec<String>)>>);

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).expect("a string takes all");
    }
}

impl tracing::Subscriber for Tape {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut fields = Fields(attributes.metadata().name().to_owned());
        attributes.record(&mut fields);
        let (spans, _) = &mut *self.0.lock().unwrap();
        spans.push(fields.0);
        span::Id::from_u64(spans.len() as u64)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut fields = Fields(format!("! {}", event.metadata().level()));
        event.record(&mut fields);
        self.0.lock().unwrap().1.push(fields.0);
    }

    fn enter(&self, id: &span::Id) {
        let (spans, lines) = &mut *self.0.lock().unwrap();
        lines.push(format!("> {}", spans[id.into_u64() as usize - 1]));
    }

    fn exit(&self, id: &span::Id) {
        let (spans, lines) = &mut *self.0.lock().unwrap();
        let name = spans[id.into_u64() as usize - 1].split(' ').next().expect("a name").to_owned();
        lines.push(format!("< {name}"));
    }
}

#[test]
fn spans_tell_the_operation_and_each_hook_in_it_and_failures_are_logged() {
    let world = World::new();
    let manager = world.build([plugin("uart")]);
    world.fail("uart", Stage::Configure, Fault::Error);
    let tape = Tape::default();
    tracing::subscriber::with_default(tape.clone(), || manager.enable("uart").unwrap_err());
    let lines: Vec<String> = tape.0.lock().unwrap().1.clone();
    let lines: Vec<&str> =
        lines.iter().map(String::as_str).filter(|l| !l.contains("TRACE")).collect();
    assert_eq!(
        lines,
        [
            "> plugstate.operation request=enable of `uart`",
            "> plugstate.hook plugin=\"uart\" hook=\"load\"",
            "< plugstate.hook",
            "> plugstate.hook plugin=\"uart\" hook=\"configure\"",
            "! ERROR message=plugin `uart` failed to configure: uart cannot configure \
             plugin=\"uart\" hook=\"configure\"",
            "< plugstate.hook",
            "< plugstate.operation",
        ]
    );
}

#[test]
fn each_hook_of_a_boot_has_a_span_of_its_own() {
    let world = World::new();
    let manager = world.build([plugin("uart")]);
    let tape = Tape::default();
    tracing::subscriber::with_default(tape.clone(), || manager.enable_all().unwrap());
    let lines: Vec<String> = tape.0.lock().unwrap().1.clone();
    let hooks = ["load", "configure", "enable"].map(|hook| {
        [format!("> plugstate.hook plugin=\"uart\" hook=\"{hook}\""), "< plugstate.hook".to_owned()]
    });
    let told: Vec<_> = lines.into_iter().filter(|line| line.contains("plugstate.hook")).collect();
    assert_eq!(told, hooks.concat());
}

trait Clock {}

impl Clock for Probe {}

#[test]
fn a_log_says_which_capability_another_plugin_provides_from_now_on() {
    let world = World::new();
    let clock = |name: &str| {
        world
            .probe(plugin(name))
            .view::<dyn Clock>(|plugin| plugin.downcast_ref::<Probe>().map(|it| it as &dyn Clock))
    };
    let manager = host()
        .register(clock("quartz"))
        .register(clock("spare"))
        .register(world.probe(plugin("uart").requires_capability::<dyn Clock>()))
        .threads(1)
        .build()
        .unwrap();
    let tape = Tape::default();
    // Nothing happens where nobody listens: a place that is met so first is deaf for all.
    tracing::subscriber::with_default(tape.clone(), || {
        manager.enable_all().unwrap();
        manager.fault("quartz", "it drifts").unwrap();
    });
    let lines: Vec<String> = tape.0.lock().unwrap().1.clone();
    let warnings: Vec<_> = lines.into_iter().filter(|line| line.starts_with("! WARN")).collect();
    assert_eq!(
        warnings,
        [
            "! WARN message=bound to another provider plugin=\"uart\" capability=\"dyn spans::Clock\" \
             provider=\"spare\"",
            "! WARN message=fault plugin=\"quartz\" prospect=Stays",
        ]
    );
}

/// Who listens may take its time, which is not that of a hook.
#[test]
fn the_clock_is_read_on_either_side_of_each_span() {
    let world = World::new();
    let ticks = Mutex::new(0);
    let clock = move || {
        let mut ticks = ticks.lock().unwrap();
        *ticks += 1;
        std::time::Duration::from_millis(*ticks)
    };
    let builder = world.builder(["a", "b"].map(plugin)).threads(1).clock(clock);
    let manager = builder.build().unwrap();
    let boot = || {
        manager.enable_all().unwrap();
        manager.shutdown().unwrap();
    };
    tracing::subscriber::with_default(Tape::default(), boot);
    let events = manager.events(0);
    assert_eq!(events.len(), 20);
    assert!(events.windows(2).all(|two| two[0].at < two[1].at), "{events:?}");
}
