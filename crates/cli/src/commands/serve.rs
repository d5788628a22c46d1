//! `serve`: a folder of data over HTTP, until it is told to stop.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use mcp_insights::Options;
use mcp_insights_server::{Listener, ServerError, ServerOptions, log_panics, subscriber};
use tokio::runtime::Runtime;

use crate::arguments::Serve;
use crate::data_folder::DataFolder;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::messages;
use crate::output::Output;
use crate::progress::Meter;
use crate::reading::catalog;
use mcp_insights_presentation::printable::one_line;

/// How often vectors of new texts are kept, so that a crash costs little.
const SAVING: Duration = Duration::from_secs(300);
/// How long what still runs is waited for when everything else has ended.
const LEFTOVERS: Duration = Duration::from_secs(10);

pub(super) fn run(arguments: &Serve) -> Result<Exit, Failure> {
    let options = Options { catalog: catalog(&arguments.catalog)?, ..Options::default() };
    // Only one can be set, and here none was.
    let _ = tracing::subscriber::set_global_default(subscriber(io::stderr));
    log_panics();
    let runtime = Runtime::new().map_err(ServerError::from)?;
    let served = runtime.block_on(serve(arguments, options));
    match served {
        Ok(Some(folder)) => {
            runtime.shutdown_timeout(LEFTOVERS);
            folder.save_vectors();
            Ok(Exit::Done)
        }
        // Opening may go on; it changes nothing that a crash could not interrupt as well.
        Ok(None) => {
            runtime.shutdown_background();
            Ok(Exit::Done)
        }
        Err(failure) => Err(failure),
    }
}

/// Serves until it is told to stop, and gives the folder that was served; none where it was told so before that was open.
async fn serve(arguments: &Serve, options: Options) -> Result<Option<Arc<DataFolder>>, Failure> {
    let mut stop = pin!(stop_signal().map_err(ServerError::from)?);
    let listener = Listener::bind(arguments.listen, ServerOptions::default()).await?;
    if !arguments.listen.ip().is_loopback() {
        messages::warning(
            "others can reach this server, and it speaks plain HTTP: put a proxy before it that speaks TLS",
        );
    }
    let mut opened = None;
    let opening = async {
        let folder = Arc::new(open(arguments.clone(), options).await?);
        opened = Some(Arc::clone(&folder));
        Ok::<_, Failure>(folder.engine.clone())
    };
    let server = listener.open(opening, stop.as_mut()).await?;
    let (Some(server), Some(folder)) = (server, opened) else { return Ok(None) };
    let mut output = Output::stdout();
    output.text(&what_next(server.address(), &arguments.data))?;
    output.finish()?;
    let saving = tokio::spawn(save_now_and_then(Arc::clone(&folder)));
    server.run(stop).await;
    saving.abort();
    Ok(Some(folder))
}

/// Opens the folder on a thread of its own.
async fn open(arguments: Serve, options: Options) -> Result<DataFolder, Failure> {
    let opening = tokio::task::spawn_blocking(move || {
        let meter = Meter::start();
        let folder = DataFolder::open(&arguments.data, arguments.encoder, options, &meter);
        meter.finish();
        folder
    });
    // A panic goes on here as if it had been on this thread.
    opening.await.unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(error) => Err(ServerError::from(io::Error::other(error)).into()),
    })
}

/// What to do with a server that runs.
fn what_next(address: SocketAddr, data: &Path) -> String {
    let data = one_line(&data.display().to_string());
    format!(
        "Serving {data} at http://{address}/ until Ctrl-C.

To look at it, make a key and sign in with it at http://{address}/
  mcp-insights keys create --data {data} --role viewer --name NAME

To ask it, send the key along
  curl -H 'Authorization: Bearer KEY' http://{address}/api/armature/v1/insights/overview

To send the events of an MCP server to it, make a key for that and give it to the SDK
  mcp-insights keys create --data {data} --ingest --mcp-server ID
  ANALYTICS_INGEST_URL=http://{address}/api/mcp-analytics/ingest
  ANALYTICS_INGEST_API_KEY=KEY
"
    )
}

async fn save_now_and_then(folder: Arc<DataFolder>) {
    let mut saved = folder.embedded();
    loop {
        tokio::time::sleep(SAVING).await;
        let embedded = folder.embedded();
        if embedded != saved {
            let folder = Arc::clone(&folder);
            // A panic is logged; the next time is another try.
            let _ = tokio::task::spawn_blocking(move || folder.save_vectors()).await;
            saved = embedded;
        }
    }
}

/// Done when the process is told to stop: Ctrl-C, or SIGTERM where there is that.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

/// Done when the process is told to stop.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without the signal there is no way to stop but to end the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_what_to_do_next() {
        let text = what_next(SocketAddr::from(([127, 0, 0, 1], 8787)), Path::new("insights"));
        for part in [
            "http://127.0.0.1:8787/",
            "keys create --data insights --role viewer",
            "keys create --data insights --ingest --mcp-server ID",
            "ANALYTICS_INGEST_URL=http://127.0.0.1:8787/api/mcp-analytics/ingest",
            "ANALYTICS_INGEST_API_KEY=",
        ] {
            assert!(text.contains(part), "{part}");
        }
    }
}
