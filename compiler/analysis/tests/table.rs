//! One table of right and wrong lines: each is put into the same twin and gives the codes beside it.

mod common;

use common::check_text;

const PRELUDE: &str = r#"
unit pallet
unit furlong = 201.168 m
enum Grade { low, high as "H" }
schema Motor {
    id: string
    at: timestamp in ms
    speed: velocity in km/h valid 1..400
    temp: temperature in degC
    oil: temperature? in degF
    pressure: pressure in bar
    tires: pressure[4] in psi
    current: current in A
    shaft: angular_velocity in rpm
    mains: frequency in Hz
    load: ratio in %
    n: int
    on_grid: bool
    name: string
    grade: Grade
    ran: duration in h
    vib: real
}
schema Weather { site: string, at: timestamp in ms, outside: temperature in degC, wind: velocity in m/s, wet: bool }
schema Info { id: string, limit: temperature? in degC, rated: current in A }
schema GradeInfo { grade: Grade, strain: real }
schema Out { id: string, value: temperature? in degC, count: int? }
source motor: Motor { key: id  time: at }
source weather: Weather { key: site  time: at }
table info: Info { key: id }
table grades: GradeInfo { key: grade }
sink out: Out { topic: "out" }
sink free { topic: "free" }
command stop: Out { topic: "stop"  expires: 5 s }
fn half(x: U) -> U = x - x / 2
fn square(x: U) -> U^2 = x * x
fn mixed(a: U, b: U) -> U { let d = b - a  return a + d / 2 }
fn clampit(x: U, lo: U, hi: U) -> U = if x < lo then lo else if x > hi then hi else x
block smooth(x: U, tau: duration) -> U {
    state y: U = x
    on x { y = y + (1 - exp(-(elapsed / tau))) * (x - y) }
    return y
}
block last_rise(x: U) {
    state high: U = x
    state when_high: timestamp = now
    on x > high { high = x  when_high = now }
}
block winding(i: current, ambient: temperature, r: resistance, r_th: real in K/W, c_th: real in J/K) using rk4(step: 100 ms) {
    state temp: temperature = ambient
    let heat = r * i^2
    der(temp) = (heat - (temp - ambient) / r_th) / c_th
}
twin Car {
    key id
    input motor
    input weather by site
    param top: temperature = info.limit ?? 110 degC
    state trips: int = 0
    state opened: timestamp? = absent
"#;

/// What stands in the twin, and the codes that are expected, in the order of the text.
const TABLE: &[(&str, &[&str])] = &[
    // Temperatures: readings and differences.
    ("let a = temp - top", &[]),
    ("let a: temperature_difference = temp - top", &[]),
    ("let a: temperature = temp + 5 K", &[]),
    ("let a: temperature = 5 K + temp", &[]),
    ("let a = temp + top", &["E0304"]),
    ("let a = temp + 5 degC", &["E0304"]),
    ("let a = temp - 5 degC > 10 K", &[]),
    ("let a = temp - 5 K > 10 degC", &[]),
    ("let a = temp - top > 10 degC", &["E0303"]),
    ("let a = temp - (mean(temp) over 1 h) > 10 degC", &["E0303"]),
    ("let a = temp - (mean(temp) over 1 h) > 10 K", &[]),
    ("let a = 10 K - temp", &["E0303"]),
    ("let a = temp > 300 K", &[]),
    ("let a = 300 K < temp", &[]),
    ("let a = temp == oil", &[]),
    ("let a = temp > 200 degF", &[]),
    ("let a = temp - oil > 18 degR", &[]),
    ("let a = temp * 2", &["E0307"]),
    ("let a = -temp", &["E0307"]),
    ("let a = temp ^ 2", &["E0307"]),
    ("let a = kelvin(temp) * 2", &[]),
    ("let a = (temp - top) * 2", &[]),
    ("let a = (temp - top) / 3 s", &[]),
    ("let a = temp > 25", &["E0305"]),
    ("let a = temp + 25", &["E0305"]),
    ("let a = mixed(temp, 300 K)", &[]),
    ("let a: temperature = mixed(temp, top)", &[]),
    ("let a = clampit(temp, 273 K, 100 degC)", &[]),
    ("let a = half(temp)", &["E0307"]),
    ("let a = square(temp)", &["E0307"]),
    ("let a = square(temp - top)", &[]),
    ("let a = max(temp, top)", &[]),
    ("let a = max(temp, 300 K)", &[]),
    ("let a = sum(temp) over 1 min", &["E0308"]),
    ("let a = integral(temp) over 1 min", &["E0308"]),
    ("let a = rms(temp) over 1 min", &["E0308"]),
    ("let a = integral(temp - 18 degC) over 1 d every 1 h", &[]),
    ("let a: temperature = median(temp) over 1 min", &[]),
    ("let a: temperature_difference = std(temp) over 1 min", &[]),
    ("let a: temperature = std(temp) over 1 min", &["E0303"]),
    ("let a = (slope(temp) over 1 min) > 2 K/min", &[]),
    ("let a = rate(temp) > 0.1 K/s", &[]),
    ("let a = (var(temp) over 1 min) > 4 K^2", &[]),
    ("let a = delta(temp) > 3 K", &[]),
    ("let a = delta(temp) > 3 degC", &["E0303"]),
    ("let a: temperature = absent", &[]),
    ("let a: temperature = 20 K", &[]),
    ("let a = oil ?? 300 K", &[]),
    ("let a = oil ?? 20 degC", &[]),
    ("let a = oil ?? 20", &["E0305"]),
    ("let a = if on_grid then temp else 300 K", &[]),
    ("let a = if on_grid then 300 K else temp", &[]),
    ("let a = if on_grid then temp else 3 bar", &["E0310"]),
    // Other units.
    ("let a = temp + pressure", &["E0301"]),
    ("let a = pressure - 3 psi", &[]),
    ("let a = speed > 20", &["E0305"]),
    ("let a = speed > 20 m/s and pressure < 3 bar", &[]),
    ("let a = speed > 20 bar", &["E0302"]),
    ("let a = shaft > 50 Hz", &["E0314"]),
    ("let a = shaft > 50 1/s", &[]),
    ("let a = shaft > 50 rad/s", &[]),
    ("let a = mains + shaft", &["E0314"]),
    ("let a = speed ^ 0.5", &[]),
    ("let a = speed ^ vib", &["E0311"]),
    ("let a = sqrt(speed * speed) > 3 m/s", &[]),
    ("let a = sin(speed)", &["E0310"]),
    ("let a = sin(30 deg)", &[]),
    ("let a = load > 12.5%", &[]),
    ("let a = load > 0.125", &[]),
    ("let a = 3 pallet + 4 pallet", &[]),
    ("let a = 3 pallet + 4 m", &["E0301"]),
    ("let a = speed * 2 h > 3 furlong", &[]),
    ("let a = 3 blorb", &["E0205"]),
    ("let a: pressure in m = pressure", &["E0315"]),
    ("let a = speed / vib", &["W0301"]),
    ("let a = if vib > 0 then speed / vib else 0 m/s", &[]),
    ("let a = vib / speed", &[]),
    // Whole numbers, text, conditions.
    ("let a = n + 1", &[]),
    ("let a: int = n / 2", &["E0316"]),
    ("let a: int = n div 2", &[]),
    ("let a: real = n", &[]),
    ("let a = vib div 2", &["E0317"]),
    ("let a: int = round(vib)", &[]),
    ("let a = name == 3", &["E0306"]),
    ("let a = name == \"x\"", &[]),
    ("let a = name < \"x\"", &["E0302"]),
    ("let a = n and on_grid", &["E0309"]),
    ("let a = not temp", &["E0309"]),
    ("let a = on_grid + 1", &["E0323"]),
    ("let a = absent", &["E0321"]),
    ("let a = 99999999999999999999", &["E0322"]),
    ("let a = min(n, 3)", &[]),
    ("let a: int = max(n, 3)", &[]),
    // Enums and choices.
    ("let a = grade == high", &[]),
    ("let a = grade == hihg", &["E0214"]),
    ("let a = match grade { low -> 1 bar, high -> pressure }", &[]),
    ("let a = match grade { low -> 1 }", &["E0320"]),
    ("let a = match grade { low -> 1, else -> 2 }", &[]),
    ("let a = match grade { low -> 1, high -> 2 bar }", &["E0320"]),
    ("let a = match n { 1 or 2 -> true, -3 -> false, else -> absent }", &[]),
    ("let a = grades[grade].strain", &[]),
    ("let a = grades[n].strain", &["E0310"]),
    ("let a = grades.strain", &["E0502"]),
    ("let a = present(info)", &[]),
    // Arrays and records.
    ("let a = tires[0] > 2 bar", &[]),
    ("let a = tires[4]", &["E0312"]),
    ("let a = tires > 2 bar", &["E0302"]),
    ("let a = max(tires) - min(tires) > 3 psi", &[]),
    ("let a = mean(tires) over 1 min", &[]),
    ("let a = tires[n]", &[]),
    ("let a = n[0]", &["E0312"]),
    // Time.
    ("let a: duration = now - motor.at", &[]),
    ("let a = motor.at + 5 min > now", &[]),
    ("let a = speed * (now - motor.at) > 3 m", &[]),
    ("let a = ran > 5 h", &[]),
    ("let a = ran > 5", &["E0305"]),
    ("let a = (count(temp) over 1 min) / 60 s > 2 Hz", &[]),
    ("let a = age(temp) > 5 s", &[]),
    ("let a = lag(temp, ran)", &["E0402"]),
    // Clocks.
    ("let a = temp - outside", &["E0401"]),
    ("let a = temp - hold(outside, 10 s)", &[]),
    ("let a = temp - latest(outside)", &[]),
    ("let a = temp - (mean(outside) over 1 h every 1 min)", &[]),
    ("let w = outside every 1 min\nlet a = temp - w", &[]),
    ("on wet { trips = round(vib) }", &["E0401"]),
    ("on wet { trips = trips + 1 }", &[]),
    ("emit free { id, t: temp } when wet", &["E0401"]),
    ("emit free { id, t: latest(temp) } when wet", &[]),
    // Names and order.
    ("let a = b\nlet b = temp", &["E0213"]),
    ("let a = later\nstate later: int = 0", &[]),
    ("let a = coolant", &["E0201"]),
    ("let a = motor.sped", &["E0202"]),
    ("let a = at", &["E0204"]),
    ("let a = motor.at", &[]),
    ("let a = temp\nlet a = temp", &["E0203"]),
    ("let a = foo(temp)", &["E0210"]),
    ("let a = smooth(temp)", &["E0211"]),
    ("let a = smooth(temp, tua: 3 s)", &["E0211"]),
    ("let a = out", &["E0212"]),
    ("let a = broken +\nlet b = a", &["E0119"]),
    // Windows.
    ("let a = mean(temp)", &["E0405"]),
    ("let a = half(temp - top) over 1 min", &["E0405"]),
    ("let a = mean(temp) over vib", &["E0305"]),
    ("let a = mean(temp) over 0 s", &["E0408"]),
    ("let a = mean(temp) over top", &["E0310"]),
    ("let a = median(temp) over all", &["W0402"]),
    ("let a = median(temp) during on_grid", &["E0403"]),
    ("let a = median(temp, max: 500 samples) during on_grid", &[]),
    ("let a = mean(temp) over session(gap: 5 min)\nlet b = final(a)", &[]),
    ("let a = final(temp)", &["E0410"]),
    ("let a = mean(temp) each 1 d in \"Europe/Paris\"", &[]),
    ("let a = mean(temp) each 1 d in \"Europe/Paname\"", &["E0409"]),
    ("let a = quantile(temp, 0.95) over 1 h", &[]),
    ("let a = quantile(temp, 95) over 1 h", &["E0408"]),
    ("let a = mean(temp) by floor(vib) in 0..9 over all\nlet b = a[3]", &[]),
    ("let a = mean(temp) by grade over all\nlet b = a.high", &[]),
    ("let a = mean(temp) over 1 s every 1 min", &["W0403"]),
    ("let a = mean(temp where n > 3) over 1 min", &[]),
    ("let a = integral(-current) from changed(n) until (load <= 2%)", &[]),
    ("let a = histogram(vib, 0, 10, 5) over 1 h", &[]),
    ("let a = corr(temp, vib) over 1 h", &[]),
    // Blocks and state.
    ("let a: temperature = smooth(temp, tau: 10 s)", &[]),
    ("let a = last_rise(temp)\nlet b = a.high - temp > 3 K", &[]),
    ("let a = winding(current, outside, r: 1.2 ohm, r_th: 0.1 K/W, c_th: 1000 J/K)", &["E0401"]),
    (
        "let a = winding(current, hold(outside, 1 h), r: 1.2 ohm, r_th: 0.1 K/W, c_th: 1000 J/K)\nlet b = a.temp > 90 degC",
        &[],
    ),
    ("let a = winding(current, temp, r: 1.2 bar, r_th: 0.1 K/W, c_th: 1000 J/K)", &["E0310"]),
    ("on n { trips = 1.5 }", &["E0316"]),
    ("on n { top = 3 degC }", &["E0503"]),
    ("on n { temp = 3 degC }", &["E0503"]),
    ("on n { opened = now }", &[]),
    ("on n { let d = n + 1  if d > 3 { trips = d } else { reset trips } }", &[]),
    ("on n { trips = count(temp) over 1 min }", &["E0406"]),
    ("on motor where n > 3 { reset top }", &["E0504"]),
    ("let a = mean(temp) over 1 h\non n { reset a }", &[]),
    // Rules, machines, emits.
    ("rule r when temp > top", &["W0401"]),
    ("rule r when temp > top for 10 s", &[]),
    ("rule r when temp > top until temp < top - 5 K", &[]),
    ("rule r when temp", &["E0309"]),
    ("rule r when silent(motor) > 5 min", &[]),
    ("rule r when silent(motor) > 5 min for 10 s", &["E0404"]),
    ("rule r when silent(motor) < 5 min", &["E0404"]),
    ("let a = silent(motor) > 5 min", &["E0404"]),
    ("rule r when rising(on_grid) then temp > top within 10 s then no temp < top within 1 min", &[]),
    ("rule r when rising(on_grid) then temp > top within 10 s for 3 s", &["E0113"]),
    ("rule r when on_grid { message \"{temp:.1 degC} {temp:.1 bar}\" }", &["E0319"]),
    ("rule r when on_grid { message \"{temp - top:.1 degC}\" }", &["E0319"]),
    ("rule r when on_grid { emit out { id, valu: temp } }", &["E0202"]),
    ("rule r when on_grid { emit out { value: temp } }", &["E0705"]),
    ("rule r when on_grid { emit stop { id } }\nlet a = stop.pending", &[]),
    ("rule r when on_grid\nlet a = r.active or r.count > 3", &[]),
    ("rule r when on_grid\nlet a = r", &["E0212"]),
    ("emit out { id, value: temp } every 1 min", &[]),
    ("emit nowhere { id }", &["E0206"]),
    ("machine m { idle -> busy when on_grid  busy -> idle when not on_grid }\nlet a = m == busy", &["E0117"]),
    (
        "machine m {\nidle -> busy when on_grid for 5 s\nbusy -> idle when not on_grid\n}\nlet a = m == busy",
        &[],
    ),
    ("machine m {\nidle -> busy when on_grid\n}", &["W0502"]),
    (
        "machine m {\nidle -> busy when on_grid\nbusy -> idle when n > 3\nlost -> idle when n > 4\n}",
        &["W0501"],
    ),
    ("machine m {\nidle -> busy when on_grid\nany -> idle when n > 3\n}\nlet a = held(m == idle) > 5 s", &[]),
    ("machine m {\nidle -> busy when on_grid\nany -> idle when n > 3\n}\nlet a = m == bussy", &["E0214"]),
    ("machine m {\nidle -> busy when on_grid\n} allow W0502 \"one way\"", &[]),
    ("rule r when temp > top allow W0401 \"test rig\"", &[]),
    ("return temp", &["E0216"]),
];

#[test]
fn every_line_gives_its_codes() {
    let mut wrong = String::new();
    for (line, expected) in TABLE {
        let text = format!("{PRELUDE}    {line}\n}}\n");
        let outcome = check_text(&text);
        let codes: Vec<&str> = outcome.findings.iter().map(|f| f.code).collect();
        if codes != *expected {
            wrong.push_str(&format!(
                "--- {line}\n    expected {expected:?}, got {codes:?}\n{}",
                outcome.text()
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
