//! The tables that the demonstration is made from: CSV beside this file, with a commented head.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};

/// The rows of a table of ours.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Vec<T> {
    csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .expect("a test reads every table of the demonstration")
}

/// A cell of values separated by `|`.
#[derive(Clone, Debug, Default)]
pub(super) struct List(pub(super) Vec<String>);

/// A cell of `value:weight` separated by `|`.
#[derive(Clone, Debug, Default)]
pub(super) struct Weights(pub(super) Vec<(String, u64)>);

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let cell = String::deserialize(deserializer)?;
        Ok(Self(items(&cell).map(str::to_owned).collect()))
    }
}

impl<'de> Deserialize<'de> for Weights {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let cell = String::deserialize(deserializer)?;
        items(&cell)
            .map(|item| {
                let (value, weight) = item
                    .rsplit_once(':')
                    .ok_or_else(|| serde::de::Error::custom("value:weight expected"))?;
                let weight = weight.parse().map_err(serde::de::Error::custom)?;
                Ok((value.to_owned(), weight))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn items(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('|').filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Sample {
        list: List,
        weights: Weights,
    }

    #[test]
    fn cells_of_values_and_of_weights_are_cut() {
        let rows: Vec<Sample> = read("# head\nlist,weights\na|b,X:3|Y:4\n,\n");
        assert_eq!(rows[0].list.0, ["a", "b"]);
        assert_eq!(
            rows[0].weights.0,
            [("X".to_owned(), 3), ("Y".to_owned(), 4)]
        );
        assert!(rows[1].list.0.is_empty() && rows[1].weights.0.is_empty());
    }
}
