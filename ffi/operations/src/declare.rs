//! Declaring what crosses: types and operations, in tables that read as what they declare.

/// Types with fields: `direction path::of::Type as Name { field: Type, field: Type = "default" }`.
///
/// `in` makes one of its fields; `in (default)` begins with the default of a type that may have more of them. What the methods
/// say that are named in `+ { method: Type }` crosses behind the fields.
macro_rules! records {
    ($($direction:ident $(($begin:ident))? $rust:path as $name:ident { $($field:ident: $type:ty $(= $default:literal)?),* $(,)? }
        $(+ { $($method:ident: $told:ty),* })?)*) => {
        $($crate::declare::record!($direction $(($begin))? $rust as $name { $($field: $type $(= $default)?),* } $($($method: $told),*)?);)*
        /// The types with fields of this module.
        pub(crate) const RECORDS: &[&$crate::shape::Record] = &[$(&$crate::shape::Record {
            name: stringify!($name),
            rust: stringify!($rust),
            direction: $crate::declare::direction!($direction),
            fields: $crate::declare::fields!($($field: $type $(= $default)?),*),
            methods: $crate::declare::fields!($($($method: $told),*)?),
        }),*];
    };
}

macro_rules! record {
    (both $(($begin:ident))? $rust:path as $name:ident $fields:tt) => {
        $crate::declare::record!(@shape $rust as $name);
        $crate::declare::record!(@encode $rust $fields);
        $crate::declare::record!(@decode $(($begin))? $rust $fields);
    };
    (out $rust:path as $name:ident $fields:tt $($method:ident: $told:ty),*) => {
        $crate::declare::record!(@shape $rust as $name);
        $crate::declare::record!(@encode $rust $fields $($method: $told),*);
    };
    (in $(($begin:ident))? $rust:path as $name:ident $fields:tt) => {
        $crate::declare::record!(@shape $rust as $name);
        $crate::declare::record!(@decode $(($begin))? $rust $fields);
    };
    (@shape $rust:path as $name:ident) => {
        impl $crate::wire::Shaped for $rust {
            const SHAPE: $crate::shape::Shape = $crate::shape::Shape::Named(stringify!($name));
        }
    };
    (@encode $rust:path { $($field:ident: $type:ty $(= $default:literal)?),* } $($method:ident: $told:ty),*) => {
        impl $crate::wire::Encode for $rust {
            fn encode(&self, out: &mut Vec<u8>) {
                $(<$type as $crate::wire::Encode>::encode(&self.$field, out);)*
                $(<$told as $crate::wire::Encode>::encode(&self.$method(), out);)*
            }
        }
    };
    (@decode $rust:path { $($field:ident: $type:ty $(= $default:literal)?),* }) => {
        impl $crate::wire::Decode for $rust {
            fn decode(input: &mut $crate::wire::Input<'_>) -> Result<Self, $crate::wire::Malformed> {
                $(let $field = <$type as $crate::wire::Decode>::decode(input)?;)*
                Ok(Self { $($field),* })
            }
        }
    };
    (@decode (default) $rust:path { $($field:ident: $type:ty $(= $default:literal)?),* }) => {
        impl $crate::wire::Decode for $rust {
            fn decode(input: &mut $crate::wire::Input<'_>) -> Result<Self, $crate::wire::Malformed> {
                let mut value = Self::default();
                $(value.$field = <$type as $crate::wire::Decode>::decode(input)?;)*
                Ok(value)
            }
        }
    };
}

