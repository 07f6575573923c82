//! Bugs planted in the spec, each with the property that finds it.

use std::fs;

use crate::spec;

/// What is replaced by what, under which configuration, and what must then be violated.
const BUGS: &[(&str, &str, &str, &str)] = &[
    // A dependent's enable does not wait for what it wants.
    (
        "Small.cfg",
        "/\\ All[p] \\cap job.pending = {}",
        "/\\ Req[p] \\cap job.pending = {}",
        "Order",
    ),
    // A cascade goes the wrong way.
    ("Small.cfg", "LET order == Reverse(InOrder(S))", "LET order == InOrder(S)", "Order"),
    // Disable does not ask who needs the plugin.
    ("Small.cfg", "/\\ ToDisable(p) = {p}", "/\\ p = p", "Either"),
    // Unload does not ask either.
    ("Small.cfg", "/\\ ToUnload(p) = {p}", "/\\ p = p", "Either"),
    // An operation that is undone does not keep what a failed instance requires.
    (
        "Small.cfg",
        "kept == IF Resident(p) THEN DownFrom(p) ELSE {}",
        "kept == IF Resident(p) THEN {p} ELSE {}",
        "Support",
    ),
    // An operation that is undone leaves enabled what it enabled.
    (
        "Small.cfg",
        "CASE h[1] = \"enable\" -> <<<<\"disable\", h[2], h[3]>>>> \\o rest",
        "CASE h[1] = \"enable\" -> rest",
        "Lawful",
    ),
    // A reload that fails leaves the old instance stopped.
    (
        "Small.cfg",
        "<<discard \\o again \\o settle, TRUE>>",
        "<<discard \\o settle, TRUE>>",
        "Atomic",
    ),
    // A reload that fails leaves the new instance lying about.
    ("Small.cfg", "<<discard \\o again \\o settle, TRUE>>", "<<again \\o settle, TRUE>>", "Clean"),
    // A reload forgets to stop the old instance.
    (
        "Small.cfg",
        "Each(\"disable\", Reverse(above) \\o <<p>>)",
        "Each(\"disable\", Reverse(above))",
        "Lawful",
    ),
    // A boot goes on above a plugin that failed.
    ("Small.cfg", "IF job.op = \"boot\" THEN UpFrom({h[2]}) ELSE {h[2]}", "{h[2]}", "Support"),
    // A hook that fails is taken for one that did not.
    ("Small.cfg", "[] ~ok -> Set(p, i, \"Failed\")", "[] ~ok -> Set(p, i, \"Enabled\")", "Lawful"),
    // A failed unload leaves the instance.
    (
        "Small.cfg",
        "[] h[1] = \"unload\" -> [loads",
        "[] h[1] = \"unload\" /\\ ok -> [loads",
        "Residency",
    ),
    // A failing disable counts as none.
    (
        "Small.cfg",
        "[] h[1] = \"disable\" -> Add(enables, p, i, -1)",
        "[] h[1] = \"disable\" /\\ ok -> Add(enables, p, i, -1)",
        "Pairing",
    ),
    // A fault does not close what it broke.
    (
        "Small.cfg",
        "enables' = [enables EXCEPT ![p] = [@ EXCEPT ![1] = 0]]",
        "enables' = enables",
        "Pairing",
    ),
    // A fault does not stop the dependents first.
    (
        "Small.cfg",
        "Each(\"disable\", Reverse(above)) \\o <<<<\"break\", p, 1>>>>",
        "<<<<\"break\", p, 1>>>>",
        "Support",
    ),
    // What a fault stopped is forgotten.
    ("Small.cfg", "stopped' = LeaveDown(stopped, job.above)", "stopped' = stopped", "never seen"),
    // A recovery brings nothing back.
    ("Small.cfg", "ELSE Each(\"again\", back) \\o", "ELSE", "Comeback"),
    // A shutdown unloads before all are disabled.
    (
        "Small.cfg",
        "ELSE IF on # {} THEN Start(\"stop\", 0, <<>>, <<>>, on)",
        "ELSE IF FALSE THEN Start(\"stop\", 0, <<>>, <<>>, on)",
        "Lawful",
    ),
    // A shutdown never comes to its second pass.
    (
        "Small.cfg",
        "/\\ \\/ /\\ job.op = \"stop\"\n",
        "/\\ \\/ /\\ job.op = \"never\"\n",
        "Progress",
    ),
    // A row is missing from the law.
    ("Small.cfg", "  <<\"Disabled\",   \"Configure\",    \"Configured\">>,\n", "", "Lawful"),
    // A replacement and a phase in one step.
    (
        "Small.cfg",
        "/\\ now' = [now EXCEPT ![Next1[2]] = 3 - @]\n  /\\ job' = [job EXCEPT !.todo = Tail(@)]\n  /\\ UNCHANGED <<suite, bound, life, loads",
        "/\\ now' = [now EXCEPT ![Next1[2]] = 3 - @]\n  /\\ life' = [life EXCEPT ![Next1[2]] = <<\"Failed\", \"Disabled\">>]\n  /\\ job' = [job EXCEPT !.todo = Tail(@)]\n  /\\ UNCHANGED <<suite, bound, loads",
        "Lawful",
    ),
    // The inductive invariant finds what follows from it.
    (
        "Small.cfg",
        "CASE h[1] = \"enable\" -> <<<<\"disable\", h[2], h[3]>>>> \\o rest",
        "CASE h[1] = \"enable\" -> rest",
        "Inductive",
    ),
    ("Small.cfg", "IF job.op = \"boot\" THEN UpFrom({h[2]}) ELSE {h[2]}", "{h[2]}", "Inductive"),
    (
        "Small.cfg",
        "Each(\"disable\", Reverse(above) \\o <<p>>)",
        "Each(\"disable\", Reverse(above))",
        "Inductive",
    ),
    // A capability is bound anew to a plugin that is down.
    (
        "Rebind.cfg",
        "{o \\in suite.cap[q] \\ {p} : Enabled(o) /\\",
        "{o \\in suite.cap[q] \\ {p} : ~Enabled(o) /\\",
        "Support",
    ),
    // A second chance does not ask whether all that the plugin requires is enabled.
    ("Rebind.cfg", "stands == \\A d \\in Required(b, p) : Enabled(d)", "stands == TRUE", "Support"),
    // A boot is over before anybody has a second chance.
    (
        "Rebind.cfg",
        "!.todo = Each(\"chance\", InOrder({p \\in P : ~Stands(p)}))",
        "!.todo = <<>>",
        "NobodyLeft",
    ),
    // Who has had a second chance has no other, though what it waits for comes later.
    (
        "Chances.cfg",
        "again == IF hooks = <<>> THEN <<>> ELSE Each(\"chance\", InOrder(passed))",
        "again == <<>>",
        "NobodyLeft",
    ),
    // A reload that leaves no instance leaves its dependents where they were.
    ("Rebind.cfg", "<<\"rebind\", p, 1>>", "<<\"again\", p, 1>>", "never seen"),
];

