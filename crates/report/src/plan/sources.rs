//! The published figures a plan rests on, as a numbered list.

use crate::html::escape;
use rami_plan::Plan;
use std::collections::BTreeMap;

/// The list of sources: figures of one source stand together, unverified ones are marked.
pub(super) fn list(plan: &Plan) -> String {
    let mut by_source: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for key in &plan.evidence {
        if let Ok(figure) = rami_evidence::find(key) {
            let mark = if figure.is_unverified() { " <b class=\"mark\">unverified</b>" } else { "" };
            by_source
                .entry(figure.citation())
                .or_default()
                .push(format!("<code>{}</code>{mark}", escape(key)));
        }
    }
    let items: Vec<String> = by_source
        .into_iter()
        .map(|(citation, keys)| {
            format!("<li>{} <span class=\"keys\">{}</span></li>", escape(&citation), keys.join(", "))
        })
        .collect();
    format!("<ul class=\"sources\">{}</ul>", items.join(""))
}
