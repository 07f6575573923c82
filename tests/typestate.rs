//! The typestate layer at run time: which hooks ran, in which order, and what was handed back.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt;
use std::mem::size_of;
use std::panic::{AssertUnwindSafe, catch_unwind};

use plugstate::state::{
    Configured, Disabled, Discovered, Enabled, Failed as FailedState, Loaded, Loading, State,
    Unloading,
};
use plugstate::{BoxError, Deps, Failed, Handle, Meta, Optional, Phase, Plugin, Stage, discover};

thread_local! {
    /// Every hook that ran on this thread, in order. A test has a thread to itself.
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    /// The hook that fails, and how; hooks of the plugin `probe` only.
    static TRAP: Cell<Option<(Stage, Trap)>> = const { Cell::new(None) };
}

#[derive(Clone, Copy)]
enum Trap {
    Error,
    Panic,
}

fn log(line: impl Into<String>) {
    LOG.with_borrow_mut(|log| log.push(line.into()));
}

/// What was logged since this was last asked.
fn logged() -> Vec<String> {
    LOG.take()
}

fn set(stage: Stage, trap: Trap) {
    TRAP.set(Some((stage, trap)));
}

fn clear() {
    TRAP.set(None);
}

#[derive(Debug, PartialEq)]
struct Jammed(Stage);

impl fmt::Display for Jammed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "jammed in {}", self.0)
    }
}

impl Error for Jammed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&fmt::Error)
    }
}

/// Logs its hooks, is as large as a real plugin, and fails where it is told to.
struct Probe {
    config: u32,
    _large: [u64; 64],
}

impl Probe {
    fn hook(stage: Stage, line: String) -> Result<(), Jammed> {
        log(line);
        match TRAP.get() {
            Some((at, Trap::Error)) if at == stage => Err(Jammed(stage)),
            Some((at, Trap::Panic)) if at == stage => panic!("stuck in {stage}"),
            _ => Ok(()),
        }
    }
}

impl Plugin for Probe {
    const META: Meta = Meta::new("probe", "1.0.0");
    type Requires = ();
    type Config = u32;
    type Error = Jammed;

    fn load() -> Result<Self, Jammed> {
        Probe::hook(Stage::Load, "load".into())?;
        Ok(Probe { config: 0, _large: [0; 64] })
    }

    fn configure(&mut self, config: u32) -> Result<(), Jammed> {
        self.config = config;
        Probe::hook(Stage::Configure, format!("configure {config}"))
    }

    fn enable(&mut self, (): Deps<'_, Self>) -> Result<(), Jammed> {
        Probe::hook(Stage::Enable, "enable".into())
    }

    fn disable(&mut self) -> Result<(), Jammed> {
        Probe::hook(Stage::Disable, "disable".into())
    }

    fn restore(&mut self, previous: &Self) -> Result<(), Jammed> {
        Probe::hook(Stage::Restore, format!("restore {}", previous.config))
    }

    fn unload(self) -> Result<(), Jammed> {
        Probe::hook(Stage::Unload, "unload".into())
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        log("drop");
    }
}

fn loaded() -> Handle<'static, Probe, Loaded> {
    discover().load().expect("nothing is trapped")
}

fn configured() -> Handle<'static, Probe, Configured> {
    loaded().configure(1).expect("nothing is trapped")
}

fn enabled() -> Handle<'static, Probe, Enabled> {
    configured().enable(()).expect("nothing is trapped")
}

fn disabled() -> Handle<'static, Probe, Disabled> {
    enabled().disable().expect("nothing is trapped")
}

/// What dropping the handle runs.
fn dropped<S: State>(make: impl FnOnce() -> Handle<'static, Probe, S>) -> Vec<String> {
    let handle = make();
    logged();
    drop(handle);
    logged()
}

#[test]
fn a_whole_life_calls_each_hook_once_in_order() {
    let probe = discover::<Probe>();
    assert_eq!(logged(), [""; 0]);
    let probe = probe.begin_load();
    assert_eq!(logged(), [""; 0]);
    let probe = probe.finish_load().unwrap();
    assert_eq!(logged(), ["load"]);
    let probe = probe.configure(1).unwrap();
    assert_eq!(logged(), ["configure 1"]);
    let probe = probe.enable(()).unwrap();
    assert_eq!(logged(), ["enable"]);
    let probe = probe.disable().unwrap();
    assert_eq!(logged(), ["disable"]);
    let probe = probe.begin_unload();
    assert_eq!(logged(), [""; 0]);
    let probe = probe.finish_unload().unwrap();
    assert_eq!(logged(), ["unload", "drop"]);
    drop(probe);
    assert_eq!(logged(), [""; 0]);
}

