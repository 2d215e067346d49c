//! Opens a document of diamond-types, edits it, reads it and saves it.

use diamond_types::list::ListCRDT;
use diamond_types::list::encoding::ENCODE_FULL;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let stored = std::env::args_os().nth(1).ok_or("name what is stored")?;
    let mut document = ListCRDT::load_from(&std::fs::read(&stored)?)?;
    let agent = document.get_or_create_agent_id("one");
    document.insert(agent, 0, "e");
    println!("{}", document.branch.content().to_string().len());
    std::fs::write(stored, document.oplog.encode(ENCODE_FULL))?;
    Ok(())
}
