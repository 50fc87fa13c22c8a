//! Differential equations through blocks with `der`: steps written out in numpy, solutions of scipy at tight
//! tolerance, and moments at which something happens.

use super::{is_near, json, outputs};
use serde_json::Value;
use std::fmt::Write;

const SOURCE: &str = r#"
schema S { ts: timestamp in s }
source s: S { topic: "s"  format: csv  key: "one"  time: ts }
sink out { topic: "out" }
"#;

/// A problem: its states, the right side of each, and what else the block reads of the time.
struct Problem {
    name: &'static str,
    states: &'static [&'static str],
    rates: fn(&Value) -> Vec<String>,
}

const PROBLEMS: [Problem; 9] = [
    Problem {
        name: "thermal_rc",
        states: &["a"],
        rates: |p| vec![format!("({} - (a - {}) / {}) / {}", p["q"], p["T_amb"], p["R"], p["C"])],
    },
    Problem {
        name: "thermal_two_node",
        states: &["a", "b"],
        rates: |p| {
            let between = format!("(a - b) / {}", p["R12"]);
            let ambient = "(20 + 5 * sin(2 * 3.141592653589793 * t / 3600))";
            vec![
                format!("(60 + 40 * sin(t / 900) - {between}) / {}", p["C1"]),
                format!("({between} - (b - {ambient}) / {}) / {}", p["R2a"], p["C2"]),
            ]
        },
    },
    Problem {
        name: "dc_motor_step",
        states: &["a", "b"],
        rates: |p| {
            vec![
                format!("({} - {} * a - {} * b) / {}", p["V"], p["R"], p["K"], p["L"]),
                format!("({} * a - {} * b - {}) / {}", p["K"], p["b"], p["T_load"], p["J"]),
            ]
        },
    },
    Problem {
        name: "mass_spring_damper",
        states: &["a", "b"],
        rates: |p| vec!["b".to_string(), format!("(-{} * b - {} * a) / {}", p["c"], p["k"], p["m"])],
    },
    Problem {
        name: "van_der_pol_nonstiff",
        states: &["a", "b"],
        rates: |p| vec!["b".to_string(), format!("{} * (1 - a * a) * b - a", p["mu"])],
    },
    Problem {
        name: "lotka_volterra",
        states: &["a", "b"],
        rates: |p| {
            vec![
                format!("{} * a - {} * a * b", p["alpha"], p["beta"]),
                format!("{} * a * b - {} * b", p["delta"], p["gamma"]),
            ]
        },
    },
    Problem {
        name: "logistic",
        states: &["a"],
        rates: |p| vec![format!("{} * a * (1 - a / {})", p["r"], p["K"])],
    },
    Problem {
        name: "lorenz_short",
        states: &["a", "b", "c"],
        rates: |p| {
            vec![
                format!("{} * (b - a)", p["sigma"]),
                format!("a * ({} - c) - b", p["rho"]),
                format!("a * b - {} * c", p["beta"]),
            ]
        },
    },
    Problem {
        name: "tank_drain",
        states: &["a"],
        rates: |p| vec![format!("-{} / {} * sqrt(2 * {} * max(a, 0))", p["a"], p["A"], p["g"])],
    },
];

/// A program that integrates plain numbers; `t` is the time since the beginning, in seconds.
fn program(problem: &Problem, oracle: &Value, solver: &str) -> String {
    let mut text =
        format!("{SOURCE}block model() using {solver} {{\n    state t: real = 0\n    der(t) = 1 / 1 s\n");
    for (state, start) in problem.states.iter().zip(numbers(&oracle["y0"])) {
        let _ = writeln!(text, "    state {state}: real = {start:?}");
    }
    for (state, rate) in problem.states.iter().zip((problem.rates)(&oracle["params"])) {
        let _ = writeln!(text, "    der({state}) = ({rate}) / 1 s");
    }
    let fields: Vec<_> = problem.states.iter().map(|state| format!("{state}: m.{state}")).collect();
    let _ = write!(
        text,
        "}}\ntwin T {{\n    key one\n    input s\n    let m = model()\n    emit out {{ {} }} when present(ts)\n}}\n",
        fields.join(", ")
    );
    text
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|x| x.as_f64().expect("a number")).collect()
}

fn events(times: &[f64]) -> String {
    times.iter().fold("ts\n".to_string(), |text, time| format!("{text}{time}\n"))
}

fn check(problem: &Problem, oracle: &Value, solver: &str, expected: &Value, relative: f64) {
    let records = outputs(&program(problem, oracle, solver), "s", &events(&numbers(&oracle["t"])), None);
    let expected: Vec<Vec<f64>> = expected.as_array().expect("rows").iter().map(numbers).collect();
    assert_eq!(records.len(), expected.len(), "{}", problem.name);
    for (at, state) in problem.states.iter().enumerate() {
        // Close to zero a part of the largest value counts.
        let most = expected.iter().map(|row| row[at].abs()).fold(0.0, f64::max);
        for (record, row) in records.iter().zip(&expected) {
            let found = record[*state].as_f64();
            let is_near = is_near(found, Some(row[at]), (relative, 1e-3 * most));
            assert!(is_near, "{} {solver} {state}: {found:?} is not {} in {record}", problem.name, row[at]);
        }
    }
}

