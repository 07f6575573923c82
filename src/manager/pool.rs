//! A ready queue on scoped threads: independent plugins at the same time, no level barriers.
//!
//! A task is ready when all tasks before it are done. Among those that are ready, the one with the
//! longest way to go comes first (list scheduling by critical path, R. L. Graham, 1969). Cost:
//! O((V + E) log V) beside the work itself.
//!
//! Threads cost more than hooks that do nothing, so a run starts on the caller's thread, in order,
//! and turns parallel when that pays: see [`Threads`].

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::sync::thread::{self, Scope, Thread};
use crate::sync::{AtomicBool, AtomicUsize, Condvar, Instant, Mutex, MutexGuard, Ordering};

/// How many threads may run hooks, and when the others join the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Threads {
    pub(crate) count: usize,
    /// Whether the host has asked for threads. If so, a second thread looks whether the first is held
    /// up by a hook, and turns the run parallel at once: from the first task on that is not known to be
    /// quick. If not, the run turns parallel when hooks have taken longer than a queue costs, the
    /// longest of them left out, which may have been held up by other programs.
    pub(crate) eager: bool,
}

/// Tasks and their order. Tasks are named by their positions in `order`.
pub(crate) struct Job<'a> {
    /// Plugin numbers in an order in which they may run one after the other.
    pub(crate) order: &'a [u32],
    /// How many plugins there are in all.
    pub(crate) plugins: usize,
    /// The plugins that must be done before one may start; others than in `order` do not count.
    pub(crate) before: &'a (dyn Fn(u32) -> Rows<'a> + Sync),
    /// The same, the other way round.
    pub(crate) after: &'a (dyn Fn(u32) -> Rows<'a> + Sync),
    /// A look at how long plugins took the last time, where that is known. Whoever keeps it may hold up
    /// others who look.
    pub(crate) weights: &'a (dyn Fn() -> Weights<'a> + Sync),
    /// Whether a plugin that took no time will take none: not by a clock that need not go on while
    /// hooks run.
    pub(crate) trusted: bool,
}

/// What came of a task.
pub(crate) struct Done<R> {
    pub(crate) result: R,
    /// How long its hooks ran.
    pub(crate) took: Duration,
    /// Whether it ended when the last of them did: the next task begins at that time then, and the clock
    /// need not be read again.
    pub(crate) just_now: bool,
}

/// How long a plugin took the last time, if that is known.
pub(crate) type Weights<'a> = Box<dyn Fn(u32) -> Option<Duration> + 'a>;

/// Neighbours of a plugin: those that are required, and those that are wanted.
pub(crate) type Rows<'a> = [Cow<'a, [u32]>; 2];

/// A hook that takes longer than this is worth a thread.
const LONG: Duration = Duration::from_micros(50);
/// About what a queue costs for each task where hooks do nothing and threads are in each other's way.
/// Waiting is given up when it has cost as much: so no run takes more than about twice the time that it
/// would have taken either way (the rule of whoever rents skis before buying them).
const QUEUE: Duration = Duration::from_micros(5);
/// Set in [`Run::position`] when the run has turned parallel.
const PARALLEL: usize = 1 << (usize::BITS - 1);
/// A plugin that is no task.
const NONE: u32 = u32::MAX;

/// Runs `work` on every task, and answers the results in order. `work` is told whether it follows at
/// once on a hook that has ended [just now](Done::just_now).
pub(crate) fn run<R: Send>(
    job: &Job<'_>,
    threads: Threads,
    work: impl Fn(u32, bool) -> Done<R> + Sync,
) -> Vec<R> {
    let run = Run::new(job, threads, &work);
    // The first thread has done the first tasks, in order.
    let mut results = match threads.count > 1 && job.order.len() > 1 {
        true => thread::scope(|scope| run.first(Some(scope))),
        false => run.first(None),
    };
    if let Some(mut state) = run.state.lock().take() {
        state.results.sort_unstable_by_key(|(task, _)| *task);
        results.extend(state.results.into_iter().map(|(_, result)| result));
    }
    results
}

struct Run<'a, 'g, W, R> {
    job: &'a Job<'g>,
    work: &'a W,
    threads: Threads,
    /// How many tasks the first thread has done in order since there is a scout, until the run turns
    /// parallel.
    position: AtomicUsize,
    over: AtomicBool,
    /// The queue; `None` before the run turns parallel.
    state: Mutex<Option<State<R>>>,
    news: Condvar,
}

struct State<R> {
    ready: BinaryHeap<(Duration, Reverse<u32>)>,
    /// For each task, how many of those before it are not done.
    pending: Vec<u32>,
    /// For each plugin its task.
    task_of: Vec<u32>,
    /// For each task the longest way from its start to the end.
    way: Vec<Duration>,
    /// Tasks that are not done.
    left: usize,
    /// A worker panicked: the others end, and the panic becomes the caller's.
    broken: bool,
    results: Vec<(usize, R)>,
    /// Threads that wait for news: telling nobody would still be a call of the system.
    idle: usize,
}

