//! Results as a table for people.

use std::fmt::Write as _;

use anyhow::Context as _;
use serde_json::Value;

/// A Markdown table of lines of JSON as the rig prints them.
pub(crate) fn table(lines: &str) -> anyhow::Result<String> {
    let mut table =
        String::from("| scenario | database | figures | took | seed |\n|---|---|---|---|---|\n");
    for line in lines.lines().filter(|line| line.starts_with('{')) {
        let line: Value = serde_json::from_str(line).context(line.to_owned())?;
        let word = |name: &str| line[name].as_str().unwrap_or("?").to_owned();
        let figures = match line["broken"].as_str() {
            Some(broken) => {
                format!("**broken**: {}", broken.replace('|', "\\|").replace('\n', " "))
            }
            None => figures(&line["figures"]),
        };
        let (scenario, database) = (word("scenario"), word("database"));
        let (seconds, seed) = (line["seconds"].as_f64().unwrap_or_default(), &line["seed"]);
        writeln!(table, "| `{scenario}` | {database} | {figures} | {seconds} s | {seed} |")?;
    }
    Ok(table)
}

/// `kills 1000, acknowledged 200134`
fn figures(figures: &Value) -> String {
    let figure = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::Number(number) if number.is_f64() => {
                format!("{:.2}", number.as_f64().unwrap_or(0.0))
            }
            Value::String(text) => text.clone(),
            Value::Array(values) if values.is_empty() => "none".to_owned(),
            other => other.to_string(),
        };
        format!("{} {value}", name.replace('_', " "))
    };
    let all = figures.as_object().map(|all| all.iter().map(figure).collect::<Vec<_>>());
    all.unwrap_or_default().join(", ")
}