#[test]
fn the_phase_as_a_value_is_the_phase_as_a_type() {
    fn phase_of<S: State>(handle: &Handle<'_, Probe, S>) -> Phase {
        assert_eq!(handle.phase(), S::PHASE);
        handle.phase()
    }
    assert_eq!(phase_of::<Discovered>(&discover()), Phase::Discovered);
    assert_eq!(phase_of::<Loading>(&discover().begin_load()), Phase::Loading);
    assert_eq!(phase_of::<Loaded>(&loaded()), Phase::Loaded);
    assert_eq!(phase_of::<Configured>(&configured()), Phase::Configured);
    assert_eq!(phase_of::<Enabled>(&enabled()), Phase::Enabled);
    assert_eq!(phase_of::<Disabled>(&disabled()), Phase::Disabled);
    assert_eq!(phase_of::<FailedState>(&loaded().fail("a fault").into_handle()), Phase::Failed);
    assert_eq!(phase_of::<Unloading>(&loaded().begin_unload()), Phase::Unloading);
    assert_eq!(format!("{:?}", enabled()), r#"Handle { plugin: "probe", phase: Enabled, .. }"#);
    assert_eq!(enabled().meta().name(), "probe");
}

// What a drop owes the plugin.

#[test]
fn dropping_a_handle_without_an_instance_runs_nothing() {
    assert_eq!(dropped(discover::<Probe>), [""; 0]);
    assert_eq!(dropped(|| discover::<Probe>().begin_load()), [""; 0]);
    assert_eq!(dropped(|| loaded().unload().unwrap()), [""; 0]);
    assert_eq!(dropped(|| discover::<Probe>().load().unwrap().unload().unwrap()), [""; 0]);
}

#[test]
fn dropping_a_handle_with_an_instance_unloads_it() {
    assert_eq!(dropped(loaded), ["unload", "drop"]);
    assert_eq!(dropped(configured), ["unload", "drop"]);
    assert_eq!(dropped(disabled), ["unload", "drop"]);
    assert_eq!(dropped(|| loaded().begin_unload()), ["unload", "drop"]);
}

#[test]
fn dropping_an_enabled_handle_disables_it_first() {
    assert_eq!(dropped(enabled), ["disable", "unload", "drop"]);
    assert_eq!(dropped(|| disabled().enable(()).unwrap()), ["disable", "unload", "drop"]);
}

#[test]
fn dropping_what_failed_in_load_runs_nothing() {
    set(Stage::Load, Trap::Error);
    assert_eq!(dropped(|| discover::<Probe>().load().unwrap_err().into_handle()), [""; 0]);
}

#[test]
fn dropping_what_failed_after_load_unloads_it_and_no_more() {
    let unloaded = ["unload", "drop"];
    assert_eq!(dropped(|| enabled().fail("a fault").into_handle()), unloaded);
    for stage in [Stage::Configure, Stage::Enable, Stage::Disable] {
        set(stage, Trap::Error);
        let make = || {
            let probe = loaded();
            let probe = match probe.configure(1) {
                Ok(probe) => probe,
                Err(failed) => return failed.into_handle(),
            };
            let probe = match probe.enable(()) {
                Ok(probe) => probe,
                Err(failed) => return failed.into_handle(),
            };
            probe.disable().unwrap_err().into_handle()
        };
        assert_eq!(dropped(make), unloaded, "{stage}");
        clear();
    }
}

#[test]
fn dropping_a_failure_unhandled_unloads_the_plugin() {
    let failed = enabled().fail("a fault");
    logged();
    drop(failed);
    assert_eq!(logged(), ["unload", "drop"]);
}

#[test]
fn a_drop_goes_on_after_a_hook_that_fails() {
    let probe = enabled();
    logged();
    set(Stage::Disable, Trap::Error);
    drop(probe);
    assert_eq!(logged(), ["disable", "unload", "drop"]);
    clear();

    let probe = enabled();
    logged();
    set(Stage::Unload, Trap::Error);
    drop(probe);
    assert_eq!(logged(), ["disable", "unload", "drop"]);
}

#[test]
fn an_early_return_tears_down_in_reverse() {
    fn start() -> Result<(), BoxError> {
        let _first = discover::<Probe>().load()?.configure(1)?.enable(())?;
        let _second = discover::<Probe>().load()?.configure(2)?;
        set(Stage::Configure, Trap::Error);
        let _third = discover::<Probe>().load()?.configure(3)?;
        Ok(())
    }
    // The error holds the third; the second and the first go before it.
    let error = start().unwrap_err();
    let before = ["load", "configure 1", "enable", "load", "configure 2", "load", "configure 3"];
    let during = ["unload", "drop", "disable", "unload", "drop"];
    assert_eq!(logged(), [&before[..], &during[..]].concat());
    assert_eq!(error.to_string(), "plugin `probe` failed to configure: jammed in configure");
    drop(error);
    assert_eq!(logged(), ["unload", "drop"]);
}

// What a failure hands back.

/// The failure says what failed, where, and in which words, and what it holds can be tried again.
#[track_caller]
fn holds<S: State>(failed: &Failed<Probe, S>, stage: Stage, text: &str) {
    assert_eq!(failed.stage(), stage);
    assert_eq!(failed.error().downcast_ref(), Some(&Jammed(stage)));
    assert_eq!(failed.to_string(), text);
    // The error itself is in the text already, so the chain goes on below it.
    assert!(failed.source().expect("`Jammed` has a source").is::<fmt::Error>());
}

#[track_caller]
fn can_be_tried_again(failed: Failed<Probe>) {
    clear();
    logged();
    let probe = failed.into_handle().unload().unwrap();
    assert_eq!(logged(), ["unload", "drop"]);
    let probe = probe.load().unwrap().configure(2).unwrap().enable(()).unwrap();
    assert_eq!(probe.config, 2);
    assert_eq!(logged(), ["load", "configure 2", "enable"]);
}

#[test]
fn a_failed_load_can_be_tried_again() {
    set(Stage::Load, Trap::Error);
    let failed = discover::<Probe>().load().unwrap_err();
    holds(&failed, Stage::Load, "plugin `probe` failed to load: jammed in load");
    assert_eq!(logged(), ["load"]);

    let probe = failed.into_handle();
    assert_eq!(probe.phase(), Phase::Failed);
    let probe = probe.unload().unwrap(); // there is no instance, so no hook
    assert_eq!(logged(), [""; 0]);
    let again = probe.load().unwrap_err().into_handle().unload().unwrap();
    clear();
    assert_eq!(again.load().unwrap().phase(), Phase::Loaded);
}

#[test]
fn a_failed_configure_can_be_tried_again() {
    for probe in [loaded().configure(0).unwrap(), disabled().configure(0).unwrap()] {
        set(Stage::Configure, Trap::Error);
        logged();
        let failed = probe.configure(1).unwrap_err();
        assert_eq!(logged(), ["configure 1"]);
        holds(&failed, Stage::Configure, "plugin `probe` failed to configure: jammed in configure");
        can_be_tried_again(failed);
    }
}

#[test]
fn a_failed_enable_can_be_tried_again() {
    let probe = configured();
    logged();
    set(Stage::Enable, Trap::Error);
    let failed = probe.enable(()).unwrap_err();
    assert_eq!(logged(), ["enable"]); // and no `disable`
    holds(&failed, Stage::Enable, "plugin `probe` failed to enable: jammed in enable");
    can_be_tried_again(failed);
}

#[test]
fn a_failed_disable_can_be_tried_again() {
    let probe = enabled();
    logged();
    set(Stage::Disable, Trap::Error);
    let failed = probe.disable().unwrap_err();
    assert_eq!(logged(), ["disable"]);
    holds(&failed, Stage::Disable, "plugin `probe` failed to disable: jammed in disable");
    can_be_tried_again(failed);
}

#[test]
fn a_failed_restore_can_be_tried_again() {
    let old = disabled();
    let new = loaded().configure(2).unwrap();
    logged();
    set(Stage::Restore, Trap::Error);
    let failed = new.restore(&old).unwrap_err();
    assert_eq!(logged(), ["restore 1"]);
    holds(&failed, Stage::Restore, "plugin `probe` failed to restore: jammed in restore");
    can_be_tried_again(failed);
    clear();
    logged();
    assert_eq!(old.enable(()).unwrap().config, 1); // the old one is as it was
}

#[test]
fn a_failed_unload_leaves_nothing_but_a_discovered_handle() {
    for probe in [loaded().begin_unload(), disabled().begin_unload()] {
        logged();
        set(Stage::Unload, Trap::Error);
        let failed = probe.finish_unload().unwrap_err();
        assert_eq!(logged(), ["unload", "drop"]);
        holds(&failed, Stage::Unload, "plugin `probe` failed to unload: jammed in unload");
        clear();
        let (probe, error) = failed.into_parts();
        assert_eq!(error.to_string(), "jammed in unload");
        assert_eq!(probe.phase(), Phase::Discovered);
        assert_eq!(probe.load().unwrap().phase(), Phase::Loaded);
        logged();
    }
}

#[test]
fn a_fault_bears_the_hosts_error() {
    let failed = enabled().fail("the line is dead");
    assert_eq!(failed.stage(), Stage::Fault);
    assert_eq!(failed.to_string(), "plugin `probe` failed to run: the line is dead");
    assert!(failed.source().is_none());
    assert_eq!(
        format!("{failed:?}"),
        r#"Failed { plugin: "probe", stage: Fault, error: "the line is dead", .. }"#
    );
    can_be_tried_again(failed);
    for failed in [loaded().fail("a"), configured().fail("b"), disabled().fail("c")] {
        assert_eq!(failed.stage(), Stage::Fault);
        can_be_tried_again(failed);
    }
}

#[test]
fn a_fault_runs_no_hook() {
    let probe = enabled();
    logged();
    let failed = probe.fail("a fault");
    assert_eq!(logged(), [""; 0]);
    drop(failed);
}

// Hooks that panic.

/// What runs when `then` panics half way, beginning with the hook that panics.
#[track_caller]
fn panicking<S: State>(
    stage: Stage,
    make: impl FnOnce() -> Handle<'static, Probe, S>,
    then: impl FnOnce(Handle<'static, Probe, S>),
) -> Vec<String> {
    let probe = make();
    logged();
    set(stage, Trap::Panic);
    let panic = catch_unwind(AssertUnwindSafe(|| then(probe))).unwrap_err();
    clear();
    assert_eq!(panic.downcast_ref(), Some(&format!("stuck in {stage}")));
    logged()
}

#[test]
fn a_panic_in_load_leaves_nothing() {
    let log = panicking(Stage::Load, discover, |probe| drop(probe.load()));
    assert_eq!(log, ["load"]);
}

#[test]
fn a_panic_in_configure_unloads_once() {
    let unloaded = ["configure 2", "unload", "drop"];
    let log = panicking(Stage::Configure, loaded, |probe| drop(probe.configure(2)));
    assert_eq!(log, unloaded);
    let log = panicking(Stage::Configure, configured, |probe| drop(probe.configure(2)));
    assert_eq!(log, unloaded);
    let log = panicking(Stage::Configure, disabled, |probe| drop(probe.configure(2)));
    assert_eq!(log, unloaded);
}

#[test]
fn a_panic_in_enable_unloads_once_and_does_not_disable() {
    let log = panicking(Stage::Enable, configured, |probe| drop(probe.enable(())));
    assert_eq!(log, ["enable", "unload", "drop"]);
    let log = panicking(Stage::Enable, disabled, |probe| drop(probe.enable(())));
    assert_eq!(log, ["enable", "unload", "drop"]);
}

#[test]
fn a_panic_in_disable_unloads_once_and_does_not_disable_again() {
    let log = panicking(Stage::Disable, enabled, |probe| drop(probe.disable()));
    assert_eq!(log, ["disable", "unload", "drop"]);
    let log = panicking(Stage::Disable, enabled, drop);
    assert_eq!(log, ["disable", "unload", "drop"]);
}

#[test]
fn a_panic_in_restore_unloads_the_new_instance_and_leaves_the_old() {
    let old = disabled();
    let log = panicking(Stage::Restore, configured, |probe| drop(probe.restore(&old)));
    assert_eq!(log, ["restore 1", "unload", "drop"]);
    assert_eq!(old.enable(()).unwrap().config, 1);
}

#[test]
fn a_panic_in_unload_does_not_unload_again() {
    let log = panicking(Stage::Unload, loaded, |probe| drop(probe.unload()));
    assert_eq!(log, ["unload", "drop"]);
    let log = panicking(Stage::Unload, loaded, drop);
    assert_eq!(log, ["unload", "drop"]);
    let log = panicking(Stage::Unload, enabled, drop);
    assert_eq!(log, ["disable", "unload", "drop"]);
}

#[test]
fn a_panic_of_the_host_ends_what_is_enabled_in_order() {
    let log = catch_unwind(|| {
        let _probe = enabled();
        logged();
        panic!("the host");
    });
    assert!(log.is_err());
    assert_eq!(logged(), ["disable", "unload", "drop"]);
}

// Dependencies.

struct Reader {
    seen: Option<u32>,
}

impl Plugin for Reader {
    const META: Meta = Meta::new("reader", "1.0.0");
    type Requires = (Probe, Optional<Probe>);
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Reader { seen: None })
    }

    fn enable(&mut self, (probe, second): Deps<'_, Self>) -> Result<(), BoxError> {
        log(format!("reader enable {} {:?}", probe.config, second.map(|probe| probe.config)));
        self.seen = Some(probe.config);
        if probe.config == 13 { Err("13 is no clock".into()) } else { Ok(()) }
    }

    fn disable(&mut self) -> Result<(), BoxError> {
        log("reader disable");
        Ok(())
    }

    fn unload(self) -> Result<(), BoxError> {
        log("reader unload");
        Ok(())
    }
}