impl<'a, 'g, W, R> Run<'a, 'g, W, R>
where
    W: Fn(u32, bool) -> Done<R> + Sync,
    R: Send,
{
    fn new(job: &'a Job<'g>, threads: Threads, work: &'a W) -> Self {
        Run {
            job,
            work,
            threads,
            position: AtomicUsize::new(0),
            over: AtomicBool::new(false),
            state: Mutex::new(None),
            news: Condvar::new(),
        }
    }

    /// The caller's thread: in order, until the run turns parallel, for which there must be a scope.
    fn first<'scope>(&'scope self, scope: Option<&'scope Scope<'scope, '_>>) -> Vec<R> {
        // Dropped last: whoever is told by it that something broke sees that all is over.
        let mut working = Working { run: self, busy: false };
        let mut over = Over { over: &self.over, scout: None };
        // The first task at which somebody must look: as long as there is nobody, hooks must be known to
        // be quick.
        let mut watched = if scope.is_some() { self.watched_from() } else { self.job.order.len() };
        let mut patience = None;
        let mut soon = false;
        let mut mine = Vec::with_capacity(self.job.order.len());
        let (mut spent, mut longest) = (Duration::ZERO, Duration::ZERO);
        for task in 0..self.job.order.len() {
            let plugin = self.job.order[task];
            if let Some(scope) = scope
                && over.scout.is_none()
                && task >= watched
            {
                self.position.store(task, Ordering::Release);
                let scout = scope.spawn(move || self.scout(scope));
                over.scout = Some(scout.thread().clone());
            }
            working.busy = true;
            let Done { result, took, just_now } = (self.work)(plugin, soon);
            soon = just_now;
            working.busy = false;
            if self.threads.eager && took >= LONG {
                watched = 0;
            }
            mine.push(result);
            let next = task + 1;
            // Nobody but a scout asks how far this is, or turns the run parallel meanwhile.
            let is_alone = over.scout.is_none();
            if !is_alone
                && self
                    .position
                    .compare_exchange(task, next, Ordering::AcqRel, Ordering::Acquire)
                    .is_err()
            {
                // The scout has turned the run parallel while this task was running.
                let mut state = self.state.lock();
                while state.is_none() {
                    state = self.news.wait(state, LONG);
                }
                self.done(&mut state, task);
                self.work_on(state);
                break;
            }
            spent += took;
            longest = longest.max(took);
            let worth = took >= LONG
                && spent - longest >= price(next)
                && spent - longest >= *patience.get_or_insert_with(|| self.patience(next));
            if let Some(scope) = scope
                && worth
                && next < self.job.order.len()
                && (is_alone || self.claim(next))
            {
                self.turn(scope, next, None);
                break;
            }
        }
        drop(over);
        mine
    }

    /// From which task on somebody must look: the first that is not known to have taken no time worth a
    /// thread the last time. One look at all, for one at each would be a lock for each.
    fn watched_from(&self) -> usize {
        let order = self.job.order;
        if !self.threads.eager {
            return order.len();
        }
        if !self.job.trusted {
            return 0;
        }
        let weight = (self.job.weights)();
        let quick = |&plugin: &u32| weight(plugin).is_some_and(|took| took < LONG);
        order.iter().position(|plugin| !quick(plugin)).unwrap_or(order.len())
    }

    /// What waiting must have cost at least before the run turns parallel, when so many tasks are done:
    /// what a queue would cost for the rest, if that is more than the rest took the last time, the longest
    /// of it left out. Then it is not the hooks that are slow but what they run on: an allocator, say,
    /// that puts in order what was freed when many plugins were unloaded.
    fn patience(&self, done: usize) -> Duration {
        let rest = &self.job.order[done..];
        let queue = price(rest.len());
        let weight = (self.job.weights)();
        let mut known = (Duration::ZERO, Duration::ZERO);
        for &plugin in rest {
            match weight(plugin) {
                Some(took) if self.job.trusted => known = (known.0 + took, known.1.max(took)),
                _ => return Duration::ZERO,
            }
        }
        if known.0 - known.1 < queue { queue } else { Duration::ZERO }
    }

    /// Looks whether the first thread is held up, and turns the run parallel if so.
    fn scout<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        let mut seen = usize::MAX;
        let mut since = Instant::now();
        let mut pause = LONG;
        let mut patience = None;
        while !self.over.load(Ordering::Acquire) {
            let now = self.position.load(Ordering::Acquire);
            if now & PARALLEL != 0 {
                return;
            }
            if now != seen {
                (seen, since) = (now, Instant::now());
            } else if now + 1 < self.job.order.len()
                && since.elapsed() >= price(now)
                && since.elapsed() >= *patience.get_or_insert_with(|| self.patience(now))
                && self.claim(now)
            {
                return self.turn(scope, now, Some(now));
            }
            thread::park_timeout(pause);
            pause = (pause * 2).min(LONG * 20);
        }
    }

    /// Claims the right to turn the run parallel after `done` tasks.
    fn claim(&self, done: usize) -> bool {
        self.position
            .compare_exchange(done, done | PARALLEL, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    /// Builds the queue out of what is not done, calls the helpers, and works on.
    fn turn<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        done: usize,
        running: Option<usize>,
    ) {
        let mut state = self.state.lock();
        *state = Some(self.queue(done, running));
        self.news.notify_all();
        // The first thread and the one that is here (which may be the first) are two or one.
        let here = if running.is_some() { 2 } else { 1 };
        let helpers = self.threads.count.min(self.job.order.len() - done).saturating_sub(here);
        for _ in 0..helpers {
            scope.spawn(move || self.work_on(self.state.lock()));
        }
        self.work_on(state);
    }

    fn queue(&self, done: usize, running: Option<usize>) -> State<R> {
        let order = self.job.order;
        let mut task_of = vec![NONE; self.job.plugins];
        for (task, &plugin) in (0..).zip(order) {
            task_of[plugin as usize] = task;
        }
        let weight = (self.job.weights)();
        // A task whose time is unknown still makes the way longer.
        let own = |&plugin| weight(plugin).unwrap_or_default().max(Duration::from_nanos(1));
        let mut way: Vec<Duration> = order.iter().map(own).collect();
        drop(weight);
        let mut pending = vec![0; order.len()];
        for task in (done..order.len()).rev() {
            let plugin = order[task];
            let after = (self.job.after)(plugin);
            let longest = (after.iter().flat_map(|row| row.iter()))
                .filter_map(|&after| way.get(task_of[after as usize] as usize))
                .max()
                .copied();
            way[task] += longest.unwrap_or_default();
            let open = |before: &&u32| {
                let before = task_of[**before as usize];
                before != NONE && before as usize >= done
            };
            let before = (self.job.before)(plugin);
            let before = before.iter().flat_map(|row| row.iter());
            pending[task] = before.filter(open).count() as u32;
        }
        let ready = (done..order.len())
            .filter(|&task| pending[task] == 0 && Some(task) != running)
            .map(|task| (way[task], Reverse(task as u32)))
            .collect();
        let left = order.len() - done;
        State { ready, pending, task_of, way, left, broken: false, results: Vec::new(), idle: 0 }
    }

    /// Takes ready tasks until none is left.
    fn work_on<'s>(&'s self, mut state: MutexGuard<'s, Option<State<R>>>) {
        let mut working = Working { run: self, busy: false };
        loop {
            let queue = state.as_mut().expect(TURNED);
            if queue.left == 0 || queue.broken || self.over.load(Ordering::Acquire) {
                return;
            }
            let Some((_, Reverse(task))) = queue.ready.pop() else {
                queue.idle += 1;
                state = self.news.wait(state, Duration::from_secs(1));
                state.as_mut().expect(TURNED).idle -= 1;
                continue;
            };
            drop(state);
            working.busy = true;
            let Done { result, .. } = (self.work)(self.job.order[task as usize], false);
            working.busy = false;
            state = self.state.lock();
            state.as_mut().expect(TURNED).results.push((task as usize, result));
            self.done(&mut state, task as usize);
        }
    }

    fn done(&self, state: &mut MutexGuard<'_, Option<State<R>>>, task: usize) {
        let queue = state.as_mut().expect(TURNED);
        if queue.done(&(self.job.after)(self.job.order[task])) {
            self.news.notify_all();
        }
    }
}

