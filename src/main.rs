//! The `passerelle` command line: subcommands only.

fn main() {}
