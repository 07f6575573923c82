//! A naive reading of the resolver's rules, slow and short, and how an answer is held to it.
//!
//! Where several providers could be taken, the choice is read off the answer and judged; all else is
//! worked out anew from the declarations.

use std::collections::{BTreeMap, BTreeSet};

use plugstate::explain::{Cause, Reason, Unmet, Warning};
use plugstate::{Declaration, Dependency, PluginId, Resolution, Target, TypeKey};
use semver::{Version, VersionReq};

/// Pairs of a plugin and one that it depends on. Plugins are numbered by name.
type Edges = BTreeSet<(usize, usize)>;

/// Fails with a sentence.
macro_rules! ensure {
    ($holds:expr, $($what:tt)+) => {
        if !$holds {
            return Err(format!($($what)+));
        }
    };
}

/// Holds an answer to the rules.
///
/// # Errors
///
/// The first thing that is wrong with it.
pub fn compare(declarations: &[Declaration], resolution: &Resolution) -> Result<(), String> {
    let read = Reading::of(declarations, resolution)?;
    let blocked = blocked(&read, resolution)?;
    reasons(&read, resolution, &blocked)?;
    order(&read, resolution, &blocked)
}

/// What the declarations say, before it is asked who can run.
struct Reading<'a> {
    names: Vec<&'a str>,
    /// The declaration that counts for each name.
    kept: Vec<&'a Declaration>,
    /// Why each plugin is wrong by itself.
    causes: Vec<BTreeSet<Cause>>,
    /// Required by name, whether or not the version does.
    required: Edges,
    /// Wanted by name, there, and doing.
    optional: Edges,
    /// For a plugin and the position of a dependency, the capability that it requires.
    wishes: BTreeMap<(usize, usize), TypeKey>,
}

impl<'a> Reading<'a> {
    fn of(declarations: &'a [Declaration], resolution: &'a Resolution) -> Result<Self, String> {
        let mut claims: BTreeMap<&str, Vec<&Declaration>> = BTreeMap::new();
        for declaration in declarations {
            claims.entry(declaration.id().as_str()).or_default().push(declaration);
        }
        let names: Vec<&str> = claims.keys().copied().collect();
        ensure!(resolution.plugins().eq(names.iter()), "the plugins are not {names:?}");
        let mut read = Reading {
            kept: names.iter().filter_map(|name| resolution.declaration(name)).collect(),
            causes: vec![BTreeSet::new(); names.len()],
            names,
            required: Edges::new(),
            optional: Edges::new(),
            wishes: BTreeMap::new(),
        };
        for (at, claims) in claims.values().enumerate() {
            let first = claims.iter().map(|claim| claim.place()).min();
            ensure!(Some(read.kept[at].place()) == first, "{}: not the first", read.names[at]);
            if claims.len() > 1 {
                read.causes[at].insert(Cause::Clash);
            }
            for claim in claims {
                read.texts(at, claim);
            }
            read.dependencies(at);
        }
        Ok(read)
    }

    fn texts(&mut self, at: usize, claim: &Declaration) {
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.@/+:".contains(c);
        let name = self.names[at];
        if !(1..=214).contains(&name.len()) || !name.chars().all(is_name) {
            self.causes[at].insert(Cause::InvalidName);
        }
        if version(claim).is_none() {
            self.causes[at].insert(Cause::InvalidVersion);
        }
        if claim.dependencies().iter().any(|dependency| requirement(dependency).is_none()) {
            self.causes[at].insert(Cause::InvalidRequirement);
        }
    }

    fn dependencies(&mut self, at: usize) {
        let kept = self.kept[at];
        let mut by_name: BTreeMap<&str, Vec<&Dependency>> = BTreeMap::new();
        for (position, dependency) in kept.dependencies().iter().enumerate() {
            match &dependency.target {
                Target::Capability(key) => {
                    if requirement(dependency).is_some() {
                        self.wishes.insert((at, position), *key);
                    }
                }
                Target::Named(id) | Target::Typed(id, _) => {
                    by_name.entry(id.as_str()).or_default().push(dependency);
                }
            }
        }
        for (name, group) in by_name {
            let is_required = group.iter().any(|dependency| !dependency.optional);
            let Ok(target) = self.names.binary_search(&name) else {
                if is_required {
                    self.causes[at].insert(Cause::Missing);
                }
                continue;
            };
            let flaws: Vec<Cause> =
                group.iter().filter_map(|dependency| flaw(dependency, self.kept[target])).collect();
            if is_required {
                self.required.insert((at, target));
                self.causes[at].extend(flaws);
            } else if flaws.is_empty() {
                self.optional.insert((at, target));
            }
        }
    }

