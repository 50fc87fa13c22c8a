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
schema Text { id: string, text: string }
sink texts: Text { topic: "texts" }
sink out: Out { topic: "out" }
sink free { topic: "free" }
schema Order { unit_id: string, value: temperature? in degC, count: int? }
command stop: Order { topic: "stop"  expires: 5 s }
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
    (
        "let w = winding(current, temp, r: 1 ohm, r_th: 1 K/W, c_th: 1 J/K)\nlet a = w.temp(within: 14 d)",
        &["E0210"],
    ),
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
    ("let a = argmax(id, vib) over 1 h", &[]),
    ("let a = last(name) over 1 h", &[]),
    ("let a = first(name) by grade each 1 h\nlet b = a.high == \"x\"", &[]),
    ("let a = max(name) over 1 h", &["E0323"]),
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
    ("rule r when on_grid { emit stop { unit_id: id } }\nlet a = stop.pending", &[]),
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
    // Odds and ends.
    ("let a = mean(temp) over (2 * 5 s)", &[]),
    ("let a = mean(temp) over (5 s * 1.5)", &[]),
    ("let a = mean(temp) over (5 s + 1h30min)", &[]),
    ("let a: duration = 5 s / 2", &[]),
    ("let a = 5 s / 2 s > 2", &[]),
    ("let a = 1h30min > ran", &[]),
    ("let a = -5 s < ran", &[]),
    ("let a = temp > -10 degC", &[]),
    ("let a = temp > -(10 degC)", &[]),
    ("let a = 2 ^ n", &[]),
    ("let a: real in 1/m = (3 m)^-1", &[]),
    ("let a = (temp - top)^0.5 * (temp - top)^0.5 > 3 K", &[]),
    ("let a = elapsed > 5 s", &["E0201"]),
    ("let a = now - opened > 5 s", &[]),
    ("let a = now > 2024-06-01T00:00Z", &[]),
    ("let a = now > 5 s", &["E0302"]),
    ("let a = match name { \"a\" -> 1, \"b\" -> 2, else -> 3 }", &[]),
    ("let a = match name { \"a\" -> 1, \"a\" -> 2, else -> 3 }", &["E0320"]),
    ("let a = match n { \"a\" -> 1, else -> 3 }", &["E0306"]),
    ("let a = Grade.low == grade", &[]),
    ("let a = if on_grid then low else high\nlet b = a == grade", &["E0201", "E0201"]),
    ("let a: Grade = if on_grid then low else high\nlet b = a == grade", &["E0214"]),
    ("let a: Grade = if on_grid then low else high\nlet b = grade == high", &[]),
    ("let a = { x: 1, y: temp }\nlet b = a.y > top", &[]),
    ("let a = { x: 1, x: temp }", &["E0114"]),
    ("state r = { x: 1, y: 2 m }\non n { r.y = 3 m }", &[]),
    ("state r = { x: 1, y: 2 m }\non n { r.y = 3 s }", &["E0310"]),
    ("state xs: real[3] = [0, 0, 0]\non n { xs[1] = vib }", &[]),
    ("state xs: real[3] = [0, 0]", &["E0310"]),
    ("let a = [1, 2.5, n]\nlet b = a[1] + mean(a)", &[]),
    ("let a = [1, 2 m]", &["E0312"]),
    ("let a = []", &["E0312"]),
    ("let a = hold(temp, ran)", &[]),
    ("let a = quantile(temp, 95%) over 1 h", &[]),
    ("let a = count() over 1 min", &["E0211"]),
    ("let a = count(motor) over 1 min", &[]),
    ("let a = (sum(on_grid) over 1 min) / (count(motor) over 1 min)", &[]),
    ("let a = argmax(temp, vib) over 1 h\nlet b = a > top", &[]),
    ("let a: timestamp = argmax(vib) over 1 h", &[]),
    ("let a: duration = time_above(temp, 90 degC) over 1 h", &[]),
    ("let a = time_above(temp, 90) over 1 h", &["E0305"]),
    ("let a: int = max(n) over 1 h", &[]),
    ("let a = circular_mean(temp) over 1 h", &["E0310"]),
    ("let a = mean(mean(temp) over 1 min) over 1 h", &[]),
    ("let a = mean(max(temp) over 1 min every 1 min) over 1 h", &[]),
    ("let a = prev(prev(temp))", &[]),
    ("let a = prev(temp, 0)", &["E0408"]),
    ("let a = changed(grade) and rising(on_grid)", &[]),
    ("let a = rising(temp)", &["E0309"]),
    ("let a = temp every 0 s", &["E0408"]),
    ("let a = count() each 1 min", &["E0211"]),
    ("let a = winding(current, temp, 1 ohm, 1 K/W, 1 J/K) using dopri5(rtol: 0)", &["E0408"]),
    ("let a = count(motor) each 1 min", &[]),
    ("let a = mean(temp) over session(gap: 5 min) every 0 s", &["E0408"]),
    ("let a = mean(temp) over session(gap: 5 min) every 1 min", &[]),
    ("let a = hold(temp, -1 s)", &["E0408"]),
    ("let a = hold(temp, 0 s)", &[]),
    ("rule a when on_grid for -1 s", &["E0408"]),
    ("rule a when on_grid until never repeat every 0 s", &["E0408"]),
    ("rule a when on_grid then temp > top within -3 s", &["E0408"]),
    ("rule a when on_grid then temp > top within 0 s", &[]),
    ("let a = \"x{n}\"", &["E0310"]),
    ("rule r when on_grid then wet within 10 s", &[]),
    ("rule r when on_grid and wet", &["E0401"]),
    ("rule r when on_grid and latest(wet)", &[]),
    ("rule r when on_grid { severity critcal }", &["E0201"]),
    ("rule r when on_grid { message \"{tires}\" }", &["E0319"]),
    ("rule r when on_grid { capture weather from 3 s before capture nothing from 3 s before }", &["E0206"]),
    ("rule r when on_grid { reset trips trips = trips + 1 on clear { trips = 0 } }", &[]),
    ("rule r when on_grid { emit free { id, mean: mean(temp) over 1 min } }", &["E0406"]),
    ("emit free { id, mean: mean(temp) over 1 min } every 1 min always", &[]),
    ("emit texts { id, text: grade }", &[]),
    ("emit texts { id, text: temp }", &["E0306"]),
    ("emit free { id, value: temp, value: top }", &["E0114"]),
    ("emit free { id, value: temp }\nemit free { id, value: pressure }", &["E0310"]),
    ("param p: pressure", &[]),
    ("param p", &["E0505"]),
    ("param p = temp", &["E0216"]),
    ("param p = mean(temp) over 1 h", &["E0406"]),
    ("let a = smooth(temp, tau: 10 s) using rk4(step: 1 s)", &[]),
    ("let a = smooth(temp, tau: 10 s) using rk5(step: 1 s)", &["E0508"]),
    ("let a = winding(current, temp, 1 ohm, 1 K/W, 1 J/K) using euler(step: 1 ms)", &[]),
    ("let a = winding(current, temp, 1 ohm, 1 K/W, 1 J/K) using euler", &["E0211"]),
    ("let a = half(grade)", &["E0323"]),
    ("let a = half(n) + 0.5", &[]),
    ("let a = clampit(n, 0, 10)", &[]),
    ("let a = clampit(temp, 3 bar, 4 bar)", &["E0324", "E0324"]),
    ("let a = clampit(temp, pressure, 4 bar)", &["E0324", "E0324"]),
    ("let a = min(temp, pressure)", &["E0324"]),
    ("let a = min(temp)", &["E0405"]),
    ("let a = info[name].rated > 3 A", &[]),
    ("let a = info[name]", &["E0212"]),
    ("let a = motor", &["E0212"]),
    ("let a = temp.x", &["E0202"]),
    ("let a = stop.gone", &["E0202"]),
    ("let a = low", &["E0201"]),
    ("let s = speed\nlet a = s * 3 s > 2 m", &["W0202"]),
    ("let m = speed\nlet a = 5 N*m", &["W0202"]),
    ("part xs: Car by site\nlet a = sum(xs.speed)", &[]),
    ("part xs: Car by site\nlet a = sum(xs.speed, at_least: 3)", &[]),
    ("part xs: Car by site\nlet a = sum(xs.speed, at_leats: 3)", &["E0211"]),
    ("part xs: Car by site\nlet a = count(xs where speed > 3 m/s) + 1", &[]),
    ("part xs: Car by site\nfor x in xs { rule slow when x.speed < 0.8 * median(xs.speed) for 2 h }", &[]),
    ("for x in speed { rule slow when x < 3 m/s for 2 h }", &["E0206"]),
    ("on speed { let s = 1 }", &[]),
    ("on present(oil) where oil > 300 K { opened = now }", &[]),
    ("on n { nothing = 3 }", &["E0201"]),
    ("on n { trips = trips + speed }", &["E0305"]),
    ("on n { if temp { trips = 1 } }", &["E0309"]),
    ("let a = temp - mean(temp) over 1 h", &[]),
    ("let a = temp - mean(temp) over 1 h > 10 K", &[]),
    ("let a = not on_grid or wet ?? true", &["E0401"]),
    ("let a = load in 3", &["E0101"]),
];

