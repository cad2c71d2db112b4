//! Which hosts may be called: URLs from settings, and the addresses that their names resolve to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};
use url::{Host, Url};

use crate::HostPolicy;

/// IPv4 ranges that are not the public internet (IANA special-purpose registry).
const NOT_PUBLIC_V4: [Ipv4Net; 15] = [
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([224, 0, 0, 0], 4),
    v4([240, 0, 0, 0], 4),
];

/// IPv6: only `2000::/3` is handed out, and these parts of it are not for hosts: protocol assignments with Teredo,
/// documentation, 6to4 (it wraps an IPv4 address). Mapped, NAT64, unique local and link-local lie outside it.
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 3);
const NOT_PUBLIC_V6: [Ipv6Net; 4] = [v6(0x2001, 0, 23), v6(0x2001, 0xdb8, 32), v6(0x2002, 0, 16), v6(0x3fff, 0, 20)];

const fn v4([a, b, c, d]: [u8; 4], prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(first: u16, second: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0), prefix)
}

/// Whether the address belongs to the public internet. Refuses private, loopback, link-local (with the metadata
/// services), carrier-grade NAT, documentation, multicast and every IPv6 form that wraps an IPv4 address.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !NOT_PUBLIC_V4.iter().any(|range| range.contains(&v4)),
        IpAddr::V6(v6) => GLOBAL_V6.contains(&v6) && !NOT_PUBLIC_V6.iter().any(|range| range.contains(&v6)),
    }
}

/// Whether a connection to the address is allowed. Simulated contact centres may stand on this machine or its network,
/// but the link-local range, where metadata services answer, stays closed for them too.
#[cfg(any(test, feature = "outbound"))]
pub(crate) fn may_connect(address: IpAddr, policy: HostPolicy) -> bool {
    match policy {
        HostPolicy::Public => is_public(address),
        HostPolicy::Simulated => is_public(address) || is_local(address),
    }
}

/// Parses a base URL from settings. `domains` are the provider's own, each matching itself and everything below it.
pub fn base_url(text: &str, policy: HostPolicy, domains: &[&str]) -> Result<Url, String> {
    let url = plain(text).ok_or_else(|| "must be a URL such as https://host".to_owned())?;
    let bare = url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none();
    if !bare {
        return Err("must be scheme and host only".to_owned());
    }
    if policy == HostPolicy::Simulated && is_simulated(&url) {
        return Ok(url);
    }
    let named = matches!(url.host(), Some(Host::Domain(name)) if domains.iter().any(|domain| is_below(name, domain)));
    if url.scheme() == "https" && url.port().is_none() && named {
        Ok(url)
    } else {
        Err(format!("must be https and one of the provider's own hosts: {}", domains.join(", ")))
    }
}

/// Parses the URL that a project gets its events at.
pub fn event_url(text: &str, policy: HostPolicy) -> Result<Url, String> {
    let (address, _) = text.split_once('?').unwrap_or((text, ""));
    let url = plain(address).and_then(|_| Url::parse(text).ok()).filter(|url| url.as_str().len() <= MAX_URL_BYTES);
    let url =
        url.ok_or_else(|| format!("must be a URL of at most {MAX_URL_BYTES} characters such as https://host/path"))?;
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if !bare || text.bytes().any(|byte| !byte.is_ascii_graphic()) {
        return Err("must have no user, password, fragment or blank".to_owned());
    }
    if policy == HostPolicy::Simulated && is_simulated(&url) {
        return Ok(url);
    }
    let may_be_public = match url.host() {
        Some(Host::Domain(name)) => name.contains('.') && !is_below(name, "localhost"),
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
        None => false,
    };
    if url.scheme() == "https" && may_be_public { Ok(url) } else { Err("must be https and a public host".to_owned()) }
}

/// The longest URL that events are sent to.
const MAX_URL_BYTES: usize = 2_048;

/// A URL that is written as it is meant. The parser would leave blanks and control characters out and walk up at `..`:
/// what is stored, and shown again, would not be what is called.
pub(crate) fn plain(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let (_, rest) = text.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let written = text.bytes().all(|byte| byte.is_ascii_graphic()) && (path.is_empty() || path == url.path());
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '[' | ']');
    let labels = match url.host()? {
        Host::Domain(name) => is_host_name(name),
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    };
    (written && authority.chars().all(letters) && labels).then_some(url)
}

/// One or more labels of a host name, in lower case.
pub(crate) fn is_host_name(text: &str) -> bool {
    text.len() <= 253
        && text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        })
}

