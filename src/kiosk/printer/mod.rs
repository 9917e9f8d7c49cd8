//! The receipt printer beside a counter, if there is one: a file such as `/dev/usb/lp0`, or an address in the network.

mod slip;

pub use slip::Slip;

use crate::protocol::settings::PrinterAddress;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A printer that takes longer to take a slip has no paper, or is off.
const PATIENCE: Duration = Duration::from_secs(6);
const CONNECTS_WITHIN: Duration = Duration::from_secs(3);

/// A printer that prints one slip at a time.
pub struct Printer {
    address: PrinterAddress,
    /// Held while it takes a slip, which may be until somebody brings paper.
    at_work: Arc<Mutex<()>>,
}

impl Printer {
    /// The printer at this address.
    #[must_use]
    pub fn at(address: PrinterAddress) -> Self {
        Self { address, at_work: Arc::default() }
    }

    /// Prints a slip beside everything else; `answer` hears soon whether the printer took it.
    pub fn print(&self, slip: &Slip, answer: impl FnOnce(bool) + Send + 'static) {
        let (bytes, address, at_work) = (slip.escpos(), self.address.clone(), self.at_work.clone());
        thread::spawn(move || {
            let (done, outcome) = channel();
            thread::spawn(move || {
                let taken = match at_work.try_lock() {
                    Ok(_mine) => hand_over(&address, &bytes),
                    Err(_) => Err(io::Error::other("it has not taken the slip before")),
                };
                let _nobody_waits_any_more = done.send(taken);
            });
            let late = |_| Err(io::Error::from(io::ErrorKind::TimedOut));
            let taken = outcome.recv_timeout(PATIENCE).unwrap_or_else(late);
            if let Err(error) = &taken {
                tracing::warn!(%error, "a slip was not printed: look at the printer, and at [printer] in the settings");
            }
            answer(taken.is_ok());
        });
    }
}

fn hand_over(address: &PrinterAddress, bytes: &[u8]) -> io::Result<()> {
    match address {
        PrinterAddress::Nowhere => Err(io::ErrorKind::NotFound.into()),
        PrinterAddress::File(path) => {
            let mut device = OpenOptions::new().write(true).open(path)?;
            device.write_all(bytes)?;
            device.flush()
        }
        PrinterAddress::Tcp(address) => {
            let mut stream = TcpStream::connect_timeout(address, CONNECTS_WITHIN)?;
            stream.set_write_timeout(Some(PATIENCE))?;
            stream.write_all(bytes)?;
            stream.shutdown(Shutdown::Write)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kiosk::session::SlipWords;
    use std::io::Read;
    use std::net::TcpListener;

    fn slip() -> Slip {
        let words = SlipWords {
            office: "Disdukcapil Kota Sawahlunto".to_owned(),
            counter: "Loket 1".to_owned(),
            title: "Bagaimana pelayanan kami hari ini?".to_owned(),
            hint: "Pindai dengan HP dalam 7 hari.".to_owned(),
        };
        Slip { words, link: "HTTP://LOKET.EXAMPLE/R/ABC".to_owned() }
    }

    fn print(address: PrinterAddress) -> bool {
        let (told, answer) = channel();
        Printer::at(address).print(&slip(), move |done| told.send(done).unwrap());
        answer.recv_timeout(PATIENCE * 2).unwrap()
    }

    #[test]
    fn a_printer_in_the_network_takes_the_whole_slip() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = PrinterAddress::Tcp(listener.local_addr().unwrap());
        let paper = thread::spawn(move || {
            let mut bytes = Vec::new();
            listener.accept().unwrap().0.read_to_end(&mut bytes).unwrap();
            bytes
        });
        assert!(print(address));
        assert_eq!(paper.join().unwrap(), slip().escpos());
    }

    #[test]
    fn a_device_file_takes_it_and_a_missing_or_closed_printer_is_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(print(PrinterAddress::File(file.path().to_owned())));
        assert_eq!(std::fs::read(file.path()).unwrap(), slip().escpos());
        assert!(!print(PrinterAddress::File("/nowhere/lp0".into())));
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(!print(PrinterAddress::Tcp(closed)));
    }

    #[test]
    fn a_printer_that_still_has_a_slip_takes_no_second_one() {
        let printer = Printer::at(PrinterAddress::File("/dev/null".into()));
        let (told, answer) = channel();
        let busy = printer.at_work.lock().unwrap();
        printer.print(&slip(), move |done| told.send(done).unwrap());
        assert!(!answer.recv_timeout(PATIENCE * 2).unwrap());
        drop(busy);
    }
}
