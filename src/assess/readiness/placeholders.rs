//! Whether everybody who wrote something finds room in a group on GitLab.com.

use serde::Serialize;

use super::sources::Quota;

/// People of a source against the room for those without an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Placeholders {
    /// Authors of commits, the only people that are counted. Whoever only wrote issues or comments
    /// comes on top, and whoever has an account takes no room.
    pub people: Option<u64>,
    /// Each plan's room, smallest first.
    pub rooms: Vec<Room>,
}

/// One plan's room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Room {
    /// The plan and its limit.
    #[serde(flatten)]
    pub quota: Quota,
    /// Whether the people fit; absent when their number is unknown.
    pub fits: Option<bool>,
}

/// The answer in short.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fit<'a> {
    /// Nobody knows how many they are.
    Unknown,
    /// The smallest room does.
    Everywhere,
    /// This is the smallest room that does.
    From(&'a Quota),
    /// No room is large enough; this is the largest.
    Nowhere(&'a Quota),
    /// Nothing is configured.
    NoLimits,
}

impl Placeholders {
    pub(super) fn of(people: Option<u64>, quotas: &[Quota]) -> Self {
        let rooms = quotas.iter().map(|quota| Room {
            quota: quota.clone(),
            fits: people.map(|people| people <= quota.limit),
        });
        Self { people, rooms: rooms.collect() }
    }

    pub(super) fn fit(&self) -> Fit<'_> {
        let Some(largest) = self.rooms.last() else {
            return Fit::NoLimits;
        };
        if self.people.is_none() {
            return Fit::Unknown;
        }
        match self.rooms.iter().position(|room| room.fits == Some(true)) {
            Some(0) => Fit::Everywhere,
            Some(first) => {
                self.rooms.get(first).map_or(Fit::Unknown, |room| Fit::From(&room.quota))
            }
            None => Fit::Nowhere(&largest.quota),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_compared_with_each_room() {
        let quota =
            |plan: &str, limit| Quota { plan: plan.to_owned(), seats: "any".to_owned(), limit };
        let quotas = [quota("Free", 200), quota("Program", 1_000), quota("Large", 8_000)];
        for (people, fits, fit) in [
            (Some(0), [true; 3], Fit::Everywhere),
            (Some(200), [true; 3], Fit::Everywhere),
            (Some(201), [false, true, true], Fit::From(&quotas[1])),
            (Some(1_000), [false, true, true], Fit::From(&quotas[1])),
            (Some(1_001), [false, false, true], Fit::From(&quotas[2])),
            (Some(8_001), [false; 3], Fit::Nowhere(&quotas[2])),
        ] {
            let told = Placeholders::of(people, &quotas);
            let each: Vec<_> = told.rooms.iter().map(|room| room.fits.unwrap()).collect();
            assert_eq!(each, fits, "{people:?}");
            assert_eq!(told.fit(), fit, "{people:?}");
        }
        let unknown = Placeholders::of(None, &quotas);
        assert_eq!(unknown.fit(), Fit::Unknown);
        assert!(unknown.rooms.iter().all(|room| room.fits.is_none()));
        assert_eq!(Placeholders::of(Some(1), &[]).fit(), Fit::NoLimits);
    }
}
