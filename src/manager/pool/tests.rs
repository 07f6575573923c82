//! Runs on one thread and on several: order, when threads are called, and who is told of what.

use super::*;
use std::sync::Mutex;

/// The plugins before each plugin, and those after it.
struct Graph {
    before: Vec<Vec<u32>>,
    after: Vec<Vec<u32>>,
}

impl Graph {
    fn new(plugins: usize, edges: &[(u32, u32)]) -> Self {
        let mut graph =
            Graph { before: vec![Vec::new(); plugins], after: vec![Vec::new(); plugins] };
        for &(plugin, dependency) in edges {
            graph.before[plugin as usize].push(dependency);
            graph.after[dependency as usize].push(plugin);
        }
        graph
    }

    /// Runs all plugins, which say that they took `time`, and answers what was heard: starts
    /// and ends.
    fn run(&self, threads: Threads, time: impl Fn(u32) -> Duration + Sync) -> Vec<(u32, bool)> {
        let order: Vec<u32> = (0..self.before.len() as u32).collect();
        let heard = Mutex::new(Vec::new());
        let job = Job {
            order: &order,
            plugins: order.len(),
            before: &|plugin| rows(&self.before[plugin as usize]),
            after: &|plugin| rows(&self.after[plugin as usize]),
            weights: &|| Box::new(|_| None),
            trusted: true,
        };
        let results = run(&job, threads, |plugin, _| {
            heard.lock().unwrap().push((plugin, true));
            std::thread::yield_now();
            heard.lock().unwrap().push((plugin, false));
            done(plugin * 2, time(plugin))
        });
        assert_eq!(results, order.iter().map(|plugin| plugin * 2).collect::<Vec<_>>());
        heard.into_inner().unwrap()
    }
}

fn done<R>(result: R, took: Duration) -> Done<R> {
    Done { result, took, just_now: false }
}

fn rows(row: &[u32]) -> Rows<'_> {
    [row.into(), Cow::Borrowed(&[])]
}

fn threads() -> impl Iterator<Item = Threads> {
    [1, 2, 3, 8].into_iter().flat_map(|count| [true, false].map(|eager| Threads { count, eager }))
}

#[test]
fn every_task_runs_once_and_after_those_before_it() {
    let edges = [(1, 0), (2, 0), (3, 1), (3, 2), (5, 4), (6, 3), (6, 5), (7, 0), (8, 7)];
    let graph = Graph::new(10, &edges);
    for threads in threads() {
        for micros in [0, 200] {
            let heard =
                graph.run(threads, |plugin| Duration::from_micros(micros * u64::from(plugin % 3)));
            assert_eq!(heard.len(), 20, "{threads:?}");
            let at = |plugin, start| {
                heard.iter().position(|&event| event == (plugin, start)).expect("it ran")
            };
            for (plugin, dependency) in edges {
                assert!(at(dependency, false) < at(plugin, true), "{threads:?}: {heard:?}");
            }
        }
    }
}

#[test]
fn a_panic_is_the_callers_and_holds_up_nobody() {
    // No hook can bring it about, but whoever listens to `tracing` can. The first task panics
    // when the second has begun, so the run is parallel then and the third is still waiting.
    let graph = Graph::new(3, &[(2, 0), (2, 1)]);
    for count in [2, 8] {
        let begun = AtomicBool::new(false);
        let job = Job {
            order: &[0, 1, 2],
            plugins: 3,
            before: &|plugin| rows(&graph.before[plugin as usize]),
            after: &|plugin| rows(&graph.after[plugin as usize]),
            weights: &|| Box::new(|_| None),
            trusted: true,
        };
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            run(&job, Threads { count, eager: true }, |plugin, _| {
                if plugin == 0 {
                    while !begun.load(Ordering::Acquire) {
                        std::thread::yield_now();
                    }
                    std::panic::resume_unwind(Box::new("broken"));
                }
                begun.store(true, Ordering::Release);
                done(plugin, Duration::ZERO)
            })
        }));
        assert!(caught.is_err());
    }
}

