//! The objects of the file: pages, fonts, structure tree, outline, metadata. PDF 1.7 (ISO 32000-1); the tags follow
//! 14.7 and 14.8, the metadata ISO 14289-1.

use super::PdfError;
use super::page::{HEIGHT, Pages, WIDTH, picture_name, up};
use crate::document::Document;
use crate::drawing::Pixels;
use crate::font::{BOLD, Fonts, REGULAR};
use crate::layout::Laid;
use crate::tags::{Kid, Tags};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{CidFontType, FontFlags, PaintType, SystemInfo, TabOrder, TilingType, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};
use std::collections::BTreeMap;
use std::io::Write;
use ttf_parser::{Face, GlyphId};

const IDENTITY: SystemInfo =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// Hands out numbers of objects.
struct Numbers(i32);

impl Numbers {
    fn next(&mut self) -> Ref {
        self.0 += 1;
        Ref::new(self.0)
    }

    fn many(&mut self, count: usize) -> Vec<Ref> {
        (0..count).map(|_| self.next()).collect()
    }
}

fn compress(bytes: &[u8]) -> Result<Vec<u8>, PdfError> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

pub(super) fn assemble(
    document: &Document,
    laid: &Laid,
    pages: Pages,
    fonts: &Fonts,
) -> Result<Vec<u8>, PdfError> {
    let mut pdf = Pdf::new();
    let mut numbers = Numbers(0);
    let (catalog, tree, root, parents, metadata, info) =
        (numbers.next(), numbers.next(), numbers.next(), numbers.next(), numbers.next(), numbers.next());
    let page_refs = numbers.many(pages.done.len());
    let elements = numbers.many(laid.tags.0.len());
    let regular = font(&mut pdf, &mut numbers, &fonts.regular, REGULAR, b"RAMIRG+DejaVuSans", false)?;
    let bold = font(&mut pdf, &mut numbers, &fonts.bold, BOLD, b"RAMIBD+DejaVuSans-Bold", true)?;
    let stripes = stripes(&mut pdf, &mut numbers);
    let pictures = pages
        .pictures
        .iter()
        .map(|pixels| picture(&mut pdf, &mut numbers, pixels))
        .collect::<Result<Vec<_>, _>>()?;

    for (index, page) in pages.done.iter().enumerate() {
        let content = numbers.next();
        let bytes = compress(&page.content)?;
        pdf.stream(content, &bytes).filter(Filter::FlateDecode);
        let mut object = pdf.page(page_refs[index]);
        object
            .parent(tree)
            .media_box(Rect::new(0.0, 0.0, WIDTH as f32, HEIGHT as f32))
            .contents(content)
            .struct_parents(index as i32)
            .tab_order(TabOrder::StructureOrder);
        let mut resources = object.resources();
        resources.fonts().pair(Name(b"R"), regular).pair(Name(b"B"), bold);
        resources.patterns().pair(Name(b"Stripes"), stripes);
        if !page.shows.is_empty() {
            let mut shown = resources.x_objects();
            for index in &page.shows {
                shown.pair(Name(picture_name(*index).as_bytes()), pictures[*index]);
            }
        }
    }
    pdf.pages(tree).kids(page_refs.iter().copied()).count(page_refs.len() as i32);

    structure(&mut pdf, &laid.tags, root, &elements, &page_refs);
    let mut entries = Vec::new();
    for page in &pages.done {
        let array = numbers.next();
        pdf.indirect(array).array().items(page.marks.iter().map(|element| elements[*element]));
        entries.push(array);
    }
    {
        let mut parent_tree = pdf.number_tree::<Ref>(parents);
        let mut nums = parent_tree.nums();
        for (index, array) in entries.iter().enumerate() {
            nums.insert(index as i32, *array);
        }
    }
    let outline = outline(&mut pdf, &mut numbers, laid, &pages, &page_refs);

    pdf.document_info(info)
        .title(TextStr(&document.title))
        .creator(TextStr("Rami"))
        .producer(TextStr("Rami"));
    pdf.metadata(metadata, xmp(document).as_bytes());
    let mut object = pdf.catalog(catalog);
    object.pages(tree).metadata(metadata).lang(TextStr(&document.language));
    if let Some(outline) = outline {
        object.outlines(outline);
    }
    object.mark_info().marked(true);
    object.viewer_preferences().display_doc_title(true);
    let mut struct_root = object.struct_tree_root();
    struct_root.child(elements[Tags::ROOT]);
    struct_root.pair(Name(b"ParentTree"), parents);
    struct_root.parent_tree_next_key(page_refs.len() as i32);
    struct_root.finish();
    object.finish();
    Ok(pdf.finish())
}

