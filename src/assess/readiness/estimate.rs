//! How long an import may take: the time of one that was measured, in proportion.

use serde::Serialize;

use super::sources::ImportTime;
use crate::model::Items;

/// No import is faster than this: GitLab waits between its steps.
const LEAST_MINUTES: u64 = 10;

/// From when to when an import may end. An estimate: comments weigh most and are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// The issues and pull requests it was made for.
    pub items: Items,
    /// When all goes well.
    pub least_minutes: u64,
    /// When it does not.
    pub most_minutes: u64,
}

/// `items / measured items × measured time`, divided and multiplied by how far others may be.
pub(super) fn estimate(items: Option<Items>, measured: &ImportTime) -> Option<Estimate> {
    let items = items?;
    let minutes = u128::from(items.number()).saturating_mul(u128::from(measured.hours));
    let minutes = minutes.saturating_mul(60) / u128::from(measured.items.max(1));
    let minutes = u64::try_from(minutes).unwrap_or(u64::MAX);
    let least = (minutes / measured.faster.max(1)).max(LEAST_MINUTES);
    let most = minutes.saturating_mul(measured.slower.max(1));
    Some(Estimate { items, least_minutes: least, most_minutes: most.max(least.saturating_mul(2)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_measured_time_in_proportion() {
        let measured = ImportTime {
            project: "kubernetes/kubernetes".to_owned(),
            items: 125_000,
            hours: 76,
            faster: 4,
            slower: 2,
        };
        for (items, least_hours, most_hours) in
            [(125_000, 19.0, 152.0), (12_500, 1.9, 15.2), (1_250_000, 190.0, 1520.0)]
        {
            let told = estimate(Some(Items::Exactly(items)), &measured).unwrap();
            let hours = |minutes: u64| minutes as f64 / 60.0;
            assert!((hours(told.least_minutes) - least_hours).abs() < 0.02, "{told:?}");
            assert!((hours(told.most_minutes) - most_hours).abs() < 0.02, "{told:?}");
        }
        for items in [0, 1, 100] {
            let told = estimate(Some(Items::AtMost(items)), &measured).unwrap();
            assert_eq!((told.least_minutes, told.most_minutes), (10, 20), "{items}");
        }
        assert_eq!(estimate(None, &measured), None);
        let endless = estimate(Some(Items::AtMost(u64::MAX)), &measured).unwrap();
        assert!(endless.least_minutes < endless.most_minutes);
        let odd = ImportTime { items: 0, faster: 0, slower: 0, hours: u64::MAX, ..measured };
        assert!(estimate(Some(Items::Exactly(u64::MAX)), &odd).is_some());
    }
}
