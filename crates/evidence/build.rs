//! Reads and checks the data files, and writes every figure in a form that needs no parsing before it is asked for.
//! A figure without a source, or one that breaks another rule, stops the build. A new file needs no line of code.

#![allow(dead_code, unreachable_pub)] // the modules are the library's, and a build needs a part of them

#[path = "src/figure.rs"]
mod figure;
#[path = "src/interval.rs"]
mod interval;
#[path = "src/rules.rs"]
mod rules;

use std::{env, error::Error, fmt::Write, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let data = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("data");
    println!("cargo::rerun-if-changed={}", data.display());
    println!("cargo::rerun-if-changed=src");
    let mut files = Vec::new();
    for entry in fs::read_dir(&data)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "toml") {
            files.push((
                path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                fs::read_to_string(&path)?,
            ));
        }
    }
    files.sort();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let figures = rules::read_all(&files).map_err(|error| error.to_string())?;
    let mut list = String::from("&[\n");
    for (key, figure) in &figures {
        writeln!(list, "    ({key:?}, {:?}),", serde_json::to_string(figure)?)?;
    }
    list.push_str("]\n");
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    fs::write(out.join("figures.rs"), list)?;
    fs::write(out.join("count.rs"), figures.len().to_string())?;
    Ok(())
}
