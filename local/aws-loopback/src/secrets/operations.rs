//! The wire operations of Secrets Manager.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::secret::{CURRENT, Secret};
use super::{Secrets, refusal};
use crate::error::AwsError;
use crate::wire::{decode, epoch_seconds, unknown_operation};

const MAX_VALUE_BYTES: usize = 65_536;
const MAX_NAME_LENGTH: usize = 512;
const DEFAULT_RECOVERY_DAYS: u32 = 30;

/// Has no `Debug`: it holds a value.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    name: Option<String>,
    secret_id: Option<String>,
    client_request_token: Option<String>,
    kms_key_id: Option<String>,
    description: Option<String>,
    secret_string: Option<String>,
    secret_binary: Option<String>,
    version_id: Option<String>,
    version_stage: Option<String>,
    version_stages: Option<BTreeSet<String>>,
    recovery_window_in_days: Option<u32>,
    #[serde(default)]
    force_delete_without_recovery: bool,
}

/// What the operations answer, each with some of the fields; the SDKs take null for absent. Has no `Debug`: it holds a value.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(rename = "ARN")]
    arn: Option<String>,
    name: Option<String>,
    description: Option<String>,
    kms_key_id: Option<String>,
    secret_string: Option<String>,
    version_id: Option<String>,
    version_stages: Option<BTreeSet<String>>,
    version_ids_to_stages: Option<BTreeMap<String, BTreeSet<String>>>,
    created_date: Option<f64>,
    last_changed_date: Option<f64>,
    deleted_date: Option<f64>,
    deletion_date: Option<f64>,
}

impl Input {
    fn secret_id(&self) -> Result<&str, AwsError> {
        self.secret_id.as_deref().ok_or_else(|| refusal::validation("secretId", "not be null"))
    }

    /// The value, if one is given; checked for kind and size.
    fn value(&self) -> Result<Option<&str>, AwsError> {
        if self.secret_binary.is_some() {
            return Err(refusal::parameter("Only string secrets are offered here."));
        }
        let value = self.secret_string.as_deref();
        if value.is_some_and(|value| value.is_empty() || value.len() > MAX_VALUE_BYTES) {
            return Err(refusal::validation("secretString", "have length between 1 and 65536"));
        }
        Ok(value)
    }

    /// The SDKs always send a token, and it becomes the version's id.
    fn version(&self, secrets: &Secrets) -> Result<String, AwsError> {
        match &self.client_request_token {
            None => Ok(secrets.core.ids.uuid_of("version").to_string()),
            Some(token) if (32..=64).contains(&token.len()) => Ok(token.clone()),
            Some(_) => Err(refusal::validation("clientRequestToken", "have length between 32 and 64")),
        }
    }
}

pub(crate) fn call(secrets: &Secrets, operation: &str, body: &[u8]) -> Result<Value, AwsError> {
    secrets.faults().check_call()?;
    let act = match operation {
        "CreateSecret" => create,
        "PutSecretValue" => put_value,
        "GetSecretValue" => get_value,
        "DeleteSecret" => delete,
        "DescribeSecret" => describe,
        unknown => return Err(unknown_operation(unknown)),
    };
    Ok(json!(act(secrets, &decode(body)?)?))
}

/// Creating again with the same token and value answers the same; anything else is refused.
fn create(secrets: &Secrets, input: &Input) -> Result<Answer, AwsError> {
    let name = input.name.as_deref().unwrap_or_default();
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "/_+=.@-".contains(letter);
    if name.is_empty() || name.len() > MAX_NAME_LENGTH || !name.chars().all(allowed) {
        return Err(refusal::validation(
            "name",
            "have length between 1 and 512 and only alphanumeric characters and /_+=.@-",
        ));
    }
    let now = secrets.core.now();
    let version = input.version(secrets)?;
    let mut secret = Secret {
        name: name.to_owned(),
        arn: secrets.new_arn(name),
        description: input.description.clone(),
        key: input.kms_key_id.clone(),
        created_at: now,
        changed_at: now,
        deleted_at: None,
        versions: Vec::new(),
    };
    let value = input.value()?;
    if let Some(value) = value {
        secret.put(version.clone(), value.to_owned(), BTreeSet::new(), now)?;
    }
    let answer = |secret: &Secret| {
        let mut answer = identity(secret);
        if value.is_some() {
            answer.version_id = Some(version.clone());
        }
        answer
    };
    let existing = |found: &Secret| {
        check_alive(found)?;
        let same = found.find(Some(&version), None).is_some_and(|known| Some(known.value.as_str()) == value);
        if same {
            return Ok(answer(found));
        }
        Err(refusal::exists("The operation failed because the secret already exists."))
    };
    secrets.add(secret, existing, answer)
}