#[test]
fn two_tasks_that_wait_for_each_other_meet() {
    // Each of the two ends only when the other has begun: no serial run could end.
    for count in [2, 8] {
        let barrier = std::sync::Barrier::new(2);
        let job = Job {
            order: &[0, 1],
            plugins: 2,
            before: &|_| rows(&[]),
            after: &|_| rows(&[]),
            weights: &|| Box::new(|_| None),
            trusted: true,
        };
        let results = run(&job, Threads { count, eager: true }, |plugin, soon| {
            barrier.wait();
            Done { just_now: true, ..done((plugin, soon), Duration::ZERO) }
        });
        // Others are at work, so neither follows on the other.
        assert_eq!(results, [(0, false), (1, false)]);
    }
}

/// Three tasks that do not wait for each other.
fn three<'a>(weights: &'a (dyn Fn() -> Weights<'a> + Sync), trusted: bool) -> Job<'a> {
    let (before, after): (&(dyn Fn(u32) -> _ + Sync), _) = (&|_| rows(&[]), &|_| rows(&[]));
    Job { order: &[0, 1, 2], plugins: 3, before, after, weights, trusted }
}

#[test]
fn nobody_looks_while_tasks_are_known_to_be_quick_and_somebody_does_after_one_that_is_not() {
    let quick = || Box::new(|_| Some(Duration::ZERO)) as Weights<'_>;
    let first = || Box::new(|plugin: u32| (plugin == 0).then_some(Duration::ZERO)) as Weights<'_>;
    let slow = || Box::new(|_| Some(LONG)) as Weights<'_>;
    let eager = Threads { count: 2, eager: true };
    for (job, threads, from) in [
        (three(&quick, true), eager, 3),
        (three(&quick, false), eager, 0),
        (three(&first, true), eager, 1),
        (three(&slow, true), eager, 0),
        (three(&slow, true), Threads { eager: false, ..eager }, 3),
    ] {
        let run: Run<'_, '_, _, ()> = Run::new(&job, threads, &|_, _| done((), Duration::ZERO));
        assert_eq!(run.watched_from(), from);
    }
    // The first is slow in spite of what is known, or only the first is known: the others meet.
    for (job, took) in [(three(&quick, true), LONG), (three(&first, true), Duration::ZERO)] {
        let barrier = std::sync::Barrier::new(2);
        run(&job, eager, |plugin, _| {
            if plugin > 0 {
                barrier.wait();
            }
            done((), took)
        });
    }
}

#[test]
fn hooks_that_are_known_to_be_quick_are_waited_for_longer() {
    let ms = Duration::from_millis;
    let patience = |job: Job<'_>| {
        let threads = Threads { count: 2, eager: false };
        let run: Run<'_, '_, _, ()> = Run::new(&job, threads, &|_, _| done((), Duration::ZERO));
        run.patience(1)
    };
    let quick = || Box::new(|_| Some(Duration::ZERO)) as Weights<'_>;
    let one = || Box::new(move |plugin: u32| Some(ms(u64::from(plugin / 2)))) as Weights<'_>;
    let two = || Box::new(move |_| Some(ms(1))) as Weights<'_>;
    let some = || Box::new(|plugin: u32| (plugin < 2).then_some(Duration::ZERO)) as Weights<'_>;
    assert_eq!(patience(three(&quick, true)), price(2));
    assert_eq!(patience(three(&one, true)), price(2), "another thread could do nothing meanwhile");
    let just = || Box::new(|_| Some(price(2))) as Weights<'_>;
    assert_eq!(patience(three(&just, true)), Duration::ZERO, "it is worth what a queue costs");
    assert_eq!(patience(three(&quick, false)), Duration::ZERO);
    assert_eq!(patience(three(&two, true)), Duration::ZERO);
    assert_eq!(patience(three(&some, true)), Duration::ZERO);
}

#[test]
fn one_slow_hook_is_no_reason_for_threads_and_two_are() {
    let unknown = || Box::new(|_| None) as Weights<'_>;
    for (slow, parallel) in [(1, false), (2, true)] {
        let job = three(&unknown, true);
        let soon = run(&job, Threads { count: 2, eager: false }, |plugin, soon| Done {
            just_now: true,
            ..done(soon, if plugin < slow { LONG } else { Duration::ZERO })
        });
        // Where others are at work, no task follows on another at once.
        assert_eq!(soon, [false, true, !parallel]);
    }
}

