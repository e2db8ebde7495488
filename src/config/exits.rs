//! The exits of stages as a graph.

use crate::model::StageName;
use crate::workflow::Stage;

/// The stages one can come to from the first by the exits written.
pub(super) fn reachable(stages: &[Stage]) -> Vec<&StageName> {
    let mut reached: Vec<&StageName> =
        stages.first().map(|stage| &stage.name).into_iter().collect();
    let mut index = 0;
    while let Some(name) = reached.get(index).copied() {
        for to in stages.iter().filter(|stage| stage.name == *name).flat_map(|stage| &stage.next) {
            if !reached.contains(&to) {
                reached.push(to);
            }
        }
        index += 1;
    }
    reached
}

/// Staff may take a move back to any stage above; what has ended goes only where it says.
pub(super) fn allow_backward(stages: &mut [Stage]) {
    let mut above: Vec<StageName> = Vec::new();
    for stage in stages {
        if !stage.is_end {
            let back = above.iter().filter(|name| !stage.next.contains(name)).cloned();
            stage.next.extend(back.collect::<Vec<_>>());
            above.push(stage.name.clone());
        }
    }
}
