//! Listeners on loopback and the servers on them.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::error::StackError;

/// Opens this port, or any free one for 0.
pub(crate) async fn on(port: u16) -> Result<TcpListener, StackError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|source| {
        if source.kind() == io::ErrorKind::AddrInUse {
            StackError::PortInUse { port }
        } else {
            StackError::Listen { port, source }
        }
    })
}

/// Opens the port that is `offset` after the API's, so that it is the same at every start; any free one if it is
/// taken or the API has no port of its own choice.
pub(crate) async fn near(port: u16, offset: u16) -> Result<TcpListener, StackError> {
    match port.checked_add(offset).filter(|_| port != 0) {
        Some(wanted) => match on(wanted).await {
            Ok(listener) => Ok(listener),
            Err(_) => on(0).await,
        },
        None => on(0).await,
    }
}

/// `http://` and the listener's address.
pub(crate) fn url(listener: &TcpListener) -> Result<String, StackError> {
    let address = listener.local_addr().map_err(|source| StackError::Listen { port: 0, source })?;
    Ok(format!("http://{address}"))
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
