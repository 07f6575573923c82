//! What does a life cost through the manager, and what does it depend on?

use std::time::Instant;

use bevy_app::{App, Plugin};
use plugstate::Manager;
use plugstate_benches::idle::{self, Hooks, Make, Maker};
use plugstate_benches::inputs::count;
use plugstate_benches::rounds::{Table, cpu, short, timed};

fn main() {
    lives();
    bevy();
    flat();
}

fn sizes(sizes: &[usize]) -> &[usize] {
    if short() { &sizes[..1] } else { sizes }
}

fn manager(plugins: usize) -> Manager {
    idle::builder(idle::suite(plugins)).build().expect("nothing is wrong with it")
}

fn makers(plugins: usize) -> Vec<Box<dyn Make>> {
    (0..plugins).map(|at| Box::new(Maker(at)) as Box<dyn Make>).collect()
}

fn lives() {
    let mut table =
        Table::new("a whole life with empty hooks against the bare hooks with clock reads");
    let start = Instant::now();
    for &plugins in sizes(&[100, 1_000, 10_000, 100_000]) {
        let makers = makers(plugins);
        let free = || idle::builder((0..plugins).map(|at| idle::registration(at, [])));
        let bound = || idle::builder(idle::suite(plugins));
        let cases = [
            ("without dependencies", free(), 3.0.into()),
            ("two dependencies each", bound(), None),
            ("two dependencies each, threads(1)", bound().threads(1), None),
        ];
        for (case, builder, goal) in cases {
            let manager = builder.build().expect("nothing is wrong with it");
            let life = |()| {
                let report = manager.enable_all().expect("it may start");
                manager.shutdown().expect("nothing fails");
                report
            };
            let theirs = timed(|| (), |()| idle::bare_lives(start, &makers));
            let what = format!("enable_all and shutdown of {}, {case}", count(plugins));
            let against = "five dyn hooks each, ten clock reads";
            table.compare(what, against, goal, timed(|| (), life), theirs);
        }
    }
    for &plugins in sizes(&[100, 1_000, 10_000, 100_000]) {
        let manager = idle::builder((0..plugins).map(|at| idle::registration(at, [])));
        let manager = manager.build().expect("nothing is wrong with it");
        let makers = makers(plugins);
        let names: Vec<_> = some(plugins).map(|at| (at, idle::name(at))).collect();
        let ours = timed(
            || (),
            |()| {
                for (_, name) in &names {
                    manager.enable(name).expect("it does not fail");
                    manager.unload(name).expect("it does not fail");
                }
            },
        );
        let theirs = timed(
            || (),
            |()| names.iter().map(|(at, _)| idle::bare_life(start, &*makers[*at])).max(),
        );
        let what = format!("two operations (enable, unload), one plugin of {}", count(plugins));
        table.compare(what, "five dyn hooks, ten clock reads", None, ours, theirs);
        let ours = timed(
            || (),
            |()| {
                for (_, name) in &names {
                    manager.load(name).expect("it does not fail");
                    manager.configure(name, ()).expect("it does not fail");
                    manager.enable(name).expect("it does not fail");
                    manager.disable(name).expect("it does not fail");
                    manager.unload(name).expect("it does not fail");
                }
            },
        );
        let theirs = timed(
            || (),
            |()| names.iter().map(|(at, _)| idle::bare_life(start, &*makers[*at])).max(),
        );
        let what = format!("five operations, one plugin of {}", count(plugins));
        table.compare(what, "five dyn hooks, ten clock reads", None, ours, theirs);
    }
    // Without the clock reads, so that it can be seen what the reads themselves cost.
    let makers = makers(1_000);
    let ours = timed(|| (), |()| makers.iter().map(|maker| idle::bare_life(start, &**maker)).max());
    let theirs = timed(
        || (),
        |()| {
            for maker in &makers {
                let mut plugin: Box<dyn Hooks> = maker.load().expect("it does not fail");
                let _ = (plugin.configure(()), plugin.enable(), plugin.disable());
                let _ = plugin.unload();
            }
        },
    );
    table.compare("five dyn hooks with clock reads, 1,000", "the same without", None, ours, theirs);
}

/// Up to 64 plugins, spread over all.
fn some(plugins: usize) -> impl Iterator<Item = usize> {
    let many = plugins.min(64);
    (0..many).map(move |at| at * (plugins / many))
}

struct Bevy(String);

impl Plugin for Bevy {
    fn build(&self, app: &mut App) {
        std::hint::black_box(app);
    }

    fn name(&self) -> &str {
        &self.0
    }
}

fn bevy() {
    let mut table = Table::new("registering and enabling N plugins against bevy_app");
    for &plugins in sizes(&[100, 1_000, 10_000]) {
        let ours = timed(
            || (0..plugins).map(|at| idle::registration(at, [])).collect::<Vec<_>>(),
            |registrations| {
                let manager =
                    idle::builder(registrations).build().expect("nothing is wrong with it");
                manager.enable_all().expect("it may start");
                manager
            },
        );
        let bevies = || (0..plugins).map(|at| Bevy(idle::name(at))).collect::<Vec<_>>();
        let goal = (plugins <= 1_000).then_some(0.5);
        let theirs = timed(bevies, |plugins| start(App::new(), plugins));
        table.compare(
            count(plugins),
            "App::new, add_plugins, finish, cleanup",
            goal,
            &ours,
            theirs,
        );
        // The least that can be asked of the peer: an app without schedules, which nobody can run,
        // and which was made before the clock started.
        let theirs = timed(|| (App::empty(), bevies()), |(app, plugins)| start(app, plugins));
        table.compare(count(plugins), "add_plugins, finish, cleanup alone", None, &ours, theirs);
    }
}

fn start(mut app: App, plugins: Vec<Bevy>) -> App {
    for plugin in plugins {
        app.add_plugins(plugin);
    }
    app.finish();
    app.cleanup();
    app
}

fn flat() {
    let mut table = Table::new("enabling and disabling one of N against one of 100");
    let up = |plugins: usize| {
        let manager = manager(plugins);
        manager.enable_all().expect("it may start");
        // Nobody requires the upper nine tenths.
        let names: Vec<_> = some(plugins / 2).map(|at| idle::name(plugins - 1 - at)).collect();
        (manager, names)
    };
    let turn = |(manager, names): &(Manager, Vec<String>)| {
        let began = cpu();
        for name in names {
            manager.disable(name).expect("nobody requires it");
            manager.enable(name).expect("it does not fail");
        }
        (cpu() - began) / names.len() as u32
    };
    let hundred = up(100);
    for &plugins in sizes(&[1_000, 10_000, 100_000]) {
        let many = up(plugins);
        let what = format!("disable and enable one of {}", count(plugins));
        table.compare(what, "one of 100", None, || turn(&many), || turn(&hundred));
        // One and the same: the processor's caches are as warm as they are with a hundred.
        let (manager, names) = &many;
        let one = names[0].as_str();
        let again = |manager: &Manager, name: &str| {
            let began = cpu();
            for _ in 0..64 {
                manager.disable(name).expect("nobody requires it");
                manager.enable(name).expect("it does not fail");
            }
            cpu() - began
        };
        table.compare(
            format!("disable and enable the same one of {}", count(plugins)),
            "one of 100",
            None,
            || again(manager, one),
            || again(&hundred.0, &hundred.1[0]),
        );
    }
}
