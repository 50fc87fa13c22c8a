//! The solvers against scipy at tight tolerance, and fixed steps written out in numpy.

use serde_json::Value;
use twin_operators::solve::{Failure, System, Workspace, integrate};
use twin_plan::Solver;
use twin_types::{FALSE, Word};

const SECOND: f64 = 1e9;

type Rates<'a> = Box<dyn Fn(f64, &[f64], &mut [f64]) + 'a>;
type Holds<'a> = Box<dyn Fn(&[f64]) -> bool + 'a>;
type Root<'a> = Box<dyn Fn(&[f64]) -> f64 + 'a>;
type Jump<'a> = Box<dyn FnMut(i64, &mut [f64]) + 'a>;

/// A right side, and perhaps one `when`: condition, roots, jump.
struct Model<'a> {
    rates: Rates<'a>,
    when: Option<(Holds<'a>, Root<'a>, Jump<'a>)>,
}

impl System for Model<'_> {
    fn derivatives(&mut self, now_ns: i64, states: &[f64], rates: &mut [f64]) {
        (self.rates)(now_ns as f64 / SECOND, states, rates);
    }
    fn holds(&mut self, _when: usize, _now_ns: i64, states: &[f64]) -> Option<bool> {
        self.when.as_ref().map(|when| when.0(states))
    }
    fn roots(&mut self, _when: usize, _now_ns: i64, states: &[f64], into: &mut Vec<f64>) {
        into.extend(self.when.as_ref().map(|when| when.1(states)));
    }
    fn jump(&mut self, _when: usize, now_ns: i64, states: &mut [f64]) {
        if let Some(when) = &mut self.when {
            when.2(now_ns, states);
        }
    }
}

