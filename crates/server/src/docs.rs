//! The API's description: OpenAPI 3.1. What the rooms below already describe with JSON Schema is taken over as it is.

use schemars::JsonSchema;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

macro_rules! documents {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        $($(#[$doc])*
        #[derive(ToSchema)]
        #[allow(dead_code)] // a name in the description, filled in by `openapi`
        pub(crate) struct $name(Value);)*
    };
}

documents! {
    /// `rami.plan/1`.
    Plan,
    /// One path of a plan.
    Candidate,
    /// `rami.chart/1`.
    Chart,
    /// `rami.assessment/1`.
    Assessment,
    /// `rami.import/1`.
    Import,
    /// `rami.debrief/1`.
    Debrief,
    /// A score beside the reference run, and what the body did.
    Scored,
    /// The anatomy over a picture.
    Overlay,
    /// `rami.hours/1`.
    Hours,
}

/// Schemas that only parameters and headers name, and paths that are routed apart.
#[derive(utoipa::OpenApi)]
#[openapi(
    // Uploads have a router of their own, without a limit of bytes.
    paths(crate::api::import::file),
    components(schemas(
        crate::api::slices::Plane,
        crate::api::slices::PlaneGeometry,
        crate::api::slices::What,
        crate::cases::UploadKind
    ))
)]
struct Named;

/// The whole description, with the schemas of all documents in it.
#[must_use]
pub fn openapi() -> Value {
    let (_, mut api) = crate::api::routes().split_for_parts();
    api.merge(<Named as utoipa::OpenApi>::openapi());
    api.info.title = "Rami".to_owned();
    api.info.version = "1".to_owned();
    api.info.description = Some(
        "What the browser asks of `rami serve`. Research and teaching software, on loopback.".to_owned(),
    );
    let mut api = serde_json::to_value(&api).unwrap_or_default();
    api["info"]["license"] = json!({ "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" });
    api["components"]["securitySchemes"] = json!({ "token": { "type": "http", "scheme": "bearer" } });
    api["security"] = json!([{ "token": [] }]);
    refusals_are_problems(&mut api);
    let Some(schemas) = api["components"]["schemas"].as_object_mut() else { return api };
    add::<rami_plan::Plan>(schemas, "Plan");
    add::<rami_plan::Candidate>(schemas, "Candidate");
    add::<rami_clinic::Chart>(schemas, "Chart");
    add::<rami_clinic::Assessment>(schemas, "Assessment");
    add::<rami_case::ImportDocument>(schemas, "Import");
    add::<crate::theatre::Debrief>(schemas, "Debrief");
    add::<crate::theatre::Scored>(schemas, "Scored");
    add::<crate::theatre::Overlay>(schemas, "Overlay");
    add::<crate::theatre::Hours>(schemas, "Hours");
    // What goes over the live wire, which OpenAPI has no words for.
    add::<crate::theatre::View>(schemas, "View");
    add::<crate::api::Said>(schemas, "Said");
    add::<crate::api::Told>(schemas, "Told");
    api
}

/// Answers from 400 up are problem details (RFC 9457), which have a media type of their own.
fn refusals_are_problems(api: &mut Value) {
    let paths = api["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    let operations = paths.filter_map(Value::as_object_mut).flat_map(|path| path.values_mut());
    for operation in operations {
        let Some(responses) = operation["responses"].as_object_mut() else { continue };
        for (_, response) in responses.iter_mut().filter(|(status, _)| status.as_str() >= "400") {
            if let Some(content) = response["content"].as_object_mut()
                && let Some(problem) = content.remove("application/json")
            {
                content.insert("application/problem+json".to_owned(), problem);
            }
        }
    }
}

/// Puts a type's schema and those it refers to under `name` and `name` with theirs behind it.
fn add<T: JsonSchema>(schemas: &mut Map<String, Value>, name: &str) {
    let mut root = schemars::schema_for!(T).to_value();
    rename(&mut root, name);
    if let Some(root) = root.as_object_mut() {
        root.remove("$schema");
        if let Some(Value::Object(parts)) = root.remove("$defs") {
            schemas.extend(parts.into_iter().map(|(part, schema)| (format!("{name}{part}"), schema)));
        }
    }
    schemas.insert(name.to_owned(), root);
}

fn rename(value: &mut Value, name: &str) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields.iter_mut() {
                match inner.as_str().filter(|_| key == "$ref").and_then(|r| r.strip_prefix("#/$defs/")) {
                    Some(part) => *inner = json!(format!("#/components/schemas/{name}{part}")),
                    None => rename(inner, name),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, name)),
        _ => {}
    }
}
