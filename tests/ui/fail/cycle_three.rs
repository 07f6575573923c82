// Nobody sees this cycle in one file. Without the compiler a host would find it at run time, when
// the third plugin was linked.

use plugstate::{BoxError, Meta, Plugin, discover};

struct Rock;

impl Plugin for Rock {
    const META: Meta = Meta::new("rock", "1.0.0");
    type Requires = (Scissors,);
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Rock)
    }
}

struct Scissors;

impl Plugin for Scissors {
    const META: Meta = Meta::new("scissors", "1.0.0");
    type Requires = (Paper,);
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Scissors)
    }
}

struct Paper;

impl Plugin for Paper {
    const META: Meta = Meta::new("paper", "1.0.0");
    type Requires = (Rock,);
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Paper)
    }
}

fn main() {
    let _ = discover::<Rock>();
}
