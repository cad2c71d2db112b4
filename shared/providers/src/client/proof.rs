//! As whom a provider is called: each way in which calls prove it, for all providers.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderName, StatusCode};
use sha1::Sha1;
use url::Url;

use super::{Answer, Call, TokenSource};
use crate::{CallError, Connection};

/// As whom a provider is called.
pub enum Proof<'a> {
    /// By a bearer token that is got from somewhere, kept, and renewed.
    Token(Box<dyn TokenSource + 'a>),
    /// By name and password (RFC 7617).
    Basic {
        /// The name.
        user: &'a str,
        /// The password.
        password: &'a str,
    },
    /// By a secret in a header.
    Header {
        /// Which header.
        name: HeaderName,
        /// The secret.
        secret: &'a str,
    },
    /// By a header with the hexadecimal HMAC-SHA1 of exactly the bytes that are sent.
    BodyHash {
        /// Which header.
        name: HeaderName,
        /// The key.
        secret: &'a str,
    },
    /// By something that we sign for each call.
    Signed(Box<dyn Signs + 'a>),
}

/// Signs calls.
pub trait Signs: Send + Sync {
    /// The call with its proof. One whose proof is refused is signed anew, once, as another attempt.
    fn sign(&self, call: Call, attempt: u8, now: DateTime<Utc>) -> Result<Call, CallError>;

    /// Whether the answer says that the proof is no good.
    fn is_refusal(&self, answer: &Answer) -> bool {
        answer.status == StatusCode::UNAUTHORIZED
    }
}

impl Connection<'_> {
    /// Makes a call as somebody.
    pub async fn make_as(&self, proof: &Proof<'_>, call: Call) -> Result<Answer, CallError> {
        let call = match proof {
            Proof::Token(source) => return self.make_with_token(&**source, call).await,
            Proof::Signed(signer) => return self.make_signed(&**signer, call).await,
            Proof::Basic { user, password } => call.basic(user, password)?,
            Proof::Header { name, secret } => call.secret_header(name.clone(), secret)?,
            Proof::BodyHash { name, secret } => {
                let hash = body_hash(secret, call.body());
                call.secret_header(name.clone(), &hash)?
            }
        };
        self.make(call).await
    }

    /// Sees to it that there is what proves calls to `host`, where that is to be got from somebody.
    pub async fn have_proof(&self, proof: &Proof<'_>, host: &Url) -> Result<(), CallError> {
        match proof {
            Proof::Token(source) => self.have_token(&**source, host).await,
            Proof::Basic { .. } | Proof::Header { .. } | Proof::BodyHash { .. } | Proof::Signed(_) => Ok(()),
        }
    }

    async fn make_signed(&self, signer: &dyn Signs, call: Call) -> Result<Answer, CallError> {
        let answer = self.make(signer.sign(call.clone(), 1, self.now())?).await?;
        if signer.is_refusal(&answer) { self.make(signer.sign(call, 2, self.now())?).await } else { Ok(answer) }
    }
}

fn body_hash(secret: &str, body: &[u8]) -> String {
    // HMAC takes keys of every length, so this never fails; an empty hash is refused by whoever checks it.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_body_is_the_documented_one() {
        let body = br#"{"requestId":"tr_01J9ZK-0001","userId":"user-77","message":{"text":"hi","typed":true}}"#;
        assert_eq!(body_hash("servicenow-test-secret", body), "8a11927ec846362f2648fc4d39a7ce4251e14ca8");
    }
}
