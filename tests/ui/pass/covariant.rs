// A long borrow can be shown where a shorter one is asked for, so handles of different lifetimes
// go into one list.

use plugstate::{BoxError, Handle, discover};

#[path = "../plugins.rs"]
mod plugins;
use plugins::*;
use plugstate::state::Enabled;

fn both<'a>(
    a: &'a Handle<'a, Uart, Enabled>,
    b: &'a Handle<'a, Uart, Enabled>,
) -> [&'a Handle<'a, Uart, Enabled>; 2] {
    [a, b]
}

fn shorten<'short, 'long: 'short>(
    uart: Handle<'long, Uart, Enabled>,
) -> Handle<'short, Uart, Enabled> {
    uart
}

const _: fn(Handle<'static, Uart, Enabled>) = |uart| drop(shorten(uart));

fn main() -> Result<(), BoxError> {
    let first = discover::<Core>().load()?.configure(1)?.enable(())?;
    let long = discover::<Uart>().load()?.configure(())?.enable((&first,))?;
    {
        let second = discover::<Core>().load()?.configure(2)?.enable(())?;
        let short = discover::<Uart>().load()?.configure(())?.enable((&second,))?;
        let ticks: Vec<u64> = both(&long, &short).iter().map(|uart| uart.ticks).collect();
        assert_eq!(ticks, [1, 2]);
    }
    let _ = long.disable()?;
    Ok(())
}
