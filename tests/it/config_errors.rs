//! Configuration: the defaults load, and every mistake is told with its place and its remedy.

use landfall::config::{self, MapEnv};

#[test]
fn the_default_file_is_what_the_table_of_keys_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/config/landfall.yaml");
    let file = std::fs::read_to_string(path).unwrap();
    if std::env::var_os("LANDFALL_TEST_WRITE").is_some() {
        std::fs::write(path, config::default_file()).unwrap();
    }
    assert_eq!(file, config::default_file());
}

#[test]
fn the_defaults_load_clean() {
    let config = config::load(&MapEnv::default(), None).unwrap_or_else(|e| panic!("{e}"));
    println!("{}", config::reference());
    for stage in &config.workflow.stages {
        let mut context = landfall::workflow::TextContext::of_stage(stage, |_| false);
        context.bot = "landfall".into();
        println!(
            "=== {}\n{}",
            stage.name,
            config.texts.render_stage(&stage.name, &context).unwrap()
        );
    }
}
