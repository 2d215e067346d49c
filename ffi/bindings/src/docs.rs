//! Documentation as the engine's own sources have it: of types, their fields and variants, and of methods.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Expr, Fields, Ident, ImplItem, Item, Lit, Meta, Type, Visibility};

use crate::declared::last;
use crate::limits;

/// Where the limits are.
const LIMITS: &str = "shared/src/limits.rs";

/// All of them, by name.
#[derive(Debug, Default)]
pub(crate) struct Docs {
    types: HashMap<String, Vec<TypeDocs>>,
    /// By type and method.
    methods: BTreeMap<(String, String), String>,
    /// By name.
    limits: HashMap<String, u64>,
}

/// What a type says of itself.
#[derive(Debug)]
pub(crate) struct TypeDocs {
    /// The source file, to tell types of one name apart.
    file: String,
    pub(crate) text: String,
    /// Of fields, of variants, and of a variant's fields as `Variant.field`; those without a comment too.
    pub(crate) members: HashMap<String, String>,
    /// Whether its debug output is written by hand, which it is where that leaves something out.
    pub(crate) prints_itself: bool,
}

impl Docs {
    /// Reads every Rust source below these folders.
    pub(crate) fn read(folders: &[PathBuf]) -> Result<Self> {
        let mut docs = Self::default();
        for folder in folders {
            docs.read_folder(folder)?;
        }
        Ok(docs)
    }

    fn read_folder(&mut self, folder: &Path) -> Result<()> {
        let mut entries: Vec<PathBuf> = fs::read_dir(folder)
            .with_context(|| folder.display().to_string())?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_>>()?;
        entries.sort();
        for path in entries {
            if path.is_dir() {
                self.read_folder(&path)?;
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path)?;
                let file = syn::parse_file(&source).with_context(|| path.display().to_string())?;
                let name = path.to_string_lossy();
                self.read_items(&file.items, &name);
                if path.ends_with(LIMITS) {
                    limits::read(&file.items, &mut self.limits);
                }
                // A module is a type that has nothing but a comment.
                let stem = if path.ends_with("mod.rs") {
                    path.parent().and_then(Path::file_name)
                } else {
                    path.file_stem()
                };
                let module = stem.map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
                self.put_type(module, &name, &file.attrs, HashMap::new(), false);
            }
        }
        Ok(())
    }

    fn read_items(&mut self, items: &[Item], file: &str) {
        let printing: HashSet<String> = items.iter().filter_map(printing).collect();
        for item in items {
            match item {
                Item::Struct(item) => {
                    let mut members = HashMap::new();
                    put_fields(&mut members, "", &item.fields);
                    let prints_itself = printing.contains(&item.ident.to_string());
                    self.put_type(item.ident.to_string(), file, &item.attrs, members, prints_itself);
                }
                Item::Enum(item) => {
                    let mut members = HashMap::new();
                    for variant in &item.variants {
                        let name = variant.ident.to_string();
                        put_fields(&mut members, &format!("{name}."), &variant.fields);
                        members.insert(name, text(&variant.attrs));
                    }
                    let prints_itself = printing.contains(&item.ident.to_string());
                    self.put_type(item.ident.to_string(), file, &item.attrs, members, prints_itself);
                }
                Item::Impl(item) if item.trait_.is_none() => {
                    let Type::Path(path) = &*item.self_ty else { continue };
                    let Some(name) = path.path.segments.last() else { continue };
                    for method in &item.items {
                        if let ImplItem::Fn(method) = method
                            && matches!(method.vis, Visibility::Public(_))
                        {
                            let key = (name.ident.to_string(), method.sig.ident.to_string());
                            self.methods.entry(key).or_insert_with(|| text(&method.attrs));
                        }
                    }
                }
                Item::Trait(item) => {
                    for member in &item.items {
                        if let syn::TraitItem::Fn(method) = member {
                            let key = (item.ident.to_string(), method.sig.ident.to_string());
                            self.methods.entry(key).or_insert_with(|| text(&method.attrs));
                        }
                    }
                    self.put_type(item.ident.to_string(), file, &item.attrs, HashMap::new(), false);
                }
                Item::Macro(item) if item.mac.path.is_ident("uuid_v7_id") => self.read_id(item, file),
                _ => {}
            }
        }
    }

    /// Ids are made by a macro that is given the comment and the name.
    fn read_id(&mut self, item: &syn::ItemMacro, file: &str) {
        let parts =
            |input: ParseStream<'_>| Ok((input.call(Attribute::parse_outer)?, input.parse::<Ident>()?));
        if let Ok((attributes, name)) = parts.parse2(item.mac.tokens.clone()) {
            self.put_type(name.to_string(), file, &attributes, HashMap::new(), false);
        }
    }

    fn put_type(
        &mut self,
        name: String,
        file: &str,
        attributes: &[Attribute],
        members: HashMap<String, String>,
        prints_itself: bool,
    ) {
        let docs = TypeDocs { file: file.to_owned(), text: text(attributes), members, prints_itself };
        self.types.entry(name).or_default().push(docs);
    }

    /// Of the type with this path. Of several of one name it is the one that has most of these members, and of those the one whose
    /// file has most of the path's other words in its own path.
    pub(crate) fn of_type(&self, rust: &str, members: &[&str]) -> Option<&TypeDocs> {
        let words: Vec<&str> = rust.split("::").map(str::trim).collect();
        let (name, before) = words.split_last()?;
        let near = |docs: &&TypeDocs| {
            let known: Vec<&String> = members.iter().filter_map(|member| docs.members.get(*member)).collect();
            let documented = known.iter().filter(|text| !text.is_empty()).count();
            (known.len(), documented, before.iter().filter(|word| docs.file.contains(*word)).count())
        };
        // The first of those that are as near.
        self.types.get(*name)?.iter().rev().max_by_key(near)
    }

    /// A limit of this name, whatever its path, as a sentence has it.
    pub(crate) fn limit(&self, name: &str) -> Option<String> {
        let name = last(name);
        self.limits.get(name).map(|value| limits::spelled(name, *value))
    }

    /// The public methods of a type.
    pub(crate) fn methods_of(&self, of: &str) -> impl Iterator<Item = &str> {
        self.methods.keys().filter(move |(name, _)| name == of).map(|(_, method)| method.as_str())
    }

    /// Of a method: of the first of these types that has it.
    pub(crate) fn of_method(&self, types: &[&str], method: &str) -> Option<&str> {
        let of = |of: &&str| self.methods.get(&((*of).to_owned(), method.to_owned())).map(String::as_str);
        types.iter().find_map(of)
    }
}

/// The type whose debug output an item is.
fn printing(item: &Item) -> Option<String> {
    let Item::Impl(item) = item else { return None };
    let (_, of, _) = item.trait_.as_ref()?;
    let Type::Path(path) = &*item.self_ty else { return None };
    (of.segments.last()?.ident == "Debug")
        .then(|| path.path.segments.last().map(|name| name.ident.to_string()))?
}

fn put_fields(members: &mut HashMap<String, String>, before: &str, fields: &Fields) {
    for field in fields {
        if let Some(name) = &field.ident {
            members.insert(format!("{before}{name}"), text(&field.attrs));
        }
    }
}

/// The doc comment, line by line.
fn text(attributes: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        if let Meta::NameValue(value) = &attribute.meta
            && let Expr::Lit(literal) = &value.value
            && let Lit::Str(line) = &literal.lit
        {
            let line = line.value();
            lines.push(line.strip_prefix(' ').unwrap_or(&line).to_owned());
        }
    }
    lines.join("\n")
}
