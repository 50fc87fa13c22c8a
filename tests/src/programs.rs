//! Random well-typed programs, as text.
//!
//! Every program reads the same two sources ([`crate::events`] makes records for
//! them) and differs in what its twin does with them. A program that the checker
//! refuses is a mistake here or there, so none is passed over.

use crate::random::Random;
use std::fmt::Write;

/// What every program begins with.
const HEAD: &str = r#"
unit pallet
enum Mode { idle, running as "RUN", tripped }
schema Sample {
    id:    string
    ts:    timestamp in ms
    a:     real?
    b:     real? valid -50..50
    t:     temperature? in degC
    v:     velocity? in km/h
    n:     int?
    on:    bool?
    mode:  Mode?
    label: string?
    p:     real[3] as ["p0", "p1", "p2"]
}
schema Other { id: string  ts: timestamp in ms  z: real?  flag: bool? }
fn clamped(x: U, low: U, high: U) -> U = if x < low then low else if x > high then high else x
block smooth(x: U, tau: duration) -> U {
    state y: U = x
    on x { y = y + (1 - exp(-elapsed / tau)) * (x - y) }
    return y
}
block tally(b: bool) {
    state count: int = 0
    state last: timestamp? = absent
    on b { count = count + 1  last = now }
}
block warm(q: real, ambient: real) using rk4(step: 700 ms) {
    state x: real = ambient
    der(x) = (q - (x - ambient)) / 20 s
}
"#;

/// What a signal is, for the generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ty {
    Real,
    Reading,
    Speed,
    Int,
    Bool,
    Mode,
    Text,
}

/// When a signal changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Sample,
    Other,
    Tick(u32),
    Held,
}

#[derive(Clone, Debug)]
struct Signal {
    name: String,
    ty: Ty,
    when: When,
}

/// A random program: its text.
pub fn program(random: &mut Random) -> String {
    let lateness = *random.pick(&["0 s", "0 s", "1500 ms", "5 s"]);
    let duplicates = *random.pick(&["keep", "keep", "keep", "first", "last"]);
    let patience = if random.percent(20) { "patience: 30 s" } else { "" };
    let mut text = String::from(HEAD);
    let _ = writeln!(
        text,
        "source s: Sample {{ topic: \"s\" format: json key: id time: ts lateness: {lateness} duplicates: {duplicates} {patience} }}"
    );
    let _ = writeln!(
        text,
        "source o: Other {{ topic: \"o\" format: json key: id time: ts lateness: {lateness} {patience} }}"
    );
    let _ = writeln!(
        text,
        "sink out {{ topic: \"out\" }}\nsink ticks {{ topic: \"ticks\" }}\nsink acts {{ topic: \"acts\" }}\n\
         schema Order {{ id_of: string }}\n\
         command stop: Order {{ topic: \"stop\" key: id_of expires: 7 s ack: s by label }}\n"
    );
    let mut maker = Maker { random, signals: fields(), members: String::new(), names: 0, lets: 0 };
    let members = 3 + maker.random.below(7);
    maker.states();
    for _ in 0..members {
        maker.member();
    }
    maker.emits();
    let _ = write!(
        text,
        "twin T {{\n    key id\n    input s\n    input o\n    param limit: real = 7\n{}}}\n",
        maker.members
    );
    text
}

fn fields() -> Vec<Signal> {
    let field = |name: &str, ty, when| Signal { name: name.to_string(), ty, when };
    vec![
        field("a", Ty::Real, When::Sample),
        field("b", Ty::Real, When::Sample),
        field("p[1]", Ty::Real, When::Sample),
        field("t", Ty::Reading, When::Sample),
        field("v", Ty::Speed, When::Sample),
        field("n", Ty::Int, When::Sample),
        field("s.on", Ty::Bool, When::Sample),
        field("mode", Ty::Mode, When::Sample),
        field("label", Ty::Text, When::Sample),
        field("z", Ty::Real, When::Other),
        field("flag", Ty::Bool, When::Other),
        field("limit", Ty::Real, When::Held),
    ]
}

struct Maker<'r> {
    random: &'r mut Random,
    signals: Vec<Signal>,
    members: String,
    names: u32,
    /// Signals in front of this may be read by a `let`; states stand at the end of the fields.
    lets: usize,
}

