//! What follows a fault: pure decisions out of a policy, a history and the time.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rustc_hash::FxHashMap;

/// What a manager does about a plugin that failed while it was running.
///
/// ```
/// use std::time::Duration;
/// use plugstate::{Backoff, Restart};
///
/// // At most 3 restarts within a minute, after 1, 2 and 4 seconds.
/// let policy = Restart::OnFailure {
///     max: 3,
///     within: Duration::from_secs(60),
///     backoff: Backoff::starting_with(Duration::from_secs(1)),
/// };
/// # let _ = policy;
/// ```
///
/// A policy is given to [`Builder::restart`](crate::Builder::restart) or
/// [`Builder::restart_all`](crate::Builder::restart_all), and carried out by
/// [`Manager::poll`](crate::Manager::poll). It is for plugins that break while they run
/// ([`Manager::fault`](crate::Manager::fault)); one that fails to start stays `Failed`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Restart {
    /// It stays `Failed` until somebody calls [`Manager::retry`](crate::Manager::retry).
    #[default]
    Never,
    /// It is started again, unless that has happened too often.
    OnFailure {
        /// How many restarts there may be ...
        max: u32,
        /// ... within this time. One more, and the plugin stays `Failed`.
        within: Duration,
        /// How long to wait before each.
        backoff: Backoff,
    },
}

/// How long to wait before a restart: longer each time.
///
/// The wait before the `n`th restart of a row, counted from 0, is `first * 2^n`, but no more than
/// `most`, less a part that depends on `seed`, the plugin and `n` alone: up to `jitter` percent.
///
/// ```
/// use std::time::Duration;
/// use plugstate::Backoff;
///
/// let second = Duration::from_secs(1);
/// let backoff = Backoff::starting_with(second).up_to(5 * second);
/// let waits: Vec<Duration> = (0..4).map(|n| backoff.wait("uart", n)).collect();
/// assert_eq!(waits, [second, 2 * second, 4 * second, 5 * second]);
///
/// let spread = backoff.with_jitter(20, 7).wait("uart", 0); // the same each time
/// assert!(spread >= second * 8 / 10 && spread <= second);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The wait before the first restart.
    pub first: Duration,
    /// The longest wait.
    pub most: Duration,
    /// How many percent of a wait may be taken off, so that plugins that failed together do not
    /// start together; 100 at most.
    pub jitter: u8,
    /// What the taking off depends on.
    pub seed: u64,
}

impl Backoff {
    /// `first`, doubled each time up to a hundred times that, without jitter.
    #[must_use]
    pub const fn starting_with(first: Duration) -> Self {
        Backoff { first, most: first.saturating_mul(100), jitter: 0, seed: 0 }
    }

    /// The same, but never more than `most`.
    #[must_use]
    pub const fn up_to(mut self, most: Duration) -> Self {
        self.most = most;
        self
    }

    /// The same, with up to `percent` taken off each wait, as `seed` has it.
    #[must_use]
    pub const fn with_jitter(mut self, percent: u8, seed: u64) -> Self {
        self.jitter = if percent > 100 { 100 } else { percent };
        self.seed = seed;
        self
    }

    /// The wait before restart number `attempt`, counted from 0, of the plugin `name`.
    #[must_use]
    pub fn wait(&self, name: &str, attempt: u32) -> Duration {
        let doubled = 1_u32.checked_shl(attempt).unwrap_or(u32::MAX);
        let full = self.first.saturating_mul(doubled).min(self.most);
        let percent = u32::from(self.jitter.min(100));
        let random = mix(self.seed, name, attempt) % (10 * percent + 1);
        // In thousandths; the product may exceed a `Duration` where the quotient does not.
        full - full / 1000 * random
    }
}

/// The FNV-1a hash (G. Fowler, L. C. Noll, K.-P. Vo, 1991), for it must not change between versions.
fn mix(seed: u64, name: &str, attempt: u32) -> u32 {
    let bytes = seed.to_le_bytes().into_iter().chain(attempt.to_le_bytes()).chain(name.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 32) as u32
}

/// What will become of a plugin that failed: see [`Degradation`](crate::Degradation).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Prospect {
    /// It stays `Failed`: its policy says so.
    Stays,
    /// It is started again by [`Manager::poll`](crate::Manager::poll) from this moment on, counted as
    /// the times in events are.
    RestartAt(Duration),
    /// It stays `Failed`: it was started again too often.
    GivenUp {
        /// How many restarts there were ...
        restarts: u32,
        /// ... within this time.
        within: Duration,
    },
    /// It stays `Failed`: its hook said that trying again is of no use.
    Fatal,
}

