//! Files of the contact, handed over to Five9's own store (`docs/contracts/five9.md`, "Sending"). A file that cannot be
//! handed over is sent as its address: nothing of this touches the conversation.

use std::time::Duration;

use http::Method;
use secrecy::SecretString;
use serde_json::{Map, Value};
use transfer_domain::Attachment;
use url::Url;

use super::super::settings::fields::Field;
use super::super::settings::paths::Operation;
use super::access::Access;
use super::classic::Classic;
use crate::client::Call;
use crate::said::file_name;

/// How often a file's download id is asked for. One implementation waits four seconds for it.
const QUESTIONS: u8 = 3;
const PAUSE: Duration = Duration::from_secs(2);

impl Classic<'_> {
    /// The download ids of the files that were handed over, and those that were not.
    pub(super) async fn upload_all<'f>(
        &self,
        access: &Access,
        files: &'f [Attachment],
    ) -> (Vec<String>, Vec<&'f Attachment>) {
        let (mut ids, mut links) = (Vec::new(), Vec::new());
        for file in files {
            match self.upload(access, file).await {
                Some(id) => ids.push(id),
                None => links.push(file),
            }
        }
        (ids, links)
    }

    async fn upload(&self, access: &Access, file: &Attachment) -> Option<String> {
        let (cloud, org) = (access.cloud.as_ref()?, access.org.as_deref()?);
        let content = self.exchange(Call::new(Method::GET, Url::parse(&file.url).ok()?)).await.ok()?.success().ok()?;
        let names = &self.settings.field_aliases;
        let ask = Call::new(Method::POST, self.cloud_url(cloud, Operation::FileToken, org, "")?);
        let told = self.told(access.dress(self.settings, ask).ok()?).await?;
        let token: SecretString = names.text(&told, Field::FileAccessToken)?.into();
        let mut policy = Map::new();
        names.put(&mut policy, Field::FileName, file_name(file));
        let ask =
            Call::json(Method::POST, self.cloud_url(cloud, Operation::FilePolicy, org, "")?, &Value::Object(policy));
        let told = self.told(ask.ok()?.bearer(&token).ok()?).await?;
        let id = names.text(&told, Field::FileId)?;
        let target = Url::parse(&names.text(&told, Field::FileUploadUrl)?).ok()?;
        let content_type = file.content_type.as_deref().unwrap_or("application/octet-stream");
        self.exchange(Call::upload(target, content_type, content.body)).await.ok()?.success().ok()?;
        let url = self.cloud_url(cloud, Operation::File, org, &id)?;
        for question in 0..QUESTIONS {
            if question > 0 {
                self.connection.pause(PAUSE).await;
            }
            let told = self.told(Call::new(Method::GET, url.clone()).bearer(&token).ok()?).await;
            if let Some(id) = told.and_then(|told| names.text(&told, Field::FileDownloadId)) {
                return Some(id);
            }
        }
        None
    }

    fn cloud_url(&self, cloud: &Url, operation: Operation, org: &str, file: &str) -> Option<Url> {
        self.settings.path_overrides.url(cloud, operation, &[("orgId", org), ("fileId", file)]).ok()
    }

    async fn told(&self, call: Call) -> Option<Value> {
        self.exchange(call).await.ok()?.success().ok()?.read().ok()
    }
}
