//! The registered name that is closest to one that is not, at a bounded cost.

/// Table cells that may be filled for all missing names of one resolution together.
const BUDGET: usize = 1 << 24;
/// Names longer than this are no slip of the pen.
const LONGEST: usize = 64;

/// Looks for near names until its budget is spent.
pub(super) struct Nearest {
    budget: usize,
}

impl Nearest {
    pub(super) fn new() -> Self {
        Nearest { budget: BUDGET }
    }

    /// The first of the sorted `names` with the fewest edits from `missing`, if a third of its
    /// characters, and three at most, are enough. Edits are insertions, deletions, substitutions and
    /// swaps of two neighbours (optimal string alignment, after F. J. Damerau, 1964).
    pub(super) fn to<'a>(
        &mut self,
        missing: &str,
        names: impl Iterator<Item = &'a str>,
    ) -> Option<u32> {
        if missing.len() > LONGEST {
            return None;
        }
        let length = missing.chars().count();
        let mut allowed = (length / 3).clamp(1, 3);
        let mut best = None;
        for (number, name) in names.enumerate() {
            // Comparing lengths in bytes is right for the names that can be had, which are ASCII.
            self.budget = self.budget.checked_sub(1)?;
            if name.len().abs_diff(length) > allowed || name.len() > LONGEST {
                continue;
            }
            self.budget = self.budget.checked_sub(name.len() * length)?;
            let edits = strsim::osa_distance(missing, name);
            if edits <= allowed {
                best = Some(number as u32);
                // Only what is closer still can win from here on.
                match edits.checked_sub(1) {
                    Some(fewer) if fewer > 0 => allowed = fewer,
                    _ => break,
                }
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest<'a>(missing: &str, names: &[&'a str]) -> Option<&'a str> {
        let found = Nearest::new().to(missing, names.iter().copied());
        found.map(|number| names[number as usize])
    }

    #[test]
    fn slips_of_the_pen() {
        let names = ["clock", "sampler", "spi", "uart"];
        assert_eq!(nearest("smapler", &names), Some("sampler"));
        assert_eq!(nearest("u\u{430}rt", &names), Some("uart"));
        assert_eq!(nearest("sp", &names), Some("spi"));
        assert_eq!(nearest("psi", &names), Some("spi"));
        assert_eq!(nearest("isp", &names), None);
        assert_eq!(nearest("decoder", &names), None);
        assert_eq!(nearest("", &names), None);
        assert_eq!(nearest("uat", &["bat", "cat", "uart"]), Some("bat"));
        assert_eq!(nearest("sampled", &["sampel", "sample"]), Some("sample"));
        assert_eq!(nearest(&"x".repeat(65), &[&"x".repeat(64)]), None);
    }

    #[test]
    fn the_search_ends_when_its_budget_is_spent() {
        let names = ["sampler"; 1_000];
        let mut nearest = Nearest { budget: 100 };
        assert_eq!(nearest.to("simplar", names.into_iter()), None);
    }
}
