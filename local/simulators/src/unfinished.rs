//! Work that has begun and not come to its end, so that quiet can be told from a pause.

use tokio::sync::{mpsc, watch};

/// Counts unfinished work. Clones share the count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unfinished(watch::Sender<usize>);

/// One piece of unfinished work; dropping it finishes it.
#[derive(Debug)]
pub(crate) struct Piece(watch::Sender<usize>);

impl Unfinished {
    /// Something begins.
    pub(crate) fn begin(&self) -> Piece {
        self.0.send_modify(|count| *count += 1);
        Piece(self.0.clone())
    }

    /// Waits until nothing is unfinished.
    pub(crate) async fn none(&self) {
        let mut count = self.0.subscribe();
        // An error means that the sender is gone, and `self` holds it.
        drop(count.wait_for(|count| *count == 0).await);
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// The sending end of a channel whose messages are unfinished until the receiver drops their piece.
#[derive(Clone, Debug)]
pub(crate) struct Sender<T> {
    unfinished: Unfinished,
    queue: mpsc::UnboundedSender<(T, Piece)>,
}

impl<T> Sender<T> {
    /// `false` when nobody receives any more.
    pub(crate) fn send(&self, message: T) -> bool {
        self.queue.send((message, self.unfinished.begin())).is_ok()
    }
}

/// Messages with their pieces.
pub(crate) type Receiver<T> = mpsc::UnboundedReceiver<(T, Piece)>;

/// A channel that counts.
pub(crate) fn channel<T>(unfinished: &Unfinished) -> (Sender<T>, Receiver<T>) {
    let (queue, receiver) = mpsc::unbounded_channel();
    (Sender { unfinished: unfinished.clone(), queue }, receiver)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_message_is_unfinished_until_its_piece_is_dropped() {
        let unfinished = Unfinished::default();
        let (sender, mut receiver) = channel(&unfinished);
        assert!(sender.send("a"));
        let quiet = tokio::spawn({
            let unfinished = unfinished.clone();
            async move { unfinished.none().await }
        });
        let (_, piece) = receiver.recv().await.unwrap();
        tokio::task::yield_now().await;
        assert!(!quiet.is_finished());
        drop(piece);
        quiet.await.unwrap();
    }

    #[tokio::test]
    async fn messages_that_nobody_will_receive_are_no_work() {
        let unfinished = Unfinished::default();
        let (sender, receiver) = channel(&unfinished);
        assert!(sender.send("a"));
        drop(receiver);
        assert!(!sender.send("b"));
        unfinished.none().await;
    }
}
