//! Markdown as people write it into an issue: lines, blocks, cells, words, addresses.
//!
//! More forgiving than CommonMark where a person's meaning is plain, and linear in the text whatever
//! its shape.

pub(super) mod address;
pub(super) mod block;
pub(super) mod definitions;
pub(super) mod given;
pub(super) mod headings;
pub(super) mod inline;
pub(super) mod label;
pub(super) mod lines;
pub(super) mod scan;
pub(super) mod table;
pub(super) mod words;