/// Plants each bug by itself whose text has `only` in it, and says which were not found, or by another
/// property than is said.
pub fn check(only: &str) -> Result<(), String> {
    let directory = spec::directory();
    let read = |name: &str| {
        fs::read_to_string(directory.join(name)).map_err(|error| format!("{name}: {error}"))
    };
    let text = read("Lifecycle.tla")?;
    let invariant = read("Inductive.tla")?;
    let place = std::env::temp_dir().join(format!("plugstate-planted-{}", std::process::id()));
    fs::create_dir_all(&place).map_err(|error| error.to_string())?;
    let mut missed = Vec::new();
    let mut found = 0;
    for (config, sound, bug, finder) in BUGS.iter().filter(|(_, _, bug, _)| bug.contains(only)) {
        if text.matches(sound).count() != 1 {
            missed.push(format!("the spec does not say once: {sound}"));
            continue;
        }
        let write = |name: &str, text: &str| {
            fs::write(place.join(name), text).map_err(|error| error.to_string())
        };
        write("Lifecycle.tla", &text.replace(sound, bug))?;
        write("Inductive.tla", &invariant)?;
        // The inductive invariant says more of every state, and would come first.
        let asked = read(config)?;
        let by_itself = *finder == "Inductive";
        write(config, &if by_itself { asked } else { asked.replace(" Inductive", "") })?;
        let answer = match spec::check(&place, config) {
            Ok(_) => "nothing".to_owned(),
            Err(error) => error.lines().next().unwrap_or_default().to_owned(),
        };
        println!("{answer}: {}", bug.lines().next().unwrap_or("a row less"));
        if !answer.starts_with(finder) {
            missed.push(format!("{finder} does not find, but {answer}: {bug}"));
        }
        found += 1;
    }
    fs::remove_dir_all(&place).map_err(|error| error.to_string())?;
    if missed.is_empty() {
        println!("{found} planted bugs, each found");
        return Ok(());
    }
    Err(missed.join("\n"))
}
