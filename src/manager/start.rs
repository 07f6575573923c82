//! A start in one piece: three hooks in a row, with one look at the ledger and one at the clock where
//! one of them ends and the next begins.

use std::sync::Arc;
use std::time::Duration;

use super::engine::{Engine, HERE, Trouble, alone, tells_spans};
use super::ledger::{Hook, Seat};
use super::slot::Running;
use crate::stage::Stage;

impl Engine {
    /// Calls hooks that lead to a plugin in service, and adds to `took` how long they ran. `soon` says
    /// that the newest event is the end of another hook, and that these follow at once.
    pub(crate) fn start(
        &self,
        plugin: u32,
        hooks: &[Stage],
        soon: bool,
        took: &mut Duration,
    ) -> Result<(), Trouble> {
        // Where somebody may listen to spans each hook has one of its own.
        if hooks == WHOLE && !tells_spans() {
            return self.start_at_once(plugin, soon, took);
        }
        for &stage in hooks {
            *took += self.step(plugin, stage, true)?;
        }
        Ok(())
    }

    /// The same for a plugin of which there is no instance yet. What is written, and what a hook that
    /// fails leaves behind, is what three steps write and leave.
    fn start_at_once(&self, plugin: u32, soon: bool, took: &mut Duration) -> Result<(), Trouble> {
        let seat = Seat::from(plugin);
        let maker = &self.parts[plugin as usize].maker;
        let (began, _) = self.begin(seat, Hook::LOAD, soon)?;
        let running = match self.call(plugin, Stage::Load, || maker.load()) {
            Ok(instance) => Arc::new(Running { instance }),
            Err(broke) => return Err(self.broke(seat, Stage::Load, Some(began), None, broke)),
        };
        let table = self.slot(plugin).config();
        let (config, loading, began, running) = if table.is_none() && maker.takes_no_config() {
            let (loading, began, running) =
                self.pass(seat, Hook::LOAD, began, running, Hook::CONFIGURE)?;
            (Box::new(()) as _, loading, began, running)
        } else {
            // Reading a table may take its time, and that is the time of no hook.
            let loading = self.finish(seat, Hook::LOAD, began, Some(running), || ())?;
            let config = self.parse(plugin, table.as_deref()).map_err(Trouble::Config)?;
            let (began, running) = self.begin(seat, Hook::CONFIGURE, false)?;
            (config, loading, began, running)
        };
        *took += loading;
        let mut running = running.expect(HERE);
        let instance = alone(&mut running);
        if let Err(broke) = self.call(plugin, Stage::Configure, || instance.configure(config)) {
            return Err(self.broke(seat, Stage::Configure, Some(began), Some(running), broke));
        }
        self.with_dependencies(plugin, |bounds| {
            let (configuring, began, running) =
                self.pass(seat, Hook::CONFIGURE, began, running, Hook::ENABLE)?;
            *took += configuring;
            let mut running = running.expect(HERE);
            let instance = alone(&mut running);
            match self.call(plugin, Stage::Enable, || instance.enable(bounds)) {
                Ok(()) => {
                    let serve = || self.slot(plugin).serve(running);
                    *took += self.finish(seat, Hook::ENABLE, began, None, serve)?;
                    Ok(())
                }
                Err(broke) => {
                    Err(self.broke(seat, Stage::Enable, Some(began), Some(running), broke))
                }
            }
        })
    }
}

