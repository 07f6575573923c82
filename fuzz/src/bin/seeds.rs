//! Writes the seeds of a target into a directory: `seeds TARGET DIRECTORY`.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let (Some(target), Some(directory)) = (arguments.next(), arguments.next()) else {
        return Err(io::Error::other("usage: seeds TARGET DIRECTORY"));
    };
    let directory = PathBuf::from(directory);
    fs::create_dir_all(&directory)?;
    let seeds = plugstate_fuzz::seeds::of(&target);
    println!("{target}: {} seeds", seeds.len());
    seeds.into_iter().try_for_each(|(name, input)| fs::write(directory.join(name), input))
}
