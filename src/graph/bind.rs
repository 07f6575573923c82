//! Declared dependencies to edges: who is meant, and whether that one does.

use std::any::TypeId;

use rustc_hash::FxHashMap;
use semver::Version;

use super::NONE;
use super::check::{Requirement, Requirements, version};
use super::dag::{Rows, Writer};
use super::names::{Entries, Entry, Index, NEAR, fetch};
use super::nearest::Nearest;
use super::plain::{self, Plain, Spans};
use crate::explain::{Reason, Unmet};
use crate::meta::{Declaration, Dependency, Target};

/// What the binder looks at. Plugins are numbered by name; what is kept by arrival is read in the
/// order in which it lies in memory.
pub(super) struct Suite<'a> {
    /// For each plugin, the arrival of its declaration.
    pub(super) by_name: &'a [u32],
    /// All declarations by arrival.
    pub(super) arrived: &'a [Declaration],
    /// What is looked at most of each, by arrival.
    pub(super) entries: Entries<'a>,
    /// How many dependencies all of them declare.
    pub(super) declared: usize,
    /// The names that count, numbered by arrival.
    pub(super) index: Index,
    pub(super) providers: Providers,
}

impl<'a> Suite<'a> {
    /// How many plugins there are.
    pub(super) fn plugins(&self) -> usize {
        self.by_name.len()
    }

    /// The declaration of a plugin.
    pub(super) fn claim(&self, plugin: u32) -> &'a Declaration {
        &self.arrived[self.by_name[plugin as usize] as usize]
    }

    /// The version of a declaration by arrival; `None` where it is invalid, which has been reported.
    fn version_of(&self, at: u32) -> Option<Version> {
        match self.entries.list[at as usize].version {
            Plain::INVALID => None,
            plain => match plain.numbers() {
                Some([major, minor, patch]) => Some(Version::new(major, minor, patch)),
                None => version(self.arrived[at as usize].version()).ok(),
            },
        }
    }

    /// The arrival of the declaration called `name`, [`NONE`] if there is none; `first` is what
    /// [`Index::first`] says of it.
    fn find(&self, name: &str, first: u32) -> u32 {
        self.entries.find(&self.index, self.by_name, name, first)
    }

    /// Whether the version of a declaration meets a requirement that need not even be parsed: `*`, `=` and
    /// the very version, as in a lock file, or one simple comparator. Otherwise nothing is known.
    #[inline]
    fn surely_meets(&self, at: u32, entry: &Entry, requirement: &str, spans: &mut Spans) -> bool {
        let text = requirement.as_bytes();
        let word = plain::word(text);
        if word.is_some_and(|word| word == entry.met.get()) || text == b"*" {
            return true;
        }
        let met = if entry.version == Plain::OTHER {
            requirement.strip_prefix('=') == Some(self.arrived[at as usize].version())
        } else {
            spans.surely_meets(entry.version, text, word)
        };
        if met && let Some(word) = word {
            entry.met.set(word);
        }
        met
    }
}

/// Who provides what.
#[derive(Default)]
pub(super) struct Providers {
    by_key: FxHashMap<TypeId, u32>,
    /// The plugins that provide each capability, ascending.
    pub(super) lists: Vec<Vec<u32>>,
}

impl Providers {
    /// Notes the capabilities of a plugin; to be called in ascending order.
    pub(super) fn add(&mut self, plugin: u32, declaration: &Declaration) {
        for key in declaration.capabilities() {
            let capability = self.number(key.id());
            let list = &mut self.lists[capability as usize];
            if list.last() != Some(&plugin) {
                list.push(plugin);
            }
        }
    }

    /// The providers of a capability.
    pub(super) fn of(&self, key: TypeId) -> &[u32] {
        self.by_key.get(&key).map_or(&[], |&number| &self.lists[number as usize])
    }

    fn number(&mut self, key: TypeId) -> u32 {
        let next = self.lists.len() as u32;
        let number = *self.by_key.entry(key).or_insert(next);
        if number == next {
            self.lists.push(Vec::new());
        }
        number
    }

    /// What is kept of it.
    pub(super) fn into_lists(self) -> FxHashMap<TypeId, Vec<u32>> {
        let mut lists = self.lists;
        let take =
            |(key, number): (TypeId, u32)| (key, std::mem::take(&mut lists[number as usize]));
        self.by_key.into_iter().map(take).collect()
    }
}

/// A dependency on a capability, whose provider is still to be chosen.
pub(super) struct Wish {
    pub(super) plugin: u32,
    pub(super) position: u32,
    pub(super) capability: TypeId,
}

/// What became of the declared dependencies.
#[derive(Default)]
pub(super) struct Bound {
    /// Required dependencies by name, sorted, also where the version or the type is wrong: the
    /// cycle that such a dependency closes will still be there when the version is right.
    pub(super) required: Rows,
    /// Optional dependencies by name that do, sorted, without those that are required as well.
    pub(super) optional: Rows,
    pub(super) wishes: Vec<Wish>,
    /// Dependencies (plugin, position) on plugins that are there but do not do, sorted.
    pub(super) unmet: Vec<(u32, u32, Unmet)>,
    /// Reasons that block a plugin, by plugin.
    pub(super) reasons: Vec<(u32, Reason)>,
}

