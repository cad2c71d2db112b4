//! Addresses that webhooks may come from.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::WebhookRequest;

/// Whether a text is an address or a range.
pub(in crate::five9) fn is_range(text: &str) -> bool {
    parse(text).is_some()
}

/// Whether the request comes from one of the ranges; an empty list lets everybody in.
///
/// The sender is the last one of `X-Forwarded-For`: what API Gateway itself adds. Everything before it is what the
/// sender says of itself.
pub(in crate::five9) fn admits(ranges: &[String], request: &WebhookRequest) -> bool {
    if ranges.is_empty() {
        return true;
    }
    let header = request.headers.get_all("x-forwarded-for").iter().next_back();
    let last = header.and_then(|value| value.to_str().ok()).and_then(|value| value.rsplit(',').next());
    let Some(sender) = last.and_then(|text| text.trim().parse::<IpAddr>().ok()) else { return false };
    ranges.iter().filter_map(|text| parse(text)).any(|range| range.contains(&sender.to_canonical()))
}

/// A single address, or a range in CIDR form. The address is read by the standard library: to it 010 is no 10.
fn parse(text: &str) -> Option<IpNet> {
    match text.split_once('/') {
        Some((network, prefix)) => IpNet::new(network.parse().ok()?, prefix.parse().ok()?).ok(),
        None => text.parse::<IpAddr>().ok().map(IpNet::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_an_address_with_or_without_a_prefix() {
        for text in ["198.51.100.7", "198.51.100.0/24", "198.51.100.7/24", "0.0.0.0/0", "2001:db8::/32", "2001:db8::1"]
        {
            assert!(is_range(text), "{text}");
        }
        for text in [
            "",
            "198.51.100",
            "198.51.100.0/33",
            "198.51.100.0/x",
            "010.0.0.0/8",
            "010.0.0.1",
            "2001:db8::/129",
            "five9.com",
            "/8",
        ] {
            assert!(!is_range(text), "{text}");
        }
    }

    #[test]
    fn a_range_holds_what_shares_its_prefix() {
        let holds = |range: &str, address: &str| parse(range).unwrap().contains(&address.parse::<IpAddr>().unwrap());
        assert!(holds("198.51.100.0/24", "198.51.100.255"));
        assert!(holds("198.51.100.7/24", "198.51.100.255"));
        assert!(!holds("198.51.100.0/24", "198.51.101.0"));
        assert!(holds("0.0.0.0/0", "198.51.101.0"));
        assert!(!holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("198.51.100.7", "198.51.100.7"));
        assert!(!holds("198.51.100.7", "198.51.100.6"));
        assert!(holds("2001:db8::/32", "2001:db8:ffff::1"));
    }
}
