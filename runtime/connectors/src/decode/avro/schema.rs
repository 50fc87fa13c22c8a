//! Schemas of Avro, as data.

use hashbrown::HashMap;
use serde_json::Value;

/// A type by its place in [`AvroSchema::types`].
pub(super) type TypeId = usize;

/// A type of Avro.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Type {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Fixed(usize),
    Enum(Vec<Box<[u8]>>),
    Record(Vec<(String, TypeId)>),
    Array(TypeId),
    Map(TypeId),
    Union(Vec<TypeId>),
    /// An instant: so many nanoseconds each, counted by an int (days) or a long.
    Instant(i64),
    /// A time of day, likewise.
    TimeOfDay(i64),
    /// Bytes that are a whole number, to be divided by a power of ten; fixed where a size is given.
    Decimal {
        scale: u32,
        fixed: Option<usize>,
    },
    /// Named, and not yet seen; none is left once a schema was read.
    Pending,
}

/// A schema. Named types stand once, whoever uses them; they may contain themselves.
#[derive(Clone, Debug)]
pub struct AvroSchema {
    pub(super) types: Vec<Type>,
    pub(super) root: TypeId,
}

const DEPTH_MAX: usize = 128;

impl AvroSchema {
    /// Reads a schema's JSON; errors in words.
    pub fn parse(json: &str) -> Result<AvroSchema, String> {
        let value: Value =
            serde_json::from_str(json).map_err(|e| format!("the Avro schema is no JSON: {e}"))?;
        let mut reader = SchemaReader { types: Vec::new(), names: HashMap::new() };
        let root = reader.read(&value, "", 0)?;
        if reader.types.contains(&Type::Pending) {
            return Err("the Avro schema names a type that it does not define".to_string());
        }
        Ok(AvroSchema { types: reader.types, root })
    }

    /// The names of the record's fields, where it is a record.
    pub(super) fn field_names(&self) -> Vec<&str> {
        match &self.types[self.root] {
            Type::Record(fields) => fields.iter().map(|(name, _)| name.as_str()).collect(),
            _ => Vec::new(),
        }
    }
}

struct SchemaReader {
    types: Vec<Type>,
    names: HashMap<String, TypeId>,
}

impl SchemaReader {
    fn add(&mut self, ty: Type) -> TypeId {
        self.types.push(ty);
        self.types.len() - 1
    }

    fn read(&mut self, value: &Value, namespace: &str, depth: usize) -> Result<TypeId, String> {
        if depth > DEPTH_MAX {
            return Err("the Avro schema is nested too deep".to_string());
        }
        match value {
            Value::String(name) => self.named(name, namespace),
            Value::Array(branches) => {
                let branches = branches.iter().map(|b| self.read(b, namespace, depth + 1));
                let branches = branches.collect::<Result<_, _>>()?;
                Ok(self.add(Type::Union(branches)))
            }
            Value::Object(_) => self.complex(value, namespace, depth),
            _ => Err(format!("the Avro schema has {value} where a type belongs")),
        }
    }

    fn named(&mut self, name: &str, namespace: &str) -> Result<TypeId, String> {
        if let Some(ty) = primitive(name) {
            return Ok(self.add(ty));
        }
        let full = full_name(name, namespace);
        match self.names.get(&full).or_else(|| self.names.get(name)) {
            Some(id) => Ok(*id),
            None => Err(format!("the Avro schema does not define the type `{name}`")),
        }
    }

