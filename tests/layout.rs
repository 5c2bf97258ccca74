//! The layout of `src/`: folders are layers, files import in one direction, and code for Orange alone stays
//! in its folder. CONTRIBUTING.md lists the folders.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

/// The layers, from the top. A file imports from its own folder, and from lower layers. Folders of the same
/// layer do not import one another.
const LAYERS: [&[&str]; 9] = [
    &["lib"],
    &["guide", "sandbox"],
    &["inbound", "outbound"],
    &["report"],
    &["error"],
    &["scope"],
    &["trip"],
    &["protocol"],
    &["urls"],
];

/// The files of `src/`, each with the files that it imports from.
fn imports() -> BTreeMap<PathBuf, BTreeSet<PathBuf>> {
    env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap();
    let mut files = Vec::new();
    collect(Path::new("src"), &mut files);
    let of = |file: &PathBuf| {
        let code = code_of(file);
        let mut found = BTreeSet::new();
        for (at, _) in code.match_indices("crate::") {
            paths(&code[at + 7..], vec![], &mut |path| {
                found.insert(resolve("src".into(), path))
            });
        }
        let module = module_of(file);
        for (at, _) in code.match_indices("super::") {
            // In `super::super::x`, the second `super` is another match, one module further out.
            let before = code[..at].trim_end_matches("super::");
            let outward = (at - before.len()) / "super::".len();
            let start = module
                .ancestors()
                .nth(outward + 1)
                .unwrap_or(Path::new("src"));
            paths(&code[at + 7..], vec![], &mut |path| {
                found.insert(resolve(start.into(), path))
            });
        }
        // A path into a module's own submodule begins with its name.
        for line in code.lines().map(str::trim) {
            let Some(name) = line
                .strip_suffix(';')
                .and_then(|line| line.rsplit_once("mod "))
            else {
                continue;
            };
            let used = format!("{}::", name.1);
            let is_used = code.match_indices(&used).any(|(at, _)| {
                !code[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ':'))
            });
            if is_used {
                found.insert(resolve(module.clone(), &[name.1]));
            }
        }
        found.remove(file);
        found
    };
    files.iter().map(|file| (file.clone(), of(file))).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// A file without its documentation and without its tests, which are at the end.
fn code_of(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let is_test = |line: &str| line.starts_with("#[cfg(") && line.contains("test");
    let lines = text.lines().take_while(|line| !is_test(line));
    let is_documentation = |line: &str| line.starts_with("//") || line.contains("doc = ");
    let code = lines.filter(|line| !is_documentation(line.trim_start()));
    code.collect::<Vec<_>>().join("\n")
}

/// The module of a file, as a path without extension.
fn module_of(file: &Path) -> PathBuf {
    match file.file_stem().unwrap().to_str().unwrap() {
        "mod" | "lib" => file.parent().unwrap().to_owned(),
        _ => file.with_extension(""),
    }
}

/// Visits the paths in a use tree, `a::{b, c::d}`, or a single path.
fn paths<'a>(text: &'a str, start: Vec<&'a str>, visit: &mut impl FnMut(&[&'a str]) -> bool) {
    if let Some(mut rest) = text.strip_prefix('{') {
        let mut depth = 1;
        while depth > 0 {
            let next = rest.trim_start();
            if depth == 1 && !next.starts_with(['}', ',']) {
                paths(next, start.clone(), visit);
            }
            let at = rest.find(['{', '}', ',']).expect("a tree is closed");
            match rest.as_bytes()[at] {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                _ => {}
            }
            rest = &rest[at + 1..];
        }
        return;
    }
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    let path = [start, vec![&text[..end]]].concat();
    match text[end..].strip_prefix("::") {
        Some(rest) => paths(rest, path, visit),
        None => {
            visit(&path);
        }
    }
}

/// The file that a path from this module refers to. The path's last segments are items.
fn resolve(mut module: PathBuf, path: &[&str]) -> PathBuf {
    for segment in path {
        let next = module.join(segment);
        if !next.with_extension("rs").exists() && !next.join("mod.rs").exists() {
            break;
        }
        module = next;
    }
    let file = module.with_extension("rs");
    match module.to_str() {
        Some("src") => "src/lib.rs".into(),
        _ if file.exists() => file,
        _ => module.join("mod.rs"),
    }
}

/// The folder of `src/` that a file is in, or its own name.
fn folder(file: &Path) -> &str {
    let part = file.strip_prefix("src").unwrap().iter().next().unwrap();
    part.to_str().unwrap().trim_end_matches(".rs")
}

fn layer(file: &Path) -> usize {
    let found = LAYERS
        .iter()
        .position(|layer| layer.contains(&folder(file)));
    found.unwrap_or_else(|| panic!("{} is in no layer", file.display()))
}

#[test]
fn folders_import_only_from_layers_below() {
    let imports = imports();
    assert!(imports.len() > 50);
    for (file, imported) in &imports {
        for other in imported {
            let same = folder(file) == folder(other);
            assert!(
                same || layer(file) < layer(other),
                "{} imports from {}",
                file.display(),
                other.display()
            );
        }
    }
}

#[test]
fn no_files_import_one_another_in_a_cycle() {
    let mut imports = imports();
    // Repeatedly removes the files that import no remaining file, and those that no remaining file imports.
    // What is left is in a cycle, or between two cycles.
    loop {
        let before = imports.len();
        let left: BTreeSet<_> = imports.keys().cloned().collect();
        for imported in imports.values_mut() {
            imported.retain(|other| left.contains(other));
        }
        let imported: BTreeSet<_> = imports.values().flatten().cloned().collect();
        imports.retain(|file, others| !others.is_empty() && imported.contains(file));
        if imports.len() == before {
            break;
        }
    }
    assert!(imports.is_empty(), "in a circle: {imports:#?}");
}

/// Documentation may contain them, the sandbox plays Orange, and problem details and a metrics label have
/// some of them.
#[test]
fn only_the_folder_of_orange_has_oranges_words() {
    let words = [
        "urlRetour",
        "serviceId",
        "service_id",
        "attributes()",
        "familly",
        "interaction.do",
        "orange.fr",
        "PrivacyAccessDeniedException",
        "\"orange\"",
        "agenda",
        "favoris",
        "myco",
    ];
    for file in imports().keys() {
        if file.starts_with("src/protocol/orange") || matches!(folder(file), "guide" | "sandbox") {
            continue;
        }
        let code = code_of(file);
        for word in words {
            let is_problem = file.ends_with("problem.rs") && word == "attributes()";
            assert!(
                is_problem || !code.contains(word),
                "{word} is in {}",
                file.display()
            );
        }
    }
}

/// In a row, a test belongs to the file before it. A fuzz target is a file of its own.
#[test]
fn each_test_that_security_md_names_is_there() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let read = |file: &str| fs::read_to_string(root.join(file)).expect(file);
    let mut tests = 0;
    for row in read("SECURITY.md")
        .lines()
        .filter(|line| line.starts_with('|'))
    {
        let (row, targets) = row.split_once("fuzz target").unwrap_or((row, ""));
        let mut file = String::new();
        for name in row.split('`').skip(1).step_by(2) {
            if Path::new(name).extension().is_some() {
                file = read(name);
            } else if !file.is_empty() && name.contains('_') {
                assert!(file.contains(name), "{name}");
                tests += 1;
            }
        }
        for target in targets.split('`').skip(1).step_by(2) {
            read(&format!("fuzz/fuzz_targets/{target}.rs"));
        }
    }
    assert!(tests > 50, "{tests}");
}
