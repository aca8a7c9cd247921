//! The command line: exit codes, and errors that say what to do.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

fn passerelle() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_passerelle"));
    command
        .env_remove("PASSERELLE_CONFIG")
        .env("LANG", "en_GB.UTF-8")
        .env("LC_ALL", "en_GB.UTF-8");
    command
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("it ended by itself")
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn fiche(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/fiches")
        .join(name)
}

fn write(folder: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).expect("written");
    path
}

#[test]
fn help_names_every_subcommand() {
    let output = passerelle().arg("--help").output().expect("it runs");
    assert_eq!(code(&output), 0);
    for name in [
        "demo",
        "serve",
        "import",
        "report",
        "validate",
        "translate",
        "mapping",
        "demo-data",
        "config",
        "migrate",
    ] {
        assert!(text(&output).contains(name), "{name}");
    }
}

#[test]
fn a_wrong_usage_ends_with_2() {
    let output = passerelle().arg("fly").output().expect("it runs");
    assert_eq!(code(&output), 2);
}

#[test]
fn the_defaults_pass_the_check() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = passerelle()
        .args(["config", "check"])
        .current_dir(&folder)
        .output()
        .expect("it runs");
    assert_eq!(code(&output), 0, "{}", errors(&output));
}

#[test]
fn an_unknown_key_is_told_with_file_line_and_cure() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = write(&folder, "p.toml", "[server]\nlistn = \"127.0.0.1:0\"\n");
    let output = passerelle()
        .args(["config", "check", "--config"])
        .arg(&path)
        .output()
        .expect("it runs");
    assert_eq!(code(&output), 2);
    let errors = errors(&output);
    assert!(
        errors.contains("line 2") && errors.contains("server.listen"),
        "{errors}"
    );
}

#[test]
fn the_environment_overrides_the_file_and_is_named_when_it_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = write(&folder, "p.toml", "[server]\nlisten = \"127.0.0.1:1\"\n");
    let check = |value: &str| {
        passerelle()
            .args(["config", "check", "--config"])
            .arg(&path)
            .env("PASSERELLE_SERVER__LISTEN", value)
            .output()
            .expect("it runs")
    };
    assert!(text(&check("127.0.0.1:2")).contains("127.0.0.1:2"));
    let wrong = check("somewhere");
    assert_eq!(code(&wrong), 2);
    assert!(
        errors(&wrong).contains("PASSERELLE_SERVER__LISTEN"),
        "{}",
        errors(&wrong)
    );
}

#[test]
fn the_open_network_without_credentials_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = passerelle()
        .args(["serve", "--listen", "0.0.0.0:0"])
        .current_dir(&folder)
        .output()
        .expect("it runs");
    assert_eq!(code(&output), 2);
    assert!(
        errors(&output).contains("access.reports_token_file"),
        "{}",
        errors(&output)
    );
}

#[test]
fn a_secret_is_never_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = passerelle()
        .args(["config", "check"])
        .current_dir(&folder)
        .env(
            "PASSERELLE_DATABASE__URL",
            "postgres://me:very-secret@127.0.0.1:1/db",
        )
        .output()
        .expect("it runs");
    assert!(!(text(&output) + &errors(&output)).contains("very-secret"));
}

#[test]
fn an_unreachable_database_is_named_with_its_cure() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = passerelle()
        .arg("migrate")
        .current_dir(&folder)
        .env(
            "PASSERELLE_DATABASE__URL",
            "postgres://me:very-secret@127.0.0.1:1/db",
        )
        .output()
        .expect("it runs");
    assert_eq!(code(&output), 2);
    let errors = errors(&output);
    assert!(
        errors.contains("127.0.0.1:1") && errors.contains("database.url"),
        "{errors}"
    );
    assert!(!errors.contains("very-secret"), "{errors}");
}

#[test]
fn a_busy_port_is_named_with_its_cure() {
    let folder = tempfile::tempdir().expect("a folder");
    let busy = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = busy.local_addr().expect("an address").to_string();
    let output = passerelle()
        .args(["serve", "--listen", &address])
        .current_dir(&folder)
        .output()
        .expect("it runs");
    assert_eq!(code(&output), 2);
    let errors = errors(&output);
    assert!(
        errors.contains(&address) && errors.contains("--listen"),
        "{errors}"
    );
}

