//! Statistics that remember a few numbers, against numpy and pandas: the library's blocks, and running windows.

use super::{KINDS, SOURCE, is_near, json, outputs, series, table};

fn program(params: &serde_json::Value) -> String {
    let p = |name: &str| params[name].to_string();
    let (alpha, half_life, tau) = (p("ewma_alpha"), p("halflife_s"), p("tau_s"));
    let (holt, beta) = (p("holt_alpha"), p("holt_beta"));
    let (target, slack, limit) = (p("cusum_target"), p("cusum_slack"), p("cusum_limit"));
    format!(
        "use std.signal.ewma\nuse std.signal.ewvar\nuse std.signal.holt\nuse std.detect.cusum\n{SOURCE}
twin T {{
    key one
    input s
    let ew = ewvar(x, alpha: {alpha})
    let h = holt(x, alpha: {holt}, beta: {beta})
    let c = cusum(x, target: {target}, slack: {slack}, limit: {limit})
    emit out {{
        n: count(x) over all, run_mean: mean(x) over all, run_var_pop: var_pop(x) over all,
        run_var_sample: var(x) over all, run_min: min(x) over all, run_max: max(x) over all,
        ewma: ewma(x, alpha: {alpha}), ew_var: ew.variance, ewma_halflife_adjusted: ewma(x, half_life: {half_life} s),
        ewma_tau: ewma(x, tau: {tau} s), holt_level: h.level, holt_trend: h.trend,
        cusum_pos: c.positive, cusum_neg: c.negative, derivative_per_s: rate(x) * 1 s,
    }}
}}
"
    )
}

const COLUMNS: [&str; 15] = [
    "n",
    "run_mean",
    "run_var_pop",
    "run_var_sample",
    "run_min",
    "run_max",
    "ewma",
    "ew_var",
    "ewma_halflife_adjusted",
    "ewma_tau",
    "holt_level",
    "holt_trend",
    "cusum_pos",
    "cusum_neg",
    "derivative_per_s",
];

#[test]
fn blocks_of_the_library() {
    for kind in KINDS {
        let program = program(&json(&format!("win_{kind}_params.json")));
        let records = outputs(&program, "s", &series(kind, 0), None);
        let expected = table(&format!("win_{kind}_recursive.csv"));
        assert_eq!(records.len(), expected.rows().count());
        for (record, row) in records.iter().zip(expected.rows()) {
            for column in COLUMNS {
                let is_variance = column.contains("var") && kind == "offset";
                let tolerance = if is_variance { (1e-5, 1e-3) } else { (1e-9, 1.0) };
                let (found, wanted) = (record[column].as_f64(), row.number(column));
                assert!(
                    is_near(found, wanted, tolerance),
                    "{kind} {column}: {found:?} is not {wanted:?} in {record}"
                );
            }
        }
    }
}
