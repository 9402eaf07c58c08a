//! Simulated time: it can run faster than the wall clock and be moved forward by hand, so that quotas
//! of thirty days and buckets of one call in ten seconds can be tested in moments.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicI64, AtomicU64, Ordering},
};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use tokio::sync::Notify;

/// The clock of one proxy. All times are simulated seconds since the proxy started.
#[derive(Debug)]
pub struct Clock {
    started: Instant,
    /// Bits of the seconds since 1970 at which it began.
    epoch: AtomicU64,
    scale: f64,
    advanced_ms: AtomicI64,
    moved: Notify,
    resets: Mutex<u64>,
}

/// What `/_proxy/clock` answers.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ClockReading {
    /// Simulated seconds since the proxy started.
    pub now_secs: f64,
    /// Simulated time as seconds since 1970.
    pub epoch_secs: f64,
    /// Simulated seconds in a real one.
    pub scale: f64,
}

impl Clock {
    /// A clock that begins now; `scale` simulated seconds pass in a real one.
    pub fn new(scale: f64) -> Self {
        let epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0.0, |age| age.as_secs_f64());
        let scale = if scale > 0.0 { scale } else { 1.0 };
        Self {
            started: Instant::now(),
            epoch: AtomicU64::new(epoch.to_bits()),
            scale,
            advanced_ms: AtomicI64::new(0),
            moved: Notify::new(),
            resets: Mutex::new(0),
        }
    }

    /// Simulated seconds since the proxy started.
    pub fn now(&self) -> f64 {
        let advanced = self.advanced_ms.load(Ordering::Relaxed) as f64 / 1000.0;
        self.started.elapsed().as_secs_f64() * self.scale + advanced
    }

    /// A simulated moment as seconds since 1970.
    pub fn epoch_of(&self, moment: f64) -> f64 {
        f64::from_bits(self.epoch.load(Ordering::Relaxed)) + moment
    }

    /// Real time since the proxy started.
    pub fn real(&self) -> Duration {
        self.started.elapsed()
    }

    /// What the clock shows.
    pub fn reading(&self) -> ClockReading {
        let now_secs = self.now();
        ClockReading {
            now_secs,
            epoch_secs: self.epoch_of(now_secs),
            scale: self.scale,
        }
    }

    /// Moves simulated time forward by so many seconds and wakes all who wait for it.
    pub fn advance(&self, secs: f64) {
        self.advanced_ms
            .fetch_add((secs.max(0.0) * 1000.0) as i64, Ordering::Relaxed);
        self.moved.notify_waiters();
    }

    /// Sets simulated time, back too, and the time it counts from: what waited for a moment of before is forgotten.
    pub fn set(&self, moment: f64, epoch: f64) {
        self.epoch.store(epoch.to_bits(), Ordering::Relaxed);
        let elapsed = self.started.elapsed().as_secs_f64() * self.scale;
        self.advanced_ms
            .store(((moment - elapsed) * 1000.0) as i64, Ordering::Relaxed);
        self.forget();
    }

    /// How often the proxy was reset: what began before a reset is forgotten after it.
    pub fn generation(&self) -> u64 {
        *self.resets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a new generation.
    pub fn forget(&self) {
        *self.resets.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.moved.notify_waiters();
    }

    /// Waits until simulated time has reached `moment`; false if the proxy was reset meanwhile.
    pub async fn reach(&self, moment: f64) -> bool {
        let generation = self.generation();
        loop {
            let moved = self.moved.notified();
            let left = (moment - self.now()) / self.scale;
            if generation != self.generation() {
                return false;
            }
            if left <= 0.0 {
                return true;
            }
            // Short naps, because an advance between the reading and the waiting would go unheard.
            let nap = Duration::from_secs_f64(left.min(0.2));
            let _ = tokio::time::timeout(nap, moved).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_advance_wakes_those_who_wait() {
        let clock = Clock::new(1.0);
        clock.advance(3600.0);
        assert!(clock.reach(3000.0).await);
        assert!(clock.now() >= 3600.0);
    }

    #[test]
    fn time_runs_as_fast_as_the_scale_says() {
        let clock = Clock::new(1000.0);
        std::thread::sleep(Duration::from_millis(20));
        assert!(clock.now() >= 20.0);
    }
}