#[test]
fn the_service_says_when_it_is_ready_and_stops_when_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = passerelle()
        .args(["serve", "--listen", "127.0.0.1:0"])
        .current_dir(&folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped"))
        .read_line(&mut line)
        .expect("a line");
    assert!(line.starts_with("listening on http://127.0.0.1:"), "{line}");
    let stopped = Command::new("kill")
        .arg(child.id().to_string())
        .status()
        .expect("kill runs");
    assert!(stopped.success());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_fiche_is_rendered_without_a_server_and_twice_alike() {
    let folder = tempfile::tempdir().expect("a folder");
    for (form, start) in [
        ("cda", b"<?xml".as_slice()),
        ("cda-2022", b"<?xml"),
        ("pdf", b"%PDF-"),
        ("html", b"<!doctype"),
        ("xdm", b"PK"),
    ] {
        let path = folder.path().join(form);
        let render = || {
            let output = passerelle()
                .args(["report", "render"])
                .arg(fiche("appareil-complet.json"))
                .args(["--as", form, "-o"])
                .arg(&path)
                .output()
                .expect("it runs");
            assert_eq!(code(&output), 0, "{form}: {}", errors(&output));
            fs::read(&path).expect("written")
        };
        let (first, second) = (render(), render());
        assert!(
            first
                .to_ascii_lowercase()
                .starts_with(&start.to_ascii_lowercase()),
            "{form}"
        );
        assert!(
            first == second,
            "{form}: the same fiche gives the same bytes"
        );
    }
}

#[test]
fn validate_tells_valid_refused_and_unreadable_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let validate = |path: &Path| {
        passerelle()
            .arg("validate")
            .arg(path)
            .current_dir(&folder)
            .output()
            .expect("it runs")
    };
    let valid = validate(&fiche("appareil-complet.json"));
    assert_eq!(code(&valid), 0, "{}", errors(&valid));

    let mut broken: serde_json::Value =
        serde_json::from_slice(&fs::read(fiche("appareil-complet.json")).expect("read"))
            .expect("JSON");
    broken.as_object_mut().expect("an object").remove("course");
    let refused = validate(&write(&folder, "broken.json", &broken.to_string()));
    assert_eq!(code(&refused), 1);
    assert!(errors(&refused).contains("course"), "{}", errors(&refused));

    assert_eq!(code(&validate(&write(&folder, "noise.bin", "bonjour"))), 2);
    assert_eq!(code(&validate(&folder.path().join("missing.json"))), 2);
}

#[test]
fn a_document_is_read_back_as_the_fiche_it_was_made_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let render = |from: &std::path::Path, form: &str, to: &std::path::Path| {
        let rendered = passerelle()
            .args(["report", "render"])
            .arg(from)
            .args(["--as", form, "-o"])
            .arg(to)
            .output()
            .expect("it runs");
        assert!(rendered.status.success());
        String::from_utf8_lossy(&rendered.stderr).into_owned()
    };
    let fiche = Path::new("tests/data/fiches/appareil-complet.json");
    let [document, back, again] = ["a.xml", "a.json", "b.xml"].map(|name| folder.path().join(name));
    render(fiche, "cda", &document);
    assert_eq!(render(&document, "json", &back), "");
    render(&back, "cda", &again);
    let bytes = |path: &Path| std::fs::read(path).expect("a file");
    assert!(bytes(&document) == bytes(&again));
    let invented = Path::new("tests/data/cda/frcp-invented.xml");
    let told = render(invented, "json", &back);
    assert!(told.contains("R-RDG-2 [reason.case_status]"), "{told}");
}

#[test]
fn validate_recognises_what_was_rendered() {
    let folder = tempfile::tempdir().expect("a folder");
    for (form, name) in [("cda", "report.xml"), ("xdm", "IHE_XDM.zip")] {
        let path = folder.path().join(name);
        let rendered = passerelle()
            .args(["report", "render"])
            .arg(fiche("appareil-complet.json"))
            .args(["--as", form, "-o"])
            .arg(&path)
            .status()
            .expect("it runs");
        assert!(rendered.success());
        let output = passerelle()
            .args(["validate", "--format", "json"])
            .arg(&path)
            .current_dir(&folder)
            .output()
            .expect("it runs");
        assert_eq!(
            code(&output),
            0,
            "{form}: {}{}",
            text(&output),
            errors(&output)
        );
        let result: serde_json::Value = serde_json::from_str(&text(&output)).expect("JSON");
        assert_eq!(result["valid"], true);
        assert_eq!(result["kind"], form);
    }
}

