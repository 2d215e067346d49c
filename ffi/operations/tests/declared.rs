//! What is declared is what the engine has: every public field, every variant, by the engine's own sources.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use writemagic_operations::{
    Direction, Field, HandleOf, Shape, Type, Way, interfaces, objects, operations, questions, types,
};

/// Types by name: the names of their public fields, or of their variants, of each type that is called so.
type Found = BTreeMap<String, Vec<BTreeSet<String>>>;

/// The engine's types, and those that the operations have of their own.
fn engine() -> Found {
    let mut found = Found::new();
    for part in
        ["core/shared/src", "core/storage/src", "core/ai/src", "core/engine/src", "ffi/operations/src"]
    {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(part);
        read_folder(&root, part.starts_with("ffi"), &mut found);
    }
    found
}

fn read_folder(folder: &Path, is_ours: bool, found: &mut Found) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_folder(&path, is_ours, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            read_source(&fs::read_to_string(path).unwrap(), is_ours, found);
        }
    }
}

/// Reads `struct` and `enum` items as rustfmt lays them out: members four spaces in, the end at the left.
fn read_source(source: &str, is_ours: bool, found: &mut Found) {
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let item = line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub ")).unwrap_or(line);
        let (is_enum, rest) = match (item.strip_prefix("enum "), item.strip_prefix("struct ")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => continue,
        };
        let name: String = rest.chars().take_while(|letter| letter.is_alphanumeric()).collect();
        let mut members = BTreeSet::new();
        if line.ends_with('{') {
            for line in lines.by_ref().take_while(|line| *line != "}") {
                let Some(member) = line.strip_prefix("    ") else { continue };
                let member = match (is_enum, is_ours) {
                    (true, _) => Some(member),
                    (false, true) => Some(member.strip_prefix("pub(crate) ").unwrap_or(member)),
                    (false, false) => member.strip_prefix("pub "),
                };
                let begins = |letter: char| letter.is_alphabetic() && (!is_enum || letter.is_uppercase());
                if let Some(member) = member.filter(|member| member.starts_with(begins)) {
                    let word = |letter: &char| letter.is_alphanumeric() || *letter == '_';
                    members.insert(member.chars().take_while(word).collect());
                }
            }
        }
        found.entry(name).or_default().push(members);
    }
}

#[test]
fn every_field_and_every_variant_is_declared() {
    let found = engine();
    for known in types() {
        let (rust, members): (&str, BTreeSet<String>) = match known {
            Type::Record(record) => {
                (record.rust, record.fields.iter().map(|field| field.name.to_owned()).collect())
            }
            Type::Choice(choice) => {
                (choice.rust, choice.variants.iter().map(|variant| variant.name.to_owned()).collect())
            }
        };
        let name = rust.rsplit("::").next().unwrap().trim();
        let of_name = found.get(name).unwrap_or_else(|| panic!("the engine has no {rust}"));
        assert!(of_name.contains(&members), "{}: {members:?} is none of {of_name:?}", known.name());
    }
}

fn shapes_of(fields: &'static [Field]) -> impl Iterator<Item = Shape> {
    fields.iter().map(|field| field.shape)
}

/// The named types, objects and interfaces in a shape.
fn names(shape: Shape, named: &mut BTreeSet<&'static str>, others: &mut BTreeSet<&'static str>) {
    match shape {
        Shape::Option(inner) | Shape::List(inner) => names(*inner, named, others),
        Shape::Named(name) => {
            named.insert(name);
        }
        Shape::Object(name) | Shape::App(name) => {
            others.insert(name);
        }
        _ => {}
    }
}

