//! The benchmark's telemetry: one event per car and second, the same on every machine.
//!
//! Values are drawn without state from (seed, car, second, salt), to two decimals, so any slice can be made alone.

/// First event time: a multiple of 300 s, in ms.
pub const ORIGIN_MS: i64 = 1_699_999_800_000;

/// The values of an event, in the order in which a file has them.
pub const FIELDS: [&str; 18] = [
    "coolant_temp",
    "intake_air_temp",
    "intake_air_flow_speed",
    "battery_percentage",
    "battery_voltage",
    "current_draw",
    "speed",
    "engine_vibration_amplitude",
    "throttle_pos",
    "tire_pressure_1_1",
    "tire_pressure_1_2",
    "tire_pressure_2_1",
    "tire_pressure_2_2",
    "accelerometer_1_1_value",
    "accelerometer_1_2_value",
    "accelerometer_2_1_value",
    "accelerometer_2_2_value",
    "control_unit_firmware",
];

/// Places in [`FIELDS`] of those that some workload reads.
pub const COOLANT: usize = 0;
/// See [`COOLANT`].
pub const INTAKE: usize = 1;
/// See [`COOLANT`].
pub const CHARGE: usize = 3;
/// See [`COOLANT`].
pub const VOLTAGE: usize = 4;
/// See [`COOLANT`].
pub const CURRENT: usize = 5;
/// See [`COOLANT`].
pub const SPEED: usize = 6;
/// See [`COOLANT`].
pub const VIBRATION: usize = 7;

/// A recording in memory or a piece of one, in the order in which it is read.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    /// Event time in ns.
    pub time: Vec<i64>,
    /// Which car.
    pub car: Vec<u32>,
    /// By [`FIELDS`]; those that nobody reads may be empty.
    pub columns: [Vec<f64>; FIELDS.len()],
}

impl Stream {
    /// Empties it; its memory stays.
    pub fn clear(&mut self) {
        self.time.clear();
        self.car.clear();
        self.columns.iter_mut().for_each(Vec::clear);
    }
}

fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Draws of one car.
#[derive(Clone, Copy)]
struct Draws {
    seed: u64,
    car: u64,
}

impl Draws {
    fn bits(self, second: u64, salt: u64) -> u64 {
        mix(mix(mix(self.seed ^ self.car.wrapping_mul(0x9e37_79b9_7f4a_7c15)) ^ second) ^ salt)
    }

