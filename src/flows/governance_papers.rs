//! The papers of an application: PDF files, kept under their hash.

use super::{
    Context,
    governance_acts::ActError,
    governance_drafts::{dossier, invalid, load, save_in},
};
use crate::governance::{AttachedFile, Author, Criterion};

/// Most papers of an application.
const MAX_FILES: usize = 20;
/// Largest paper, in bytes.
pub const MAX_FILE_BYTES: usize = 10_000_000;

/// Keeps a paper: a PDF, and nothing else.
///
/// # Errors
/// [`ActError::Invalid`] for what is no PDF, or one too many.
pub async fn attach_file(
    ctx: &Context,
    author: &Author,
    structure: &str,
    seen: i64,
    criterion: Criterion,
    name: &str,
    bytes: &[u8],
) -> Result<i64, ActError> {
    let is_pdf =
        bytes.starts_with(b"%PDF-") && bytes.windows(5).rev().take(2048).any(|end| end == b"%%EOF");
    if !is_pdf || bytes.len() > MAX_FILE_BYTES {
        tracing::warn!(
            structure.id = structure,
            account.id = author.id,
            size_bytes = bytes.len(),
            "a paper was refused: not a PDF, or too large"
        );
        return Err(invalid(
            "GOV-FILE",
            "fichier",
            "Seul un fichier PDF est accepté, de 10 Mo au plus.",
            "Only a PDF file is taken, of 10 MB at the most.",
        ));
    }
    let mut tx = ctx.storage.begin_write().await?;
    tx.take_turn().await?;
    let sha256 = tx.insert_content(bytes).await?;
    if load(ctx, &mut tx, structure).await?.application.files.len() >= MAX_FILES {
        return Err(invalid(
            "GOV-FILE",
            "fichier",
            "Un dossier contient vingt pièces au plus.",
            "An application holds twenty papers at the most.",
        ));
    }
    let file = AttachedFile {
        criterion,
        name: shown_name(name),
        sha256,
        size_bytes: bytes.len(),
    };
    save_in(ctx, &mut tx, author, structure, seen, |application| {
        application
            .files
            .retain(|known| known.sha256 != file.sha256);
        application.files.push(file);
    })
    .await?;
    tx.commit().await?;
    Ok(seen + 1)
}

/// The name of a file as it is shown: no path, no control character.
fn shown_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars()
        .filter(|character| !character.is_control())
        .take(120)
        .collect()
}

/// The bytes of a paper of a structure, for those who write the application or look after it.
///
/// # Errors
/// [`ActError`].
pub async fn find_file(
    ctx: &Context,
    author: &Author,
    structure: &str,
    sha256: &str,
) -> Result<(AttachedFile, Vec<u8>), ActError> {
    let found = dossier(ctx, author, structure).await?;
    let file = found
        .application
        .files
        .into_iter()
        .find(|file| file.sha256 == sha256)
        .ok_or(ActError::NotFound)?;
    let bytes = ctx.storage.find_content(sha256).await?;
    Ok((file, bytes.ok_or(ActError::NotFound)?))
}
