//! The engine and its HTTP endpoint.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dynoxide::Database;
use rusqlite::Connection;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use transfer_domain::Clock;

use crate::EmbeddedError;
use crate::beside::{Beside, Lock};
use crate::file::{inspect, keep_private};

/// A client that has sent half a request must not hold up a shutdown for longer than this.
const SHUTDOWN: Duration = Duration::from_secs(2);

/// Where the data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// In memory: gone with the process.
    Memory,
    /// In a file, created if missing.
    File(PathBuf),
}

/// A running embedded DynamoDB.
pub struct EmbeddedDynamoDb {
    database: Database,
    beside: Option<Arc<Beside>>,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<Result<(), String>>,
}

impl EmbeddedDynamoDb {
    /// Opens the data and serves it on `listener`.
    ///
    /// `clock` decides what [`Self::sweep_expired`] removes and the times in stream records. A database in a file
    /// goes by the system's clock, because the engine opens files with no other.
    pub async fn start(storage: Storage, clock: Arc<dyn Clock>, listener: TcpListener) -> Result<Self, EmbeddedError> {
        let address = listener.local_addr().map_err(EmbeddedError::Endpoint)?;
        let (database, beside) = blocking(move || open(storage, clock)).await?;
        let (stop, stopped) = oneshot::channel();
        let stopped = async {
            // Resolves when the sender is dropped, by `shutdown` or with the handle.
            drop(stopped.await);
        };
        let server = tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database.clone(), stopped));
        Ok(Self { database, beside: beside.map(Arc::new), address, stop, server })
    }

    /// The URL for `AWS_ENDPOINT_URL_DYNAMODB`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What else is kept in the data's file; `None` in memory.
    pub fn beside(&self) -> Option<Arc<Beside>> {
        self.beside.clone()
    }

    /// Removes what has expired, as DynamoDB's own TTL would, with the stream records that tell so; tells how many
    /// items went.
    pub async fn sweep_expired(&self) -> Result<usize, EmbeddedError> {
        let database = self.database.clone();
        blocking(move || database.sweep_ttl().map_err(|error| EmbeddedError::Engine(error.to_string()))).await
    }

    /// Stops serving and closes the data.
    pub async fn shutdown(self) -> Result<(), EmbeddedError> {
        // Dropping the sender tells the server to stop as well as sending would.
        drop(self.stop);
        let abort = self.server.abort_handle();
        match tokio::time::timeout(SHUTDOWN, self.server).await {
            Ok(Ok(served)) => served.map_err(EmbeddedError::Engine),
            Ok(Err(error)) => Err(EmbeddedError::Engine(error.to_string())),
            Err(_) => {
                abort.abort();
                Ok(())
            }
        }
    }
}

impl fmt::Debug for EmbeddedDynamoDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedDynamoDb").field("address", &self.address).finish_non_exhaustive()
    }
}

fn open(storage: Storage, clock: Arc<dyn Clock>) -> Result<(Database, Option<Beside>), EmbeddedError> {
    let failed = |error: dynoxide::DynoxideError| EmbeddedError::Engine(error.to_string());
    match storage {
        Storage::Memory => {
            // What the engine keeps in memory nobody else can reach, but it takes over a file with all that is in it.
            let folder = tempfile::tempdir().map_err(|error| EmbeddedError::Engine(error.to_string()))?;
            let empty = folder.path().join("empty");
            drop(open_file(&empty)?);
            let database = Database::memory_with_clock(Arc::new(EngineClock(clock))).map_err(failed)?;
            database.restore_from(&empty.to_string_lossy()).map_err(failed)?;
            Ok((database, None))
        }
        Storage::File(path) => {
            let lock = Lock::take(&path)?;
            inspect(&path)?;
            keep_private(&path)?;
            Ok((open_file(&path)?, Some(Beside::in_file(&path, lock)?)))
        }
    }
}

/// The engine looks for the records of the stream by their number at each write and each read, and has no index of it.
const STREAM_INDEX: &str = "CREATE INDEX IF NOT EXISTS _stream_records_by_number \
                            ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

fn open_file(path: &Path) -> Result<Database, EmbeddedError> {
    let failed = |error: String| EmbeddedError::Engine(error);
    let database = Database::new(&path.to_string_lossy()).map_err(|error| failed(error.to_string()))?;
    let connection = Connection::open(path).map_err(|error| failed(error.to_string()))?;
    connection.execute_batch(STREAM_INDEX).map_err(|error| failed(error.to_string()))?;
    Ok(database)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, EmbeddedError> + Send + 'static,
) -> Result<T, EmbeddedError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(EmbeddedError::Engine(error.to_string())))
}

struct EngineClock(Arc<dyn Clock>);

impl dynoxide::storage_backend::Clock for EngineClock {
    fn now_unix_secs(&self) -> u64 {
        u64::try_from(self.0.now().timestamp()).unwrap_or_default()
    }

    fn now_unix_secs_f64(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "microseconds since 1970 fit a double until the year 2255")]
        let micros = self.0.now().timestamp_micros() as f64;
        micros / 1_000_000.0
    }
}
