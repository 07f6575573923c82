//! The steps of a history on one typed handle, without a manager: every verb that the law allows is there
//! and does what it says, and every instance is stopped and unloaded in the end.

use std::cell::RefCell;

use plugstate::testing::{Command, Fault, Step};
use plugstate::{BoxError, Failed, Handle, Meta, Op, Phase, Plugin, Stage, discover, state};

/// What the plugin of this thread is told, and what it has seen.
#[derive(Default)]
struct Seen {
    faults: Vec<(u8, Fault)>,
    calls: u8,
    instance: Option<Instance>,
    wrong: Option<String>,
}

/// What an instance that is loaded and not unloaded has seen.
#[derive(Clone, Copy, Debug, Default)]
struct Instance {
    configured: bool,
    enabled: bool,
    /// It was said to be broken, so that nobody disables it.
    broken: bool,
}

thread_local! {
    static SEEN: RefCell<Seen> = RefCell::default();
}

/// Writes a hook down, and fails if it is told to.
fn hook(stage: Stage) -> Result<(), BoxError> {
    SEEN.with_borrow_mut(|seen| {
        let well = !seen.faults.iter().any(|&(call, _)| call == seen.calls);
        seen.calls = seen.calls.saturating_add(1);
        let legal = match (stage, &mut seen.instance) {
            (Stage::Load, instance @ None) => {
                *instance = well.then(Instance::default);
                true
            }
            (Stage::Configure, Some(it)) => {
                it.configured |= well;
                !it.enabled
            }
            (Stage::Enable, Some(it)) => {
                let legal = it.configured && !it.enabled;
                it.enabled = well;
                legal
            }
            (Stage::Disable, Some(it)) => std::mem::take(&mut it.enabled),
            (Stage::Unload, Some(it)) => {
                let legal = !it.enabled || it.broken;
                seen.instance = None;
                legal
            }
            _ => false,
        };
        if !legal {
            seen.wrong = Some(format!("Pairing: {stage} of {:?}", seen.instance));
        }
        if well { Ok(()) } else { Err(format!("cannot {stage}").into()) }
    })
}

struct Link;

impl Plugin for Link {
    const META: Meta = Meta::new("link", "1.0.0");
    type Requires = ();
    type Config = u8;
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        hook(Stage::Load).map(|()| Link)
    }

    fn configure(&mut self, _: u8) -> Result<(), BoxError> {
        hook(Stage::Configure)
    }

    fn enable(&mut self, _: plugstate::Deps<'_, Self>) -> Result<(), BoxError> {
        hook(Stage::Enable)
    }

    fn disable(&mut self) -> Result<(), BoxError> {
        hook(Stage::Disable)
    }

    fn unload(self) -> Result<(), BoxError> {
        hook(Stage::Unload)
    }
}

