//! Where a provider is reached.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use writemagic_shared::limits::BASE_URL_BYTES;

use super::{Locality, ProviderError};

/// The URL that a provider's paths are put behind, without a slash at its end.
///
/// `https` to any host, plain `http` to loopback and private addresses alone. The host is a name of ASCII letters, digits,
/// hyphens and dots (an international name in its `xn--` form), an IPv4 address in four decimal numbers, or an IPv6
/// address in brackets. No user name, query or fragment: a secret in a URL ends up in logs.
///
/// Debug output names scheme and host only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    text: String,
    host: Host,
    /// Where the path begins.
    path: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Host {
    Name(String),
    Address(IpAddr),
}

impl BaseUrl {
    /// Reads a URL of at most [`BASE_URL_BYTES`] bytes; slashes at its end are dropped, scheme and host become lower case.
    ///
    /// # Errors
    /// [`ProviderError::BaseUrl`] says what is wrong with it, [`ProviderError::PlainHttp`] that it would send texts
    /// readable across a network.
    pub fn parse(text: &str) -> Result<Self, ProviderError> {
        let wrong = |reason| Err(ProviderError::BaseUrl { reason });
        if text.len() as u64 > BASE_URL_BYTES {
            return wrong("too_long");
        }
        let Some((scheme, rest)) = text.split_once("://") else { return wrong("no_scheme") };
        let plain = match scheme.to_ascii_lowercase().as_str() {
            "https" => false,
            "http" => true,
            _ => return wrong("scheme"),
        };
        let rest = rest.trim_end_matches('/');
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if !path.bytes().all(is_path_byte) || path.contains("//") {
            return wrong("path");
        }
        if path.split('/').any(|part| part == "." || part == "..") {
            return wrong("path");
        }
        let Some((host, port)) = split_port(authority) else { return wrong("host") };
        let Some(host) = read_host(host) else { return wrong("host") };
        let port = match port.map(|port| (port.parse::<u16>(), port)) {
            None => String::new(),
            Some((Ok(number), digits)) if number > 0 && !digits.starts_with('+') => format!(":{number}"),
            Some(_) => return wrong("port"),
        };
        let origin = format!("{}://{host}{port}", if plain { "http" } else { "https" });
        let url = Self { path: origin.len(), text: origin + path, host };
        if plain && url.default_locality() == Locality::Cloud {
            return Err(ProviderError::PlainHttp);
        }
        Ok(url)
    }

    /// The whole URL, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host, in lower case; an IPv6 address without brackets.
    pub fn host(&self) -> String {
        match &self.host {
            Host::Name(name) => name.clone(),
            Host::Address(address) => address.to_string(),
        }
    }

    /// Whether bytes travel unencrypted.
    pub fn is_plain_http(&self) -> bool {
        self.text.starts_with("http://")
    }

    /// Whether the host is this device: a loopback address or `localhost`.
    pub fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Name(name) => name == "localhost" || name.ends_with(".localhost"),
            Host::Address(address) => unmapped(*address).is_loopback(),
        }
    }

    /// How far a text travels that is sent here, as far as the URL tells: [`Locality::Lan`] for loopback and private
    /// addresses, since the server there is another program, and [`Locality::Cloud`] for everything else.
    pub fn default_locality(&self) -> Locality {
        let near = self.is_loopback()
            || match &self.host {
                Host::Name(_) => false,
                Host::Address(address) => is_private(*address),
            };
        if near { Locality::Lan } else { Locality::Cloud }
    }

    /// The nearest locality that the URL allows somebody to claim: [`Locality::Device`] on loopback alone, and
    /// [`Locality::Lan`] unless the host is a public address.
    pub(super) fn nearest_locality(&self) -> Locality {
        match &self.host {
            _ if self.is_loopback() => Locality::Device,
            Host::Address(address) if !is_private(*address) => Locality::Cloud,
            _ => Locality::Lan,
        }
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({})", self.text.get(..self.path).unwrap_or_default())
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::Address(IpAddr::V4(address)) => address.fmt(f),
            Host::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    let behind_brackets = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    match authority.get(behind_brackets..)?.find(':') {
        None => Some((authority, None)),
        Some(colon) => {
            let (host, port) = authority.split_at(behind_brackets + colon);
            Some((host, Some(port.get(1..)?)))
        }
    }
}

