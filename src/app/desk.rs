//! An engine for one command at the terminal, without a service.

use std::sync::Arc;

use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::jobs::Engine;
use crate::store;

/// The engine and nothing around it.
#[derive(Debug)]
pub struct Desk {
    /// Answers and works.
    pub engine: Arc<Engine>,
}

impl Desk {
    /// For commands that only look: a database that isn't there is not made.
    ///
    /// # Errors
    /// When a setting is missing, or the database or client can't be used.
    pub async fn reading(config: &Config) -> anyhow::Result<Self> {
        let mut config = config.clone();
        config.service.dry_run = true;
        let is_missing = super::missing_database(&config).is_some();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = if is_missing {
            store::open("sqlite::memory:", Arc::clone(&clock)).await?
        } else {
            super::open_store(&config, Arc::clone(&clock)).await?
        };
        Self::over(&config, store, clock)
    }

    /// For commands that work.
    ///
    /// # Errors
    /// As [`Desk::reading`].
    pub async fn working(config: &Config) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = super::open_store(config, Arc::clone(&clock)).await?;
        Self::over(config, store, clock)
    }

    fn over(
        config: &Config,
        store: Arc<dyn store::Store>,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let access = super::access(config)?;
        let gitlab = super::connect(config, &access, Arc::clone(&clock))?;
        let engine = super::engine(config, &access, store, gitlab, clock)?;
        Ok(Self { engine: Arc::new(engine) })
    }
}
