//! Objects of the app that the engine asks: its keys, its network, its models.
//!
//! Each is a number that the app chose. It has an interface, which is a trait of the engine, and the methods of that are questions:
//! a number and a request, answered with bytes. Here are the questions as functions. One file for each interface makes the trait of
//! them, and says of an app that throws what the trait offers.

pub(crate) mod embedder;
mod keys;
pub(crate) mod models;
pub(crate) mod network;

use writemagic::ai::model::{Availability, HostDescription, Request};
use zeroize::Zeroizing;

use crate::host::{AppObject, AppThrew};
use crate::object;
use crate::shape::{Interface, Question, Shape};
use crate::wire::{Decode, Encode, Floats, Input, Malformed, Shaped};

use embedder::Described;
use models::Begun;
use network::Outgoing;

/// `Interface as path::of::Trait { number name(argument: Type) -> Result; }`: a type for the app's object, with a method for each
/// question. Numbers ascend.
macro_rules! interfaces {
    ($($interface:ident as $rust:path {
        $($(#[doc = $doc:literal])* $number:literal $name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*
    })*) => {
        $(
            /// An object of the app with this interface.
            #[derive(Debug)]
            pub(crate) struct $interface(AppObject);

            impl Shaped for $interface {
                const SHAPE: Shape = Shape::App(stringify!($interface));
            }

            impl Decode for $interface {
                fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
                    input.app_object().map(Self)
                }
            }

            impl $interface {
                $(fn $name(&self, $($argument: $type),*) -> Result<$result, AppThrew> {
                    #[allow(unused_mut, reason = "not all questions have arguments")]
                    let mut request = Zeroizing::new(Vec::new());
                    $($argument.encode(&mut request);)*
                    self.0.ask($number, &request)
                })*
            }
        )*

        /// All interfaces of which the app may have objects.
        pub fn interfaces() -> impl Iterator<Item = Interface> {
            [$(Interface { name: stringify!($interface), rust: stringify!($rust) }),*].into_iter()
        }

        /// All that such objects are asked, by ascending number.
        pub fn questions() -> impl Iterator<Item = Question> {
            const QUESTIONS: &[Question] = &[$($(Question {
                number: $number,
                object: stringify!($interface),
                name: stringify!($name),
                documentation: &[$($doc),*],
                arguments: crate::declare::fields!($($argument: $type),*),
                result: <$result as Shaped>::SHAPE,
            }),*),*];
            QUESTIONS.iter().copied()
        }
    };
}

interfaces! {
    KeySource as writemagic::ai::key::KeySource {
        /// The key of the provider that the app calls so; no value where it has none. The attempt is not made then, and not
        /// repeated: nor where the app throws.
        0 key(provider: &str) -> Option<Zeroizing<String>>;
    }
    Transport as writemagic::ai::transport::host::HostClient {
        1 start(request: Outgoing, exchange: object::HostExchange) -> ();
        2 cancel(exchange: u64) -> ();
        3 forget_connections() -> ();
    }
    HostModel as writemagic::ai::model::HostModel {
        4 describe() -> HostDescription;
        5 availability() -> Availability;
        6 count(text: &str) -> Option<u64>;
        /// Begins to answer. The app gives what comes to the sink, and ends it in exactly one way. Where it cannot begin it says why, or
        /// throws, and gives nothing to the sink.
        7 generate(request: &Request, sink: object::HostSink) -> Begun;
        8 cancel(call: u64) -> ();
    }
    Embedder as writemagic::embedding::Embedder {
        /// What the model is: asked once, when the library is opened.
        9 describe() -> Described;
        /// A vector for each text, in their order; an empty one for a text of which the model knows nothing.
        ///
        /// Called with a few texts at a time. Vectors need not have length 1. What a vector is must depend on its text alone, not on
        /// the others of the call. Where the app throws none of the texts has a vector, and the call may be repeated.
        10 embed(texts: Vec<&str>) -> Vec<Floats>;
    }
}
