//! Opens a document of yrs, edits it, reads it and saves it.

use yrs::updates::decoder::Decode as _;
use yrs::{Doc, GetString as _, ReadTxn as _, StateVector, Text as _, Transact as _, Update};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let stored = std::env::args_os().nth(1).ok_or("name what is stored")?;
    let document = Doc::new();
    let text = document.get_or_insert_text("text");
    let mut transaction = document.transact_mut();
    transaction.apply_update(Update::decode_v2(&std::fs::read(&stored)?)?)?;
    text.insert(&mut transaction, 0, "e");
    println!("{}", text.get_string(&transaction).len());
    std::fs::write(stored, transaction.encode_state_as_update_v2(&StateVector::default()))?;
    Ok(())
}
