//! Dates and times as FHIR writes them.

/// Whole years from one ISO date to another.
pub(super) fn age(birth: &str, today: &str) -> Option<u32> {
    let part = |text: &str, range: std::ops::Range<usize>| text.get(range)?.parse::<u32>().ok();
    // A birth date may be a year alone; its month and day then count as 1 January.
    let date =
        |text: &str| Some((part(text, 0..4)?, part(text, 5..7).unwrap_or(1), part(text, 8..10).unwrap_or(1)));
    let (born, now) = (date(birth)?, date(today)?);
    let had_birthday = (now.1, now.2) >= (born.1, born.2);
    now.0.checked_sub(born.0)?.checked_sub(u32::from(!had_birthday))
}

/// A FHIR dateTime or instant in minutes since the year 0, in universal time; a date alone is its first minute, and a time
/// without a zone counts as universal. Nothing for what is not one.
pub(super) fn minutes(text: &str) -> Option<i64> {
    let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
    let mut parts = date.split('-').map(|part| part.parse::<i64>().ok());
    let year = parts.next()??;
    let month = parts.next().map_or(Some(1), |month| month)?;
    let day = parts.next().map_or(Some(1), |day| day)?;
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) || date.len() < 4 {
        return None;
    }
    let days = days_from_civil(year, month, day);
    let Some(time) = time else { return Some(days * 1440) };
    let (clock, offset) = match time.find(['Z', '+', '-']) {
        Some(at) => (&time[..at], offset(&time[at..])?),
        None => (time, 0),
    };
    let mut parts = clock.split(':');
    let hour: i64 = parts.next()?.parse().ok()?;
    let minute: i64 = parts.next()?.parse().ok()?;
    let in_range = (0..=24).contains(&hour) && (0..60).contains(&minute);
    in_range.then_some(days * 1440 + hour * 60 + minute - offset)
}

/// Minutes east of Greenwich: `Z`, `+01:00`, `-05:30`.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let size = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
    Some(if zone.starts_with('-') { -size } else { size })
}

/// Days since 1 March of the year 0 of the Gregorian calendar, counted from years that begin in March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_month_follows_the_one_before() {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30];
        for (month, length) in (1..).zip(lengths) {
            let first = |month| days_from_civil(2026, month, 1);
            assert_eq!(first(month + 1) - first(month), length, "month {month}");
        }
        assert_eq!(days_from_civil(2027, 1, 1) - days_from_civil(2026, 12, 31), 1);
    }

    #[test]
    fn an_age_turns_on_the_birthday() {
        assert_eq!(age("1980-06-15", "2026-06-14T10:00:00Z"), Some(45));
        assert_eq!(age("1980-06-15", "2026-06-15"), Some(46));
        assert_eq!(age("1980", "2026-11-22"), Some(46));
        assert_eq!(age("2030-01-01", "2026-11-22"), None);
        assert_eq!(age("soon", "2026-11-22"), None);
    }

    #[test]
    fn times_are_ordered_whatever_their_zone() {
        let at = |text: &str| minutes(text).unwrap();
        assert_eq!(at("2026-11-22T01:00:00+02:00"), at("2026-11-21T23:00:00Z"));
        assert_eq!(at("2026-11-21T20:00:00.250-05:00"), at("2026-11-22T01:00:00Z"));
        assert_eq!(at("2024-03-01") - at("2024-02-28"), 2 * 1440, "a leap day");
        assert_eq!(at("2100-03-01") - at("2100-02-28"), 1440, "no leap day in 2100");
        assert_eq!(at("2026") + 31 * 1440, at("2026-02"));
        assert!(at("2026-01-01T00:00:00Z") > at("2025-12-31T23:59:00Z"));
        for text in [
            "",
            "soon",
            "2026-13",
            "2026-11-22T9",
            "2026-11-22T25:00:00Z",
            "26",
            "2026-11-22T10:00:00+x",
            "1-2-3-4",
        ] {
            assert_eq!(minutes(text), None, "{text}");
        }
    }
}