    fn unit(self, second: u64, salt: u64) -> f64 {
        (self.bits(second, salt) >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    fn triangle(self, second: u64, salt: u64) -> f64 {
        self.unit(second, salt) + self.unit(second, salt + 100) - 1.0
    }
}

/// What a car carries from second to second.
struct Car {
    draws: Draws,
    phase: i64,
    coolant: f64,
    charge: f64,
    ambient: f64,
    pressure: f64,
    firmware: f64,
    speed: f64,
    target: f64,
    braking: u32,
    spike_at: u64,
    overheating: u32,
    excess: f64,
    peak: f64,
}

/// Salts of what is constant for a car are drawn at this second.
const ALWAYS: u64 = 0xffff_ffff;

impl Car {
    fn new(seed: u64, car: u64) -> Car {
        let draws = Draws { seed, car };
        let once = |salt| draws.unit(ALWAYS, salt);
        Car {
            draws,
            phase: (draws.bits(ALWAYS, 1) % 1000) as i64,
            coolant: 88.0 + 8.0 * once(2),
            charge: 100.0 * once(3),
            ambient: 15.0 + 20.0 * once(4),
            pressure: 31.0 + 3.0 * once(5),
            firmware: if once(6) < 0.5 { 1000.0 } else { 2000.0 },
            speed: 120.0 * once(7),
            target: 130.0 * once(8),
            braking: 0,
            spike_at: u64::MAX,
            overheating: 0,
            excess: 0.0,
            peak: 0.0,
        }
    }

    fn drive(&mut self, t: u64) {
        let draw = |salt| self.draws.unit(t, salt);
        if self.braking > 0 {
            self.speed = (self.speed - 14.0).max(0.0);
            self.braking -= 1;
            return;
        }
        if t % 20 == (self.phase as u64) % 20 {
            self.target = 130.0 * draw(10);
        }
        if self.target > self.speed {
            self.speed += (self.target - self.speed).min(4.0);
        } else {
            self.speed -= (self.speed - self.target).min(6.0);
        }
        if self.speed > 50.0 && draw(11) < 1.0 / 400.0 {
            self.braking = 3;
            if draw(12) < 0.4 {
                self.spike_at = t + 2 + (draw(13) * 14.0) as u64;
            }
        }
    }

    fn warm(&mut self, t: u64) {
        let draw = |salt| self.draws.unit(t, salt);
        if self.overheating > 0 {
            self.excess = (self.excess + 2.0).min(self.peak);
            self.overheating -= 1;
            return;
        }
        self.excess = (self.excess - 1.5).max(0.0);
        if draw(14) < 1.0 / 900.0 {
            self.overheating = 15 + (draw(15) * 75.0) as u32;
            self.peak = 16.0 + 12.0 * draw(16);
        }
    }

    /// The values of a second by [`FIELDS`], in hundredths.
    fn second(&mut self, t: u64) -> [i32; FIELDS.len()] {
        let before = self.speed;
        self.drive(t);
        self.warm(t);
        let spike = t == self.spike_at || self.draws.unit(t, 17) < 1.0 / 2000.0;
        let charge = (self.charge - 0.002 * t as f64).max(0.0);
        let noise = |salt| self.draws.triangle(t, salt);
        let pressure = |salt| self.pressure + 0.2 * noise(salt);
        let shake = |salt| 4.0 * self.draws.unit(t, salt);
        [
            self.coolant + self.excess + noise(20),
            self.ambient + 0.5 * noise(21),
            100.0 + 0.8 * self.speed + 2.0 * noise(22),
            charge,
            320.0 + 0.8 * charge + noise(23),
            5.0 + 1.2 * self.speed + 40.0 * (self.speed - before).max(0.0) + 3.0 * noise(24),
            (self.speed + 0.5 * noise(25)).max(0.0),
            40.0 + 0.5 * self.speed + 20.0 * noise(26) + if spike { 150.0 } else { 0.0 },
            ((self.target - self.speed) / 130.0).clamp(0.0, 1.0),
            pressure(27),
            pressure(28),
            pressure(29),
            pressure(30),
            shake(31),
            shake(32),
            shake(33),
            shake(34),
            self.firmware,
        ]
        .map(|x| (x * 100.0).round() as i32)
    }

    /// How late the event of a second arrives, in ms.
    fn delay(&self, t: u64) -> i64 {
        let (which, how) = (self.draws.unit(t, 40), self.draws.unit(t, 41));
        match which {
            d if d < 0.89 => (how * 200.0) as i64,
            d if d < 0.99 => (how * 5000.0) as i64,
            _ => 5000 + (how * 15000.0) as i64,
        }
    }
}

/// Makes the stream of so many cars and seconds, by arrival or in event order; only the fields asked for.
pub fn stream(cars: u64, seconds: u64, seed: u64, by_arrival: bool, fields: &[usize]) -> Stream {
    let mut order: Vec<(i64, i64, u32, u32)> = Vec::with_capacity((cars * seconds) as usize);
    let mut rows: Vec<[i32; FIELDS.len()]> = Vec::with_capacity(order.capacity());
    for car in 0..cars {
        let mut state = Car::new(seed, car);
        for t in 0..seconds {
            let values = state.second(t);
            let time = ORIGIN_MS + t as i64 * 1000 + state.phase;
            let arrival = if by_arrival { time + state.delay(t) } else { time };
            order.push((arrival, time, car as u32, rows.len() as u32));
            rows.push(values);
        }
    }
    order.sort_unstable();
    let mut stream = Stream::default();
    stream.time.extend(order.iter().map(|(_, time, ..)| time * 1_000_000));
    stream.car.extend(order.iter().map(|(_, _, car, _)| car));
    for field in fields {
        let value = |(.., row): &(i64, i64, u32, u32)| f64::from(rows[*row as usize][*field]) / 100.0;
        stream.columns[*field].extend(order.iter().map(value));
    }
    stream
}

/// The table of the join: a limit per car, 104.00 to 113.99.
pub fn limits(cars: u64, seed: u64) -> Vec<(u32, f64)> {
    let limit = |car| 10_400 + (Draws { seed, car }.bits(7, 51) % 1000) as i64;
    (0..cars).map(|car| (car as u32, limit(car) as f64 / 100.0)).collect()
}