impl Maker<'_> {
    fn name(&mut self, kind: &str) -> String {
        self.names += 1;
        format!("{kind}{}", self.names)
    }

    fn line(&mut self, line: &str) {
        let _ = writeln!(self.members, "    {line}");
    }

    fn add(&mut self, name: &str, ty: Ty, when: When) {
        self.signals.push(Signal { name: name.to_string(), ty, when });
    }

    fn duration(&mut self) -> String {
        (*self.random.pick(&["1 s", "2 s", "3500 ms", "5 s", "10 s", "20 s", "1 min"])).to_string()
    }

    fn states(&mut self) {
        self.line("state trips: int = 0");
        self.line("state level: real = a");
        self.line("state opened: timestamp? = absent");
        self.line("state memo: string = \"\"");
        self.line("state ring: real[3] = [0, 1, 2]");
        for (name, ty) in [
            ("trips", Ty::Int),
            ("level", Ty::Real),
            ("memo", Ty::Text),
            ("ring[2]", Ty::Real),
            ("stop.pending", Ty::Bool),
            ("stop.expired", Ty::Bool),
        ] {
            self.add(name, ty, When::Held);
        }
        self.lets = self.signals.len();
    }

    fn when(&mut self) -> When {
        *self.random.pick(&[When::Sample, When::Sample, When::Sample, When::Other])
    }

    fn member(&mut self) {
        match self.random.below(13) {
            0..=3 => self.let_member(),
            4 => self.periodic(),
            5 => self.handler(),
            6 => self.machine(),
            7 | 8 => self.rule(),
            9 => self.sequence(),
            10 => self.block(),
            11 => self.window_life(),
            _ => self.text_member(),
        }
    }

    fn let_member(&mut self) {
        let when = self.when();
        let ty = *self.random.pick(&[
            Ty::Real,
            Ty::Real,
            Ty::Real,
            Ty::Bool,
            Ty::Bool,
            Ty::Reading,
            Ty::Speed,
            Ty::Int,
        ]);
        let expr = self.expr(ty, when, 3);
        let name = self.name("x");
        self.line(&format!("let {name} = {expr}"));
        // Whether the clock is `when` is the checker's to say: an expression of literals only is held.
        if self.reads(&expr, when) {
            self.add(&name, ty, when);
        }
    }

    /// Whether an expression surely reads an event signal of that clock.
    fn reads(&self, expr: &str, when: When) -> bool {
        let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let words: Vec<&str> = expr.split(|c| !is_name(c)).collect();
        !expr.contains("hold(")
            && !expr.contains("latest(")
            && !expr.contains("every")
            && !expr.contains("each")
            && self
                .signals
                .iter()
                .any(|s| s.when == when && words.contains(&s.name.split('[').next().unwrap_or("")))
    }

    /// A window that is read at ticks.
    fn periodic(&mut self) {
        let period = *self.random.pick(&[2_u32, 5, 10]);
        let x = self.leaf(Ty::Real, When::Sample);
        let (call, factor) = self.aggregate();
        let call = call.replace('@', &x);
        let name = self.name("w");
        let span = period * (1 + self.random.below(4) as u32);
        let window = match self.random.below(2) {
            0 => format!("each {period} s"),
            _ => format!("over {span} s every {period} s"),
        };
        self.line(&format!("let {name} = ({call} {window}){factor}"));
        self.add(&name, Ty::Real, When::Tick(period));
        if self.random.percent(50) {
            let on = self.expr(Ty::Bool, When::Tick(period), 1);
            let rule = self.name("r");
            let limit = self.random.below(20);
            self.line(&format!("rule {rule} when {name} > {limit} or {on} for {} s", period * 2));
        }
    }

    /// A text of the samples, kept by a window of any kind.
    fn text_member(&mut self) {
        let name = self.name("g");
        let call = self.text_aggregate();
        let condition = self.expr(Ty::Bool, When::Sample, 0);
        let (window, when) = match self.random.below(8) {
            0 => (format!("over session(gap: {})", self.duration()), When::Held),
            1 => (format!("during ({condition})"), When::Sample),
            2 => {
                let until = self.expr(Ty::Bool, When::Sample, 0);
                (format!("from ({condition}) until ({until})"), When::Sample)
            }
            3 => ("over all".to_string(), When::Sample),
            4 => {
                let period = *self.random.pick(&[2_u32, 5, 10]);
                (format!("each {period} s"), When::Tick(period))
            }
            5 => {
                let period = *self.random.pick(&[2_u32, 5, 10]);
                let span = period * (1 + self.random.below(4) as u32);
                (format!("over {span} s every {period} s"), When::Tick(period))
            }
            _ => (self.moving_window(), When::Sample),
        };
        self.line(&format!("let {name} = {call} {window}"));
        if when != When::Held {
            self.add(&name, Ty::Text, when);
        }
    }

    /// An aggregate call that gives a text.
    fn text_aggregate(&mut self) -> String {
        let x = self.leaf(Ty::Real, When::Sample);
        let filter = if self.random.percent(20) { " where s.on" } else { "" };
        match self.random.below(4) {
            0 => format!("first(label{filter})"),
            1 => format!("argmin(label, {x})"),
            2 => format!("argmax(label, {x})"),
            _ => format!("last(label{filter})"),
        }
    }

    /// An aggregate call with `@` for what it takes, and the factor that takes its unit away.
    fn aggregate(&mut self) -> (&'static str, &'static str) {
        *self.random.pick(&[
            ("sum(@)", ""),
            ("mean(@)", ""),
            ("min(@)", ""),
            ("max(@)", ""),
            ("std(@)", ""),
            ("rms(@)", ""),
            ("first(@)", ""),
            ("last(@)", ""),
            ("delta(@)", ""),
            ("median(@)", ""),
            ("quantile(@, 0.9)", ""),
            ("slope(@)", " * 1 s"),
            ("integral(@)", " / 1 s"),
            ("time_weighted_mean(@)", ""),
            ("std_pop(@)", ""),
            ("skew(@)", ""),
        ])
    }

    fn handler(&mut self) {
        let when = self.when();
        let on = self.expr(Ty::Bool, When::Sample, 2);
        // What has a memory may not stand in statements.
        let (x, y) = (self.leaf(Ty::Real, When::Sample), self.leaf(Ty::Real, When::Sample));
        let op = *self.random.pick(&["+", "-", "*", "/"]);
        let value = format!("({x} {op} {y})");
        let text = self.leaf(Ty::Text, When::Sample);
        let body = match self.random.below(6) {
            0 => "trips = trips + 1".to_string(),
            1 => format!("level = {value}"),
            2 => "opened = now".to_string(),
            3 => format!("if trips > 2 {{ trips = 0  level = {value} }} else {{ trips = trips + 1 }}"),
            4 => format!("memo = {text}"),
            _ => format!("ring[trips mod 4] = {value}"),
        };
        let _ = when;
        self.line(&format!("on {on} {{ {body} }}"));
        if self.random.percent(20) && self.signals.len() > self.lets {
            let on = self.expr(Ty::Bool, When::Sample, 1);
            self.line(&format!("on {on} {{ reset level }}"));
        }
    }

    fn machine(&mut self) {
        let name = self.name("m");
        let [a, b, c, d] = [0; 4].map(|_| self.expr(Ty::Bool, When::Sample, 1));
        let hold = if self.random.percent(50) { format!(" for {}", self.duration()) } else { String::new() };
        self.line(&format!("machine {name} {{"));
        self.line(&format!("    cold -> warm when {a}{hold}"));
        self.line(&format!("    warm -> cold when {b}"));
        self.line(&format!("    any -> hot when {c} {{ trips = trips + 1 }}"));
        self.line(&format!("    hot -> cold when {d}"));
        self.line("}");
        self.signals.push(Signal { name: format!("({name} == warm)"), ty: Ty::Bool, when: When::Held });
        if self.random.percent(50) {
            self.signals.push(Signal {
                name: format!("(held({name} == warm) > 3 s)"),
                ty: Ty::Bool,
                when: When::Held,
            });
        }
    }

    fn rule(&mut self) {
        let when = self.when();
        let condition = self.expr(Ty::Bool, when, 2);
        let name = self.name("r");
        let mut rule = format!("rule {name} when {condition}");
        if self.random.percent(50) {
            let _ = write!(rule, " for {}", self.duration());
        }
        match self.random.below(4) {
            0 => rule.push_str(" until never"),
            1 => {
                let until = self.expr(Ty::Bool, when, 1);
                let _ = write!(rule, " until {until}");
                if self.random.percent(30) {
                    let _ = write!(rule, " for {}", self.duration());
                }
            }
            _ => {}
        }
        let x = self.leaf(Ty::Real, when);
        if self.random.percent(20) {
            let _ = write!(rule, " repeat every {}", self.duration());
        }
        let _ = write!(rule, " {{ message \"x is {{{x}:.2}} of {{limit}}\"");
        if self.random.percent(40) {
            let _ = write!(rule, "  emit acts {{ id, x: {x}, at: now }}");
            if self.random.percent(40) {
                let _ = write!(rule, "  emit stop {{ id_of: id }}");
            }
        }
        if self.random.percent(20) {
            rule.push_str("  on clear { trips = trips + 1 }");
        }
        rule.push_str(" }");
        self.line(&rule);
        self.add(&format!("{name}.active"), Ty::Bool, When::Held);
        self.add(&format!("{name}.count"), Ty::Int, When::Held);
    }

    fn sequence(&mut self) {
        let name = self.name("q");
        let [a, b, c] = [0; 3].map(|_| self.expr(Ty::Bool, When::Sample, 1));
        let [d, e] = [0; 2].map(|_| self.duration());
        let steps = match self.random.below(3) {
            0 => format!("{a} then {b} within {d}"),
            1 => format!("{a} then {b} within {d} then no {c} within {e}"),
            _ => format!("{a} then no {b} within {d} then {c} within {e}"),
        };
        self.line(&format!("rule {name} when {steps}"));
    }

    fn block(&mut self) {
        let name = self.name("k");
        match self.random.below(3) {
            0 => {
                let x = self.leaf(Ty::Real, When::Sample);
                let tau = self.duration();
                self.line(&format!("let {name} = smooth({x}, tau: {tau})"));
                self.add(&name, Ty::Real, When::Sample);
            }
            1 => {
                let b = self.expr(Ty::Bool, When::Sample, 1);
                self.line(&format!("let {name} = tally({b})"));
                self.add(&format!("{name}.count"), Ty::Int, When::Sample);
            }
            _ => {
                self.line(&format!("let {name} = warm(a ?? 1, b ?? 0)"));
                self.add(&format!("{name}.x"), Ty::Real, When::Sample);
            }
        }
    }

    /// Windows with a life of their own.
    fn window_life(&mut self) {
        let name = self.name("l");
        let x = self.leaf(Ty::Real, When::Sample);
        let condition = self.expr(Ty::Bool, When::Sample, 0);
        let aggregate = *self.random.pick(&["sum(@)", "mean(@)", "max(@)", "std(@)", "last(@)", "min(@)"]);
        let call = aggregate.replace('@', &x);
        match self.random.below(4) {
            0 => {
                let window = format!("over session(gap: {})", self.duration());
                self.line(&format!("let {name} = {call} {window}"));
            }
            1 => {
                self.line(&format!("let {name} = {call} during ({condition})"));
                self.add(&name, Ty::Real, When::Sample);
            }
            2 => {
                let until = self.expr(Ty::Bool, When::Sample, 0);
                self.line(&format!("let {name} = {call} from ({condition}) until ({until})"));
                self.add(&name, Ty::Real, When::Sample);
            }
            _ => {
                self.line(&format!("let {name} = {call} over all"));
                self.add(&name, Ty::Real, When::Sample);
            }
        }
    }

    fn emits(&mut self) {
        let latest: Vec<String> = [Ty::Real, Ty::Text]
            .into_iter()
            .flat_map(|ty| {
                let readable = move |s: &&Signal| matches!(s.when, When::Sample | When::Held) && s.ty == ty;
                self.signals.iter().rev().filter(readable).take(6).map(|s| s.name.clone())
            })
            .collect();
        let fields: String = latest
            .iter()
            .enumerate()
            .fold(String::new(), |text, (at, name)| format!("{text}, f{at}: {name}"));
        self.line(&format!("emit out {{ id, at: now, a, label, mode, trips{fields} }}"));
        let at_ticks: Vec<String> = self
            .signals
            .iter()
            .filter(|s| matches!(s.when, When::Tick(_)) && matches!(s.ty, Ty::Real | Ty::Text))
            .map(|s| s.name.clone())
            .take(4)
            .collect();
        let fields: String = at_ticks
            .iter()
            .enumerate()
            .fold(String::new(), |text, (at, name)| format!("{text}, w{at}: {name}"));
        self.line(&format!("emit ticks {{ id, at: now, trips, last: latest(a){fields} }} every 5 s"));
    }

    /// A name of that type that may be read at that clock, or a literal.
    fn leaf(&mut self, ty: Ty, when: When) -> String {
        let fits = |s: &&Signal| s.ty == ty && (s.when == when || s.when == When::Held);
        let names: Vec<String> = self.signals.iter().filter(fits).map(|s| s.name.clone()).collect();
        let own: Vec<String> =
            self.signals.iter().filter(|s| s.ty == ty && s.when == when).map(|s| s.name.clone()).collect();
        if !own.is_empty() && self.random.percent(70) {
            return self.random.pick(&own).clone();
        }
        if !names.is_empty() && self.random.percent(60) {
            return self.random.pick(&names).clone();
        }
        self.literal(ty)
    }

    fn literal(&mut self, ty: Ty) -> String {
        let number = self.random.between(-20, 60);
        match ty {
            Ty::Real => format!("({}.{})", number, self.random.below(100)),
            Ty::Reading => format!("({number} degC)"),
            Ty::Speed => format!("({number} km/h)"),
            Ty::Int => format!("({})", number / 5),
            Ty::Bool => (*self.random.pick(&["true", "false"])).to_string(),
            Ty::Mode => "mode".to_string(),
            Ty::Text => (*self.random.pick(&["\"x\"", "\"a longer text\""])).to_string(),
        }
    }

    /// An event signal of the other input, made readable here.
    fn foreign(&mut self, when: When) -> String {
        let d = self.duration();
        let name = if when == When::Sample { "z" } else { "a" };
        match self.random.below(3) {
            0 => format!("hold({name}, {d})"),
            1 => format!("latest({name})"),
            _ => format!("(age({name}) / 1 s)"),
        }
    }

    fn expr(&mut self, ty: Ty, when: When, depth: u32) -> String {
        if depth == 0 {
            return if ty == Ty::Bool { self.comparison(when, 0) } else { self.leaf(ty, when) };
        }
        match ty {
            Ty::Real => self.real(when, depth - 1),
            Ty::Bool => self.truth(when, depth - 1),
            Ty::Reading => {
                let t = self.leaf(ty, when);
                let d = self.random.between(-9, 9);
                match self.random.below(3) {
                    0 => format!("({t} + ({d} K))"),
                    1 => {
                        let other = self.leaf(ty, when);
                        format!("({t} ?? {other})")
                    }
                    _ => t,
                }
            }
            Ty::Speed => {
                let v = self.leaf(ty, when);
                let x = self.expr(Ty::Real, when, depth - 1);
                match self.random.below(3) {
                    0 => format!("({v} * {x})"),
                    1 => format!("clamped({v}, 1 m/s, 60 km/h)"),
                    _ => format!("({v} + 3 km/h)"),
                }
            }
            Ty::Int => {
                let (a, b) = (self.leaf(ty, when), self.leaf(ty, when));
                let op = *self.random.pick(&["+", "-", "*", "div", "mod"]);
                format!("({a} {op} {b})")
            }
            Ty::Mode | Ty::Text => self.leaf(ty, when),
        }
    }

    fn real(&mut self, when: When, depth: u32) -> String {
        let x = self.expr(Ty::Real, when, depth);
        match self.random.below(22) {
            0..=3 => {
                let y = self.expr(Ty::Real, when, depth);
                let op = *self.random.pick(&["+", "-", "*", "/"]);
                format!("({x} {op} {y})")
            }
            4 => format!("abs({x})"),
            5 => format!("sqrt({x})"),
            6 => format!("exp({x} / 10)"),
            7 => {
                let y = self.expr(Ty::Real, when, depth);
                let function = *self.random.pick(&["min", "max", "hypot"]);
                format!("{function}({x}, {y})")
            }
            8 => {
                let (c, y) = (self.expr(Ty::Bool, when, depth), self.expr(Ty::Real, when, depth));
                format!("(if {c} then {x} else {y})")
            }
            9 => {
                let y = self.expr(Ty::Real, when, depth);
                format!("({x} ?? {y})")
            }
            10 if when == When::Sample => format!("(match mode {{ idle -> {x}, running -> 2, else -> -1 }})"),
            11 => format!("(-{x})"),
            12 => format!("({x} ^ 2)"),
            13 if matches!(when, When::Sample | When::Other) => self.foreign(when),
            14 => format!("clamped({x}, -3, 3)"),
            15 if when == When::Sample => "((t - 20 degC) / 1 K)".to_string(),
            16 if when == When::Sample => "(v / 3 m/s)".to_string(),
            17 if matches!(when, When::Sample | When::Other) => self.history(when),
            18..=20 if matches!(when, When::Sample | When::Other) => self.window(when),
            _ => x,
        }
    }

    fn history(&mut self, when: When) -> String {
        let x = self.event_leaf(when);
        match self.random.below(5) {
            0 => format!("prev({x})"),
            1 => format!("prev({x}, 3)"),
            2 => format!("delta({x})"),
            3 => format!("(rate({x}) * 1 s)"),
            _ => format!("lag({x}, {})", self.duration()),
        }
    }

    /// A real that surely changes with the input.
    fn event_leaf(&mut self, when: When) -> String {
        let own: Vec<String> = self
            .signals
            .iter()
            .filter(|s| s.ty == Ty::Real && s.when == when)
            .map(|s| s.name.clone())
            .collect();
        self.random.pick(&own).clone()
    }

    fn window(&mut self, when: When) -> String {
        let x = self.event_leaf(when);
        let (call, factor) = self.aggregate();
        let filter = if self.random.percent(20) && when == When::Sample { " where s.on" } else { "" };
        let call = call.replace('@', &format!("{x}{filter}"));
        let window = self.moving_window();
        format!("(({call} {window}){factor})")
    }

    /// A window that moves with its events.
    fn moving_window(&mut self) -> String {
        match self.random.below(4) {
            0 => format!("over {} closed", self.duration()),
            1 => format!("over {} samples", 1 + self.random.below(7)),
            _ => format!("over {}", self.duration()),
        }
    }

    fn comparison(&mut self, when: When, depth: u32) -> String {
        let how = *self.random.pick(&["<", "<=", ">", ">="]);
        match self.random.below(5) {
            0 if when == When::Sample => format!("(t {how} {} degC)", self.random.between(-5, 40)),
            1 if when == When::Sample => format!("(v {how} {} km/h)", self.random.between(0, 90)),
            2 if when == When::Sample => format!("(n {how} {})", self.random.between(-3, 6)),
            _ => {
                let (x, y) = (self.expr(Ty::Real, when, depth), self.leaf(Ty::Real, when));
                format!("({x} {how} {y})")
            }
        }
    }

    fn truth(&mut self, when: When, depth: u32) -> String {
        match self.random.below(13) {
            0 | 1 => {
                let (a, b) = (self.expr(Ty::Bool, when, depth), self.expr(Ty::Bool, when, depth));
                let op = *self.random.pick(&["and", "or"]);
                format!("({a} {op} {b})")
            }
            2 => format!("(not {})", self.expr(Ty::Bool, when, depth)),
            3 => format!("present({})", self.leaf(Ty::Real, when)),
            4 if matches!(when, When::Sample | When::Other) => format!("changed({})", self.event_leaf(when)),
            5 if when == When::Sample => "(mode == running)".to_string(),
            6 if when == When::Sample => "(label == \"x\")".to_string(),
            7 if when == When::Sample => "rising(s.on)".to_string(),
            8 if when == When::Sample => format!("(held(s.on) > {})", self.duration()),
            9 if when == When::Sample => "(changed(mode) or changed(label))".to_string(),
            10 if when == When::Sample => {
                let (call, window) = (self.text_aggregate(), self.moving_window());
                format!("(({call} {window}) == {})", self.leaf(Ty::Text, when))
            }
            _ => self.comparison(when, depth),
        }
    }
}