fn is_below(name: &str, domain: &str) -> bool {
    name == domain || name.strip_suffix(domain).is_some_and(|start| start.ends_with('.'))
}

fn is_simulated(url: &Url) -> bool {
    if !matches!(url.scheme(), "http" | "https") {
        return false;
    }
    match url.host() {
        Some(Host::Domain(name)) => is_below(name, "localhost") || name == "host.docker.internal",
        Some(Host::Ipv4(address)) => is_local(address.into()),
        Some(Host::Ipv6(address)) => is_local(address.into()),
        None => false,
    }
}

fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By range.
    const REFUSED: &[&[&str]] = &[
        &["0.0.0.0", "0.1.2.3", "0.255.255.255"],
        &["10.0.0.0", "10.0.0.1", "10.255.255.255"],
        &["100.64.0.0", "100.64.0.1", "100.100.100.200", "100.127.255.255"],
        &["127.0.0.1", "127.0.0.53", "127.255.255.255"],
        &["169.254.0.1", "169.254.100.1", "169.254.255.255"],
        // Metadata and other services of a cloud.
        &["169.254.169.254", "169.254.170.2", "169.254.169.253", "169.254.169.123"],
        &["172.16.0.0", "172.16.0.1", "172.17.0.1", "172.31.255.255"],
        &["192.0.0.1", "192.0.0.170", "192.0.0.192"],
        &["192.0.2.1", "192.0.2.255", "198.51.100.7", "203.0.113.9"],
        &["192.88.99.1"],
        &["192.168.0.1", "192.168.255.255"],
        &["198.18.0.1", "198.19.255.255"],
        &["224.0.0.1", "239.255.255.255"],
        &["240.0.0.1", "254.1.1.1", "255.255.255.255"],
        &["::", "::1", "::2"],
        // IPv4 in IPv6: mapped, compatible, translated.
        &[
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "::8.8.8.8",
        ],
        &["64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::808:808", "64:ff9b:1::1"],
        &["100::1"],
        &["2001::1", "2001:0:4136:e378::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:1ff::1"],
        &["2001:db8::1", "2001:db8:ffff::1", "3fff::1", "3fff:fff::1"],
        &["2002:7f00:1::1", "2002:a9fe:a9fe::1", "2002:808:808::1"],
        // Not handed out.
        &["4000::1", "5f00::1", "ffff::1"],
        &["fc00::1", "fd00::1", "fd00:ec2::254", "fdff::1"],
        &["fe80::1", "fe80::a9fe:a9fe", "febf::1", "fec0::1"],
        &["ff02::1", "ff0e::1"],
    ];

    /// The addresses before and behind a refused range.
    const BESIDE: &[&[&str]] = &[
        &["9.255.255.255", "11.0.0.0"],
        &["100.63.255.255", "100.128.0.0"],
        &["126.255.255.255", "128.0.0.1"],
        &["169.253.255.255", "169.255.0.0"],
        &["172.15.255.255", "172.32.0.0"],
        &["192.0.1.1", "192.0.3.1"],
        &["192.167.255.255", "192.169.0.0"],
        &["198.17.255.255", "198.20.0.0"],
        &["198.51.101.1", "203.0.112.1", "203.0.114.1"],
        &["223.255.255.255"],
        &["2001:200::1", "2001:db7::1", "2001:db9::1"],
        &["2003::1", "3ffe::1", "3fff:1000::1"],
    ];

    const PUBLIC: &[&str] = &["1.1.1.1", "8.8.8.8", "2001:4860:4860::8888", "2606:4700::1111", "2a00:1450::1"];

    #[test]
    fn addresses_outside_the_public_internet_are_refused() {
        for text in REFUSED.concat() {
            let address: IpAddr = text.parse().unwrap();
            assert!(!is_public(address), "{text}");
            assert!(!may_connect(address, HostPolicy::Public), "{text}");
        }
    }

    #[test]
    fn addresses_right_beside_the_refused_ranges_are_public() {
        for text in [PUBLIC, &BESIDE.concat()].concat() {
            assert!(may_connect(text.parse().unwrap(), HostPolicy::Public), "{text}");
        }
    }

    #[test]
    fn simulations_reach_this_machine_but_no_metadata_service() {
        for text in ["127.0.0.1", "::1", "10.1.2.3", "192.168.65.254", "fd00::1", "8.8.8.8"] {
            assert!(may_connect(text.parse().unwrap(), HostPolicy::Simulated), "{text}");
        }
        for text in ["169.254.169.254", "fe80::1", "0.0.0.0", "::ffff:127.0.0.1", "100.64.0.1"] {
            assert!(!may_connect(text.parse().unwrap(), HostPolicy::Simulated), "{text}");
        }
    }

    #[test]
    fn a_public_base_url_is_https_and_the_providers_own() {
        let allowed = |text| base_url(text, HostPolicy::Public, &["service-now.com"]).is_ok();
        assert!(allowed("https://acme.service-now.com"));
        assert!(allowed("https://acme.service-now.com/"));
        for text in [
            "",
            "acme",
            "http://acme.service-now.com",
            "https://acme.service-now.com:8443",
            "https://acme.service-now.com/path",
            "https://acme.service-now.com?x=1",
            "https://acme.service-now.com#x",
            "https://u:p@acme.service-now.com",
            "https://evilservice-now.com",
            "https://service-now.com.evil.example",
            "https://127.0.0.1",
            "https://[::1]",
            "https://localhost",
            "https://2130706433",
            "ftp://acme.service-now.com",
            "https://acme.service-now.com@evil.example",
        ] {
            assert!(!allowed(text), "{text}");
        }
    }

    #[test]
    fn a_base_url_is_written_as_it_is_meant() {
        for policy in [HostPolicy::Public, HostPolicy::Simulated] {
            let allowed = |text: &str| base_url(text, policy, &["service-now.com"]).is_ok();
            assert!(allowed("https://acme.service-now.com:443") && allowed("https://ACME.service-now.com/"));
            let endings = [" ", "\t", "\n", "\0", "/..", "/../", "/.", "/%2e%2e", "//", "\\", ".", "?", "#"];
            for ending in endings {
                let text = format!("https://acme.service-now.com{ending}");
                assert!(!allowed(&text), "{text:?}");
            }
            for text in [
                " https://acme.service-now.com",
                "https://acme.ser\tvice-now.com",
                "\u{0}https://acme.service-now.com",
                "https:\\\\acme.service-now.com",
                "https:acme.service-now.com",
                "https:///acme.service-now.com",
                "https://acme..service-now.com",
                "https://.service-now.com",
                "https://-acme.service-now.com",
                "https://acme%2eservice-now.com",
                "https://acm\u{e9}.service-now.com",
                "https://acme\u{3002}service-now.com",
                "https://@acme.service-now.com",
            ] {
                assert!(!allowed(text), "{text:?}");
            }
        }
    }

    #[test]
    fn a_simulated_base_url_may_be_plain_http_on_this_machine_only() {
        let allowed = |text| base_url(text, HostPolicy::Simulated, &["service-now.com"]).is_ok();
        for text in ["http://127.0.0.1:8081", "http://localhost:9", "http://[::1]:80", "https://acme.service-now.com"] {
            assert!(allowed(text), "{text}");
        }
        for text in ["http://acme.service-now.com", "http://169.254.169.254", "http://example.com", "ftp://localhost"] {
            assert!(!allowed(text), "{text}");
        }
    }

    #[test]
    fn events_go_to_public_hosts_by_https_and_in_simulations_to_this_machine() {
        let allowed = |text: &str, policy| event_url(text, policy).is_ok();
        for text in
            ["https://runtime.example.com/events", "https://runtime.example.com:8443/e?tenant=1", "https://8.8.8.8/e"]
        {
            assert!(allowed(text, HostPolicy::Public), "{text}");
        }
        let long = format!("https://runtime.example.com/{}", "a".repeat(2_048));
        for text in [
            "",
            "runtime",
            "http://runtime.example.com/e",
            "ftp://runtime.example.com",
            "https://user@runtime.example.com",
            "https://user:pass@runtime.example.com/e",
            "https://runtime.example.com/e#part",
            "https://localhost/e",
            "https://a.localhost/e",
            "https://intranet/e",
            "https://127.0.0.1/e",
            "https://10.1.2.3/e",
            "https://[::1]/e",
            "https://169.254.169.254/latest",
            "https://2130706433/e",
            "https://runtime.example.com/a b",
            "https://runtime.example.com/e?a=b c",
            "https://runtime.example.com/../e",
            &long,
        ] {
            assert!(!allowed(text, HostPolicy::Public), "{text}");
        }
        for text in ["http://127.0.0.1:9000/e", "http://localhost:9000/e?x=1", "https://runtime.example.com/e"] {
            assert!(allowed(text, HostPolicy::Simulated), "{text}");
        }
        for text in ["http://169.254.169.254/e", "http://runtime.example.com/e"] {
            assert!(!allowed(text, HostPolicy::Simulated), "{text}");
        }
    }
}