    /// Who could provide a capability to a plugin, by name.
    fn candidates(&self, plugin: usize, key: TypeKey) -> impl Iterator<Item = usize> {
        let provides = move |&at: &usize| self.kept[at].capabilities().contains(&key);
        (0..self.kept.len()).filter(provides).filter(move |&at| at != plugin)
    }

    fn number(&self, id: &PluginId) -> usize {
        self.names.binary_search(&id.as_str()).expect("only plugins are named")
    }
}

/// What is wrong with a dependency on a plugin that is there.
fn flaw(dependency: &Dependency, owner: &Declaration) -> Option<Cause> {
    let Some(requirement) = requirement(dependency) else {
        return Some(Cause::InvalidRequirement);
    };
    if let Target::Typed(_, key) = &dependency.target
        && owner.key() != Some(*key)
    {
        return Some(Cause::WrongType);
    }
    let any = requirement.comparators.is_empty();
    let met = |version| any || requirement.matches(&version);
    version(owner).is_some_and(|version| !met(version)).then_some(Cause::WrongVersion)
}

fn version(claim: &Declaration) -> Option<Version> {
    let text = Some(claim.version()).filter(|text| text.len() <= 256)?;
    Version::parse(text).ok()
}

fn requirement(dependency: &Dependency) -> Option<VersionReq> {
    let text = Some(&dependency.requirement).filter(|text| text.len() <= 256)?;
    VersionReq::parse(text).ok()
}

/// All that can be reached from a plugin: itself only by a way around.
fn reach(edges: &Edges, from: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        let next = edges.range((at, 0)..=(at, usize::MAX)).map(|&(_, to)| to);
        open.extend(next.filter(|&to| reached.insert(to)));
    }
    reached
}

fn runs(read: &Reading<'_>, resolution: &Resolution, plugin: usize) -> bool {
    resolution.is_blocked(read.names[plugin]).is_none()
}

/// Who is blocked, and the choices of those who are not.
struct Blocked {
    who: BTreeSet<usize>,
    /// Required, by name or as the provider that was chosen.
    required: Edges,
}

fn blocked(read: &Reading<'_>, resolution: &Resolution) -> Result<Blocked, String> {
    let runs = |plugin: usize| runs(read, resolution, plugin);
    let mut possible = read.required.clone();
    for (&(plugin, _), &key) in &read.wishes {
        possible.extend(read.candidates(plugin, key).map(|candidate| (plugin, candidate)));
    }
    let mut required = read.required.clone();
    let mut who: BTreeSet<usize> = BTreeSet::new();
    let has_choice = !read.wishes.is_empty();
    for (&(plugin, position), &key) in &read.wishes {
        let bound = resolution.dependencies(read.names[plugin]).nth(position);
        let bound = bound.expect("it was declared").bound.map(|id| read.number(id));
        let name = read.names[plugin];
        if let Ok(provider) = bound {
            let is_candidate = read.candidates(plugin, key).any(|it| it == provider);
            ensure!(is_candidate, "{name}: {provider} does not provide {key}");
            if runs(plugin) {
                ensure!(runs(provider), "{name}: its provider is blocked");
                required.insert((plugin, provider));
                // Whoever comes before is blocked, or may lead back.
                for before in read.candidates(plugin, key).filter(|&it| it < provider && runs(it)) {
                    let back = reach(&possible, before).contains(&plugin);
                    ensure!(back, "{name}: passed over {}", read.names[before]);
                }
            }
        } else {
            ensure!(!runs(plugin), "{name}: runs without a provider of {key}");
            let none = !read.candidates(plugin, key).any(runs);
            ensure!(none || resolution.cycles().next().is_some(), "{name}: there is a provider");
        }
        if !runs(plugin) {
            // Whether it had to be is what was asked above.
            who.insert(plugin);
        }
    }
    who.extend((0..read.names.len()).filter(|&plugin| !read.causes[plugin].is_empty()));
    let cyclic: BTreeSet<usize> = (0..read.names.len())
        .filter(|&plugin| reach(&read.required, plugin).contains(&plugin))
        .collect();
    who.extend(&cyclic);
    if has_choice {
        for cycle in resolution.cycles() {
            who.extend(cycle.members().iter().map(|id| read.number(id)));
        }
    }
    while let Some(&(above, _)) =
        required.iter().find(|(above, below)| who.contains(below) && !who.contains(above))
    {
        who.insert(above);
    }
    let theirs: BTreeSet<usize> = (0..read.names.len()).filter(|&plugin| !runs(plugin)).collect();
    ensure!(theirs == who, "blocked are {theirs:?}, and should be {who:?}");
    components(read, resolution, &cyclic, has_choice)?;
    Ok(Blocked { who, required })
}