/// The hooks of a start from the beginning.
const WHOLE: &[Stage] = &[Stage::Load, Stage::Configure, Stage::Enable];

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

    use super::*;
    use crate::dynamic::{DynDeps, DynPlugin};
    use crate::event::EventKind::{self, *};
    use crate::meta::Declaration;
    use crate::plugin::BoxError;
    use crate::registry::Registration;
    use crate::{Manager, Phase};

    /// A plugin that fails in one hook, or in none.
    struct Probe<C>(Option<Stage>, std::marker::PhantomData<fn() -> C>);

    impl<C> Probe<C> {
        fn hook(&self, stage: Stage) -> Result<(), BoxError> {
            if self.0 == Some(stage) { Err("it was told to".into()) } else { Ok(()) }
        }
    }

    impl<C: serde::de::DeserializeOwned + Default + 'static> DynPlugin for Probe<C> {
        type Config = C;

        fn configure(&mut self, _: C) -> Result<(), BoxError> {
            self.hook(Stage::Configure)
        }

        fn enable(&mut self, _: DynDeps<'_>) -> Result<(), BoxError> {
            self.hook(Stage::Enable)
        }
    }

    /// Starts a plugin by a clock that goes on by a millisecond when it is read. Answers for how many of
    /// those its hooks ran, the phase, and the events with their times.
    fn start<C>(fails: Option<Stage>, table: bool) -> (u128, Phase, Vec<(EventKind, u128)>)
    where
        C: serde::de::DeserializeOwned + Default + 'static,
    {
        let ticks = AtomicU64::new(0);
        let registration = Registration::dynamic(Declaration::new("a", "1.0.0"), move || {
            let probe = Probe::<C>(fails, std::marker::PhantomData);
            probe.hook(Stage::Load).map(|()| probe)
        });
        let builder = Manager::builder()
            .register(registration)
            .clock(move || Duration::from_millis(ticks.fetch_add(1, SeqCst)));
        let builder = match table {
            true => builder.config(std::collections::BTreeMap::from([("a", [(); 0])])),
            false => builder,
        };
        let manager = builder.build().expect("nothing is wrong with it");
        let mut took = Duration::ZERO;
        let answer = manager.engine.start(0, WHOLE, false, &mut took);
        assert_eq!(answer.is_err(), fails.is_some());
        let events = manager.events(0);
        let events = events.iter().map(|event| (event.kind, event.at.as_millis())).collect();
        (took.as_millis(), manager.phase("a").expect("it is there"), events)
    }

    struct Typed<C>(std::marker::PhantomData<fn() -> C>);

    impl<C: serde::de::DeserializeOwned + Default + 'static> crate::Plugin for Typed<C> {
        const META: crate::Meta = crate::Meta::new("typed", "1.0.0");
        type Requires = ();
        type Config = C;
        type Error = BoxError;

        fn load() -> Result<Self, BoxError> {
            Ok(Typed(std::marker::PhantomData))
        }
    }

    #[test]
    fn makers_know_whether_there_is_a_configuration() {
        let here = crate::Place::caller;
        let none = Registration::of::<Typed<()>>(&[], here());
        let some = Registration::of::<Typed<u8>>(&[], here());
        for (registration, takes_none) in [(none, true), (some, false)] {
            assert_eq!(registration.clone().into_parts().1.maker.takes_no_config(), takes_none);
            #[cfg(feature = "testing")]
            {
                let wrapped = crate::testing::Faults::new().wrap(registration);
                assert_eq!(wrapped.into_parts().1.maker.takes_no_config(), takes_none);
            }
        }
    }

    #[test]
    fn a_hook_begins_when_the_one_before_ends() {
        let (took, phase, events) = start::<()>(None, false);
        assert_eq!((took, phase), (3, Phase::Enabled));
        assert_eq!(
            events,
            [
                (WillLoad, 0),
                (DidLoad, 1),
                (WillConfigure, 1),
                (DidConfigure, 2),
                (WillEnable, 2),
                (DidEnable, 3),
            ]
        );
    }

    #[test]
    fn reading_a_configuration_is_the_time_of_no_hook() {
        for table in [true, false] {
            let (took, phase, events) = start::<Vec<u8>>(None, table);
            assert_eq!((took, phase), (3, Phase::Enabled), "{table}");
            assert_eq!(
                events,
                [
                    (WillLoad, 0),
                    (DidLoad, 1),
                    (WillConfigure, 2),
                    (DidConfigure, 3),
                    (WillEnable, 3),
                    (DidEnable, 4),
                ],
                "{table}"
            );
        }
    }

    #[test]
    fn each_hook_of_a_start_is_watched() {
        let ticks = AtomicU64::new(0);
        let manager = Manager::builder()
            .register(Registration::of::<Typed<()>>(&[], crate::Place::caller()))
            .clock(move || Duration::from_millis(ticks.fetch_add(1, SeqCst)))
            .hook_deadline(Duration::ZERO)
            .build()
            .expect("nothing is wrong with it");
        let report = manager.enable_all().expect("it may start");
        let late: Vec<_> = report.overdue().iter().map(|(_, stage, _)| *stage).collect();
        assert_eq!(late, WHOLE);
    }

    #[test]
    fn a_hook_that_fails_ends_a_start_and_those_before_it_have_taken_their_time() {
        let all = [WillLoad, DidLoad, WillConfigure, DidConfigure, WillEnable];
        for (before, &stage) in WHOLE.iter().enumerate() {
            let (took, phase, events) = start::<()>(Some(stage), false);
            assert_eq!((took, phase), (before as u128, Phase::Failed), "{stage}");
            let kinds: Vec<_> = events.into_iter().map(|(kind, _)| kind).collect();
            let (last, rest) = kinds.split_last().expect("there are some");
            assert_eq!((*last, rest), (DidFail(stage), &all[..before * 2 + 1]));
        }
    }
}
