//! A fuzz target for somebody's own plugin: bytes to histories.

use arbitrary::Unstructured;

use super::any_history;
use super::command::Step;
use super::conformance::{Conformance, alone};
use super::inject::Timing;
use crate::plugin::Plugin;

/// How many steps are taken at the most, for what is longer finds nothing that is new.
const STEPS: usize = 64;

/// Leads a plugin through the history that these bytes stand for, with hooks failing on the way.
///
/// This is all of a target for `cargo fuzz`:
///
/// ```ignore
/// #![no_main]
/// use libfuzzer_sys::fuzz_target;
/// fuzz_target!(|data: &[u8]| plugstate::testing::fuzz::<my_plugin::Uart>(data));
/// ```
///
/// A plugin that cannot do without a configuration or other plugins says so in a [`Conformance`], whose
/// [`fuzz`](Conformance::fuzz) does the same.
///
/// # Panics
///
/// If the plugin does not conform, with the whole text.
///
/// # Examples
///
/// ```
/// # use plugstate::{BoxError, Meta, Plugin};
/// # struct Uart;
/// # impl Plugin for Uart {
/// #     const META: Meta = Meta::new("uart", "1.0.0");
/// #     type Requires = (); type Config = (); type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Uart) }
/// # }
/// plugstate::testing::fuzz::<Uart>(b"any bytes at all");
/// ```
#[track_caller]
pub fn fuzz<P: Plugin + Send + Sync>(data: &[u8]) {
    Conformance::of::<P>().fuzz(data);
}

impl Conformance {
    /// Leads the plugin through the history that these bytes stand for: see [`fuzz`].
    ///
    /// # Panics
    ///
    /// If the plugin does not conform, with the whole text.
    pub fn fuzz(&self, data: &[u8]) {
        let (timing, steps) = history(&mut Unstructured::new(data));
        let _alone = alone();
        if let Err(failed) = any_history::run(self, &steps, timing) {
            panic!("{failed}");
        }
    }
}

/// Steps for as long as there are bytes: a list of `arbitrary` ends with every second element. A fault
/// strikes one of the first calls, for there are not many in a step.
fn history(bytes: &mut Unstructured<'_>) -> (Timing, Vec<Step>) {
    let timing = bytes.arbitrary().unwrap_or_default();
    let mut steps = Vec::new();
    while !bytes.is_empty() && steps.len() < STEPS {
        let Ok(command) = bytes.arbitrary() else { break };
        let mut step = Step::new(command);
        if bytes.ratio(1, 4).unwrap_or(false)
            && let (Ok(call), Ok(fault)) = (bytes.int_in_range(0..=7), bytes.arbitrary())
        {
            step = step.failing(call, fault);
        }
        steps.push(step);
    }
    (timing, steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_ends_with_its_bytes_or_when_it_is_long_enough() {
        let steps = |bytes: &[u8]| history(&mut Unstructured::new(bytes)).1;
        assert_eq!(steps(&[]), []);
        assert_eq!(steps(&[7; 9_000]).len(), STEPS);
        let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(9_000).collect();
        let steps = steps(&bytes);
        assert_eq!(steps.len(), STEPS);
        let failing = steps.iter().filter(|step| !step.faults.is_empty()).count();
        assert!((1..STEPS).contains(&failing), "{failing}");
    }
}
