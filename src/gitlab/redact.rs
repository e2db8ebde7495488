//! Takes secrets out of GitLab's own words, which may repeat an address or a token they were given.

/// Stands where a secret stood.
const HIDDEN: &str = "[hidden]";

/// How tokens begin that say what they are.
const TOKENS: [&str; 19] = [
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "gldt-",
    "glrt-",
    "glrtr-",
    "glcbt-",
    "glptt-",
    "glft-",
    "glimt-",
    "glagent-",
    "gloas-",
    "glsoat-",
    "glffct-",
    "whsec_",
];

/// An unnamed run of letters and digits this long is taken for a token.
const LONG: usize = 32;

/// The text on one line and without what could be a secret: what stands before the `@` of an
/// address, tokens, values called so, and long runs of letters and digits. Rather hides too much.
pub(super) fn redact(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    without_values(&without_users(&line))
}

/// `https://user:token@host/path` and `user:token@host` lose what stands before the `@`.
fn without_users(text: &str) -> String {
    let pieces = text.split_inclusive([' ', '"', '\'', '`', '<', '>']);
    pieces
        .map(|piece| match piece.rsplit_once('@') {
            None => piece.to_owned(),
            Some(("", _)) => piece.to_owned(),
            Some((user, rest)) => match user.split_once("://") {
                Some((scheme, _)) => format!("{scheme}://{HIDDEN}@{rest}"),
                None => format!("{HIDDEN}@{rest}"),
            },
        })
        .collect()
}

/// `token=x`, `"password": "x"`, `Bearer x` and what looks like a token lose the `x`.
fn without_values(text: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let mut shown = String::new();
    let (mut name, mut rest) = ("", text);
    loop {
        let start = rest.find(is_part).unwrap_or(rest.len());
        let (between, after) = rest.split_at(start);
        shown.push_str(between);
        if after.is_empty() {
            return shown;
        }
        let end = after.find(|c| !is_part(c)).unwrap_or(after.len());
        let (run, tail) = after.split_at(end);
        if is_value_of(name, between) {
            // A value may hold more kinds of characters than a name.
            let end = after.find([' ', '"', '\'', '&', ',', ';', '}', ')']).unwrap_or(after.len());
            shown.push_str(HIDDEN);
            rest = after.get(end..).unwrap_or_default();
        } else {
            shown.push_str(if is_token(run) { HIDDEN } else { run });
            rest = tail;
        }
        name = run;
    }
}

fn is_value_of(name: &str, between: &str) -> bool {
    let is_scheme = ["bearer", "basic"].iter().any(|scheme| name.eq_ignore_ascii_case(scheme));
    let is_joined = between.contains([':', '='])
        && between.chars().all(|c| matches!(c, ':' | '=' | ' ' | '>' | '"' | '\''));
    (is_scheme && between == " ") || (is_joined && names_a_secret(name))
}

fn names_a_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["token", "secret", "password", "passwd", "authorization", "api_key", "apikey"]
        .iter()
        .any(|secret| name.contains(secret))
}

fn is_token(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    if TOKENS.iter().any(|beginning| lower.contains(beginning)) {
        return true;
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    lower.split(|c| !is_part(c)).any(|run| {
        run.len() >= LONG
            && run.contains(|c: char| c.is_ascii_digit())
            && run.contains(|c: char| c.is_ascii_alphabetic())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn h19_what_could_be_a_secret_goes_and_the_reason_stays() {
        for (text, shown) in [
            (
                "Error importing https://mira:ghp_CANARY@github.com/acme/rocket.git into x",
                "Error importing https://[hidden]@github.com/acme/rocket.git into x",
            ),
            ("https://oauth2:a@b:c/d@host/p", "https://[hidden]@host/p"),
            (
                "fatal: 'https://u:p@h/r.git/' not found",
                "fatal: 'https://[hidden]@h/r.git/' not found",
            ),
            ("git clone x:CANARY@host", "git clone [hidden]@host"),
            (
                "GET https://h/x?private_token=CANARY&page=2",
                "GET https://h/x?private_token=[hidden]&page=2",
            ),
            ("{\"access_token\":\"CANARY\",\"a\":1}", "{\"access_token\":\"[hidden]\",\"a\":1}"),
            ("{:password=>\"CANARY/+=\"}", "{:password=>\"[hidden]\"}"),
            ("bad token: CANARY given", "bad token: [hidden] given"),
            ("Authorization: Bearer CANARY", "Authorization: [hidden] [hidden]"),
            ("the token has expired", "the token has expired"),
            ("see glpat-CANARY.", "see [hidden]."),
            (
                "object 0123456789abcdef0123456789abcdef01234567 is missing",
                "object [hidden] is missing",
            ),
            (
                "ActiveRecord::RecordInvalid: Note is too long",
                "ActiveRecord::RecordInvalid: Note is too long",
            ),
            ("two\n lines\r\n", "two lines"),
        ] {
            assert_eq!(redact(text), shown, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_token_survives_whatever_is_around_it(
            before in "[ -~]{0,20}",
            token in "(ghp_|glpat-|github_pat_)[A-Za-z0-9]{8,40}",
            after in "[ -~]{0,20}",
        ) {
            let text = format!("{before}{token}{after}");
            prop_assert!(!redact(&text).contains(&token), "{text}");
        }

        #[test]
        fn no_password_of_an_address_survives(
            before in "[ -~]{0,20}",
            password in "x[A-Za-z0-9:/?#!$%&=+.-]{8,20}",
            after in "[ -~]{0,20}",
        ) {
            let text = format!("{before} https://user:{password}@github.com/o/r {after}");
            prop_assert!(!redact(&text).contains(&password), "{text}");
        }
    }
}
