//! The plugin `spi`: decodes the words on the four lines of an SPI bus.

use plugstate::{BoxError, Deps, Meta, Plugin};

use super::{Decoder, Decoding, Sampler};
use crate::spi::{self, SpiLines, SpiSettings};

/// A decoder of one SPI bus.
#[derive(Default)]
pub(crate) struct Spi {
    settings: SpiSettings,
    decoding: Decoding,
}

impl Plugin for Spi {
    const META: Meta =
        Meta::new("spi", "1.0.1").description("decodes SPI").requires(&[("sampler", "^1.0")]);
    type Requires = (Sampler,);
    type Config = SpiSettings;
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Self::default())
    }

    fn configure(&mut self, settings: SpiSettings) -> Result<(), BoxError> {
        settings.validate()?;
        self.settings = settings;
        Ok(())
    }

    fn enable(&mut self, (sampler,): Deps<'_, Self>) -> Result<(), BoxError> {
        let lines = SpiLines {
            cs: sampler.line("cs", &self.settings.cs)?,
            sclk: sampler.line("sclk", &self.settings.sclk)?,
            mosi: sampler.line("mosi", &self.settings.mosi)?,
            miso: sampler.line("miso", &self.settings.miso)?,
        };
        self.decoding.found(spi::decode(&self.settings, lines)?);
        Ok(())
    }

    fn restore(&mut self, previous: &Self) -> Result<(), BoxError> {
        self.decoding = Decoding::after(&previous.decoding);
        Ok(())
    }
}

impl Decoder for Spi {
    fn bus(&self) -> &'static str {
        "spi"
    }

    fn decoding(&self) -> &Decoding {
        &self.decoding
    }
}

plugstate::register!(Spi as dyn Decoder);
