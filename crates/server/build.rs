//! Makes sure that the folder of the built web app exists, because it is
//! embedded at compile time. Building the app is npm's work, never done here.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=web/dist");
    if let Err(error) = std::fs::create_dir_all("web/dist") {
        println!("cargo::warning=cannot create crates/server/web/dist: {error}");
    }
}