fn read_host(host: &str) -> Option<Host> {
    if let Some(inner) = host.strip_prefix('[') {
        let address: Ipv6Addr = inner.strip_suffix(']')?.parse().ok()?;
        return Some(Host::Address(IpAddr::V6(address)));
    }
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return Some(Host::Address(IpAddr::V4(address)));
    }
    let host = host.to_ascii_lowercase();
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    // Other readers take a last label that is a number, decimal or hexadecimal, as a spelling of an address.
    let last = host.rsplit('.').next().unwrap_or_default();
    let number = last.bytes().all(|byte| byte.is_ascii_digit())
        || last.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    (host.len() <= 253 && host.split('.').all(label) && !number).then_some(Host::Name(host))
}

fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@".contains(&byte)
}

fn unmapped(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

/// Addresses that no router of the Internet forwards to: RFC 1918, RFC 3927, RFC 4193, RFC 4291 and loopback.
fn is_private(address: IpAddr) -> bool {
    match unmapped(address) {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local() || v4.is_loopback(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn reason(text: &str) -> &'static str {
        match BaseUrl::parse(text) {
            Err(ProviderError::BaseUrl { reason }) => reason,
            Err(ProviderError::PlainHttp) => "plain_http",
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_url_is_kept_as_given_but_for_case_and_slashes_at_its_end() {
        let url = BaseUrl::parse("HTTPS://API.Example.com:8443/V1//").unwrap();
        assert_eq!(url.as_str(), "https://api.example.com:8443/V1");
        assert_eq!(url.host(), "api.example.com");
        assert_eq!(BaseUrl::parse("https://[2001:DB8::1]/v1").unwrap().as_str(), "https://[2001:db8::1]/v1");
        assert_eq!(format!("{url:?}"), "BaseUrl(https://api.example.com:8443)");
    }

    #[test]
    fn what_could_mean_two_things_is_refused() {
        assert_eq!(reason("api.example.com/v1"), "no_scheme");
        assert_eq!(reason("ftp://a.example"), "scheme");
        for host in [
            "",
            "user@a.example",
            "a..b",
            "a b",
            "bücher.example",
            "127.1",
            "0x7f.0x1",
            "1.2.3.256",
            "[::1",
            "a\\b",
            "a%2e",
        ] {
            assert_eq!(reason(&format!("https://{host}/v1")), "host", "{host}");
        }
        for port in ["", "0", "65536", "+1", "-1", "a"] {
            assert_eq!(reason(&format!("https://a.example:{port}/v1")), "port", "{port}");
        }
        for path in ["?key=1", "/v1?key=1", "/v1#a", "/a//b", "/../a", "/a b", "/\u{e9}", "/%2e"] {
            assert!(["path", "host"].contains(&reason(&format!("https://a.example{path}"))), "{path}");
        }
    }

    #[test]
    fn plain_http_goes_to_loopback_and_private_addresses_alone() {
        for host in [
            "localhost",
            "a.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "[::1]",
            "10.1.2.3",
            "192.168.0.9",
            "172.16.0.1",
            "169.254.1.1",
            "[fd00::1]",
            "[fe80::1]",
            "[::ffff:10.0.0.1]",
        ] {
            let url = BaseUrl::parse(&format!("http://{host}:11434/v1")).unwrap();
            assert!(url.is_plain_http());
            assert_eq!(url.default_locality(), Locality::Lan, "{host}");
        }
        for host in [
            "api.example.com",
            "172.32.0.1",
            "8.8.8.8",
            "[2001:db8::1]",
            "[::ffff:8.8.8.8]",
            "printer.local",
            "0.0.0.0",
            "localhost.example.com",
            "notlocalhost",
        ] {
            assert_eq!(reason(&format!("http://{host}/v1")), "plain_http", "{host}");
            let url = BaseUrl::parse(&format!("https://{host}/v1")).unwrap();
            assert_eq!(url.default_locality(), Locality::Cloud, "{host}");
        }
    }

    #[test]
    fn a_url_may_be_as_long_as_the_limit() {
        let limit = usize::try_from(BASE_URL_BYTES).unwrap();
        let url = |bytes: usize| format!("https://a.example/{}", "a".repeat(bytes - 18));
        assert_eq!(BaseUrl::parse(&url(limit)).unwrap().as_str().len(), limit);
        assert_eq!(reason(&url(limit + 1)), "too_long");
    }
}
