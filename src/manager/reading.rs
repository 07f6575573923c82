//! What can be read off a [`Manager`] at any time: no read waits for a hook.

use std::any::{Any, TypeId, type_name};
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::Manager;
use super::guard::{Guard, NoGuard};
use super::info::{Info, Snapshot, Standing};
use super::observers::{LostObserver, ObserverId};
use super::plan::Standings;
use crate::error::{Error, Misuse};
use crate::event::Event;
use crate::explain::{Problem, Warning};
use crate::graph::{Binding, Resolution};
use crate::id::PluginId;
use crate::phase::Phase;
use crate::plugin::{Cast, Plugin};

impl Manager {
    /// A guard on the running plugin of type `P`.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnabled`] unless it is enabled, [`Misuse::NotRegistered`] if nothing has that type.
    #[track_caller]
    pub fn get<P: Plugin>(&self) -> Result<Guard<'_, P>, Error> {
        let Some(&plugin) = self.engine.types.get(&TypeId::of::<P>()) else {
            return Err(Misuse::NotRegistered { type_name: type_name::<P>() }.into());
        };
        self.guard(plugin, <dyn Any>::downcast_ref::<P>, Location::caller())
    }

    /// A guard on the running plugin of this name, which must have the type `P`: for plugins that were
    /// declared at run time, where one type bears many names.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], [`Error::NotEnabled`], and [`Misuse::WrongType`].
    #[track_caller]
    pub fn get_as<P: Any>(&self, plugin: &str) -> Result<Guard<'_, P>, Error> {
        self.guard(self.find(plugin)?, <dyn Any>::downcast_ref::<P>, Location::caller())
    }

    /// Every enabled plugin that was registered as the trait `T`, by name.
    ///
    /// Each is borrowed when the iterator comes to it, and skipped if it is not in service then.
    #[track_caller]
    pub fn services<T: ?Sized + 'static>(&self) -> impl Iterator<Item = (&PluginId, Guard<'_, T>)> {
        let place = Location::caller();
        let found = self.engine.services.get(&TypeId::of::<T>());
        found.into_iter().flatten().filter_map(move |&(plugin, view)| {
            let view = &self.engine.parts[plugin as usize].views[view as usize];
            let cast = view.cast().downcast_ref::<Cast<T>>()?.0;
            let slot = &self.engine.slots[plugin as usize];
            let guard = Guard::take(&self.engine.desk, slot, plugin, cast, place).ok()?;
            Some((self.engine.id(plugin), guard))
        })
    }

    /// What time it is for the manager: counted from the moment at which it was built, or as the
    /// clock has it that was given to [`Builder::clock`](crate::Builder::clock).
    #[must_use]
    pub fn now(&self) -> Duration {
        self.engine.ledger.now()
    }

    /// Where a plugin stands.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is none of that name.
    pub fn phase(&self, plugin: &str) -> Result<Phase, Error> {
        Ok(self.engine.phase(self.find(plugin)?))
    }

    /// Everything about one plugin.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is none of that name.
    pub fn info(&self, plugin: &str) -> Result<Info<'_>, Error> {
        let plugin = self.find(plugin)?;
        let resolution = &self.engine.resolution;
        let (failures, times) = self.engine.slots[plugin as usize]
            .record(|record| (record.failures.iter().cloned().collect(), record.times));
        let id = resolution.id(plugin).clone();
        let declared = resolution.declaration_at(plugin);
        Ok(Info {
            version: declared.version().to_owned(),
            about: declared.about().to_owned(),
            place: declared.place(),
            phase: self.engine.phase(plugin),
            generation: self.engine.ledger.generation(plugin),
            dependencies: self.dependencies(id.as_str())?,
            dependents: self.dependents(id.as_str())?,
            blocked: resolution.blocked(plugin).cloned(),
            failures,
            times,
            id,
        })
    }

    /// The plugins that are enabled, in canonical order.
    #[must_use]
    pub fn enabled(&self) -> Vec<PluginId> {
        let order = self.engine.resolution.order_indices().iter().copied();
        order
            .filter(|&plugin| self.engine.phase(plugin) == Phase::Enabled)
            .map(|plugin| self.engine.id(plugin).clone())
            .collect()
    }

    /// What a plugin depends on, as declared, with the plugin that each dependency is bound to now: a
    /// capability may have been bound anew since the suite was resolved.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is none of that name.
    pub fn dependencies(&self, plugin: &str) -> Result<Vec<Binding<'_>>, Error> {
        let index = self.find(plugin)?;
        let resolved = self.engine.resolution.dependencies(plugin).enumerate();
        let now = resolved.map(|(position, mut binding)| {
            if let Some(provider) = self.engine.bound(index, position) {
                binding.bound = Ok(self.engine.id(provider));
            }
            binding
        });
        Ok(now.collect())
    }

    /// Who requires a plugin directly, in canonical order.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is none of that name.
    pub fn dependents(&self, plugin: &str) -> Result<Vec<PluginId>, Error> {
        let plugin = self.find(plugin)?;
        let mut above = self.engine.dependents(plugin).into_owned();
        above.sort_unstable_by_key(|&above| self.engine.resolution.rank(above));
        Ok(above.into_iter().map(|above| self.engine.id(above).clone()).collect())
    }

    /// Every plugin's phase, at one moment between two events of the journal.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let book = self.engine.ledger.book();
        let plugins = (0..self.engine.resolution.len() as u32)
            .map(|plugin| Standing {
                id: self.engine.id(plugin).clone(),
                phase: self.engine.phase(plugin),
                generation: self.engine.ledger.generation(plugin),
            })
            .collect();
        Snapshot { next_seq: book.journal.next_seq(), plugins }
    }

    /// The events from number `seq` on, as far as the journal still has them.
    #[must_use]
    pub fn events(&self, seq: u64) -> Vec<Event> {
        let book = self.engine.ledger.book();
        let since = book.journal.since(seq);
        since.map(|(seq, record)| record.event(seq, &self.engine.resolution)).collect()
    }

    /// What all events since the manager was built add up to: the same as
    /// [`snapshot`](Self::snapshot), got from the journal alone.
    #[must_use]
    pub fn replay(&self) -> Snapshot {
        let book = self.engine.ledger.book();
        let standings = book.journal.replay().into_iter().enumerate();
        let plugins = standings
            .map(|(plugin, standing)| Standing {
                id: self.engine.id(plugin as u32).clone(),
                phase: standing.phase,
                generation: standing.generation,
            })
            .collect();
        Snapshot { next_seq: book.journal.next_seq(), plugins }
    }

    /// How the suite was resolved: order, levels, dependencies.
    #[must_use]
    pub fn resolution(&self) -> &Resolution {
        &self.engine.resolution
    }

    /// What is wrong with the suite; empty unless it was built with
    /// [`Builder::build_partial`](crate::Builder::build_partial).
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What is odd about the suite, and does not keep it from running.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        self.engine.resolution.warnings()
    }

    /// Calls `observe` with each event from now on: see [`Builder::observe`](crate::Builder::observe).
    pub fn observe(&self, observe: impl Fn(&Event) + Send + Sync + 'static) -> ObserverId {
        self.observers.add(&self.engine.ledger, Arc::new(observe))
    }

    /// Ends an observer. Answers whether it was there.
    pub fn unobserve(&self, observer: ObserverId) -> bool {
        self.observers.remove(&self.engine.ledger, observer)
    }

    /// The observers that panicked, and are not called any more.
    #[must_use]
    pub fn lost_observers(&self) -> Vec<LostObserver> {
        self.observers.lost()
    }

    fn guard<T: ?Sized + 'static>(
        &self,
        plugin: u32,
        cast: for<'a> fn(&'a dyn Any) -> Option<&'a T>,
        place: &'static Location<'static>,
    ) -> Result<Guard<'_, T>, Error> {
        let slot = &self.engine.slots[plugin as usize];
        let id = || self.engine.id(plugin).clone();
        match Guard::take(&self.engine.desk, slot, plugin, cast, place) {
            Ok(guard) => Ok(guard),
            Err(NoGuard::NotSo) => {
                Err(Misuse::WrongType { plugin: id(), type_name: type_name::<T>() }.into())
            }
            Err(NoGuard::NotServing) => {
                Err(Error::NotEnabled { plugin: id(), phase: self.engine.phase(plugin) })
            }
        }
    }
}
