//! GitHub: whether the token, if there is one, can read public data and nothing else.

use super::Finding;
use crate::config::Config;
use crate::github::{GitHub, GithubError, Settings, TokenInfo};

/// Asks only when a token is configured: without one there is nothing to find wrong with it.
pub(super) async fn check(config: &Config) -> Option<Finding> {
    let service = &config.service;
    let token = service.github_token.clone()?;
    let settings = Settings {
        time_scale: service.time_scale,
        ..Settings::new(service.github_url.clone(), Some(token))
    };
    let asked = match GitHub::connect(settings) {
        Ok(github) => github.token_info().await.map_err(GithubError::from),
        Err(error) => Err(error),
    };
    Some(judge(asked))
}

fn judge(asked: Result<TokenInfo, GithubError>) -> Finding {
    match asked {
        // A token that reads private repositories could publish one through us.
        Ok(info) if !info.scopes.is_empty() => Finding::fail(
            "GitHub",
            format!(
                "the token has scopes [{}], but public data needs none",
                info.scopes.join(", ")
            ),
            "make a token without any scope and set LANDFALL_GITHUB_TOKEN",
        ),
        Ok(info) => Finding::ok(
            "GitHub",
            match info.calls_left {
                Some(left) => format!("the token has no scopes; {left} calls left this hour"),
                None => "the token has no scopes".to_owned(),
            },
        ),
        Err(error) => {
            Finding::warn("GitHub", error.to_string(), "nothing but assessments needs it")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Level;
    use crate::github::SurveyError;

    #[test]
    fn a_token_with_any_scope_is_refused() {
        let level = |scopes: &[&str]| {
            let scopes = scopes.iter().map(ToString::to_string).collect();
            judge(Ok(TokenInfo { scopes, calls_left: Some(5000) })).level
        };
        assert_eq!(level(&[]), Level::Ok);
        assert_eq!(level(&["repo"]), Level::Fail);
        assert_eq!(level(&["read:org", "gist"]), Level::Fail);
        assert_eq!(judge(Err(GithubError::Failed(SurveyError::Unauthorized))).level, Level::Warn);
    }
}
