//! `landfall health`: asks the running service.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;

use super::say;
use crate::config::Config;

/// Exit code 0 when `/readyz` answers 200.
pub(super) async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let mut address = config.service.listen;
    if address.ip().is_unspecified() {
        let loopback = match address {
            std::net::SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            std::net::SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        };
        address.set_ip(loopback);
    }
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()?;
    let answer = client
        .get(format!("http://{address}/readyz"))
        .send()
        .await
        .with_context(|| format!("no service answers on {address}; is `landfall serve` up?"))?;
    let is_ready = answer.status().is_success();
    say(answer.text().await?.trim_end());
    Ok(if is_ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
