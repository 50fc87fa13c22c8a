//! The corner cases of the grammar: what each text means, by its tree print.

use twin_diagnostics::FileId;
use twin_syntax::ast::{Item, ItemKind};
use twin_syntax::{parse, parse_expr, parse_signature, parse_type, parse_unit, print_tree};

/// The tree of an expression.
#[track_caller]
fn expr(text: &str, tree: &str) {
    let expr = parse_expr(text).unwrap_or_else(|report| panic!("{text}: {report:#?}"));
    assert_eq!(expr.to_string(), tree, "{text}");
    // The same among members, where something follows.
    member(&format!("let x = {text}"), &format!("let x = {tree}"));
}

/// The tree of members in a twin, without its first line; lines are joined by ` | `.
#[track_caller]
fn member(text: &str, tree: &str) {
    let text = format!("twin T {{\n{text}\nkey z\n}}");
    let parse = parse(FileId(0), &text);
    assert!(parse.report.is_empty(), "{text}: {:#?}", parse.report);
    assert_eq!(joined(&print_tree(&parse.module), "twin T"), format!("{tree} | key z"), "{text}");
}

/// The tree of items.
#[track_caller]
fn items(text: &str, tree: &str) {
    let parse = parse(FileId(0), text);
    assert!(parse.report.is_empty(), "{text}: {:#?}", parse.report);
    assert_eq!(joined(&print_tree(&parse.module), ""), tree, "{text}");
}

fn joined(tree: &str, without: &str) -> String {
    let lines = tree.lines().map(str::trim).filter(|line| *line != without);
    lines.collect::<Vec<_>>().join(" | ")
}

/// The findings, as `CODE line:column message`.
#[track_caller]
fn finding(text: &str, expected: &[&str]) {
    let parse = parse(FileId(0), text);
    let say = |finding: twin_diagnostics::Diagnostic| {
        let before = &text[..finding.primary.span.start as usize];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        format!("{} {line}:{column} {}", finding.code, finding.message)
    };
    let findings: Vec<String> = parse.report.finish().into_iter().map(say).collect();
    assert_eq!(findings, expected, "{text}");
}

#[test]
fn precedence() {
    expr("-x^2", "(- (x ^ 2))");
    expr("2^-3^2", "(2 ^ (- (3 ^ 2)))");
    expr("2^-3*4", "((2 ^ (- 3)) * 4)");
    expr("a - b - c", "((a - b) - c)");
    expr("a - -b", "(a - (- b))");
    expr("a + b * c ?? d < e", "(((a + (b * c)) ?? d) < e)");
    expr("not a == b and c or d", "(((not (a == b)) and c) or d)");
    expr("a and not b or not not c", "((a and (not b)) or (not (not c)))");
    expr("x ?? y ?? 0 bar", "((x ?? y) ?? 0 bar)");
    expr("(a < b) == c", "((a < b) == c)");
    expr("if a then b else c + 1", "(if a then b else (c + 1))");
    expr("if a then if b then 1 else 2 else 3", "(if a then (if b then 1 else 2) else 3)");
    expr(
        "if c and d then 1 else if e then 2 else 3 or f",
        "(if (c and d) then 1 else (if e then 2 else (3 or f)))",
    );
    expr("a div b mod c / d", "(((a div b) mod c) / d)");
    expr("-a.b[1]", "(- a.b[1])");
    expr("a<-5", "(a < (- 5))");
}

#[test]
fn units_after_numbers() {
    expr("5 m/s", "5 m*s^-1");
    expr("5 m / s", "(5 m / s)");
    expr("5m/s", "5 m*s^-1");
    expr("5 m*2", "(5 m * 2)");
    expr("60 s/2", "(60 s / 2)");
    expr("5 m^2", "5 m^2");
    expr("5 m ^ 2", "(5 m ^ 2)");
    expr("5 m^x", "(5 m ^ x)");
    expr("5 V^0.5", "5 V^0.5");
    expr("5 1/s", "5 s^-1");
    expr("5/s", "(5 / s)");
    expr("12.5% + 3 %", "(12.5 % + 3 %)");
    expr("9.81 m/s^2 - 1 K", "(9.81 m*s^-2 - 1 K)");
    expr("2 kg*m/s^-2", "2 kg*m*s^2");
    expr("3 percent/min", "3 percent*min^-1");
    expr("3 °C + 2 µm + 1 Ω", "((3 °C + 2 µm) + 1 Ω)");
    expr("5 e", "5 e");
    expr("5e3", "5e3");
    expr("5e", "5 e");
    expr("1e-9 V", "1e-9 V");
    expr("1_000 W", "1000 W");
    expr("{ a: 5 m, b: 6 }", "{ a: 5 m, b: 6 }");
    expr("x > 5 and y", "((x > 5) and y)");
    expr("5 degC < t and 6 rpm > n", "((5 degC < t) and (6 rpm > n))");
    expr("(5 m)/s", "(5 m / s)");
}

