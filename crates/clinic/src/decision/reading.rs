//! How hard a text is to read.
//!
//! English: Flesch–Kincaid grade = 0.39 words/sentences + 11.8 syllables/words − 15.59 (Kincaid 1975).
//! Spanish: Fernández Huerta 1959 = 206.84 − 60 syllables/words − 1.02 words/sentences; 60 to 70 is read after seven to
//! eight years of school. Syllables are counted by rule: groups of vowels, with silent endings left out in English and
//! hiatus in Spanish. The rule is within a few per cent of a dictionary over a page; single words may be off by one.

/// Counts over a text.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    /// Sentences; list items and headings count as one each.
    pub sentences: usize,
    /// Words.
    pub words: usize,
    /// Syllables.
    pub syllables: usize,
}

/// Flesch–Kincaid grade of counts; zero for no words.
#[must_use]
pub fn flesch_kincaid(counts: Counts) -> f64 {
    if counts.words == 0 {
        return 0.0;
    }
    let words = counts.words as f64;
    0.39 * words / counts.sentences.max(1) as f64 + 11.8 * counts.syllables as f64 / words - 15.59
}

/// Ease by Fernández Huerta; 100 for no words.
#[must_use]
pub fn fernandez_huerta(counts: Counts) -> f64 {
    if counts.words == 0 {
        return 100.0;
    }
    let words = counts.words as f64;
    206.84 - 60.0 * counts.syllables as f64 / words - 1.02 * words / counts.sentences.max(1) as f64
}

/// Counts sentences, words and syllables. A line is at least one sentence. Numbers count as one syllable a digit.
#[must_use]
pub fn count(text: &str, syllables: fn(&str) -> usize) -> Counts {
    let mut counts = Counts::default();
    for sentence in text.split(['.', '!', '?', ':', '\n']) {
        let words: Vec<String> = sentence
            .split(|c: char| !(c.is_alphanumeric() || c == '\''))
            .filter(|word| word.chars().any(char::is_alphanumeric))
            .map(str::to_lowercase)
            .collect();
        if !words.is_empty() {
            counts.sentences += 1;
            counts.words += words.len();
            counts.syllables += words.iter().map(|word| syllables(word).max(1)).sum::<usize>();
        }
    }
    counts
}

/// Syllables of a lower-case English word.
#[must_use]
pub fn english_syllables(word: &str) -> usize {
    if word.chars().all(|c| c.is_ascii_digit()) {
        return word.len();
    }
    let letters: Vec<char> = word.chars().filter(|c| c.is_alphabetic()).collect();
    let vowel = |c: char| "aeiouyáéíóú".contains(c);
    let mut groups =
        letters.iter().enumerate().filter(|&(i, &c)| vowel(c) && (i == 0 || !vowel(letters[i - 1]))).count();
    let ends = |end: &str| word.ends_with(end) && letters.len() > end.len() + 1;
    let silent = (ends("e") && !ends("le") && !ends("ee"))
        || (ends("es")
            && !["ses", "zes", "ches", "shes", "ges", "ces", "xes", "les"].iter().any(|e| word.ends_with(e)))
        || (ends("ed") && !word.ends_with("ted") && !word.ends_with("ded"));
    let last_pair_is_one_group =
        letters.len() > 2 && ends("e") && letters.get(letters.len() - 2).is_some_and(|c| vowel(*c));
    if silent && groups > 1 && !last_pair_is_one_group {
        groups -= 1;
    }
    // "-ia", "-io" in "medium", "radiation" are two; "-ion" after s or t is one.
    let hiatus = ["ia", "io", "iu", "eo", "ue"].iter().filter(|pair| word.contains(**pair)).count();
    let swallowed = ["tion", "sion", "peop", "cia", "gue", "que", "gio", "eou"]
        .iter()
        .filter(|part| word.contains(**part))
        .count();
    groups + hiatus.saturating_sub(swallowed)
}