/// Types that are one of several things: `direction path::of::Type as Name { 0 One, 1 Other(field: Type), 2 Third { field: Type } }`.
macro_rules! choices {
    ($($direction:ident $rust:path as $name:ident {
        $($tag:literal $variant:ident $(($($tuple:ident: $tuple_type:ty),*))? $({ $($field:ident: $type:ty),* })?),* $(,)?
    })*) => {
        $($crate::declare::choice!($direction $rust as $name {
            $($tag $variant $(($($tuple: $tuple_type),*))? $({ $($field: $type),* })?),*
        });)*
        /// The types of this module that are one of several things.
        pub(crate) const CHOICES: &[&$crate::shape::Choice] = &[$(&$crate::shape::Choice {
            name: stringify!($name),
            rust: stringify!($rust),
            direction: $crate::declare::direction!($direction),
            variants: &[$($crate::shape::Variant {
                tag: $tag,
                name: stringify!($variant),
                fields: $crate::declare::fields!($($($tuple: $tuple_type),*)? $($($field: $type),*)?),
            }),*],
        }),*];
    };
}

macro_rules! choice {
    (both $rust:path as $name:ident $variants:tt) => {
        $crate::declare::record!(@shape $rust as $name);
        $crate::declare::choice!(@encode $rust $variants);
        $crate::declare::choice!(@decode $rust $variants);
    };
    (out $rust:path as $name:ident $variants:tt) => {
        $crate::declare::record!(@shape $rust as $name);
        $crate::declare::choice!(@encode $rust $variants);
    };
    (in $rust:path as $name:ident $variants:tt) => {
        $crate::declare::record!(@shape $rust as $name);
        $crate::declare::choice!(@decode $rust $variants);
    };
    (@encode $rust:path { $($tag:literal $variant:ident $(($($tuple:ident: $tuple_type:ty),*))? $({ $($field:ident: $type:ty),* })?),* }) => {
        impl $crate::wire::Encode for $rust {
            fn encode(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant $(($($tuple),*))? $({ $($field),* })? => {
                        out.push($tag);
                        $($(<$tuple_type as $crate::wire::Encode>::encode($tuple, out);)*)?
                        $($(<$type as $crate::wire::Encode>::encode($field, out);)*)?
                    })*
                    // What is new since, and not declared: the other side says that it does not know it.
                    #[allow(unreachable_patterns, reason = "not every type may get more variants")]
                    _ => out.push(u8::MAX),
                }
            }
        }
    };
    (@decode $rust:path { $($tag:literal $variant:ident $(($($tuple:ident: $tuple_type:ty),*))? $({ $($field:ident: $type:ty),* })?),* }) => {
        impl $crate::wire::Decode for $rust {
            fn decode(input: &mut $crate::wire::Input<'_>) -> Result<Self, $crate::wire::Malformed> {
                Ok(match input.tag()? {
                    $($tag => Self::$variant
                        $(($(<$tuple_type as $crate::wire::Decode>::decode(input)?),*))?
                        $({ $($field: <$type as $crate::wire::Decode>::decode(input)?),* })?,)*
                    _ => return Err(input.no_such_tag()),
                })
            }
        }
    };
}

macro_rules! direction {
    (in) => {
        $crate::shape::Direction::In
    };
    (out) => {
        $crate::shape::Direction::Out
    };
    (both) => {
        $crate::shape::Direction::Both
    };
}

macro_rules! fields {
    ($($field:ident: $type:ty $(= $default:literal)?),*) => {
        &[$($crate::shape::Field {
            name: stringify!($field),
            shape: <$type as $crate::wire::Shaped>::SHAPE,
            default: $crate::declare::default!($($default)?),
        }),*]
    };
}

macro_rules! default {
    () => {
        None
    };
    ($default:literal) => {
        Some($default)
    };
}

/// What objects do, by their types: `Object in TABLE { … }`, or `Object { … }` for what needs none of them, each with operations
/// `way name(object, argument: Type = "default") -> Result { body }`, where the body gives a `Result`. Those that the engine has
/// under another name, or not as a method, have documentation here.
///
/// | Way | |
/// | --- | --- |
/// | `get` | as `now`, and changes nothing: a property, without arguments |
/// | `now` | touches no disk, and waits for nothing that does |
/// | `call` | may touch the disk |
/// | `work` | gives an [`Operation`](writemagic::Operation), which goes on by itself |
/// | `hidden` | as `call`, for what is written by hand on the other side |
macro_rules! operations {
    ($($object:ident $(in $table:path)? { $($operations:tt)* })*) => {
        /// The operations of this module.
        pub(crate) const OPERATIONS: &[&[&$crate::operation::Operation]] =
            &[$($crate::declare::group!($object ($($table)?) { $($operations)* })),*];
    };
}

