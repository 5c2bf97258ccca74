//! Writes the corpus that each target starts from: the documents of `tests/fixtures`, and URLs and
//! markers as they are in use.

#[path = "../../../tests/support/written.rs"]
mod written;

use std::{fs, path::Path};

const URLS: [&str; 8] = [
    "https://app.example/contacts?page=2#top",
    "http://[::1]:8080/a/?b=%2C",
    "https://caf\u{e9}.example/~u/%e9?x&y=z",
    "?family=contact&attributes=,see&urlRetour=x",
    "?%75rlRetour=x&a=b#f",
    "/urm-gui/interaction.do?serviceId=S1",
    "@evil.test/",
    "/urm-gui/../interaction.do\\\t",
];

const QUERIES: [&str; 5] = [
    "a=1&fromOrangePrivacy=1764000000~contact.see~photos.see&b",
    "fromOrangePrivacy=1~contact.see&fromOrangePrivacy",
    "%66romOrangePrivacy=true",
    "&&=&x=%2C+",
    "",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    let mut write = |target: &str, bytes: &[u8]| -> std::io::Result<()> {
        let folder = root.join("corpus").join(target);
        fs::create_dir_all(&folder)?;
        count += 1;
        fs::write(folder.join(format!("seed-{count}")), bytes)
    };
    for (n, document) in written::documents().iter().enumerate() {
        let label = u8::try_from(n % 6)?;
        write("document", &[&[label], document.as_bytes()].concat())?;
        // The sizes of the frames are read from the end.
        let frames: [&[u8]; 3] = [&[label, 1, 0], document.as_bytes(), &[3, 1, 7, 0, 2]];
        write("frames", &frames.concat())?;
    }
    for (n, url) in URLS.iter().enumerate() {
        write("return_url", url.as_bytes())?;
        let start = u8::try_from(n % 6)?;
        write(
            "location",
            &[&[start; 4], url.as_bytes(), b"back", &[4]].concat(),
        )?;
    }
    for query in QUERIES {
        write(
            "marker",
            &[query.as_bytes(), &[1, 1], b"contact,see"].concat(),
        )?;
    }
    println!("{count} files");
    Ok(())
}
