//! HTTP clients for what is on this machine.

use reqwest::{Client, ClientBuilder, redirect::Policy};

/// Begins a client for addresses on loopback: no TLS, no proxy, no redirects. Reading the machine's certificates, as
/// the usual client does when it is made, would cost more than all that such a client calls.
pub fn plain_http() -> ClientBuilder {
    Client::builder().tls_certs_only([]).redirect(Policy::none()).no_proxy()
}
