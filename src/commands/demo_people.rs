//! The people of the demonstration: a validator of each kind, and the referent of one structure.

use passerelle::{
    flows::{Context, name_referent, open_account},
    governance::{Body, Role},
};

/// Their mailboxes, which the embedded mail operator holds.
pub const ADDRESSES: [&str; 4] = [
    "dsrc@reseau.mssante.invalid",
    "3c@reseau.mssante.invalid",
    "dac@reseau.mssante.invalid",
    "referente@structures.mssante.invalid",
];

/// Opens their accounts, and names the referent of the first structure of the department 29.
pub async fn open_accounts(context: &Context) -> Result<(), Box<dyn std::error::Error>> {
    let [dsrc, three_c, dac, referent] = ADDRESSES;
    for (address, name, role, territory) in [
        (dsrc, "Sacha Exemple", Role::Regional, ""),
        (
            three_c,
            "Dominique Exemple",
            Role::Territorial(Body::ThreeC),
            "3C-29",
        ),
        (dac, "Alix Exemple", Role::Territorial(Body::Dac), "DAC-29"),
    ] {
        open_account(context, &address.parse()?, name, role, territory).await?;
    }
    let accounts = context.storage.list_accounts().await?;
    let regional = accounts
        .iter()
        .find(|account| account.role == Role::Regional);
    let structures = context.storage.list_structures().await?;
    let first = structures
        .iter()
        .find(|one| one.department == "29")
        .or(structures.first());
    if let (Some(regional), Some(first)) = (regional, first) {
        let author = regional.author();
        name_referent(
            context,
            &author,
            &first.id,
            first.version,
            referent,
            "Camille Exemple",
        )
        .await?;
    }
    Ok(())
}
