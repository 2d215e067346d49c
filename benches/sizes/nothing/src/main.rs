//! Reads a file and gives the number of its bytes: what every program here has.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let stored = std::env::args_os().nth(1).ok_or("name what is stored")?;
    println!("{}", std::fs::read(stored)?.len());
    Ok(())
}
