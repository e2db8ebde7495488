//! Stories: what people do in the tracker, and what the bot makes of it.

mod away;
mod checklist;
mod clocks;
mod commands;
mod disorder;
mod faults;
mod loss;
mod lost_hooks;
mod refusals;
mod reports;
mod service;
mod stages;
