//! From a request to steps: pure data, computed before anything moves.

use std::borrow::Cow;
use std::fmt;

use rustc_hash::FxHashSet;

use super::binding::Bindings;
use crate::graph::Resolution;
use crate::id::PluginId;
use crate::phase::{Op, Phase};
use crate::stage::Stage;

/// What a host can ask of a manager, as data: for [`Manager::plan`](crate::Manager::plan), and in the
/// words of [`Error::Turn`](crate::Error::Turn).
///
/// ```
/// use plugstate::Request;
///
/// assert_eq!(Request::Enable("uart".into()).to_string(), "enable of `uart`");
/// assert_eq!(Request::UnloadCascade("core".into()).to_string(), "unload of `core` with its dependents");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Request {
    /// See [`Manager::load`](crate::Manager::load).
    Load(PluginId),
    /// See [`Manager::configure`](crate::Manager::configure).
    Configure(PluginId),
    /// See [`Manager::enable`](crate::Manager::enable).
    Enable(PluginId),
    /// See [`Manager::enable_all`](crate::Manager::enable_all).
    EnableAll,
    /// See [`Manager::enable_each`](crate::Manager::enable_each).
    EnableEach(Vec<PluginId>),
    /// See [`Manager::disable`](crate::Manager::disable).
    Disable(PluginId),
    /// See [`Manager::disable_cascade`](crate::Manager::disable_cascade).
    DisableCascade(PluginId),
    /// See [`Manager::unload`](crate::Manager::unload).
    Unload(PluginId),
    /// See [`Manager::unload_cascade`](crate::Manager::unload_cascade).
    UnloadCascade(PluginId),
    /// See [`Manager::retry`](crate::Manager::retry).
    Retry(PluginId),
    /// See [`Manager::reload`](crate::Manager::reload).
    Reload(PluginId),
    /// See [`Manager::fault`](crate::Manager::fault).
    Fault(PluginId),
    /// See [`Manager::shutdown`](crate::Manager::shutdown).
    Shutdown,
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Request::Load(id) => write!(f, "load of `{id}`"),
            Request::Configure(id) => write!(f, "configure of `{id}`"),
            Request::Reload(id) => write!(f, "reload of `{id}`"),
            Request::Fault(id) => write!(f, "fault of `{id}`"),
            Request::Retry(id) => write!(f, "retry of `{id}`"),
            Request::Enable(id) => write!(f, "enable of `{id}`"),
            Request::EnableAll => f.write_str("enable of all"),
            Request::EnableEach(ids) if ids.len() == 1 => write!(f, "enable of `{}`", ids[0]),
            Request::EnableEach(ids) => write!(f, "enable of {} plugins", ids.len()),
            Request::Disable(id) => write!(f, "disable of `{id}`"),
            Request::DisableCascade(id) => write!(f, "disable of `{id}` with its dependents"),
            Request::Unload(id) => write!(f, "unload of `{id}`"),
            Request::UnloadCascade(id) => write!(f, "unload of `{id}` with its dependents"),
            Request::Shutdown => f.write_str("shutdown"),
        }
    }
}

/// The hooks that an operation is going to call, in order, if none fails.
///
/// A plugin that failed before it had an instance is let go of without a hook, which is a step too. What
/// gets a capability from another provider, where its own has failed, is started in it as it will be.
///
/// Its `Display` is one numbered line for each step.
///
/// ```
/// # use plugstate::{BoxError, Manager, Meta, Plugin, Request};
/// # struct Core;
/// # impl Plugin for Core {
/// #     const META: Meta = Meta::new("core", "1.0.0");
/// #     type Requires = ();
/// #     type Config = ();
/// #     type Error = BoxError;
/// #     fn load() -> Result<Self, BoxError> { Ok(Core) }
/// # }
/// let manager = Manager::builder().add::<Core>().build()?;
/// let plan = manager.plan(&Request::Enable("core".into()))?;
/// assert_eq!(plan.to_string(), "1. load core\n2. configure core\n3. enable core");
/// # Ok::<(), plugstate::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub(crate) request: Request,
    pub(crate) steps: Vec<(PluginId, Stage)>,
}

impl Plan {
    /// What was asked for.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The plugins and the hooks that will be called on them, in order.
    #[must_use]
    pub fn steps(&self) -> &[(PluginId, Stage)] {
        &self.steps
    }

