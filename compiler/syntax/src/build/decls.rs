//! Items.

use super::{Builder, Parts, only};
use crate::ast::*;
use crate::errors;
use crate::grammar::{Node, Rule};

impl Builder<'_> {
    /// An `item` node.
    pub(crate) fn item(&self, node: Node) -> Item {
        let node = only(node);
        let span = self.span(&node);
        Item { docs: self.docs(span), kind: self.item_kind(node), span }
    }

    fn item_kind(&self, node: Node) -> ItemKind {
        let rule = node.as_rule();
        let mut parts = Parts::of(node);
        match rule {
            Rule::use_line => ItemKind::Use(self.use_line(&mut parts)),
            Rule::unit_line => {
                let name = self.ident(parts.need(Rule::name));
                let value = parts.take(Rule::expr).map(|value| self.expr(value));
                ItemKind::Unit(UnitDecl { name, value })
            }
            Rule::enum_item => {
                let name = self.enum_head(parts.need(Rule::enum_head));
                let values = parts.all(Rule::enum_value).into_iter().map(|value| self.enum_value(value));
                ItemKind::Enum(EnumDecl { name, values: values.collect(), broken: Vec::new() })
            }
            Rule::schema => {
                let head = self.schema_head(parts.need(Rule::schema_head));
                if head.from.is_none() && parts.take(Rule::open_brace).is_none() {
                    self.push(errors::schema_without_fields(&head.name));
                }
                let fields = parts.all(Rule::schema_field);
                let fields = fields.into_iter().map(|field| self.schema_field(field, head.from.is_some()));
                ItemKind::Schema(SchemaDecl { fields: fields.collect(), ..head })
            }
            Rule::stream => {
                let head = self.stream_head(parts.need(Rule::stream_head));
                let settings = parts.all(Rule::setting);
                let settings: Vec<Setting> = settings.into_iter().map(|one| self.setting(one)).collect();
                self.check_twice("setting", settings.iter().map(|setting| &setting.name));
                ItemKind::Stream(StreamDecl { settings, ..head })
            }
            Rule::function => ItemKind::Function(self.function(&mut parts)),
            Rule::block => {
                let head = self.block_head(parts.need(Rule::block_head));
                let members = parts.all(Rule::member).into_iter().map(|member| self.member(member));
                ItemKind::Block(BlockDecl { members: members.collect(), ..head })
            }
            Rule::model => ItemKind::Model(self.model(&mut parts)),
            Rule::twin => {
                let head = self.twin_head(parts.need(Rule::twin_head));
                let members = parts.all(Rule::member).into_iter().map(|member| self.member(member));
                ItemKind::Twin(TwinDecl { members: members.collect(), ..head })
            }
            Rule::test => {
                let name = self.test_head(parts.need(Rule::test_head));
                let steps = parts.all(Rule::test_step).into_iter().map(|step| self.test_step(step));
                let steps: Vec<TestStep> = steps.collect();
                self.check_expects_last(&steps);
                ItemKind::Test(TestDecl { name, steps })
            }
            Rule::scenario => {
                let mut scenario = self.scenario_head(parts.need(Rule::scenario_head));
                for line in parts.all(Rule::scenario_line) {
                    self.scenario_line(&mut scenario, line);
                }
                ItemKind::Scenario(scenario)
            }
            other => unreachable!("{other:?} is no item"),
        }
    }

    fn use_line(&self, parts: &mut Parts) -> Use {
        let path = parts.all(Rule::any_word).into_iter().map(|word| self.ident(word)).collect();
        Use { path, alias: parts.take(Rule::name).map(|alias| self.ident(alias)) }
    }

    /// The name of an enum.
    pub(crate) fn enum_head(&self, node: Node) -> Ident {
        self.ident(Parts::of(node).need(Rule::name))
    }

    /// An `enum_value` node.
    pub(crate) fn enum_value(&self, node: Node) -> EnumValue {
        let span = self.span(&node);
        let docs = self.docs(span);
        let mut parts = Parts::of(node);
        let name = self.ident(parts.need(Rule::name));
        let wire = parts.next().map(|wire| self.wire_value(wire));
        EnumValue { docs, name, wire, span }
    }

    fn wire_value(&self, node: Node) -> Wire {
        match node.as_rule() {
            Rule::text => Wire::Name(self.plain_text(node)),
            _ => Wire::Number(self.numeral(node)),
        }
    }

    /// A schema without its fields.
    pub(crate) fn schema_head(&self, node: Node) -> SchemaDecl {
        let mut parts = Parts::of(node);
        let name = self.ident(parts.need(Rule::name));
        let from = parts.take(Rule::text).map(|from| self.plain_text(from));
        SchemaDecl { name, from, fields: Vec::new(), broken: Vec::new() }
    }

    /// A `schema_field` node. Only where the schema `is_from` a file a type may be left out.
    pub(crate) fn schema_field(&self, node: Node, is_from: bool) -> SchemaField {
        let span = self.span(&node);
        let docs = self.docs(span);
        let mut parts = Parts::of(node);
        let name = self.field_name(parts.need(Rule::field_name));
        let ty = parts.take(Rule::schema_type).map(|ty| self.type_expr(ty));
        if ty.is_none() && !is_from {
            self.push(errors::field_without_type(&name));
        }
        let (encoding, valid, wire, default) = (None, None, None, None);
        let mut field = SchemaField { docs, name, ty, encoding, valid, wire, default, span };
        while let Some(option) = parts.next() {
            self.field_option(&mut field, option);
        }
        field
    }

    fn field_option(&self, field: &mut SchemaField, node: Node) {
        let span = self.span(&node);
        let rule = node.as_rule();
        let mut parts = Parts::of(node);
        let twice = match rule {
            Rule::encoding => field.encoding.replace(self.encoding(&mut parts)).map(|_| "`in`"),
            Rule::valid => field.valid.replace(self.range(parts.need(Rule::range))).map(|_| "`valid`"),
            Rule::wire => field.wire.replace(self.wire(&mut parts)).map(|_| "`as`"),
            _ => field.default.replace(self.expr(parts.need(Rule::expr))).map(|_| "`=`"),
        };
        if let Some(word) = twice {
            self.push(errors::said_twice(word, span));
        }
    }

    fn encoding(&self, parts: &mut Parts) -> Encoding {
        if let Some(unit) = parts.take(Rule::plain_unit) {
            return Encoding::Unit(self.unit(unit));
        }
        let pattern = self.plain_text(parts.need(Rule::text));
        let zone = parts.take(Rule::text).map(|zone| self.plain_text(zone));
        Encoding::Pattern { pattern, zone }
    }

    fn wire(&self, parts: &mut Parts) -> Wire {
        let is_list = parts.take(Rule::open_bracket).is_some();
        if is_list {
            let names = parts.all(Rule::text).into_iter().map(|name| self.plain_text(name));
            return Wire::Names(names.collect());
        }
        self.wire_value(parts.any())
    }

    /// A source, table, sink or command without its settings.
    pub(crate) fn stream_head(&self, node: Node) -> StreamDecl {
        let mut parts = Parts::of(node);
        let kind = match parts.need(Rule::stream_kind).as_str() {
            "source" => StreamKind::Source,
            "table" => StreamKind::Table,
            "sink" => StreamKind::Sink,
            _ => StreamKind::Command,
        };
        let name = self.ident(parts.need(Rule::name));
        let schema = parts.take(Rule::name).map(|schema| self.ident(schema));
        if schema.is_none() && kind != StreamKind::Sink {
            self.push(errors::stream_without_schema(&name, kind.keyword()));
        }
        StreamDecl { kind, name, schema, settings: Vec::new(), broken: Vec::new() }
    }

    /// A `setting` node.
    pub(crate) fn setting(&self, node: Node) -> Setting {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let name = self.field_name(parts.need(Rule::field_name));
        let value = self.expr(parts.need(Rule::expr));
        let value = match parts.peek() {
            Some(Rule::options) => {
                let options = Parts::of(parts.need(Rule::options)).all(Rule::setting);
                let options = options.into_iter().map(|option| self.setting(option)).collect();
                self.format_setting(value, options)
            }
            Some(Rule::plain_unit) => {
                SettingValue::Clock { value, unit: self.unit(parts.need(Rule::plain_unit)) }
            }
            Some(Rule::call_operand) => self.ack_setting(value, self.operand(parts.need(Rule::call_operand))),
            _ if name.text == "format" && matches!(value.kind, ExprKind::Name(_)) => {
                self.format_setting(value, Vec::new())
            }
            _ => SettingValue::Expr(value),
        };
        Setting { name, value, span }
    }

    fn format_setting(&self, value: Expr, options: Vec<Setting>) -> SettingValue {
        match value.kind {
            ExprKind::Name(name) => SettingValue::Format { name, options },
            _ => {
                self.push(errors::options_of_no_name(value.span));
                SettingValue::Expr(value)
            }
        }
    }

    fn ack_setting(&self, value: Expr, by: Expr) -> SettingValue {
        match value.kind {
            ExprKind::Name(input) => SettingValue::Ack { input, by },
            _ => {
                self.push(errors::by_of_no_name(value.span));
                SettingValue::Expr(value)
            }
        }
    }

    fn function(&self, parts: &mut Parts) -> FunctionDecl {
        let mut function = self.function_head(parts.need(Rule::function_head));
        if let Some(result) = parts.take(Rule::expr) {
            function.result = Some(self.expr(result));
            return function;
        }
        for line in parts.all(Rule::function_line) {
            self.function_line(&mut function.lets, &mut function.result, line);
        }
        if function.result.is_none() {
            self.push(errors::function_without_return(&function.name));
        }
        function
    }

    /// A function without its body.
    pub(crate) fn function_head(&self, node: Node) -> FunctionDecl {
        let mut parts = Parts::of(node);
        let name = self.ident(parts.need(Rule::name));
        let signature = self.signature(parts.need(Rule::signature));
        FunctionDecl { name, signature, lets: Vec::new(), result: None, broken: Vec::new() }
    }

    /// A `function_line` node, put where it belongs.
    pub(crate) fn function_line(&self, lets: &mut Vec<Let>, result: &mut Option<Expr>, node: Node) {
        let node = only(node);
        let span = self.span(&node);
        if result.is_some() {
            self.push(errors::line_behind_return(span));
            return;
        }
        match node.as_rule() {
            Rule::let_line => lets.push(self.let_line(node)),
            _ => *result = Some(self.expr(Parts::of(node).need(Rule::expr))),
        }
    }

    /// A block without its members.
    pub(crate) fn block_head(&self, node: Node) -> BlockDecl {
        let mut parts = Parts::of(node);
        let name = self.ident(parts.need(Rule::name));
        let signature = self.signature(parts.need(Rule::signature));
        let solver = parts.take(Rule::using).map(|using| self.solver(using));
        BlockDecl { name, signature, solver, members: Vec::new() }
    }

    fn model(&self, parts: &mut Parts) -> ModelDecl {
        let name = self.ident(parts.need(Rule::name));
        let signature = self.signature(parts.need(Rule::signature));
        let file = self.plain_text(parts.need(Rule::text));
        let options = parts.take(Rule::args).map_or_else(Vec::new, |args| self.plain_args(args));
        ModelDecl { name, signature, file, options }
    }

    /// A twin without its members.
    pub(crate) fn twin_head(&self, node: Node) -> TwinDecl {
        let mut parts = Parts::of(node);
        let name = self.ident(parts.need(Rule::name));
        let for_each = parts.take(Rule::name).map(|table| self.ident(table));
        TwinDecl { name, for_each, members: Vec::new() }
    }

    /// Names that may stand only once in one place.
    pub(crate) fn check_twice<'n>(&self, what: &str, names: impl Iterator<Item = &'n Ident>) {
        let mut seen: std::collections::HashMap<&str, &Ident> = std::collections::HashMap::new();
        for name in names {
            if let Some(first) = seen.get(name.text.as_str()) {
                self.push(errors::named_twice(what, name, first.span));
            } else {
                seen.insert(&name.text, name);
            }
        }
    }
}