/// Each strongly connected component is reported once, by its members and a cycle through them.
fn components(
    read: &Reading<'_>,
    resolution: &Resolution,
    cyclic: &BTreeSet<usize>,
    has_choice: bool,
) -> Result<(), String> {
    let components: BTreeSet<BTreeSet<usize>> = (cyclic.iter())
        .map(|&at| {
            let there = reach(&read.required, at);
            there.into_iter().filter(|&other| reach(&read.required, other).contains(&at)).collect()
        })
        .collect();
    let reported: Vec<BTreeSet<usize>> = (resolution.cycles())
        .map(|cycle| cycle.members().iter().map(|id| read.number(id)).collect())
        .collect();
    for component in &components {
        let times = reported.iter().filter(|it| *it == component).count();
        ensure!(times == 1, "the cycle of {component:?} is reported {times} times");
    }
    ensure!(has_choice || reported.len() == components.len(), "cycles {reported:?}");
    for cycle in resolution.cycles() {
        let path: Vec<usize> = cycle.path().iter().map(|(id, _)| read.number(id)).collect();
        ensure!(path.first() == path.last() && path.len() > 1, "{cycle} is not closed");
        ensure!(path[..path.len() - 1].iter().min() == path.first(), "{cycle} starts elsewhere");
        ensure!(cycle.is_shortest(), "{cycle} is said not to be a shortest");
        if !has_choice {
            let steps = path.windows(2).all(|step| read.required.contains(&(step[0], step[1])));
            ensure!(steps, "{cycle} takes a step that is none");
        }
    }
    Ok(())
}

