//! The state graph of the spec: what comes before the first step, what each step leads to, and what an
//! operator of the spec says of a state.

use std::path::Path;
use std::sync::Arc;

use tla_checker::ast::{Env, Expr, State, Value};
use tla_checker::checker::prepare_spec;
use tla_checker::eval::{
    Definitions, EvalContext, eval_with_context, init_states, make_primed_names, next_states,
};
use tla_checker::load::Prepared;

use crate::spec;

/// A spec that can be walked.
pub struct Walk {
    vars: Vec<Arc<str>>,
    primed: Vec<Arc<str>>,
    init: Expr,
    env: Env,
    definitions: Definitions,
}

impl Walk {
    pub fn new(directory: &Path, config: &str) -> Result<Self, String> {
        let Prepared { spec, domains, .. } = spec::load(directory, config)?;
        let path = directory.join("Inductive.tla");
        let (env, definitions) = prepare_spec(&spec, &domains, Some(&path), true)
            .map_err(|error| format!("{config}: {error:?}"))?;
        let init = spec.init.ok_or("the spec has no Init")?;
        let primed = make_primed_names(&spec.vars);
        Ok(Walk { vars: spec.vars, primed, init, env, definitions })
    }

    /// The initial states, one for each suite, in a fixed order.
    pub fn initial(&self) -> Result<Vec<State>, String> {
        let mut states = init_states(&self.init, &self.vars, &self.env, &self.definitions)
            .map_err(|error| error.to_string())?;
        states.sort_by(|one, other| one.values.cmp(&other.values));
        Ok(states)
    }

    /// Where an action leads to.
    pub fn after(&mut self, action: &Expr, state: &State) -> Result<Vec<State>, String> {
        let found =
            next_states(action, state, &self.vars, &self.primed, &mut self.env, &self.definitions);
        let found = found.map_err(|error| format!("{error}\nin {state:?}"))?;
        Ok(found.into_iter().map(|transition| transition.state).collect())
    }

    /// What an operator without parameters says of a state.
    pub fn says(&mut self, operator: &str, state: &State) -> Result<Value, String> {
        let mut env = self.env.clone();
        for (name, value) in self.vars.iter().zip(&state.values) {
            env.insert(Arc::clone(name), value.clone());
        }
        let context = EvalContext { state_vars: self.vars.clone() };
        eval_with_context(&action(operator), &mut env, &self.definitions, &context)
            .map_err(|error| format!("{operator}: {error}"))
    }

    /// Gives a variable of the spec another value in a state.
    pub fn set(&self, name: &str, state: &mut State, value: Value) {
        let at = self.vars.iter().position(|var| &**var == name);
        state.values[at.expect("the spec has this variable")] = value;
    }

    /// A variable of the spec in a state.
    pub fn variable<'a>(&self, name: &str, state: &'a State) -> &'a Value {
        let at = self.vars.iter().position(|var| &**var == name);
        &state.values[at.expect("the spec has this variable")]
    }
}

/// An action, or another operator, by its name.
pub fn action(name: &str) -> Expr {
    Expr::Var(name.into())
}

/// `AskOne(op, plugin)`.
pub fn ask_one(op: &str, plugin: usize) -> Expr {
    let plugin = Value::Int(i64::try_from(plugin).expect("there are few plugins"));
    Expr::FnCall("AskOne".into(), vec![Expr::Lit(Value::Str(op.into())), Expr::Lit(plugin)])
}

// What values are, where the spec leaves no doubt about it.

pub fn field<'a>(value: &'a Value, name: &str) -> &'a Value {
    match value {
        Value::Record(fields) => &fields[name],
        other => panic!("{other:?} is no record with {name}"),
    }
}

pub fn items(value: &Value) -> &[Value] {
    match value {
        Value::Tuple(items) => items,
        other => panic!("{other:?} is no sequence"),
    }
}

pub fn members(value: &Value) -> Vec<&Value> {
    match value {
        Value::Set(members) => members.iter().collect(),
        other => panic!("{other:?} is no set"),
    }
}

pub fn text(value: &Value) -> &str {
    match value {
        Value::Str(text) => text,
        other => panic!("{other:?} is no string"),
    }
}

pub fn number(value: &Value) -> usize {
    match value {
        Value::Int(number) => usize::try_from(*number).expect("the spec counts from 0"),
        other => panic!("{other:?} is no number"),
    }
}

pub fn truth(value: &Value) -> bool {
    match value {
        Value::Bool(truth) => *truth,
        other => panic!("{other:?} is no truth value"),
    }
}