#[test]
fn words_that_end_a_unit() {
    member("let a = 5\nlet b = 6", "let a = 5 | let b = 6");
    member("let a = 5\nparam b", "let a = 5 | param b");
    member("let a = 5 param b", "let a = 5 | param b");
}

#[test]
fn compound_durations() {
    expr("1h30min", "<1 h, 30 min>");
    expr("1h30min15s + 2 s", "(<1 h, 30 min, 15 s> + 2 s)");
    expr("1d12h", "<1 d, 12 h>");
    expr("90min", "90 min");
}

#[test]
fn times() {
    expr("2024-06-01T00:00Z", "2024-06-01T00:00Z");
    expr("2024-06-01T08:30:00.250+02:00 + 1 h", "(2024-06-01T08:30:00.250+02:00 + 1 h)");
    finding("twin T { let a = 2024-06-01 }", &["E0105 1:18 `2024-06-01` is a date without a time"]);
    finding(
        "twin T { let a = 2024-06-01T00:00 }",
        &["E0105 1:18 `2024-06-01T00:00` does not say in which zone"],
    );
    finding(
        "twin T { let a = 2024-06-31T00:00Z }",
        &["E0105 1:18 there is no such time as `2024-06-31T00:00Z`"],
    );
    expr("2024 - 06 - 01", "((2024 - 06) - 01)");
}

