//! What one input may cost.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// The longest that one call of ours may take for it, also in the slower build that libFuzzer watches.
pub const TIME: Duration = Duration::from_millis(100);

/// What one input may make the process use, all in all, in KiB.
pub const MEMORY_KIB: u64 = 64 << 10;

/// How often an input has to be too slow: once may be the machine's fault.
const TRIES: usize = 3;

thread_local! {
    static SLOWEST: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Calls what is under test, which is timed; what judges it afterwards is not.
pub fn timed<T>(call: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = call();
    note(started);
    result
}

/// Takes down a call that began at this moment.
pub fn note(started: Instant) {
    SLOWEST.set(SLOWEST.get().max(started.elapsed()));
}

/// The longest call that a target makes for an input.
pub fn slowest_call(run: fn(&[u8]), data: &[u8]) -> Duration {
    SLOWEST.set(Duration::ZERO);
    run(data);
    SLOWEST.get()
}

/// The same, but an input that seems to take longer than `expected` may try again.
pub fn fastest_try(run: fn(&[u8]), data: &[u8], expected: Duration) -> Duration {
    let mut fastest = slowest_call(run, data);
    for _ in 1..TRIES {
        if fastest <= expected {
            break;
        }
        fastest = fastest.min(slowest_call(run, data));
    }
    fastest
}

/// Runs a target and panics when the input takes longer than [`TIME`].
pub fn watched(run: fn(&[u8]), data: &[u8]) {
    let took = fastest_try(run, data, TIME);
    assert!(took <= TIME, "{} bytes took {took:?}, the most is {TIME:?}", data.len());
}