fn reader() -> Handle<'static, Reader, Configured> {
    discover().load().unwrap().configure(()).unwrap()
}

#[test]
fn a_dependent_receives_what_was_shown_and_ends_first() {
    {
        let probe = enabled();
        let second = loaded().configure(2).unwrap().enable(()).unwrap();
        logged();
        let reader = reader().enable((&probe, Some(&second))).unwrap();
        assert_eq!(logged(), ["reader enable 1 Some(2)"]);
        assert_eq!(reader.seen, Some(1));
    }
    let probe = ["disable", "unload", "drop"];
    assert_eq!(logged(), [&["reader disable", "reader unload"][..], &probe, &probe].concat());
}

#[test]
fn a_dependent_that_fails_to_enable_frees_its_dependencies() {
    let probe = loaded().configure(13).unwrap().enable(()).unwrap();
    let failed = reader().enable((&probe, None)).unwrap_err();
    let probe = probe.disable().unwrap().configure(1).unwrap().enable(()).unwrap();
    let reader = failed.into_handle().unload().unwrap().load().unwrap().configure(()).unwrap();
    logged();
    let reader = reader.enable((&probe, None)).unwrap();
    assert_eq!(logged(), ["reader enable 1 None"]);
    drop(reader);
}

// Shape.

#[test]
fn a_handle_is_one_pointer_wide() {
    fn width<S: State>() -> [usize; 2] {
        [size_of::<Handle<'static, Probe, S>>(), size_of::<Option<Handle<'static, Probe, S>>>()]
    }
    assert_eq!(size_of::<Probe>(), 520);
    let pointer = size_of::<usize>();
    assert_eq!(width::<Discovered>()[0], pointer);
    assert_eq!(width::<Loading>()[0], pointer);
    assert_eq!(width::<Loaded>()[0], pointer);
    assert_eq!(width::<Configured>()[0], pointer);
    assert_eq!(width::<Enabled>()[0], pointer);
    assert_eq!(width::<Disabled>()[0], pointer);
    assert_eq!(width::<FailedState>()[0], pointer);
    assert_eq!(width::<Unloading>()[0], pointer);
    // A handle may hold no instance, so `None` has no value to hide in.
    assert_eq!(width::<Enabled>()[1], 2 * pointer);
}

