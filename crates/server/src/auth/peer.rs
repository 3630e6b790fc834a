//! Who sent a request, as far as the network tells.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};

/// A client: an IPv4 address or an IPv6 network of 64 bits, which is what one
/// client usually holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Peer(Ipv6Addr);

impl From<[u8; 4]> for Peer {
    fn from(address: [u8; 4]) -> Self {
        IpAddr::from(address).into()
    }
}

impl From<IpAddr> for Peer {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(address.to_ipv6_mapped()),
            IpAddr::V6(address) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                Self(network.into())
            }
        }
    }
}

/// The client of a request. Behind a proxy it is the last address that the
/// proxy wrote into `X-Forwarded-For`; earlier ones are the client's own
/// words.
pub(crate) fn peer(extensions: &Extensions, headers: &HeaderMap, behind_proxy: bool) -> Peer {
    let forwarded = || {
        let last = headers.get_all("x-forwarded-for").iter().next_back()?;
        let address = last.to_str().ok()?.rsplit(',').next()?.trim();
        address.parse::<IpAddr>().ok()
    };
    let connected = || {
        let info = extensions.get::<ConnectInfo<SocketAddr>>()?;
        Some(info.0.ip())
    };
    behind_proxy
        .then(forwarded)
        .flatten()
        .or_else(connected)
        .map_or(Peer(Ipv6Addr::UNSPECIFIED), Peer::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwarded_addresses_count_only_behind_a_proxy() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "1.1.1.1, 2.2.2.2".parse().unwrap());
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::from(([9, 9, 9, 9], 1))));
        let of = |behind| peer(&extensions, &headers, behind);
        assert_eq!(of(true), Peer::from([2, 2, 2, 2]));
        assert_eq!(of(false), Peer::from([9, 9, 9, 9]));
    }

    #[test]
    fn one_ipv6_network_is_one_client() {
        let of = |text: &str| Peer::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:1.2.3.4"), of("1.2.3.4"));
    }
}