#[test]
fn everything_that_is_named_is_declared_once_and_used() {
    let mut all: BTreeSet<&str> = BTreeSet::new();
    for name in types().map(|known| known.name()) {
        assert!(all.insert(name), "{name} is declared twice");
    }
    let (mut named, mut others) = (BTreeSet::new(), BTreeSet::new());
    let mut shapes: Vec<Shape> = Vec::new();
    for known in types() {
        match known {
            Type::Record(record) => shapes.extend(shapes_of(record.fields).chain(shapes_of(record.methods))),
            Type::Choice(choice) => {
                shapes.extend(choice.variants.iter().flat_map(|variant| shapes_of(variant.fields)));
                assert!(choice.variants.iter().map(|variant| variant.tag).eq(0..choice.variants.len() as u8));
            }
        }
    }
    for operation in operations() {
        shapes.extend(shapes_of(operation.arguments).chain([operation.result]));
    }
    for question in questions() {
        shapes.extend(shapes_of(question.arguments).chain([question.result]));
    }
    shapes.into_iter().for_each(|shape| names(shape, &mut named, &mut others));
    assert_eq!(named, all);

    let objects: BTreeSet<&str> = objects().map(|object| object.name).collect();
    let interfaces: BTreeSet<&str> = interfaces().map(|interface| interface.name).collect();
    assert!(objects.is_disjoint(&interfaces));
    assert!(objects.iter().chain(&interfaces).all(|name| !all.contains(name)));
    for name in others {
        assert!(objects.contains(name) || interfaces.contains(name), "{name}");
    }
}

#[test]
fn operations_and_questions_have_names_of_their_own() {
    let mut seen = BTreeSet::new();
    let of: BTreeMap<&str, HandleOf> = objects().map(|object| (object.name, object.handle)).collect();
    for operation in operations() {
        assert!(seen.insert((operation.object, operation.name)), "{}.{}", operation.object, operation.name);
        let handle = of.get(operation.object).unwrap_or_else(|| panic!("no object {}", operation.object));
        assert!(operation.takes_object || operation.way != Way::Work);
        // A property is a value, and nothing that is made anew each time it is looked at.
        let is_value =
            operation.arguments.is_empty() && !matches!(operation.result, Shape::Unit | Shape::Object(_));
        assert!(operation.way != Way::Get || is_value, "{}.{}", operation.object, operation.name);
        assert!(!operation.takes_object || *handle != HandleOf::None);
    }
    for (object, handle) in &of {
        if let HandleOf::Other(other) = handle {
            assert_eq!(of.get(other), Some(&HandleOf::Itself), "{object}");
        }
    }
    let interfaces: BTreeSet<&str> = interfaces().map(|interface| interface.name).collect();
    for (place, question) in questions().enumerate() {
        assert_eq!(question.number as usize, place);
        assert!(seen.insert((question.object, question.name)) && interfaces.contains(question.object));
    }
}

#[test]
fn types_cross_the_way_that_they_say() {
    fn mark(shape: Shape, into: bool, seen: &mut BTreeSet<(&'static str, bool)>) {
        match shape {
            Shape::Option(inner) | Shape::List(inner) => mark(*inner, into, seen),
            Shape::Named(name) if seen.insert((name, into)) => {
                match types().find(|known| known.name() == name).unwrap() {
                    Type::Record(record) => {
                        shapes_of(record.fields).for_each(|shape| mark(shape, into, seen));
                        // What methods say is never taken.
                        shapes_of(record.methods).for_each(|shape| mark(shape, false, seen));
                    }
                    Type::Choice(choice) => {
                        let fields = choice.variants.iter().flat_map(|variant| shapes_of(variant.fields));
                        fields.for_each(|shape| mark(shape, into, seen));
                    }
                }
            }
            _ => {}
        }
    }
    let mut seen = BTreeSet::new();
    for operation in operations() {
        shapes_of(operation.arguments).for_each(|shape| mark(shape, true, &mut seen));
        mark(operation.result, false, &mut seen);
    }
    for question in questions() {
        shapes_of(question.arguments).for_each(|shape| mark(shape, false, &mut seen));
        mark(question.result, true, &mut seen);
    }
    for known in types() {
        let (name, direction) = match known {
            Type::Record(record) => (record.name, record.direction),
            Type::Choice(choice) => (choice.name, choice.direction),
        };
        let ways = (seen.contains(&(name, true)), seen.contains(&(name, false)));
        let declared = match direction {
            Direction::In => (true, false),
            Direction::Out => (false, true),
            Direction::Both => (true, true),
        };
        assert_eq!(ways, declared, "{name} is taken, given");
    }
}
