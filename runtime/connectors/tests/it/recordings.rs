//! Published recordings, as they are.

use crate::common::*;
use twin_connectors::file::profile;
use twin_plan::{Column, PathStep, TimeText};
use twin_types::{EnumId, Scalar};

#[test]
fn connected_cars() {
    let columns = [
        column("car", Scalar::String),
        column("time", Scalar::Timestamp).time(TimeText::Count(1_000_000_000)),
        column("coolant_temp", Scalar::Real).unit("degC"),
        column("speed", Scalar::Real).unit("m/s"),
        column("battery_percentage", Scalar::Real).optional().valid(0.0, 1.0),
        column("tire_pressure_1_1", Scalar::Real).unit("psi"),
    ];
    let format = csv(b',', true, &[]);
    let held = read(&[recording("connected_cars.csv")], &reading(&format, &columns), 16).unwrap();
    assert_eq!(held.rows.len(), 150);
    assert_eq!(held.rejects, [""; 0]);
    assert_eq!(held.offsets, (0..150).collect::<Vec<_>>());
    assert_eq!(held.rows[0], "car1 2019-09-04T14:09:56Z 312.545103 24.934872 0.82654595 220632.23338138754");
    assert_eq!(held.faults[4], (0, 12), "run down below nothing");
}

#[test]
fn dates_of_the_united_states() {
    let columns = [
        column("datetime", Scalar::Timestamp)
            .time(TimeText::Pattern("M/d/yyyy h:mm:ss a".to_string(), "UTC".to_string())),
        column("machineID", Scalar::Int),
        column("errorID", Scalar::Enum(EnumId(0))).texts(&["error1", "error2", "error3", "error4", "error5"]),
    ];
    let format = csv(b',', true, &[]);
    let held = read(&[recording("azure_errors.csv")], &reading(&format, &columns), 64).unwrap();
    assert_eq!(held.rows.len(), 200);
    assert_eq!(held.rows[..2], ["2015-01-03T07:00:00Z 1 0", "2015-01-03T20:00:00Z 1 2"]);
    assert_eq!(held.rejects, [""; 0]);
}

/// A column whose name has brackets of its own.
fn named(name: &str, ty: Scalar) -> Column {
    Column { name: name.to_string(), path: vec![PathStep::Name(name.to_string())], ..column("x", ty) }
}

#[test]
fn columns_with_blanks_and_brackets() {
    let columns = [
        column("UID", Scalar::String),
        column("Type", Scalar::Enum(EnumId(0))).texts(&["L", "M", "H"]),
        named("Air temperature [K]", Scalar::Real).unit("K"),
        named("Rotational speed [rpm]", Scalar::Real).unit("rpm"),
        column("Machine failure", Scalar::Bool),
    ];
    let format = csv(b',', true, &[]);
    let held = read(&[recording("ai4i2020.csv")], &reading(&format, &columns), 1000).unwrap();
    assert_eq!(held.rows.len(), 200);
    assert_eq!(held.rows[0], "1 1 298.1 162.42034019059233 0");
    assert_eq!(held.rows.iter().filter(|r| r.ends_with(" 1")).count(), 7);
}

#[test]
fn offsets_and_gaps_of_a_wind_farm() {
    let columns = [
        column("Wind_turbine_name", Scalar::String),
        column("Date_time", Scalar::Timestamp),
        column("P_avg", Scalar::Real).unit("kW").optional(),
    ];
    let format = csv(b',', true, &[]);
    let held = read(&[recording("la_haute_borne.csv")], &reading(&format, &columns), 7).unwrap();
    assert_eq!(held.rows[0], "R80736 2014-01-01T00:00:00Z 642780.03");
    let gaps: Vec<_> = held.rows.iter().filter(|r| r.ends_with(" -")).collect();
    assert_eq!(gaps[0], "R80711 2014-02-07T14:40:00Z -");
    // Absent from the start is no fault.
    assert_eq!(held.faults[2], (0, 0));
    // The hour that the clocks skip is no gap in UTC.
    assert!(held.rows.iter().any(|r| r.contains("2014-03-30T00:50:00Z")));
}

#[test]
fn what_a_recording_holds() {
    let columns = [
        column("car", Scalar::String),
        column("speed", Scalar::Real).unit("km/h"),
        column("battery_percentage", Scalar::Real).optional().valid(0.0, 1.0),
        column("time", Scalar::Timestamp).time(TimeText::Count(1_000_000_000)),
    ];
    let format = csv(b',', true, &[]);
    let paths = [recording("connected_cars.csv")];
    let found = profile(&paths, &reading(&format, &columns), u64::MAX).unwrap();
    assert_eq!((found.records, found.rejected, found.is_whole), (150, 0, true));
    assert_eq!((found.columns[0].present, found.columns[0].distinct), (150, 50));
    assert_eq!(found.columns[0].texts[0], ("car1".to_string(), 3));
    assert_eq!((found.columns[1].min, found.columns[1].zeros), (Some(1.3048587), 0));
    assert_eq!((found.columns[2].present, found.columns[2].outside), (138, 12));
    assert_eq!(found.columns[3].distinct, 3);
    let part = profile(&paths, &reading(&format, &columns), 10).unwrap();
    assert_eq!((part.records, part.is_whole), (10, false));
}
