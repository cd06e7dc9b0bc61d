//! What all parts of a chart share: every item may be missing, and what is not known there is refused.

/// Declares a part of the chart: a struct whose items are all optional, left out of what is written while they are
/// missing, and refused when their name is not known.
macro_rules! record {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $item:ident: $kind:ty,)* }) => {
        $(#[$about])*
        #[derive(
            Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
        )]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $(
                $(#[$doc])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $item: Option<$kind>,
            )*
        }
    };
}
