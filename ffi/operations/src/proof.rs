//! Light proofing, without a model.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use writemagic::ai::proof::{Finding, Language, Profile, Proof, Rule, Rules};
use writemagic_boundary::{Failure, Table};

use crate::declare::{choices, operations, records};
use crate::{Part, object};

/// What proofs texts.
pub(crate) static PROOFS: Table<Proof> = Table::new("proof");
/// What the rest of a text does.
pub(crate) static PROFILES: Table<Mutex<Profile>> = Table::new("profile");

pub(crate) const PART: Part =
    Part { name: "proof", operations: OPERATIONS, records: RECORDS, choices: CHOICES };

fn lock(profile: &Mutex<Profile>) -> MutexGuard<'_, Profile> {
    // A call that panics poisons the object's handle, too.
    profile.lock().unwrap_or_else(PoisonError::into_inner)
}

fn insert(profile: Profile) -> Result<object::ProofProfile, Failure> {
    Ok(object::ProofProfile(PROFILES.insert(Mutex::new(profile))?))
}

/// A copy, so that no two profiles are ever locked together.
fn copy(profile: object::ProofProfile) -> Result<Profile, Failure> {
    let profile = PROFILES.borrow(profile.0)?;
    let copy = lock(&profile).clone();
    Ok(copy)
}

records! {
    out writemagic::ai::proof::Finding as ProofFinding {
        rule: Rule,
        range: Range<u64>,
        suggestion: Option<String>,
    }
}

choices! {
    both writemagic::ai::proof::Rule as ProofRule {
        0 DoubledWord,
        1 DoubledSpace,
        2 SpaceBeforePunctuation,
        3 MissingSpace,
        4 RepeatedPunctuation,
        5 FrenchSpacing,
        6 MixedQuotes,
        7 MixedApostrophes,
        8 MixedDashes,
        9 MixedEllipses,
        10 UnbalancedBrackets,
        11 MixedScripts,
        12 LongSentence,
        13 RepeatedOpening,
        14 MixedSpelling,
    }
    both writemagic::ai::proof::Language as ProofLanguage {
        0 English,
        1 German,
        2 French,
        3 Spanish,
        4 Russian,
        5 Other,
    }
}

operations! {
    Proof {
        /// Proofing of texts in a language: by all rules where none are named, and with sentences of more than 60 words for long
        /// ones where no other number is.
        now new(language: Language, rules: Option<Vec<Rule>>, long_sentence: Option<u32>) -> object::Proof {
            let mut proof = Proof::new(language);
            if let Some(rules) = rules {
                proof = proof.with_rules(rules.into_iter().fold(Rules::none(), Rules::with));
            }
            if let Some(words) = long_sentence {
                proof = proof.with_long_sentence(words);
            }
            Ok::<_, Failure>(object::Proof(PROOFS.insert(proof)?))
        }
        /// The language of a BCP 47 tag, as proofing tells languages apart.
        now language_of_tag(tag: String) -> Language { Ok::<_, Failure>(Language::of_tag(&tag)) }
    }
    Proof in PROOFS {
        now text(proof, text: String) -> Vec<Finding> { Ok::<_, Failure>(proof.text(&text)) }
        now profile(proof, text: String) -> object::ProofProfile { insert(proof.profile(&text)) }
        now profile_of_paragraph(proof, paragraph: String) -> object::ProofProfile {
            insert(proof.profile_of_paragraph(&paragraph))
        }
        now paragraph(proof, paragraph: String, profile: object::ProofProfile) -> Vec<Finding> {
            Ok::<_, Failure>(proof.paragraph(&paragraph, &copy(profile)?))
        }
    }
    ProofProfile in PROFILES {
        now add(profile, other: object::ProofProfile) -> () {
            let other = copy(other)?;
            lock(profile).add(&other);
            Ok::<_, Failure>(())
        }
        now subtract(profile, other: object::ProofProfile) -> () {
            let other = copy(other)?;
            lock(profile).subtract(&other);
            Ok::<_, Failure>(())
        }
    }
}