/// The handle in any of the states that last.
enum Any {
    Discovered(Handle<'static, Link, state::Discovered>),
    Loaded(Handle<'static, Link, state::Loaded>),
    Configured(Handle<'static, Link, state::Configured>),
    Enabled(Handle<'static, Link, state::Enabled>),
    Disabled(Handle<'static, Link, state::Disabled>),
    Failed(Handle<'static, Link, state::Failed>),
}

macro_rules! into_any {
    ($($state:ident)+) => {$(
        impl From<Handle<'static, Link, state::$state>> for Any {
            fn from(handle: Handle<'static, Link, state::$state>) -> Self {
                Any::$state(handle)
            }
        }
    )+};
}
into_any!(Discovered Loaded Configured Enabled Disabled Failed);

/// Where a verb leads to, and whether its hook answered well.
fn settle<S: state::State, F: state::State>(
    answer: Result<Handle<'static, Link, S>, Failed<Link, F>>,
) -> (Any, bool)
where
    Any: From<Handle<'static, Link, S>> + From<Handle<'static, Link, F>>,
{
    match answer {
        Ok(handle) => (handle.into(), true),
        Err(failed) => (failed.into_handle().into(), false),
    }
}

impl Any {
    fn phase(&self) -> Phase {
        match self {
            Any::Discovered(handle) => handle.phase(),
            Any::Loaded(handle) => handle.phase(),
            Any::Configured(handle) => handle.phase(),
            Any::Enabled(handle) => handle.phase(),
            Any::Disabled(handle) => handle.phase(),
            Any::Failed(handle) => handle.phase(),
        }
    }

    /// Takes the step for which there is a verb: the state after it, and whether it went well.
    fn step(self, op: Op, value: u8) -> Result<(Any, bool), Any> {
        Ok(match (self, op) {
            (Any::Discovered(it), Op::BeginLoad) => settle(it.load()),
            (Any::Loaded(it), Op::Configure) => settle(it.configure(value)),
            (Any::Configured(it), Op::Configure) => settle(it.configure(value)),
            (Any::Disabled(it), Op::Configure) => settle(it.configure(value)),
            (Any::Configured(it), Op::Enable) => settle(it.enable(())),
            (Any::Disabled(it), Op::Enable) => settle(it.enable(())),
            (Any::Enabled(it), Op::Disable) => settle(it.disable()),
            (Any::Loaded(it), Op::BeginUnload) => settle(it.unload()),
            (Any::Configured(it), Op::BeginUnload) => settle(it.unload()),
            (Any::Disabled(it), Op::BeginUnload) => settle(it.unload()),
            (Any::Failed(it), Op::BeginUnload) => settle(it.unload()),
            (Any::Loaded(it), Op::Fail) => (it.fail("broken").into_handle().into(), true),
            (Any::Configured(it), Op::Fail) => (it.fail("broken").into_handle().into(), true),
            (Any::Enabled(it), Op::Fail) => (it.fail("broken").into_handle().into(), true),
            (Any::Disabled(it), Op::Fail) => (it.fail("broken").into_handle().into(), true),
            (other, _) => return Err(other),
        })
    }
}

/// The operations of the law that a command stands for here; none, for one that starts over.
fn ops(command: &Command) -> (&'static [Op], u8) {
    match *command {
        Command::Load(_) => (&[Op::BeginLoad], 0),
        Command::Configure(_, value) | Command::SetConfig(_, value) => (&[Op::Configure], value),
        Command::Enable(_) => (&[Op::Enable], 0),
        Command::Disable(_) | Command::DisableCascade(_) => (&[Op::Disable], 0),
        Command::Unload(_) | Command::UnloadCascade(_) => (&[Op::BeginUnload], 0),
        Command::Fault(_) => (&[Op::Fail], 0),
        Command::Retry(_) => (&[Op::BeginUnload, Op::BeginLoad], 0),
        Command::EnableAll | Command::EnableAllStrict | Command::EnableEach(_) => {
            (&[Op::BeginLoad, Op::Configure, Op::Enable], 0)
        }
        _ => (&[], 0),
    }
}

/// Takes the steps; answers what does not hold.
pub(super) fn follow(steps: &[Step]) -> Result<(), Vec<String>> {
    SEEN.set(Seen::default());
    let mut handle = Any::Discovered(discover::<Link>());
    for step in steps {
        SEEN.with_borrow_mut(|seen| {
            seen.calls = 0;
            seen.faults.clone_from(&step.faults);
        });
        let (ops, value) = ops(&step.command);
        if ops.is_empty() {
            drop(std::mem::replace(&mut handle, Any::Discovered(discover::<Link>())));
            if SEEN.with_borrow(|seen| seen.instance.is_some()) {
                return Err(vec!["Pairing: a handle was dropped, and its instance is left".into()]);
            }
        }
        for &op in ops {
            if op == Op::Fail {
                SEEN.with_borrow_mut(|seen| {
                    seen.instance.iter_mut().for_each(|it| it.broken = true)
                });
            }
            let from = handle.phase();
            // What is between two phases is no state of a handle that lasts.
            let lawful = match op {
                Op::BeginLoad => from.after(op).map(|_| Phase::Loaded),
                Op::BeginUnload => from.after(op).map(|_| Phase::Discovered),
                _ => from.after(op),
            };
            let (next, to) = match handle.step(op, value) {
                Ok((next, well)) => {
                    let fails = !well && op != Op::BeginUnload;
                    (next, if fails { Some(Phase::Failed) } else { lawful })
                }
                Err(same) => (same, None),
            };
            handle = next;
            if (lawful.is_some(), handle.phase()) != (to.is_some(), to.unwrap_or(from)) {
                let now = handle.phase();
                return Err(vec![format!("Lawful: {op:?} from {from} leads to {now}, not {to:?}")]);
            }
        }
        if let Some(wrong) = SEEN.with_borrow_mut(|seen| seen.wrong.take()) {
            return Err(vec![wrong]);
        }
    }
    drop(handle);
    match SEEN.with_borrow_mut(|seen| (seen.wrong.take(), seen.instance)) {
        (None, None) => Ok(()),
        (wrong, left) => Err(vec![wrong.unwrap_or(format!("Pairing: {left:?} is left"))]),
    }
}