/// Syllables of a lower-case Spanish word: strong vowels and accented weak ones each carry one, weak ones join them.
#[must_use]
pub fn spanish_syllables(word: &str) -> usize {
    if word.chars().all(|c| c.is_ascii_digit()) {
        return word.len();
    }
    let strong = |c: char| "aeoáéóíú".contains(c);
    let mut letters: Vec<char> = word.chars().collect();
    // The u of que, qui, gue, gui is silent; a final y is a vowel.
    let mut i = 0;
    while i + 2 < letters.len() {
        if "qg".contains(letters[i]) && letters[i + 1] == 'u' && "eiéí".contains(letters[i + 2]) {
            letters.remove(i + 1);
        }
        i += 1;
    }
    let vowel =
        |i: usize| "aeiouáéíóúü".contains(letters[i]) || (letters[i] == 'y' && i + 1 == letters.len());
    let mut syllables = 0;
    let mut in_group = false;
    let mut carried = false;
    for i in 0..letters.len() {
        if !vowel(i) {
            in_group = false;
            continue;
        }
        if !in_group {
            syllables += 1;
            carried = strong(letters[i]);
        } else if strong(letters[i]) {
            if carried {
                syllables += 1;
            }
            carried = true;
        }
        in_group = true;
    }
    syllables
}

/// The plain text of a page: one line a block, without what is between the marks of the part for the doctor, drawings and styles.
#[must_use]
pub fn plain_text(html: &str) -> String {
    let mut html = html.to_owned();
    for (from, to) in [("<head>", "</head>"), ("<svg", "</svg>"), ("<!-- for the doctor -->", "<!-- end -->")]
    {
        while let Some(start) = html.find(from) {
            let end = html[start..].find(to).map_or(html.len(), |at| start + at + to.len());
            html.replace_range(start..end, "\n");
        }
    }
    let mut out = String::new();
    let mut rest = html.as_str();
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        let Some(end) = rest[start..].find('>') else { break };
        let tag = rest[start + 1..start + end].trim_start_matches('/');
        let name: String = tag.chars().take_while(|c| c.is_alphanumeric()).collect();
        if !["b", "strong", "em", "a", "span"].contains(&name.as_str()) {
            out.push('\n');
        }
        rest = &rest[start + end + 1..];
    }
    out.push_str(rest);
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    entities.iter().fold(out, |text, (entity, c)| text.replace(entity, c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_syllables_are_those_of_a_dictionary() {
        for (word, syllables) in [
            ("block", 1),
            ("nerve", 1),
            ("needle", 2),
            ("medicine", 3),
            ("leg", 1),
            ("disease", 2),
            ("ease", 1),
            ("people", 2),
            ("numbed", 1),
            ("started", 2),
            ("medium", 3),
            ("radiation", 4),
            ("decision", 3),
            ("pressure", 2),
            ("free", 1),
            ("use", 1),
            ("the", 1),
            ("bones", 1),
            ("minutes", 2),
            ("because", 2),
        ] {
            assert_eq!(english_syllables(word), syllables, "{word}");
        }
    }

    #[test]
    fn spanish_syllables_are_those_of_a_dictionary() {
        for (word, syllables) in [
            ("bloqueo", 3),
            ("pierna", 2),
            ("nervio", 2),
            ("día", 2),
            ("medicina", 4),
            ("guía", 2),
            ("que", 1),
            ("aguja", 3),
            ("cirugía", 4),
            ("hay", 1),
            ("sangre", 2),
            ("oído", 3),
            ("equipo", 3),
            ("peor", 2),
            ("ciudad", 2),
        ] {
            assert_eq!(spanish_syllables(word), syllables, "{word}");
        }
    }

    #[test]
    fn the_formulas_give_their_textbook_values() {
        // "The cat sat on the mat." 6 words, 1 sentence, 6 syllables: 0.39·6 + 11.8 − 15.59 = −1.45.
        let counts = count("The cat sat on the mat.", english_syllables);
        assert_eq!(counts, Counts { sentences: 1, words: 6, syllables: 6 });
        assert!((flesch_kincaid(counts) + 1.45).abs() < 1e-9);
        // 206.84 − 60·9/5 − 1.02·5 = 93.74 for 5 words of 9 syllables.
        assert!((fernandez_huerta(Counts { sentences: 1, words: 5, syllables: 9 }) - 93.74).abs() < 1e-9);
    }

    #[test]
    fn a_page_loses_its_tags_and_the_part_for_the_doctor() {
        let html = "<head><title>x</title></head><h1>One</h1><p>Two <b>three</b> &amp; four</p><!-- for the doctor -->secret<!-- end -->five";
        let text = plain_text(html);
        assert!(text.contains("Two three & four") && text.contains("five") && !text.contains("secret"));
    }
}