#[test]
fn a_handle_goes_where_its_plugin_goes() {
    fn goes<T: Send + Sync>() {}
    goes::<Handle<'static, Probe, Enabled>>();
    goes::<Failed<Probe>>();

    let probe = enabled();
    logged();
    let log = std::thread::spawn(move || {
        drop(probe);
        logged()
    });
    assert_eq!(log.join().unwrap(), ["disable", "unload", "drop"]);
    assert_eq!(logged(), [""; 0]);
}

#[test]
fn a_handle_is_covariant() {
    fn shorten<'short>(
        long: Handle<'static, Probe, Enabled>,
        _until: &'short u8,
    ) -> Handle<'short, Probe, Enabled> {
        long
    }
    let until = 0;
    let probe = shorten(enabled(), &until);
    // A verb does not care how short the borrow has become.
    assert_eq!(probe.disable().unwrap().phase(), Phase::Disabled);
}

#[test]
fn a_load_can_be_given_up_before_its_hook_is_called() {
    struct Never;

    impl Plugin for Never {
        const META: Meta = Meta::new("never", "1.0.0");
        type Requires = ();
        type Config = ();
        type Error = BoxError;

        fn load() -> Result<Self, BoxError> {
            unreachable!("the load was given up")
        }
    }

    let failed = discover::<Never>().begin_load().fail("the host is out of memory");
    assert_eq!(failed.to_string(), "plugin `never` failed to run: the host is out of memory");
    let handle = failed.into_handle();
    assert_eq!(handle.phase(), Phase::Failed);
    assert_eq!(handle.unload().expect("there is nothing to end").phase(), Phase::Discovered);
}