#[test]
fn every_line_gives_its_codes() {
    let mut wrong = String::new();
    for (line, expected) in TABLE {
        let text = format!("{PRELUDE}    {line}\n}}\n");
        let outcome = check_text(&text);
        let codes: Vec<&str> = outcome.findings.iter().map(|f| f.code).collect();
        let is_right = expected.iter().all(|code| code.starts_with('W'));
        if is_right && outcome.checked.program.not_built.is_empty() {
            let hir = twin_analysis::print(&outcome.checked.program);
            assert!(!hir.contains("error"), "{line}\n{hir}");
        }
        if codes != *expected {
            wrong.push_str(&format!(
                "--- {line}\n    expected {expected:?}, got {codes:?}\n{}",
                outcome.text()
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Whole files, and the codes that are expected.
const FILES: &[(&str, &[&str])] = &[
    ("unit notch = 3 K  unit dozen = 12", &[]),
    ("unit notch = 3 degC  schema A { x: real in notch }  fn f(a: real) -> real = a + 2 notch / 1 notch", &["E0310"]),
    (
        "schema A { state: string, when: timestamp in s, no: int }
        source a: A { key: a.state  time: a.when  where: a.no > 3 }
        table b: A { key: b.state }
        source c: A { key: a.state }
        source d: A { key: d.pump }
        source e: A { key: e }",
        &["E0212", "E0202", "E0212"],
    ),
    ("schema A { at: timestamp in \"YYYY-MM-dd\" zone \"UTC\" }", &["E0704"]),
    ("schema A { at: timestamp in \"h:mm\", then: timestamp in \"d.M.yyyy 'at' HH:mm\" }", &["E0704"]),
    ("sink alerts { topic: \"a\" }", &["E0203"]),
    ("schema A { pump: string }  command late: A { key: pump }", &["E0203"]),
    ("schema Stop { pump: string, no: int as \"id\" }  command stop: Stop { key: pump }", &["E0704"]),
    ("schema Stop { pump: string, id: int as \"no\", expires_at: int }  command stop: Stop { key: pump }", &["E0704"]),
    (
        "schema U { id: string, at: timestamp in ms, speed: velocity in km/h }
        source motor: U { key: id  time: at }
        twin Motor {
            key id
            input motor
            let root = sqrt(speed^2)
            let allowed = clamp(speed, 0 km/h, 100 km/h)
        }",
        &[],
    ),
    (
        "unit cycle
        schema E { unit_no: int, cycle: int, temp: temperature in degC }
        source engines: E { key: unit_no  time: cycle in cycle  lateness: 2 cycle }
        twin Engine {
            key engine
            input engines
            let trend = slope(temp) over 10 cycle
            let step = rate(temp) > 1 K/cycle
            rule hot when temp > 90 degC for 5 cycle
            rule wrong when temp > 90 degC for 5 s
        }",
        &["E0310"],
    ),
    (
        "schema A { id: string, x: real }
        schema B { id: int, y: real }
        source a: A { key: id }
        source b: B { key: id }
        twin T { key id  input a  input b }",
        &["E0502"],
    ),
    (
        "schema A { id: string, pos: Pos, at: timestamp }
        schema Pos { lat: angle in deg, lon: angle in deg, deep: Deep[2] }
        schema Deep { z: real }
        source a: A { key: id time: at where: pos.lat > 3 deg }
        twin T { key id  input a  let n = pos.lat + a.pos.lon  let d = pos.deep[1].z > 3 }",
        &[],
    ),
    ("schema A { id: string, b: B }\nschema B { a: A }\n", &["E0207", "E0207"]),
    (
        "schema A { id: string, x: pressure, t: timestamp in m, y: velocity in bar, z: real valid 3..1, w: string valid 1..2 }
        source a: A { key: id  tipoc: \"x\"  latenes: 3 s  format: xml  duplicates: all  time: x  rate: 3 s }",
        &["W0701", "E0315", "E0315", "E0704", "E0704", "E0701", "E0701", "E0702", "E0702", "E0702", "E0702"],
    ),
    ("source a: Nothing { key: id }\ntwin T { key id  input a  let x = y }", &["E0209"]),
    ("schema A { id: string }\nsource a: A { key: idd }\ntwin T { key id  input a }", &["E0202"]),
    (
        "schema A { id: string }
        source a: A { key: id  patience: 3 s  lateness: 2 s }
        source b: A { key: id  lateness: 5 s }
        source c: A { key: id  patience: 5 s }
        source d: A { key: id  patience: 1 s }
        twin T { key id  input a  input c }
        twin U { key id  input b  input c }
        twin V { key id  input d }",
        &["E0411"],
    ),
    ("schema A { id: string }\nsource a: A { key: id patience: 1 s lateness: 5 s }\ntwin T { input a }", &["E0411", "E0501"]),
    ("twin T { key id }", &["E0506"]),
    (
        "schema A { id: string }\ntable t: A { key: id }\ntwin T for each t { key id  rule r when present(t) and t.id == \"x\" }",
        &[],
    ),
    ("use std.signal.ewmaa\nuse nowhere.at.all\nuse std.signal.holt", &["E0208", "E0208", "W0201"]),
    ("enum E { a, b, a }\nunit x\nunit x\nunit y = true", &["E0203", "E0203", "E0310"]),
    ("schema A { id: string }\nschema A { id: string }", &["E0203"]),
    ("fn f(x: pressure) -> pressure = x + 3 m\nfn g(x: U) -> U = x + 3 m", &["E0301"]),
    ("fn f(x: real) -> real { let m = mean(x) over 3 s return m }", &["E0406"]),
    ("block b(x: real) { emit y { x } }\nblock c(x: real) -> real { state y = x }\n", &[]),
    (
        "schema A { id: string, x: real }\nsource a: A { key: id }\nblock b(x: U) { state y = x  der(y) = x / 1 s  der(z) = 3 }
        twin T { key id input a let q = b(x) }",
        &["E0507"],
    ),
    (
        "schema A { id: string, x: real }\nsource a: A { key: id }
        test \"t\" { with T \"1\" { p: 3 m }  at 3 s a { x: 3 m }  every 0 s from 0 s to 2 s a { x: 1 }  expect r raised  expect q > 3 }
        test \"u\" { expect x > 3 }
        test \"v\" { with T \"1\" with T \"2\" at -3 s a { y: 1 } }
        twin T { key id  input a  param p: real = 1  let q = x * p }",
        &["E0310", "E0310", "E0603", "E0602", "E0601", "W0601", "E0601", "E0603"],
    ),
    ("unit crate_of_bottles\nunit box2 = 3 m\nunit furlong = 201.168 m", &["E0218", "E0218"]),
    (
        "schema A { id: string, x: real }
        source a: A { key: id  duplicates: last }
        source b: A { key: id  duplicates: last  lateness: 0 s }
        source c: A { key: id  duplicates: last  lateness: 1 s }
        source d: A { key: id  duplicates: first }",
        &["W0702", "W0702"],
    ),
    (
        "schema A { id: string, x: real }
        source a: A { key: id }
        source answers: A { key: id }
        schema C { unit: string }
        command bare: C { topic: \"b\" }
        command stop: C { topic: \"s\"  expires: 5 s  ack: answers by id }
        command wrong: C { topic: \"w\"  ack: gone by id }
        twin Deaf { key id  input a
            let p = bare.acked  let q = bare.pending  let r = stop.acked  let s = stop.pending  let t = wrong.acked }
        twin Spent { key id  input a  let p = bare.expired }
        twin Hears { key id  input a  input answers  let r = stop.acked or stop.pending or stop.expired }",
        &["E0206", "W0503", "E0509", "W0503"],
    ),
    ("scenario s for T { from 2024-06-01T00:00Z for 7 d  set x = 3 }", &[]),
];

#[test]
fn every_file_gives_its_codes() {
    let mut wrong = String::new();
    for (text, expected) in FILES {
        let outcome = check_text(text);
        let codes: Vec<&str> = outcome.findings.iter().map(|f| f.code).collect();
        if codes != *expected {
            wrong.push_str(&format!(
                "--- {text}\n    expected {expected:?}, got {codes:?}\n{}",
                outcome.text()
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
