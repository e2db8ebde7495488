//! Who stands in for the people of a source.

use super::Origin;
use crate::sandbox::users::User;
use crate::sandbox::wire::Outcome;
use crate::sandbox::world::World;
use std::collections::BTreeMap;

/// Stand-ins by top group, origin and login over there.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Census {
    placeholders: BTreeMap<(u64, Origin, String), u64>,
    /// "Import User" by top group and origin.
    leftovers: BTreeMap<(u64, Origin), u64>,
}

impl World {
    /// The account that what this person did belongs to from now on: the owner of a personal
    /// namespace, a placeholder, or, beyond the limit, the one user for everybody else.
    pub(super) fn stand_in(
        &mut self,
        namespace: u64,
        origin: Origin,
        login: &str,
        limit: Option<u64>,
    ) -> Outcome<u64> {
        let top = self.top_of(namespace);
        if let Some(owner) = self.namespace(top)?.owner {
            return Ok(owner);
        }
        let key = (top, origin, login.to_owned());
        if let Some(user) = self.census.placeholders.get(&key) {
            return Ok(*user);
        }
        let same = |(place, from, _): &&(u64, Origin, String)| *place == top && *from == origin;
        let there = self.census.placeholders.keys().filter(same).count() as u64;
        if limit.is_some_and(|limit| there >= limit) {
            if let Some(user) = self.census.leftovers.get(&(top, origin)) {
                return Ok(*user);
            }
            let user = self.add_stand_in(format!("import_user_namespace_{top}"), "Import User")?;
            self.census.leftovers.insert((top, origin), user);
            return Ok(user);
        }
        let nth = self.census.placeholders.len() + 1;
        let username = format!("{login}_placeholder_user_{nth}");
        let user = self.add_stand_in(username, &format!("Placeholder {login}"))?;
        self.census.placeholders.insert(key, user);
        Ok(user)
    }

    /// An account nobody can use; it has no namespace.
    fn add_stand_in(&mut self, username: String, name: &str) -> Outcome<u64> {
        let (id, created_at) = (self.next_id(), Some(self.clock.peek()));
        let name = name.to_owned();
        self.users.insert(id, User { id, username, name, created_at, ..User::default() });
        Ok(id)
    }
}