    fn complex(&mut self, value: &Value, namespace: &str, depth: usize) -> Result<TypeId, String> {
        let kind = match value.get("type") {
            Some(Value::String(kind)) => kind.as_str(),
            // A type within a type, e.g. a union written out in full.
            Some(inner) => return self.read(inner, namespace, depth + 1),
            None => return Err("the Avro schema has a type without `type`".to_string()),
        };
        let inner =
            |key: &str| value.get(key).ok_or_else(|| format!("`{kind}` of the Avro schema has no `{key}`"));
        match kind {
            "record" | "error" => self.record(value, namespace, depth),
            "enum" => {
                let symbols = inner("symbols")?.as_array().into_iter().flatten();
                let symbols = symbols.filter_map(Value::as_str).map(|s| s.as_bytes().into()).collect();
                Ok(self.define(value, namespace, Type::Enum(symbols)))
            }
            "fixed" => {
                let size = inner("size")?.as_u64().and_then(|size| usize::try_from(size).ok());
                let size =
                    size.filter(|s| *s <= 1 << 30).ok_or("a `fixed` of the Avro schema has no fit size")?;
                let ty = decimal(value, Some(size)).unwrap_or(Type::Fixed(size));
                Ok(self.define(value, namespace, ty))
            }
            "array" => {
                let item = self.read(inner("items")?, namespace, depth + 1)?;
                Ok(self.add(Type::Array(item)))
            }
            "map" => {
                let item = self.read(inner("values")?, namespace, depth + 1)?;
                Ok(self.add(Type::Map(item)))
            }
            _ => match logical(kind, value) {
                Some(ty) => Ok(self.add(ty)),
                None => self.named(kind, namespace),
            },
        }
    }

    fn define(&mut self, value: &Value, namespace: &str, ty: Type) -> TypeId {
        let id = self.add(ty);
        let name = value.get("name").and_then(Value::as_str).unwrap_or_default();
        self.names.insert(full_name(name, &own_namespace(value, namespace)), id);
        id
    }

    fn record(&mut self, value: &Value, namespace: &str, depth: usize) -> Result<TypeId, String> {
        // Known before its fields are read: they may speak of it.
        let id = self.define(value, namespace, Type::Pending);
        let namespace = own_namespace(value, namespace);
        let mut fields = Vec::new();
        for field in value.get("fields").and_then(Value::as_array).into_iter().flatten() {
            let name = field.get("name").and_then(Value::as_str).unwrap_or_default();
            let ty =
                field.get("type").ok_or_else(|| format!("field `{name}` of the Avro schema has no type"))?;
            fields.push((name.to_string(), self.read(ty, &namespace, depth + 1)?));
        }
        self.types[id] = Type::Record(fields);
        Ok(id)
    }
}

fn primitive(name: &str) -> Option<Type> {
    Some(match name {
        "null" => Type::Null,
        "boolean" => Type::Boolean,
        "int" => Type::Int,
        "long" => Type::Long,
        "float" => Type::Float,
        "double" => Type::Double,
        "bytes" => Type::Bytes,
        "string" => Type::String,
        _ => return None,
    })
}

/// A logical type that a program can tell from the type below it.
fn logical(kind: &str, value: &Value) -> Option<Type> {
    Some(match (kind, value.get("logicalType").and_then(Value::as_str)?) {
        ("int", "date") => Type::Instant(86_400_000_000_000),
        ("int", "time-millis") => Type::TimeOfDay(1_000_000),
        ("long", "time-micros") => Type::TimeOfDay(1000),
        ("long", "timestamp-millis" | "local-timestamp-millis") => Type::Instant(1_000_000),
        ("long", "timestamp-micros" | "local-timestamp-micros") => Type::Instant(1000),
        ("long", "timestamp-nanos" | "local-timestamp-nanos") => Type::Instant(1),
        ("bytes", "decimal") => return decimal(value, None),
        _ => return None,
    })
}

fn decimal(value: &Value, fixed: Option<usize>) -> Option<Type> {
    if value.get("logicalType").and_then(Value::as_str) != Some("decimal") {
        return None;
    }
    let scale = value.get("scale").and_then(Value::as_u64).unwrap_or(0);
    // Sixteen bytes hold what a decimal of 38 digits has; larger ones are left as bytes.
    (scale <= 38 && fixed.is_none_or(|size| size <= 16))
        .then_some(Type::Decimal { scale: scale as u32, fixed })
}

fn full_name(name: &str, namespace: &str) -> String {
    if name.contains('.') || namespace.is_empty() { name.to_string() } else { format!("{namespace}.{name}") }
}

fn own_namespace(value: &Value, outer: &str) -> String {
    let name = value.get("name").and_then(Value::as_str).unwrap_or_default();
    let said = value.get("namespace").and_then(Value::as_str);
    name.rsplit_once('.').map(|(space, _)| space).or(said).unwrap_or(outer).to_string()
}