impl<R> State<R> {
    /// Takes note that a task is done, on which those `after` it have waited, and answers whether there is
    /// news for threads that wait.
    fn done(&mut self, after: &Rows<'_>) -> bool {
        self.left -= 1;
        let mut woken = 0;
        for &after in after.iter().flat_map(|row| row.iter()) {
            let after = self.task_of[after as usize];
            if after == NONE {
                continue;
            }
            let pending = &mut self.pending[after as usize];
            *pending -= 1;
            if *pending == 0 {
                self.ready.push((self.way[after as usize], Reverse(after)));
                woken += 1;
            }
        }
        // This thread takes one of them itself.
        self.idle > 0 && (self.left == 0 || woken > 1)
    }
}

/// What a queue would have cost for so many tasks.
fn price(tasks: usize) -> Duration {
    LONG.max(QUEUE.saturating_mul(u32::try_from(tasks).unwrap_or(u32::MAX)))
}

const TURNED: &str = "there is a queue, for the run has turned parallel";

/// Tells the scout that the run is over, however it ends.
struct Over<'a> {
    over: &'a AtomicBool,
    scout: Option<Thread>,
}

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        if let Some(scout) = &self.scout {
            scout.unpark();
        }
    }
}

/// A worker. Should its work panic, which no hook can bring about, the others do not wait for it.
struct Working<'r, 'a, 'g, W, R> {
    run: &'r Run<'a, 'g, W, R>,
    busy: bool,
}

impl<W, R> Drop for Working<'_, '_, '_, W, R> {
    fn drop(&mut self) {
        if self.busy {
            if let Some(state) = &mut *self.run.state.lock() {
                state.broken = true;
            }
            self.run.news.notify_all();
        }
    }
}

#[cfg(test)]
mod tests;