fn oracle() -> Value {
    let path = format!("{}/tests/data/ode.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn rates(name: &str, p: &Value) -> Rates<'static> {
    let p = p.clone();
    let p = move |key: &str| p[key].as_f64().unwrap();
    match name {
        "thermal_rc" => Box::new(move |_, x, d| d[0] = (p("q") - (x[0] - p("T_amb")) / p("R")) / p("C")),
        "thermal_two_node" => Box::new(move |t, x, d| {
            let q = 60.0 + 40.0 * libm::sin(t / 900.0);
            let ambient = 20.0 + 5.0 * libm::sin(2.0 * std::f64::consts::PI * t / 3600.0);
            let between = (x[0] - x[1]) / p("R12");
            d[0] = (q - between) / p("C1");
            d[1] = (between - (x[1] - ambient) / p("R2a")) / p("C2");
        }),
        "dc_motor_step" => Box::new(move |_, x, d| {
            d[0] = (p("V") - p("R") * x[0] - p("K") * x[1]) / p("L");
            d[1] = (p("K") * x[0] - p("b") * x[1] - p("T_load")) / p("J");
        }),
        "mass_spring_damper" => Box::new(move |_, x, d| {
            d[0] = x[1];
            d[1] = (-p("c") * x[1] - p("k") * x[0]) / p("m");
        }),
        "van_der_pol_nonstiff" => Box::new(move |_, x, d| {
            d[0] = x[1];
            d[1] = p("mu") * (1.0 - x[0] * x[0]) * x[1] - x[0];
        }),
        "lotka_volterra" => Box::new(move |_, x, d| {
            d[0] = p("alpha") * x[0] - p("beta") * x[0] * x[1];
            d[1] = p("delta") * x[0] * x[1] - p("gamma") * x[1];
        }),
        "logistic" => Box::new(move |_, x, d| d[0] = p("r") * x[0] * (1.0 - x[0] / p("K"))),
        "lorenz_short" => Box::new(move |_, x, d| {
            d[0] = p("sigma") * (x[1] - x[0]);
            d[1] = x[0] * (p("rho") - x[2]) - x[1];
            d[2] = x[0] * x[1] - p("beta") * x[2];
        }),
        "tank_drain" => {
            Box::new(move |_, x, d| d[0] = -p("a") / p("A") * libm::sqrt(2.0 * p("g") * x[0].max(0.0)))
        }
        other => panic!("no model {other}"),
    }
}

/// The largest difference, relative to the value or to `floor` of the state's largest.
fn run(solver: Solver, name: &str, problem: &Value, expected: &Value, floor: f64) -> f64 {
    let mut model = Model { rates: rates(name, &problem["params"]), when: None };
    let mut states = numbers(&problem["y0"]);
    let times = numbers(&problem["t"]);
    let expected: Vec<Vec<f64>> = expected.as_array().unwrap().iter().map(numbers).collect();
    let mut work = Workspace::default();
    let mut worst: f64 = 0.0;
    for n in 1..times.len() {
        let span = ((times[n - 1] * SECOND).round() as i64, (times[n] * SECOND).round() as i64);
        integrate(solver, span, &mut states, &mut [], &mut model, &mut work).unwrap();
        for (state, (found, wanted)) in states.iter().zip(&expected[n]).enumerate() {
            let most = expected.iter().map(|row| row[state].abs()).fold(0.0, f64::max);
            worst = worst.max((found - wanted).abs() / wanted.abs().max(floor * most));
        }
    }
    worst
}

const PROBLEMS: [&str; 9] = [
    "thermal_rc",
    "thermal_two_node",
    "dc_motor_step",
    "mass_spring_damper",
    "van_der_pol_nonstiff",
    "lotka_volterra",
    "logistic",
    "lorenz_short",
    "tank_drain",
];

#[test]
fn dopri5_at_tight_tolerance() {
    let oracle = oracle();
    for name in PROBLEMS {
        let problem = &oracle["problems"][name];
        let solver = Solver::Dopri5 { rtol: 1e-12, atol: 1e-12 };
        let worst = run(solver, name, problem, &problem["y"], 1e-3);
        println!("dopri5 {name}: {worst:.1e}");
        assert!(worst <= 1e-8, "{name}: {worst}");
    }
}

#[test]
fn fixed_steps() {
    let oracle = oracle();
    let mut rows = 0;
    for name in PROBLEMS {
        let problem = &oracle["problems"][name];
        for (key, expected) in problem["fixed_step"].as_object().unwrap() {
            let (method, step) = key.split_once(" h=").unwrap();
            let step_ns = (step.parse::<f64>().unwrap() * SECOND).round() as i64;
            let solver = match method {
                "euler" => Solver::Euler { step_ns },
                "heun" => Solver::Heun { step_ns },
                "rk4" => Solver::Rk4 { step_ns },
                _ => continue,
            };
            let worst = run(solver, name, problem, expected, 1e-3);
            println!("{key} {name}: {worst:.1e}");
            assert!(worst <= if name == "lorenz_short" { 1e-8 } else { 1e-10 }, "{key} {name}: {worst}");
            rows += 1;
        }
    }
    assert!(rows >= 16, "{rows}");
}

/// Times at which a ball that starts at `h0` with `v0` hits the floor, with the given restitution.
fn impacts(
    solver: Solver,
    (h0, v0, g): (f64, f64, f64),
    restitution: f64,
    seconds: &[f64],
) -> (Vec<f64>, bool) {
    let times = std::cell::RefCell::new(Vec::new());
    let mut model = Model {
        rates: Box::new(move |_, x, d| (d[0], d[1]) = (x[1], -g)),
        when: Some((
            Box::new(|x| x[0] <= 0.0 && x[1] < 0.0),
            Box::new(|x| x[0]),
            Box::new(|now_ns, x| {
                times.borrow_mut().push(now_ns as f64 / SECOND);
                x[1] *= -restitution;
            }),
        )),
    };
    let mut states = [h0, v0];
    let mut held: [Word; 1] = [FALSE];
    let mut from = 0;
    let mut chatters = false;
    for second in seconds {
        let to = (second * SECOND) as i64;
        let ended =
            integrate(solver, (from, to), &mut states, &mut held, &mut model, &mut Workspace::default());
        assert_ne!(ended, Err(Failure::TooLong));
        chatters |= ended == Err(Failure::Chattering);
        from = to;
    }
    assert!(states.iter().all(|x| x.is_finite()));
    drop(model);
    (times.into_inner(), chatters)
}

#[test]
fn impacts_are_located() {
    let events = &oracle()["events"];
    let ball = &events["bouncing_ball_impact_times"];
    let number = |of: &Value, key: &str| of[key].as_f64().unwrap();
    let start = (number(ball, "h0"), 0.0, number(ball, "g"));
    let wanted = numbers(&ball["t"]);
    let dopri5 = Solver::Dopri5 { rtol: 1e-9, atol: 1e-9 };
    for seconds in [vec![8.2], (1..=82).map(|n| f64::from(n) / 10.0).collect()] {
        for solver in [dopri5, Solver::Rk4 { step_ns: 10_000_000 }, Solver::Rk4 { step_ns: 300_000_000 }] {
            let (found, chatters) = impacts(solver, start, number(ball, "restitution"), &seconds);
            assert!(!chatters && found.len() == wanted.len(), "{solver:?} {found:?}");
            for (found, wanted) in found.iter().zip(&wanted) {
                assert!((found - wanted).abs() <= 1e-8 * wanted, "{solver:?} {found} {wanted}");
            }
        }
    }
    let throw = &events["thrown_object_impact"];
    let start = (number(throw, "h0"), number(throw, "v0"), number(throw, "g"));
    let (found, _) = impacts(dopri5, start, 0.5, &[2.0]);
    assert!((found[0] - number(throw, "t_exact")).abs() <= 1e-8);
}

#[test]
fn a_ball_that_comes_to_rest_ends_in_a_bounded_number_of_impacts() {
    for solver in [Solver::Dopri5 { rtol: 1e-6, atol: 1e-6 }, Solver::Rk4 { step_ns: 10_000_000 }] {
        let (found, chatters) = impacts(solver, (5.0, 0.0, 9.80665), 0.8, &[100.0, 200.0]);
        assert!(chatters);
        assert!(found.len() < 300, "{}", found.len());
    }
}

#[test]
fn a_threshold_that_is_crossed_is_located() {
    let oracle = oracle();
    let crossing = &oracle["events"]["thermal_rc_crossing"];
    let threshold = crossing["threshold"].as_f64().unwrap();
    let params = &oracle["problems"]["thermal_rc"]["params"];
    for (solver, tolerance) in
        [(Solver::Dopri5 { rtol: 1e-10, atol: 1e-10 }, 1e-8), (Solver::Rk4 { step_ns: 100_000_000 }, 1e-8)]
    {
        let found = std::cell::Cell::new(0.0);
        let mut model = Model {
            rates: rates("thermal_rc", params),
            when: Some((
                Box::new(move |x| x[0] > threshold),
                Box::new(move |x| x[0] - threshold),
                Box::new(|now_ns, _| found.set(now_ns as f64 / SECOND)),
            )),
        };
        let mut held = [FALSE];
        let span = (0, 400 * SECOND as i64);
        integrate(solver, span, &mut [20.0], &mut held, &mut model, &mut Workspace::default()).unwrap();
        drop(model);
        let wanted = crossing["t_exact"].as_f64().unwrap();
        assert!((found.get() - wanted).abs() <= tolerance * wanted, "{solver:?} {} {wanted}", found.get());
    }
}

#[test]
fn too_many_sub_steps_are_refused_and_an_absent_derivative_stands_still() {
    let mut model = Model { rates: Box::new(|_, x, d| (d[0], d[1]) = (f64::NAN, -x[1])), when: None };
    let mut states = [3.0, 1.0];
    let mut work = Workspace::default();
    let solver = Solver::Rk4 { step_ns: 1_000 };
    let ended = integrate(solver, (0, 1_000_000_000), &mut states, &mut [], &mut model, &mut work);
    assert_eq!(ended, Err(Failure::TooLong));
    let solver = Solver::Rk4 { step_ns: 1_000_000 };
    integrate(solver, (0, 1_000_000_000), &mut states, &mut [], &mut model, &mut work).unwrap();
    assert_eq!(states[0], 3.0);
    assert!((states[1] - libm::exp(-1.0)).abs() < 1e-9);
}
