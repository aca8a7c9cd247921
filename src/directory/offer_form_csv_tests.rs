use super::*;
use proptest::prelude::*;

const HEADER: &str = "structure_finess;structure_nom;code_postal;commune;commune_insee;offre_identifiant;offre_nom;categorie";

fn read(bytes: &[u8]) -> Vec<OfferFormRow> {
    OfferFormReader::open(bytes, 64 * 1024)
        .map(Iterator::collect)
        .unwrap_or_default()
}

#[test]
fn columns_come_in_any_order_and_with_any_delimiter() {
    for delimiter in [";", ",", "\t"] {
        let text = format!(
            "\u{feff}{}\n750100125;CH;29200;Brest;29019;1;Séances;APA\n",
            HEADER
        )
        .replace(';', delimiter);
        let rows = read(text.as_bytes());
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].line, 2);
        let form = rows[0].form.as_ref().expect("readable");
        assert_eq!(form.structure_finess, "750100125");
        assert_eq!(form.offre_nom, "Séances");
        assert_eq!(form.categorie, "APA");
        assert_eq!(form.cout, "");
    }
}

#[test]
fn a_windows_1252_file_is_decoded() {
    let mut bytes = format!("{HEADER}\n750100125;H").into_bytes();
    bytes.extend_from_slice(b"\xf4pital;29200;Brest;29019;1;\x93C\x9cur\x94;APA\n");
    let rows = read(&bytes);
    let form = rows[0].form.as_ref().expect("readable");
    assert_eq!(form.structure_nom, "Hôpital");
    assert_eq!(form.offre_nom, "“Cœur”");
}

#[test]
fn neither_encoding_is_refused_with_its_line_and_the_rest_is_read() {
    let mut bytes = format!("{HEADER}\n1;").into_bytes();
    bytes.extend_from_slice(b"\x81;3;4;5;6;7;8\n1;2;3;4;5;6;7;8\n");
    let rows = read(&bytes);
    let finding = &rows[0].form.as_ref().expect_err("refused")[0];
    assert_eq!((finding.rule, finding.line), ("CSV-ENCODING", Some(2)));
    assert!(rows[1].form.is_ok());
    assert!(OfferFormReader::open(&b"\xff\xfea\0"[..], 1024).is_err());
}

#[test]
fn a_missing_column_refuses_the_file_and_an_unknown_one_warns() {
    let findings = OfferFormReader::open(&b"structure_nom;categorie\n"[..], 1024)
        .err()
        .expect("refused");
    assert_eq!(findings.len(), 6);
    assert_eq!(findings[0].place, "structure_finess");

    let text = format!("{HEADER};telefone;motif_du_refus\n");
    let reader = OfferFormReader::open(text.as_bytes(), 1024).expect("accepted");
    let [finding] = reader.header_findings() else {
        panic!("one warning")
    };
    assert!(finding.cure.fr.contains("telephone"));
}

#[test]
fn a_row_of_another_width_is_refused_alone() {
    let text = format!("{HEADER}\n1;2;3\n;;;;;;;\n1;2;3;4;5;6;7;8\n");
    let rows = read(text.as_bytes());
    assert_eq!(rows.len(), 2);
    assert_eq!(
        rows[0].form.as_ref().expect_err("short")[0].rule,
        "CSV-WIDTH"
    );
    assert_eq!(rows[1].line, 4);
}

#[test]
fn a_quote_never_closed_stops_at_the_limit() {
    let text = format!("{HEADER}\n\"{}", "a;b\n".repeat(100_000));
    let rows = read(text.as_bytes());
    let finding = &rows[0].form.as_ref().expect_err("too long")[0];
    assert_eq!((finding.rule, finding.line), ("CSV-ROW", Some(2)));
    assert_eq!(rows.len(), 1);
}

#[test]
fn what_is_written_is_read_again() {
    let form = OfferForm {
        structure_finess: "750100125".into(),
        description: "deux\nlignes; \"guillemets\"".into(),
        phases: "PHA-PEND|PHA-APRES".into(),
        ..OfferForm::default()
    };
    let mut bytes = Vec::new();
    write_header(&mut bytes).expect("in memory");
    write_offer_form(&mut bytes, &form).expect("in memory");
    let rows = read(&bytes);
    assert_eq!(rows[0].form.as_ref().expect("readable"), &form);
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
        let mut file = HEADER.as_bytes().to_vec();
        file.push(b'\n');
        file.extend(bytes);
        let _ = read(&file);
    }
}
