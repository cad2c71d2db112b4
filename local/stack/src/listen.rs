//! Listeners and the servers on them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::error::StackError;

/// Opens this port, or any free one for 0.
pub(crate) async fn on(address: IpAddr, port: u16) -> Result<TcpListener, StackError> {
    TcpListener::bind((address, port)).await.map_err(|source| {
        if source.kind() == io::ErrorKind::AddrInUse {
            StackError::PortInUse { port }
        } else if source.kind() == io::ErrorKind::AddrNotAvailable {
            StackError::NotOurAddress { address }
        } else {
            StackError::Listen { port, source }
        }
    })
}

/// Opens the port that is `offset` after the API's, so that it is the same at every start; any free one if it is
/// taken or the API has no port of its own choice.
pub(crate) async fn near(address: IpAddr, port: u16, offset: u16) -> Result<TcpListener, StackError> {
    match port.checked_add(offset).filter(|_| port != 0) {
        Some(wanted) => match on(address, wanted).await {
            Ok(listener) => Ok(listener),
            Err(_) => on(address, 0).await,
        },
        None => on(address, 0).await,
    }
}

/// `http://` and the listener's address; loopback where it is every address of this machine.
pub(crate) fn url(listener: &TcpListener) -> Result<String, StackError> {
    let mut address = listener.local_addr().map_err(|source| StackError::Listen { port: 0, source })?;
    address.set_ip(reached(address.ip()));
    Ok(format!("http://{address}"))
}

/// By which address of this machine its programs reach what listens there.
pub(crate) fn reached(listens: IpAddr) -> IpAddr {
    match listens {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other @ (IpAddr::V4(_) | IpAddr::V6(_)) => other,
    }
}

/// Where simulated contact centres listen, which are called at local addresses alone.
pub(crate) fn among_ourselves(listens: IpAddr) -> IpAddr {
    let is_local = match listens {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    };
    if is_local { listens } else { Ipv4Addr::LOCALHOST.into() }
}

/// Serves until `stop` says so; requests that are under way are finished.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: watch::Receiver<bool>) {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service).with_graceful_shutdown(stopped(stop)).await;
    if let Err(error) = served {
        tracing::error!(%error, "a server ended");
    }
}

/// Resolves when `stop` says so or nobody can say it any more.
pub(crate) async fn stopped(mut stop: watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}
