//! A listener whose connections can be broken off without an answer.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};

/// Accepts connections for a simulator.
pub(crate) struct Door(pub(crate) TcpListener);

/// The other end of one connection, and whether it is broken off.
#[derive(Clone, Debug, Default)]
pub(crate) struct Peer(Arc<AtomicBool>);

impl Peer {
    /// Lets every later write fail: the server then drops the connection, and not one byte of an answer leaves.
    pub(crate) fn break_off(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A connection that [`Peer::break_off`] can break.
pub(crate) struct Breakable {
    stream: TcpStream,
    peer: Peer,
}

impl Breakable {
    fn check(&self) -> io::Result<()> {
        if self.peer.0.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(())
    }
}

impl Listener for Door {
    type Io = Breakable;
    type Addr = Peer;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, _) = Listener::accept(&mut self.0).await;
        let peer = Peer::default();
        (Breakable { stream, peer: peer.clone() }, peer)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(Peer::default())
    }
}

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.remote_addr().clone()
    }
}

impl AsyncRead for Breakable {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Breakable {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
