//! Who is blocked, and who provides what: the two settled together, as each depends on the other.

use super::NONE;
use super::bind::{Bound, Suite, Wish};
use super::cycle::{Found, Search};
use super::dag::Rows;
use super::scc::{Components, components};
use crate::explain::{Reason, Unmet};

/// What has been settled.
pub(super) struct Settled {
    pub(super) blocked: Vec<bool>,
    /// The provider of each wish, or [`NONE`].
    pub(super) chosen: Vec<u32>,
    /// Reasons that were found on the way, by plugin.
    pub(super) reasons: Vec<(u32, Reason)>,
    /// Components of required dependencies: the members, and a shortest cycle.
    pub(super) cycles: Vec<(Vec<u32>, Found)>,
}

/// The first provider by name that does, for a wish that nothing stands in the way of.
pub(super) fn first_choice(wish: &Wish, suite: &Suite<'_>) -> Option<u32> {
    // Nobody provides for itself.
    suite.providers.of(wish.capability).iter().copied().find(|&candidate| candidate != wish.plugin)
}

/// Settles who is blocked and who provides what. `own` are the plugins that are blocked to begin
/// with.
///
/// Choices only ever move on, and the set of blocked plugins only grows, so this ends; each round
/// is O(V + E), and there is another only if a choice had to move on or was found to close a cycle.
/// In a component, all choices of one provider move on in the same round (the one that the first
/// wish by name has chosen): each of them closes a cycle whatever becomes of the others, as the
/// way from the provider to who chose it never comes back through the provider.
pub(super) fn settle(suite: &Suite<'_>, bound: &Bound, own: &[u32]) -> Settled {
    let plugins = suite.plugins();
    let back = bound.required.back(plugins);
    let mut state = State {
        suite,
        bound,
        back,
        cursor: vec![0; bound.wishes.len()],
        pinned: vec![false; bound.wishes.len()],
        fresh: Vec::new(),
        settled: Settled {
            blocked: vec![false; plugins],
            chosen: vec![NONE; bound.wishes.len()],
            reasons: Vec::new(),
            cycles: Vec::new(),
        },
    };
    for &plugin in own {
        state.block(plugin);
    }
    // Cycles by name first, blocked plugins included: none of them is hidden by another problem.
    let found = components(plugins, &bound.required);
    let mut search = Search::new(&bound.required, &found);
    for members in found.iter() {
        let cycle = search.shortest(members);
        state.close(members, cycle);
    }
    state.spread();
    while !bound.wishes.is_empty() && state.round() {
        state.spread();
    }
    state.settled
}

struct State<'a> {
    suite: &'a Suite<'a>,
    bound: &'a Bound,
    back: Rows,
    /// Where each wish stands in the list of the providers.
    cursor: Vec<u32>,
    /// Whether the wish has run out of providers that close no cycle.
    pinned: Vec<bool>,
    /// Blocked plugins whose dependents have not been told.
    fresh: Vec<u32>,
    settled: Settled,
}

