//! Programs of others that the tests run: their packages are installed once, below `target/`; what
//! drives them is in `tests/clients/`.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Where the packages are installed.
const INSTALLED: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/clients");
/// Where the clients are.
pub const CLIENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");
/// A program that is stopped after ten minutes: a registry that does not answer ends the test.
pub fn program(name: &str) -> Command {
    let mut command = Command::new("timeout");
    command.arg("600").arg(name);
    command
}

/// Runs a command to its end, which must be good.
pub fn run(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {} (`make servers` installs what it runs on)\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The folder of a client, what it needs installed in it unless that was done before.
pub fn installed(name: &str, version: &str, install: impl Fn(&Path)) -> PathBuf {
    let folder = Path::new(INSTALLED).join(name);
    let mark = folder.join("installed");
    if fs::read_to_string(&mark).is_ok_and(|found| found == version) {
        return folder;
    }
    // Half an installation is none.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder below target");
    install(&folder);
    fs::write(mark, version).expect("written");
    folder
}

/// The packages that `pom.xml` of a folder of `tests/clients/` names.
pub fn java_packages(name: &str) -> PathBuf {
    let pom = format!("{CLIENTS}/{name}/pom.xml");
    let version = fs::read_to_string(&pom).expect("a file of ours");
    installed(name, &version, |folder| {
        run(program("mvn")
            .args(["-q", "-B", "-f", &pom, "dependency:copy-dependencies"])
            .arg(format!("-DoutputDirectory={}", folder.display())));
    })
}

/// Runs a source of a folder of `tests/clients/` with its packages.
pub fn java(name: &str, packages: &Path, source: &str, arguments: &[impl AsRef<OsStr>]) {
    run(program("java")
        .args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp"])
        .arg(packages.join("*"))
        .arg(format!("{CLIENTS}/{name}/{source}"))
        .args(arguments));
}
