//! The one table that turns the grammar's rules into words for a reader.

use crate::grammar::Rule;

/// The spelling of a rule that is one word or one sign; builders skip those.
pub(crate) fn spelling(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::kw_if => "if",
        Rule::kw_then => "then",
        Rule::kw_else => "else",
        Rule::kw_match => "match",
        Rule::kw_when => "when",
        Rule::kw_until => "until",
        Rule::kw_for => "for",
        Rule::kw_over => "over",
        Rule::kw_each => "each",
        Rule::kw_during => "during",
        Rule::kw_every => "every",
        Rule::kw_within => "within",
        Rule::kw_where => "where",
        Rule::kw_let => "let",
        Rule::kw_state => "state",
        Rule::kw_on => "on",
        Rule::kw_rule => "rule",
        Rule::kw_machine => "machine",
        Rule::kw_emit => "emit",
        Rule::kw_repeat => "repeat",
        Rule::kw_reset => "reset",
        Rule::kw_false => "false",
        Rule::kw_or => "or",
        Rule::kw_use => "use",
        Rule::kw_unit => "unit",
        Rule::kw_enum => "enum",
        Rule::kw_schema => "schema",
        Rule::kw_fn => "fn",
        Rule::kw_block => "block",
        Rule::kw_model => "model",
        Rule::kw_twin => "twin",
        Rule::kw_test => "test",
        Rule::kw_scenario => "scenario",
        Rule::kw_as => "as",
        Rule::kw_in => "in",
        Rule::kw_by => "by",
        Rule::kw_from => "from",
        Rule::kw_to => "to",
        Rule::kw_at => "at",
        Rule::kw_of => "of",
        Rule::kw_per => "per",
        Rule::kw_no => "no",
        Rule::kw_and => "and",
        Rule::kw_all => "all",
        Rule::kw_session => "session",
        Rule::kw_samples => "samples",
        Rule::kw_closed => "closed",
        Rule::kw_never => "never",
        Rule::kw_always => "always",
        Rule::kw_using => "using",
        Rule::kw_valid => "valid",
        Rule::kw_zone => "zone",
        Rule::kw_delta => "delta",
        Rule::kw_key => "key",
        Rule::kw_input => "input",
        Rule::kw_param => "param",
        Rule::kw_part => "part",
        Rule::kw_lateness => "lateness",
        Rule::kw_der => "der",
        Rule::kw_return => "return",
        Rule::kw_severity => "severity",
        Rule::kw_message => "message",
        Rule::kw_capture => "capture",
        Rule::kw_clear => "clear",
        Rule::kw_before => "before",
        Rule::kw_after => "after",
        Rule::kw_between => "between",
        Rule::kw_with => "with",
        Rule::kw_replay => "replay",
        Rule::kw_against => "against",
        Rule::kw_expect => "expect",
        Rule::kw_least => "least",
        Rule::kw_most => "most",
        Rule::kw_set => "set",
        Rule::kw_show => "show",
        Rule::comma => ",",
        Rule::colon => ":",
        Rule::equals => "=",
        Rule::arrow => "->",
        Rule::dots => "..",
        Rule::dot => ".",
        Rule::open_paren => "(",
        Rule::close_paren => ")",
        Rule::open_bracket => "[",
        Rule::close_bracket => "]",
        Rule::open_brace => "{",
        Rule::close_brace => "}",
        _ => return None,
    })
}

/// What a rule is called in a message, with its article; none for what a reader need not hear of.
pub(crate) fn description(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::name | Rule::any_word | Rule::type_word | Rule::target => "a name",
        Rule::expr
        | Rule::if_expr
        | Rule::operation
        | Rule::postfix_expr
        | Rule::literal_word
        | Rule::match_expr
        | Rule::paren
        | Rule::array
        | Rule::pattern_value
        | Rule::operand
        | Rule::call_operand
        | Rule::match_pattern => "a value",
        Rule::numeral | Rule::number | Rule::compound => "a number",
        Rule::timestamp => "a time",
        Rule::text => "a text in quotes",
        Rule::record => "a record in braces",
        Rule::record_field | Rule::field_name | Rule::schema_field | Rule::type_field => "a field",
        Rule::setting => "a setting",
        Rule::arg => "an argument",
        Rule::parameter => "a parameter",
        Rule::enum_value => "a value of the enum",
        Rule::type_expr
        | Rule::schema_type
        | Rule::type_delta
        | Rule::type_formula
        | Rule::type_sized
        | Rule::type_record => "a type",
        Rule::unit | Rule::plain_unit | Rule::unit_factor | Rule::free_factor | Rule::percent => "a unit",
        Rule::range => "a range such as `0..59`",
        Rule::statement => "a statement",
        Rule::statements => "statements in braces",
        Rule::assign => "an assignment",
        Rule::member => "a member such as `let` or `rule`",
        Rule::item => "an item such as `twin` or `source`",
        Rule::transition => "a line such as `idle -> running when …`",
        Rule::rule_item => "a line of a rule such as `message`",
        Rule::test_step => "a line of a test",
        Rule::scenario_line => "a line of a scenario",
        Rule::window => "a window such as `over 1 min`",
        Rule::every => "`every`",
        Rule::hold => "`for`",
        Rule::within => "`within`",
        Rule::filter => "`where`",
        Rule::using => "`using`",
        Rule::grouping => "`by`",
        Rule::sequence_step => "`then`",
        Rule::until_clause => "`until`",
        Rule::repeat_clause => "`repeat every`",
        Rule::let_line => "`let`",
        Rule::state => "`state`",
        Rule::reset => "`reset`",
        Rule::emit => "`emit`",
        Rule::if_statement => "`if`",
        Rule::encoding => "`in`",
        Rule::valid => "`valid`",
        Rule::wire => "`as`",
        Rule::default => "`=`",
        Rule::params | Rule::signature => "parameters in parentheses",
        Rule::args | Rule::call => "arguments in parentheses",
        Rule::alert_change => "`raised` or `cleared`",
        Rule::stream_kind => "`source`, `table`, `sink` or `command`",
        Rule::hole => "a value in braces",
        Rule::format => "a format such as `.1 degC`",
        Rule::moment => "`at`, `before`, `after` or `between`",
        _ => return None,
    })
}

/// Whether a rule is an operator between two values.
pub(crate) fn is_operator(rule: Rule) -> bool {
    use Rule::*;
    matches!(
        rule,
        op_equal
            | op_not_equal
            | op_less
            | op_less_equal
            | op_greater
            | op_greater_equal
            | op_coalesce
            | op_add
            | op_subtract
            | op_multiply
            | op_divide
            | op_power
            | op_and
            | op_or
            | op_int_divide
            | op_modulo
    )
}

/// The words that are never names, except after `.` and before `:`.
pub(crate) const RESERVED: [&str; 29] = [
    "and", "or", "not", "if", "then", "else", "match", "true", "false", "absent", "when", "until", "for",
    "over", "each", "during", "every", "within", "where", "let", "state", "on", "rule", "machine", "emit",
    "repeat", "reset", "div", "mod",
];
