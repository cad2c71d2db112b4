//! A file that is added to the console, or removed from it, is seen.

fn main() {
    println!("cargo::rerun-if-changed=../../console");
}
