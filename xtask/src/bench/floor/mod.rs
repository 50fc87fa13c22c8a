//! The floor: each workload as one would write it by hand, single-threaded, over columns in memory.
//!
//! Time follows the language: the stream clock is the largest event time read so far; an event waits until it has
//! reached the event's time plus the lateness, and is late when its car's clock has passed it.

use super::stream::Stream;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

const COOLANT: usize = 0;
const INTAKE: usize = 1;
const CHARGE: usize = 2;
const VOLTAGE: usize = 3;
const CURRENT: usize = 4;
const SPEED: usize = 5;
const VIBRATION: usize = 6;

const SECOND: i64 = 1_000_000_000;

/// Rows and alerts of a workload.
pub fn run(name: &str, stream: &Stream, limits: &[(u32, f64)], lateness: i64) -> Result<u64, String> {
    let to = stream.time.iter().max().map_or(0, |last| last + 890 * SECOND - last % SECOND);
    let c = &stream.columns;
    Ok(match name {
        "w1" => over(
            stream,
            lateness,
            |i| [c[COOLANT][i], c[CHARGE][i], c[VOLTAGE][i], c[CURRENT][i]],
            to,
            &mut W1::default(),
        ),
        "w2" => over(
            stream,
            lateness,
            |i| [c[SPEED][i], c[COOLANT][i], c[VOLTAGE][i], c[VIBRATION][i]],
            to,
            &mut W2::default(),
        ),
        "w3" => over(stream, lateness, |i| [c[COOLANT][i]], to, &mut W3::default()),
        "w4" => over(stream, lateness, |i| [c[SPEED][i], c[VIBRATION][i]], to, &mut W4::default()),
        "w5a" => over(stream, lateness, |i| [c[COOLANT][i]], to, &mut W5a::default()),
        "w5b" => over(stream, lateness, |i| [c[VIBRATION][i]], to, &mut W5b::default()),
        "w6" => over(stream, lateness, |i| [c[COOLANT][i]], to, &mut W6::new(limits)),
        "w7" => over(stream, lateness, |i| [c[CURRENT][i], c[INTAKE][i]], to, &mut W7::default()),
        "all" => {
            let mut rows = 0;
            for name in &super::programs::NAMES[..8] {
                rows += run(name, stream, limits, lateness)?;
            }
            rows
        }
        other => return Err(format!("there is no workload {other}")),
    })
}

/// What is done with the events of a car, in the order of its clock.
trait Work<const N: usize> {
    fn event(&mut self, slot: usize, car: u32, time: i64, x: [f64; N]);
    /// The recording ends: every car's clock moves on.
    fn end(&mut self, _to: i64) {}
    fn rows(&self) -> u64;
}

#[derive(Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, x: u32) {
        let mixed = (self.0 ^ u64::from(x)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }
}

type Slots = HashMap<u32, u32, BuildHasherDefault<Mixed>>;

/// Events of one car that wait, by time.
#[derive(Clone, Copy)]
struct Waiting<const N: usize> {
    clock: i64,
    count: usize,
    events: [(i64, [f64; N]); 8],
}

/// Reads the stream, keeps each car in order, and does the work.
fn over<const N: usize>(
    stream: &Stream,
    lateness: i64,
    take: impl Fn(usize) -> [f64; N],
    to: i64,
    work: &mut impl Work<N>,
) -> u64 {
    let mut slots = Slots::default();
    let mut waiting: Vec<Waiting<N>> = Vec::new();
    let mut cars: Vec<u32> = Vec::new();
    let mut now = i64::MIN;
    for (i, (time, car)) in stream.time.iter().zip(&stream.car).enumerate() {
        let slot = *slots.entry(*car).or_insert_with(|| {
            waiting.push(Waiting { clock: i64::MIN, count: 0, events: [(0, [0.0; N]); 8] });
            cars.push(*car);
            (waiting.len() - 1) as u32
        }) as usize;
        let own = &mut waiting[slot];
        let x = take(i);
        if lateness == 0 {
            if *time >= own.clock {
                own.clock = *time;
                work.event(slot, *car, *time, x);
            }
            continue;
        }
        now = now.max(*time);
        let released = now - lateness;
        let ready = own.events[..own.count].iter().take_while(|(t, _)| *t <= released).count();
        for (t, x) in &own.events[..ready] {
            own.clock = *t;
            work.event(slot, *car, *t, *x);
        }
        if ready > 0 {
            own.events.copy_within(ready..own.count, 0);
            own.count -= ready;
        }
        if *time <= released {
            if *time >= own.clock {
                own.clock = *time;
                work.event(slot, *car, *time, x);
            }
            continue;
        }
        let mut at = own.count;
        while at > 0 && own.events[at - 1].0 > *time {
            own.events[at] = own.events[at - 1];
            at -= 1;
        }
        own.events[at] = (*time, x);
        own.count += 1;
    }
    for (slot, own) in waiting.iter().enumerate() {
        for (t, x) in &own.events[..own.count] {
            work.event(slot, cars[slot], *t, *x);
        }
    }
    work.end(to);
    work.rows()
}

