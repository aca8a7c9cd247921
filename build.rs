//! Puts `mappings/`, `profiles/` and the migrations into the binary: a new file there needs no line of
//! code.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=src/storage/migrations");
    embed("mappings")?;
    embed("profiles")
}

/// Writes the list of a folder's tables and resources: path below it, content.
fn embed(folder: &str) -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={folder}");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join(folder);
    let mut files = Vec::new();
    list_files(&root, &mut files)?;
    files.sort();
    let mut code = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(&root)?.to_str().ok_or("not UTF-8")?;
        let name = name.replace('\\', "/");
        code += &format!("({name:?}, include_str!({:?})),\n", file.display());
    }
    code += "]\n";
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join(format!("{folder}.rs")), code)?;
    Ok(())
}

/// Tables wherever they stand, and JSON in folders: what lies at the root is read where it is used.
fn list_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.ends_with("profiles/generated") {
            // Made of the rest.
            continue;
        }
        if path.is_dir() {
            println!("cargo:rerun-if-changed={}", path.display());
            list_files(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "csv")
            || (path.extension().is_some_and(|end| end == "json") && !folder.ends_with("profiles"))
        {
            files.push(path);
        }
    }
    Ok(())
}
