//! What must hold at any time, even while hooks run: looked at from inside them.

use crate::graph::Need;
use crate::id::PluginId;
use crate::manager::{Manager, Snapshot};
use crate::phase::Phase;

/// What must hold at any time, even in the middle of an operation: Support of what is enabled, and
/// Journal. Where other threads move plugins it looks again until nothing has moved meanwhile; if something
/// always has, it says nothing.
///
/// # Panics
///
/// Never: it asks of plugins that the manager names.
#[must_use]
pub fn standing_violations(manager: &Manager) -> Vec<String> {
    let look = || {
        let snapshot = manager.snapshot();
        let mut wrong = unsupported(manager, &snapshot);
        wrong.extend(replayed(&snapshot, &manager.replay())?);
        Some(wrong)
    };
    (0..LOOKS).find_map(|_| look()).unwrap_or_default()
}

/// How often it is looked at a manager in which something moves all the time.
const LOOKS: usize = 100;

fn unsupported(manager: &Manager, snapshot: &Snapshot) -> Vec<String> {
    let mut wrong = Vec::new();
    let is_enabled = |id: &PluginId| {
        snapshot.plugins.iter().any(|it| it.id == *id && it.phase == Phase::Enabled)
    };
    for standing in snapshot.plugins.iter().filter(|it| it.phase == Phase::Enabled) {
        for binding in manager.dependencies(standing.id.as_str()).expect("it was named") {
            if let (Need::Required, Ok(bound)) = (binding.need, binding.bound)
                && !is_enabled(bound)
            {
                wrong.push(format!("Support: {} runs on {bound}, which does not", standing.id));
            }
        }
    }
    wrong
}

/// What is wrong with a replay beside a snapshot; `None` if something has moved between the two.
fn replayed(snapshot: &Snapshot, replay: &Snapshot) -> Option<Option<String>> {
    let differs = replay != snapshot;
    let wrong = || "Journal: the replay differs from the present phases".to_owned();
    (replay.next_seq == snapshot.next_seq).then(|| differs.then(wrong))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::world::{World, plugin};

    #[test]
    fn what_runs_on_what_does_not_is_told() {
        let suite = [plugin("core"), plugin("uart").requires("core", "*"), plugin("spare")];
        let manager = World::new().build(suite);
        let told = |enabled: &[&str]| {
            let mut snapshot = manager.snapshot();
            for standing in &mut snapshot.plugins {
                if enabled.contains(&standing.id.as_str()) {
                    standing.phase = Phase::Enabled;
                }
            }
            unsupported(&manager, &snapshot)
        };
        assert_eq!(told(&["core", "uart"]), [""; 0]);
        assert_eq!(told(&["core"]), [""; 0]);
        let wrong = ["Support: uart runs on core, which does not"];
        assert_eq!(told(&["uart"]), wrong);
        assert_eq!(told(&["uart", "spare"]), wrong);
    }

    #[test]
    fn what_moved_between_two_looks_is_no_violation() {
        let at = |next_seq, plugins: usize| {
            let id = PluginId::from("uart");
            let standing = crate::manager::Standing { id, phase: Phase::Loaded, generation: 1 };
            Snapshot { next_seq, plugins: vec![standing; plugins] }
        };
        assert_eq!(replayed(&at(7, 1), &at(8, 0)), None);
        assert_eq!(replayed(&at(7, 1), &at(7, 1)), Some(None));
        let wrong = "Journal: the replay differs from the present phases".to_owned();
        assert_eq!(replayed(&at(7, 1), &at(7, 0)), Some(Some(wrong)));
    }
}