/// The state of a car, made when it is first seen.
fn state<T: Clone + Default>(states: &mut Vec<T>, slot: usize) -> &mut T {
    if slot >= states.len() {
        states.resize(slot + 1, T::default());
    }
    &mut states[slot]
}

/// Hot and nearly empty.
#[derive(Default)]
struct W1 {
    out: Vec<(u32, i64, f64)>,
    rows: u64,
}

impl Work<4> for W1 {
    #[inline(always)]
    fn event(&mut self, _: usize, car: u32, time: i64, [coolant, charge, voltage, current]: [f64; 4]) {
        if coolant > 100.0 && charge < 20.0 {
            self.out.push((car, time, voltage * current));
            self.rows += 1;
            if self.out.len() > 10_000 {
                self.out.clear();
            }
        }
    }

    fn rows(&self) -> u64 {
        self.rows
    }
}

#[derive(Clone, Copy)]
struct Moments {
    mean: f64,
    m2: f64,
    low: f64,
    high: f64,
}

#[derive(Clone, Copy)]
struct Minute {
    due: i64,
    n: u64,
    of: [Moments; 4],
}

const NO_MOMENTS: Moments = Moments { mean: 0.0, m2: 0.0, low: f64::INFINITY, high: f64::NEG_INFINITY };

impl Default for Minute {
    fn default() -> Self {
        Minute { due: i64::MIN, n: 0, of: [NO_MOMENTS; 4] }
    }
}

/// Tumbling minutes: count, mean, min, max, deviation of four columns, by Welford.
#[derive(Default)]
struct W2 {
    states: Vec<Minute>,
    rows: u64,
    sum: f64,
}

impl Minute {
    #[inline(always)]
    fn close(&mut self, rows: &mut u64, sum: &mut f64) {
        if self.n > 0 {
            for m in &self.of {
                *sum += m.mean + m.low + m.high + (m.m2 / self.n as f64).sqrt();
            }
            *rows += 1;
        }
        self.n = 0;
        self.of = [NO_MOMENTS; 4];
    }
}

impl Work<4> for W2 {
    #[inline(always)]
    fn event(&mut self, slot: usize, _: u32, time: i64, x: [f64; 4]) {
        let own = state(&mut self.states, slot);
        if time >= own.due {
            if own.due != i64::MIN {
                own.close(&mut self.rows, &mut self.sum);
            }
            own.due = (time.div_euclid(60 * SECOND) + 1) * 60 * SECOND;
        }
        own.n += 1;
        let n = own.n as f64;
        for (m, x) in own.of.iter_mut().zip(x) {
            let d = x - m.mean;
            m.mean += d / n;
            m.m2 += d * (x - m.mean);
            m.low = m.low.min(x);
            m.high = m.high.max(x);
        }
    }

    fn end(&mut self, _: i64) {
        for own in &mut self.states {
            own.close(&mut self.rows, &mut self.sum);
        }
    }

    fn rows(&self) -> u64 {
        std::hint::black_box(self.sum);
        self.rows
    }
}

/// Over 110 for 30 s, until under 105. State: since when, or raised.
#[derive(Default)]
struct W3 {
    states: Vec<Option<i64>>,
    rows: u64,
}

impl Work<1> for W3 {
    #[inline(always)]
    fn event(&mut self, slot: usize, _: u32, time: i64, [x]: [f64; 1]) {
        let own = state(&mut self.states, slot);
        match *own {
            Some(i64::MAX) => {
                if x < 105.0 {
                    *own = None;
                }
            }
            Some(since) if x > 110.0 => {
                if time - since >= 30 * SECOND {
                    *own = Some(i64::MAX);
                    self.rows += 1;
                }
            }
            None if x > 110.0 => *own = Some(time),
            _ => *own = None,
        }
    }

