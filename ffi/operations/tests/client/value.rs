//! Values without types of ours, written and read by their shapes.

use writemagic_operations::{Field, Shape, Type, types};

/// A value of any shape. Numbers, moments, durations, codes and handles are numbers; ids are bytes; what is not there is nothing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Nothing,
    Bool(bool),
    Number(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    Floats(Vec<f32>),
    Range(i64, i64),
    List(Vec<Value>),
    Fields(Vec<(String, Value)>),
    Variant(String, Vec<(String, Value)>),
}

/// A record with these fields; those that are left out are as the declaration says.
pub(crate) fn fields(fields: &[(&str, Value)]) -> Value {
    Value::Fields(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

/// One of several things.
pub(crate) fn variant(name: &str, of: &[(&str, Value)]) -> Value {
    let Value::Fields(fields) = fields(of) else { unreachable!() };
    Value::Variant(name.to_owned(), fields)
}

impl Value {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(crate) fn list(values: &[Value]) -> Self {
        Self::List(values.to_vec())
    }

    /// A field, of a record or of a variant.
    #[track_caller]
    pub(crate) fn get(&self, name: &str) -> &Value {
        let (Self::Fields(fields) | Self::Variant(_, fields)) = self else { panic!("no fields: {self:?}") };
        let found = fields.iter().find(|(field, _)| field == name);
        found.map_or_else(|| panic!("no field {name}: {self:?}"), |(_, value)| value)
    }

    #[track_caller]
    pub(crate) fn number(&self) -> i64 {
        let Self::Number(number) = self else { panic!("no number: {self:?}") };
        *number
    }

    #[track_caller]
    pub(crate) fn str(&self) -> &str {
        let Self::Text(text) = self else { panic!("no text: {self:?}") };
        text
    }

    #[track_caller]
    pub(crate) fn items(&self) -> &[Value] {
        let Self::List(values) = self else { panic!("no list: {self:?}") };
        values
    }

    /// The name of a variant.
    #[track_caller]
    pub(crate) fn is(&self) -> &str {
        let Self::Variant(name, _) = self else { panic!("no variant: {self:?}") };
        name
    }
}

pub(crate) fn known(name: &str) -> Type {
    types().find(|known| known.name() == name).unwrap_or_else(|| panic!("no type {name}"))
}

/// These arguments or fields, in the declared order.
pub(crate) fn encode_fields(declared: &[Field], given: &[(&str, Value)]) -> Vec<u8> {
    for (name, _) in given {
        assert!(declared.iter().any(|field| field.name == *name), "no field {name}");
    }
    let mut out = Vec::new();
    for field in declared {
        let value = given.iter().find(|(name, _)| *name == field.name).map(|(_, value)| value.clone());
        encode(field.shape, &value.unwrap_or_else(|| by_default(field)), &mut out);
    }
    out
}

/// What a field is where nobody says.
fn by_default(field: &Field) -> Value {
    let Some(literal) = field.default else {
        return match field.shape {
            Shape::Option(_) => Value::Nothing,
            Shape::List(_) => Value::List(Vec::new()),
            Shape::Bool => Value::Bool(false),
            Shape::Named(_) => Value::Fields(Vec::new()),
            _ => panic!("{} must be given", field.name),
        };
    };
    if let Ok(number) = literal.parse() {
        return Value::Number(number);
    }
    if let Some(text) = literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return Value::text(text);
    }
    match (literal.strip_suffix("()"), literal.split_once('.'), field.shape) {
        (Some(record), _, Shape::Named(name)) if record == name => Value::Fields(Vec::new()),
        (None, Some((choice, variant)), Shape::Named(name)) if choice == name => {
            Value::Variant(variant.to_owned(), Vec::new())
        }
        _ => panic!("{} cannot be {literal}", field.name),
    }
}

pub(crate) fn encode(shape: Shape, value: &Value, out: &mut Vec<u8>) {
    let length = |length: usize| u32::try_from(length).unwrap().to_le_bytes();
    match (shape, value) {
        (Shape::Unit, Value::Nothing) => {}
        (Shape::Bool, Value::Bool(value)) => out.push(u8::from(*value)),
        (Shape::U32 | Shape::Code, Value::Number(number)) => {
            out.extend(u32::try_from(*number).unwrap().to_le_bytes());
        }
        (
            Shape::U64 | Shape::I64 | Shape::Timestamp | Shape::Duration | Shape::Object(_) | Shape::App(_),
            Value::Number(number),
        ) => out.extend(number.to_le_bytes()),
        (Shape::F64, Value::Float(number)) => out.extend(number.to_le_bytes()),
        (Shape::Text | Shape::Path | Shape::Token(_), Value::Text(text)) => {
            out.extend(length(text.len()));
            out.extend(text.as_bytes());
        }
        (Shape::Bytes, Value::Bytes(bytes)) => {
            out.extend(length(bytes.len()));
            out.extend(bytes);
        }
        (Shape::Floats, Value::Floats(floats)) => {
            out.extend(length(floats.len()));
            floats.iter().for_each(|float| out.extend(float.to_le_bytes()));
        }
        (Shape::Id(_), Value::Bytes(bytes)) => {
            assert_eq!(bytes.len(), 16);
            out.extend(bytes);
        }
        (Shape::Range, Value::Range(start, end)) => {
            out.extend(start.to_le_bytes());
            out.extend(end.to_le_bytes());
        }
        (Shape::Option(_), Value::Nothing) => out.push(0),
        (Shape::Option(inner), value) => {
            out.push(1);
            encode(*inner, value, out);
        }
        (Shape::List(inner), Value::List(values)) => {
            out.extend(length(values.len()));
            values.iter().for_each(|value| encode(*inner, value, out));
        }
        (Shape::Named(name), value) => encode_named(known(name), value, out),
        (shape, value) => panic!("{value:?} is not of shape {shape:?}"),
    }
}

fn encode_named(known: Type, value: &Value, out: &mut Vec<u8>) {
    let borrowed = |fields: &[(String, Value)]| -> Vec<(String, Value)> { fields.to_vec() };
    let (declared, given) = match (known, value) {
        (Type::Record(record), Value::Fields(fields)) => (record.fields, borrowed(fields)),
        (Type::Choice(choice), Value::Variant(name, fields)) => {
            let variant = choice.variants.iter().find(|variant| variant.name == name.as_str());
            let variant = variant.unwrap_or_else(|| panic!("{} has no {name}", choice.name));
            out.push(variant.tag);
            (variant.fields, borrowed(fields))
        }
        (known, value) => panic!("{value:?} is no {}", known.name()),
    };
    let given: Vec<(&str, Value)> =
        given.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    out.extend(encode_fields(declared, &given));
}

/// Reads a value, all of the bytes.
#[track_caller]
pub(crate) fn decode(shape: Shape, bytes: &[u8]) -> Value {
    let mut left = bytes;
    let value = read(shape, &mut left);
    assert!(left.is_empty(), "{} bytes behind {value:?}", left.len());
    value
}

/// Reads fields, all of the bytes.
pub(crate) fn decode_fields(declared: &[Field], bytes: &[u8]) -> Value {
    let mut left = bytes;
    let value = Value::Fields(read_fields(declared, &mut left));
    assert!(left.is_empty(), "{} bytes behind {value:?}", left.len());
    value
}

fn take<const N: usize>(left: &mut &[u8]) -> [u8; N] {
    let (bytes, rest) = left.split_first_chunk().unwrap();
    *left = rest;
    *bytes
}

fn number(left: &mut &[u8]) -> i64 {
    i64::from_le_bytes(take(left))
}

fn counted(left: &mut &[u8]) -> Vec<u8> {
    let length = u32::from_le_bytes(take(left)) as usize;
    let (bytes, rest) = left.split_at(length);
    *left = rest;
    bytes.to_vec()
}

fn read(shape: Shape, left: &mut &[u8]) -> Value {
    match shape {
        Shape::Unit => Value::Nothing,
        Shape::Bool => {
            let [byte] = take(left);
            assert!(byte < 2);
            Value::Bool(byte == 1)
        }
        Shape::U32 | Shape::Code => Value::Number(u32::from_le_bytes(take(left)).into()),
        Shape::U64 | Shape::Ticket(_) | Shape::Duration => {
            let number = number(left);
            assert!(number >= 0);
            Value::Number(number)
        }
        Shape::I64 | Shape::Timestamp | Shape::Object(_) | Shape::App(_) => Value::Number(number(left)),
        Shape::F64 => Value::Float(f64::from_le_bytes(take(left))),
        Shape::Text | Shape::Path | Shape::Token(_) => Value::Text(String::from_utf8(counted(left)).unwrap()),
        Shape::Bytes => Value::Bytes(counted(left)),
        Shape::Floats => {
            let count = u32::from_le_bytes(take(left));
            Value::Floats((0..count).map(|_| f32::from_le_bytes(take(left))).collect())
        }
        Shape::Id(_) => Value::Bytes(take::<16>(left).to_vec()),
        Shape::Range => Value::Range(number(left), number(left)),
        Shape::Option(inner) => match take(left) {
            [0] => Value::Nothing,
            [1] => read(*inner, left),
            byte => panic!("{byte:?} is neither"),
        },
        Shape::List(inner) => {
            let count = u32::from_le_bytes(take(left));
            Value::List((0..count).map(|_| read(*inner, left)).collect())
        }
        Shape::Named(name) => match known(name) {
            Type::Record(record) => {
                let mut fields = read_fields(record.fields, left);
                fields.extend(read_fields(record.methods, left));
                Value::Fields(fields)
            }
            Type::Choice(choice) => {
                let [tag] = take(left);
                let variant = choice.variants.iter().find(|variant| variant.tag == tag);
                let variant = variant.unwrap_or_else(|| panic!("{name} has no {tag}"));
                Value::Variant(variant.name.to_owned(), read_fields(variant.fields, left))
            }
        },
    }
}

fn read_fields(declared: &[Field], left: &mut &[u8]) -> Vec<(String, Value)> {
    declared.iter().map(|field| (field.name.to_owned(), read(field.shape, left))).collect()
}