/// Every reason is one, and none is missing.
fn reasons(read: &Reading<'_>, resolution: &Resolution, blocked: &Blocked) -> Result<(), String> {
    let mut told = vec![BTreeSet::new(); read.names.len()];
    for problem in resolution.problems() {
        let plugin = read.number(problem.plugin());
        ensure!(blocked.who.contains(&plugin), "{problem}, but it runs");
        told[plugin].insert(problem.reason().cause());
    }
    for (plugin, told) in told.iter_mut().enumerate() {
        let name = read.names[plugin];
        told.retain(|cause| !matches!(cause, Cause::Cycle | Cause::NoProvider | Cause::Blocked));
        let causes = &read.causes[plugin];
        ensure!(told == causes, "{name} has the problems {told:?}, and should have {causes:?}");
        match resolution.is_blocked(name) {
            None => ensure!(!blocked.who.contains(&plugin), "{name} has no reason"),
            Some(Reason::Blocked { by, root, cause }) => {
                ensure!(causes.is_empty(), "{name} has reasons of its own");
                let mut below = blocked.required.range((plugin, 0)..=(plugin, usize::MAX));
                let first = below.find(|(_, below)| blocked.who.contains(below)).map(|it| it.1);
                ensure!(first == Some(read.number(by)), "{name}: not the first, {by}");
                let of = resolution.is_blocked(root).map(Reason::cause);
                ensure!(of == Some(*cause), "{name}: {root} is no root of {cause:?}, but {of:?}");
                ensure!(*cause != Cause::Blocked, "{name}: {root} is not the root");
                let below = reach(&blocked.required, plugin);
                ensure!(below.contains(&read.number(root)), "{name}: {root} is not below");
            }
            Some(Reason::Cycle(cycle)) => {
                ensure!(cycle.members().iter().any(|id| id == name), "{name} is in no such cycle");
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// What was given up had to be, and the order is that of levels, then of names.
fn order(read: &Reading<'_>, resolution: &Resolution, blocked: &Blocked) -> Result<(), String> {
    let alive = |&(a, b): &(usize, usize)| !blocked.who.contains(&a) && !blocked.who.contains(&b);
    let required: Edges = blocked.required.iter().copied().filter(alive).collect();
    let optional: Edges = read.optional.iter().copied().filter(alive).collect();
    let optional: Edges = optional.difference(&required).copied().collect();
    let all: Edges = required.union(&optional).copied().collect();
    let mut kept = all.clone();
    let mut given_up = Edges::new();
    for warning in resolution.warnings() {
        let from = read.number(warning.plugin());
        ensure!(!blocked.who.contains(&from), "{warning}, but it is blocked");
        let Warning::CycleBroken { to, path, .. } = warning else { continue };
        let edge = (from, read.number(to));
        ensure!(optional.contains(&edge) && kept.remove(&edge), "{warning}, which is no choice");
        let path: Vec<usize> = path.iter().map(|(id, _)| read.number(id)).collect();
        let steps = path.windows(2).all(|step| all.contains(&(step[0], step[1])));
        let ends = path.len() > 1 && path[..2] == [edge.0, edge.1] && path.last() == Some(&edge.0);
        ensure!(steps && ends, "{warning} shows no cycle");
        given_up.insert(edge);
    }
    for plugin in 0..read.names.len() {
        ensure!(!reach(&kept, plugin).contains(&plugin), "a cycle is left at {plugin}");
    }
    for &(from, to) in &given_up {
        let closes = from == to || reach(&kept, to).contains(&from);
        ensure!(closes, "{from} gives up {to} for nothing");
    }

    let mut level = vec![0; read.names.len()];
    for _ in 0..read.names.len() {
        for &(above, below) in &kept {
            level[above] = level[above].max(level[below] + 1);
        }
    }
    let mut order: Vec<usize> =
        (0..read.names.len()).filter(|plugin| !blocked.who.contains(plugin)).collect();
    order.sort_by_key(|&plugin| (level[plugin], plugin));
    let theirs: Vec<usize> = resolution.order().map(|id| read.number(id)).collect();
    ensure!(theirs == order, "the order is {theirs:?}, and should be {order:?}");
    for &plugin in &order {
        let name = read.names[plugin];
        ensure!(resolution.level(name) == Some(level[plugin]), "{name} is on another level");
        for binding in resolution.dependencies(name) {
            let (Target::Named(id) | Target::Typed(id, _)) = &binding.declared.target else {
                continue;
            };
            let target = read.names.binary_search(&id.as_str()).ok();
            let edge = target.map(|target| (plugin, target));
            let fits = match &binding.bound {
                Ok(bound) => edge.is_some_and(|edge| kept.contains(&edge)) && *bound == id,
                Err(Unmet::Missing) => target.is_none(),
                Err(Unmet::Blocked) => target.is_some_and(|it| blocked.who.contains(&it)),
                Err(Unmet::GivenUp) => edge.is_some_and(|edge| given_up.contains(&edge)),
                // It may be what a capability is got from all the same.
                Err(_) => edge.is_some_and(|edge| !read.optional.contains(&edge)),
            };
            ensure!(fits, "{name}: {binding:?}");
        }
        let mut above: Vec<usize> =
            resolution.dependents(name).map(|(id, _)| read.number(id)).collect();
        above.sort_unstable();
        let naive: Vec<usize> = kept.iter().filter(|it| it.1 == plugin).map(|it| it.0).collect();
        ensure!(above == naive, "on {name} depend {above:?}, and should {naive:?}");
    }
    Ok(())
}