    fn rows(&self) -> u64 {
        self.rows
    }
}

#[derive(Clone, Copy)]
struct Braking {
    count: usize,
    speeds: [(i64, f64); 8],
    marked: i64,
}

impl Default for Braking {
    fn default() -> Self {
        Braking { count: 0, speeds: [(0, 0.0); 8], marked: i64::MIN }
    }
}

/// Hard braking, then a shock within 10 s.
#[derive(Default)]
struct W4 {
    states: Vec<Braking>,
    rows: u64,
}

impl Work<2> for W4 {
    #[inline(always)]
    fn event(&mut self, slot: usize, _: u32, time: i64, [speed, vibration]: [f64; 2]) {
        let own = state(&mut self.states, slot);
        if vibration > 160.0 && own.marked != i64::MIN && time - own.marked <= 10 * SECOND {
            self.rows += 1;
            own.count = 0;
            own.marked = i64::MIN;
            return;
        }
        let old = own.speeds[..own.count].iter().take_while(|(t, _)| *t < time - 3 * SECOND).count();
        if old > 0 {
            own.speeds.copy_within(old..own.count, 0);
            own.count -= old;
        }
        let top = own.speeds[..own.count].iter().fold(f64::NEG_INFINITY, |top, (_, speed)| top.max(*speed));
        if speed < top - 30.0 {
            own.marked = time;
        }
        own.speeds[own.count] = (time, speed);
        own.count += 1;
    }

    fn rows(&self) -> u64 {
        self.rows
    }
}

#[derive(Clone, Copy, Default)]
struct Pane {
    number: i64,
    n: f64,
    sx: f64,
    sy: f64,
    sxy: f64,
    sxx: f64,
}

#[derive(Clone, Copy)]
struct Slope {
    due: i64,
    panes: [Pane; 30],
}

impl Default for Slope {
    fn default() -> Self {
        Slope { due: i64::MIN, panes: [Pane::default(); 30] }
    }
}

/// Slope over 300 s every 10 s, from thirty panes.
#[derive(Default)]
struct W5a {
    states: Vec<Slope>,
    rows: u64,
    sum: f64,
}

const PANE: i64 = 10 * SECOND;

impl Slope {
    #[inline(always)]
    fn tick(&self, rows: &mut u64, sum: &mut f64) {
        let last = self.due / PANE - 1;
        let mut all = Pane::default();
        for pane in &self.panes {
            if pane.number > last - 30 && pane.number <= last {
                all.n += pane.n;
                all.sx += pane.sx;
                all.sy += pane.sy;
                all.sxy += pane.sxy;
                all.sxx += pane.sxx;
            }
        }
        if all.n == 0.0 {
            return;
        }
        *rows += 1;
        let d = all.n * all.sxx - all.sx * all.sx;
        let slope = (all.n * all.sxy - all.sx * all.sy) / d;
        *sum += slope;
        if all.n >= 30.0 && slope > 0.2 {
            *rows += 1;
        }
    }
}

impl Work<1> for W5a {
    #[inline(always)]
    fn event(&mut self, slot: usize, _: u32, time: i64, [y]: [f64; 1]) {
        let own = state(&mut self.states, slot);
        if own.due == i64::MIN {
            own.due = (time.div_euclid(PANE) + 1) * PANE;
        }
        while own.due <= time {
            own.tick(&mut self.rows, &mut self.sum);
            own.due += PANE;
        }
        let number = time / PANE;
        let pane = &mut own.panes[(number % 30) as usize];
        if pane.number != number {
            *pane = Pane { number, ..Pane::default() };
        }
        let x = (time / 1_000_000 - super::stream::ORIGIN_MS) as f64 / 1000.0;
        pane.n += 1.0;
        pane.sx += x;
        pane.sy += y;
        pane.sxy += x * y;
        pane.sxx += x * x;
    }

    fn end(&mut self, to: i64) {
        for own in &mut self.states {
            while own.due <= to {
                own.tick(&mut self.rows, &mut self.sum);
                own.due += PANE;
            }
        }
    }

