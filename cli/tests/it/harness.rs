//! A folder to work in, and one run of the program as text.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A folder that lives as long as a test.
pub struct Place {
    folder: TempDir,
}

impl Place {
    /// An empty folder.
    pub fn new() -> Place {
        let place = Place { folder: TempDir::new().expect("the system gives a folder") };
        fs::create_dir(place.path("")).expect("it is new");
        place
    }

    /// A folder with one program in it.
    pub fn with(name: &str, text: &str) -> Place {
        let place = Place::new();
        place.write(name, text);
        place
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it lies in the folder")).expect("the folder can be made");
        fs::write(path, text).expect("the file can be written");
    }

    /// Reads a file.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Where a file is.
    pub fn path(&self, name: &str) -> PathBuf {
        // A program takes the name of its folder, which must not change from run to run.
        self.folder.path().join("here").join(name)
    }

    /// The program, about to be run here.
    pub fn command(&self, arguments: &[&str]) -> Command {
        command_of(Path::new(env!("CARGO_BIN_EXE_twin")), &self.path(""), arguments)
    }

    /// Runs the program here.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    /// Runs the program here; all that can be seen of it.
    pub fn twin(&self, arguments: &[&str]) -> String {
        shown("twin", arguments, &self.run(arguments))
    }

    /// The same with something on stdin.
    pub fn twin_with(&self, arguments: &[&str], stdin: &str) -> String {
        let mut command = self.command(arguments);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut pipe = child.stdin.take().expect("stdin is a pipe");
        pipe.write_all(stdin.as_bytes()).expect("the program reads");
        drop(pipe);
        shown("twin", arguments, &child.wait_with_output().expect("the program ends"))
    }
}

/// Another program, about to be run in a folder, without what would change its words.
pub fn command_of(program: &Path, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env("COLUMNS", "100").stdin(Stdio::null());
    command.env_remove("NO_COLOR").env_remove("RUST_BACKTRACE");
    command
}

/// One run as text.
pub fn shown(program: &str, arguments: &[&str], output: &Output) -> String {
    let mut text = format!("$ {program} {}\n", arguments.join(" "));
    for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        if !bytes.is_empty() {
            text.push_str(&format!("--- {name}\n{}", String::from_utf8_lossy(bytes)));
        }
    }
    match output.status.code() {
        Some(code) => text.push_str(&format!("--- exit {code}\n")),
        None => text.push_str(&format!("--- {}\n", output.status)),
    }
    text
}

/// Compares with a snapshot; what differs from run to run and machine to machine is left out.
#[macro_export]
macro_rules! assert_run {
    ($text:expr) => {
        insta::with_settings!({
            filters => vec![
                (r"\b[0-9a-f]{16}\b", "[HASH]"),
                (r"in \d+\.\d\d s \([^)]*\)", "in [TIME]"),
                (r#""seconds":[0-9.e-]+"#, r#""seconds":[TIME]"#),
                (r#""events_per_second":[0-9.e+]+"#, r#""events_per_second":[RATE]"#),
                (r", \d+(\.\d)? (B|KiB|MiB)\n", ", [SIZE]\n"),
            ],
            prepend_module_to_snapshot => true,
        }, {
            insta::assert_snapshot!($text);
        });
    };
}

/// A sound program: one rule, one sink.
pub const BOILER: &str = r#"schema Sample {
    boiler: string
    ts: timestamp in s
    temp: temperature? in degC valid 0..200
}

source samples: Sample {
    topic: "boiler.samples"
    format: json
    key: boiler
    time: ts
}

sink means { topic: "boiler.means" }

twin Boiler {
    key boiler
    input samples

    param limit: temperature = 90 degC

    rule hot when temp > limit for 20 s until temp < limit - 10 K {
        severity critical
        message "{temp:.0 degC}"
    }

    let mean_temp = mean(temp) each 1 min
    emit means { boiler, at: now, mean_temp }
}

test "hot is raised" {
    with Boiler "B1"
    every 10 s from 0 s to 60 s samples { temp: 95 degC }
    expect hot raised at 20 s
}
"#;

/// Two boilers over two minutes, one of them hot; one value out of bounds, one late record, one that is broken.
pub const BOILER_RECORDING: &str = r#"{"boiler":"B1","ts":1000,"temp":80}
{"boiler":"B2","ts":1000,"temp":70}
{"boiler":"B1","ts":1010,"temp":95}
{"boiler":"B1","ts":1020,"temp":96}
{"boiler":"B2","ts":1020,"temp":999}
{"boiler":"B1","ts":1030,"temp":97}
{"boiler":"B1","ts":1015,"temp":90}
{"boiler":"B1","ts":1040
{"boiler":"B1","ts":1050,"temp":75}
{"boiler":"B2","ts":1090,"temp":71}
{"boiler":"B1","ts":1090,"temp":74}
"#;
