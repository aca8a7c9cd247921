//! A new, migrated database a test: here a SQLite file in a folder that goes with it.

use passerelle::storage::Storage;

/// A database of the test's own.
pub struct TestDatabase {
    pub storage: Storage,
    pub url: String,
    _folder: tempfile::TempDir,
}

impl TestDatabase {
    /// Opens an empty database.
    pub async fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("passerelle.db").display());
        let storage = Storage::open(&url, 8).await.expect("a new database opens");
        Self {
            storage,
            url,
            _folder: folder,
        }
    }

    /// Opens an empty database and migrates it.
    pub async fn migrated() -> Self {
        let database = Self::empty().await;
        database
            .storage
            .migrate()
            .await
            .expect("an empty database migrates");
        database
    }
}
