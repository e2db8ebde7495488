//! What every store must do, whichever database it stands on, and the queue on top of it.

#[cfg(test)]
mod crash;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod lanes;
#[cfg(test)]
mod operators;
#[cfg(test)]
mod place;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod receive;
#[cfg(test)]
mod reconciler;
mod reports;
#[cfg(test)]
mod restored;
#[cfg(test)]
mod runner;
#[cfg(test)]
mod sqlite_file;
#[cfg(test)]
mod trouble;
