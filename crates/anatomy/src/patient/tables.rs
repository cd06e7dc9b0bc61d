//! What holds for tables of people.

use super::population::{self, Known, TrunkSource};

#[test]
fn a_row_of_a_population_grows_the_same_person_from_its_table() {
    let rows = population::draw_many(11, 5, Known::default(), TrunkSource::Cadaver).unwrap();
    let table = population::to_csv(&rows);
    assert_eq!(population::from_csv(&table, 3).unwrap(), rows[3]);
    assert!(population::from_csv(&table, 5).unwrap_err().to_string().contains("the table has 5 rows"));
    assert!(population::from_csv("a,b\n1,2\n", 0).is_err());
    // What no body can be is refused by name, and nobody who is drawn is.
    let columns: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    let first: Vec<&str> = table.lines().nth(1).unwrap().split(',').collect();
    for (column, wrong, says) in [
        ("vertebra_ratio", "0", "a ratio of vertebral size"),
        ("kidney_length_mm", "-100", "a length of a kidney"),
        ("psoas_ratio", "-1", "a ratio of psoas"),
        ("aorta_radius_mm", "-5", "a radius of a great vessel"),
        ("lordosis_deg", "720", "a lordosis"),
    ] {
        let place = columns.iter().position(|name| *name == column).unwrap();
        let mut row: Vec<&str> = first.clone();
        row[place] = wrong;
        let bad = format!("{}\n{}\n", columns.join(","), row.join(","));
        let said = population::from_csv(&bad, 0).unwrap_err().to_string();
        assert!(said.contains(says), "{column} {wrong}: {said}");
    }
    let drawn: Vec<_> = (0..4000)
        .map(|row| population::draw(99, row, Known::default(), TrunkSource::Cadaver).unwrap())
        .collect();
    let all = population::to_csv(&drawn);
    let lines: Vec<&str> = all.lines().collect();
    for row in lines.iter().skip(1) {
        let one = format!("{}\n{row}\n", lines[0]);
        population::from_csv(&one, 0).unwrap_or_else(|error| panic!("{error}: {row}"));
    }
    assert!(population::from_csv(&table.replace("female", "fox").replace(",male", ",fox"), 0).is_err());
}