#[test]
fn the_demonstration_region_is_the_same_for_the_same_seed() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str| {
        let out = folder.path().join(name);
        let output = passerelle()
            .args([
                "demo-data",
                "--offers",
                "20",
                "--structures",
                "10",
                "--physicians",
                "6",
                "--reports",
                "5",
                "--out",
            ])
            .arg(&out)
            .output()
            .expect("it runs");
        assert_eq!(code(&output), 0, "{}", errors(&output));
        fs::read(out.join("offers.csv")).expect("written")
    };
    assert_eq!(write("one"), write("two"));
}

#[test]
fn the_maps_are_checked_and_a_fault_is_told_with_file_and_line() {
    let shipped = passerelle()
        .args(["mapping", "check", "--on", "2026-11-24"])
        .output()
        .expect("it runs");
    assert_eq!(code(&shipped), 0, "{}", errors(&shipped));
    assert!(
        errors(&shipped).contains("MAP-DATE"),
        "252 and 265 are withdrawn"
    );

    let folder = tempfile::tempdir().expect("a folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings");
    copy(&root, folder.path());
    let map = folder.path().join("regions/bretagne/to-pivot.csv");
    let text_of_map = fs::read_to_string(&map).expect("a map");
    let broken = text_of_map.replace("douleur,DOUL,", "douleur,DOUL-99,");
    let line = broken.lines().position(|line| line.starts_with("douleur,"));
    let line = line.expect("the row") + 1;
    fs::write(&map, broken).expect("written");
    let output = passerelle()
        .args(["mapping", "check"])
        .arg(folder.path())
        .output()
        .expect("it runs");
    assert_eq!(code(&output), 1);
    let place = format!("to-pivot.csv:{line}: error MAP-TARGET");
    assert!(errors(&output).contains(&place), "{}", errors(&output));

    let settings = write(
        &folder,
        "passerelle.toml",
        &format!("[terminology]\nmappings_folder = {:?}\n", folder.path()),
    );
    let refused = passerelle()
        .args(["config", "check", "--config"])
        .arg(&settings)
        .output()
        .expect("it runs");
    assert_eq!(code(&refused), 2, "nothing starts on faulty maps");
    assert!(errors(&refused).contains(&format!("to-pivot.csv:{line}")));
    fs::write(&map, text_of_map).expect("written");
    let accepted = passerelle()
        .args(["config", "check", "--config"])
        .arg(&settings)
        .output()
        .expect("it runs");
    assert_eq!(code(&accepted), 0, "{}", errors(&accepted));

    let absent = passerelle()
        .args(["mapping", "check", "/nowhere"])
        .output()
        .expect("it runs");
    assert_eq!(code(&absent), 2);
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&target).expect("made");
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

#[test]
fn a_new_region_is_a_new_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings"),
        folder.path(),
    );
    let region = folder.path().join("regions/corse");
    fs::create_dir(&region).expect("made");
    fs::write(
        region.join("vocabulary.csv"),
        "# title: Corse\n# version: 1\ncode,label,remark\nesthetique,Esthétique,\n",
    )
    .expect("written");
    fs::write(
        region.join("to-pivot.csv"),
        "# title: Corse\n# version: 1\nsource,target,equivalence,reason,author,date,status\n\
         esthetique,BIEN-01,equivalent,Même soin.,Essai,2026-11-24,draft\n",
    )
    .expect("written");
    let settings = write(
        &folder,
        "passerelle.toml",
        &format!(
            "[region]\nvocabulary = \"corse\"\n[terminology]\nmappings_folder = {:?}\n",
            folder.path()
        ),
    );
    let output = passerelle()
        .args([
            "translate",
            "esthetique",
            "--from",
            "corse",
            "--to",
            "bretagne",
            "--config",
        ])
        .arg(settings)
        .output()
        .expect("it runs");
    assert_eq!(code(&output), 0, "{}", errors(&output));
    assert!(text(&output).contains("bien-etre"));
}