    fn rows(&self) -> u64 {
        std::hint::black_box(self.sum);
        self.rows
    }
}

/// Exponentially weighted mean and variance; beyond four deviations after thirty values.
#[derive(Default)]
struct W5b {
    states: Vec<(u64, f64, f64)>,
    rows: u64,
}

impl Work<1> for W5b {
    #[inline(always)]
    fn event(&mut self, slot: usize, _: u32, _: i64, [x]: [f64; 1]) {
        let (n, m, v) = state(&mut self.states, slot);
        if *n == 0 {
            *m = x;
        } else {
            let d = x - *m;
            if *n >= 30 && d > 4.0 * v.sqrt() {
                self.rows += 1;
            }
            *m += 0.1 * d;
            *v = 0.9 * (*v + 0.1 * d * d);
        }
        *n += 1;
    }

    fn rows(&self) -> u64 {
        self.rows
    }
}

/// The join with a table of limits, looked up once per car.
struct W6 {
    limits: HashMap<u32, f64, BuildHasherDefault<Mixed>>,
    states: Vec<Option<f64>>,
    out: Vec<(u32, i64, f64)>,
    rows: u64,
}

impl W6 {
    fn new(limits: &[(u32, f64)]) -> W6 {
        W6 { limits: limits.iter().copied().collect(), states: Vec::new(), out: Vec::new(), rows: 0 }
    }
}

impl Work<1> for W6 {
    #[inline(always)]
    fn event(&mut self, slot: usize, car: u32, time: i64, [coolant]: [f64; 1]) {
        let own = state(&mut self.states, slot);
        let limit = *own.get_or_insert_with(|| self.limits.get(&car).copied().unwrap_or(f64::NAN));
        if coolant > limit - 2.0 {
            self.out.push((car, time, coolant - limit));
            self.rows += 1;
            if self.out.len() > 10_000 {
                self.out.clear();
            }
        }
    }

    fn rows(&self) -> u64 {
        self.rows
    }
}

#[derive(Clone, Copy)]
struct Pack {
    time: i64,
    current: f64,
    ambient: f64,
    core: f64,
    skin: f64,
    hot: bool,
}

impl Default for Pack {
    fn default() -> Self {
        Pack { time: i64::MIN, current: 0.0, ambient: 0.0, core: 0.0, skin: 0.0, hot: false }
    }
}

/// Two nodes by Runge–Kutta, the inputs held from the event before.
#[derive(Default)]
struct W7 {
    states: Vec<Pack>,
    rows: u64,
}

#[inline(always)]
fn heat(core: f64, skin: f64, current: f64, ambient: f64) -> (f64, f64) {
    let q = (core - skin) / 0.5;
    ((0.004 * current * current - q) / 600.0, (q - (skin - ambient)) / 200.0)
}

impl Work<2> for W7 {
    #[inline(always)]
    fn event(&mut self, slot: usize, _: u32, time: i64, [current, ambient]: [f64; 2]) {
        let own = state(&mut self.states, slot);
        if own.time == i64::MIN {
            own.core = ambient;
            own.skin = ambient;
        } else if time > own.time {
            let steps = (time - own.time + 249_999_999) / 250_000_000;
            let h = (time - own.time) as f64 / 1e9 / steps as f64;
            let (mut a, mut b) = (own.core, own.skin);
            for _ in 0..steps {
                let k1 = heat(a, b, own.current, own.ambient);
                let k2 = heat(a + 0.5 * h * k1.0, b + 0.5 * h * k1.1, own.current, own.ambient);
                let k3 = heat(a + 0.5 * h * k2.0, b + 0.5 * h * k2.1, own.current, own.ambient);
                let k4 = heat(a + h * k3.0, b + h * k3.1, own.current, own.ambient);
                a += h / 6.0 * (k1.0 + 2.0 * k2.0 + 2.0 * k3.0 + k4.0);
                b += h / 6.0 * (k1.1 + 2.0 * k2.1 + 2.0 * k3.1 + k4.1);
            }
            own.core = a;
            own.skin = b;
        }
        if !own.hot && own.core > 80.0 {
            own.hot = true;
            self.rows += 1;
        } else if own.hot && own.core < 75.0 {
            own.hot = false;
        }
        own.time = time;
        own.current = current;
        own.ambient = ambient;
    }

    fn rows(&self) -> u64 {
        self.rows
    }
}
