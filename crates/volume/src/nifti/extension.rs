//! Header extensions: label names, as the Caret/Connectome XML table that TotalSegmentator writes, and comments.
//!
//! `<Label Key="5" …><![CDATA[liver]]></Label>` names label 5. Extensions follow the 348-byte header: four bytes,
//! the first not 0, then blocks of size, code and data up to `vox_offset`.

use std::collections::BTreeMap;

/// `NIFTI_ECODE_CARET`: XML of the Caret family.
const CARET: i32 = 30;
/// `NIFTI_ECODE_COMMENT`: plain text.
const COMMENT: i32 = 6;
/// What a block with a label table has in it.
const LABEL_TABLE: &[u8] = b"<LabelTable>";

/// What extension blocks hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Extensions {
    /// Names of label numbers.
    pub(super) names: BTreeMap<u16, String>,
    /// Comments that are text, in the order of the file.
    pub(super) comments: Vec<String>,
}

/// Names and comments in the extension blocks; `Err` says what is unusual.
pub(super) fn read(blocks: &[u8], little_endian: bool) -> Result<Extensions, String> {
    let mut rest = blocks;
    let mut found = Extensions::default();
    while let Some((head, tail)) = rest.split_first_chunk::<8>() {
        let number = |at: usize| {
            let bytes = [head[at], head[at + 1], head[at + 2], head[at + 3]];
            if little_endian { i32::from_le_bytes(bytes) } else { i32::from_be_bytes(bytes) }
        };
        let (size, code) = (number(0), number(4));
        let Some(length) =
            usize::try_from(size).ok().and_then(|s| s.checked_sub(8)).filter(|&l| l <= tail.len())
        else {
            return Err(format!("a header extension claims {size} bytes where {} are left", rest.len()));
        };
        let (data, after) = tail.split_at(length);
        // Writers disagree on the code (TotalSegmentator's is 0), so the content decides.
        let is_table = data.windows(LABEL_TABLE.len()).any(|w| w == LABEL_TABLE);
        if code == CARET || is_table {
            found.names.extend(parse(data)?);
        } else if code == COMMENT
            && let Ok(text) = std::str::from_utf8(unpadded(data))
        {
            found.comments.push(text.to_owned());
        }
        rest = after;
    }
    Ok(found)
}

/// A block's content without the zeros that fill it up.
fn unpadded(data: &[u8]) -> &[u8] {
    &data[..data.iter().rposition(|&b| b != 0).map_or(0, |last| last + 1)]
}

fn parse(data: &[u8]) -> Result<BTreeMap<u16, String>, String> {
    let text =
        std::str::from_utf8(unpadded(data)).map_err(|_| "the label table is not UTF-8 text".to_owned())?;
    let document =
        roxmltree::Document::parse(text.trim()).map_err(|e| format!("the label table is not XML: {e}"))?;
    let mut names = BTreeMap::new();
    for label in document.descendants().filter(|node| node.has_tag_name("Label")) {
        let name = label.text().unwrap_or_default().trim();
        if let (Some(key), false) =
            (label.attribute("Key").and_then(|k| k.trim().parse().ok()), name.is_empty())
        {
            names.insert(key, name.to_owned());
        }
    }
    Ok(names)
}

/// The block of label names that [`read`] reads back.
pub(super) fn encode(names: &BTreeMap<u16, String>) -> Vec<u8> {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><CaretExtension><VolumeInformation Index=\"0\"><LabelTable>",
    );
    for (key, name) in names {
        let [r, g, b] = colour(*key);
        // CDATA cannot hold its own end mark.
        let name = name.replace("]]>", "]] >");
        xml += &format!(
            "<Label Key=\"{key}\" Red=\"{r:.3}\" Green=\"{g:.3}\" Blue=\"{b:.3}\" Alpha=\"1\"><![CDATA[{name}]]></Label>"
        );
    }
    xml += "</LabelTable><StudyMetaDataLinkSet></StudyMetaDataLinkSet><VolumeType><![CDATA[Label]]></VolumeType>\
            </VolumeInformation></CaretExtension>";
    block(CARET, &xml)
}

/// The block of a comment that [`read`] reads back.
pub(super) fn encode_comment(text: &str) -> Vec<u8> {
    block(COMMENT, text)
}

/// An extension block: padded to a multiple of 16 bytes as the standard asks.
fn block(code: i32, text: &str) -> Vec<u8> {
    let size = (8 + text.len()).next_multiple_of(16);
    let mut block = Vec::with_capacity(size);
    block.extend_from_slice(&(size as i32).to_le_bytes());
    block.extend_from_slice(&code.to_le_bytes());
    block.extend_from_slice(text.as_bytes());
    block.resize(size, 0);
    block
}

/// Colours for viewers that show the table: hues a golden angle apart, so that neighbours differ.
fn colour(key: u16) -> [f64; 3] {
    let hue = f64::from(key) * 0.618_033_988_75 % 1.0 * 6.0;
    [0.0, 4.0, 2.0].map(|shift| {
        let x: f64 = (hue + shift) % 6.0;
        ((x - 3.0).abs() - 1.0).clamp(0.0, 1.0) * 0.7 + 0.3
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_as_they_were_written() {
        let names = BTreeMap::from([(1, "spleen".to_owned()), (203, "ureter_right ]]> <&".to_owned())]);
        let block = encode(&names);
        assert_eq!(block.len() % 16, 0);
        let found = read(&block, true).unwrap();
        assert_eq!(found.names[&1], "spleen");
        assert_eq!(found.names[&203], "ureter_right ]] > <&");
    }

    #[test]
    fn comments_come_back_beside_names() {
        let mut blocks = encode_comment("first, 25°");
        blocks.extend(encode(&BTreeMap::from([(7, "colon".to_owned())])));
        blocks.extend(encode_comment("second"));
        assert_eq!(blocks.len() % 16, 0);
        let found = read(&blocks, true).unwrap();
        assert_eq!(
            (found.comments.as_slice(), found.names[&7].as_str()),
            (&["first, 25°".to_owned(), "second".to_owned()][..], "colon")
        );
    }

    #[test]
    fn a_block_that_claims_too_much_is_a_doubt_and_not_a_crash() {
        let mut block = encode(&BTreeMap::new());
        block[0..4].copy_from_slice(&i32::MAX.to_le_bytes());
        assert!(read(&block, true).unwrap_err().contains("claims"));
        block[0..4].copy_from_slice(&(-1i32).to_le_bytes());
        assert!(read(&block, true).is_err());
    }
}