/// What is known of the plugins that failed while they were running.
#[derive(Debug, Default)]
pub(crate) struct Supervision {
    pub(crate) default: Restart,
    pub(crate) policies: BTreeMap<u32, Restart>,
    cases: BTreeMap<u32, Case>,
}

#[derive(Debug)]
struct Case {
    /// The restarts that were decided on, oldest first.
    restarts: VecDeque<Duration>,
    prospect: Prospect,
    /// Whether the plugin is down now.
    open: bool,
    /// The plugins that were disabled with it, to come back with it.
    stopped: Vec<u32>,
}

impl Supervision {
    pub(crate) fn policy(&self, plugin: u32) -> Restart {
        self.policies.get(&plugin).copied().unwrap_or(self.default)
    }

    /// A plugin has failed at `now`.
    pub(crate) fn failed(
        &mut self,
        plugin: u32,
        name: &str,
        now: Duration,
        recoverable: bool,
    ) -> Prospect {
        let policy = self.policy(plugin);
        let case = self.cases.entry(plugin).or_insert_with(Case::new);
        case.open = true;
        case.prospect = match policy {
            _ if !recoverable => Prospect::Fatal,
            Restart::Never => Prospect::Stays,
            Restart::OnFailure { max, within, backoff } => {
                while case.restarts.front().is_some_and(|&at| at.saturating_add(within) < now) {
                    case.restarts.pop_front();
                }
                let attempt = u32::try_from(case.restarts.len()).unwrap_or(u32::MAX);
                if attempt >= max {
                    Prospect::GivenUp { restarts: attempt, within }
                } else {
                    let at = now.saturating_add(backoff.wait(name, attempt));
                    case.restarts.push_back(at);
                    Prospect::RestartAt(at)
                }
            }
        };
        case.prospect
    }

    /// A plugin is down for as long as `cause` has failed, and comes back with it.
    pub(crate) fn stopped_with(&mut self, cause: u32, plugin: u32) {
        let case = self.cases.entry(cause).or_insert_with(Case::new);
        if !case.open {
            // It did not fail while it was running, and nobody has planned anything for it.
            case.open = true;
            case.prospect = Prospect::Stays;
        }
        if !case.stopped.contains(&plugin) {
            case.stopped.push(plugin);
        }
    }

    /// A plugin is up again: what was stopped with it, to be brought back.
    pub(crate) fn recovered(&mut self, plugin: u32) -> Vec<u32> {
        self.cases.get_mut(&plugin).map_or_else(Vec::new, |case| {
            case.open = false;
            std::mem::take(&mut case.stopped)
        })
    }

    /// A plugin was started again by hand: what was before does not count any more.
    pub(crate) fn start_over(&mut self, plugin: u32) {
        if let Some(case) = self.cases.get_mut(&plugin) {
            case.restarts.clear();
        }
    }

    /// Each plugin that is down because of another's fault, with that other.
    pub(crate) fn all_stopped(&self) -> FxHashMap<u32, u32> {
        let open = self.cases.iter().filter(|(_, case)| case.open);
        open.flat_map(|(&cause, case)| case.stopped.iter().map(move |&at| (at, cause))).collect()
    }

    /// Somebody has taken the fate of plugins into their own hands.
    pub(crate) fn forget_each(&mut self, plugins: impl IntoIterator<Item = u32>) {
        if self.cases.is_empty() {
            return;
        }
        for plugin in plugins {
            self.cases.remove(&plugin);
            for case in self.cases.values_mut() {
                case.stopped.retain(|&stopped| stopped != plugin);
            }
        }
    }

    pub(crate) fn forget_all(&mut self) {
        self.cases.clear();
    }

    /// The plugins whose restarts are due at `now`.
    pub(crate) fn due(&self, now: Duration) -> Vec<u32> {
        let open = self.cases.iter().filter(|(_, case)| case.open);
        open.filter(|(_, case)| matches!(case.prospect, Prospect::RestartAt(at) if at <= now))
            .map(|(&plugin, _)| plugin)
            .collect()
    }

    /// The restart that is due first, with its moment.
    pub(crate) fn next(&self) -> Option<(Duration, u32)> {
        let open = self.cases.iter().filter(|(_, case)| case.open);
        open.filter_map(|(&plugin, case)| match case.prospect {
            Prospect::RestartAt(at) => Some((at, plugin)),
            _ => None,
        })
        .min()
    }

