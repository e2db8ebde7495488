//! Stories: what people do in the tracker, and what the bot makes of it.

mod checklist;
mod commands;
mod disorder;
mod faults;
mod loss;
mod lost_hooks;
mod reports;
mod service;
mod stages;
