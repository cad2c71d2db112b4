//! Setting a project up over our own API: one integration a provider, pointing at its simulator.

use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use transfer_domain::{ProjectId, Provider};

use crate::centres::{Centre, Connected};
use crate::error::StackError;
use crate::stack::Stack;

/// The project of the demonstration.
pub const DEMO_PROJECT: &str = "demo";

/// Where an integration names its event source, which one project alone can have.
const SOURCE: &str = "/settings/partnerSource";

impl Stack {
    /// Gives a project an integration of every simulated provider and tells the simulators where their webhooks go.
    /// Safe to repeat: what exists keeps its secrets. One whose event source was given to another project stays there.
    pub async fn connect(&self, project: &str) -> Result<Vec<Connected>, StackError> {
        let failed = |why| StackError::Setup { project: project.to_owned(), why };
        let client = client().map_err(failed)?;
        let mut connected = Vec::new();
        for centre in self.centres() {
            connected.extend(self.connect_one(&client, project, centre).await.map_err(failed)?);
        }
        Ok(connected)
    }

    /// Chooses a default provider for a project that has none.
    pub async fn default_provider(&self, project: &str, provider: Provider) -> Result<(), StackError> {
        let url = format!("{}/v1/projects/{project}/settings/agent-transfer", self.base_url());
        let failed = |why| StackError::Setup { project: project.to_owned(), why };
        let client = client().map_err(failed)?;
        let mut settings: Value = exchange(client.get(&url)).await.map_err(failed)?;
        let routing = settings.get_mut("defaultRouting").and_then(Value::as_object_mut);
        let Some(routing) = routing.filter(|routing| routing.get("provider").is_none_or(Value::is_null)) else {
            return Ok(());
        };
        routing.insert("provider".to_owned(), json!(provider));
        exchange(client.put(&url).json(&settings)).await.map_err(failed).map(drop)
    }

    async fn connect_one(&self, client: &Client, project: &str, centre: &Centre) -> Result<Option<Connected>, String> {
        let provider = centre.provider();
        let url = format!("{}/v1/projects/{project}/integrations/{provider}", self.base_url());
        let (status, record) = answer(client.put(url).json(&centre.integration())).await?;
        if status == StatusCode::UNPROCESSABLE_ENTITY && record.pointer("/errors/0/pointer") == Some(&json!(SOURCE)) {
            tracing::warn!(project, %provider, "not connected: another project has its event source");
            return Ok(None);
        }
        let record = succeeded(status, record)?;
        let connected = self.told(project, provider, &record).await?;
        centre.connect(&connected);
        Ok(Some(connected))
    }

    /// The API shows a secret once, when it makes it; later it is read where it is kept.
    async fn told(&self, project: &str, provider: Provider, record: &Value) -> Result<Connected, String> {
        let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
        let project = ProjectId::new(project).map_err(|error| error.to_string())?;
        let service = self.service();
        let integration = service.store.integration(&project, provider).await.map_err(|error| error.to_string())?;
        let integration = integration.ok_or("the integration is not there")?;
        let kept = service.secrets.get(&integration).await.map_err(|error| error.to_string())?;
        let newest = |kept: &[SecretString]| kept.first().cloned().ok_or("a secret is not there");
        let path_secret = newest(&kept.path_secrets)?;
        Ok(Connected {
            provider,
            webhook_url: text("webhookUrl").replace("{secret}", path_secret.expose_secret()).into(),
            signing_secret: newest(&kept.signing_secrets)?,
            relay_url: text("relayUrl").to_owned(),
            relay_secret: newest(&kept.relay_secrets)?,
        })
    }
}

fn client() -> Result<Client, String> {
    simulators::plain_http().build().map_err(|error| error.to_string())
}

async fn exchange(request: reqwest::RequestBuilder) -> Result<Value, String> {
    let (status, body) = answer(request).await?;
    succeeded(status, body)
}

async fn answer(request: reqwest::RequestBuilder) -> Result<(StatusCode, Value), String> {
    let response = request.send().await.map_err(|error| error.to_string())?;
    let status = response.status();
    let body = response.json().await.map_err(|error| error.to_string())?;
    Ok((status, body))
}

fn succeeded(status: StatusCode, body: Value) -> Result<Value, String> {
    if status.is_success() { Ok(body) } else { Err(format!("{status}: {body}")) }
}