/// A font with all its glyphs, addressed by their numbers.
fn font(
    pdf: &mut Pdf,
    numbers: &mut Numbers,
    face: &Face<'_>,
    bytes: &[u8],
    name: &[u8],
    bold: bool,
) -> Result<Ref, PdfError> {
    let (font, cid, descriptor, file, cmap) =
        (numbers.next(), numbers.next(), numbers.next(), numbers.next(), numbers.next());
    let scale = 1000.0 / f32::from(face.units_per_em());
    pdf.type0_font(font)
        .base_font(Name(name))
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(cid)
        .to_unicode(cmap);
    let mut object = pdf.cid_font(cid);
    object
        .subtype(CidFontType::Type2)
        .base_font(Name(name))
        .system_info(IDENTITY)
        .font_descriptor(descriptor)
        .default_width(0.0)
        .cid_to_gid_map_predefined(Name(b"Identity"));
    let width = |glyph| f32::from(face.glyph_hor_advance(GlyphId(glyph)).unwrap_or(0)) * scale;
    object.widths().consecutive(0, (0..face.number_of_glyphs()).map(width));
    object.finish();
    let bounds = face.global_bounding_box();
    let [left, low, right, high] =
        [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(|v| f32::from(v) * scale);
    pdf.font_descriptor(descriptor)
        .name(Name(name))
        .flags(FontFlags::NON_SYMBOLIC)
        .bbox(Rect::new(left, low, right, high))
        .italic_angle(0.0)
        .ascent(f32::from(face.ascender()) * scale)
        .descent(f32::from(face.descender()) * scale)
        .cap_height(f32::from(face.capital_height().unwrap_or(1493)) * scale)
        .stem_v(if bold { 160.0 } else { 90.0 })
        .font_file2(file);
    let packed = compress(bytes)?;
    let mut stream = pdf.stream(file, &packed);
    stream.filter(Filter::FlateDecode);
    stream.pair(Name(b"Length1"), bytes.len() as i32);
    stream.finish();

    let mut letters: BTreeMap<u16, char> = BTreeMap::new();
    for table in face.tables().cmap.iter().flat_map(|cmap| cmap.subtables) {
        table.codepoints(|code| {
            if let (Some(c), Some(glyph)) = (char::from_u32(code), table.glyph_index(code)) {
                letters.entry(glyph.0).or_insert(c);
            }
        });
    }
    let mut map = UnicodeCmap::new(Name(b"Letters"), IDENTITY);
    letters.into_iter().for_each(|(glyph, c)| map.pair(glyph, c));
    let map = compress(&map.finish().into_vec())?;
    pdf.stream(cmap, &map).filter(Filter::FlateDecode);
    Ok(font)
}

/// Slanting black stripes on white.
fn stripes(pdf: &mut Pdf, numbers: &mut Numbers) -> Ref {
    let pattern = numbers.next();
    let mut content = Content::new();
    content.set_fill_gray(1.0).rect(0.0, 0.0, 4.0, 4.0).fill_nonzero();
    content.set_stroke_gray(0.0).set_line_width(1.3);
    // Three parallel lines, so that the corners of neighbouring tiles meet.
    for shift in [-4.0, 0.0, 4.0] {
        content.move_to(shift - 1.0, -1.0).line_to(shift + 5.0, 5.0).stroke();
    }
    let bytes = content.finish();
    let mut object = pdf.tiling_pattern(pattern, &bytes);
    object
        .paint_type(PaintType::Colored)
        .tiling_type(TilingType::ConstantSpacing)
        .bbox(Rect::new(0.0, 0.0, 4.0, 4.0))
        .x_step(4.0)
        .y_step(4.0);
    object.resources();
    object.finish();
    pattern
}

fn picture(pdf: &mut Pdf, numbers: &mut Numbers, pixels: &Pixels) -> Result<Ref, PdfError> {
    let object = numbers.next();
    let bytes = compress(&pixels.bytes)?;
    let mut image = pdf.image_xobject(object, &bytes);
    image.filter(Filter::FlateDecode);
    image.width(pixels.columns as i32).height(pixels.rows as i32).bits_per_component(8);
    let space: &[u8] = if pixels.is_grey() { b"DeviceGray" } else { b"DeviceRGB" };
    image.color_space_name(Name(space));
    Ok(object)
}

fn structure(pdf: &mut Pdf, tags: &Tags, root: Ref, elements: &[Ref], pages: &[Ref]) {
    for (index, element) in tags.0.iter().enumerate() {
        let mut object = pdf.struct_element(elements[index]);
        object.kind(element.role);
        object.parent(if index == Tags::ROOT { root } else { elements[element.parent] });
        if let Some(text) = &element.alternative {
            object.alt(TextStr(text));
        }
        if let Some(language) = &element.language {
            object.lang(TextStr(language));
        }
        if element.scope.is_some() || element.numbering.is_some() {
            let mut attributes = object.attributes();
            if let Some(scope) = element.scope {
                attributes.push().table().scope(scope);
            }
            if let Some(numbering) = element.numbering {
                attributes.push().list().list_numbering(numbering);
            }
        }
        let mut children = object.children();
        for kid in &element.kids {
            match kid {
                Kid::Element(kid) => {
                    children.struct_element(elements[*kid]);
                }
                Kid::Content { page, mark } => {
                    children.marked_content_ref().page(pages[*page]).marked_content_id(*mark);
                }
            }
        }
    }
}

fn outline(
    pdf: &mut Pdf,
    numbers: &mut Numbers,
    laid: &Laid,
    pages: &Pages,
    page_refs: &[Ref],
) -> Option<Ref> {
    let items = numbers.many(pages.places.len());
    let (first, last) = (*items.first()?, *items.last()?);
    let outline = numbers.next();
    pdf.outline(outline).first(first).last(last).count(items.len() as i32);
    for (i, (entry, page, y)) in pages.places.iter().enumerate() {
        let mut item = pdf.outline_item(items[i]);
        item.title(TextStr(&laid.entries[*entry].title)).parent(outline);
        if i > 0 {
            item.prev(items[i - 1]);
        }
        if let Some(next) = items.get(i + 1) {
            item.next(*next);
        }
        item.dest().page(page_refs[*page]).xyz(0.0, up(*y) as f32, None);
    }
    Some(outline)
}

fn xmp(document: &Document) -> String {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let (title, subject, language) =
        (escape(&document.title), escape(&document.subject), escape(&document.language));
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" \
         xmlns:pdfuaid=\"http://www.aiim.org/pdfua/ns/id/\">\
         <dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{title}</rdf:li></rdf:Alt></dc:title>\
         <dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">{subject}</rdf:li></rdf:Alt></dc:description>\
         <dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>\
         <pdf:Producer>Rami</pdf:Producer><xmp:CreatorTool>Rami</xmp:CreatorTool>\
         <pdfuaid:part>1</pdfuaid:part></rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>"
    )
}
