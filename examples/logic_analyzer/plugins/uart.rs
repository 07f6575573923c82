//! The plugin `uart`: decodes a serial line, and knows the text that was sent over it.

use plugstate::{BoxError, Deps, Meta, Plugin};

use super::{Decoder, Decoding, Sampler};
use crate::frame::{Frame, FrameKind};
use crate::uart::{self, UartSettings};

/// A decoder of one UART's line.
#[derive(Default)]
pub(crate) struct Uart {
    settings: UartSettings,
    decoding: Decoding,
}

impl Uart {
    /// The characters that arrived whole; `\u{fffd}` stands for each that did not.
    pub(crate) fn text(&self) -> String {
        let character = |frame: &Frame| match (frame.kind, frame.error) {
            (FrameKind::Word { value, .. }, None) => char::from_u32(value).unwrap_or('\u{fffd}'),
            _ => '\u{fffd}',
        };
        self.decoding.frames().iter().map(character).collect()
    }
}

impl Plugin for Uart {
    // The type says which plugin it is that this one stands on, the name adds in which versions.
    const META: Meta =
        Meta::new("uart", "1.1.0").description("decodes UART").requires(&[("sampler", "^1.2")]);
    type Requires = (Sampler,);
    type Config = UartSettings;
    type Error = BoxError;

    fn load() -> Result<Self, BoxError> {
        Ok(Self::default())
    }

    fn configure(&mut self, settings: UartSettings) -> Result<(), BoxError> {
        settings.validate()?;
        self.settings = settings;
        Ok(())
    }

    fn enable(&mut self, (sampler,): Deps<'_, Self>) -> Result<(), BoxError> {
        let line = sampler.line("line", &self.settings.line)?;
        self.decoding.found(uart::decode(&self.settings, line)?);
        Ok(())
    }

    fn restore(&mut self, previous: &Self) -> Result<(), BoxError> {
        self.decoding = Decoding::after(&previous.decoding);
        Ok(())
    }
}

impl Decoder for Uart {
    fn bus(&self) -> &'static str {
        "uart"
    }

    fn decoding(&self) -> &Decoding {
        &self.decoding
    }
}

plugstate::register!(Uart as dyn Decoder);