/// One dependency by name, while the plugin that declares it is looked at.
struct Named {
    target: u32,
    position: u32,
    optional: bool,
    flaw: Option<Unmet>,
}

/// Binds the dependencies of all plugins, in O(V + E) expected.
pub(super) fn bind<'a>(suite: &Suite<'a>, requirements: &mut Requirements<'a>) -> Bound {
    let mut bound = Bound::default();
    let mut binder = Binder {
        suite,
        required: Writer::with_room(suite.arrived.len(), suite.declared),
        optional: Writer::with_room(suite.arrived.len(), 0),
        careful: Vec::new(),
        missing: Vec::new(),
        nearest: Nearest::new(),
    };
    let mut first = Vec::new();
    let mut from = 0;
    // Where the entries are in the nearer caches there is little to wait for.
    if suite.arrived.len() <= NEAR {
        from = suite.arrived.len();
        for at in 0..from {
            binder.bind(at, |name| suite.index.first(name), requirements, &mut bound);
        }
    }
    while from < suite.arrived.len() {
        // Names are looked for together, those of some declarations at once.
        first.clear();
        let (mut to, mut names) = (from, 0);
        while to < suite.arrived.len() && names < TOGETHER {
            names += suite.arrived[to].dependencies().len();
            to += 1;
        }
        let counts = |at: &usize| suite.entries.list[*at].number != NONE;
        let all = (from..to).filter(counts).flat_map(|at| suite.arrived[at].dependencies());
        let names = all.filter_map(named);
        fetch(names.clone());
        first.extend(names.map(|name| suite.index.first(name.as_bytes())));
        let mut first = first.iter();
        for at in from..to {
            let next = |_: &[u8]| *first.next().expect("every name was looked for");
            binder.bind(at, next, requirements, &mut bound);
        }
        from = to;
    }
    bound.required = binder.required.rows().in_order(suite.by_name);
    bound.optional = binder.optional.rows().in_order(suite.by_name);
    bound.wishes.sort_unstable_by_key(|wish| (wish.plugin, wish.position));
    bound.unmet.sort_unstable_by_key(|&(plugin, position, _)| (plugin, position));
    bound
}

/// How many names are looked for together, or a few more. Only speed depends on it.
const TOGETHER: usize = 256;

/// The name that a dependency gives, if it gives one.
fn named(dependency: &Dependency) -> Option<&str> {
    match &dependency.target {
        Target::Named(name) | Target::Typed(name, _) => Some(name.as_str()),
        Target::Capability(_) => None,
    }
}

/// Binds one declaration after the other.
struct Binder<'s, 'a> {
    suite: &'s Suite<'a>,
    /// The rows of the declarations by arrival.
    required: Writer,
    optional: Writer,
    careful: Vec<Named>,
    missing: Vec<u32>,
    nearest: Nearest,
}

