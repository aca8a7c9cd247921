//! Puts `mappings/` and the migrations into the binary: a new file there needs no line of code.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=src/storage/migrations");
    println!("cargo:rerun-if-changed=mappings");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("mappings");
    let mut files = Vec::new();
    list_tables(&root, &mut files)?;
    files.sort();
    let mut code = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(&root)?.to_str().ok_or("not UTF-8")?;
        let name = name.replace('\\', "/");
        code += &format!("({name:?}, include_str!({:?})),\n", file.display());
    }
    code += "]\n";
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("mappings.rs"), code)?;
    Ok(())
}

fn list_tables(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            println!("cargo:rerun-if-changed={}", path.display());
            list_tables(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "csv") {
            files.push(path);
        }
    }
    Ok(())
}
