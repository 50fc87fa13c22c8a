//! Values of params as a run gives them: what each type takes, and what it says to the rest.

use std::collections::BTreeMap;
use twin_driver::settings::{resolve, split};
use twin_driver::{Checked, NoRecordings, Project, check};
use twin_lowering::Setting;
use twin_stdlib::LIBRARY;
use twin_types::words;

const PROGRAM: &str = r#"
unit pallet
unit crate = 20 pallet

enum Mode { idle, running as "RUN" }

schema Sample { site: string, ts: timestamp in s, x: real }

source samples: Sample { topic: "x", key: site, time: ts }

twin Site {
    key site
    input samples

    param limit: temperature = 90 degC
    param margin: temperature_difference = 5 K
    param share: ratio = 10%
    param span: duration = 10 s
    param count: int = 3
    param gain: real = 1.5
    param active: bool = true
    param name: string = "north"
    param mode: Mode = idle
    param begin: timestamp = 2024-06-01T00:00Z
    param stock: real in pallet = 3 pallet
    param spare: pressure? = absent
    param steps: pressure[3] = [1 bar, 2 bar, 3 bar]
    param grid: int[2][2] = [[1, 2], [3, 4]]
    param marks: int[2]? = absent
}
"#;

fn program() -> Checked {
    let files = BTreeMap::from([("main.twin".to_string(), PROGRAM.to_string())]);
    let project = Project::held("site", "main.twin", files);
    let checked = check(&project, &LIBRARY, &NoRecordings).expect("it is held in memory");
    assert!(!checked.has_errors(), "{:#?}", checked.findings);
    checked
}

fn set(given: &str) -> Result<Setting, String> {
    let checked = program();
    let given = BTreeMap::from([split(given).map_err(|error| error.to_string())?]);
    let resolved = resolve(&given, &checked.program, &checked.sources).map_err(|error| error.to_string())?;
    Ok(resolved.into_values().next().expect("one was given"))
}

fn real(value: f64) -> Setting {
    Setting::Word(words::from_f64(value))
}

fn whole(value: i64) -> Setting {
    Setting::Word(words::from_i64(value))
}

#[test]
fn each_type_takes_its_literals() {
    let check = |given: &str, expected: Setting| assert_eq!(set(given), Ok(expected), "{given}");
    check("Site.limit=105 degC", real(378.15));
    check("Site.limit=300 K", real(300.0));
    check("Site.limit = -10 degC", real(263.15));
    check("Site.margin=10 K", real(10.0));
    check("Site.share=12.5%", real(0.125));
    check("Site.share=0.2", real(0.2));
    check("Site.span=1h30min", whole(5_400_000_000_000));
    check("Site.span=250 ms", whole(250_000_000));
    check("Site.count=-7", whole(-7));
    check("Site.gain=2", real(2.0));
    check("Site.active=false", whole(0));
    check("Site.name=south west", Setting::Text("south west".into()));
    check("Site.name=\"south\"", Setting::Text("south".into()));
    check("Site.mode=running", whole(1));
    check("Site.begin=2024-06-01T00:00:01Z", whole(1_717_200_001_000_000_000));
    check("Site.stock=2 crate", real(40.0));
    check("Site.spare=absent", Setting::Word(twin_types::ABSENT_REAL));
    check("Site.spare=2 bar", real(200_000.0));
    let several = |values: &[Setting]| Setting::Several(values.to_vec());
    check("Site.steps=[1 bar, -2 bar, 1.5 bar]", several(&[real(1e5), real(-2e5), real(1.5e5)]));
    check("Site.grid=[[5, 6], [7, 8]]", several(&[whole(5), whole(6), whole(7), whole(8)]));
    check("Site.marks=[1, absent]", several(&[whole(1), Setting::Word(twin_types::ABSENT_INT)]));
    check(
        "Site.marks=absent",
        several(&[Setting::Word(twin_types::ABSENT_INT), Setting::Word(twin_types::ABSENT_INT)]),
    );
}

#[test]
fn the_rest_is_told() {
    let check = |given: &str, expected: &str| {
        let told = set(given).expect_err(given);
        assert!(told.contains(expected), "{given}: {told}");
    };
    check("Site.limit=105", "a number with a unit such as `degC` is needed");
    check("Site.margin=10 degC", "a number with a unit such as `K` is needed");
    check("Site.count=1.5", "a whole number is needed");
    check("Site.span=3", "a duration is needed");
    check("Site.active=3", "`true` or `false` is needed");
    check("Site.mode=tripped", "`Mode` has no value `tripped`");
    check("Site.limit=3 flurbs", "the unit is not known");
    check("Site.limit=absent", "is needed");
    check("Site.limit=1 +", "is no value");
    check("Site.limit=", "a twin, a param and a value are needed");
    check("Site.begin=yesterday", "a time is needed");
    check("Site.steps=[1 bar, 2 bar]", "3 items are needed here, and these are 2");
    check("Site.steps=1 bar", "3 items in brackets are needed");
    check("Site.steps=1 bar", "--set Site.steps=\"[1 bar, 1 bar, 1 bar]\"");
    check("Site.steps=[1 bar, 2, 3 bar]", "a number with a unit such as `bar` is needed");
    check("Site.steps=absent", "3 items in brackets are needed");
    check("Site.grid=[1, 2]", "2 items in brackets are needed");
    check("Site.lmit=3 K", "did you mean `limit`?");
}
