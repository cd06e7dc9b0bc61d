//! The figures a plan rests on: published ones by source, then those that are assumed or derived here.

use crate::html::escape;
use rami_evidence::Tag;
use rami_plan::Plan;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The list of sources: figures of one source stand together, unverified ones are marked. What nobody has published is
/// named on paper and explained on a screen.
pub(super) fn list(plan: &Plan) -> String {
    let mut published: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut ours: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut keys_of_ours = Vec::new();
    for key in &plan.evidence {
        if let Ok(figure) = rami_evidence::find(key) {
            let mark = if figure.is_unverified() { " <b class=\"mark\">unverified</b>" } else { "" };
            let code = format!("<code>{}</code>{mark}", escape(key));
            if !matches!(figure.tag, Tag::Assumed | Tag::Derived) {
                published.entry(figure.citation()).or_default().push(code);
            } else {
                keys_of_ours.push(format!("<code>{}</code>", escape(key)));
                ours.entry(figure.citation()).or_default().push(code);
            }
        }
    }
    let mut html = format!("<ul class=\"sources\">{}</ul>", items(published));
    if !keys_of_ours.is_empty() {
        let _ = write!(
            html,
            "<p class=\"ours\"><b>Assumed or derived here</b> (each with its reason in <code>rami evidence KEY</code>): {}</p>\
             <details class=\"ours\"><summary>The reasons</summary><ul class=\"sources\">{}</ul></details>",
            keys_of_ours.join(", "),
            items(ours)
        );
    }
    html
}

fn items(by_source: BTreeMap<String, Vec<String>>) -> String {
    by_source
        .into_iter()
        .map(|(citation, keys)| {
            format!("<li>{} <span class=\"keys\">{}</span></li>", escape(&citation), keys.join(", "))
        })
        .collect()
}