    /// Whether there is nothing to do.
    ///
    /// ```
    /// use plugstate::Request;
    /// # use plugstate::{BoxError, Manager, Meta, Plugin};
    /// # macro_rules! plugin { ($t:ident, $name:literal, $needs:ty) => { struct $t; impl Plugin for $t {
    /// #     const META: Meta = Meta::new($name, "1.0.0");
    /// #     type Requires = $needs; type Config = (); type Error = BoxError;
    /// #     fn load() -> Result<Self, BoxError> { Ok($t) }
    /// # } } }
    /// # plugin!(Core, "core", ());
    /// # plugin!(Uart, "uart", (Core,));
    /// let manager = Manager::builder().add::<Core>().add::<Uart>().build()?; // `uart` requires `core`
    /// manager.enable("uart")?;
    /// assert!(manager.plan(&Request::Enable("core".into()))?.is_empty());
    /// # Ok::<(), plugstate::Error>(())
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return f.write_str("nothing to do");
        }
        for (at, (id, stage)) in self.steps.iter().enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            write!(f, "{end}{}. {stage} {id}", at + 1)?;
        }
        Ok(())
    }
}

/// One hook of one plugin, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) plugin: u32,
    pub(crate) stage: Stage,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoPlan {
    Blocked(u32),
    DependencyFailed { plugin: u32, dependency: u32 },
    NotFailed(u32),
    Illegal { plugin: u32, op: Op },
    Needed { plugin: u32, verb: &'static str, by: Vec<u32> },
}

/// How far up an operation brings a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Up {
    Loaded,
    Enabled,
}

/// How far down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Down {
    Disabled,
    Discovered,
}

/// Where the plugins stand now.
pub(crate) trait Standings {
    fn phase(&self, plugin: u32) -> Phase;
    /// Whether the plugin has an instance.
    fn is_resident(&self, plugin: u32) -> bool;
    fn resolution(&self) -> &Resolution;
    fn bindings(&self) -> &Bindings;

    /// What the plugin requires, as it is bound now.
    fn required(&self, plugin: u32) -> Cow<'_, [u32]> {
        self.bindings().required(self.resolution(), plugin)
    }

    /// What the plugin wants, as it is bound now.
    fn optional(&self, plugin: u32) -> Cow<'_, [u32]> {
        self.bindings().optional(self.resolution(), plugin)
    }

    /// The plugin's position in the canonical order, as dependencies are bound now.
    fn rank(&self, plugin: u32) -> Option<u32> {
        self.bindings().rank(self.resolution(), plugin)
    }

    /// Who requires the plugin, as it is bound now.
    fn dependents(&self, plugin: u32) -> Cow<'_, [u32]> {
        self.bindings().dependents(self.resolution(), plugin)
    }
}

impl Up {
    /// Whether a plugin in `phase` is there already.
    fn reached(self, phase: Phase) -> bool {
        match self {
            Up::Loaded => phase.is_resident(),
            Up::Enabled => phase == Phase::Enabled,
        }
    }

    /// The hooks that lead there from `phase`, or the first operation that is not legal.
    pub(crate) fn hooks(self, phase: Phase) -> Result<&'static [Stage], Op> {
        use Stage::{Configure, Enable, Load};
        match (phase, self) {
            (Phase::Discovered, Up::Loaded) => Ok(&[Load]),
            (Phase::Discovered, Up::Enabled) => Ok(&[Load, Configure, Enable]),
            (Phase::Loaded, Up::Enabled) => Ok(&[Configure, Enable]),
            (Phase::Configured | Phase::Disabled, Up::Enabled) => Ok(&[Enable]),
            (phase, up) if up.reached(phase) => Ok(&[]),
            (Phase::Failed | Phase::Loading | Phase::Unloading, Up::Loaded) => Err(Op::BeginLoad),
            (_, _) => Err(Op::Enable),
        }
    }
}

/// The steps that bring `plugin` up, with what it requires: dependencies first.
///
/// Cost: what moves, and its dependencies.
pub(crate) fn bring_up(
    resolution: &Resolution,
    standings: &impl Standings,
    plugin: u32,
    up: Up,
) -> Result<Vec<Step>, NoPlan> {
    if resolution.blocked(plugin).is_some() {
        return Err(NoPlan::Blocked(plugin));
    }
    if up.reached(standings.phase(plugin)) {
        // It is so already, whatever has become of what it requires.
        return Ok(Vec::new());
    }
    let moving = closure(plugin, |at| {
        let below = standings.required(at).into_owned().into_iter();
        below.filter(|&dependency| !up.reached(standings.phase(dependency)))
    });
    let mut steps = Vec::new();
    for at in in_order(standings, moving) {
        match up.hooks(standings.phase(at)) {
            Ok(hooks) => steps.extend(hooks.iter().map(|&stage| Step { plugin: at, stage })),
            Err(op) if at == plugin || standings.phase(at) != Phase::Failed => {
                return Err(NoPlan::Illegal { plugin: at, op });
            }
            Err(_) => return Err(NoPlan::DependencyFailed { plugin, dependency: at }),
        }
    }
    Ok(steps)
}

