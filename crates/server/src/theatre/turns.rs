//! Whose turn it is to draw a picture.
//!
//! Drawing one takes all cores for some milliseconds. When many blocks draw at once, each by itself, some of them wait
//! long while others go on; in turn, each waits for one picture of every other at most.

use crate::state::lock;
use std::sync::{Condvar, Mutex, PoisonError};

/// A queue of blocks, first come, first served.
#[derive(Default)]
pub(crate) struct Turns {
    queue: Mutex<Queue>,
    called: Condvar,
}

#[derive(Default)]
struct Queue {
    /// Number of whoever comes next.
    next: u64,
    /// Number whose turn it is.
    now: u64,
}

/// A turn; it ends when this goes.
pub(crate) struct Turn<'t>(&'t Turns);

impl Turns {
    /// Waits for one's turn.
    pub(crate) fn take(&self) -> Turn<'_> {
        let mut queue = lock(&self.queue);
        let own = queue.next;
        queue.next += 1;
        while queue.now != own {
            queue = self.called.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        Turn(self)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        lock(&self.0.queue).now += 1;
        self.0.called.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn whoever_waits_longest_is_next_and_nobody_is_passed_over() {
        let turns = Turns::default();
        let (busy, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for who in 0..6 {
                let (turns, busy, done) = (&turns, &busy, &done);
                scope.spawn(move || {
                    for _ in 0..20 {
                        let _turn = turns.take();
                        assert_eq!(busy.fetch_add(1, Ordering::SeqCst), 0, "one at a time");
                        std::thread::sleep(std::time::Duration::from_micros(300));
                        lock(done).push(who);
                        busy.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        // While all are there, nobody has a second turn before everybody who waited has had one.
        let done = lock(&done);
        let longest = (0..6)
            .map(|who| {
                let at: Vec<usize> = (0..done.len()).filter(|&i| done[i] == who).collect();
                at.windows(2).map(|w| w[1] - w[0]).max().unwrap_or(0)
            })
            .max();
        assert!(longest.is_some_and(|gap| gap <= 12), "{longest:?}");
    }
}
