//! The rules of accessibility, run by axe-core on the page that a browser shows: on a wide screen and on a
//! telephone, where no page may be wider than the screen either.

use std::{
    path::Path,
    process::Command,
    sync::{Mutex, PoisonError},
};

use serde_json::Value;

use crate::chromium::Chromium;

/// WCAG 2.2 A and AA, which RGAA takes up, and good practice.
const RULES: &str =
    "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice']";

/// The script of axe-core, installed by its name below `target/` when it is not there.
pub fn source() -> String {
    static INSTALLING: Mutex<()> = Mutex::new(());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/browser-tests");
    let script = folder.join("node_modules/axe-core/axe.min.js");
    let _turn = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    if !script.exists() {
        std::fs::create_dir_all(&folder).expect("a folder");
        let installed = Command::new("npm")
            .args([
                "install",
                "--no-save",
                "--no-package-lock",
                "--no-audit",
                "--no-fund",
                "--silent",
            ])
            .arg("--prefix")
            .arg(&folder)
            .arg("axe-core@4")
            .status()
            .expect("npm is not installed: run `make test`, which installs it");
        assert!(
            installed.success(),
            "axe-core could not be installed by npm"
        );
    }
    std::fs::read_to_string(&script).expect("axe-core is installed")
}

/// Fails when the page breaks a rule, or is wider than a telephone. `place` names it.
pub fn check(browser: &mut Chromium, axe: &str, place: &str) {
    for (screen, width, height) in [("desktop", 1280, 900), ("phone", 360, 740)] {
        browser.resize(width, height, screen == "phone");
        browser.run(&format!("{axe};0"));
        let found = browser.run(&format!(
            "axe.run(document, {{runOnly: {RULES}}}).then(({{violations, passes}}) => ({{passes: passes.length, \
             violations: violations.map(({{id, help, nodes}}) => \
               `${{id}}: ${{help}}: ${{nodes.map(({{html}}) => html.slice(0, 200)).join(' | ')}}`)}}))"
        ));
        let violations: Vec<&str> = found["violations"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert!(violations.is_empty(), "{screen} {place}: {violations:#?}");
        let passes = found["passes"].as_u64().expect("a number");
        assert!(
            passes >= 10,
            "{screen} {place}: {passes} rules had something to check"
        );
        let room = browser.run("document.documentElement.clientWidth");
        let wide = browser.run("document.documentElement.scrollWidth");
        assert!(
            wide.as_u64() <= room.as_u64(),
            "{screen} {place}: the page is {wide} pixels wide, the screen {room}"
        );
        browser.photograph(&format!("{screen}-{}", file_name(place)));
    }
    browser.resize(1280, 1600, false);
}

fn file_name(place: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    place.chars().map(plain).take(60).collect()
}
