//! Where the receipt printer of a counter is, as its settings say it.

use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where a printer is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum PrinterAddress {
    /// There is none.
    Nowhere,
    /// A device file.
    File(PathBuf),
    /// In the network, as `tcp:192.168.1.50:9100`.
    Tcp(SocketAddr),
}

/// An address that names no printer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no printer: write a device file such as \"/dev/usb/lp0\", or such as \"tcp:192.168.1.50:9100\"")]
pub struct NoPrinter(String);

impl TryFrom<String> for PrinterAddress {
    type Error = NoPrinter;

    fn try_from(text: String) -> Result<Self, NoPrinter> {
        match text.strip_prefix("tcp:") {
            _ if text.is_empty() => Ok(Self::Nowhere),
            Some(address) => address.parse().map(Self::Tcp).map_err(|_not_an_address| NoPrinter(text)),
            None if text.starts_with('/') => Ok(Self::File(text.into())),
            None => Err(NoPrinter(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_device_or_a_place_in_the_network() {
        let read = |text: &str| PrinterAddress::try_from(text.to_owned());
        assert_eq!(read(""), Ok(PrinterAddress::Nowhere));
        assert_eq!(read("/dev/usb/lp0"), Ok(PrinterAddress::File("/dev/usb/lp0".into())));
        assert_eq!(read("tcp:127.0.0.1:9100"), Ok(PrinterAddress::Tcp("127.0.0.1:9100".parse().unwrap())));
        for wrong in ["usb", "tcp:printer", "tcp:127.0.0.1", "http://127.0.0.1:9100"] {
            assert!(read(wrong).unwrap_err().to_string().contains("/dev/usb/lp0"), "{wrong}");
        }
    }
}