#[test]
fn a_code_is_translated_with_its_reason_or_the_gap_is_told() {
    let translate = |arguments: &[&str]| {
        let output = passerelle().arg("translate").args(arguments).output();
        output.expect("it runs")
    };
    let found = translate(&[
        "Socio-esthetique",
        "--from",
        "hauts-de-france",
        "--to",
        "R211",
    ]);
    assert_eq!(code(&found), 0, "{}", errors(&found));
    assert!(text(&found).contains("TRE_R211-ActiviteOperationnelle 315"));
    assert!(text(&found).contains("BIEN-01"), "the way is told");

    let conditional = translate(&["PSY-04", "--from", "pivot", "--to", "R210"]);
    assert!(text(&conditional).contains("(if ACC-COLL)"));
    let said = translate(&[
        "PSY-04", "--from", "pivot", "--to", "R210", "--with", "ACC-COLL", "--format", "json",
    ]);
    let said: serde_json::Value = serde_json::from_str(&text(&said)).expect("JSON");
    assert_eq!(said["matches"][0]["code"], "0616");

    let nothing = translate(&["SOC-11", "--from", "pivot", "--to", "R210"]);
    assert_eq!(code(&nothing), 1);
    assert!(text(&nothing).contains("Nothing says it"));
    let unknown = translate(&["X", "--from", "mars"]);
    assert_eq!(code(&unknown), 2);
    assert!(
        errors(&unknown).contains("bretagne"),
        "the cure names the regions"
    );
}

/// A kit of our own invention: its schema, its schematrons and its processor stand in `tests/data/kit`.
#[test]
fn validate_runs_an_official_kit_beside_its_own_rules() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let folder = tempfile::tempdir().expect("a folder");
    let kit = folder.path().join("kit");
    let copied = Command::new("cp")
        .arg("-r")
        .args([data.join("kit"), kit.clone()])
        .status()
        .expect("copied");
    assert!(copied.success());
    let processor = kit.join("processor").display().to_string();
    let settings = write(
        &folder,
        "passerelle.toml",
        &format!(
            "[checker]\nschema_command = [\"sh\", \"{processor}\", \"schema\", \"{{schema}}\", \"{{document}}\"]\n\
             transform_command = [\"sh\", \"{processor}\", \"transform\", \"{{source}}\", \"{{stylesheet}}\", \"{{output}}\"]\n"
        ),
    );
    let validate = |document: &Path| {
        passerelle()
            .args(["validate", "--format", "json", "--kit"])
            .arg(&kit)
            .arg("--config")
            .arg(&settings)
            .arg(document)
            .output()
            .expect("it runs")
    };
    let good = data.join("cda/appareil-minimal.xml");
    let output = validate(&good);
    assert_eq!(code(&output), 0, "{}{}", text(&output), errors(&output));
    let result: serde_json::Value = serde_json::from_str(&text(&output)).expect("JSON");
    assert_eq!(result["kit"]["valid"], true, "{result}");

    let document = fs::read_to_string(&good).expect("read");
    let odd = write(
        &folder,
        "odd.xml",
        &document.replacen("<title>", "<title>KIT-ODD ", 1),
    );
    let output = validate(&odd);
    assert_eq!(code(&output), 1, "{}", errors(&output));
    let result: serde_json::Value = serde_json::from_str(&text(&output)).expect("JSON");
    assert_eq!(result["valid"], true, "{result}");
    assert_eq!(result["kit"]["valid"], false, "{result}");
    let rules: Vec<_> = result["kit"]["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|finding| finding["rule"].as_str().expect("a rule"))
        .collect();
    assert_eq!(rules, ["KIT-XSD", "KIT-FRCP", "KIT-TERM"]);

    // No verdict is better than a false one.
    fs::remove_file(kit.join("schematrons/profils/IHE.sch")).expect("removed");
    let output = validate(&good);
    assert_eq!(code(&output), 2);
    assert!(errors(&output).contains("IHE.sch"), "{}", errors(&output));
}