impl<'a> Binder<'_, 'a> {
    /// Binds what the declaration that arrived at `at` depends on. `first` says what [`Index::first`] says
    /// of each of its names in turn.
    #[inline]
    fn bind(
        &mut self,
        at: usize,
        mut first: impl FnMut(&[u8]) -> u32,
        requirements: &mut Requirements<'a>,
        bound: &mut Bound,
    ) {
        let suite = self.suite;
        let declaration = &suite.arrived[at];
        let plugin = suite.entries.list[at].number;
        if plugin == NONE {
            self.required.end_row();
            self.optional.end_row();
            return;
        }
        self.careful.clear();
        self.missing.clear();
        for (position, dependency) in (0u32..).zip(declaration.dependencies()) {
            let owner = match &dependency.target {
                Target::Capability(_) => NONE,
                Target::Named(name) => {
                    let first = first(name.as_str().as_bytes());
                    if !dependency.optional
                        && let Some(entry) = suite.entries.seen(first, name.as_str())
                        && suite.surely_meets(
                            first,
                            entry,
                            &dependency.requirement,
                            &mut requirements.spans,
                        )
                    {
                        self.required.push(entry.number);
                        continue;
                    }
                    suite.find(name.as_str(), first)
                }
                Target::Typed(name, _) => {
                    suite.find(name.as_str(), first(name.as_str().as_bytes()))
                }
            };
            self.look_closer(plugin, position, dependency, owner, requirements, bound);
        }
        if !self.careful.is_empty() {
            self.settle(plugin, declaration, bound);
        }
        self.required.end_row();
        self.optional.end_row();
        if !self.missing.is_empty() {
            let (missing, nearest) = (&mut self.missing, &mut self.nearest);
            report_missing(plugin, declaration, suite, missing, nearest, bound);
        }
    }

    /// Binds one dependency of which more must be known than that a simple requirement is met. `owner` is
    /// the arrival of whom it names, or [`NONE`].
    fn look_closer(
        &mut self,
        plugin: u32,
        position: u32,
        dependency: &'a Dependency,
        owner: u32,
        requirements: &mut Requirements<'a>,
        bound: &mut Bound,
    ) {
        let suite = self.suite;
        let key = match &dependency.target {
            Target::Capability(key) => {
                // Any version will do: nobody can ask for one.
                bound.wishes.push(Wish { plugin, position, capability: key.id() });
                return;
            }
            Target::Named(_) => None,
            Target::Typed(_, key) => Some(key),
        };
        let requirement = requirements.parse(&dependency.requirement);
        let mut flaw = None;
        if let Some(why) = requirements.flaw(requirement) {
            let reason = Reason::InvalidRequirement {
                dependency: label(dependency).to_owned(),
                text: dependency.requirement.to_string(),
                why: why.to_owned(),
            };
            bound.reasons.push((plugin, reason));
            flaw = Some(Unmet::InvalidRequirement);
        }
        if owner == NONE {
            if !dependency.optional {
                self.missing.push(position);
            }
            return;
        }
        let claim = &suite.arrived[owner as usize];
        if key.is_some() && claim.key().as_ref() != key {
            flaw = flaw.or(Some(Unmet::WrongType { found: claim.key().map(|k| k.name()) }));
        } else if requirement != Requirement::ANY
            && let Some(version) = suite.version_of(owner)
            && !requirements.meets(requirement, &version)
        {
            flaw = flaw.or(Some(Unmet::WrongVersion { found: claim.version().to_owned() }));
        }
        let target = suite.entries.list[owner as usize].number;
        if dependency.optional || flaw.is_some() {
            self.careful.push(Named { target, position, optional: dependency.optional, flaw });
        } else {
            self.required.push(target);
        }
    }

    /// Dependencies on the same plugin count as one: each must be met, and it is required if one of
    /// them is. The row holds the required ones that are met; what is required is added to it.
    fn settle(&mut self, plugin: u32, declaration: &Declaration, bound: &mut Bound) {
        let Binder { suite, required: row, optional, careful, .. } = self;
        row.row().sort_unstable();
        careful.sort_unstable_by_key(|named| (named.target, named.position));
        let met = row.row().len();
        for group in careful.chunk_by_mut(|a, b| a.target == b.target) {
            let target = group[0].target;
            let required = group.iter().any(|named| !named.optional)
                || row.row()[..met].binary_search(&target).is_ok();
            let flaw = group.iter().find_map(|named| named.flaw.clone());
            if required {
                row.push(target);
                for named in &*group {
                    if let Some(flaw) = &named.flaw {
                        let dependency = &declaration.dependencies()[named.position as usize];
                        let owner = suite.claim(target);
                        if let Some(reason) = reason(dependency, owner, flaw) {
                            bound.reasons.push((plugin, reason));
                        }
                    }
                }
            } else if flaw.is_none() {
                optional.push(target);
            }
            if let Some(flaw) = flaw {
                for named in group {
                    let why = named.flaw.take().unwrap_or_else(|| flaw.clone());
                    bound.unmet.push((plugin, named.position, why));
                }
            }
        }
    }
}

/// The reason why a required dependency blocks; `None` if that has been reported by itself.
fn reason(dependency: &Dependency, owner: &Declaration, flaw: &Unmet) -> Option<Reason> {
    let place = owner.place();
    match (&dependency.target, flaw) {
        (Target::Typed(name, key), Unmet::WrongType { found }) => Some(Reason::WrongType {
            dependency: name.clone(),
            expected: key.name(),
            found: *found,
            place,
        }),
        (Target::Typed(name, _) | Target::Named(name), Unmet::WrongVersion { found }) => {
            Some(Reason::WrongVersion {
                dependency: name.clone(),
                requirement: dependency.requirement.to_string(),
                found: found.clone(),
                place,
            })
        }
        _ => None,
    }
}

/// One reason for each name that is missing, in the order of declaration.
fn report_missing(
    plugin: u32,
    declaration: &Declaration,
    suite: &Suite<'_>,
    missing: &mut Vec<u32>,
    nearest: &mut Nearest,
    bound: &mut Bound,
) {
    let dependency = |&position: &u32| &declaration.dependencies()[position as usize];
    // The version that is shown is the first that says something.
    missing.sort_by_key(|at| (label(dependency(at)), dependency(at).requirement == "*"));
    missing.dedup_by_key(|at| label(dependency(at)));
    missing.sort_unstable();
    for at in missing {
        let dependency = dependency(at);
        let (Target::Named(name) | Target::Typed(name, _)) = &dependency.target else { continue };
        let names = (0..suite.plugins() as u32).map(|plugin| suite.claim(plugin).id().as_str());
        let near = nearest.to(name.as_str(), names);
        let near = near.map(|number| suite.claim(number).id().clone());
        let reason = Reason::Missing {
            dependency: name.clone(),
            requirement: dependency.requirement.to_string(),
            nearest: near,
        };
        bound.reasons.push((plugin, reason));
    }
}

/// The plugin or the trait that a dependency points at, for people.
pub(super) fn label(dependency: &Dependency) -> &str {
    match &dependency.target {
        Target::Named(name) | Target::Typed(name, _) => name.as_str(),
        Target::Capability(key) => key.name(),
    }
}