#[test]
fn an_adaptive_solver_at_tight_tolerance() {
    let oracle = json("ode.json");
    for problem in &PROBLEMS {
        let oracle = &oracle["problems"][problem.name];
        check(problem, oracle, "dopri5(rtol: 1e-12, atol: 1e-12)", &oracle["y"], 1e-8);
    }
}

/// What is said is a part of the state; where it swings through zero nothing else may count for more.
#[test]
fn a_tight_relative_tolerance_is_enough() {
    let oracle = json("ode.json");
    for problem in &PROBLEMS {
        let oracle = &oracle["problems"][problem.name];
        check(problem, oracle, "dopri5(rtol: 1e-12)", &oracle["y"], 1e-8);
    }
}

#[test]
fn fixed_steps() {
    let oracle = json("ode.json");
    let mut rows = 0;
    for problem in &PROBLEMS {
        let oracle = &oracle["problems"][problem.name];
        for (key, expected) in oracle["fixed_step"].as_object().expect("by method") {
            let (method, step) = key.split_once(" h=").expect("a method and its step");
            if !matches!(method, "euler" | "heun" | "rk4") {
                continue;
            }
            let relative = if problem.name == "lorenz_short" { 1e-8 } else { 1e-10 };
            check(problem, oracle, &format!("{method}(step: {step} s)"), expected, relative);
            rows += 1;
        }
    }
    assert!(rows >= 16, "{rows}");
}

#[test]
fn a_threshold_that_is_crossed() {
    let oracle = json("ode.json");
    let (p, crossing) =
        (&oracle["problems"]["thermal_rc"]["params"], &oracle["events"]["thermal_rc_crossing"]);
    let program = format!(
        "{SOURCE}
block heated() using dopri5(rtol: 1e-10, atol: 1e-10) {{
    state temp: real = 20
    state crossed: timestamp? = absent
    der(temp) = ({} - (temp - {}) / {}) / {} / 1 s
    when temp > {} {{ crossed = crossed ?? now }}
}}
twin T {{ key one  input s  let m = heated()  emit out {{ crossed: m.crossed }} when present(ts) }}
",
        p["q"], p["T_amb"], p["R"], p["C"], crossing["threshold"]
    );
    for times in [vec![0.0, 400.0], (0..=40).map(|n| f64::from(n) * 10.0).collect()] {
        let records = outputs(&program, "s", &events(&times), None);
        let found = seconds(&records.last().expect("a record")["crossed"]);
        assert!(is_near(Some(found), crossing["t_exact"].as_f64(), (1e-8, 0.0)), "{found}");
    }
}

fn seconds(time: &Value) -> f64 {
    let time: jiff::Timestamp = time.as_str().expect("a time").parse().expect("a time");
    time.as_nanosecond() as f64 / 1e9
}

/// A ball thrown up from `h0` with `v0`: the times at which it meets the ground, at most so many.
fn impacts(h0: &Value, v0: f64, restitution: f64, times: &[f64], most: usize) -> Vec<f64> {
    let program = format!(
        "{SOURCE}
block ball() using dopri5(rtol: 1e-9, atol: 1e-9) {{
    state h: length = {h0} m
    state v: velocity = {v0} m/s
    state n: int = 0
    state hits: timestamp[{most}] = [{}]
    der(h) = v
    der(v) = -9.80665 m/s^2
    when h <= 0 m and v < 0 m/s {{
        if n < {most} {{ hits[n] = now }}
        n = n + 1
        v = -{restitution} * v
    }}
}}
twin T {{ key one  input s  let m = ball()  emit out {{ n: m.n, hits: m.hits }} when present(ts) }}
",
        vec!["1970-01-01T00:00Z"; most].join(", ")
    );
    let records = outputs(&program, "s", &events(times), None);
    let last = records.last().expect("a record");
    let count = last["n"].as_u64().expect("a count") as usize;
    last["hits"].as_array().expect("a list").iter().take(count).map(seconds).collect()
}

#[test]
fn a_thrown_object_and_a_bouncing_ball() {
    let oracle = json("ode.json");
    let throw = &oracle["events"]["thrown_object_impact"];
    let found = impacts(&throw["h0"], throw["v0"].as_f64().expect("a speed"), 0.5, &[0.0, 2.0], 3);
    assert!(is_near(found.first().copied(), throw["t_exact"].as_f64(), (1e-8, 0.0)), "{found:?}");
    let ball = &oracle["events"]["bouncing_ball_impact_times"];
    let wanted = numbers(&ball["t"]);
    for times in [vec![0.0, 8.2], (0..=82).map(|n| f64::from(n) / 10.0).collect()] {
        let restitution = ball["restitution"].as_f64().expect("a share");
        let found = impacts(&ball["h0"], 0.0, restitution, &times, wanted.len() + 2);
        assert_eq!(found.len(), wanted.len(), "{found:?}");
        for (found, wanted) in found.iter().zip(&wanted) {
            assert!(is_near(Some(*found), Some(*wanted), (1e-8, 0.0)), "{found} is not {wanted}");
        }
    }
}
