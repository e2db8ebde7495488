//! Numbers as people read them.

/// `1,234,567`
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 branch`, `12 branches`
pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    let noun = if count == 1 { one } else { many };
    format!("{} {noun}", number(count))
}

/// A number, or that there is none.
pub(super) fn known(count: Option<u64>) -> String {
    count.map_or_else(|| "unknown".to_owned(), number)
}

/// `640 KB`, `3.2 MB`, `1.9 GB`
pub(super) fn size(kilobytes: u64) -> String {
    const STEP: u64 = 1024;
    let tenths = |whole: u64, unit: &str| {
        let tenths = whole.saturating_mul(10) / STEP;
        format!("{}.{} {unit}", number(tenths / 10), tenths % 10)
    };
    match kilobytes {
        0..STEP => format!("{kilobytes} KB"),
        _ if kilobytes < STEP * STEP => tenths(kilobytes, "MB"),
        _ => tenths(kilobytes / STEP, "GB"),
    }
}

/// `10 minutes`, `5 hours`, `6 days`, never less than it is.
pub(super) fn span(minutes: u64) -> String {
    const HOUR: u64 = 60;
    const DAY: u64 = 24 * HOUR;
    match minutes {
        0..=90 => counted(minutes, "minute", "minutes"),
        _ if minutes <= 2 * DAY => counted(minutes.div_ceil(HOUR), "hour", "hours"),
        _ => counted(minutes.div_ceil(DAY), "day", "days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_at_a_glance() {
        for (count, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(number(count), text);
        }
        assert_eq!(counted(1, "tag", "tags"), "1 tag");
        assert_eq!(counted(2_000, "tag", "tags"), "2,000 tags");
        assert_eq!((known(None), known(Some(0))), ("unknown".to_owned(), "0".to_owned()));
    }

    #[test]
    fn sizes_and_spans_have_their_unit() {
        for (kilobytes, text) in [
            (0, "0 KB"),
            (1_023, "1023 KB"),
            (1_024, "1.0 MB"),
            (123_456, "120.5 MB"),
            (1_048_576, "1.0 GB"),
            (2_000_000, "1.9 GB"),
            (u64::MAX, "17,592,186,044,415.9 GB"),
        ] {
            assert_eq!(size(kilobytes), text);
        }
        for (minutes, text) in [
            (1, "1 minute"),
            (90, "90 minutes"),
            (91, "2 hours"),
            (2_880, "48 hours"),
            (2_881, "3 days"),
        ] {
            assert_eq!(span(minutes), text);
        }
    }
}