fn put_value(secrets: &Secrets, input: &Input) -> Result<Answer, AwsError> {
    let value = input.value()?.ok_or_else(|| refusal::parameter("You must provide SecretString."))?;
    let id = input.version(secrets)?;
    let current = || BTreeSet::from([CURRENT.to_owned()]);
    let stages = input.version_stages.clone().unwrap_or_else(current);
    if stages.is_empty() {
        return Err(refusal::validation("versionStages", "have length between 1 and 20"));
    }
    let now = secrets.core.now();
    secrets.change(input.secret_id()?, |secret| {
        check_alive(secret)?;
        secret.put(id.clone(), value.to_owned(), stages, now)?;
        let mut answer = identity(secret);
        answer.version_id = Some(id.clone());
        answer.version_stages = secret.find(Some(&id), None).map(|found| found.stages.clone());
        Ok(answer)
    })
}

fn get_value(secrets: &Secrets, input: &Input) -> Result<Answer, AwsError> {
    secrets.read(input.secret_id()?, |secret| {
        check_alive(secret)?;
        let version =
            secret.find(input.version_id.as_deref(), input.version_stage.as_deref()).ok_or_else(refusal::no_version)?;
        let mut answer = identity(secret);
        answer.version_id = Some(version.id.clone());
        answer.secret_string = Some(version.value.clone());
        answer.version_stages = Some(version.stages.clone());
        answer.created_date = Some(epoch_seconds::of(version.created_at));
        Ok(answer)
    })
}

/// Without recovery the secret is gone at once, and deleting what is not there succeeds.
fn delete(secrets: &Secrets, input: &Input) -> Result<Answer, AwsError> {
    let id = input.secret_id()?;
    let now = secrets.core.now();
    if input.force_delete_without_recovery {
        if input.recovery_window_in_days.is_some() {
            return Err(refusal::parameter(
                "You can't use ForceDeleteWithoutRecovery in conjunction with \
                 RecoveryWindowInDays.",
            ));
        }
        let removed = secrets.remove(id)?;
        let mut answer = removed.as_ref().map_or_else(Answer::default, identity);
        answer.deletion_date = Some(epoch_seconds::of(now));
        return Ok(answer);
    }
    let days = input.recovery_window_in_days.unwrap_or(DEFAULT_RECOVERY_DAYS);
    if !(7..=30).contains(&days) {
        return Err(refusal::parameter("RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."));
    }
    secrets.change(id, |secret| {
        check_alive(secret)?;
        let time = secret.mark_deleted(days, now);
        let mut answer = identity(secret);
        answer.deletion_date = Some(epoch_seconds::of(time));
        Ok(answer)
    })
}

fn describe(secrets: &Secrets, input: &Input) -> Result<Answer, AwsError> {
    secrets.read(input.secret_id()?, |secret| {
        let labelled = secret.versions.iter().filter(|version| !version.stages.is_empty());
        let stages = labelled.map(|version| (version.id.clone(), version.stages.clone())).collect();
        let mut answer = identity(secret);
        answer.version_ids_to_stages = Some(stages);
        answer.created_date = Some(epoch_seconds::of(secret.created_at));
        answer.last_changed_date = Some(epoch_seconds::of(secret.changed_at));
        answer.kms_key_id.clone_from(&secret.key);
        if let Some(description) = &secret.description {
            answer.description = Some(description.clone());
        }
        if let Some(time) = secret.deleted_at {
            answer.deleted_date = Some(epoch_seconds::of(time));
        }
        Ok(answer)
    })
}

fn identity(secret: &Secret) -> Answer {
    Answer { arn: Some(secret.arn.clone()), name: Some(secret.name.clone()), ..Answer::default() }
}

fn check_alive(secret: &Secret) -> Result<(), AwsError> {
    if secret.deleted_at.is_some() {
        return Err(refusal::marked_for_deletion());
    }
    Ok(())
}
