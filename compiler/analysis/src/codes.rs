//! Every code of this stage with a one-line title; the pages of `twin explain` are written from this list.

use twin_diagnostics::Code;

macro_rules! codes {
    ($($name:ident = $code:literal, $title:literal;)*) => {
        $(#[doc = $title] pub const $name: Code = $code;)*
        /// Code and title, sorted by code within each severity.
        pub const ALL: &[(Code, &str)] = &[$(($code, $title)),*];
    };
}

codes! {
    UNKNOWN_NAME = "E0201", "a name that nothing declares";
    UNKNOWN_FIELD = "E0202", "a field that the record does not have";
    DECLARED_TWICE = "E0203", "a name that is declared twice";
    AMBIGUOUS_FIELD = "E0204", "a field that several inputs have";
    UNKNOWN_UNIT = "E0205", "a unit that nothing declares";
    UNKNOWN_STREAM = "E0206", "a source, table, sink or command that nothing declares";
    RECURSION = "E0207", "a function or block that calls itself";
    UNKNOWN_MODULE = "E0208", "a module or item that `use` cannot find";
    UNKNOWN_TYPE = "E0209", "a type that nothing declares";
    UNKNOWN_FUNCTION = "E0210", "a function or block that nothing declares";
    ARGUMENTS = "E0211", "arguments that do not fit what is called";
    NOT_A_VALUE = "E0212", "a name that stands for no value here";
    READ_TOO_EARLY = "E0213", "a `let` that is read above its line";
    UNKNOWN_VALUE = "E0214", "a value that the enum or machine does not have";
    TOO_DEEP = "E0215", "a formula that is nested too deeply";
    MISPLACED = "E0216", "a member that does not belong there";
    ALLOWED_ERROR = "E0217", "`allow` for something that is no warning";
    UNIT_NAME = "E0218", "a unit whose name cannot stand behind a number";
    UNUSED_USE = "W0201", "a `use` that nothing uses";
    SHADOWED_UNIT = "W0202", "a unit that is also a name in scope";
    UNUSED_ALLOW = "W0203", "an `allow` that silences nothing";

    ADDED_UNLIKE = "E0301", "quantities of different kinds added or subtracted";
    COMPARED_UNLIKE = "E0302", "values of different kinds compared";
    DIFFERENCE_AND_READING = "E0303", "a temperature difference where a reading is needed, or the other way round";
    ADDED_READINGS = "E0304", "two temperature readings added";
    BARE_NUMBER = "E0305", "a bare number where a quantity is needed";
    TEXT_AND_NUMBER = "E0306", "a text and a number put together";
    SCALED_READING = "E0307", "a temperature reading in `*`, `/`, `^` or unary `-`";
    AGGREGATED_READING = "E0308", "an aggregate that has no meaning for temperature readings";
    NOT_A_CONDITION = "E0309", "a condition is needed";
    WRONG_TYPE = "E0310", "a value of another type is needed";
    EXPONENT = "E0311", "an exponent that gives no unit";
    INDEXED = "E0312", "an index or an array that does not fit";
    FREQUENCY_AND_ANGULAR = "E0314", "a frequency and an angular velocity put together";
    UNIT_OF_ANOTHER_KIND = "E0315", "a unit that measures something else";
    REAL_TO_INT = "E0316", "a real where a whole number is needed";
    WHOLE_DIVISION = "E0317", "`div` or `mod` of numbers that are not whole";
    DIMENSION_RANGE = "E0318", "a dimension that leaves its range";
    FORMAT = "E0319", "a format that does not fit its value";
    MATCHED = "E0320", "a `match` that does not fit its subject";
    UNKNOWN_TYPE_OF_ABSENT = "E0321", "a value of which only absence is known";
    NUMBER_RANGE = "E0322", "a number that leaves its range";
    NOT_ARITHMETIC = "E0323", "arithmetic with what is no number";
    GENERIC_UNSOLVED = "E0324", "units of a call that do not fit together";
    ZERO_DIVISOR = "W0301", "a divisor that can be zero";

    MIXED_INPUTS = "E0401", "signals of two inputs mixed without `hold` or `latest`";
    NOT_CONSTANT = "E0402", "a length that is not constant";
    UNBOUNDED_SAMPLES = "E0403", "a window that keeps samples and has no bound";
    SILENT = "E0404", "`silent` used in another way than `silent(input) > D` in a rule";
    NO_WINDOW = "E0405", "a window and a function that do not fit";
    STATEFUL_PLACE = "E0406", "a window or block where none may stand";
    LENGTH_RANGE = "E0408", "a length that is not positive";
    ZONE = "E0409", "a time zone or calendar period that is not known";
    FINAL = "E0410", "`final` of what is no window with an end";
    PATIENCE = "E0411", "a patience below the lateness";
    MIXED_CLOCKS = "E0412", "clocks that count different things";
    FLAPPING_RULE = "W0401", "a rule that will flap";
    ENDLESS_WINDOW = "W0402", "a window without an end that keeps every sample";
    GAPS_BETWEEN_WINDOWS = "W0403", "a window that is shorter than its period";

    NO_KEY = "E0501", "a source, table or twin without a key";
    KEY_TYPES = "E0502", "keys of different types";
    NOT_ASSIGNABLE = "E0503", "an assignment to what is no state";
    NOT_RESETTABLE = "E0504", "`reset` of what has no state";
    STATE_TYPE = "E0505", "a state whose type is not known";
    NO_INPUT = "E0506", "a twin without an input";
    DERIVATIVE = "E0507", "a `der` that does not fit its state";
    SOLVER = "E0508", "a solver that is not known";
    UNHEARD_ANSWER = "E0509", "a command whose answers the twin does not hear";
    NO_WAY_IN = "W0501", "a machine state that cannot be reached";
    NO_WAY_OUT = "W0502", "a machine state that cannot be left";
    UNANSWERED_COMMAND = "W0503", "a question about a command that has one answer only";

    TEST_SUBJECT = "E0601", "a test without a twin, or of one that nothing declares";
    TEST_RULE = "E0602", "an expectation about a rule that the twin does not have";
    TEST_TIME = "E0603", "times of a test that do not fit";
    TEST_VALUE = "E0604", "an expectation that cannot be checked";
    EMPTY_TEST = "W0601", "a test that expects nothing";

    SETTING = "E0701", "a setting that does not exist, or is missing";
    SETTING_VALUE = "E0702", "a setting with a value that does not fit";
    SCHEMA_FILE = "E0703", "a schema file that cannot be read";
    SCHEMA_FIELD = "E0704", "a schema's field that does not fit together";
    SINK_FIELDS = "E0705", "a record that does not fit its sink";
    NO_WIRE_UNIT = "W0701", "a quantity whose unit on the wire is not said";
    IDLE_DUPLICATES = "W0702", "`duplicates: last` without a lateness";
}
