//! The plugin `i2c`: decodes what is said on the two lines of an I2C bus.

use plugstate::{BoxError, Deps, Meta, Plugin};

use super::{Decoder, Decoding, Sampler};
use crate::i2c::{self, I2cSettings};

/// A decoder of one I2C bus.
#[derive(Default)]
pub(crate) struct I2c {
    settings: I2cSettings,
    decoding: Decoding,
}

impl Plugin for I2c {
    const META: Meta =
        Meta::new("i2c", "1.0.0").description("decodes I2C").requires(&[("sampler", "^1.0")]);
    type Requires = (Sampler,);
    type Config = I2cSettings;
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Self::default())
    }

    fn configure(&mut self, settings: I2cSettings) -> Result<(), BoxError> {
        settings.validate()?;
        self.settings = settings;
        Ok(())
    }

    fn enable(&mut self, (sampler,): Deps<'_, Self>) -> Result<(), BoxError> {
        let scl = sampler.line("scl", &self.settings.scl)?;
        let sda = sampler.line("sda", &self.settings.sda)?;
        self.decoding.found(i2c::decode(scl, sda));
        Ok(())
    }

    fn restore(&mut self, previous: &Self) -> Result<(), BoxError> {
        self.decoding = Decoding::after(&previous.decoding);
        Ok(())
    }
}

impl Decoder for I2c {
    fn bus(&self) -> &'static str {
        "i2c"
    }

    fn decoding(&self) -> &Decoding {
        &self.decoding
    }
}

plugstate::register!(I2c as dyn Decoder);