/// A queue of all tasks of a job.
fn queued<'a, 'g, W>(job: &'a Job<'g>, work: &'a W) -> Run<'a, 'g, W, u32>
where
    W: Fn(u32, bool) -> Done<u32> + Sync,
{
    let run = Run::new(job, Threads { count: 2, eager: true }, work);
    *run.state.lock() = Some(run.queue(0, None));
    run
}

#[test]
fn those_who_wait_are_told_of_what_another_does_not_take_and_of_the_end() {
    let graph = Graph::new(4, &[(1, 0), (2, 0), (3, 1)]);
    let job = Job {
        order: &[0, 1, 2, 3],
        plugins: 4,
        before: &|plugin| rows(&graph.before[plugin as usize]),
        after: &|plugin| rows(&graph.after[plugin as usize]),
        weights: &|| Box::new(|_| None),
        trusted: true,
    };
    for (idle, told) in [(1, [true, false, false, true]), (0, [false; 4])] {
        let run = queued(&job, &|plugin, _| done(plugin, Duration::ZERO));
        let mut state = run.state.lock();
        let queue = state.as_mut().expect(TURNED);
        queue.idle = idle;
        let news = job.order.iter().map(|&plugin| queue.done(&(job.after)(plugin)));
        assert_eq!(news.collect::<Vec<_>>(), told);
    }
}

#[test]
fn a_thread_that_has_waited_is_counted_no_more() {
    let graph = Graph::new(2, &[(1, 0)]);
    let job = Job {
        order: &[0, 1],
        plugins: 2,
        before: &|plugin| rows(&graph.before[plugin as usize]),
        after: &|plugin| rows(&graph.after[plugin as usize]),
        weights: &|| Box::new(|_| None),
        trusted: true,
    };
    let run = queued(&job, &|plugin, _| done(plugin, Duration::ZERO));
    *run.state.lock() = Some(run.queue(0, Some(0)));
    std::thread::scope(|scope| {
        scope.spawn(|| run.work_on(run.state.lock()));
        let mut state = loop {
            let state = run.state.lock();
            if state.as_ref().expect(TURNED).idle == 1 {
                break state;
            }
            drop(state);
            std::thread::yield_now();
        };
        run.done(&mut state, 0);
        run.work_on(state);
    });
    let state = run.state.lock().take().expect(TURNED);
    assert_eq!((state.idle, state.left, &state.results[..]), (0, 0, &[(1, 1)][..]));
}

#[test]
fn nobody_works_on_when_a_worker_broke_or_all_is_over() {
    let unknown = || Box::new(|_| None) as Weights<'_>;
    let job = three(&unknown, true);
    for (broken, over) in [(true, false), (false, true)] {
        let run = queued(&job, &|plugin, _| done(plugin, Duration::ZERO));
        run.state.lock().as_mut().expect(TURNED).broken = broken;
        run.over.store(over, Ordering::Release);
        run.work_on(run.state.lock());
        assert_eq!(run.state.lock().as_ref().expect(TURNED).left, 3);
    }
    let run = queued(&job, &|_, _| std::panic::resume_unwind(Box::new("broken")));
    let work = std::panic::AssertUnwindSafe(|| run.work_on(run.state.lock()));
    assert!(std::panic::catch_unwind(work).is_err());
    assert!(run.state.lock().as_ref().expect(TURNED).broken);
}

#[test]
fn the_longest_way_comes_first() {
    let graph = Graph::new(5, &[(1, 0), (2, 0), (3, 2), (4, 3)]);
    let job = Job {
        order: &[0, 1, 2, 3, 4],
        plugins: 5,
        before: &|plugin| rows(&graph.before[plugin as usize]),
        after: &|plugin| rows(&graph.after[plugin as usize]),
        weights: &|| Box::new(|_| Some(Duration::from_millis(1))),
        trusted: true,
    };
    let run: Run<'_, '_, _, ()> =
        Run::new(&job, Threads { count: 2, eager: false }, &|_, _| done((), Duration::ZERO));
    let mut queue = run.queue(1, None);
    assert_eq!(queue.left, 4);
    let ready: Vec<_> = std::iter::from_fn(|| queue.ready.pop()).collect();
    let ms = Duration::from_millis;
    assert_eq!(ready, [(ms(3), Reverse(2)), (ms(1), Reverse(1))]);
}