macro_rules! group {
    ($object:ident ($table:path) { $($(#[doc = $doc:literal])* $way:ident $name:ident($target:ident $(, $argument:ident: $type:ty $(= $default:literal)?)* $(,)?) -> $result:ty $body:block)* }) => {
        &[$(&$crate::operation::Operation {
            name: stringify!($name),
            object: stringify!($object),
            takes_object: true,
            way: $crate::declare::way!($way),
            documentation: &[$($doc),*],
            arguments: $crate::declare::fields!($($argument: $type $(= $default)?),*),
            result: <$result as $crate::wire::Shaped>::SHAPE,
            run: $crate::declare::run!($way $table, $name, $target, ($($argument: $type),*), $result, $body),
        }),*]
    };
    ($object:ident () { $($(#[doc = $doc:literal])* $way:ident $name:ident($($argument:ident: $type:ty $(= $default:literal)?),* $(,)?) -> $result:ty $body:block)* }) => {
        &[$(&$crate::operation::Operation {
            name: stringify!($name),
            object: stringify!($object),
            takes_object: false,
            way: $crate::declare::way!($way),
            documentation: &[$($doc),*],
            arguments: $crate::declare::fields!($($argument: $type $(= $default)?),*),
            result: <$result as $crate::wire::Shaped>::SHAPE,
            run: $crate::operation::Run::Call(|_, request| {
                writemagic_boundary::guard(stringify!($name), || {
                    $crate::declare::answer!(request, ($($argument: $type),*), $result, $body)
                })
            }),
        }),*]
    };
}

macro_rules! way {
    (get) => {
        $crate::operation::Way::Get
    };
    (now) => {
        $crate::operation::Way::Now
    };
    (call) => {
        $crate::operation::Way::Call
    };
    (hidden) => {
        $crate::operation::Way::Hidden
    };
    (work) => {
        $crate::operation::Way::Work
    };
}

macro_rules! run {
    (work $table:path, $name:ident, $target:ident, ($($argument:ident: $type:ty),*), $result:ty, $body:block) => {
        $crate::operation::Run::Work(|handle, request, waker| {
            writemagic_boundary::call(&$table, handle, stringify!($name), |$target| {
                $crate::declare::arguments!(request, $($argument: $type),*);
                let operation: writemagic::Operation<$result> = $body;
                $crate::work::begin(operation, waker)
            })
        })
    };
    ($way:ident $table:path, $name:ident, $target:ident, ($($argument:ident: $type:ty),*), $result:ty, $body:block) => {
        $crate::operation::Run::Call(|handle, request| {
            writemagic_boundary::call(&$table, handle, stringify!($name), |$target| {
                $crate::declare::answer!(request, ($($argument: $type),*), $result, $body)
            })
        })
    };
}

macro_rules! arguments {
    ($request:ident, $($argument:ident: $type:ty),*) => {
        #[allow(unused_mut, reason = "not all operations have arguments")]
        let mut input = $crate::wire::Input::new($request);
        $(let $argument = <$type as $crate::wire::Decode>::decode(&mut input)?;)*
        input.end()?;
    };
}

macro_rules! answer {
    ($request:ident, ($($argument:ident: $type:ty),*), $result:ty, $body:block) => {{
        $crate::declare::arguments!($request, $($argument: $type),*);
        let result: $result = $crate::operation::told(|| $body)?;
        Ok::<Vec<u8>, writemagic_boundary::Failure>($crate::wire::Encode::encoded(&result))
    }};
}

pub(crate) use {
    answer, arguments, choice, choices, default, direction, fields, group, operations, record, records, run,
    way,
};
