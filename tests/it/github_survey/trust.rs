//! Where we let ourselves be sent: nowhere.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use landfall::github::{Found, GitHub, GithubError, Lookup, Settings, SurveyError};
use secrecy::SecretString;

use super::source::{Source, github, host, moved};
use super::{repo, settings, survey};
use crate::gitlab_client::server::Server;

#[tokio::test]
async fn h18_no_redirect_leads_out_of_the_api() {
    let elsewhere = Server::always(github(200, "", "{}")).await;
    let other = elsewhere.url.as_str().trim_end_matches('/').to_owned();
    let locations = [
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        format!("{other}/repositories/7"),
        format!("{other}/"),
        "HOST@169.254.169.254/repositories/7".to_owned(),
        "HOST.evil.example/repositories/7".to_owned(),
        "HOST/repositories/7/../../repos/acme/x".to_owned(),
        "HOST/repositories/7?x=1".to_owned(),
        "HOST/repositories/7#x".to_owned(),
        "HOST/repositories/".to_owned(),
        "HOST/repositories/-7".to_owned(),
        format!("HOST/repositories/{}", "7".repeat(21)),
        "HOST/repos/acme/other".to_owned(),
        "HOST/x/repositories/7".to_owned(),
        "/repositories/7".to_owned(),
        "//169.254.169.254/repositories/7".to_owned(),
        "https://127.0.0.1/repositories/7".to_owned(),
        "file:///repositories/7".to_owned(),
        String::new(),
    ];
    let statuses = [301, 302, 307, 308];
    let sent = locations.clone();
    let server = Server::start(move |asked, number| {
        let location = &sent[number / statuses.len()];
        let location = location.replace("HOST", &format!("http://{}", host(asked)));
        github(statuses[number % statuses.len()], &format!("Location: {location}\r\n"), "{}")
    })
    .await;
    let client = GitHub::connect(settings(&server)).unwrap();
    for (number, location) in locations.iter().flat_map(|one| [one; 4]).enumerate() {
        let failed = client.survey(&repo("rocket")).await.unwrap_err();
        assert_eq!(failed, SurveyError::ForeignRedirect, "{location}");
        assert_eq!(server.calls(), number + 1, "{location}");
    }
    assert_eq!(elsewhere.calls(), 0);
}

#[tokio::test]
async fn a_second_redirect_is_one_too_many() {
    let server = Server::start(|asked, _| moved(asked)).await;
    assert_eq!(survey(&server).await.unwrap_err(), SurveyError::ForeignRedirect);
    assert_eq!(server.calls(), 2);
}

/// A name server that says what it likes.
#[derive(Debug)]
struct Told(Vec<SocketAddr>);

impl Lookup for Told {
    fn lookup(&self, _: &str) -> Found {
        let told = self.0.clone();
        Box::pin(async move { Ok(told) })
    }
}

#[derive(Debug)]
struct Dead;

impl Lookup for Dead {
    fn lookup(&self, _: &str) -> Found {
        Box::pin(async { Err(io::Error::other("no name server")) })
    }
}

#[tokio::test]
async fn h17_a_name_that_leads_into_a_private_network_is_not_followed() {
    let inside = TcpListener::bind("127.0.0.1:0").unwrap();
    inside.set_nonblocking(true).unwrap();
    let address = inside.local_addr().unwrap();
    let url = format!("https://api.github.example:{}", address.port());
    let token = Some(SecretString::from(super::TOKEN));
    for private in ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "::ffff:127.0.0.1"] {
        let told = vec![SocketAddr::new(private.parse().unwrap(), address.port())];
        let lookup: Arc<dyn Lookup> = Arc::new(Told(told));
        let settings = Settings { lookup, ..Settings::new(url.parse().unwrap(), token.clone()) };
        let failed = GitHub::connect(settings).unwrap().survey(&repo("rocket")).await.unwrap_err();
        assert_eq!(failed, SurveyError::PrivateAddress, "{private}");
    }
    let connected = inside.accept();
    assert!(connected.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock));
}

#[tokio::test]
async fn h17_of_several_addresses_only_the_right_ones_are_tried() {
    let server = Server::start(|asked, _| Source::new().reply(asked)).await;
    let port = server.url.port().unwrap();
    let mut settings = settings(&server);
    settings.base_url.set_host(Some("localhost")).unwrap();
    let at = |ip: &str| SocketAddr::new(ip.parse().unwrap(), port);
    settings.lookup = Arc::new(Told(vec![at("169.254.169.254"), at("10.0.0.1"), at("127.0.0.1")]));
    let survey = GitHub::connect(settings).unwrap().survey(&repo("rocket")).await.unwrap();
    assert_eq!((survey.id.0, server.calls()), (7, 10));
}

#[tokio::test]
async fn a_name_server_that_is_dead_is_no_alarm() {
    let lookup: Arc<dyn Lookup> = Arc::new(Dead);
    let url = "https://api.github.example".parse().unwrap();
    let settings = Settings { lookup, ..Settings::new(url, None) };
    let failed = GitHub::connect(settings).unwrap().survey(&repo("rocket")).await.unwrap_err();
    assert_eq!(failed, SurveyError::Unreachable);
}

#[tokio::test]
async fn an_address_in_a_private_network_is_no_setting() {
    for url in ["https://10.0.0.1", "https://169.254.169.254", "http://api.github.com"] {
        let refused = GitHub::connect(Settings::new(url.parse().unwrap(), None)).err();
        assert!(matches!(refused, Some(GithubError::Unusable(_))), "{url}: {refused:?}");
    }
}

#[tokio::test]
async fn a_token_that_fits_into_no_header_is_no_setting() {
    for token in ["ghp_\n", "ghp x", "ghp_\u{e9}"] {
        let url = "https://api.github.com".parse().unwrap();
        let refused = GitHub::connect(Settings::new(url, Some(SecretString::from(token)))).err();
        let told = refused.unwrap().to_string();
        assert!(told.contains("LANDFALL_GITHUB_TOKEN") && !told.contains(token), "{told}");
    }
}

#[tokio::test]
async fn without_a_token_none_is_sent() {
    let server = Server::start(|asked, _| Source::new().reply(asked)).await;
    let settings = Settings { token: None, ..settings(&server) };
    assert!(GitHub::connect(settings).unwrap().survey(&repo("rocket")).await.is_ok());
    let heads = server.asked().into_iter().map(|one| one.head.to_ascii_lowercase());
    assert!(heads.into_iter().all(|head| !head.contains("authorization")));
}