/// The steps that take `plugin` down: dependents first, if they may be moved at all.
///
/// Cost: what moves, and its dependents.
pub(crate) fn take_down(
    standings: &impl Standings,
    plugin: u32,
    down: Down,
    cascade: bool,
) -> Result<Vec<Step>, NoPlan> {
    let phase = standings.phase(plugin);
    match (down, phase) {
        (Down::Disabled, Phase::Disabled) | (Down::Discovered, Phase::Discovered) => {
            return Ok(Vec::new());
        }
        (Down::Disabled, Phase::Enabled) => {}
        (Down::Disabled, _) => return Err(NoPlan::Illegal { plugin, op: Op::Disable }),
        (Down::Discovered, _) => {}
    }
    let stands = |at: u32| match down {
        Down::Disabled => standings.phase(at) == Phase::Enabled,
        Down::Discovered => standings.is_resident(at),
    };
    let moving = closure(plugin, |at| {
        standings.dependents(at).into_owned().into_iter().filter(|&above| stands(above))
    });
    let mut order = in_order(standings, moving);
    if !cascade && order.len() > 1 {
        let verb = match down {
            Down::Disabled => "disabled",
            Down::Discovered => "unloaded",
        };
        let direct = standings.dependents(plugin);
        order.retain(|at| *at != plugin && direct.contains(at));
        return Err(NoPlan::Needed { plugin, verb, by: order });
    }
    if !cfg!(plugstate_bug = "plan") {
        order.reverse();
    }
    Ok(down_steps(standings, &order, down))
}

/// The steps that put a new instance in the place of one that failed, with what it requires.
pub(crate) fn try_again(standings: &impl Standings, plugin: u32) -> Result<Vec<Step>, NoPlan> {
    if standings.phase(plugin) != Phase::Failed {
        return Err(NoPlan::NotFailed(plugin));
    }
    let moving = closure(plugin, |at| {
        let below = standings.required(at).into_owned().into_iter();
        below.filter(|&dependency| standings.phase(dependency) != Phase::Enabled)
    });
    let mut steps = Vec::new();
    for at in in_order(standings, moving).into_iter().filter(|&at| at != plugin) {
        let hooks = Up::Enabled.hooks(standings.phase(at));
        let hooks = hooks.map_err(|_| NoPlan::DependencyFailed { plugin, dependency: at })?;
        steps.extend(hooks.iter().map(|&stage| Step { plugin: at, stage }));
    }
    let own: &[Stage] = if standings.is_resident(plugin) {
        // The new instance is made first: what stands on the plugin keeps standing.
        &[Stage::Load, Stage::Configure, Stage::Unload, Stage::Enable]
    } else {
        &[Stage::Unload, Stage::Load, Stage::Configure, Stage::Enable]
    };
    steps.extend(own.iter().map(|&stage| Step { plugin, stage }));
    Ok(steps)
}

/// The steps for plugins that come in the order in which they go: all are disabled, then unloaded.
pub(crate) fn down_steps(standings: &impl Standings, order: &[u32], down: Down) -> Vec<Step> {
    let mut steps: Vec<_> = (order.iter())
        .filter(|&&plugin| standings.phase(plugin) == Phase::Enabled)
        .map(|&plugin| Step { plugin, stage: Stage::Disable })
        .collect();
    if down == Down::Discovered {
        let loaded = order.iter().filter(|&&plugin| standings.phase(plugin) != Phase::Discovered);
        steps.extend(loaded.map(|&plugin| Step { plugin, stage: Stage::Unload }));
    }
    steps
}

/// `start` and all that can be reached from it.
pub(crate) fn closure<I: Iterator<Item = u32>>(
    start: u32,
    next: impl Fn(u32) -> I,
) -> FxHashSet<u32> {
    let mut found = FxHashSet::default();
    found.insert(start);
    let mut open = vec![start];
    while let Some(at) = open.pop() {
        open.extend(next(at).filter(|&neighbour| found.insert(neighbour)));
    }
    found
}

fn in_order(standings: &impl Standings, plugins: FxHashSet<u32>) -> Vec<u32> {
    let mut order: Vec<_> = plugins.into_iter().collect();
    order.sort_unstable_by_key(|&plugin| standings.rank(plugin));
    order
}