#[test]
fn strings() {
    expr(r#""{{x}} \u00b0 \"""#, r#""{{x}} ° \"""#);
    expr(r#""{x:.2 bar}""#, r#""{x:.2 bar}""#);
    expr(r#""{x:.0%} {y:km/h} {z:.3}""#, r#""{x:.0 %} {y: km*h^-1} {z:.3}""#);
    expr(r#""{(5 m):km}""#, r#""{5 m: km}""#);
    expr(r#""{if a then "x{b}" else "}}"}""#, r#""{(if a then "x{b}" else "}}")}""#);
    expr(r#""{f({ a: 1 }.a)}""#, r#""{f({ a: 1 }.a)}""#);
    expr(r#""{match a { b -> 1, else -> 2 }:.1}""#, r#""{(match a { b -> 1, else -> 2 }):.1}""#);
    expr(r#""http://x // no comment""#, r#""http://x // no comment""#);
    finding("twin T { let a = \"\\q\" }", &["E0118 1:19 `\\q` stands for nothing in a text"]);
    finding("use a.b\nsource s: S { topic: \"abc }\nuse c", &["E0106 2:22 this text has no closing quote"]);
}

#[test]
fn windows() {
    expr("mean(x) over 60 s > 3", "((mean(x) over 60 s) > 3)");
    expr("mean(x) over 60 s closed every 10 s", "(mean(x) over 60 s closed every 10 s)");
    member("let a = x every 10 s", "let a = x every 10 s");
    member("let a = mean(x) over n samples every 10 s", "let a = (mean(x) over n samples) every 10 s");
    member("let a = mean(x) over 5 samples every 10 s", "let a = (mean(x) over 5 samples) every 10 s");
    member("let a = mean(x) each 60 s every 10 s", "let a = (mean(x) each 60 s) every 10 s");
    member("let a = mean(x) over all every 10 s", "let a = (mean(x) over all) every 10 s");
    expr("mean(x) over session(gap: 5 min) every 1 s", "(mean(x) over session(gap: 5 min) every 1 s)");
    expr("mean(x) over w * 2", "((mean(x) over w) * 2)");
    expr("mean(x) over (w * 2)", "(mean(x) over (w * 2))");
    expr("mean(x) over a.b[1]", "(mean(x) over a.b[1])");
    expr("mean(x) during charging and y", "((mean(x) during charging) and y)");
    expr("mean(x) during rising(a)", "(mean(x) during rising(a))");
    expr("count(x) from a until b + 1", "((count(x) from a until b) + 1)");
    expr("count(x) from changed(n) until (v <= 2.7 V)", "(count(x) from changed(n) until (v <= 2.7 V))");
    expr("max(mean(x) over 1 min) over 1 h", "(max((mean(x) over 1 min)) over 1 h)");
    expr("mean(x) by k in 0..9 over 1 h", "(mean(x) by k in 0..9 over 1 h)");
    expr("mean(x) by k in -5..hi over all", "(mean(x) by k in (- 5)..hi over all)");
    expr("(mean(x) over 1 h).y", "(mean(x) over 1 h).y");
    expr("mean(x where a > 1 and b)", "mean(x where ((a > 1) and b))");
    expr("mean(x) each 1 d in \"Europe/Paris\"", "(mean(x) each 1 d in \"Europe/Paris\")");
    finding("twin T { let a = mean(x) over 1 h.y }", &["E0110 1:34 behind a window this belongs to nothing"]);
}

#[test]
fn emits() {
    member("emit s { a } every 5 s", "emit s { a } every 5 s");
    member("emit s { a } every 5 s always", "emit s { a } every 5 s always");
    member("emit s { a } every 5 s when b", "emit s { a } every 5 s when b");
    member("emit s { a: mean(x) over 5 s } every 1 s", "emit s { a: (mean(x) over 5 s) } every 1 s");
    member(
        "emit s { a } when mean(x) over 5 s every 1 s > 3",
        "emit s { a } when ((mean(x) over 5 s every 1 s) > 3)",
    );
    finding(
        "twin T { on x { emit s { a } when b } }",
        &["E0115 1:35 an `emit` in a body acts when the body does"],
    );
}

#[test]
fn rules() {
    member(
        "rule r when a for 5 s until b for 1 s repeat every 1 h",
        "rule r when a for 5 s until b for 1 s repeat every 1 h",
    );
    member("rule r when a until never", "rule r when a until never");
    member("rule r when mean(x) during a until b", "rule r when (mean(x) during a) until b");
    member("rule r when f(x) from a until b until c", "rule r when (f(x) from a until b) until c");
    member(
        "rule r when (a or b) then c within d then no e within 1 min",
        "rule r when (a or b) then c within d then no e within 1 min",
    );
    member(
        "rule r when a\nfor t in parts { rule q when t.x }",
        "rule r when a | for t in parts | rule q when t.x",
    );
    member("rule r when a for t\nfor t in parts { key y }", "rule r when a for t | for t in parts | key y");
    member(
        "rule r when a { state = 1 }".replace("state", "severity").as_str(),
        "rule r when a | severity = 1",
    );
    member("rule r when a { severity critical message m }", "rule r when a | severity critical | message m");
    finding("twin T { rule r when a allow W0401 }", &["E0101 1:35 `allow W0401` does not say why"]);
    finding("twin T { allow W0401\n let a = b }", &["E0101 1:21 `allow W0401` does not say why"]);
    finding("twin T { rule r when a then b }", &["E0113 1:29 a later step of a sequence needs its bound"]);
    finding(
        "twin T { rule r when a then b within 1 s for 2 s }",
        &["E0113 1:46 a sequence is true for a moment, so it cannot be true for a time"],
    );
    finding("twin T { let a = (b then c) }", &["E0115 1:21 `then` cannot stand here"]);
}

#[test]
fn machines() {
    member(
        "machine m {\n any -> b when x > 5\n running -> any when y for 3 s { a = 1 }\n}",
        "machine m | any -> b when (x > 5) | running -> any when y for 3 s | a = 1",
    );
    finding(
        "twin T { machine m {\n a -> b when x c -> d when y } }",
        &["E0117 2:16 each line of a machine needs a line of its own"],
    );
}

#[test]
fn names() {
    expr("telemetry.state.when.if", "telemetry.state.when.if");
    expr(
        "key + time + topic + any + clear + input + param",
        "((((((key + time) + topic) + any) + clear) + input) + param)",
    );
    expr("f(within: 1 s, for: 2, if: 3)", "f(within: 1 s, for: 2, if: 3)");
    expr("nothing and android or iffy", "((nothing and android) or iffy)");
    expr("samples + closed + all + session", "(((samples + closed) + all) + session)");
    items(
        "schema S { state: int, when: real rule: bool }",
        "schema S | state: int | when: real | rule: bool",
    );
    items(
        "source source: S { key: key  where: a > 1 rate: 3 Hz }",
        "source source: S | key: key | where: (a > 1) | rate: 3 Hz",
    );
    items("twin Car for each table { key test }", "twin Car for each table | key test");
    items("use std.source.twin as test\ntest \"a\" {}", "use std.source.twin as test | test \"a\"");
    finding("twin T { let state = 3 }", &["E0108 1:14 `state` is a word of the language, not a name"]);
    finding("twin T { let a = state + 1 }", &["E0108 1:18 `state` is a word of the language, not a name"]);
}

#[test]
fn statements() {
    member("on x { a = 5 b = 6 }", "on x | a = 5 | b = 6");
    member("on x { a = 5 s = 6 m[i] = 7 }", "on x | a = 5 | s = 6 | m[i] = 7");
    member(
        "on x { if a { b = 1 } else if c { reset d } else { let e = 1 } }",
        "on x | if a | b = 1 | else | if c | reset d | else | let e = 1",
    );
    member("on x where y { }", "on x where y");
    member(
        "when h <= 0 m and v < 0 m/s { v = -e * v }",
        "when ((h <= 0 m) and (v < 0 m*s^-1)) | v = ((- e) * v)",
    );
}

#[test]
fn tests_and_scenarios() {
    items(
        "test \"a\" { with C \"x\" { p: 1 } at 5 s t { a } at 6 s until 9 s expect r raised at 5 s within 1 s expect r never cleared }",
        "test \"a\" | with C \"x\" { p: 1 } | at 5 s t { a } | until 6 s | until 9 s | expect r raised at 5 s within 1 s | expect r never cleared",
    );
    items(
        "test \"a\" {\n at 5\n expect x == 3 at 20 s within 1%\n expect r raised between 1 s and 2 s\n}",
        "test \"a\" | until 5 | expect (x == 3) at 20 s within 1 % | expect r raised between 1 s and 2 s",
    );
    items(
        "test \"a\" { replay t \"a\" against f \"b\" expect r before 90% of f by at least 24 h expect r false at most 1 per 1000 h expect r.count == 2 }",
        "test \"a\" | replay t \"a\" against f \"b\" | expect r before 90 % of f by at least 24 h | expect r false at most 1 per 1000 h | expect (r.count == 2)",
    );
    items(
        "scenario s for P { set a = f(b)\n from 2024-06-01T00:00Z to 2024-06-02T00:00Z\n show a, b.c }",
        "scenario s for P | from 2024-06-01T00:00Z to 2024-06-02T00:00Z | set a = f(b) | show a | show b.c",
    );
    finding(
        "test \"a\" {\n expect a\n at 5 s t { b }\n}",
        &["E0120 3:2 in a test all `expect` lines come last"],
    );
}

#[test]
fn types_and_signatures() {
    let signature = |text: &str, tree: &str| {
        let signature = parse_signature(text).unwrap_or_else(|report| panic!("{text}: {report:#?}"));
        assert_eq!(signature.to_string(), tree);
    };
    signature("(x: U, lo: U, hi: U) -> U", "(x: U, lo: U, hi: U) -> U");
    signature("(x: delta U, p: real = 0.5, n: int?) -> U^2", "(x: delta U, p: real = 0.5, n: int?) -> U^2");
    signature(
        "(x: U[N], t: U/s = 3 K/s) -> real[3][4]?",
        "(x: [U; N], t: U*s^-1 = 3 K*s^-1) -> [[real; 4]; 3]?",
    );
    signature("() -> { median: duration, p10: duration? }", "() -> { median: duration, p10: duration? }");
    signature(
        "(r: real in K/W = 3 K/W, s: string(64)) -> real in 1/s",
        "(r: real<K*W^-1> = 3 K*W^-1, s: string(64)) -> real<s^-1>",
    );
    assert_eq!(parse_unit("kg*m/s^2").expect("a unit").to_string(), "kg*m*s^-2");
    assert_eq!(parse_unit("%").expect("a unit").to_string(), "%");
    assert_eq!(parse_unit("1/s").expect("a unit").to_string(), "s^-1");
    assert!(parse_unit("kg m").is_err() && parse_unit("").is_err() && parse_unit("m/").is_err());
    assert_eq!(parse_type("pressure[4]? in psi").expect("a type").to_string(), "[pressure<psi>; 4]?");
    assert!(parse_signature("x").is_err());
}

#[test]
fn schemas() {
    items(
        "schema S { a: real in m b: real = 0 c: int valid -60..200 as \"x\" d: bool }",
        "schema S | a: real in m | b: real = 0 | c: int valid (- 60)..200 as \"x\" | d: bool",
    );
    items(
        "schema S from \"a.avsc\" { a: in km/h valid 0..1 in: real as: int }",
        "schema S from \"a.avsc\" | a in km*h^-1 valid 0..1 | in: real | as: int",
    );
    items(
        "schema S { t: timestamp in \"M/d/yyyy\" zone \"UTC\" zone: string }",
        "schema S | t: timestamp in \"M/d/yyyy\" zone \"UTC\" | zone: string",
    );
    items(
        "unit pallet\nunit furlong = 201.168 m\nunit pole",
        "unit pallet | unit furlong = 201.168 m | unit pole",
    );
}

#[test]
fn mistakes_are_said_at_their_place() {
    finding("twin T { let a = f(b c) }", &["E0102 1:22 a comma is missing before `c`"]);
    finding("twin T {\n let a = mean(b over 5 s\n let c = 1\n}", &["E0103 2:16 a `)` is missing"]);
    finding("twin T {\n let a = (b + (c * d)\n rule r when e\n}", &["E0103 2:22 a `)` is missing"]);
    finding("twin T { let a = b) }", &["E0104 1:19 there is a `)` too many"]);
    finding("twin A {\n key a\ntwin B { key b }", &["E0103 2:7 a `}` is missing"]);
    finding("twin A { key a }\n}", &["E0104 2:1 there is a `}` too many"]);
    finding("twin T { emit s { a b: 1 } }", &["E0102 1:21 a comma is missing before `b`"]);
    finding("twin T { let a = b == c == d }", &["E0109 1:25 comparisons cannot be chained"]);
    finding(
        "twin T { let a = b < c < d < e }",
        &["E0109 1:24 comparisons cannot be chained", "E0109 1:28 comparisons cannot be chained"],
    );
    finding("twin T { let a = b && c || !d }", &["E0112 1:20 `&&` is written `and` here"]);
    finding("twin T { rule r when a = 3 }", &["E0112 1:24 `=` gives a value; to compare, write `==`"]);
    finding("twin T { let a = 1h30 }", &["E0111 1:22 the last part of `1h30` has no unit"]);
    finding("twin T { let a = 5 m2 }", &["E0111 1:20 `m2` is no unit"]);
    finding("twin T { let a = 5.x }\nfoo", &["E0116 2:1 `foo` begins nothing in a file"]);
    finding("twin T { lett a = 5 }", &["E0116 1:10 `lett` begins nothing in a twin or a block"]);
    finding("schema S", &["E0119 1:8 the schema `S` says nothing about its records"]);
    finding("twin T { key }", &["E0119 1:13 this `key` ends too early"]);
}

#[test]
fn many_findings_in_one_run() {
    let text = "schema S { a int }\ntwin T {\n let a = f(b c)\n let ok = 1\n rule r when a = 3 {\n  severety info\n }\n}\nsorce x: S {}";
    finding(
        text,
        &[
            "E0119 1:12 a `:` is missing behind `a`",
            "E0102 3:14 a comma is missing before `c`",
            "E0112 5:16 `=` gives a value; to compare, write `==`",
            "E0116 6:3 `severety` begins nothing in a rule",
            "E0116 9:1 `sorce` begins nothing in a file",
        ],
    );
}

#[test]
fn nesting_ends_with_a_message() {
    let deep = |open: &str, close: &str, n: usize| {
        format!("twin T {{ let a = {}1{} }}", open.repeat(n), close.repeat(n))
    };
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("f(", ")"),
        ("-", ""),
        ("not ", ""),
        ("2^", ""),
        ("\"{", "}\""),
        ("1 + ", ""),
        ("if a then b else ", ""),
    ] {
        let fine = parse(FileId(0), &deep(open, close, 200));
        assert!(fine.report.is_empty(), "{open}: {:#?}", fine.report);
        for n in [300, 3000] {
            let codes: Vec<_> =
                parse(FileId(0), &deep(open, close, n)).report.finish().iter().map(|f| f.code).collect();
            assert_eq!(codes, ["E0107"], "{open} {n} times");
        }
    }
}

#[test]
fn an_allow_covers_what_it_stands_at() {
    let text = "twin T {\n let a = 1 allow W0701 \"x\"\n allow W0702 \"y\"\n let b = 2\n on c {\n  d = 1 allow W0703 \"z\"\n }\n}";
    let module = parse(FileId(0), text).module;
    let covered: Vec<(&str, &str)> = module
        .allows
        .iter()
        .map(|allow| {
            (allow.code.text.as_str(), &text[allow.covers.start as usize..allow.covers.end as usize])
        })
        .collect();
    assert_eq!(covered, [("W0701", "let a = 1"), ("W0702", "let b = 2"), ("W0703", "d = 1")]);
}

#[test]
fn broken_parts_keep_their_names() {
    use twin_syntax::ast::{ItemKind, MemberKind};
    let module = parse(FileId(0), "twin T {\n let a = f(b c)\n let d = 1\n}\nblock x( { return 1 }").module;
    let ItemKind::Twin(twin) = &module.items[0].kind else { panic!("{module:#?}") };
    assert!(matches!(&twin.members[0].kind, MemberKind::Broken(_)));
    assert_eq!(twin.members[0].name().map(|name| name.text.as_str()), Some("a"));
    assert_eq!(module.items[1].name().map(|name| name.text.as_str()), Some("x"));
}

/// A line of a schema without its colon spoils that line and not the one before.
#[test]
fn a_field_without_its_colon() {
    let text = "schema S {\n    a: real\n    b voltage in mV as \"c\"\n    d: int\n}\n";
    finding(text, &["E0119 3:5 a `:` is missing behind `b`"]);
    let parse = parse(FileId(0), text);
    let Some(Item { kind: ItemKind::Schema(schema), .. }) = parse.module.items.first() else {
        panic!("{text}")
    };
    assert_eq!(schema.fields.len(), 2);
    assert_eq!(schema.broken[0].introduces.as_ref().map(|name| name.text.as_str()), Some("b"));
}

/// Whose opening brace is missing is told there and once, and what stands in its body is read.
#[test]
fn an_opening_brace_that_is_missing() {
    let missing = |text: &str, expected: &str| finding(text, &[expected]);
    missing(
        "schema S\n    a: int\n    b: real\n}\nuse c",
        "E0119 1:9 a `{` is missing behind the head of this `schema`",
    );
    missing(
        "source s: S\n    key: a\n    format: csv { header: none }\n}\n",
        "E0119 1:12 a `{` is missing behind the head of this `source`",
    );
    missing(
        "enum E\n    a,\n    b\n}\nschema S { a: E }",
        "E0119 1:7 a `{` is missing behind the head of this `enum`",
    );
    let members =
        "    key a\n    input s\n    rule r when b {\n        severity c\n    }\n    let d = a\n}\n";
    missing(
        &format!("twin T\n{members}\ntwin U {{ key a }}"),
        "E0119 1:7 a `{` is missing behind the head of this `twin`",
    );
    missing(
        &format!("twin U {{ key a }}\n\ntwin T\n{members}"),
        "E0119 3:7 a `{` is missing behind the head of this `twin`",
    );
    missing(
        "twin T {\n    key a\n    rule r when b\n        and c\n        severity d\n        message \"e\"\n    }\n    let f = a\n}\n",
        "E0119 4:14 a `{` is missing behind the head of this `rule`",
    );
    missing(
        "twin T {\n    on changed(a)\n        b = c\n    }\n    let f = a\n}\ntwin U { key a }",
        "E0119 2:18 a `{` is missing behind the head of this `on`",
    );
    missing(
        "twin T {\n    machine m\n        a -> b when c\n        b -> a when d\n    }\n    let f = a\n}\n",
        "E0119 2:14 a `{` is missing behind the head of this `machine`",
    );
    let parse = parse(FileId(0), &format!("twin T\n{members}"));
    assert!(
        matches!(&parse.module.items[..], [Item { kind: ItemKind::Twin(twin), .. }] if twin.members.len() == 4)
    );
    missing(
        "twin T {\n    key a\n    rule r when b severity c }\n    let d = a\n}\n",
        "E0119 3:30 this `}` ends a `rule` that has no `{`",
    );
    missing("twin T {\n    key a\n    let d = a }\n}\n", "E0104 3:15 there is a `}` too many");
    missing(
        "schema S {\n    a: int[2] as [\n        \"b\", \"c\",\n    ]\n    d: int\n\nuse e",
        "E0103 5:11 a `}` is missing",
    );
    finding("twin T {\n    key a\n}\n}\n", &["E0104 4:1 there is a `}` too many"]);
    finding("twin T { key a\n    let b = c }\n    }\n", &["E0104 3:5 there is a `}` too many"]);
}