impl State<'_> {
    fn block(&mut self, plugin: u32) {
        if !std::mem::replace(&mut self.settled.blocked[plugin as usize], true) {
            self.fresh.push(plugin);
        }
    }

    fn close(&mut self, members: &[u32], cycle: Found) {
        self.settled.cycles.push((members.to_vec(), cycle));
        for &member in members {
            self.block(member);
        }
    }

    /// Blocks what requires blocked plugins, and moves choices on that fell on them.
    fn spread(&mut self) {
        loop {
            while let Some(plugin) = self.fresh.pop() {
                // The row is walked by position, as blocking needs the rest of `self`.
                for i in 0..self.back.row(plugin).len() {
                    self.block(self.back.row(plugin)[i]);
                }
            }
            let bound = self.bound;
            for (at, wish) in bound.wishes.iter().enumerate() {
                if !self.choose(at, wish) {
                    let rejected = self.rejected(wish);
                    // A plugin that is blocked anyhow may be what its provider is blocked by.
                    let derived = rejected.iter().any(|(_, why)| *why == Unmet::Blocked);
                    if !(derived && self.settled.blocked[wish.plugin as usize]) {
                        let capability = self.key(wish);
                        let reason = Reason::NoProvider { capability, rejected };
                        self.settled.reasons.push((wish.plugin, reason));
                    }
                    self.block(wish.plugin);
                }
            }
            if self.fresh.is_empty() {
                return;
            }
        }
    }

    /// Makes sure that a wish has a provider that is not blocked; says whether it has. One that
    /// ran out for good is asked again only once.
    fn choose(&mut self, at: usize, wish: &Wish) -> bool {
        let now = self.settled.chosen[at];
        let spent = now == NONE && self.pinned[at];
        if spent || (now != NONE && !self.settled.blocked[now as usize]) {
            return true;
        }
        if !self.pinned[at] {
            if self.advance(at, wish, self.cursor[at]) {
                return true;
            }
            // All that is left closes cycles, or nothing is: start over, for good.
            self.pinned[at] = true;
            self.cursor[at] = 0;
        }
        self.advance(at, wish, self.cursor[at])
    }

    /// Takes the first provider from `from` on that can be had.
    fn advance(&mut self, at: usize, wish: &Wish, from: u32) -> bool {
        let list = self.suite.providers.of(wish.capability);
        for (cursor, &candidate) in (0u32..).zip(list).skip(from as usize) {
            if !self.settled.blocked[candidate as usize] && candidate != wish.plugin {
                self.cursor[at] = cursor;
                self.settled.chosen[at] = candidate;
                return true;
            }
        }
        self.cursor[at] = list.len() as u32;
        self.settled.chosen[at] = NONE;
        false
    }

    fn key(&self, wish: &Wish) -> &'static str {
        let dependencies = self.suite.claim(wish.plugin).dependencies();
        match &dependencies[wish.position as usize].target {
            crate::meta::Target::Capability(key) => key.name(),
            _ => unreachable!("a wish is for a capability"),
        }
    }

    fn rejected(&self, wish: &Wish) -> Vec<(crate::PluginId, Unmet)> {
        let list = self.suite.providers.of(wish.capability);
        let why = |&c: &u32| {
            let unmet = if c == wish.plugin { Unmet::Itself } else { Unmet::Blocked };
            (self.suite.claim(c).id().clone(), unmet)
        };
        list.iter().map(why).collect()
    }

    /// Looks for cycles through the choices; moves on those that can, and reports the cycles of
    /// which nothing can. Says whether anything changed.
    fn round(&mut self) -> bool {
        let plugins = self.suite.plugins();
        let edges = edges(self.bound, &self.settled);
        let rows = Rows::from_sorted(&edges);
        let found = components(plugins, &rows);
        if found.len() == 0 {
            return false;
        }
        // Per component: the provider whose choices move on.
        let mut mover = vec![NONE; found.len()];
        let bound = self.bound;
        for (at, wish) in bound.wishes.iter().enumerate() {
            if let Some(component) = self.inside(&found, at, wish)
                && mover[component] == NONE
            {
                mover[component] = self.settled.chosen[at];
            }
        }
        for (at, wish) in bound.wishes.iter().enumerate() {
            if let Some(component) = self.inside(&found, at, wish)
                && mover[component] == self.settled.chosen[at]
                && !self.advance(at, wish, self.cursor[at] + 1)
            {
                self.pinned[at] = true;
                self.advance(at, wish, 0);
            }
        }
        let mut search = Search::new(&rows, &found);
        for (members, _) in found.iter().zip(&mover).filter(|(_, mover)| **mover == NONE) {
            let cycle = search.shortest(members);
            self.close(members, cycle);
        }
        true
    }

    /// The component that a choice lies in, if it can still move on.
    fn inside(&self, found: &Components, at: usize, wish: &Wish) -> Option<usize> {
        let chosen = self.settled.chosen[at];
        if self.pinned[at] || chosen == NONE {
            return None;
        }
        let component = found.of(wish.plugin);
        (component != NONE && component == found.of(chosen)).then_some(component as usize)
    }
}

/// The required dependencies among plugins that are not blocked, sorted.
pub(super) fn edges(bound: &Bound, settled: &Settled) -> Vec<(u32, u32)> {
    let runs =
        |&(from, to): &(u32, u32)| !settled.blocked[from as usize] && !settled.blocked[to as usize];
    let mut edges: Vec<(u32, u32)> = bound.required.pairs().filter(runs).collect();
    let choices = bound.wishes.iter().zip(&settled.chosen);
    let choices = choices.filter(|(_, chosen)| **chosen != NONE);
    edges.extend(choices.map(|(wish, &chosen)| (wish.plugin, chosen)).filter(runs));
    // Two sorted runs: a merge sort makes one of them in linear time.
    edges.sort();
    edges.dedup();
    edges
}
