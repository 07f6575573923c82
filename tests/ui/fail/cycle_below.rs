// `Report` is in no cycle itself, and could still never start, since what it needs is in one.

use plugstate::{BoxError, Meta, Plugin, discover};

struct Report;

impl Plugin for Report {
    const META: Meta = Meta::new("report", "1.0.0");
    type Requires = (Egg,);
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Report)
    }
}

struct Egg;

impl Plugin for Egg {
    const META: Meta = Meta::new("egg", "1.0.0");
    type Requires = (Hen,);
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Egg)
    }
}

struct Hen;

impl Plugin for Hen {
    const META: Meta = Meta::new("hen", "1.0.0");
    type Requires = (Egg,);
    type Config = ();
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Hen)
    }
}

fn main() {
    let _ = discover::<Report>();
}