    /// What will become of a plugin that is down, and what was stopped with it.
    pub(crate) fn case(&self, plugin: u32) -> Option<(Prospect, &[u32])> {
        let case = self.cases.get(&plugin).filter(|case| case.open)?;
        Some((case.prospect, &case.stopped))
    }

    /// The plugin whose fault stopped this one.
    pub(crate) fn stopped_by(&self, plugin: u32) -> Option<u32> {
        let mut open = self.cases.iter().filter(|(_, case)| case.open);
        open.find(|(_, case)| case.stopped.contains(&plugin)).map(|(&cause, _)| cause)
    }
}

impl Case {
    fn new() -> Self {
        Case {
            restarts: VecDeque::new(),
            prospect: Prospect::Stays,
            open: true,
            stopped: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn supervision(max: u32, within: Duration) -> Supervision {
        let backoff = Backoff::starting_with(secs(1));
        Supervision {
            default: Restart::OnFailure { max, within, backoff },
            ..Supervision::default()
        }
    }

    #[test]
    fn waits_double_up_to_the_most() {
        let backoff = Backoff::starting_with(secs(1)).up_to(secs(10));
        let waits: Vec<_> = (0..6).map(|attempt| backoff.wait("uart", attempt).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 10, 10]);
        assert_eq!(backoff.wait("uart", 40), secs(10));
        assert_eq!(backoff.wait("uart", u32::MAX), secs(10));
    }

    #[test]
    fn jitter_depends_on_seed_plugin_and_attempt_alone() {
        let backoff = Backoff::starting_with(secs(100)).up_to(secs(100)).with_jitter(20, 7);
        let mut waits: Vec<_> = (0..50).map(|attempt| backoff.wait("uart", attempt)).collect();
        assert_eq!(waits, (0..50).map(|n| backoff.wait("uart", n)).collect::<Vec<_>>());
        assert!(waits.iter().all(|wait| (secs(80)..=secs(100)).contains(wait)), "{waits:?}");
        waits.sort();
        waits.dedup();
        assert!(waits.len() > 40, "they spread: {}", waits.len());
        assert_ne!(backoff.wait("uart", 0), backoff.wait("spi", 0));
        assert_ne!(backoff.wait("uart", 0), backoff.with_jitter(20, 8).wait("uart", 0));
        let all = backoff.with_jitter(255, 1);
        assert_eq!(all.jitter, 100);
        assert!((0..99).all(|attempt| all.wait("uart", attempt) <= secs(100)));
    }

    #[test]
    fn after_so_many_restarts_within_the_time_it_is_given_up() {
        let mut supervision = supervision(2, secs(60));
        let mut fail = |now| supervision.failed(3, "uart", secs(now), true);
        assert_eq!(fail(10), Prospect::RestartAt(secs(11)));
        assert_eq!(fail(12), Prospect::RestartAt(secs(14)));
        assert_eq!(fail(15), Prospect::GivenUp { restarts: 2, within: secs(60) });
        // The first restart was at 11: from 72 on it does not count any more.
        assert_eq!(fail(71), Prospect::GivenUp { restarts: 2, within: secs(60) });
        assert_eq!(fail(72), Prospect::RestartAt(secs(74)));
        assert_eq!(supervision.failed(4, "spi", secs(0), false), Prospect::Fatal);
    }

    #[test]
    fn what_was_stopped_comes_back_once() {
        let mut supervision = supervision(9, secs(60));
        supervision.failed(1, "core", secs(0), true);
        supervision.failed(4, "bus", secs(0), true);
        for (cause, plugin) in [(1, 2), (1, 3), (4, 5), (1, 2)] {
            supervision.stopped_with(cause, plugin);
        }
        assert_eq!(supervision.due(secs(0)), [] as [u32; 0]);
        assert_eq!(supervision.due(secs(1)), [1, 4]);
        assert_eq!(supervision.next(), Some((secs(1), 1)));
        assert_eq!(supervision.stopped_by(3), Some(1));
        supervision.forget_each([3]);
        assert_eq!(supervision.stopped_by(3), None);
        assert_eq!(supervision.recovered(1), [2]);
        assert_eq!(supervision.recovered(1), [] as [u32; 0]);
        assert_eq!(supervision.next(), Some((secs(1), 4)));
        supervision.forget_each([4]);
        assert_eq!(supervision.next(), None);
    }
}
