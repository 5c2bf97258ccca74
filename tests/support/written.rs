//! Only the documents of the tables in `tests/fixtures`.

use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    #[serde(alias = "denial", alias = "near_miss", alias = "rejected")]
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    document: String,
}

pub fn documents() -> Vec<String> {
    [
        include_str!("../fixtures/denials.toml"),
        include_str!("../fixtures/near_misses.toml"),
        include_str!("../fixtures/rejected.toml"),
    ]
    .into_iter()
    .flat_map(|table| toml::from_str::<Table>(table).unwrap().rows)
    .map(|row| row.document)
    .collect()
}
