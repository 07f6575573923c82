//! The steps within an operation, as the spec makes them: which there are from a state, and what each is.

use tla_checker::ast::{State, Value};

use crate::walk::{Walk, action, field, items, members, number, text, truth};

/// A step within an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Starts(Hook),
    /// With `false` if it returns badly.
    Ends(Hook, bool),
    /// What is not a hook.
    Deeds(Vec<Deed>),
}

/// A hook of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    pub stage: String,
    pub plugin: usize,
    /// Whether the instance was made beside the plugin's own in this operation.
    pub beside: bool,
    /// Whether the instance is the plugin at this moment.
    pub is_plugin: bool,
    /// Whether there is anything to call: an instance that was never made has no `unload`.
    pub is_real: bool,
}

/// What the manager does of its own, and what a restart policy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Replace(usize),
    Break(usize),
    Bind(usize, usize),
    /// Whether a plugin is due to be started again.
    Verdict(bool),
}

/// The steps that the operation under way can make, each with the state after it.
pub fn steps(walk: &mut Walk, state: &State) -> Result<Vec<(Step, State)>, String> {
    let job = walk.variable("job", state);
    let is_empty = |value: &Value| match value {
        Value::Set(members) => members.is_empty(),
        other => items(other).is_empty(),
    };
    let actions: &[&str] = match (
        is_empty(field(job, "todo")),
        is_empty(field(job, "pending")),
        is_empty(walk.variable("run", state)),
    ) {
        (false, _, false) => &["ReturnWell", "ReturnBadly"],
        (false, _, true) => {
            &["Call", "SkipAgain", "Replace", "Break", "Settle", "Recover", "Rebinds", "Chance"]
        }
        (true, false, _) => &["BootCall", "StopCall", "BulkReturnWell", "BulkReturnBadly"],
        (true, true, _) => &["NextPass", "Finish"],
    };
    let mut steps = Vec::new();
    for name in actions {
        for next in walk.after(&action(name), state)? {
            steps.push((step(walk, name, state, &next), next));
        }
    }
    Ok(steps)
}

/// What an action does, from what it changes.
fn step(walk: &Walk, action: &str, state: &State, next: &State) -> Step {
    let run = members(walk.variable("run", state));
    let then = members(walk.variable("run", next));
    if let Some(started) = then.iter().find(|hook| !run.contains(hook)) {
        return Step::Starts(hook(walk, state, started));
    }
    if let Some(ended) = run.iter().find(|hook| !then.contains(hook)) {
        return Step::Ends(hook(walk, state, ended), action.ends_with("Well"));
    }
    let job = walk.variable("job", state);
    let mut deeds = Vec::new();
    if let Some(head) = items(field(job, "todo")).first().map(items) {
        let plugin = number(&head[1]);
        match action {
            "Replace" => deeds.push(Deed::Replace(plugin)),
            "Break" => deeds.push(Deed::Break(plugin)),
            "Settle" if text(&head[0]) == "verdict" => {
                deeds.push(Deed::Verdict(is_due(walk, next, plugin)));
            }
            _ => {}
        }
    }
    if action == "Finish" && text(field(job, "op")) == "restart" && truth(field(job, "back")) {
        deeds.push(Deed::Verdict(is_due(walk, next, number(field(job, "on")))));
    }
    let (bound, then) = (walk.variable("bound", state), walk.variable("bound", next));
    for (plugin, (bound, then)) in items(bound).iter().zip(items(then)).enumerate() {
        if bound != then {
            deeds.push(Deed::Bind(plugin + 1, number(then)));
        }
    }
    Step::Deeds(deeds)
}

fn hook(walk: &Walk, state: &State, hook: &Value) -> Hook {
    let [stage, plugin, instance] = items(hook) else { panic!("{hook:?} is no hook") };
    let (plugin, instance) = (number(plugin), number(instance));
    let of = |name| &items(walk.variable(name, state))[plugin - 1];
    let loads = number(&items(of("loads"))[instance - 1]);
    Hook {
        stage: text(stage).to_owned(),
        plugin,
        beside: instance == 2,
        is_plugin: number(of("now")) == instance,
        is_real: text(stage) != "unload" || loads > 0,
    }
}

/// Whether a plugin is due to be started again.
pub fn is_due(walk: &Walk, state: &State, plugin: usize) -> bool {
    members(walk.variable("due", state)).into_iter().any(|at| number(at) == plugin)
}

/// Whether no operation is under way.
pub fn is_quiet(walk: &Walk, state: &State) -> bool {
    text(field(walk.variable("job", state), "op")) == "idle"
}
